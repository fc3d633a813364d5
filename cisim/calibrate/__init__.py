"""A model fitted to a hospital's own records: plain functions of arrays, results that are frozen and tell themselves.

==================  ================================================================================
`fit_ways`          the shares of the ways at a branch, a Dirichlet distribution
`transfers`         who moves from ward to ward, as counts and shares
==================  ================================================================================
"""

from cisim.calibrate.branching import Transfers, Ways, fit_ways, transfers
from cisim.calibrate.estimates import Estimate

__all__ = ["Estimate", "Transfers", "Ways", "fit_ways", "transfers"]
