"""The front door of the engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cisim.engine.compiled import compile_once, run_compiled, run_in_parts
from cisim.engine.replay import Replay
from cisim.engine.simpy_engine import run_simpy
from cisim.errors import ModelError, nearest
from cisim.eventlog import EventLog, Integrals
from cisim.network import Draws, Network, build_network
from cisim.spec import Model
from cisim.units import MINUTE, parse_duration

if TYPE_CHECKING:
    from cisim.engine.compiled.running import Ints, Take

__all__ = ["DEFAULT_ENGINE", "ENGINES", "prepare", "simulate", "simulate_in_parts"]

ENGINES = {"compiled": run_compiled, "simpy": run_simpy}
DEFAULT_ENGINE = "compiled"


def _horizon(until: object) -> int:
    if isinstance(until, str):
        try:
            until = round(parse_duration(until))
        except ValueError as error:
            raise ModelError("until", str(error)) from None
    if isinstance(until, bool) or not isinstance(until, int) or until < MINUTE:
        wanted = (
            "a duration such as '365 d', or whole milliseconds of at least a minute: 365 * cisim.units.DAY"
        )
        raise ModelError("until", f"got {until!r}, want {wanted}")
    return until


def _check_share(name: str, share: object) -> None:
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
        raise ModelError(name, f"got {share!r}, want a share from 0 to 1")


def _check_number(name: str, number: object) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ModelError(name, f"got {number!r}, want a whole number of 0 or more")


def _check_engine(engine: str) -> None:
    if engine not in ENGINES:
        raise ModelError("engine", f"got '{engine}', which is no engine{nearest(engine, ENGINES)}")


def prepare(engine: str = DEFAULT_ENGINE) -> None:
    """Make an engine ready, so that several processes need not each compile it.

    Raises
    ------
    ModelError
        Where there is no such engine.
    """
    _check_engine(engine)
    if engine == "compiled":
        compile_once()


def simulate(
    model: Model,
    until: int | str,
    *,
    seed: int = 1,
    replication: int = 0,
    engine: str = DEFAULT_ENGINE,
    replay: Replay | None = None,
    keep: float = 1.0,
) -> EventLog:
    """Return the event log of one replication over [0, until).

    Parameters
    ----------
    model : Model
        As read, or as changed by a scenario.
    until : int or str
        Horizon: a duration such as ``"52 wk"``, or whole milliseconds (`cisim.units` has the sizes of a day and
        a week).
    seed, replication : int
        The same two give the same draws, whatever the scenario; not below 0.
    engine : str
        ``"compiled"``, or ``"simpy"``, the reference: they give the same log to the last bit. Steps of one's own
        run on the reference alone.
    replay : Replay, optional
        Serve only those whom another run served.
    keep : float
        Share of the patients whose rows are kept, from 0 to 1; always the same patients. The engine's own integrals
        are of all.

    Raises
    ------
    ModelError
        Where the model or the engine's name cannot be.
    RunError
        Where a run cannot go on: a loop without time, or a knot of beds under ``swap: never``.
    """
    _check_engine(engine)
    if not isinstance(model, Model):
        raise ModelError("model", f"got {type(model).__name__}, want a model: read_model(path) gives one")
    _check_number("seed", seed)
    _check_number("replication", replication)
    _check_share("keep", keep)
    network = build_network(model, _horizon(until))
    return ENGINES[engine](network, Draws(network, seed, replication), replay, float(keep))


def simulate_in_parts(
    model: Model,
    until: int | str,
    begin: Callable[[Network, list[Ints]], Take],
    *,
    seed: int = 1,
    replication: int = 0,
) -> Integrals:
    """Run one replication on the compiled engine and hand its rows over as patients leave, so that memory stays flat.

    Parameters
    ----------
    model, until, seed, replication
        As `simulate`.
    begin : callable
        Gets the network and the book of codes, and returns what takes whole spells, part by part:
        ``take(first_row, pathway_of, time, code, visit)``, as of `cisim.eventlog.EventLog.coded`.

    Returns
    -------
    Integrals
        The engine's own, over [0, until).

    Raises
    ------
    ModelError, RunError
        As `simulate`.
    """
    if not isinstance(model, Model):
        raise ModelError("model", f"got {type(model).__name__}, want a model: read_model(path) gives one")
    _check_number("seed", seed)
    _check_number("replication", replication)
    network = build_network(model, _horizon(until))
    return run_in_parts(network, Draws(network, seed, replication), lambda book: begin(network, book))
