"""A model fitted to a hospital's own records: plain functions of arrays, results that are frozen and tell themselves.

==================  ================================================================================
`fit_arrivals`      profile of the week, season, growth, good and bad days, from hourly counts
`score_arrivals`    how well such a fit foretells counts that it has not seen
`fit_duration`      a duration or stay, its family chosen by what it foretells, with ends unseen and late entry
`product_limit`     how long things last, with no family assumed
`fit_ways`          the shares of the ways at a branch, a Dirichlet distribution
`transfers`         who moves from ward to ward, as counts and shares
==================  ================================================================================
"""

from cisim.calibrate.arrival_scores import HeldOut, score_arrivals
from cisim.calibrate.arrivals import ArrivalFit, fit_arrivals, hourly_counts, predict_arrivals
from cisim.calibrate.branching import Transfers, Ways, fit_ways, transfers
from cisim.calibrate.durations import DurationFit, QuantileCheck, fit_duration
from cisim.calibrate.estimates import Estimate
from cisim.calibrate.product_limit import Lasting, Stays, product_limit, stays

__all__ = [
    "ArrivalFit",
    "DurationFit",
    "Estimate",
    "HeldOut",
    "Lasting",
    "QuantileCheck",
    "Stays",
    "Transfers",
    "Ways",
    "fit_arrivals",
    "fit_duration",
    "fit_ways",
    "hourly_counts",
    "predict_arrivals",
    "product_limit",
    "score_arrivals",
    "stays",
    "transfers",
]
