"""A question small enough to be run in a second, written as a planner would write it."""

from __future__ import annotations

import pytest

MODEL = """
cisim: 1
model: tiny ward
start: 2024-01-01
pools:
  ward: {kind: beds, number: 14}
calendars:
  weekdays: {openings: [Mon-Fri 09:00]}
pathways:
  emergency:
    arrivals: {rate: 3 per day}
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
value: tiny value
price_year: 2024
first_year: 2025
years: 2
programme:
  - {item: leader, kind: direct, once: £1k}
running:
  - {item: rounds, for_each: opening, of: emergency/decision, cost: £100, cash: false}
options:
  - hold: keep it open
  - close: two beds
    pool: ward
    step: 2
    saves: £200k
    stranded: {uniform: {low: 20%, high: 60%}}
    budget_line: ward pay
    holder: matron
    date: 2025-06-01
absorbed:
  - pathway: emergency
    each: {marginal_cost: £300}
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
run:
  seed: 7
  warm_up: 1 wk
  length: 2 wk
  replications: 4
  draws: 20
"""


class Written:
    """The files of a question, which can be written again otherwise."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "experiments" / "daily" / "experiment.yaml"
        self.run = folder / "run"
        self.write(model=MODEL, value=VALUE, experiment=EXPERIMENT)

    def write(self, *, model=None, value=None, experiment=None):
        for name, text in (("model", model), ("value", value)):
            if text is not None:
                path = self.folder / "scenarios" / f"{name}.yaml"
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
        if experiment is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(experiment)

    def change(self, *swaps, of="experiment"):
        """Write one file again with some of its words swapped."""
        path = self.path if of == "experiment" else self.folder / "scenarios" / f"{of}.yaml"
        text = path.read_text()
        for old, new in swaps:
            assert old in text, old
            text = text.replace(old, new)
        path.write_text(text)


@pytest.fixture
def written(tmp_path):
    return Written(tmp_path)
