"""A small project of good files, which the malformed ones are made from."""

from __future__ import annotations

MODEL = """\
cisim: 1
model: Small hospital
start: 2025-04-01
pools:
  ward: {kind: beds, number: 24, exceptions: [{date: 2025-12-25, number: 20}]}
  outliers: {kind: beds, number: unlimited}
  nurse:
    kind: staff
    rota:
      - {days: Mon-Fri, from: 08:00, to: 20:00, number: 3}
      - {days: daily, from: 20:00, to: 08:00, number: 1}
    otherwise: 2
calendars:
  consultant round: {openings: [Mon-Fri 09:00], places: 12}
pathways:
  emergency:
    arrivals: {rate: 2.7 per day, day_effect: {cv: 0.2}}
    attributes:
      acuity: {high: 30%, low: 70%}
    steps:
      - activity: triage
        needs: {nurse: 1}
        duration: 12 min
        gives_up: {after: {exponential: {mean: 4 h}}, steps: [{leave: left without being seen}]}
      - branch: admit
        by: acuity
        ways:
          - {way: admitted, when: high}
          - {way: sent home, when: low, steps: [{leave: home}]}
      - stay: ward stay
        beds: [ward, {pool: outliers, after: 4 h}]
        steps:
          - {delay: treatment, duration: {lognormal: {mean: 2 d, sd: 3 d}}}
          - repeat: decisions
            times: {1: 50%, 2: 50%}
            steps:
              - {round: decision, calendar: consultant round}
      - branch: back
        ways:
          - {way: readmitted, share: 10%, steps: [{delay: at home, duration: 9 d}, {go_to: ward stay}]}
          - {way: well, share: 90%}
      - leave: home
"""

SCENARIO = """\
cisim: 1
scenario: Daily round
base: model.yaml
changes:
  - unbatch: emergency/decision
    to: [daily 09:00]
  - cut: emergency/treatment
    by: 10%
"""

VALUE = """\
cisim: 1
value: Worth
price_year: 2025
first_year: 2026
years: 5
programme:
  - {item: training, kind: indirect, once: £20k}
running:
  - {item: weekend rounds, for_each: opening, of: emergency/decision, cost: £300, cash: true}
  - {item: nursing, for_each: hour held, of: nurse, cost: £25, cash: false}
options:
  - close: a bay
    pool: ward
    step: 6
    saves: {normal: {mean: £420k, sd: £40k}}
    stranded: {beta: {mean: 30%, sd: 10%}}
  - reinvest: more patients
    pathway: emergency
    patients: 100
    each: {marginal_cost: £900, qalys: 0.05}
  - hold: keep it open
absorbed:
  - {pathway: emergency, each: {marginal_cost: £900}}
"""

EXPERIMENT = """\
cisim: 1
experiment: Does a daily round release beds?
question: What does a daily round release?
model: ../scenarios/model.yaml
value: ../scenarios/value.yaml
scenarios:
  - name: daily
    file: ../scenarios/daily.yaml
    changes:
      - number: ward
        by: -2
  - name: more
    changes:
      - demand: emergency
        by: +5%
valued: daily
cases:
  - {name: as found}
  - {name: quick, changes: [{cut: emergency/treatment, by: 20%}]}
run: {length: 365 d, warm_up: 30 d, replications: 4, precision: {within: 0.1 d}}
facts:
  - {name: stay, measure: length_of_stay, pathway: emergency, value: 5.4 d, role: fitted, source: made up}
  - {name: beds, measure: occupancy, pool: ward, value: 20, role: predicted, source: made up}
"""

PROJECT = {
    "scenarios/model.yaml": MODEL,
    "scenarios/daily.yaml": SCENARIO,
    "scenarios/value.yaml": VALUE,
    "experiments/experiment.yaml": EXPERIMENT,
}
"""Every file of the project, by its path."""
