"""The front door of the engines."""

from __future__ import annotations

from cisim.engine.replay import Replay
from cisim.engine.simpy_engine import run_simpy
from cisim.errors import ModelError, nearest
from cisim.eventlog import EventLog
from cisim.network import Draws, build_network
from cisim.spec import Model

__all__ = ["simulate"]

ENGINES = {"simpy": run_simpy}


def simulate(
    model: Model,
    until: int,
    *,
    seed: int = 1,
    replication: int = 0,
    engine: str = "simpy",
    replay: Replay | None = None,
) -> EventLog:
    """Return the event log of one replication over [0, until).

    Parameters
    ----------
    model : Model
        As read, or as changed by a scenario.
    until : int
        Horizon in ms; `cisim.units` has the sizes of a day and a week.
    seed, replication : int
        The same two give the same draws, whatever the scenario.
    engine : str
        ``"simpy"``, the reference.
    replay : Replay, optional
        Serve only those whom another run served.

    Raises
    ------
    ModelError
        Where the model or the engine's name cannot be.
    RunError
        Where a run cannot go on: a loop without time, or a knot of beds under ``swap: never``.
    """
    if engine not in ENGINES:
        raise ModelError("engine", f"got '{engine}', which is no engine{nearest(engine, ENGINES)}")
    network = build_network(model, until)
    return ENGINES[engine](network, Draws(network, seed, replication), replay)
