"""Running a question from its plan to its tables."""

from __future__ import annotations

import json
import time
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cisim import __version__
from cisim.analysis import Estimate
from cisim.engine import DEFAULT_ENGINE, prepare
from cisim.errors import AuditError, CisimWarning, ModelError, RunError
from cisim.runs.accounting import accounts_of, decided_quantities
from cisim.runs.alternatives import Apart, apart_headlines, simulate_apart
from cisim.runs.commitments import CREDIT_KINDS, FRONTIER_KINDS, credit_table, frontier_table
from cisim.runs.decided import credited, searched
from cisim.runs.filled import Filled, filled
from cisim.runs.manifest import file_digest, keep_question, libraries, machine
from cisim.runs.overload import overloads
from cisim.runs.plan import identity, plan_of
from cisim.runs.psa import CHANCE_KINDS, chances_table, psa_table, spread_headlines, spreads, value_parameters
from cisim.runs.results import MANIFEST, OVER_DRAWS, SUMMARY, TABLES, Results, load
from cisim.runs.simulating import Meter, Progress, Simulated, simulate_plan
from cisim.runs.store import Store, damaged_words, open_store
from cisim.runs.stranded import stranded
from cisim.runs.summary import measured, released, summary_of, valued
from cisim.runs.tables import COLUMNS, ask, gather, rows_frame, write_frame, write_text
from cisim.runs.uncertain import (
    RELEASED_KINDS,
    drawn_audit,
    drawn_headlines,
    drawn_released,
    released_headlines,
)
from cisim.runs.workers import Crew
from cisim.spec import Question, read_question
from cisim.units import DAY
from cisim.value import COLUMNS as LEDGER

if TYPE_CHECKING:
    from cisim.analysis import Split
    from cisim.spec import Value
    from cisim.value import Book

__all__ = ["run"]

SHOWN = 5
"""Failed checks that the message of an audit names."""


def run(
    experiment: Path | str | Question,
    folder: Path | str,
    *,
    workers: int = 1,
    engine: str = DEFAULT_ENGINE,
    progress: Progress | None = None,
) -> Results:
    """Run a question and write its run folder; a run that was broken off goes on where it ended.

    The tables and the summary depend on the question alone: the same question gives the same bytes, whatever
    the number of workers and however often the run was broken off. More replications, or other prices, use
    again what is stored.

    Parameters
    ----------
    experiment : path or Question
        An experiment file, or a question already read.
    folder : path
        Made where it is not there.
    workers : int
        Processes.
    engine : str
        ``"compiled"``, or ``"simpy"``, the reference; both give the same tables.
    progress : callable, optional
        Told after each unit of work.

    Returns
    -------
    Results

    Raises
    ------
    FileProblems, ModelError
        Where the question cannot be asked.
    StoreError
        Where the folder belongs to another question.
    RunError
        Where a run cannot go on; what is finished is kept.
    AuditError
        Where a run contradicts itself, after all is stored.

    Warns
    -----
    CisimWarning
        Where the model never settles, a pool is asked for more than it can give, the precision asked for was
        not reached, or a stored part was damaged and made again.
    """
    began, clock = datetime.now(UTC), time.monotonic()  # noqa: TID251 - the room that reads the clock
    if workers < 1:
        raise ModelError("workers", f"got {workers}, want 1 or more")
    question = experiment if isinstance(experiment, Question) else read_question(Path(experiment))
    folder = Path(folder)
    plan = replace(plan_of(question, 0), engine=engine)
    prepare(engine)
    store = open_store(folder, identity(question))
    place = keep_question(question, folder)
    try:
        with Crew(workers) as crew:
            meter = Meter(progress)
            done = simulate_plan(question, plan, store, crew, meter)
            apart = simulate_apart(question, store, crew, meter, engine)
    except KeyboardInterrupt:
        msg = f"stopped; what was finished is kept in {folder}, and the same command goes on from there"
        raise RunError(msg) from None
    concerns = (*done.warnings, *overloads(done.plan.cases[done.plan.main]), *stranded(done.plan))
    concerns += tuple(text for one in apart for text in one.warnings)
    done = replace(done, warnings=tuple(dict.fromkeys(concerns)))
    done, more = _write_tables(question, done, store, apart)
    manifest = {
        **_manifest(question, done, store, more),
        "question": place,
        "machine": machine(),
        "workers": workers,
        "engine": engine,
        "made_again": list(store.damaged),
        "started": began.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - as above
        "duration_s": round(time.monotonic() - clock, 3),
    }
    write_text(folder / MANIFEST, _text(manifest))
    if store.damaged:
        warnings.warn(damaged_words(store.damaged), CisimWarning, stacklevel=2)
    for text in done.warnings:
        warnings.warn(text, CisimWarning, stacklevel=2)
    return load(folder, question)


def _write_tables(
    question: Question, done: Simulated, store: Store, apart: tuple[Apart, ...]
) -> tuple[Simulated, Filled | None]:
    """Write the tables and the summary from the parts; where the audit fails, neither ledger nor summary.

    Return what was simulated, with the warnings of what came of it, and what an emulator added to its draws.
    """
    for name in ("measures", "service", "audit"):
        gather(store.paths(done.all_units, name), store.folder / f"{name}.parquet")
    _check_audit(done, store)
    for one in apart:
        if one.store.folder != store.folder:
            gather(one.store.paths(one.done.all_units, "audit"), one.store.folder / "audit.parquet")
            _check_audit(one.done, one.store)
    rows = decided_quantities(done, store)
    write_frame(
        rows_frame(COLUMNS["quantities"], rows), store.folder / "quantities.parquet", COLUMNS["quantities"]
    )
    value, book, accounts, more = question.value, None, None, None
    parts: dict[tuple[str, str], Split] = {}
    psa, chances = pd.DataFrame({"draw": np.zeros(0, np.int64)}), chances_table({})
    let_go = pd.DataFrame(columns=list(RELEASED_KINDS))
    if value is not None:
        accounts = accounts_of(question, done, store, rows)
        value, tables = accounts.value, accounts.crossed()
        parts = spreads(tables)  # of the simulated draws alone: what is emulated has no luck of its own
        whole, drawn = accounts, done.drawn
        numbers = value_parameters(question, accounts.numbers) if drawn is None else drawn.numbers
        if drawn is not None and question.experiment.run.emulated_draws:
            more = filled(question, done.plan, accounts, drawn, tables)
            if more.emulated:
                whole, numbers, tables = more.accounts, more.numbers, more.accounts.crossed()
            else:
                done = replace(done, warnings=(*done.warnings, more.words))
        if drawn is not None:
            let_go = drawn_released(whole)
        book = whole.book()
        psa = psa_table(numbers, tables, more.errors if more is not None else None)
        chances = chances_table(parts)
    table = pd.DataFrame(columns=list(LEDGER)) if book is None else book.table()
    write_frame(table, store.folder / "ledger.parquet")
    write_frame(psa, store.folder / "psa.parquet")
    write_frame(chances, store.folder / "chances.parquet", CHANCE_KINDS)
    write_frame(let_go, store.folder / OVER_DRAWS, RELEASED_KINDS)
    edge, credit = frontier_table(done, store), credit_table(question, done, store)
    write_frame(edge, store.folder / "frontier.parquet", FRONTIER_KINDS)
    write_frame(credit, store.folder / "credit.parquet", CREDIT_KINDS)
    summary = _summary(question, done, store, value, book)
    if accounts is not None:
        summary |= (
            searched(done, store, accounts) | credited(credit, accounts.value) | spread_headlines(parts)
        )
    summary |= released_headlines(let_go)
    if more is not None:
        n = more.emulated
        summary["emulated_draws"] = summary_of(_exact(n, "", n), more.words)
    write_text(store.folder / SUMMARY, _text(summary | apart_headlines(apart)))
    return done, more


def _summary(
    question: Question, done: Simulated, store: Store, value: Value | None, book: Book | None
) -> dict[str, dict[str, object]]:
    plan = done.plan
    days, count = plan.start / DAY, len(done.warnings)
    out = {
        "warm_up": summary_of(_exact(days, "d", done.replications), done.warm_up_words),
        "replications": summary_of(_exact(done.replications, "", done.replications), done.replications_words),
        "warnings": summary_of(_exact(count, "", done.replications), "\n".join(done.warnings)),
        **measured(plan, store.paths(done.units, "measures"), question.experiment.headline),
    }
    if done.drawn is not None:
        n = done.drawn.draws
        out["draws"] = summary_of(_exact(n, "", n), done.drawn.words)
        out |= drawn_headlines(store, done.drawn)
    if value is not None and book is not None:
        out |= released([store.folder / "quantities.parquet"]) | valued(value, book)
    return out


def _exact(value: float, unit: str, n: int) -> Estimate:
    return Estimate(value, value, value, 0.95, n, unit)


def _check_audit(done: Simulated, store: Store) -> None:
    columns = ("case", "scenario", "replication", "check", "where", "text")
    failed = ask(store.paths(done.all_units, "audit"), "NOT passed", [], columns)
    if done.drawn is not None:
        failed += drawn_audit(store, done.drawn)
    if not failed:
        return
    lines = []
    for case, scenario, replication, check, where, text in failed[:SHOWN]:
        place = f"case {case!r}, " if case else ""
        lines.append(f"{place}{scenario}, replication {replication}: {check} of {where}: {text}")
    more = f"\nand {len(failed) - SHOWN} more" if len(failed) > SHOWN else ""
    msg = (
        f"a run contradicts itself: {len(failed)} checks failed. This is a fault of cisim, not of the"
        f" question; all is kept in {store.folder / 'audit.parquet'}\n" + "\n".join(lines) + more
    )
    raise AuditError(msg)


def _manifest(question: Question, done: Simulated, store: Store, more: Filled | None) -> dict[str, object]:
    """Return what is the same each time that the question is run."""
    plan = done.plan
    return {
        "cisim": __version__,
        "experiment": question.experiment.experiment,
        "files": dict(question.files),
        "plan": identity(question),
        "seed": plan.seed,
        "warm_up": {"days": plan.start / DAY, "words": done.warm_up_words},
        "length_days": (plan.end - plan.start) / DAY,
        "cases": [case.name for case in plan.cases],
        "replications": done.replications,
        "replications_words": done.replications_words,
        "draws": 0 if done.drawn is None else done.drawn.draws,
        "draws_words": "" if done.drawn is None else done.drawn.words,
        "emulated_draws": 0 if more is None else more.emulated,
        "emulated_words": "" if more is None else more.words,
        "warnings": list(done.warnings),
        "versions": libraries(),
        "tables": {f"{t}.parquet": file_digest(store.folder / f"{t}.parquet") for t in TABLES},
    }


def _text(found: object) -> str:
    return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
