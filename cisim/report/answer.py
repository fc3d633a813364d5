"""The answer in two sentences: what is released, and what it comes to; the terminal says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cisim.analysis import Disposition, dispositions
from cisim.report.words import chance, interval, join, measure_name, money, number, quantity, unit_name
from cisim.units import DAYS_PER_YEAR
from cisim.value import OPEN

if TYPE_CHECKING:
    from cisim.runs import Results

__all__ = ["Answer", "answer", "case_names", "released_pools", "valued_name"]

SMALL = 0.005


class Answer(NamedTuple):
    """The two sentences, and the few numbers set large above them: (number, what it is, how sure)."""

    sentences: tuple[str, str]
    numbers: tuple[tuple[str, str, str], ...]


def valued_name(results: Results) -> str:
    """Return the name of the scenario that the answer is about."""
    return results.question.experiment.valued or results.question.scenarios[0][0]


def case_names(results: Results) -> tuple[str, ...]:
    """Return the names of the cases, the main one first; one empty name where there are none."""
    experiment = results.question.experiment
    names = [case.name for case in experiment.cases] or [""]
    main = experiment.main_case or names[0]
    return (main, *(n for n in names if n != main))


def released_pools(found: list[Disposition]) -> list[str]:
    """Return the pools in which anything changed: beds first, the one that releases most before the others."""
    size: dict[str, tuple[bool, float]] = {}
    for one in found:
        most = max(abs(one.release.value), *(abs(p.value) for p in one.parts.values()))
        if most > 1e-9:
            size[one.pool] = (one.unit != "bed-day", -one.release.value)
    return sorted(size, key=lambda pool: size[pool])


def answer(results: Results) -> Answer:
    """Return the answer to the question of a run."""
    first, numbers = _released(results)
    second, more = _worth(results)
    return Answer((first, second), (*numbers, *more))


def _headline(results: Results) -> tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]] | None:
    """Return the headline's place, its baseline, the valued scenario's level and the difference."""
    measure, scenario = results.question.experiment.headline, valued_name(results)
    summary = results.summary
    for statistic in ("mean", "per_year", "share", "total"):
        start = f"difference:{measure}:{statistic}:"
        for key, difference in summary.items():
            # Keys of other cases have the case after the scenario.
            place = key.removeprefix(start).rsplit(":", 1)
            if not key.startswith(start) or len(place) != 2 or place[1] != scenario:
                continue
            base = summary.get(f"level:{measure}:{statistic}:{place[0]}:baseline")
            level = summary.get(f"level:{measure}:{statistic}:{place[0]}:{scenario}")
            if base and level and difference["value"] is not None:
                return f"{measure_name(measure)} on {place[0]}", base, level, difference
    return None


def _moved(found: tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]) -> str:
    place, base, level, difference = found
    unit, low, high = base["unit"], difference["low"], difference["high"]
    if low is not None and high is not None and low <= 0 <= high:
        change = f"is {quantity(base['value'], unit)} and does not change by more than chance"
        return f"the mean {place} {change}"
    verb = "falls" if difference["value"] < 0 else "rises"
    before = number(base["value"])
    return f"the mean {place} {verb} from {before} to {quantity(level['value'], unit)}"


def _released(results: Results) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    scenario = valued_name(results)
    moved = _headline(results)
    found = (
        [d for d in dispositions(results.quantities) if d.option == OPEN] if len(results.quantities) else []
    )
    pools = released_pools(found)
    numbers: list[tuple[str, str, str]] = []
    told = []
    for one in (d for p in pools[:1] for d in found if d.pool == p):
        release, unit = one.release, unit_name(one.unit)
        sure = interval(release.low, release.high, one.unit)
        beds = _beds(release.value) if one.unit == "bed-day" else ""
        if release.low <= 0 <= release.high:
            told.append(
                f"shows no release in {one.pool} that could be told from chance (95% interval {sure} a year)"
            )
        else:
            verb = "releases" if release.value > 0 else "takes up"
            told.append(
                f"{verb} about {number(abs(release.value))} {unit} a year in {one.pool}{beds} (95%"
                f" interval {sure})"
            )
        label = f"{unit} a year {'released' if release.value >= 0 else 'taken up'} in {one.pool}"
        numbers.append((number(abs(release.value)), label, sure))
    if moved is not None:
        _, base, level, difference = moved
        ends = interval(difference["low"], difference["high"], base["unit"])
        label = f"{moved[0]}, was {quantity(base['value'], base['unit'])}"
        numbers.append((quantity(level["value"], base["unit"]), label, f"change {ends}"))
    luck = " (one replication, which says nothing of luck)" if results.manifest["replications"] == 1 else ""
    parts = [*([_moved(moved)] if moved else []), *(f"'{scenario}' {t}" for t in told)]
    if not parts:
        return f"'{scenario}' changes nothing that was measured{luck}.", ()
    sentence = join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}{luck}.", tuple(numbers)


def _beds(days: float) -> str:
    """Return bed-days a year as beds in use all year.

    >>> _beds(371.0), _beds(30000.0)
    (', as many as 1 bed gives in a year', ', as many as 82 beds give in a year')
    """
    count = number(abs(days) / DAYS_PER_YEAR, 2)
    return f", as many as {count} {'bed gives' if count == '1' else 'beds give'} in a year"


def _worth(results: Results) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    value = results.question.value
    if value is None:
        return "What that is worth was not asked: the experiment names no value file.", ()
    told, numbers = [], []
    for option in value.options:
        npv = results.summary.get(f"npv:{option.name}")
        likely = results.summary.get(f"probability_npv_positive:{option.name}")
        if npv is None or likely is None:
            continue
        told.append(f"'{option.name}' {money(npv['value'])} (above zero in {chance(likely['value'])} draws)")
        label = f"net present value of '{option.name}'"
        numbers.append((money(npv["value"]), label, interval(npv["low"], npv["high"], "£")))
    years = f"{value.years} year{'s' * (value.years != 1)}"
    view = (
        "an organisation that counts its own cash" if value.perspective == "provider" else value.perspective
    )
    sentence = (
        f"What it comes to depends on what is decided: as a net present value over {years}, seen by {view}, "
    )
    return sentence + join(told) + ".", tuple(numbers)
