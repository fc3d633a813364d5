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
`split`, `next_sizes`, `precise_enough`
                         two kinds of chance apart: draws of what is not known, replications of luck; how many of
                         each are worth running next, and when there are enough
`committed`              how many steps can close while service stays as good, before the future is known
`frontier`               close, reinvest and hold as corners of one choice
`perfect_information`    what knowing each future first would add
`required_places`        the places that an Erlang loss ward needs, by formula
`dispositions`, `compared`, `against_facts`, `audited` and their like
                         the tables of a run, summed up for whoever tells them
`tornado`, `two_way`, `switching`
                         what the answer rests on, one or two numbers at a time
`morris`, `sobol`, `pawn`
                         the same with all inputs moving at once, with intervals
`draw_unknowns`, `sample`
                         draws of what is not known, by path, correlated where they are
`emulate`, `replicated`  a stand-in for the simulator, checked by leave-one-out and refused where not good enough
`emulated_sobol`, `predicted`
                         indices, and answers at many draws, by such a stand-in
`filling`                emulated draws as weighted sums of simulated ones, so that what adds up still does
=======================  ==========================================================================
"""

from cisim.analysis.chances import Look, Sizes, Split, next_sizes, precise_enough, split
from cisim.analysis.emulated import Predicted, emulated_sobol, predicted
from cisim.analysis.emulator import Checked, Emulator, emulate, replicated
from cisim.analysis.filling import Filling, filling
from cisim.analysis.frontier import FRONTIER_COLUMNS, Tried, frontier
from cisim.analysis.indices import (
    Design,
    Effects,
    Influence,
    Shares,
    morris,
    morris_design,
    pawn,
    sobol,
    sobol_design,
)
from cisim.analysis.intervals import Estimate, interval, paired_difference, ratio
from cisim.analysis.own_currency import NOT_COUNTED, OwnFigure, own_currency
from cisim.analysis.per_patient import PerPatient, per_patient
from cisim.analysis.sampling import Method, at_points, copula_correlation, draw_unknowns, sample
from cisim.analysis.sensitivity import Bar, Switch, Tornado, ranges, switching, tornado, two_way
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
    "FRONTIER_COLUMNS",
    "NOT_COUNTED",
    "PARTS",
    "Against",
    "Audited",
    "Bar",
    "Booked",
    "Checked",
    "Commitment",
    "Compared",
    "Design",
    "Disposition",
    "Effects",
    "Emulator",
    "Estimate",
    "Filling",
    "Influence",
    "Information",
    "Judged",
    "Look",
    "Method",
    "OwnFigure",
    "PerPatient",
    "Predicted",
    "Shares",
    "Sizes",
    "Split",
    "Stopping",
    "Switch",
    "Tornado",
    "Tried",
    "Truncation",
    "WarmUp",
    "against_facts",
    "at_points",
    "audited",
    "booked",
    "chance",
    "committed",
    "compared",
    "copula_correlation",
    "costs",
    "dispositions",
    "draw_unknowns",
    "emulate",
    "emulated_sobol",
    "erlang_b",
    "filling",
    "frontier",
    "interval",
    "judged",
    "morris",
    "morris_design",
    "mser5",
    "next_sizes",
    "not_cash",
    "number_inside",
    "own_currency",
    "paired_difference",
    "patients_by_option",
    "pawn",
    "per_patient",
    "perfect_information",
    "precise_enough",
    "predicted",
    "ranges",
    "ratio",
    "replicated",
    "replications_needed",
    "required_places",
    "sample",
    "sobol",
    "sobol_design",
    "split",
    "switching",
    "tornado",
    "two_way",
    "upper_limit",
    "warm_up_from",
    "worsening",
]
