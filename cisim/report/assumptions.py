"""Every number that a planner put in, in words, with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cisim.report.words import money, number, patients_words, places_words, quantity, share
from cisim.spec import (
    Activity,
    Batch,
    Branch,
    Close,
    ComesBack,
    Delay,
    Reinvest,
    Repeat,
    Round,
    Stay,
    duration_words,
    openings_text,
    pool_words,
    rota_text,
    service_words,
    starting_words,
    together_words,
    walk,
    year_words,
)
from cisim.units import DAY, duration_text
from cisim.value import uncertain_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisim.spec import Model, Pathway, Pool, Step, Uncertain, Value

__all__ = ["Assumption", "model_assumptions", "value_assumptions"]


class Assumption(NamedTuple):
    """A number, in words, and where it comes from ('' where nobody said)."""

    name: str
    value: str
    source: str


def _pool(name: str, pool: Pool) -> Assumption:
    if pool.rota:
        what = rota_text(pool.rota, pool.otherwise)
    elif pool.number == "unlimited":
        what = "unlimited"
    else:
        what = f"{pool.number} {'beds' if pool.kind == 'beds' else 'places'}"
    return Assumption(f"{name} ({pool.kind})", what + pool_words(pool), pool.source)


def _step(step: Step) -> Iterator[tuple[str, str, str]]:
    """Yield (what, number, source) of one step."""
    if isinstance(step, (Activity, Delay)):
        yield "", duration_words(step.duration), step.duration.source or step.note
    if isinstance(step, (Activity, Stay, Round)):
        yield from _service(step)
    if isinstance(step, Batch):
        waits = f" or {duration_text(step.at_most)}" if step.at_most is not None else ""
        yield "", f"{step.number} together{waits}", step.note
        if step.together is not None:
            yield (
                "together",
                " ".join(together_words(step.together)),
                step.together.duration.source or step.note,
            )
    if isinstance(step, ComesBack):
        yield "comes back after", duration_words(step.after), step.after.source or step.note
    if isinstance(step, Branch):
        ways = [
            f"{w.name} {share(w.share)}" if w.share is not None else f"{w.name} if {w.when}"
            for w in step.ways
        ]
        yield "ways", ", ".join(ways), step.note
    if isinstance(step, Repeat):
        told = (
            step.times
            if isinstance(step.times, int)
            else ", ".join(f"{n}: {share(s)}" for n, s in step.times.items())
        )
        yield "times", str(told), step.note


def _service(step: Activity | Stay | Round) -> Iterator[tuple[str, str, str]]:
    words = service_words(step)
    if words:
        yield "service", " ".join(words), step.note
    if not isinstance(step, Round) and step.limit is not None:
        yield "most who may wait", str(step.limit.waiting), step.note
    if step.gives_up is not None:
        after = step.gives_up.after
        yield "gives up after", duration_words(after), after.source


def _pathway(name: str, pathway: Pathway) -> Iterator[Assumption]:
    arrivals = pathway.arrivals
    if arrivals.rate is not None:
        rate = f"{number(arrivals.rate * DAY)} patients a day"
        if arrivals.day_effect is not None:
            rate += f", good and bad days varying by {share(arrivals.day_effect.cv)}"
        yield Assumption(f"{name}: arrivals", rate, arrivals.source)
        if year_words(arrivals):
            yield Assumption(f"{name}: over the year", " ".join(year_words(arrivals)), arrivals.source)
    if arrivals.listed is not None:
        yield Assumption(f"{name}: arrivals", f"{len(arrivals.listed)} listed", arrivals.source)
    for attribute, levels in pathway.attributes.items():
        told = ", ".join(f"{level} {share(s)}" for level, s in levels.items())
        yield Assumption(f"{name}: {attribute}", told, pathway.note)
    for one in pathway.starting:
        yield Assumption(f"{name}: at the start", starting_words(one), one.source or pathway.note)
    for step in walk(pathway.steps):
        for what, value, source in _step(step):
            label = getattr(step, "name", "")
            yield Assumption(f"{name}: {label}{', ' + what if what else ''}", value, source)


def model_assumptions(model: Model) -> list[Assumption]:
    """Return every number of a model; the model's own source stands in where a number names none."""
    out = [_pool(name, pool) for name, pool in model.pools.items()]
    for name, calendar in model.calendars.items():
        places = f", {calendar.places} places each" if calendar.places is not None else ""
        out.append(Assumption(name, openings_text(calendar.openings) + places, calendar.source))
    for name, pathway in model.pathways.items():
        out += _pathway(name, pathway)
    return [a if a.source or not model.source else a._replace(source=model.source) for a in out]


_POUNDS = (
    "once", "each_year", "cost", "marginal_cost", "income", "saves", "one_off", "an_hour", "price", "saves_there",
    "sustaining", "reopening", "money",
)  # fmt: skip
_SHARES = (
    "stranded",
    "share",
    "mitigation",
    "fidelity",
    "attribution",
    "displacement",
    "keeps",
    "a_year",
    "benefit",
)
_LEAVES = {
    "people": "people who give their time",
    "hours": "hours of each",
    "an_hour": "worth of an hour",
    "price": "price of one patient",
    "cap": "extra patients paid for a year, at most",
    "share": "share of the price that follows a patient",
    "saves_there": "yearly saving of one step where it lands",
    "patients": "patients a year for each step",
    "sustaining": "cost a year of holding the effect up",
    "mitigation": "share of the overrun already dealt with",
    "once": "once",
    "each_year": "each year",
    "cost": "cost of each",
    "marginal_cost": "cost of one more patient",
    "income": "income for one more patient",
    "qalys": "health gained by one more patient",
    "saves": "yearly cost of one step",
    "stranded": "share of it that does not go away",
    "one_off": "cost of the action, once",
    "money": "worth of one more",
    "deaths": "deaths with one more",
    "carbon": "kilograms of carbon dioxide with one more",
}


def _told(path: str, found: Uncertain[Any]) -> str:
    """Return a number, or its mean and the range that holds 95 in 100."""
    leaf = path.rpartition(".")[2]
    optimism = path.startswith(("effect.optimism", "effect.adoption"))
    if leaf in ("ramp_up", "delay"):
        return duration_text(found.distribution().mean())
    unit = (
        "£"
        if leaf in _POUNDS and not optimism
        else "share"
        if leaf in _SHARES or optimism
        else "QALY"
        if leaf == "qalys"
        else ""
    )
    known = found.distribution()
    mean = quantity(known.mean(), unit)
    if known.sd() == 0:
        return mean
    low, high = (float(v) for v in known.ppf(_ENDS))
    ends = [money(v) if unit == "£" else share(v) if unit == "share" else number(v) for v in (low, high)]
    return f"{mean} ({ends[0]} to {ends[1]})"


def _ends() -> Any:
    import numpy as np  # noqa: PLC0415

    return np.array([0.025, 0.975])


_ENDS = _ends()


def _sources(value: Value) -> dict[str, str]:
    """Return what stands in for a number's own source: its item's, else the file's."""
    out: dict[str, str] = {}
    for kind, items in (("programme", value.programme), ("running", value.running)):
        for item in items:
            out[f"{kind}.{item.item}"] = item.source
    for option in value.options:
        out[f"options.{option.name}"] = option.source
        if isinstance(option, Reinvest):
            out[f"options.{option.name}.each"] = option.each.source or option.source
    for entry in value.absorbed:
        out[f"absorbed.{entry.pathway}"] = entry.each.source
    for payment in value.payment:
        out[f"payment.{payment.pathway}"] = payment.source
    if value.effect is not None:
        out["effect"] = value.effect.source
    return out


def value_assumptions(value: Value) -> list[Assumption]:
    """Return every number of a value file, with its own source, else its item's, else the file's."""
    known = _sources(value)
    out = []
    for path, found in uncertain_numbers(value).items():
        head, _, leaf = path.rpartition(".")
        above = next(
            (known[p] for p in sorted(known, key=len, reverse=True) if head.startswith(p) and known[p]), ""
        )
        name = head.removesuffix(".each").partition(".")[2] or head
        out.append(
            Assumption(
                f"{name}: {_LEAVES.get(leaf, leaf)}",
                _told(path, found),
                found.source or above or value.source,
            )
        )
    for option in value.options:
        if isinstance(option, Close):
            out.append(
                Assumption(f"{option.name}: size", places_words(option.step, option.steps), option.source)
            )
        if isinstance(option, Reinvest):
            out.append(
                Assumption(
                    f"{option.name}: length of the list",
                    f"{patients_words(option.patients)} patients a year",
                    option.source,
                )
            )
    return out
