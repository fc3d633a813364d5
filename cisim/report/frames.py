"""The words of each frame: one ledger, told as value, as time for care, as waste removed, as benefits and risk.

A frame is a choice of words and nothing else: no number, no order of numbers and no rounding depends on it.
Whatever the frame, room is never called cash, who loses is named, and what fills up again is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cisim.errors import ModelError, nearest

__all__ = ["FRAMES", "Frame", "frame"]


@dataclass(frozen=True, slots=True)
class Frame:
    """The words of one way to tell the same numbers.

    Attributes
    ----------
    name : str
        As it stands in the value file.
    kicker : str
        The line above the title.
    released : str
        What is released: 'room', 'time for care'.
    freed : str
        The same as something that was done: 'freed', 'given back to care'.
    uses : mapping of use to str
        What became of it, by the ledger's words for it.
    headings : mapping of block to str
    """

    name: str
    kicker: str
    released: str
    freed: str
    uses: Mapping[str, str]
    headings: Mapping[str, str]


_HEADINGS = {
    "decide": "Decide this",
    "money": "What leaves which budget",
    "beds": "Beds freed, and what becomes of them",
    "wrong": "If it is wrong",
    "owners": "Who pays, who gains",
    "weakest": "The weakest assumption",
    "facts": "The model beside the facts",
    "returns": "What comes back for each pound",
    "cash": "Cash, year by year",
    "ledger": "The ledger, by owner and category",
    "choice": "Close, treat more, or hold",
    "cases": "Three cases, side by side",
    "strip": "Can this be believed?",
    "trace": "Trace any figure",
    "patients": "Your patients",
    "hours": "Your hours",
    "floor": "Your staffing",
    "goes": "Where freed time goes",
    "agreed": "Who agreed it",
    "keeps": "What your team keeps",
}
_USES = {
    "closed": "closed",
    "redeployed": "moved to another service",
    "reinvested": "used for named patients",
    "idle_change": "held free",
    "absorbed": "refilled by others",
}


def _frame(
    name: str, words: tuple[str, str, str], uses: Mapping[str, str], headings: Mapping[str, str]
) -> Frame:
    kicker, released, freed = words
    return Frame(name, kicker, released, freed, {**_USES, **uses}, {**_HEADINGS, **headings})


FRAMES: Mapping[str, Frame] = {
    f.name: f
    for f in (
        _frame("value", ("What it is worth, and to whom", "room", "freed"), {}, {}),
        _frame(
            "time for care",
            ("Time given back to care, and what is done with it", "time for care", "given back to care"),
            {
                "closed": "taken out of use",
                "redeployed": "lent to another service",
                "reinvested": "given to named patients",
                "idle_change": "kept as breathing space",
                "absorbed": "given to others who came",
            },
            {
                "money": "What it does to budgets",
                "beds": "Beds given back to care, and what becomes of them",
                "returns": "What comes back for each pound put in",
                "goes": "Where the time given back goes",
            },
        ),
        _frame(
            "waste removed",
            ("Waiting that helped no patient, removed", "room", "no longer lost to waiting"),
            {
                "closed": "taken out for good",
                "redeployed": "put to use elsewhere",
                "reinvested": "put to use for named patients",
                "idle_change": "left unused",
                "absorbed": "put to use by others who came",
            },
            {
                "beds": "Beds no longer lost to waiting, and what becomes of them",
                "wrong": "If the waste comes back",
                "goes": "Where time no longer lost goes",
            },
        ),
        _frame(
            "benefits and risk",
            ("The benefits, and the risks that come with them", "room", "freed"),
            {"idle_change": "held as a safety margin", "absorbed": "at risk: refilled by others"},
            {
                "decide": "The benefit to decide on",
                "money": "Benefit to budgets",
                "beds": "Benefit in beds, and the risk of refilling",
                "wrong": "Risk: if it is wrong",
                "owners": "Who carries the benefit, who carries the cost",
                "weakest": "Risk: the weakest assumption",
                "cash": "Cash at risk, year by year",
            },
        ),
    )
}


def frame(name: str = "value") -> Frame:
    """Return a frame by its name.

    Raises
    ------
    ModelError
        Where there is no such frame.

    >>> frame("waste removed").uses["absorbed"]
    'put to use by others who came'
    """
    if name not in FRAMES:
        raise ModelError("frame", f"got {name!r}, want one of the known{nearest(name, FRAMES)}")
    return FRAMES[name]
