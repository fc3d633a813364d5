"""Reporting checklists filled from a run: CHEERS 2022 for the economics, STRESS-DES for the simulation.

What the run does not hold is said to be not reported, with whose it is to say.

References
----------
D. Husereau and others (2022). Consolidated Health Economic Evaluation Reporting Standards 2022. BMC Medicine 20, 23.
T. Monks and others (2019). Strengthening the reporting of empirical simulation studies: introducing the STRESS
guidelines. Journal of Simulation 13(1), 55-67.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, NamedTuple

from cisim.report.assumptions import model_assumptions, value_assumptions
from cisim.report.page import write_words
from cisim.report.trust import command
from cisim.report.words import join, times
from cisim.spec import Close, Reinvest, change_words, describe
from cisim.units import DAYS_PER_YEAR
from cisim.value import PERSPECTIVES, perspective

if TYPE_CHECKING:
    from pathlib import Path

    from cisim.report.assumptions import Assumption
    from cisim.runs import Results
    from cisim.spec import Value

__all__ = ["Item", "cheers", "stress", "write_cheers", "write_stress"]

NOT = "not reported: "


class Item(NamedTuple):
    """One item of a checklist, by its published number and name, and what the run says of it."""

    number: str
    name: str
    said: str

    @property
    def missing(self) -> bool:
        """Whether the run does not hold it."""
        return self.said.startswith(NOT)


def cheers(results: Results) -> list[Item]:
    """Return the 28 items of CHEERS 2022; none where nothing was valued."""
    value = results.question.value
    if value is None or results.ledger.empty:
        return []
    said = {
        **_cheers_study(results, value),
        **_cheers_methods(results, value),
        **_cheers_found(results, value),
    }
    return [Item(str(i), name, said[name]) for i, name in enumerate(CHEERS, 1)]


def stress(results: Results) -> list[Item]:
    """Return the items of STRESS-DES."""
    said = {**_stress_model(results), **_stress_data(results), **_stress_runs(results)}
    return [Item(number, name, said[number]) for number, name in STRESS.items()]


def write_cheers(results: Results) -> Path | None:
    """Write RUN/cheers.html and RUN/cheers.md, and return the first; nothing where nothing was valued."""
    found = cheers(results)
    return _write(results, "cheers", "CHEERS 2022", found) if found else None


def write_stress(results: Results) -> Path:
    """Write RUN/stress.html and RUN/stress.md, and return the first."""
    return _write(results, "stress", "STRESS-DES", stress(results))


CHEERS = (
    "Title",
    "Abstract",
    "Background and objectives",
    "Health economic analysis plan",
    "Study population",
    "Setting and location",
    "Comparators",
    "Perspective",
    "Time horizon",
    "Discount rate",
    "Selection of outcomes",
    "Measurement of outcomes",
    "Valuation of outcomes",
    "Measurement and valuation of resources and costs",
    "Currency, price date, and conversion",
    "Rationale and description of model",
    "Analytics and assumptions",
    "Characterizing heterogeneity",
    "Characterizing distributional effects",
    "Characterizing uncertainty",
    "Approach to engagement with patients and others affected by the study",
    "Study parameters",
    "Summary of main results",
    "Effect of uncertainty",
    "Effect of engagement with patients and others affected by the study",
    "Study findings, limitations, generalizability, and current knowledge",
    "Source of funding",
    "Conflicts of interest",
)
STRESS = {
    "1.1": "Purpose of the model",
    "1.2": "Model outputs",
    "1.3": "Experimentation aims",
    "2.1": "Base model overview diagram",
    "2.2": "Base model logic",
    "2.3": "Scenario logic",
    "2.4": "Algorithms",
    "2.5.1": "Components - entities",
    "2.5.2": "Components - activities",
    "2.5.3": "Components - resources",
    "2.5.4": "Components - queues",
    "2.5.5": "Components - entry/exit points",
    "3.1": "Data sources",
    "3.2": "Pre-processing",
    "3.3": "Input parameters",
    "3.4": "Assumptions",
    "4.1": "Initialisation",
    "4.2": "Run length",
    "4.3": "Estimation approach",
    "5.1": "Software or programming language",
    "5.2": "Random sampling",
    "5.3": "Model execution",
    "5.4": "System specification",
    "6.1": "Computer model sharing statement",
}


def _options(value: Value) -> str:
    words = []
    for option in value.options:
        kind = "close" if isinstance(option, Close) else "reinvest" if isinstance(option, Reinvest) else ""
        words.append(f"'{option.name}'" + f" ({kind})" * bool(kind))
    return join(words)


def _scenarios(results: Results) -> str:
    told = [
        f"'{name}': {'; '.join(change_words(c) for c in changes) or 'changes nothing'}"
        for name, changes in results.question.scenarios
    ]
    return ". ".join(told)


def _cheers_study(results: Results, value: Value) -> dict[str, str]:
    asked, model = results.question.experiment, results.question.model
    valued = asked.valued or results.question.scenarios[0][0]
    pathways = ", ".join(model.pathways)
    return {
        "Title": f"{asked.experiment}: an economic evaluation, by simulation, of {_options(value)} after '{valued}'.",
        "Abstract": "the answer at the head of report.html and the first sheet of board.html.",
        "Background and objectives": f"{asked.question} (The background is the author's to write.)",
        "Health economic analysis plan": f"{NOT}no plan is named in the files; the experiment and value files in"
        " question/, with their digests in manifest.json, say what was run.",
        "Study population": f"patients of {pathways} in {model.model}; attributes where the model gives them."
        " Age, sex and deprivation only where they are attributes.",
        "Setting and location": f"{model.model}." + (f" Source: {model.source}." if model.source else ""),
        "Comparators": f"the hospital as it is (baseline), and after '{valued}' each of {_options(value)}."
        f" {_scenarios(results)}.",
    }


def _cheers_methods(results: Results, value: Value) -> dict[str, str]:
    view = perspective(value.perspective, organisation=value.organisation)
    worth = view.pounds_per_qaly
    health = bool((results.ledger["currency"] == "QALY").any())
    priced = (
        f"£{worth[0]:,.0f} to £{worth[1]:,.0f} for a QALY"
        if worth
        else "health is not priced in this perspective"
    )
    others = join([name for name in PERSPECTIVES if name != view.name])
    outcomes = "bed-days and hours freed and what became of them, patients treated, waits and stays"
    why = f"{NOT}why this one was chosen; " if not value.note else f"{value.note} "
    return {
        "Perspective": f"{view.name}: {view.words} ({view.source}). {why}others that can be asked for: {others}.",
        "Time horizon": f"{times(value.years, 'year')} from {value.first_year}. Why is the author's to say.",
        "Discount rate": f"money {view.money.name}, health {view.health.name}; the first year counts in full"
        f" ({view.money.source}).",
        "Selection of outcomes": outcomes
        + ("; QALYs of patients." if health else "; no health in QALYs is counted."),
        "Measurement of outcomes": "counted in the simulated records of three runs with the same patients: baseline,"
        " scenario with the baseline's patients, scenario as decided.",
        "Valuation of outcomes": f"{priced}."
        + (" QALYs for each patient as the value file says." if health else ""),
        "Measurement and valuation of resources and costs": "quantities from the simulated records times unit values of"
        " the value file, each with its source: sheets Ledger and Sources of workbook.xlsx.",
        "Currency, price date, and conversion": f"pounds sterling of {value.price_year}; no conversion is made.",
        "Rationale and description of model": f"discrete-event simulation of {results.question.model.model}, because"
        " what frees a bed depends on queues and on the hour of the week. The model file is in question/ and can be run"
        f" again: {command(results)}.",
        "Analytics and assumptions": "release = occupied before less occupied after for the same patients = closed +"
        " redeployed + reinvested + absorbed + change of idle time, on every draw. Assumptions: report.html.",
        "Characterizing heterogeneity": "results by pathway, pool and step in measures.parquet; no subgroup of worth.",
        "Characterizing distributional effects": "who gains and who pays, by owner; "
        f"{NOT}how effects fall on groups of patients by deprivation or need.",
        "Characterizing uncertainty": f"{results.manifest['replications']} replications for the luck of a year,"
        f" {results.question.experiment.run.draws:,} draws of what is not known about prices and worth"
        + ", and cases for what cannot be known."
        * bool(results.question.experiment.cases),
        "Approach to engagement with patients and others affected by the study": _engaged(value),
    }


def _engaged(value: Value) -> str:
    team = value.team
    if team is None:
        return f"{NOT}the files say nothing of it."
    return f"the team named in the value file; see team.html. {NOT}engagement of patients."


def _cheers_found(results: Results, value: Value) -> dict[str, str]:
    found = [results.summary.get(f"npv:{o.name}") for o in value.options]
    likely = [results.summary.get(f"probability_npv_positive:{o.name}") for o in value.options]
    none = f"{NOT}the run's summary has no net present value."
    notes = " ".join(results.question.experiment.notes)
    count = len(value_assumptions(value))
    return {
        "Study parameters": f"{times(count, 'number')} of the value file with values, ranges and sources: sheet"
        " Assumptions of workbook.xlsx; distributions in question/.",
        "Summary of main results": " ".join(str(f["words"]) for f in found if f) or none,
        "Effect of uncertainty": " ".join(str(f["words"]) for f in likely if f) or none,
        "Effect of engagement with patients and others affected by the study": f"{NOT}the files say nothing of it.",
        "Study findings, limitations, generalizability, and current knowledge": (
            f"limitations noted in the experiment: {notes}" if notes else f"{NOT}the experiment has no notes."
        ),
        "Source of funding": f"{NOT}the author's to say.",
        "Conflicts of interest": f"{NOT}the author's to say.",
    }


def _stress_model(results: Results) -> dict[str, str]:
    question, model = results.question, results.question.model
    outline = describe(model).strip()
    cases = ", ".join(f"'{c.name}'" + f" ({c.note})" * bool(c.note) for c in question.experiment.cases)
    pools = "; ".join(f"{name} ({pool.kind})" for name, pool in model.pools.items())
    return {
        "1.1": question.experiment.question,
        "1.2": f"{join(sorted(set(results.measures['measure'])))}: worked out from each run's records; means over"
        f" replications with Student's 95% intervals, differences paired. First told: {question.experiment.headline}.",
        "1.3": f"scenarios: {_scenarios(results)}." + f" Cases: {cases}." * bool(cases),
        "2.1": f"{NOT}the run holds an outline in words (2.2) and no diagram.",
        "2.2": outline,
        "2.3": _scenarios(results) + ".",
        "2.4": "as documented with cisim: queues by priority and then arrival, ties by written rules; rounds and"
        " batches by their calendars (docs/design.md, docs/mechanisms).",
        "2.5.1": "patients of " + "; ".join(_entities(results)),
        "2.5.2": "the steps of the outline in 2.2, with their durations in 3.3.",
        "2.5.3": pools or "none: nothing is limited.",
        "2.5.4": "first come, first served within a priority, unless 2.2 says otherwise; patience, limits and turning"
        " away as 2.2 says.",
        "2.5.5": "arrivals and ways of leaving as 2.2 says; arrivals by a Poisson process with a rate for each hour of"
        " the week, or as listed.",
    }


def _entities(results: Results) -> list[str]:
    return [
        f"{name}" + (f" (attributes: {', '.join(p.attributes)})" if p.attributes else " (no attributes)")
        for name, p in results.question.model.pathways.items()
    ]


def _stress_data(results: Results) -> dict[str, str]:
    question = results.question
    found: list[Assumption] = model_assumptions(question.model)
    if question.value is not None:
        found += value_assumptions(question.value)
    sources = list(dict.fromkeys(one.source for one in found if one.source and not _guess(one.source)))
    guessed = [one for one in found if _guess(one.source)]
    numbers = "; ".join(f"{one.name}: {one.value}" for one in model_assumptions(question.model))
    told = "; ".join(one.name for one in guessed)
    return {
        "3.1": "; ".join(sources) + "." if sources else f"{NOT}no number names a source.",
        "3.2": f"{NOT}what was done to the data before it came into the files is the author's to say.",
        "3.3": f"{numbers}. Those of the value file: workbook.xlsx and report.html.",
        "3.4": f"{times(len(guessed), 'number is an assumption', 'numbers are assumptions')}: {told}."
        if guessed
        else "every number names a source; conventions of cisim: docs/assumptions.md.",
    }


def _guess(source: str) -> bool:
    return not source or source.lower().startswith("assumption")


def _stress_runs(results: Results) -> dict[str, str]:
    manifest = results.manifest
    warm = manifest["warm_up"]
    starters = any(p.starting for p in results.question.model.pathways.values())
    begins = "with the patients that 2.2 tells" if starters else "empty"
    versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    machine = manifest["machine"]
    years = float(manifest["length_days"]) / DAYS_PER_YEAR
    return {
        "4.1": f"a fixed length is measured, not until something ends; starts {begins};"
        f" {float(warm['days']):g} days of warm-up are not counted ({warm['words']}).",
        "4.2": f"{float(manifest['length_days']):g} days ({years:.1f} years) are measured; time is in milliseconds.",
        "4.3": f"independent replications: {manifest['replications_words']}; the same patients in every scenario.",
        "5.1": f"cisim {manifest['cisim']} on {machine['system']} {machine['release']}; {versions}.",
        "5.2": f"Philox, seed {manifest['seed']}: each draw by the address of"
        " its patient and step, so that scenarios share random numbers.",
        "5.3": f"event scheduling, engine '{manifest['engine']}'; simultaneous events by the rules of docs/design.md.",
        "5.4": f"{machine['processor']}, {machine['processors']} processors, {manifest['workers']} used;"
        f" {float(manifest['duration_s']):.0f} seconds in all.",
        "6.1": f"the files in question/ with cisim {manifest['cisim']} (MIT licence): {command(results)}. Where the run"
        " folder itself can be had is the author's to say.",
    }


def _write(results: Results, name: str, title: str, items: list[Item]) -> Path:
    heading = f"{title}: {results.manifest['experiment']}"
    missing = sum(NOT in item.said for item in items)
    whole = f"{len(items) - missing} of {len(items)} items are answered; {missing} are not, or in part"
    lead = f"Filled from the run. {whole}."
    rows = [f"| {i.number} | {i.name} | {_cell(i.said)} |" for i in items]
    table = "\n".join(["| item | name | what the run says |", "|---|---|---|", *rows])
    write_words(results.folder / f"{name}.md", f"# {heading}\n\n{lead}\n\n{table}\n")
    cells = "\n".join(
        f"<tr{' class=missing' if NOT in i.said else ''}><th scope=row>{i.number}</th><td>{html.escape(i.name)}</td>"
        f"<td>{html.escape(i.said)}</td></tr>"
        for i in items
    )
    page = PAGE.format(title=html.escape(heading), lead=html.escape(lead), rows=cells)
    path = results.folder / f"{name}.html"
    write_words(path, page)
    return path


def _cell(words: str) -> str:
    return words.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", "<br>")


PAGE = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body {{ font: 15px/1.45 Calibri, "Segoe UI", Helvetica, sans-serif; max-width: 62rem; }}
body {{ margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #ccd3da; }}
td:last-child {{ white-space: pre-line; overflow-wrap: anywhere; }}
tr.missing td:last-child {{ border-left: 4px solid #b45309; }}
</style></head>
<body><h1>{title}</h1><p>{lead}</p>
<table><thead><tr><th scope=col>item</th><th scope=col>name</th><th scope=col>what the run says</th></tr></thead>
<tbody>
{rows}
</tbody></table></body></html>
"""
