"""A model fitted to a hospital's own records: plain functions of arrays, results that are frozen and tell themselves.

==================  ================================================================================
`fit_arrivals`      profile of the week, season, growth, good and bad days, from hourly counts
`score_arrivals`    how well such a fit foretells counts that it has not seen
`fit_duration`      a duration or stay, its family chosen by what it foretells, with ends unseen and late entry
`product_limit`     how long things last, with no family assumed
`fit_ways`          the shares of the ways at a branch, a Dirichlet distribution
`find_rounds`, `find_batches`
                    the hours and weekdays at which things happen together, with the chance of a false alarm
`fit_return`        the share who come back and after how long, with those not followed for long enough
`transfers`         who moves from ward to ward, as counts and shares
`predicted_check`, `pit_check`, `coverage_check`, `days_check`
                    whether a fitted model foretells what it has not seen
`check_log`         all of them for one pathway, from a log held out and the model's logs
`little_check`, `census_age_check`
                    whether records add up, as any must
`Validation`        all checks, what the model is fit for, and whether it may be called calibrated
`calibrate`         what no record shows: hidden numbers found by simulation, and judged
`figures`           what a log, simulated or a hospital's own, gives for the targets of a study
==================  ================================================================================

The parts of `calibrate`, for a study of another make: `simulate_point` (a point), `surfaces` (emulators of targets),
`left_over` (what is not ruled out), `posterior` and `Density` (draws by the emulators), `adjusted` (draws without).
"""

from cisim.calibrate.adjusting import adjusted
from cisim.calibrate.aims import Aims, correlation
from cisim.calibrate.arrival_scores import HeldOut, score_arrivals
from cisim.calibrate.arrivals import ArrivalFit, fit_arrivals, hourly_counts, predict_arrivals
from cisim.calibrate.branching import Transfers, Ways, fit_ways, transfers
from cisim.calibrate.calibrating import Calibrated, Wave, calibrate
from cisim.calibrate.durations import DurationFit, QuantileCheck, fit_duration
from cisim.calibrate.estimates import Estimate
from cisim.calibrate.judging import Judgement, Reached
from cisim.calibrate.knowing import Known, Ridge, rank_correlations
from cisim.calibrate.log_checks import check_log
from cisim.calibrate.matching import Left, Surfaces, left_over, ruled, surfaces
from cisim.calibrate.points import Task, figures, simulate_point, values_of
from cisim.calibrate.posterior import Density, posterior
from cisim.calibrate.product_limit import Lasting, Stays, product_limit, stays
from cisim.calibrate.returning import Returning, fit_return
from cisim.calibrate.rounds import Batches, Opening, Rounds, find_batches, find_rounds
from cisim.calibrate.validate import (
    Compared,
    Purpose,
    Validation,
    ValidationCheck,
    census_age_check,
    coverage_check,
    days_check,
    little_check,
    pit_check,
    predicted_check,
)

__all__ = [
    "Aims",
    "ArrivalFit",
    "Batches",
    "Calibrated",
    "Compared",
    "Density",
    "DurationFit",
    "Estimate",
    "HeldOut",
    "Judgement",
    "Known",
    "Lasting",
    "Left",
    "Opening",
    "Purpose",
    "QuantileCheck",
    "Reached",
    "Returning",
    "Ridge",
    "Rounds",
    "Stays",
    "Surfaces",
    "Task",
    "Transfers",
    "Validation",
    "ValidationCheck",
    "Wave",
    "Ways",
    "adjusted",
    "calibrate",
    "census_age_check",
    "check_log",
    "correlation",
    "coverage_check",
    "days_check",
    "figures",
    "find_batches",
    "find_rounds",
    "fit_arrivals",
    "fit_duration",
    "fit_return",
    "fit_ways",
    "hourly_counts",
    "left_over",
    "little_check",
    "pit_check",
    "posterior",
    "predict_arrivals",
    "predicted_check",
    "product_limit",
    "rank_correlations",
    "ruled",
    "score_arrivals",
    "simulate_point",
    "stays",
    "surfaces",
    "transfers",
    "values_of",
]
