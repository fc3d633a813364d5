"""Two thousand draws that were really simulated beside what an emulator of some of them says of the others.

    python experiments/emulated-draws/compare.py [FOLDER]

The same draws, prices and luck on both sides, so that what differs is the emulator's doing. Writes expected.csv. Keeps
what it ran in the folder (runs/emulated-draws, if left out), and goes on there where it was stopped.
"""

from __future__ import annotations

import csv
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from cisim.decision import evpi, evppi
from cisim.errors import CisimWarning
from cisim.runs.accounting import accounts_of, decided_quantities
from cisim.runs.filled import filled
from cisim.runs.plan import identity, plan_of
from cisim.runs.simulating import Meter, simulate_plan
from cisim.runs.store import open_store
from cisim.runs.workers import Crew
from cisim.spec import read_question
from cisim.streams import address, uniforms

HERE = Path(__file__).resolve().parent
SIMULATED, SETS, SIZES = 2000, 10, (60, 120)
KNOWN = ("value.options.two beds.stranded", "value.options.forty more patients.each.qalys")
MOVED = "model.pathways.emergency.steps.bed.steps.treatment.duration.exponential.mean"


def question_of(simulated: int):
    """Return the question with so many simulated draws and no other."""
    question = read_question(HERE / "experiment.yaml")
    plan = question.experiment.run.model_copy(update={"model_draws": simulated, "emulated_draws": 0})
    return replace(question, experiment=question.experiment.model_copy(update={"run": plan}))


def figures(npv, parameters) -> dict[str, float]:
    """Return every figure that is compared, of net present values by option and draw."""
    out = {}
    benefit = np.column_stack([np.zeros(len(next(iter(npv.values())))), *npv.values()])
    for i, (name, values) in enumerate(npv.items(), 1):
        out[f"{name}: mean (£)"] = values.mean()
        out[f"{name}: spread (£)"] = values.std(ddof=1)
        out[f"{name}: above zero"] = (values > 0).mean()
        out[f"{name}: is the best"] = (benefit.argmax(axis=1) == i).mean()
    out["worth of knowing everything (£)"] = evpi(benefit).value
    for path in KNOWN:
        out[f"worth of knowing {path} (£)"] = evppi(benefit, parameters[path]).value
    # what is simulated turns no choice here; what it moves is told by its correlation
    out["correlation of two beds and the length of treatment"] = np.corrcoef(
        npv["two beds"], parameters[MOVED]
    )[0, 1]
    return out


def part_of(accounts, drawn, draws):
    """Return the accounts and the numbers of some of the draws."""
    r = drawn.replications
    futures = (np.asarray(draws)[:, None] * r + np.arange(r)).ravel()
    return (
        replace(
            accounts,
            options={name: one.pick(futures) for name, one in accounts.options.items()},
            numbers={path: column[draws] for path, column in accounts.numbers.items()},
        ),
        replace(drawn, numbers={path: column[draws] for path, column in drawn.numbers.items()}),
    )


def main(folder: Path) -> None:
    """Simulate all draws, learn from some of them again and again, and write the table."""
    question = question_of(SIMULATED)
    store = open_store(folder / "simulated", identity(question))
    with Crew(1) as crew:
        done = simulate_plan(question, plan_of(question, 0), store, crew, Meter())
    drawn = done.drawn
    accounts = accounts_of(question, done, store, decided_quantities(done, store))
    truth = accounts.crossed()
    rows: list[tuple[object, ...]] = []
    for size in SIZES:
        found, refused, inside = {}, 0, []
        for number in range(SETS):
            order = np.argsort(uniforms(address(number, "emulated draws", str(size)), 0, SIMULATED))
            learnt, rest = np.sort(order[:size]), np.sort(order[size:])
            some, drawn_some = part_of(accounts, drawn, learnt)
            wanted = {path: column[rest] for path, column in drawn.numbers.items()}
            made = filled(question, done.plan, some, drawn_some, some.crossed(), wanted)
            if not made.emulated:
                refused += 1
                print(size, number, made.words, flush=True)
                continue
            npv = {name: of["npv"][size:].mean(axis=1) for name, of in made.accounts.crossed().items()}
            right = {name: of["npv"][rest].mean(axis=1) for name, of in truth.items()}
            for name, value in figures(npv, wanted).items():
                found.setdefault(name, []).append((figures(right, wanted)[name], value))
            # the emulated number has an error drawn and luck of its own beside the error of the prediction
            for name, error in made.errors.items():
                luck = truth[name]["npv"][rest].std(axis=1, ddof=1) / np.sqrt(drawn.replications)
                inside.append(
                    np.mean(np.abs(npv[name] - right[name]) <= 1.96 * np.sqrt(2 * error**2 + 2 * luck**2))
                )
        rows.append((size, "sets refused", SETS, refused, "", ""))
        if inside:
            rows.append((size, "draws inside their stated error (want 0.95)", 0.95, np.mean(inside), "", ""))
        for name, pairs in found.items():
            both = np.array(pairs)
            off = both[:, 1] - both[:, 0]
            rows.append(
                (size, name, both[:, 0].mean(), both[:, 1].mean(), off.mean(), np.sqrt(np.mean(off**2)))
            )
    with (HERE / "expected.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ("learnt_from", "figure", "simulated", "emulated", "off_on_average", "off_in_one_set")
        )
        writer.writerows(tuple(f"{x:.5g}" if isinstance(x, float) else x for x in row) for row in rows)


if __name__ == "__main__":
    warnings.simplefilter("ignore", CisimWarning)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("runs/emulated-draws"))
