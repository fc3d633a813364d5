"""What replications allow us to say: intervals, paired differences, warm-up, and when there are enough.

The unit of evidence is the replication, never the patient: patients of one replication share their queues
and are not independent. Everything here is a pure function of numbers (or of one event log); nothing reads
a clock.

=======================  ==========================================================================
`interval`               mean of independent replications with Student's interval
`paired_difference`      other less base, replication by replication, under common random numbers
`ratio`                  ratio of two means over the same replications, by Fieller's theorem
`mser5`                  where an initial transient ends, and whether the series settled at all
`number_inside`          mean number of patients inside, day by day, from a log
`warm_up_from`           the warm-up in whole weeks, from such series of several replications
`replications_needed`    the sequential rule: enough once the interval is as narrow as asked
`committed`              how many steps can close while service stays as good, before the future is known
`frontier`               close, reinvest and hold as corners of one choice
`perfect_information`    what knowing each future first would add
`required_places`        the places that an Erlang loss ward needs, by formula
`dispositions`, `compared`, `against_facts`, `audited` and their like
                         the tables of a run, summed up for whoever tells them
=======================  ==========================================================================
"""

from cisim.analysis.frontier import FRONTIER, Tried, frontier
from cisim.analysis.intervals import Estimate, interval, paired_difference, ratio
from cisim.analysis.own_currency import NOT_COUNTED, OwnFigure, own_currency
from cisim.analysis.service import (
    Booked,
    Commitment,
    Information,
    Judged,
    booked,
    chance,
    committed,
    erlang_b,
    judged,
    perfect_information,
    required_places,
    upper_limit,
    worsening,
)
from cisim.analysis.stopping import Stopping, replications_needed
from cisim.analysis.summaries import (
    PARTS,
    Against,
    Audited,
    Compared,
    Disposition,
    against_facts,
    audited,
    compared,
    costs,
    dispositions,
    not_cash,
    patients_by_option,
)
from cisim.analysis.warmup import Truncation, WarmUp, mser5, number_inside, warm_up_from

__all__ = [
    "FRONTIER",
    "NOT_COUNTED",
    "PARTS",
    "Against",
    "Audited",
    "Booked",
    "Commitment",
    "Compared",
    "Disposition",
    "Estimate",
    "Information",
    "Judged",
    "OwnFigure",
    "Stopping",
    "Tried",
    "Truncation",
    "WarmUp",
    "against_facts",
    "audited",
    "booked",
    "chance",
    "committed",
    "compared",
    "costs",
    "dispositions",
    "erlang_b",
    "frontier",
    "interval",
    "judged",
    "mser5",
    "not_cash",
    "number_inside",
    "own_currency",
    "paired_difference",
    "patients_by_option",
    "perfect_information",
    "ratio",
    "replications_needed",
    "required_places",
    "upper_limit",
    "warm_up_from",
    "worsening",
]
