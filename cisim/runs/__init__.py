"""Runs: plans, workers, store and resume; the only room that reads the clock, processes and the machine.

`run` asks a question and writes a run folder; `read_run` reads one; `asking` gives its headline as a function of what
is not known, and `sensitivity` says what it rests on; `fold` measures one replication that is
too large for its log to be kept. What is in the folder::

    manifest.json        digests, versions, seed, warm-up, replications, machine, duration
    summary.json         the headline numbers by name, with intervals; the same run gives the same bytes
    measures.parquet     every measure of every case, scenario and replication
    quantities.parquet   what was released and what became of it, a year
    audit.parquet        every check of every run
    ledger.parquet       every option, draw and year
    psa.parquet          one row a draw: what was drawn, and what each option costs and gains
    released.parquet     what is released and what becomes of it over draws, where the model was drawn
    chances.parquet      how much of each option's spread is luck, and how much is not known
    tables/warm_up.csv   the daily number inside, where the warm-up was found by a pilot
    question/            the question's files as they were
    parts/               finished units: a case and a replication each

A unit is stored whole or not at all, so that a run can be broken off at any moment and goes on from there;
one whose files were lost or damaged since is done again;
replications that are stored are never run again, and more of them can be asked for later.
"""

from cisim.runs.asking import Asking, asking
from cisim.runs.choosing import Choice, choice_of, pilots_of, study_of
from cisim.runs.folding import fold
from cisim.runs.plan import BASELINE, Case, plan_of, same_patients
from cisim.runs.results import Results, read_run
from cisim.runs.run import run
from cisim.runs.sensitivity import METHODS, Sensitivity, sensitivity
from cisim.runs.simulating import Meter, Progress
from cisim.runs.store import damaged_words, open_store
from cisim.runs.tables import write_text
from cisim.runs.workers import Crew

__all__ = [
    "BASELINE",
    "METHODS",
    "Asking",
    "Case",
    "Choice",
    "Crew",
    "Meter",
    "Progress",
    "Results",
    "Sensitivity",
    "asking",
    "choice_of",
    "damaged_words",
    "fold",
    "open_store",
    "pilots_of",
    "plan_of",
    "read_run",
    "run",
    "same_patients",
    "sensitivity",
    "study_of",
    "write_text",
]
