"""A run folder as Python sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from cisim.errors import StoreError
from cisim.runs.manifest import stored_question
from cisim.runs.tables import read_table

if TYPE_CHECKING:
    from cisim.spec import Question

__all__ = ["TABLES", "Results", "load", "read_run"]

TABLES = ("measures", "quantities", "service", "audit", "ledger", "psa", "chances", "frontier", "credit")
SHOWN = 3
"""Headlines that a short description tells."""
MANIFEST, SUMMARY = "manifest.json", "summary.json"
OVER_DRAWS = "released.parquet"
"""What is released over draws: in the folder of a run of this version alone."""


@dataclass(frozen=True, slots=True, repr=False)
class Results:
    """All that a run found.

    Attributes
    ----------
    folder : Path
    question : Question
    manifest : dict
        Digests, versions, seed, machine, duration, warm-up, replications and warnings.
    summary : dict of str to dict
        The headline numbers by name: value, low, high, level, unit, n, words.
    measures : DataFrame
        case, scenario, replication and the fields of a measure. Scenarios are "baseline", each arm, the
        valued arm for the baseline's patients alone ("<arm>, same patients") and each option of the main
        case.
    audit : DataFrame
        case, scenario, replication and the fields of a check.
    quantities : DataFrame
        option, replication and the fields of a quantity, a year; "open queue" is the valued arm with nothing
        decided. Steps closed and extra patients sent a year are those decided.
    service : DataFrame
        Every named measure under each option, and at each level that was tried for it, beside the baseline:
        option, steps, extra, replication, measure, statistic, pathway, step, pool, group, unit, value_a,
        value_c, worsening and margin. A wait that is never reached is infinite.
    ledger : DataFrame
        As `cisim.value.ledger` makes it, text as categories; empty where nothing is valued.
    chances : DataFrame
        How much of the spread of each option's worth is luck and how much is not known: option, figure (npv; pays:
        whether that is above zero; paid_back: whether cash is paid back in the horizon), unit, draws, replications,
        mean with its 95% interval over both kinds of chance (low, high), draws_var, luck_var, interaction_var, the
        shares unknown and luck, and words. Empty where nothing is valued.
    drawn : DataFrame
        What `psa` gives.
    over_draws : DataFrame
        What each pool releases a year, what becomes of it and the patients, over draws and replications: option, pool,
        owner, unit, pathway, use, draws, replications, mean, the ends that hold 95% of them (low, high), and words.
        Empty where the model was not drawn; `quantities` then are all there is, and always those of best estimates.
    frontier : DataFrame
        As `cisim.analysis.frontier`: close, reinvest, hold and their mixes; empty where nothing is searched for.
    credit : DataFrame
        What each of several projects adds, by Shapley value; empty where there are none.
    """

    folder: Path
    question: Question
    manifest: dict[str, Any]
    summary: dict[str, dict[str, Any]]
    measures: pd.DataFrame
    audit: pd.DataFrame
    quantities: pd.DataFrame
    ledger: pd.DataFrame
    service: pd.DataFrame
    chances: pd.DataFrame
    drawn: pd.DataFrame
    over_draws: pd.DataFrame
    frontier: pd.DataFrame
    credit: pd.DataFrame

    def psa(self) -> pd.DataFrame:
        """Return the run as a probabilistic analysis, one row a draw; without rows where nothing is valued.

        Columns: ``draw``; ``parameter:PATH`` for each number that was drawn; then for each of `strategies`
        ``cost:NAME`` (pounds, discounted: money out less money in), ``qalys:NAME`` and ``npv:NAME`` under the
        perspective of the value file, as means over the replications, and ``se:npv:NAME``, the standard error that
        luck leaves in it.
        """
        return self.drawn.copy()

    def alternatives(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Return the headlines of each other way to see the question, by its name and the headline's own key.

        ``npv:<option>``, ``probability_npv_positive:<option>`` and their like where something is valued;
        ``difference:...`` of the headline measure where patients were simulated apart. They stand side by side, with
        `summary` itself; no mean of them has a meaning.
        """
        asked = [one.name for one in self.question.experiment.alternatives]
        starts = {name: f"alternative:{name}:" for name in asked}
        return {
            name: {
                key.removeprefix(start): told for key, told in self.summary.items() if key.startswith(start)
            }
            for name, start in starts.items()
        }

    def strategies(self) -> tuple[str, ...]:
        """Return the names of what `psa` compares: to do nothing first, then the options in their order."""
        return tuple(
            str(name).removeprefix("npv:") for name in self.psa().columns if str(name).startswith("npv:")
        )

    def __repr__(self) -> str:
        """Return the folder, the scenarios, the number of replications and the headline, not the tables."""
        asked = self.question.experiment
        arms = [name for name, _ in self.question.scenarios]
        start = f"difference:{asked.headline}:mean:"
        valued = asked.valued or (arms[0] if arms else "")
        told = [
            str(found["words"])
            for name, found in self.summary.items()
            if name.startswith(start) and name.endswith(f":{valued}") and "/" not in name.removesuffix(valued)
        ]
        lines = [
            f"Results of '{asked.experiment}' in {self.folder}",
            f"  scenarios: {', '.join(['baseline', *arms])}",
            f"  replications: {self.manifest.get('replications', 'unknown')}",
            *(f"  {words}" for words in told[:SHOWN]),
        ]
        return "\n".join(lines)


def read_run(folder: Path | str) -> Results:
    """Return the results of a finished run.

    Raises
    ------
    StoreError
        Where the folder holds no finished run, or has lost its files.
    """
    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        begun = (folder / "parts").is_dir()
        cure = (
            "its run did not finish; the same `cisim run` goes on with it" if begun else "want a run folder"
        )
        msg = f"{folder}: holds no finished run: {cure}"
        raise StoreError(msg)
    manifest = _json(folder / MANIFEST)
    return load(folder, stored_question(folder, str(manifest.get("question", ""))))


def load(folder: Path, question: Question) -> Results:
    """Return the results of a finished run of a question."""
    lost = [f"{t}.parquet" for t in TABLES if not (folder / f"{t}.parquet").is_file()]
    if lost:
        msg = f"{folder}: has lost {', '.join(lost)}; the same `cisim run` makes them again from its parts"
        raise StoreError(msg)
    tables = {t: _table(folder / f"{t}.parquet", categories=t == "ledger") for t in TABLES}
    return Results(
        folder=folder,
        question=question,
        manifest=_json(folder / MANIFEST),
        summary=_json(folder / SUMMARY),
        measures=tables["measures"],
        audit=tables["audit"],
        quantities=tables["quantities"],
        ledger=tables["ledger"],
        service=tables["service"],
        chances=tables["chances"],
        drawn=tables["psa"],
        over_draws=_table(folder / OVER_DRAWS, categories=False)
        if (folder / OVER_DRAWS).is_file()
        else pd.DataFrame(),
        frontier=tables["frontier"],
        credit=tables["credit"],
    )


def _table(path: Path, *, categories: bool) -> pd.DataFrame:
    try:
        return read_table(path, categories=categories)
    except duckdb.Error:
        msg = f"{path}: is damaged and cannot be read; the same `cisim run` makes it again from the parts"
        raise StoreError(msg) from None


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path}: cannot be read ({error}); the same `cisim run` makes it again from the parts"
        raise StoreError(msg) from None
    return dict(found)
