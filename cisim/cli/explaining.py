"""``cisim explain``: one patient's story, simulated again, told with calendar times."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cisim.cli.say import say, title
from cisim.engine import DEFAULT_ENGINE, Replay, simulate
from cisim.errors import CisimWarning, ModelError, nearest
from cisim.eventlog import Event, EventLog
from cisim.runs import BASELINE, Case, Results, plan_of, read_run, same_patients
from cisim.units import DAY, clock, duration_text

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cisim.spec import Model

__all__ = ["Whose", "explain", "patient_number", "simulated_again", "story"]

BAND = 32


class Whose(NamedTuple):
    """Which run of a patient is meant."""

    scenario: str = BASELINE
    replication: int = 0
    pathway: str | None = None
    case: str | None = None


def patient_number(text: str) -> int:
    """Return a patient's number from how people read it.

    >>> patient_number("7"), patient_number("2.7") == (2 << 32) + 7
    (7, True)
    """
    match = re.fullmatch(r"\s*(?:(\d+)\.)?(\d+)\s*", text)
    if match is None or int(match[2]) >= 1 << BAND or int(match[1] or 0) >= 1 << 30:
        raise ModelError("PATIENT", f"got {text!r}, want a patient's number, such as 7 or 1.7")
    return (int(match[1] or 0) << BAND) + int(match[2])


def explain(folder: Path, patient: str, whose: Whose) -> None:
    """Simulate one replication of a run again, and tell what happened to one patient."""
    number = patient_number(patient)
    results = read_run(folder)
    log = simulated_again(results, whose)
    pathway = _pathway(log, number, patient, whose.pathway)
    title(f"Patient {patient} of {pathway}, {whose.scenario}, replication {whose.replication}")
    for line in story(log, pathway, number):
        say(line)


def simulated_again(results: Results, whose: Whose) -> EventLog:
    """Return the log of one of a finished run's simulations, made again: the folder does not keep it."""
    warm_up = round(float(results.manifest["warm_up"]["days"]) * DAY)
    plan = plan_of(results.question, warm_up)
    engine = str(results.manifest.get("engine", DEFAULT_ENGINE))
    names = [case.name for case in plan.cases]
    wanted = names[plan.main] if whose.case is None else whose.case
    if wanted not in names:
        raise ModelError("--case", f"got {wanted!r}, want a case of the run{nearest(wanted, names)}")
    case = plan.cases[names.index(wanted)]
    with warnings.catch_warnings():
        # They were told when the run was made.
        warnings.simplefilter("ignore", CisimWarning)

        def again(model: Model, replay: Replay | None = None) -> EventLog:
            return simulate(
                model, plan.end, seed=plan.seed, replication=whose.replication, engine=engine, replay=replay
            )

        if whose.scenario == same_patients(plan.valued):
            return again(dict(case.arms)[plan.valued], Replay.of(again(case.baseline)))
        return again(_model(case, whose.scenario, plan.valued))


def _model(case: Case, scenario: str, valued: str) -> Model:
    arms = dict(case.arms)
    models = {BASELINE: case.baseline, **arms}
    models |= {option.name: model if model is not None else arms[valued] for option, model in case.options}
    if scenario not in models:
        raise ModelError("--scenario", f"got {scenario!r}, want one of the run's{nearest(scenario, models)}")
    return models[scenario]


def _pathway(log: EventLog, number: int, patient: str, wanted: str | None) -> str:
    there = [log.pathways[int(p)] for p in np.unique(log.pathway[log.patient == number])]
    if wanted is not None:
        if wanted not in log.pathways:
            raise ModelError("--pathway", f"got {wanted!r}, want a pathway{nearest(wanted, log.pathways)}")
        there = [p for p in there if p == wanted]
    if not there:
        names = [wanted] if wanted is not None else list(log.pathways)
        near = [_near(log, log.pathways.index(name), number) for name in names]
        told = near[0] if len(near) == 1 else "; ".join(f"{n}: {t}" for n, t in zip(names, near, strict=True))
        on = f" on {wanted}" if wanted is not None and len(log.pathways) > 1 else ""
        raise ModelError("PATIENT", f"nobody{on} has number {patient}; {told}")
    if len(there) > 1:
        raise ModelError(
            "--pathway", f"got none, but there is a patient {patient} on each of: {', '.join(there)}"
        )
    return there[0]


def _near(log: EventLog, code: int, number: int) -> str:
    """Return the existing numbers of a pathway just below and above one that nobody has."""
    came = np.unique(log.patient[log.pathway == code])
    same = came[came >> BAND == number >> BAND]
    came = same if len(same) else came
    at = int(np.searchsorted(came, number))
    near = [_told(int(one)) for one in came[max(at - 1, 0) : at + 1]]
    if not near:
        return "nobody came at all"
    return f"the nearest {'is' if len(near) == 1 else 'are'} {' and '.join(near)}"


def _told(number: int) -> str:
    """Return a number as `patient_number` reads it."""
    band, rest = number >> BAND, number & ((1 << BAND) - 1)
    return f"{band}.{rest}" if band else str(rest)


_UNSERVED = (Event.GIVE_UP, Event.TURN_AWAY)


def _held(log: EventLog) -> dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return, for each pool, the times at which what it holds changed, and what it then held."""
    out = {}
    for code in range(len(log.pools)):
        rows = (log.pool == code) & ((log.event == Event.TAKE) | (log.event == Event.GIVE))
        moves = np.where(log.event[rows] == Event.TAKE, log.units[rows], -log.units[rows])
        order = np.argsort(log.time[rows], kind="stable")
        out[code] = (log.time[rows][order], np.cumsum(moves[order]))
    return out


def story(log: EventLog, pathway: str, number: int) -> list[str]:
    """Return the life of one patient in lines: when, and what, and why a wait was a wait."""
    mine = np.flatnonzero((log.pathway == log.pathways.index(pathway)) & (log.patient == number))
    held = _held(log)
    asked: dict[tuple[int, int], int] = {}
    lines = []
    previous = None
    for row in (int(r) for r in mine):
        time, event, step = int(log.time[row]), Event(int(log.event[row])), int(log.step[row])
        key = (step, int(log.visit[row]))
        if event == Event.ASK:
            asked[key] = time
        words = _words(log, row, event)
        if event in (Event.BEGIN, *_UNSERVED) and key in asked:
            words += _wait(log, row, asked[key], held)
        when = clock(log.start, time)
        stamp = f"{when:%a} {when.day:>2} {when:%b %Y %H:%M:%S}"
        lines.append(f"{stamp if time != previous else ' ' * len(stamp)}  {words}")
        previous = time
    last = mine[log.spell[mine] == log.spell[mine[-1]]] if mine.size else mine
    if mine.size and not (log.event[last] == Event.LEAVE).any():
        end = clock(log.start, log.end)
        lines.append(f"Still here when the run ends, on {end.day} {end:%B %Y}.")
    return lines


def _words(log: EventLog, row: int, event: Event) -> str:
    step, pool, detail = int(log.step[row]), int(log.pool[row]), int(log.detail[row])
    name = log.steps[step].name if step >= 0 else ""
    kind = log.steps[step].kind if step >= 0 else ""
    place = log.pools[pool].name if pool >= 0 else ""
    said = log.details[detail] if detail >= 0 else ""
    units = int(log.units[row])
    count = f"{units} of " if units > 1 else ""
    asks = {
        "stay": f"asks for a bed for '{name}'",
        "round": f"joins those waiting for '{name}'",
        "batch": f"joins the batch '{name}'",
    }
    begins = {
        "stay": f"has a bed: '{name}' begins",
        "round": f"is seen on '{name}'",
        "batch": f"goes on with the batch '{name}'",
    }
    words = {
        Event.ARRIVE: "arrives",
        Event.ASK: asks.get(kind, f"asks for what '{name}' needs"),
        Event.BEGIN: begins.get(kind, f"'{name}' begins"),
        Event.END: f"'{name}' ends" + (f", '{said}' the last" if said else ""),
        Event.READY: f"is ready to leave '{name}'",
        Event.TAKE: f"takes {count}'{place}'",
        Event.GIVE: f"gives back {count}'{place}'",
        Event.WAY: f"at '{name}' goes the way '{said}'",
        Event.GIVE_UP: f"gives up waiting for '{name}'",
        Event.TURN_AWAY: f"is turned away from '{name}': too many wait",
        Event.INTERRUPT: f"'{name}' is interrupted for somebody more urgent",
        Event.RESUME: f"'{name}' goes on",
        Event.MOVE: f"moves to another bed for '{name}'",
        Event.FREE: f"{count}'{place}' is free again",
        Event.SWAP: f"beds are exchanged: takes '{place}'" if place else "beds are exchanged",
        Event.LEAVE: f"leaves: {said or name}",
    }
    return words[event]


def _wait(
    log: EventLog, row: int, asked: int, held: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]
) -> str:
    """Return how long the wait was and, for beds or people, how full they were when asked for."""
    waited = int(log.time[row]) - asked
    if waited == 0:
        return ""
    text = f" after {duration_text(waited)}"
    step = int(log.step[row])
    same = (log.step == step) & (log.event == Event.TAKE)
    full = []
    for code in np.unique(log.pool[same]):
        pool = log.pools[int(code)]
        times, level = held[int(code)]
        at = int(np.searchsorted(times, asked, side="right")) - 1
        used = int(level[at]) if at >= 0 else 0
        if pool.rostered:
            line = int(np.searchsorted(np.asarray(pool.times), asked, side="right")) - 1
            full.append(f"{used} of {int(pool.numbers[max(line, 0)])} in '{pool.name}'")
        elif not pool.unlimited:
            full.append(f"{used} in '{pool.name}'")
    others = _ahead(log, row, asked)
    told = [f"{' and '.join(full)} in use"] if full else []
    told += [f"{others} waiting before them"] if others else []
    return f"{text} (when they asked: {', '.join(told)})" if told else text


def _ahead(log: EventLog, row: int, asked: int) -> int:
    """Return how many had asked for the same step earlier and were not served yet."""
    same = log.step == log.step[row]
    came = int(((log.event == Event.ASK) & same & (log.time < asked)).sum())
    served = np.isin(log.event, (Event.BEGIN, *_UNSERVED)) & same & (log.time <= asked)
    return max(came - int(served.sum()), 0)
