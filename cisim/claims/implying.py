"""What any claim implies: one door for all kinds."""

from __future__ import annotations

from cisim.claims.implied import Implied
from cisim.claims.returns import implied_by_return, implied_by_spread
from cisim.claims.savings import implied_by_saving
from cisim.claims.shares import implied_by_change, implied_by_lead_time, implied_by_unit_cost
from cisim.claims.stays import implied_by_stay
from cisim.spec import (
    ChangeClaim,
    Claim,
    LeadTimeClaim,
    ReturnClaim,
    SavingClaim,
    SpreadClaim,
    StayClaim,
    UnitCostClaim,
)

__all__ = ["implied"]


def implied(claim: Claim) -> Implied:  # noqa: PLR0911 - one return a kind
    """Return what a claim implies, without a model.

    Parameters
    ----------
    claim : Claim
        One entry of a claims file, or built in Python.

    Returns
    -------
    Implied
        With every figure's ends, as the rounding of what was published allows them.

    >>> from cisim.spec import ReturnClaim
    >>> leeds = ReturnClaim.model_validate({"claim": "Leeds", "return": 15.41, "benefit": "£14.2m"})
    >>> print(implied(leeds).means[0])
    The cost behind it is £921k (£918k to £925k), or £865k (£862k to £869k) if the return is net.
    """
    if isinstance(claim, ReturnClaim):
        return implied_by_return(claim)
    if isinstance(claim, SpreadClaim):
        return implied_by_spread(claim)
    if isinstance(claim, SavingClaim):
        return implied_by_saving(claim)
    if isinstance(claim, UnitCostClaim):
        return implied_by_unit_cost(claim)
    if isinstance(claim, ChangeClaim):
        return implied_by_change(claim)
    if isinstance(claim, LeadTimeClaim):
        return implied_by_lead_time(claim)
    assert isinstance(claim, StayClaim)  # noqa: S101 - the last kind
    return implied_by_stay(claim)
