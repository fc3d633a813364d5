"""What was decided and what service becomes, in numbers with their intervals and in plain words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis import Commitment, Estimate, Information, interval, perfect_information
from cisim.runs.commitments import STEPS_OF, name_at, patients_at, units_of
from cisim.runs.plan import Level, searched_for
from cisim.runs.searching import KEY, Searched
from cisim.runs.summary import Headline, summary_of
from cisim.runs.tables import ask
from cisim.spec import Close, Redeploy, Reinvest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from cisim.runs.psa import Accounts
    from cisim.runs.simulating import Simulated
    from cisim.runs.store import Store
    from cisim.spec import Value

__all__ = ["credited", "measure_words", "searched", "service_words"]

WHAT = {
    "wait": "wait",
    "turned_away": "share turned away or giving up",
    "outliers": "share in a bed of another ward",
    "throughput": "patients treated",
}
HOW = {
    "mean": "mean",
    "p50": "half wait no longer",
    "p90": "90 in 100 wait no longer",
    "p95": "95 in 100 wait no longer",
}


def measure_words(name: Sequence[str]) -> str:
    """Return the name of a measure as a planner would say it.

    Parameters
    ----------
    name : sequence of str
        Measure, statistic, pathway, step, pool, group, unit.

    Examples
    --------
    >>> measure_words(("wait", "p95", "emergency", "bed", "", "", "h"))
    'wait for emergency/bed (95 in 100 wait no longer)'
    >>> measure_words(("turned_away", "share", "hips", "", "", "worst month", "share"))
    'share turned away or giving up of hips in the worst month'
    """
    measure, statistic, pathway, step, pool, group, _ = name
    place = pool or (f"{pathway}/{step}" if step else pathway)
    told = WHAT.get(measure, measure.replace("_", " "))
    if measure == "wait" and statistic.startswith("above"):
        told, how = f"share who wait {statistic}", ""
    else:
        how = HOW.get(statistic, statistic if statistic != "share" else "") if measure != "throughput" else ""
        how = how if measure == "wait" else how.replace("wait", "stay")
    joint = "for" if measure == "wait" else "of"
    words = f"{told} {joint} {place}{f' ({how})' if how else ''}"
    return f"{words} in the {group}" if group else words


def service_words(name: Sequence[str], worse: Estimate, margin: float) -> str:
    """Return by how much one measure worsens, in a sentence without its full stop.

    Examples
    --------
    >>> name = ("wait", "p95", "emergency", "bed", "", "", "h")
    >>> service_words(name, Estimate(-2.0, -2.5, -1.5, 0.95, 10, "h"), 1.0)
    'wait for emergency/bed (95 in 100 wait no longer): 2 h better (1.5 to 2.5)'
    >>> service_words(name, Estimate(0.5, -0.5, 1.5, 0.95, 10, "h"), 1.0)
    'wait for emergency/bed (95 in 100 wait no longer): no difference that these runs can show (0.5 h better
    to 1.5 h worse); it may worsen by 1 h'
    """
    told, unit = measure_words(name), str(name[-1])
    if not math.isfinite(worse.value):
        return f"{told}: so large a share is never served any more"
    if worse.value == worse.low == worse.high == 0:
        return f"{told}: no difference"
    may = (
        f"; it may worsen by {_amount(margin, unit)}" if math.isfinite(margin) else "; told, and no criterion"
    )
    low, high = worse.low, worse.high
    less, more = ("less", "more") if math.isinf(margin) else ("better", "worse")
    if low <= 0 <= high:
        spread = f"{_amount(-low, unit)} {less} to {_amount(high, unit)} {more}"
        return f"{told}: no difference that these runs can show ({spread}){may}"
    if high < 0:
        return f"{told}: {_amount(-worse.value, unit)} {less} ({_plain(-high, unit)} to {_plain(-low, unit)})"
    return f"{told}: {_amount(worse.value, unit)} {more} ({_plain(low, unit)} to {_plain(high, unit)}){may}"


def _plain(number: float, unit: str) -> str:
    return _digits(100 * number if unit == "share" else number)


def _digits(number: float) -> str:
    """Return a number with no more digits than a mean over a few runs carries.

    >>> _digits(75.5), _digits(2.73), _digits(227.6)
    ('76', '2.7', '228')
    """
    return f"{number:.2g}" if abs(number) < 99.5 else f"{number:,.0f}"


def _amount(number: float, unit: str) -> str:
    if unit == "share":
        return f"{_digits(100 * number)} in 100"
    return f"{_digits(number)} {unit}" if unit else _digits(number)


def searched(done: Simulated, store: Store, accounts: Accounts) -> dict[str, Headline]:
    """Return what the searches decided, and what service becomes under each option.

    Keys are ``steps:<option>``, ``chance:<option>`` and ``perfect_information:<option>`` of a closure,
    ``patients_at_equal_service:<option>`` of a list and of each mix, and ``service:<measure>:<statistic>:<place>
    [:<group>]:<option>``, whose value is by how much it worsens.
    """
    out: dict[str, Headline] = {}
    value = accounts.value
    options = {option.name: option for option in value.options}
    for one in done.found.searches:
        if one.search.arm >= 0:
            continue
        option = options.get(one.option)
        if isinstance(option, Close) and one.commitment is not None:
            numbers = _lived(accounts, one)
            path = f"options.{option.name}"
            saves = numbers[f"{path}.saves"] * (1 - numbers[f"{path}.stranded"])
            reopening = numbers.get(f"{path}.reopening", np.zeros(1))
            known = perfect_information(one.commitment, saves, np.broadcast_to(reopening, saves.shape))
            out |= _closure(option, one, one.commitment, known)
        elif one.search.reinvest >= 0:
            out |= _list(done, store, one)
    for option_name, level, units in _decided(done, value):
        out |= _service(store, option_name, level, units)
    return out


def _lived(accounts: Accounts, one: Searched) -> dict[str, NDArray[np.float64]]:
    """Return the numbers of the value file on every draw, or those of each future that a search over draws judged."""
    if not one.draws or one.commitment is None:
        return accounts.numbers
    each = len(one.commitment.fails) // one.draws
    return {path: np.repeat(column[: one.draws], each) for path, column in accounts.numbers.items()}


def _closure(option: Close, one: Searched, found: Commitment, known: Information) -> dict[str, Headline]:
    steps, n = one.level.steps, len(found.fails)
    at = found.judged[steps]
    fixed = Estimate(float(steps), float(steps), float(steps), 0.95, n, "steps")
    chance = at.chance
    words = f"service is kept in {round(chance.value * n)} of {n:,} {one.futures} with {_steps(steps)} closed"
    best = Estimate(known.best, known.best, known.best, 0.95, n, "steps")
    told = (
        f"had each future been known, {known.best:.2g} steps a future would have closed, against {steps} committed:"
        f" worth £{known.worth:,.0f} a year more, before the cost of knowing"
    )
    return {
        f"steps:{option.name}": summary_of(fixed, commitment_words(option, one, found)),
        f"chance:{option.name}": summary_of(chance, words),
        f"perfect_information:{option.name}": summary_of(best, told),
    }


def _steps(steps: int) -> str:
    return f"{steps} step{'' if steps == 1 else 's'}"


def commitment_words(option: Close, one: Searched, found: Commitment) -> str:
    """Return how many steps can close, how sure that is, and what stops the next, in plain words."""
    steps, n = one.level.steps, len(found.fails)
    at = found.judged[steps]
    share = f"{int(at.kept.sum()):,} of {n:,} {one.futures}"
    if not found.judged[0].keeps:
        text = (
            f"none can close: with nothing closed service is already not as good as before ({_why(one, 0)})"
        )
    elif steps:
        places = f"{_steps(steps)} of {option.step} places of {option.pool}"
        text = f"{places} can close at equal service: every named measure stays within its margin in {share}"
    else:
        text = f"no step of {option.step} places of {option.pool} can close at equal service"
    if not found.judged[0].keeps:
        return text
    if steps + 1 < len(found.judged):
        return f"{text}; with {_steps(steps + 1)} closed it is not kept ({_why(one, steps + 1)})"
    return f"{text}; that is as many as may be taken out"


def _why(one: Searched, steps: int) -> str:
    """Return what fails with so many steps closed: the measure furthest beyond its margin, or all together."""
    at = one.tried[Level(steps, 0)]
    wrong = np.flatnonzero(~at.within)
    kept = f"kept in {int(at.kept.sum())} of {len(at.kept):,} {one.futures}".rstrip(",")
    if not len(wrong):
        return f"each measure keeps on average, all together are {kept}"
    size = np.where(at.margins > 0, at.upper / np.where(at.margins > 0, at.margins, 1.0), np.inf)
    worst = int(wrong[np.argmax(size[wrong])])
    name, unit = one.names[worst], str(one.names[worst][-1])
    if not math.isfinite(at.upper[worst]):
        return f"{measure_words(name)}: so large a share is not served in every run; {kept}"
    return (
        f"{measure_words(name)} worsens by {_amount(at.mean[worst], unit)}, at most {_amount(at.upper[worst], unit)},"
        f" and may by {_amount(at.margins[worst], unit)}; {kept}"
    )


def _list(done: Simulated, store: Store, one: Searched) -> dict[str, Headline]:
    """Return how many extra patients are treated at equal service, with the list that is decided."""
    plan, level = done.plan, one.level
    option = plan.cases[plan.main].options[one.search.reinvest][0]
    pathway = option.pathway if isinstance(option, Reinvest) else ""
    name = name_at(plan, one, level)
    values = patients_at(store, units_of(done, one, level), name, level, pathway)
    estimate = interval(values, unit="patients a year")
    least = "" if one.bounded else "at least "
    beside = f" with {_steps(level.steps)} closed" if level.steps else ""
    if one.tried[Level(level.steps, 0)].keeps:
        text = (
            f"{least}{estimate.value:,.0f} extra patients a year of {pathway}"
            f" ({estimate.low:,.0f} to {estimate.high:,.0f}) can be treated at equal service{beside},"
            f" {level.extra:,} more being sent than come now"
        )
    else:
        text = f"service is not as good as before{beside} with nobody more sent to {pathway}: nobody can be added"
    return {f"patients_at_equal_service:{name}": summary_of(estimate, text)}


def _decided(done: Simulated, value: Value) -> Iterator[tuple[str, Level, list[object]]]:
    """Yield each option, its level, and the units that it was run in."""
    base: list[object] = [unit for unit in done.units if unit.case == done.plan.main]
    for option, _ in done.plan.cases[done.plan.main].options:
        one = done.found.of(option.name) if searched_for(option) else None
        if one is not None:
            yield option.name, one.level, list(units_of(done, one, one.level))
        else:
            steps = int(option.steps) if isinstance(option, (Close, Redeploy)) else 0
            yield option.name, Level(steps, 0), base
    del value


def _service(store: Store, option: str, level: Level, units: Sequence[object]) -> dict[str, Headline]:
    condition = "option = ? AND steps = ? AND extra = ?"
    columns = (*KEY, "worsening", "margin")
    rows = ask(store.paths(list(units), "service"), condition, [option, *level], columns)  # type: ignore[arg-type]
    found: dict[tuple[str, ...], tuple[list[float], list[float]]] = {}
    for row in rows:
        worse, margins = found.setdefault(tuple(row[:-2]), ([], []))
        worse.append(row[-2])
        margins.append(row[-1])
    out: dict[str, Headline] = {}
    for name, (worse, margins) in found.items():
        measure, statistic, pathway, step, pool, group, unit = name
        place = pool or (f"{pathway}/{step}" if step else pathway)
        ending = ":".join([measure, statistic, place, *([group] if group else []), option])
        never = not np.isfinite(worse).all()
        nan = math.inf
        estimate = Estimate(nan, nan, nan, 0.95, len(worse), unit) if never else interval(worse, unit=unit)
        words = f"{option}: {service_words(name, estimate, float(np.mean(margins)))}"
        out[f"service:{ending}"] = summary_of(estimate, words)
    return out


def credited(credit: pd.DataFrame, value: Value) -> dict[str, Headline]:
    """Return the credit of each project for steps, and for what the pools that may be closed release.

    Keys are ``credit:<steps closed or release>:[<pool>:]<project>``.
    """
    out: dict[str, Headline] = {}
    pools = {"", *(option.pool for option in value.options if isinstance(option, Close))}
    for row in credit.to_dict("records"):
        share, alone, low, high, together = (
            float(row[c]) for c in ("credit", "alone", "low", "high", "together")
        )
        project, of, pool, unit = (str(row[c]) for c in ("project", "of", "pool", "unit"))
        if math.isnan(share) or pool not in pools:
            continue
        ends = (share, share) if math.isnan(low) else (low, high)
        what = "of the steps that can close" if of == STEPS_OF else f"of what {pool} releases"
        words = (
            f"{project}: {share:.4g} {unit} {what}; {alone:.4g} alone, {together:.4g} by all projects together"
            " (Shapley value)"
        )
        key = f"credit:{of}:{pool}:{project}" if pool else f"credit:{of}:{project}"
        out[key] = summary_of(Estimate(share, *ends, 0.95, 1, unit), words)
    return out
