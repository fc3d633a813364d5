"""A model fitted to a hospital's own records: plain functions of arrays, results that are frozen and tell themselves.

==================  ================================================================================
`fit_arrivals`      profile of the week, season, growth, good and bad days, from hourly counts
`score_arrivals`    how well such a fit foretells counts that it has not seen
`fit_duration`      a duration or stay, its family chosen by what it foretells, with ends unseen and late entry
`product_limit`     how long things last, with no family assumed
`fit_ways`          the shares of the ways at a branch, a Dirichlet distribution
`transfers`         who moves from ward to ward, as counts and shares
`predicted_check`, `pit_check`, `coverage_check`
                    whether a fitted model foretells what it has not seen
`little_check`, `census_age_check`
                    whether records add up, as any must
`Validation`        all checks, what the model is fit for, and whether it may be called calibrated
==================  ================================================================================
"""

from cisim.calibrate.arrival_scores import HeldOut, score_arrivals
from cisim.calibrate.arrivals import ArrivalFit, fit_arrivals, hourly_counts, predict_arrivals
from cisim.calibrate.branching import Transfers, Ways, fit_ways, transfers
from cisim.calibrate.durations import DurationFit, QuantileCheck, fit_duration
from cisim.calibrate.estimates import Estimate
from cisim.calibrate.product_limit import Lasting, Stays, product_limit, stays
from cisim.calibrate.validate import (
    Compared,
    Purpose,
    Validation,
    ValidationCheck,
    census_age_check,
    coverage_check,
    little_check,
    pit_check,
    predicted_check,
)

__all__ = [
    "ArrivalFit",
    "Compared",
    "DurationFit",
    "Estimate",
    "HeldOut",
    "Lasting",
    "Purpose",
    "QuantileCheck",
    "Stays",
    "Transfers",
    "Validation",
    "ValidationCheck",
    "Ways",
    "census_age_check",
    "coverage_check",
    "fit_arrivals",
    "fit_duration",
    "fit_ways",
    "hourly_counts",
    "little_check",
    "pit_check",
    "predict_arrivals",
    "predicted_check",
    "product_limit",
    "score_arrivals",
    "stays",
    "transfers",
]
