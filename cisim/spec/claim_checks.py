"""What cannot be in a claim, and a claim from the settings of a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from cisim.errors import FileProblems, ModelError, Problem
from cisim.spec.claims import CLAIM_KINDS, ChangeClaim, Claims, LeadTimeClaim, SavingClaim, StayClaim
from cisim.spec.plain import Finding, findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cisim.spec.claims import Claim

__all__ = ["claim_from", "claims_findings", "contradictions"]


def claims_findings(claims: Claims) -> list[Finding]:
    """Return what is wrong with a claims file whose every setting can be read."""
    found = []
    seen: set[str] = set()
    for i, claim in enumerate(claims.stated):
        if claim.name in seen:
            text = f"got {claim.name!r} twice, want a name of its own for each claim"
            found.append(Finding(("stated", i, "claim"), text))
        seen.add(claim.name)
        found += [Finding(("stated", i, *trail), text) for trail, text in contradictions(claim)]
    return found


_NEEDS: tuple[tuple[type, str, str, str], ...] = (
    (SavingClaim, "beds", "wards", "is said of wards, want 'wards' too, such as 2: one of them closed"),
    (SavingClaim, "occupancy", "wards", "is said of wards, want 'wards' too, such as 2: one of them closed"),
    (
        SavingClaim,
        "bed_day",
        "beds",
        "makes the cost of a ward, want 'wards' and 'beds' too: how many a ward has",
    ),
    (StayClaim, "saves", "step", "is said of a whole step, want 'step' too, such as 6 beds"),
    (StayClaim, "stranded", "saves", "is a share of what a step saves, want 'saves' too, such as £890k"),
    (ChangeClaim, "in_beds", "each", "is a share of what each costs, want 'each' too, such as £2,600"),
)


def contradictions(claim: Claim) -> list[tuple[tuple[str, ...], str]]:
    """Return where one claim cannot be what it says, whatever its numbers mean: the setting, and why."""
    found: list[tuple[tuple[str, ...], str]] = [
        ((name,), text)
        for kind, name, other, text in _NEEDS
        if isinstance(claim, kind) and getattr(claim, name) is not None and getattr(claim, other) is None
    ]
    if isinstance(claim, LeadTimeClaim) and claim.as_share is not None and not claim.as_share.ratio.high < 1:
        found.append((("as_share",), "got no fall, want how much shorter it became, such as -62%"))
    if isinstance(claim, ChangeClaim) and claim.compared is not None and not claim.compared.ratio.low > 0:
        found.append((("compared",), "got a fall of the whole of it, want less than 100%"))
    return found


def claim_from(settings: Mapping[str, object]) -> Claim:
    """Return a claim from its settings, as the command line gives them.

    Raises
    ------
    FileProblems
        With every mistake, each with its option.
    ModelError
        If it is no kind of claim, or several at once.
    """
    kinds = [kind for kind in CLAIM_KINDS if kind in settings]
    if len(kinds) != 1:
        listed = ", ".join(_option(kind) for kind in CLAIM_KINDS if kind != "returns")
        told = " and ".join(_option(kind) for kind in kinds) or "none"
        raise ModelError("claim", f"got {told}, want exactly one of {listed}, or a claims file")
    data = {"cisim": 1, "claims": "claim", "stated": [dict(settings)]}
    try:
        made = Claims.model_validate(data)
    except ValidationError as error:
        found = findings(error, data, Claims)
    else:
        found = claims_findings(made)
        if not found:
            return made.stated[0]
    raise FileProblems([_told(one, kinds[0]) for one in found])


def _option(name: str) -> str:
    return "--" + {"returns": "return"}.get(name, name).replace("_", "-")


def _told(one: Finding, kind: str) -> Problem:
    trail = [str(part) for part in one.trail[2:]]
    if one.about == "unknown" and len(trail) == 1:
        return Problem(_option(trail[0]), 0, 0, "", f"does not go with {_option(kind)}")
    return Problem(_option(trail[0]) if trail else _option(kind), 0, 0, ".".join(trail[1:]), one.text)
