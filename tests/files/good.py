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

FULL = """\
cisim: 1
model: Whole hospital
start: 2025-04-01
pools:
  majors: {kind: room, number: 12, turn_round: 15 min}
  sho:
    kind: staff
    rota: [{days: Mon-Fri, from: 08:00, to: 20:00, number: 4}]
    otherwise: 2
    breaks: [{days: Mon-Fri, from: 12:00, to: 12:30, number: 1}]
    bank_holidays: Sun
    covered_by: [registrar, {pool: consultant, after: 20 min}]
  registrar: {kind: staff, number: 3, covered_by: [sho]}
  consultant: {kind: staff, number: 2}
  advice line: {kind: staff, number: unlimited}
  acute ward: {kind: beds, number: 24, turn_round: {gamma: {mean: 1 h, sd: 30 min}}}
  outliers: {kind: beds, number: 10}
  porter: {kind: staff, number: 2}
  theatre: {kind: room, number: 1}
calendars:
  theatre list: {openings: [Mon-Thu 09:00, {days: Fri, at: ['09:00'], places: 2}], places: 4, bank_holidays: closed}
pathways:
  emergency:
    arrivals:
      rate: 10 per day
      profile: {Mon-Fri: [1, 1, 1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 1, 1, 1],
                Sat-Sun: [1, 1, 1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 1, 1, 1]}
      season: {Jan: 1.05, Aug: 0.95}
      growth: 2%
      bank_holidays: Sun
    attributes:
      acuity: {red: 5%, amber: 25%, green: 70%}
    starting:
      - {at: ward stay, number: 12, elapsed: {exponential: {mean: 3 d}}, bed: acute ward}
      - {at: see doctor, elapsed_each: [10 min, 1 h]}
    steps:
      - activity: resuscitate
        needs: {registrar: 1}
        duration: 20 min
        priority: -1
        pre_empts: true
      - activity: see doctor
        needs: {sho: 1, majors: 1}
        instead: [{needs: {registrar: 1, majors: 1}, after: 30 min}]
        duration: 30 min
        priority: {by: acuity, is: {red: 1, amber: 2, green: 3}}
        ages: [{after: 2 h, to: 2}, {after: 4 h, to: 1}]
        reserve: true
        when_interrupted: restart
        after_hold: 5 min
        limit: {waiting: 20, steps: [{leave: turned away}]}
        gives_up: {after: 6 h, steps: [{leave: left without being seen}]}
      - batch: samples
        number: 6
        at_most: 1 h
        together: {needs: {porter: 1}, duration: 10 min, after_hold: 10 min, priority: 1}
      - stay: ward stay
        beds: [acute ward, {pool: outliers, after: 4 h}]
        priority: 1
        repatriate: true
        after_hold: 30 min
        steps:
          - {delay: treatment, duration: 1 d}
          - round: operation
            calendar: theatre list
            order: arrival
            priority: {by: acuity, is: {red: 1, amber: 2, green: 3}}
            ages: [{after: 7 d, to: 0}]
            gives_up: {after: 60 d}
          - all_of: discharge
            parts:
              - part: transport
                steps:
                  - {activity: transport, needs: {porter: 1}, duration: 2 h}
              - part: medicines
                steps:
                  - {delay: pharmacy, duration: 3 h}
                  - branch: wrong
                    ways:
                      - {way: made again, share: 10%, steps: [{go_to: pharmacy}]}
                      - {way: right, share: 90%}
      - branch: afterwards
        ways:
          - way: readmitted
            share: 8%
            steps: [{comes_back: readmission, outcome: home, after: {exponential: {mean: 9 d}}, at: see doctor}]
          - {way: well, share: 92%}
      - leave: home
"""
"""A model with every word that MODEL lacks."""

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

CLAIMS = """\
cisim: 1
claims: What was said of it
stated:
  - claim: a return
    return: 15.41
    benefit: over £14.2m
    source: an annual report
  - {claim: two spreads, returns: {30%: 2.32, 60%: about 5}, reading: gross}
  - claim: a ward
    saving: about £1m
    wards: 2
    beds: 18
    occupancy: 58%
    bed_day: £719.10
    cash: {amount: £400k, budget_line: ward pay, holder: director of nursing, date: 2025-04-01}
  - {claim: a patient, unit_cost: £807.70 to £631.50, as_share: -21.8%, patients: +28.9%}
  - {claim: falls, change: -25.9%, of: falls, compared: -2.5%, count: 400 a year, each: "£2,600", in_beds: 88%}
  - {claim: lead time, lead_time: "over 3,000 hours", as_share: -62%}
  - {claim: a stay, stay: 11.5 d to 8.9 d, patients: 739 to 1010, step: 6, saves: £890k, stranded: 60%}
"""

PROJECT = {
    "scenarios/model.yaml": MODEL,
    "scenarios/full.yaml": FULL,
    "scenarios/daily.yaml": SCENARIO,
    "scenarios/value.yaml": VALUE,
    "experiments/experiment.yaml": EXPERIMENT,
    "experiments/claims.yaml": CLAIMS,
}
"""Every file of the project, by its path."""
