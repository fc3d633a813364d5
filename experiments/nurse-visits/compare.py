"""Nurse visits: waits, queues and use of every number of nurses beside the exact values of Erlang C.

    python experiments/nurse-visits/compare.py

runs every scenario of experiment.yaml so long that three standard errors are about 2% of a wait (1% in the baseline),
writes expected.csv and the table of README.md (four minutes of one core). With `--keep` it shows the stored figures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from comparing import compared, estimate, finish, store  # noqa: E402

from cisim import apply, simulate  # noqa: E402
from cisim.eventlog import Event, EventLog  # noqa: E402
from cisim.spec import Model, Question, read_question  # noqa: E402
from cisim.units import DAY, MINUTE  # noqa: E402

WARM_UP, LENGTH = 27 * DAY, 250 * DAY
PUBLISHED = HERE / "published.csv"


def erlang_c(nurses: int, load: float) -> float:
    """Return the share of patients who wait (Erlang 1917)."""
    blocked = 1.0
    for n in range(1, nurses + 1):
        blocked = load * blocked / (n + load * blocked)
    used = load / nurses
    return blocked / (1 - used * (1 - blocked))


def exact(model: Model) -> dict[str, float]:
    """Return what is true of a model of this folder, from its own file: a queue M/M/s."""
    pathway = model.pathways["visits"]
    rate = (pathway.arrivals.rate or 0.0) * MINUTE
    nurses = model.pools["nurses"].number
    length = pathway.steps[0].duration.distribution().mean() / MINUTE
    used = rate * length / nurses
    delayed = erlang_c(nurses, rate * length)
    queue = delayed * used / (1 - used)
    return {"use": used, "share who wait": delayed, "waiting": queue, "wait, min": queue / rate}


def figures(log: EventLog, nurses: int) -> dict[str, float]:
    """Return the figures of a log after the warm-up.

    A visit's rows stand in one order, ask, take, begin, end, so they are read off by their places: the project's own
    measures say the same, in more time (see the tests).
    """
    rows = log.as_coded()
    event = rows.book[0]
    ask = np.flatnonzero(event[rows.code] == Event.ASK)
    ask = ask[ask + 2 < len(rows.code)]
    ask = ask[event[rows.code[ask + 2]] == Event.BEGIN]  # the others wait still
    begin = rows.time[ask + 2]
    after = np.minimum(ask + 3, len(rows.code) - 1)
    end = np.where(event[rows.code[after]] == Event.END, rows.time[after], log.end)
    asked = rows.time[ask]
    waited = (begin - asked)[asked >= WARM_UP]
    length = log.end - WARM_UP
    return {
        "use": float((end - np.maximum(begin, WARM_UP)).clip(min=0).sum()) / (length * nurses),
        "share who wait": float(np.mean(waited > 0)),
        "waiting": float(waited.sum()) / length,
        "wait, min": float(waited.mean()) / MINUTE,
    }


def one_run(model: Model, length: int, seed: int, replication: int) -> dict[str, float]:
    """Return the figures of one replication."""
    log = simulate(model, WARM_UP + length, seed=seed, replication=replication, engine="compiled")
    return figures(log, model.pools["nurses"].number)


def models(question: Question) -> dict[str, Model]:
    """Return the models by the scenario's name."""
    return {name: apply(question.model, changes) for name, changes in (("baseline", ()), *question.scenarios)}


def compare(scenario: str, model: Model, replications: int, seed: int, length: int = LENGTH) -> pd.DataFrame:
    """Return the table of one scenario."""
    runs = pd.DataFrame([one_run(model, length, seed, r) for r in range(replications)])
    rows = pd.read_csv(PUBLISHED)
    rows = rows[rows["scenario"] == scenario]
    truth = exact(model)
    expected = {f"{scenario}: {q}": (truth[q], 0.0) for q in rows["quantity"]}
    got = {f"{scenario}: {q}": estimate(runs[q]) for q in rows["quantity"]}
    wrong = {
        f"{row.scenario}: {row.quantity}": (row.published, 0.0)
        for row in rows.itertuples()
        if not np.isnan(row.published)
    }
    return compared(expected, got, wrong)


def main() -> None:
    """Run everything, or show what is stored."""
    if "--keep" not in sys.argv:
        made = models(read_question(HERE / "experiment.yaml"))
        wanted = pd.read_csv(PUBLISHED).groupby("scenario", sort=False)["replications"].max()
        tables = []
        for seed, (scenario, replications) in enumerate(wanted.items(), start=3100):  # other patients each
            tables.append(compare(scenario, made[scenario], replications, seed))
            store(HERE, tables)  # after each: what has been run is not lost
    finish(HERE, "published")


if __name__ == "__main__":
    main()
