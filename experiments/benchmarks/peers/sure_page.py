"""How sure a ward's answer is: every draw simulated with its replications, then the page with sensitivity and worth.

Prints one line of JSON, as the other peers do: `run` goes from files to tables, `measure` from tables to the page.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

from common import Stopwatch, tell

from cisim.report import write_pages
from cisim.runs import run
from cisim.spec import read_question

ASKED = Path(__file__).parents[1] / "models" / "sure"

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, required=True)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    watch = Stopwatch()
    question = read_question(ASKED)
    plan = question.experiment.run.model_copy(update={"model_draws": asked.draws})
    experiment = question.experiment.model_copy(update={"run": plan})
    warnings.simplefilter("ignore")  # what a planner should know is no part of the time
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "run"
        drawn = replace(question, experiment=experiment)
        results = watch.time("run", lambda: run(drawn, written, workers=asked.workers))
        pages = watch.time("measure", lambda: write_pages(results, ["sure"]))
    rows = asked.draws * plan.replications
    tell(watch.seconds, rows, rows, more={"pages": len(pages.paths)})
