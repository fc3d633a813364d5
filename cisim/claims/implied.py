"""What a claim implies, as data: figures with their ends, what must hold, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cisim.spec import Figure

__all__ = ["CashReading", "Grade", "Implied", "Line", "Part", "Unit"]

Grade = Literal["sized", "unsized", "elapsed time"]
Unit = Literal["£", "%", "+%", "", "d"]


@dataclass(frozen=True, slots=True)
class Line:
    """One implied figure.

    Attributes
    ----------
    what : str
        What it is, in words; no two lines of a claim have the same, in one reading.
    figure : Figure
        Its value and ends.
    unit : str
        ``£``, ``%`` (a share), ``+%`` (a signed share), ``d`` (days), or nothing: a plain number.
    reading : str
        ``gross`` or ``net``, where it differs by how a return is read.
    """

    what: str
    figure: Figure
    unit: Unit = ""
    reading: Literal["", "gross", "net"] = ""


@dataclass(frozen=True, slots=True)
class CashReading:
    """How much of a claim is cash under the rule that cash needs a budget line, its holder and a date.

    Attributes
    ----------
    shown : Figure or None
        Pounds that are stated with all three; None if there are none.
    at_most : Figure or None
        Pounds that could be cash at most, under the rule in `why`; None where the claim has no amount.
    why : str
        The rule by which, in words.
    """

    shown: Figure | None
    at_most: Figure | None
    why: str


@dataclass(frozen=True, slots=True)
class Implied:
    """What a claim implies, without a model.

    Attributes
    ----------
    claim : str
        Its name.
    said : str
        The claim itself, in words.
    grade : str
        ``sized`` if an amount follows from it; ``unsized`` if not; ``elapsed time`` for lead time.
    means : tuple of str
        What it means, the most important first.
    lines : tuple of Line
    holds : bool or None
        Whether its figures agree with one another; None where it gives too few to tell.
    cash : CashReading
    missing : tuple of str
        What is missing to size it, or to believe it.
    rests_on : tuple of str
        Assumptions that were made, and sources of what was not in the claim.
    """

    claim: str
    said: str
    grade: Grade
    means: tuple[str, ...]
    lines: tuple[Line, ...]
    holds: bool | None
    cash: CashReading
    missing: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()

    def figure(self, what: str, reading: str = "") -> Figure:
        """Return the figure of a line, in one reading of a return where it has two.

        Raises
        ------
        KeyError
            If there is no such line.
        """
        for line in self.lines:
            if (line.what, line.reading) == (what, reading):
                return line.figure
        raise KeyError(what)


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what a claim implies; parts are put together with ``+``."""

    means: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    missing: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()

    def __add__(self, other: Part) -> Part:
        """Return both, this one first."""
        return Part(
            self.means + other.means,
            self.lines + other.lines,
            self.missing + other.missing,
            self.rests_on + other.rests_on,
        )
