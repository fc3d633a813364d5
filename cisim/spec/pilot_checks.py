"""What pilots must also hold: by themselves, and against the numbers that are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.errors import nearest
from cisim.spec.pilots import spread_of_one
from cisim.spec.plain import Finding
from cisim.units import YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cisim.spec.pilots import Pilot
    from cisim.spec.unknowns import Unknown
    from cisim.spec.yamltree import Trail

__all__ = ["pilot_findings", "pilots_in_question"]


def pilot_findings(pilots: Sequence[Pilot], years: int) -> Iterator[Finding]:
    """Yield the mistakes in pilots that can be seen in the value file alone."""
    seen: set[str] = set()
    for i, one in enumerate(pilots):
        here: Trail = ("pilots", i)
        if one.name in seen:
            yield Finding((*here, "pilot"), f"'{one.name}' names a pilot already, want another name")
        seen.add(one.name)
        if any(size < 1 for size in one.sizes) or list(one.sizes) != sorted(set(one.sizes)):
            yield Finding((*here, "sizes"), "want sizes of 1 or more, each larger than the one before")
        if not 0 <= one.delays < years * YEAR:
            text = (
                f"got a delay that is not within the {years} years counted: nothing would be left to decide"
            )
            yield Finding((*here, "delays"), text)
        measured: set[str] = set()
        for j, what in enumerate(one.measures):
            place = (*here, "measures", j)
            if what.number in measured:
                yield Finding(
                    (*place, "number"), f"'{what.number}' is measured already, want each number once"
                )
            measured.add(what.number)
            if what.by == "mean" and what.sd is None:
                yield Finding(place, "missing 'sd', want how much one observation varies", key=True)
            if what.by != "mean" and what.sd is not None:
                text = f"'sd' belongs to a mean: a {what.by} varies as its number says, leave it out"
                yield Finding((*place, "sd"), text, key=True)


def pilots_in_question(pilots: Sequence[Pilot], known: Mapping[str, Unknown]) -> Iterator[Finding]:
    """Yield what pilots say of numbers that are not among those that are not known.

    Parameters
    ----------
    pilots : sequence of Pilot
    known : mapping of path to Unknown
        As `unknowns` finds them in the question.
    """
    for i, one in enumerate(pilots):
        for j, what in enumerate(one.measures):
            here: Trail = ("pilots", i, "measures", j)
            if what.number not in known:
                want = "want the path of a number with a distribution: of others there is nothing to learn"
                yield Finding((*here, "number"), f"got {what.number!r}, {want}{nearest(what.number, known)}")
                continue
            number = known[what.number]
            low, high = number.distribution.support()
            if what.by == "share" and (low < 0 or high > 1):
                text = f"got 'share', but '{what.number}' may lie beyond 0% to 100%, want mean or rate"
                yield Finding((*here, "by"), text)
            if what.by == "rate" and low < 0:
                text = f"got 'rate', but '{what.number}' may be below 0, want mean"
                yield Finding((*here, "by"), text)
            if what.sd is not None:
                yield from _spread(what.sd, number.unit, (*here, "sd"))


def _spread(sd: str | float, unit: str, trail: Trail) -> Iterator[Finding]:
    try:
        found = spread_of_one(sd, unit)
    except ValueError as error:
        yield Finding(trail, str(error))
        return
    if found <= 0:
        yield Finding(
            trail, f"got {sd!r}, want more than 0: what does not vary is seen at once, and needs no pilot"
        )
