"""The answer in a few sentences: what is released, what it comes to, and in which case; the terminal says the same."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from cisim.analysis import Disposition, dispositions
from cisim.report.emulated import emulated_words
from cisim.report.kept import refused, ruled_out_by_name
from cisim.report.words import (
    between,
    chance,
    interval,
    join,
    measure_name,
    money,
    number,
    percent,
    quantity,
    unit_name,
)
from cisim.units import DAYS_PER_YEAR
from cisim.value import OPEN

if TYPE_CHECKING:
    from cisim.runs import Results

__all__ = ["Answer", "Headline", "answer", "case_names", "headline", "released_pools", "valued_name"]


class Answer(NamedTuple):
    """The sentences, the few numbers set large below them (number, what it is, how sure), and what to note first."""

    sentences: tuple[str, ...]
    numbers: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...] = ()


class Headline(NamedTuple):
    """The measure told first, at one place: the baseline, the valued scenario's level and the paired difference."""

    measure: str
    statistic: str
    place: str
    base: dict[str, Any]
    level: dict[str, Any]
    difference: dict[str, Any]

    @property
    def name(self) -> str:
        """The measure in words: 'mean length of stay', 'share turned away'."""
        kind = {"mean": "mean ", "share": "share "}.get(self.statistic, "")
        words = measure_name(self.measure)
        return words if words.startswith(kind) else kind + words

    @property
    def clearness(self) -> float:
        """The change beside what chance makes of it: beside half its interval, or the baseline where there is none."""
        value, low, high = (self.difference[k] for k in ("value", "low", "high"))
        of = abs(self.base["value"] or 0.0) if low is None or high is None else (high - low) / 2
        return abs(value) / of if of else math.inf if value else 0.0


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
    out = ruled_out_by_name(results)
    second, more = _worth(results, out)
    notes = tuple(str(w) for w in results.manifest["warnings"])
    return Answer(
        (
            first,
            second,
            *_case(results),
            *_chance(results, out),
            *_emulated(results),
            *_otherwise(results, out),
        ),
        (*numbers, *more),
        notes,
    )


def _chance(results: Results, out: set[str]) -> tuple[str, ...]:
    """Say of the option worth most that keeps service how much of its spread is luck, and how many to have next."""
    rows = [row for row in results.chances.to_dict("records") if row["figure"] == "npv"]
    rows = [row for row in rows if not math.isnan(row["unknown"])]
    if not rows:
        return ()
    rows = [r for r in rows if r["option"] not in out and not refused(results, str(r["option"]))] or rows
    best = max(rows, key=lambda row: float(row["mean"]))
    name, unknown, luck = str(best["option"]), float(best["unknown"]), float(best["luck"])
    twice = str(results.summary.get(f"spread:npv:{name}", {}).get("words", "")).rpartition("; ")[2]
    drawn = int(results.manifest.get("draws", 0))
    what = "the model and the prices" if drawn else "the prices (the model's own numbers were not drawn)"
    said = (
        f"Of the spread in what '{name}' is worth, {percent(unknown)} is what is not known of {what} and"
        f" {percent(luck)} the luck of one run{f'; {twice}' if twice else ''}."
    )
    return (said,)


def _emulated(results: Results) -> tuple[str, ...]:
    words = emulated_words(results)
    return (words,) if words else ()


def headline(results: Results) -> Headline | None:
    """Return the headline at the place where it most clearly changed; None where it was not measured.

    A change lost among the patients of a whole pathway is told of the step that it moved furthest.
    """
    measure, scenario = results.question.experiment.headline, valued_name(results)
    summary = results.summary
    for statistic in ("mean", "per_year", "share", "total"):
        start, end = f"{measure}:{statistic}:", f":{scenario}"
        found = []
        for key, difference in summary.items():
            # Keys of other cases have the case after the scenario.
            if not (key.startswith(f"difference:{start}") and key.endswith(end)):
                continue
            place = key.removeprefix(f"difference:{start}").removesuffix(end)
            base = summary.get(f"level:{start}{place}:baseline")
            level = summary.get(f"level:{start}{place}{end}")
            if base and level and difference["value"] is not None:
                found.append(Headline(measure, statistic, place, base, level, difference))
        # A whole pathway says it before any one of its steps, unless the change is lost among its other patients.
        places = {h.place for h in found}
        whole = [h for h in found if h.place.rpartition("/")[0] not in places]
        if whole:
            clearest = max(whole, key=lambda h: h.clearness)
            moved = [h for h in found if h.clearness > 1] if clearest.clearness <= 1 else []
            return max(moved, key=lambda h: abs(h.difference["value"]), default=clearest)
    return None


def _moved(found: Headline) -> str:
    unit, low, high = found.base["unit"], found.difference["low"], found.difference["high"]
    before, after = (quantity(e["value"], unit) for e in (found.base, found.level))
    what = f"the {found.name} on {found.place}"
    if low is not None and high is not None and low <= 0 <= high:
        return f"{what} is {before} and does not change by more than chance"
    verb = "falls" if found.difference["value"] < 0 else "rises"
    if unit != "share":
        before = number(found.base["value"])
    return f"{what} {verb} from {before} to {after}"


def _case(results: Results) -> tuple[str, ...]:
    """Return the sentence that says which case the answer is for; none where there is one case."""
    names = case_names(results)
    if len(names) < 2:
        return ()
    told = f"All this is for the case '{names[0]}'"
    found = headline(results)
    if found is None:
        return (f"{told}, one of {len(names)}.",)
    key = f"difference:{found.measure}:{found.statistic}:{found.place}:{valued_name(results)}"
    others = [results.summary.get(f"{key}:{name}", {}).get("value") for name in names[1:]]
    changes = [found.difference["value"], *(c for c in others if c is not None)]
    over = f"over the {len(changes)} cases the {found.name} changes by {between(changes, found.base['unit'])}"
    return (f"{told}; {over}.",)


def _released(results: Results) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    scenario = valued_name(results)
    moved = headline(results)
    found = (
        [d for d in dispositions(results.quantities, over_draws=results.over_draws) if d.option == OPEN]
        if len(results.quantities)
        else []
    )
    pools = released_pools(found)
    numbers: list[tuple[str, str, str]] = []
    told = []
    held = "95% interval" if results.over_draws.empty else "95 in 100 draws and replications:"
    for one in (d for p in pools[:1] for d in found if d.pool == p):
        release, unit = one.release, unit_name(one.unit)
        sure = interval(release.low, release.high, one.unit)
        beds = _beds(release.value) if one.unit == "bed-day" else ""
        if release.low <= 0 <= release.high:
            told.append(
                f"shows no release in {one.pool} that could be told from chance ({held} {sure} a year)"
            )
        else:
            verb = "releases" if release.value > 0 else "takes up"
            told.append(
                f"{verb} about {number(abs(release.value))} {unit} a year in {one.pool}{beds} ({held} {sure})"
            )
        label = f"{unit} a year {'released' if release.value >= 0 else 'taken up'} in {one.pool}"
        numbers.append((number(abs(release.value)), label, sure))
    if moved is not None:
        unit, difference = moved.base["unit"], moved.difference
        ends = interval(difference["low"], difference["high"], unit, change=True)
        label = f"{moved.name} on {moved.place}, was {quantity(moved.base['value'], unit)}"
        numbers.append((quantity(moved.level["value"], unit), label, f"change {ends}"))
    luck = " (one replication, which says nothing of luck)" if results.manifest["replications"] == 1 else ""
    if moved is not None:
        sentence = "; it ".join([f"With '{scenario}', {_moved(moved)}", *told])
    else:
        sentence = f"'{scenario}' {join(told) or 'changes nothing that was measured'}"
    return f"{sentence}{luck}.", tuple(numbers)


def _beds(days: float) -> str:
    """Return bed-days a year as beds in use all year.

    >>> _beds(371.0), _beds(30000.0)
    (', as many as 1 bed gives in a year', ', as many as 82 beds give in a year')
    """
    count = number(abs(days) / DAYS_PER_YEAR, 2)
    return f", as many as {count} {'bed gives' if count == '1' else 'beds give'} in a year"


def _otherwise(results: Results, out: set[str]) -> tuple[str, ...]:
    """Return a sentence for each other way to see the question: its own headline, and never a mean of them."""
    said = []
    most = _most(results, out)
    for name, seen in results.alternatives().items():
        npv = seen.get(f"npv:{most}")
        changes = [str(found["words"]) for key, found in seen.items() if key.startswith("difference:")]
        if npv is not None:
            ends = interval(npv["low"], npv["high"], "£", 2)
            said.append(f"Seen otherwise, {name}: '{most}' {money(npv['value'], 2)} ({ends}).")
        elif changes:
            said.append(f"Seen otherwise, {name}: {changes[0].partition(': ')[2]}.")
    return tuple(said)


def _most(results: Results, out: set[str]) -> str:
    """Return the option worth most of those that keep service; empty where nothing is valued."""
    value = results.question.value
    names = [option.name for option in value.options] if value is not None else []
    worth = {n: f["value"] for n in names if (f := results.summary.get(f"npv:{n}")) is not None}
    kept = {n: v for n, v in worth.items() if n not in out and not refused(results, n)} or worth
    return max(kept, key=lambda n: kept[n], default="")


def _worth(results: Results, out: set[str]) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    value = results.question.value
    if value is None:
        said = "What that releases and is worth was not asked: the experiment names no value file."
        return said, ()
    told: list[str] = []
    ruled: list[str] = []
    numbers = []
    for option in value.options:
        npv = results.summary.get(f"npv:{option.name}")
        likely = results.summary.get(f"probability_npv_positive:{option.name}")
        if npv is None or likely is None:
            continue
        none = "nothing can close, " if refused(results, option.name) else ""
        above = f"({none}above zero in {chance(likely['value'])} draws)"
        words, shut = f"'{option.name}' {money(npv['value'], 2)} {above}", option.name in out
        (ruled if shut else told).append(words)
        label = f"net present value of '{option.name}'{', which does not keep service' if shut else ''}"
        numbers.append((money(npv["value"], 2), label, interval(npv["low"], npv["high"], "£", 2)))
    years = f"{value.years} year{'s' * (value.years != 1)}"
    view = (
        "an organisation that counts its own cash" if value.perspective == "provider" else value.perspective
    )
    first = (
        f"What it comes to depends on what is decided: as a net present value over {years}, seen by {view}, "
    )
    sentence = f"{first}{join(told)}." if told else ""
    if ruled:
        sentence += (
            f"{' ' if told else first}Ruled out, since service is not kept as it must be: {join(ruled)}."
        )
    return sentence, tuple(numbers)
