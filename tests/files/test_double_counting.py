"""Each of the twelve rules refuses a file that counts one thing twice, and accepts its lawful neighbour.

In a file ¦ stands where the refusal must point, and ‡ on the line of the other place, which it must name; both are
taken out. The neighbour is the same file with one thing changed.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import NamedTuple

import pytest

from cisim.errors import FileProblems
from cisim.spec import RULES, read

_spec = importlib.util.spec_from_file_location("good_files", Path(__file__).with_name("good.py"))
assert _spec is not None
assert _spec.loader is not None
_good = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_good)

HEAD = "cisim: 1\nvalue: Worth\nprice_year: 2025\nfirst_year: 2026\nyears: 5\n"
CLOSE = "  - close: a bay\n    pool: ward\n    step: 6\n    saves: £420k\n    stranded: 30%\n"
MORE = (
    "  - reinvest: more patients\n    pathway: emergency\n    patients: 100\n"
    "    each: {marginal_cost: £900, qalys: 0.05}\n"
)
HOLD = "  - hold: keep it open\n"
MOVE = (
    "  - redeploy: to agency's place\n    pool: nurse\n    step: 1\n    to: theatres\n    saves_there: £60k\n"
)


def outcome(name: str, of: str, counts: str, each: str, more: str = "") -> str:
    lines = [f"outcome: {name}", f"of: {of}", f"counts: {{{counts}}}", f"each: {{{each}}}", "source: made up"]
    lines += [more] if more else []
    return "  - " + "\n    ".join(lines) + "\n"


class Case(NamedTuple):
    """A file that breaks a rule, and what makes it lawful."""

    rule: str
    text: str
    old: str
    new: str


def marked(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, (text, old)
    return text.replace(old, new)


DAYS = "measure: held_time, pool: ward"
HARM = outcome("falls", "harm avoided", "measure: seen, pathway: emergency, step: triage", "money: -£2600")
CASES = [
    Case(
        "one unit, one use",
        f"{HEAD}options:\n{marked(CLOSE, 'pool:', '‡pool:')}outcomes:\n"
        + outcome("days", "drugs and tests", DAYS, "money: ¦-£30"),
        "each: {money: ¦-£30}",
        "each: {carbon: 45}",
    ),
    Case(
        "bed-day saved or refilled",
        f"{HEAD}options:\n{marked(MORE, 'each:', '‡each:')}outcomes:\n"
        + outcome("days", "drugs and tests", DAYS, "money: ¦-£30"),
        "measure: held_time, pool: ward",
        "measure: held_time, pool: nurse",
    ),
    Case(
        "income is a transfer",
        f"{HEAD}options:\n{marked(MORE, 'marginal_cost: £900', '‡income: £600, marginal_cost: £900')}outcomes:\n"
        + outcome("paid", "earlier treatment", "measure: throughput", "money: £600", "category: ¦income"),
        "category: ¦income",
        "category: cost avoidance",
    ),
    Case(
        "a harm's own bed-days",
        f"{HEAD}options:\n{marked(CLOSE, 'close: a bay', 'close: ‡a bay')}outcomes:\n"
        + marked(HARM, "source: made up", "contains: ¦[bed-days]\n    source: made up"),
        "contains: ¦[bed-days]",
        "contains: [staff time]",
    ),
    Case(
        "health gained once",
        f"{HEAD}options:\n{marked(MORE, 'qalys:', '‡qalys:')}outcomes:\n"
        + marked(HARM, "money: -£2600", "qalys: ¦-0.1"),
        "qalys: ¦-0.1",
        "money: -£300",
    ),
    Case(
        "staff time or agency",
        f"{HEAD}options:\n{HOLD}outcomes:\n"
        + outcome("overtime", "overtime", "measure: overrun_time, pool: nurse", "money: ‡-£40")
        + outcome(
            "agency", "sickness", "measure: held_time, pool: nurse", "money: ¦-£60", "contains: [agency]"
        ),
        "held_time, pool: nurse",
        "held_time, pool: ward",
    ),
    Case(
        "turnover or agency",
        f"{HEAD}options:\n{HOLD}outcomes:\n"
        + outcome("leavers", "turnover", "measure: overrun_time, pool: nurse", "money: ‡-£90")
        + outcome(
            "agency", "sickness", "measure: held_time, pool: nurse", "money: ¦-£60", "contains: [agency]"
        ),
        "contains: [agency]",
        "contains: [carbon]",
    ),
    Case(
        "one wait, one death",
        f"{HEAD}options:\n{HOLD}outcomes:\n"
        + outcome(
            "six to eight",
            "deaths associated with crowding",
            "measure: wait, pathway: emergency, step: ward stay, above: 6 h, ‡below: 8 h",
            "deaths: 0.0122",
        )
        + marked(
            outcome(
                "seven to twelve",
                "deaths associated with crowding",
                "measure: wait, pathway: emergency, step: ward stay, above: 7 h, below: 12 h",
                "deaths: 0.0139",
            ),
            "counts: ",
            "counts: ¦",
        ),
        "above: 7 h",
        "above: 8 h",
    ),
    Case(
        "carbon by the day or by the patient",
        f"{HEAD}options:\n{HOLD}outcomes:\n"
        + outcome("carbon of days", "carbon", DAYS, "carbon: ‡45")
        + outcome("carbon of patients", "carbon", "measure: throughput, pathway: emergency", "carbon: ¦200"),
        "measure: throughput, pathway: emergency",
        "measure: held_time, pool: nurse",
    ),
    Case(
        "one joint run",
        f"{HEAD}options:\n{HOLD}outcomes:\n"
        + marked(
            outcome("everybody", "readmission", "measure: readmissions", "money: -£2700"),
            "counts:",
            "‡counts:",
        )
        + marked(
            outcome("emergency", "readmission", "measure: readmissions, pathway: emergency", "money: -£2700"),
            "counts: ",
            "counts: ¦",
        ),
        "money: -£2700}\n    source: made up\n  - outcome: emergency",
        "carbon: 300}\n    source: made up\n  - outcome: emergency",
    ),
    Case(
        "overheads once",
        f"{HEAD}running:\n"
        "  - {item: rounds, for_each: opening, of: emergency/decision, cost: £300, cash: true,\n"
        "     ‡source: 'Unit Costs of Health and Social Care 2025'}\n"
        "  - {item: ¦overheads of the rounds, for_each: opening, of: emergency/decision, cost: £60, cash: true}\n"
        f"options:\n{HOLD}",
        "source: 'Unit Costs of Health and Social Care 2025'",
        "source: pay scales of the trust",
    ),
    Case(
        "real prices of one year",
        f"{HEAD.replace('price_year', '‡price_year')}options:\n{HOLD}outcomes:\n"
        + marked(HARM, "source: made up", "source: ¦an audit, at 2016 prices"),
        "at 2016 prices",
        "2016, brought to 2025 prices",
    ),
]


def problems(folder: Path, text: str) -> list[str]:
    """Return what is said of a value file that an experiment asks of the small hospital."""
    clean = text.replace("¦", "").replace("‡", "")
    for name, body in {**_good.PROJECT, "scenarios/value.yaml": clean}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8", newline="")
    try:
        read("experiments/experiment.yaml")
    except FileProblems as error:
        return [str(problem) for problem in error.problems]
    return []


def line_of(text: str, mark: str) -> int:
    return text[: text.index(mark)].count("\n") + 1


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.rule)
def test_a_file_that_counts_twice_is_refused_with_the_rule_and_both_places(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = problems(tmp_path, case.text)
    assert found
    assert all(f"counted twice, by the rule '{case.rule}'" in told for told in found), found
    column = len(case.text[: case.text.index("¦")].replace("‡", "").rpartition("\n")[2]) + 1
    here = f"scenarios/value.yaml:{line_of(case.text, '¦')}:{column}: "
    other = f"scenarios/value.yaml:{line_of(case.text, '‡')}"
    assert any(told.startswith(here) and told.endswith(other) for told in found), (here, other, found)
    assert all(len(told) < 500 for told in found)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.rule)
def test_its_lawful_neighbour_is_accepted(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert case.text.count(case.old) == 1
    assert problems(tmp_path, case.text.replace(case.old, case.new)) == []


def test_every_rule_has_its_case():
    assert [rule.name for rule in RULES] == [case.rule for case in CASES]
    assert [rule.number for rule in RULES] == list(range(1, 13))
    assert all(rule.sentence.endswith(".") and rule.source for rule in RULES)


ABSORBED = f"options:\n{HOLD}absorbed:\n  - {{pathway: emergency, each: {{marginal_cost: £9}}}}\n"
MORE_CLASHES = [
    (
        "one unit, one use",
        f"options:\n{CLOSE}    changes: [{{number: ward, by: -2}}]\n",
    ),
    (
        "one joint run",
        f"options:\n{CLOSE}    changes: [{{cut: emergency/treatment, by: 10%}}]\n",
    ),
    (
        "health gained once",
        f"options:\n{HOLD}outcomes:\n"
        + outcome("harm", "harm avoided", "measure: wait, above: 4 h", "qalys: -0.1")
        + outcome("sooner", "earlier treatment", "measure: wait, pathway: emergency", "qalys: -0.001"),
    ),
    (
        "health gained once",
        f"options:\n{HOLD}outcomes:\n"
        + outcome("x", "reassurance", "measure: throughput", "qalys: 0.01, money: £20", "contains: [QALYs]"),
    ),
    (
        "one wait, one death",
        f"options:\n{HOLD}outcomes:\n"
        + outcome("crowded", "deaths associated with crowding", "measure: wait, above: 6 h", "deaths: 0.01")
        + outcome("sooner", "earlier treatment", "measure: throughput", "qalys: 0.01"),
    ),
    (
        "staff time or agency",
        f"options:\n{MOVE}outcomes:\n"
        + outcome("overtime", "overtime", "measure: overrun_time, pool: nurse", "money: -£40"),
    ),
    (
        "carbon by the day or by the patient",
        f"options:\n{HOLD}outcomes:\n"
        + outcome("x", "carbon", "measure: throughput", "carbon: 9, money: -£20", "contains: [carbon]"),
    ),
    (
        "overheads once",
        ABSORBED.replace("£9", "{constant: £9, source: 'National Cost Collection, plus 20% overheads'}"),
    ),
    ("real prices of one year", ABSORBED.replace("£9", "£9, source: 'nominal, as budgeted'")),
]


@pytest.mark.parametrize("case", MORE_CLASHES, ids=lambda c: c[1][-60:])
def test_other_ways_of_counting_twice(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rule, body = case
    found = problems(tmp_path, HEAD + body)
    assert any(f"by the rule '{rule}'" in told for told in found), found


def test_places_that_the_model_tells_apart_are_no_clash(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # The nurse is used by the pathway, so patients and the nurse's hours are the same care; a pool unused is not.
    spare = _good.MODEL.replace("  nurse:\n", "  spare: {kind: beds, number: 2}\n  nurse:\n")
    text = f"{HEAD}options:\n{HOLD}outcomes:\n" + outcome("days", "carbon", DAYS, "carbon: 45")
    text += outcome("stays", "carbon", "measure: throughput, pathway: emergency", "carbon: 9")
    assert problems(tmp_path, text)
    monkeypatch.setitem(_good.PROJECT, "scenarios/model.yaml", spare)
    assert not problems(tmp_path, text.replace("pool: ward", "pool: spare"))
