"""What a change did, from records of the time before and after it.

=====================  ============================================================================
`before_after`         all of it for one series and a date, with what speaks against it
`interrupted`          interrupted time series with autocorrelation and season
`beside`               difference in differences: beside a ward where nothing was changed
`ratio_of_ratios`      the same from four published numbers
`bad_spell`            regression to the mean: were the last periods before the change worse than usual?
`false_dates`          what the same question finds where nothing was changed
`control`              a control chart, its limits set by the time before
`read_series`          series from a CSV file
`series_of`            a measure of an event log, week by week
`together`             several comparison wards as one
`as_change`            the effect, with its interval, as a scenario says it
=====================  ============================================================================
"""

from cisim.before_after.beside import (
    SPELL,
    Beside,
    FalseDates,
    Spell,
    bad_spell,
    beside,
    false_dates,
    ratio_of_ratios,
)
from cisim.before_after.control import RULES, SETS, Control, Signal, control
from cisim.before_after.finding import Finding, as_change, before_after
from cisim.before_after.interrupted import LEAST_PERIODS, Interrupted, interrupted
from cisim.before_after.series import SEASONS, Series, read_series, series_of, together

__all__ = [
    "LEAST_PERIODS",
    "RULES",
    "SEASONS",
    "SETS",
    "SPELL",
    "Beside",
    "Control",
    "FalseDates",
    "Finding",
    "Interrupted",
    "Series",
    "Signal",
    "Spell",
    "as_change",
    "bad_spell",
    "before_after",
    "beside",
    "control",
    "false_dates",
    "interrupted",
    "ratio_of_ratios",
    "read_series",
    "series_of",
    "together",
]
