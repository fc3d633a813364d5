"""One small run, with cases, facts, two kinds of option and a payment between owners."""

# ruff: noqa: E501 - a fact a line
from __future__ import annotations

import pytest

from cisim.report import write_report
from cisim.runs import run

MODEL = """
cisim: 1
model: a ward
start: 2024-01-01
pools:
  ward: {kind: beds, number: 12, source: Bed report 2024}
calendars:
  weekdays: {openings: [Mon 09:00, Thu 09:00]}
pathways:
  emergency:
    arrivals: {rate: 3 per day, source: Patient records 2023}
    steps:
      - stay: bed
        beds: [ward]
        gives_up: {after: 1 d, steps: [{leave: elsewhere}]}
        steps:
          - delay: treatment
            duration: {exponential: {mean: 2 d}}
          - round: decision
            calendar: weekdays
      - leave: home
"""
VALUE = """
cisim: 1
value: what it is worth
price_year: 2024
first_year: 2025
years: 3
programme:
  - {item: leader, kind: direct, once: £10k, source: Payroll}
  - {item: training, kind: indirect, once: £5k}
running:
  - {item: rounds, for_each: opening, of: emergency/decision, cost: £100, cash: true}
options:
  - close: two beds
    pool: ward
    step: 2
    saves: {normal: {mean: £200k, sd: £30k}}
    stranded: {uniform: {low: 20%, high: 60%}, source: "Assumption: to be agreed"}
    budget_line: ward pay
    holder: matron
    date: 2025-06-01
  - reinvest: more <patients>
    pathway: emergency
    patients: 50
    each: {marginal_cost: £300, income: £700, qalys: 0.05, source: Tariff 2024}
    changes: [{demand: emergency, by: +5%}]
  - hold: keep it open
absorbed:
  - {pathway: emergency, each: {marginal_cost: £300, income: £700}}
"""
EXPERIMENT = """
cisim: 1
experiment: daily round
question: What does a round on every day release?
model: ../../scenarios/model.yaml
value: ../../scenarios/value.yaml
scenarios:
  - name: daily
    changes:
      - {unbatch: emergency/decision, to: [daily 09:00]}
  - name: once a week
    changes:
      - {unbatch: emergency/decision, to: [Mon 09:00]}
cases:
  - {name: as found}
  - {name: slower, changes: [{demand: emergency, by: -10%}], note: fewer come}
run: {seed: 7, warm_up: 14 d, length: 56 d, replications: 4, draws: 40}
facts:
  - {name: stay before, measure: length_of_stay, pathway: emergency, value: 3.2 d, tolerance: 90%, role: fitted, source: Audit 2023}
  - {name: far off, measure: length_of_stay, pathway: emergency, scenario: daily, value: 30 d, role: predicted, source: Letter 2024}
notes: [Everything here is made up.]
"""


def write(folder):
    for path, text in (
        ("scenarios/model.yaml", MODEL),
        ("scenarios/value.yaml", VALUE),
        ("experiments/daily/experiment.yaml", EXPERIMENT),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder / "experiments" / "daily" / "experiment.yaml"


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    return run(write(folder), folder / "run")


@pytest.fixture(scope="session")
def page(results):
    return write_report(results).read_text(encoding="utf-8")
