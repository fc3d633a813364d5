"""Perspectives: whose costs count, what a QALY is worth, and at which rates later years are discounted.

A perspective is one record, and no total mixes two: every total in this room is made under one of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cisim.errors import ModelError, nearest
from cisim.value.discount import GREEN_BOOK_HEALTH, GREEN_BOOK_MONEY, NICE_RATE, Schedule

__all__ = ["PERSPECTIVES", "Perspective", "perspective"]


@dataclass(frozen=True, slots=True)
class Perspective:
    """One point of view.

    Attributes
    ----------
    name : str
    owners : tuple of str or None
        Whose money counts; None for everybody's.
    pounds_per_qaly : tuple of (float, float) or None
        Low and high; equal where there is one value; None where health is not priced.
    staff_time : bool
        Whether the time of staff already employed counts as a cost. It is no payment, so it does not for an
        organisation that counts its money.
    societal : bool
        Whether costs of society at large count, such as carbon: lines of kind ``societal``.
    money, health : Schedule
        Discount rates.
    words, source : str
    """

    name: str
    owners: tuple[str, ...] | None
    pounds_per_qaly: tuple[float, float] | None
    staff_time: bool
    societal: bool
    money: Schedule
    health: Schedule
    words: str
    source: str

    def __post_init__(self) -> None:
        worth = self.pounds_per_qaly
        if worth is not None and not 0 < worth[0] <= worth[1]:
            got = f"got {worth[0]:g} to {worth[1]:g} pounds a QALY"
            raise ModelError(f"perspective {self.name!r}", f"{got}, want low above 0 and not above high")


PERSPECTIVES: dict[str, Perspective] = {
    p.name: p
    for p in (
        Perspective(
            name="provider",
            owners=("provider",),
            pounds_per_qaly=None,
            staff_time=False,
            societal=False,
            money=GREEN_BOOK_MONEY,
            health=GREEN_BOOK_HEALTH,
            words="money that the organisation itself pays and is paid; health and staff time are not priced",
            source="HM Treasury Green Book rates, applied to the organisation's own payments",
        ),
        Perspective(
            name="NICE",
            owners=None,
            pounds_per_qaly=(20_000.0, 30_000.0),
            staff_time=True,
            societal=False,
            money=NICE_RATE,
            health=NICE_RATE,
            words="health and care costs whoever pays them; a QALY at £20,000, and at £30,000 beside it",
            source="NICE health technology evaluations: the manual (PMG36): £20,000 to £30,000 a QALY; 3.5%",
        ),
        Perspective(
            name="health department",
            owners=None,
            pounds_per_qaly=(15_000.0, 15_000.0),
            staff_time=True,
            societal=True,
            money=GREEN_BOOK_MONEY,
            health=GREEN_BOOK_HEALTH,
            words="costs whoever pays; a QALY at £15,000, what is given up elsewhere for one",
            source="Department of Health and Social Care impact assessments: £15,000 a QALY forgone",
        ),
        Perspective(
            name="Green Book",
            owners=None,
            pounds_per_qaly=(70_000.0, 70_000.0),
            staff_time=True,
            societal=True,
            money=GREEN_BOOK_MONEY,
            health=GREEN_BOOK_HEALTH,
            words="costs whoever pays; a QALY at £70,000, what society would pay for one",
            source="HM Treasury Green Book (2022): £70,000 a QALY; 3.5% and 1.5%, declining",
        ),
    )
}


def perspective(name: str, *, organisation: str = "provider") -> Perspective:
    """Return a perspective by its name.

    Parameters
    ----------
    name : str
        provider, NICE, health department or Green Book.
    organisation : str
        The owner whose money the provider perspective counts.

    Raises
    ------
    ModelError
        Where there is no such perspective.

    >>> perspective("Green Book").pounds_per_qaly
    (70000.0, 70000.0)
    >>> perspective("provider", organisation="Anytown hospital").owners
    ('Anytown hospital',)
    """
    if name not in PERSPECTIVES:
        raise ModelError("perspective", f"got {name!r}, want one of the known{nearest(name, PERSPECTIVES)}")
    found = PERSPECTIVES[name]
    return found if found.owners is None else replace(found, owners=(organisation,))
