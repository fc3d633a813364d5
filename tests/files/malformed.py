"""Files with one mistake each, and what must be said of it.

`MALFORMED` is a list of (name, {file: text}, the file to read, line, words): reading the file must give a
problem on that line (0: the file as a whole) whose message holds those words. `COLUMNS` and `FILES` say, by
name, the column and, where it is not the file that is read, the file of the problem.
"""

# ruff: noqa: E501 - one mistake a line
from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import NamedTuple

_spec = importlib.util.spec_from_file_location("good_files", Path(__file__).with_name("good.py"))
assert _spec is not None
assert _spec.loader is not None
_good = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_good)
MODEL: str = _good.MODEL
FULL: str = _good.FULL
PROJECT: dict[str, str] = _good.PROJECT

HERE = "¦"  # stands in a text where the problem must be told, and is taken out


class Malformed(NamedTuple):
    """A file with a mistake, and what must be said of it."""

    name: str
    files: dict[str, str]
    main: str
    line: int
    words: str


MALFORMED: list[Malformed] = []
COLUMNS: dict[str, int] = {}
FILES: dict[str, str] = {}


def _add(name: str, files: dict[str, str], main: str, words: str) -> None:
    clean = {f: t.replace(HERE, "") for f, t in files.items()}
    marked = [(f, t) for f, t in files.items() if HERE in t]
    line = COLUMNS[name] = 0
    FILES[name] = main
    if marked:
        file, text = marked[0]
        before = text[: text.index(HERE)]
        line, COLUMNS[name], FILES[name] = before.count("\n") + 1, len(before) - before.rfind("\n"), file
    MALFORMED.append(Malformed(name, clean, main, line, words))


def _text(name: str, text: str, words: str) -> None:
    _add(name, {"model.yaml": text}, "model.yaml", words)


def _model(name: str, old: str, new: str, words: str) -> None:
    assert MODEL.count(old) == 1, f"{name}: {MODEL.count(old)} of {old!r}"
    _text(name, MODEL.replace(old, new), words)


def _full(name: str, old: str, new: str, words: str) -> None:
    assert FULL.count(old) == 1, f"{name}: {FULL.count(old)} of {old!r}"
    _text(name, FULL.replace(old, new), words)


def _project(
    name: str, file: str, old: str, new: str, words: str, main: str = "experiments/experiment.yaml"
) -> None:
    assert PROJECT[file].count(old) == 1, f"{name}: {PROJECT[file].count(old)} of {old!r}"
    _add(name, {**PROJECT, file: PROJECT[file].replace(old, new)}, main, words)


def _value(name: str, old: str, new: str, words: str) -> None:
    _project(name, "scenarios/value.yaml", old, new, words)


def _scenario(name: str, old: str, new: str, words: str) -> None:
    _project(name, "scenarios/daily.yaml", old, new, words)


def _question(name: str, old: str, new: str, words: str) -> None:
    _project(name, "experiments/experiment.yaml", old, new, words)


# Not readable as settings.
_text("empty", "", "the file is empty, want settings such as 'cisim: 1'")
_text("only comments", "# nothing\n\n", "the file is empty")
_text("binary", "PK\x03\x04\0\0", "got a binary file, want YAML text")
_text("a list at the top", "¦- a\n- b\n", "got a list, want settings")
_text("a word", "¦hospital\n", "got the single value 'hospital', want settings")
_text("tab", "cisim: 1\npools:\n¦\tward: 3\n", "got a tab before the text, want spaces")
_text(
    "bomb", "a: ¦&a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n", "got the anchor '&a', want plain values"
)
_text("alias alone", "a: ¦*a\n", "got the alias '*a', want the value itself")
_text("tag", "a: ¦!!python/object:os.system x\n", "got the tag '!!python/object:os.system'")
_text("directive", "¦%YAML 1.1\n---\na: 1\n", "begins with '%', want settings only")
_text(
    "two documents", "cisim: 1\n¦---\ncisim: 1\n", "got a second document ('---'), want one document a file"
)
_text("deep", "a: ¦" + "[" * 5000, "more than 40 levels")
_text("deep in block", "a:\n  ¦" + "- " * 5000 + "x\n", "more than 40 levels")
_text(
    "deep by lines",
    "".join(f"{' ' * i}{HERE if i == 40 else ''}a:\n" for i in range(60)),
    "more than 40 levels",
)
_text(
    "wide",
    "a: [" + "1," * 99_999 + "1¦,1,1,1]\n",
    "more than 100,000 values; put long lists of data into a CSV",
)
_text(
    "quote not closed",
    "cisim: 1\nmodel: ¦'x\nstart: 2025\n",
    "a quotation mark opens here and is never closed",
)
_text("bracket not closed", "cisim: 1\npools: ¦[a, b\nmodel: x\n", "a list opens with '[' here")
_text("brace not closed", "cisim: 1\npools: ¦{a: 1\nmodel: x\n", "settings open with '{' here")
_text("two colons", "cisim: 1\nmodel: a¦: b\n", "got a second ':' where none can stand")
_text("no colon", "cisim: 1\n¦model\nstart: 2025-04-01\n", "got a line without ':'")
_text("indentation", "pools:\n  a: 1\n ¦b: 2\n", "want the same number of spaces")
_text("control character", "cisim: 1\nmodel: ¦\x07\n", "got an invisible character (code 7)")
_text(
    "key twice",
    "cisim: 1\nmodel: a\n¦model: b\n",
    "'model' stands here a second time, first on line 2; keep one",
)
_text("key is a list", "cisim: 1\n? ¦[a]\n: 1\n", "want text before the ':'")
_text("begins with a percent sign", "cisim: 1\nmodel: ¦%x\n", "want quotes around such text")

# Settings.
_model("unknown setting", "kind: beds, number: 24", "kind: beds, ¦numbr: 24", "did you mean 'number'?")
_model("unknown at the top", "pools:\n", "¦wards: {}\npools:\n", "'wards' is not a known setting here")
_model(
    "missing start",
    "cisim: 1\nmodel: Small hospital\nstart: 2025-04-01",
    "¦cisim: 1\nmodel: S",
    "missing 'start', want the first day",
)
_model("version", "cisim: 1", "cisim: ¦2", "got 2, want 1, the version of this file language")
_model(
    "date that is not one", "2025-04-01", "¦2025-02-30", "got '2025-02-30', want a date such as 2025-04-01"
)
_model("date the other way", "2025-04-01", "¦01/04/2025", "want a date such as 2025-04-01")
_model("far date", "2025-04-01", "¦9025-04-01", "want a date between 1900 and 2200")
_model(
    "negative capacity",
    "number: 24",
    "number: ¦-3",
    "got -3, want a whole number of 0 or more, or 'unlimited'",
)
_model("half a bed", "number: 24", "number: ¦2.5", "want a whole number of 0 or more, or 'unlimited'")
_model(
    "word for a number",
    "number: 24",
    "number: ¦many",
    "got 'many', want a whole number of 0 or more, or 'unlimited'",
)
_model("too many beds", "number: 24", "number: ¦200000", "write 'unlimited'")
_model("unknown kind of pool", "kind: staff", "kind: ¦stafff", "'slots'; did you mean 'staff'?")
_model(
    "wrong unit",
    "duration: 12 min",
    "duration: ¦12 minuets",
    "got unit 'minuets' in '12 minuets', want a number with its unit",
)
_model("no unit", "duration: 12 min", "duration: ¦12", "got 12 without a unit, want a number with its unit")
_model("month", "duration: 12 min", "duration: ¦1 month", "a month has no fixed length: write weeks or days")
_model("endless duration", "duration: 12 min", "duration: ¦9999 yr", "want at most 1,000 years")
_model("wrong rate", "2.7 per day", "¦2.7", "got 2.7, want a rate such as '2.7 per day'")
_model("rate of a flood", "2.7 per day", "¦9999 per s", "want at most 100,000 a day")
_model("normal duration", "lognormal:", "¦normal:", "goes below 0, want lognormal or gamma")
_model(
    "sd of nothing",
    "{lognormal: {mean: 2 d, sd: 3 d}}",
    "¦{lognormal: {mean: 2 d, sd: 0 d}}",
    "got mean 2 d and sd 0 d, want both above 0",
)
_model(
    "ends the wrong way",
    "{lognormal: {mean: 2 d, sd: 3 d}}",
    "¦{uniform: {low: 3 d, high: 2 d}}",
    "got low 3 d and high 2 d, want low below high",
)
_model(
    "overflow",
    "{lognormal: {mean: 2 d, sd: 3 d}}",
    "¦{weibull: {shape: 0.001, mean: 3 d}}",
    "want less extreme numbers",
)
_model(
    "mixture of one and a half",
    "{lognormal: {mean: 2 d, sd: 3 d}}",
    "¦{mixture: {shares: [80%, 30%], means: [2 d, 9 d], sds: [1 d, 8 d]}}",
    "want none below 0 and a sum of 1",
)
_model(
    "empirical that falls",
    "{lognormal: {mean: 2 d, sd: 3 d}}",
    "¦{empirical: {values: [0 d, 3 d, 2 d], chances: [0, 0.5, 0.9], scale: 1 d}}",
    "want two or more values, rising, each with its chance, rising",
)
_model(
    "empirical with too long a tail",
    "{lognormal: {mean: 2 d, sd: 3 d}}",
    "¦{empirical: {values: [0 d, 3 d], chances: [0, 0.9], scale: 1 d, shape: 0.7}}",
    "want above 0, and from 0 to below 0.5",
)
_model(
    "two families",
    "{lognormal: {mean: 2 d, sd: 3 d}}",
    "¦{constant: 1 d, exponential: {mean: 2 d}}",
    "want exactly one of",
)
_model(
    "unknown step",
    "activity: triage",
    "¦actvity: triage",
    "got step with keys 'actvity', 'needs', 'duration', 'gives_up', want exactly one of activity, stay",
)
_model(
    "step is a word",
    "- leave: home\n",
    "- ¦home\n",
    "got 'home', want a step with its settings, such as 'leave: home'",
)
_model(
    "two steps in one",
    "- leave: home\n",
    "- ¦leave: home\n        delay: x\n",
    "in one step, want exactly one of",
)
_model(
    "text in place of a list",
    "beds: [ward, {pool: outliers, after: 4 h}]",
    "beds: ¦ward",
    "got 'ward', want a list",
)
_model("bad clock", "from: 08:00", "from: ¦25:00", "got '25:00', want a time of day such as '09:30'")
_model("bad day", "Mon-Fri 09:00", "¦Mun-Fri 09:00", "got 'Mun-Fri 09:00', want days such as 'Mon-Fri'")
_model("places", "places: 12", "places: ¦0", "got 0, want a whole number of 1 or more")
_model("no openings", "openings: [Mon-Fri 09:00]", "openings: ¦[]", "got nothing, want at least one")
_model("share above one", "share: 90%", "share: ¦190%", "got '190%', want a share between 0% and 100%")

# What settings say together.
_model(
    "pool without number",
    "kind: beds, number: 24, ",
    "kind: beds, ",
    "missing 'number', want a whole number, 'unlimited', or a 'rota'",
)
_model("number and rota", "otherwise: 2", "number: 3", "got both a number and a rota, want one of them")
_model(
    "overlapping rota",
    "- {days: daily, from: 20:00, to: 08:00, number: 1}",
    "- ¦{days: daily, from: 19:00, to: 08:00, number: 1}",
    "overlaps line 1 (Mon Tue Wed Thu Fri 08:00 to 20:00) on Mon 19:00, want lines apart; a line that ends at or before its beginning runs past midnight",
)
_model(
    "overlap after midnight",
    "- {days: daily, from: 20:00, to: 08:00, number: 1}",
    "- ¦{days: Sun, from: 20:00, to: 08:30, number: 1}",
    "overlaps line 1 (Mon Tue Wed Thu Fri 08:00 to 20:00) on Mon 08:00",
)
_model(
    "exceptions overlap",
    "number: 20}]",
    "number: 20}, ¦{from: 2025-12-24 18:00, to: 2025-12-26, number: 2}]",
    "overlaps exception 1 on 2025-12-25",
)
_model(
    "exception backwards",
    "date: 2025-12-25, number: 20",
    "from: 2025-12-25, to: ¦2025-12-24, number: 20",
    "want it after",
)
_model(
    "exception without a date",
    "{date: 2025-12-25, number: 20}",
    "¦{number: 20}",
    "missing 'date', want a date, or 'from' and 'to'",
)
_model(
    "unknown pool",
    "needs: {nurse: 1}",
    "needs: {¦nurs: 1}",
    "got 'nurs', want the name of a pool; did you mean 'nurse'?",
)
_model(
    "unknown bed",
    "beds: [ward, ",
    "beds: [¦wards, ",
    "got 'wards', want the name of a pool; did you mean 'ward'?",
)
_model(
    "more than there is",
    "needs: {nurse: 1}",
    "needs: {nurse: ¦9}",
    "got 9, but 'nurse' never has more than 3, want fewer",
)
_model("needs none", "needs: {nurse: 1}", "needs: {nurse: ¦0}", "want a whole number of 1 or more")
_model(
    "unknown calendar",
    "calendar: consultant round",
    "calendar: ¦consultant rounds",
    "did you mean 'consultant round'?",
)
_model(
    "unknown target",
    "{go_to: ward stay}",
    "{go_to: ¦ward}",
    "got 'ward', want a step of this list or of one around it; did you mean 'ward stay'?",
)
_model(
    "into another list",
    "{go_to: ward stay}",
    "{go_to: ¦treatment}",
    "want a step of this list or of one around it",
)
_model(
    "step name twice",
    "activity: triage",
    "activity: back",
    "'back' names a step of this pathway already, want another name",
)
_model("shares not one", "share: 90%", "share: 80%", "got shares that sum to 90%, want a sum of 100%")
_model(
    "attribute shares",
    "acuity: {high: 30%, low: 70%}",
    "acuity: ¦{high: 30%, low: 60%}",
    "got shares that sum to 90%, want a sum of 100%",
)
_model("repeat shares", "times: {1: 50%, 2: 50%}", "times: ¦{1: 50%, 2: 40%}", "got shares that sum to 90%")
_model(
    "repeat name",
    "times: {1: 50%, 2: 50%}",
    "times: {1: 50%, ¦twice: 50%}",
    "got the name 'twice', want a whole number of 0 or more",
)
_model(
    "unknown attribute",
    "by: acuity",
    "by: ¦acuty",
    "want an attribute of this pathway; did you mean 'acuity'?",
)
_model("unknown value", "when: high", "when: ¦hihg", "want a value of 'acuity'; did you mean 'high'?")
_model(
    "value not covered",
    "          - {way: admitted, when: high}\n",
    "",
    "got no way for 'high', want one for each value of 'acuity'",
)
_model(
    "share in a branch by",
    "{way: admitted, when: high}",
    "{way: admitted, when: high, ¦share: 3%}",
    "'share' cannot stand in a branch with 'by'",
)
_model(
    "when without by",
    "{way: well, share: 90%}",
    "{way: well, share: 90%, ¦when: low}",
    "'when' cannot stand in a branch without 'by'",
)
_model("no share", "{way: well, share: 90%}", "¦{way: well}", "missing 'share', want its share, such as 30%")
_model(
    "no leave at the end",
    "      - leave: home\n",
    "",
    "patients run off the end of the pathway after 'back', want a 'leave' there",
)
_model(
    "cycle without an exit",
    "{way: well, share: 90%}",
    "{way: well, share: 90%, steps: [{go_to: ward stay}]}",
    "patients go round 'ward stay', 'treatment', 'decisions', 'decision', 'back', 'at home' for ever, want a way out",
)
_model(
    "never reached",
    "      - leave: home\n",
    "      - leave: home\n      - ¦delay: more\n        duration: 1 d\n",
    "'more' is never reached after 'leave: home', want it taken away or moved before it",
)
_model(
    "same pool inside",
    "          - repeat: decisions\n",
    "          - {stay: inner, beds: ¦[ward], steps: [{delay: in, duration: 1 d}]}\n          - repeat: decisions\n",
    "asks 'ward' inside 'ward stay', which holds a bed there, want another pool",
)
_model(
    "rate and list",
    "rate: 2.7 per day, day_effect: {cv: 0.2}",
    "rate: 2.7 per day, ¦listed: [1 h]",
    "got both a rate and listed times",
)
_model(
    "no rate",
    "arrivals: {rate: 2.7 per day, day_effect: {cv: 0.2}}",
    "¦arrivals: {note: none}",
    "missing 'rate', want a rate such as '2.7 per day', or 'listed' times",
)
_model(
    "short profile",
    "rate: 2.7 per day,",
    "rate: 2.7 per day, profile: ¦[1, 2],",
    "got 2 weights, want 24, one for each hour",
)
_model(
    "profile below zero",
    "rate: 2.7 per day,",
    "rate: 2.7 per day, profile: ¦[" + "-1, " * 23 + "1],",
    "got the weight -1, want 0 or more",
)
_model(
    "profile of two days",
    "rate: 2.7 per day,",
    "rate: 2.7 per day, profile: ¦{Mon-Tue: [" + "1, " * 23 + "1]},",
    "got no weights for Wed, Thu, Fri, Sat, Sun, want all seven days",
)

# A scenario, a value file, an experiment.
_scenario(
    "change of nothing",
    "unbatch: emergency/decision",
    "¦unbach: emergency/decision",
    "move_out, merge, turn_round, divert; did you mean 'unbatch'?",
)
_scenario("change target", "- unbatch: emergency/decision", "- ¦unbatch: emergency/decison", "decison")
_scenario(
    "both by and to", "by: 10%", "by: 10%\n    to: 1 d", "got by and to, want exactly one of: by, to, times"
)
_scenario("another base", "base: model.yaml", "base_digest: ¦0123456789abcdef", "0123456789ab")
_model(
    "exceptions to unlimited",
    "outliers: {kind: beds, number: unlimited}",
    "outliers: {kind: beds, number: unlimited, ¦exceptions: [{date: 2025-12-25, number: 0}]}",
    "got exceptions to 'unlimited', which change nothing: give a whole 'number', or take them away",
)
_model(
    "comma in a rate", "rate: 2.7 per day", "rate: ¦'2,7 per day'", "a comma only stands between thousands"
)
_value("comma in money", "once: £20k", "once: ¦'£1,2m'", "write 1.2 with a point")
_value(
    "date against delay",
    "    pool: ward\n",
    "    pool: ward\n    after: 26 wk\n    date: ¦2027-04-01\n",
    "got 2027-04-01, 455 days after the first year begins, but 'after' says 182 d: let them agree, or",
)
_value(
    "date before the first year",
    "    pool: ward\n",
    "    pool: ward\n    date: ¦2025-12-31\n",
    "got 2025-12-31, want a date in the years counted, 2026-01-01 to 2030-12-31",
)
_value(
    "date after the last year",
    "    pool: ward\n",
    "    pool: ward\n    date: ¦2031-01-01\n",
    "got 2031-01-01, want a date in the years counted, 2026-01-01 to 2030-12-31",
)
_value("unknown pool to close", "pool: ward", "pool: ¦wrad", "want the name of a pool; did you mean 'ward'?")
_value(
    "close more than there is",
    "step: 6",
    "step: ¦60",
    "takes out 60 places, but 'ward' never has more than 24, want fewer",
)
_value(
    "stranded above one",
    "{beta: {mean: 30%, sd: 10%}}",
    "¦{lognormal: {mean: 30%, sd: 10%}}",
    "goes beyond 0% to 100%, want beta",
)
_value(
    "beta too wide",
    "{beta: {mean: 30%, sd: 10%}}",
    "¦{beta: {mean: 30%, sd: 60%}}",
    "got mean 30% and sd 60%, want a mean between 0 and 1",
)
_value(
    "money without pounds", "once: £20k", "once: ¦20000", "got 20000, want pounds such as '£1,200' or '£52k'"
)
_value(
    "unknown running step",
    "of: emergency/decision",
    "of: ¦emergency/decisions made",
    "want the name of a step",
)
_value(
    "not a round",
    "of: emergency/decision",
    "of: ¦emergency/triage",
    "'triage' is not a round and has no openings",
)
_value(
    "option twice", "hold: keep it open", "hold: a bay", "'a bay' names an option already, want another name"
)

HOURS = "{item: training, kind: indirect, once: £20k}"
_value(
    "hours without people",
    HOURS,
    "¦{item: training, kind: indirect, hours: 4, an_hour: £50}",
    "missing 'people', want 'people', 'hours' and 'an_hour' together",
)
_value(
    "hours beside an amount",
    HOURS,
    "{item: training, kind: indirect, ¦once: £20k, people: 40, hours: 4, an_hour: £50}",
    "'once' stands beside 'people', want one of them",
)
_value(
    "no amount",
    HOURS,
    "¦{item: training, kind: indirect}",
    "missing 'once', want 'once', 'each_year' or both",
)
_value(
    "paid time at its shadow price",
    HOURS,
    "{item: t, kind: direct, people: 4, hours: 4, an_hour: £50, valued_at: ¦what they would have done}",
    "what is paid for directly is valued at pay",
)
_value(
    "a year after the last",
    HOURS,
    "{item: training, kind: indirect, once: £20k, year: ¦6}",
    "got 6, want a year of those counted, 1 to 5",
)
_value(
    "an amount of each year",
    HOURS,
    "{item: training, kind: indirect, once: £20k, year: ¦each}",
    "an amount of every year is 'each_year'",
)
_value(
    "capped without a cap",
    "absorbed:",
    "payment:\n  - ¦{pathway: emergency, rule: capped, price: £900}\nabsorbed:",
    "missing 'cap', which the rule 'capped' needs",
)
_value(
    "share of another rule",
    "absorbed:",
    "payment:\n  - {pathway: emergency, rule: activity, price: £900, ¦share: 20%}\nabsorbed:",
    "'share' belongs to the rule 'blended' and not to 'activity'",
)
_value(
    "payment for nobody",
    "absorbed:",
    "payment:\n  - {pathway: ¦emergence, rule: block}\nabsorbed:",
    "want a pathway whose patients have a worth: in 'absorbed', or reinvested; did you mean 'emergency'?",
)
_value(
    "paid twice",
    "qalys: 0.05}\n  - hold: keep it open\nabsorbed:",
    "qalys: 0.05, ¦income: £5}\n  - hold: keep it open\npayment:\n"
    "  - {pathway: emergency, rule: activity, price: £9}\nabsorbed:",
    "'payment' says already how emergency is paid; 'income' is activity at that price",
)
_value(
    "no such rule",
    "absorbed:",
    "payment:\n  - {pathway: emergency, rule: ¦blok}\nabsorbed:",
    "did you mean 'block'?",
)
_value("steps in words", "step: 6", "step: 6\n    steps: ¦all", "got 'all', want")
_value(
    "at most of a fixed number", "step: 6", "step: 6\n    ¦at_most: 3", "'at_most' belongs to 'steps: most'"
)
_value(
    "dates for other steps",
    "step: 6",
    "step: 6\n    steps: 3\n    dates: ¦[2026-04-01, 2027-04-01]",
    "got 2 dates for 3 steps, want one for each",
)
_value(
    "dates out of order",
    "step: 6",
    "step: 6\n    steps: 2\n    dates: ¦[2027-04-01, 2026-04-01]",
    "got dates out of order",
)
_value(
    "a date among dates",
    "step: 6",
    "step: 6\n    steps: 2\n    dates: [2026-04-01, ¦2036-04-01]",
    "got 2036-04-01, want a date in the years counted",
)
_value(
    "date and dates",
    "step: 6",
    "step: 6\n    date: 2026-04-01\n    ¦dates: [2026-04-01]",
    "got 'dates' beside 'date'",
)
_value(
    "fewer than are safe",
    "step: 6",
    "step: ¦6\n    minimum_safe: 20",
    "takes out 6 places of 'ward', which has 24 at its lowest hour, and 20 must stay: want fewer",
)
MOVED = "hold: keep it open\n  - redeploy: to the community\n    pool: ward\n    step: 2\n    to: community team\n"
_value(
    "moved for nothing",
    "hold: keep it open\n",
    "hold: keep it open\n  - ¦redeploy: to the community\n    pool: ward\n    step: 2\n    to: community team\n",
    "missing 'saves_there', want 'saves_there' or 'relief'",
)
_value(
    "relief counted twice",
    "hold: keep it open\n",
    MOVED + "    saves_there: £50k\n    ¦relief: {pathway: p, patients: 4, each: {marginal_cost: £5}}\n",
    "what a step does is counted once, want one of them",
)
_value(
    "relief of the model's own patients",
    "hold: keep it open\n",
    MOVED + "    relief: {pathway: ¦emergency, patients: 4, each: {marginal_cost: £5}}\n",
    "got 'emergency', whose patients the simulation counts already",
)
_value(
    "moved from nowhere",
    "hold: keep it open\n",
    MOVED.replace("ward", "¦wrad") + "    saves_there: £5\n",
    "did you mean 'ward'?",
)
AVOIDED = "hold: keep it open\n  - avoid: a ward\n    cost: £90k\n    from: 2027-04-01\n    in_run_rate: "
_value(
    "paid already",
    "hold: keep it open\n",
    AVOIDED + "¦true\n",
    "it is paid already, so ending it is cash and not avoided: use close",
)
_value(
    "avoided too late",
    "hold: keep it open\n",
    AVOIDED.replace("2027-04-01", "¦2037-04-01") + "false\n",
    "got 2037-04-01, want a date in the years counted",
)
_value(
    "run rate not said",
    "hold: keep it open\n",
    "hold: keep it open\n  - ¦avoid: a ward\n    cost: £90k\n    from: 2027-04-01\n",
    "missing 'in_run_rate', want true if it is paid already, false if it is a cost still to come",
)
_value(
    "shares for too many years",
    "years: 5",
    "years: 5\neffect: {adoption: ¦[1%, 2%, 3%, 4%, 5%, 6%]}",
    "got 6 shares for 5 years, want one a year at most",
)
_value(
    "share beyond one",
    "years: 5",
    "years: 5\neffect: {adoption: [20%, ¦120%]}",
    "want a share between 0% and 100%",
)
_value(
    "fidelity beyond one",
    "years: 5",
    "years: 5\neffect: {fidelity: ¦{normal: {mean: 80%, sd: 10%}}}",
    "goes beyond 0% to 100%, want beta",
)
_value(
    "months have no length", "years: 5", "years: 5\neffect: {ramp_up: ¦18 mo}", "a month has no fixed length"
)
_value(
    "bias below nothing",
    "years: 5",
    "years: 5\neffect: {optimism: {cost: ¦-10%}}",
    "want a share of 0% or more",
)
_value(
    "mitigation of nothing",
    "years: 5",
    "years: 5\neffect: {¦optimism: {mitigation: 50%}}",
    "missing 'cost', which 'mitigation' is a share of",
)
_value(
    "grid out of order",
    "years: 5",
    "years: 5\neffect: {grid: {reach: ¦[100%, 50%]}}",
    "got values out of order, want each larger than the one before",
)
_value(
    "grid beyond the years",
    "years: 5",
    "years: 5\neffect: {grid: {years: ¦[1, 9]}}",
    "got year 9, want years of those",
)
WAITS = "years: 5\noutcomes:\n  - outcome: deaths\n    of: deaths associated with crowding\n    source: s\n"
_value(
    "outcome of an unknown measure",
    "years: 5",
    WAITS + "    counts: {measure: ¦wiat}\n    each: {qalys: -1}",
    "want the name of a measure; did you mean 'wait'?",
)
_value(
    "outcome without worth",
    "years: 5",
    WAITS + "    counts: {measure: wait}\n    each: ¦{}",
    "got no worth, want 'money'",
)
_value(
    "outcome between the wrong times",
    "years: 5",
    WAITS + "    counts: {measure: wait, above: 8 h, below: ¦6 h}\n    each: {qalys: -1}",
    "got 6 h, want more than 'above', 8 h",
)
_value(
    "time of what is no time",
    "years: 5",
    WAITS + "    counts: {measure: occupancy, ¦above: 8 h}\n    each: {qalys: -1}",
    "'above' is of a time, and occupancy is none",
)
_value(
    "outcome as cash",
    "years: 5",
    WAITS + "    counts: {measure: wait}\n    each: {money: £5}\n    kind: ¦cash-releasing",
    "got 'cash-releasing', want a 'budget_line', its 'holder' and a 'date' beside it",
)
_value(
    "outcome of no known sort",
    "years: 5",
    (WAITS + "    counts: {measure: wait}\n    each: {money: £5}").replace(
        "of: deaths associated", "of: ¦death associated"
    ),
    "did you mean 'deaths associated with crowding'?",
)
_value(
    "outcome at an unknown step",
    "years: 5",
    WAITS + "    counts: {measure: wait, pathway: emergency, step: ¦traige}\n    each: {qalys: -1}",
    "did you mean 'triage'?",
)
_value(
    "outcome that does not add up",
    "years: 5",
    WAITS + "    counts: {measure: ¦occupancy}\n    each: {qalys: -1}",
    "got 'occupancy', which does not add up over patients or days",
)
_value(
    "outcome by a percentile",
    "years: 5",
    WAITS + "    counts: {measure: wait, statistic: ¦p95}\n    each: {qalys: -1}",
    "got 'p95', which does not add up, want total or gave_up",
)
_value(
    "outcome of a band and a statistic",
    "years: 5",
    WAITS + "    counts: {measure: wait, above: 6 h, ¦statistic: total}\n    each: {qalys: -1}",
    "'statistic' stands beside 'above'",
)
_value(
    "outcome without its statistic",
    "years: 5",
    WAITS + "    ¦counts: {measure: outcomes, pathway: emergency}\n    each: {qalys: -1}",
    "missing 'statistic', want the outcome that is counted",
)
_value(
    "outcome of no pool",
    "years: 5",
    WAITS + "    ¦counts: {measure: overrun_time}\n    each: {qalys: -1}",
    "missing 'pool', want the pool whose overrun_time is counted",
)
_value(
    "outcome in a place that it has not",
    "years: 5",
    WAITS + "    counts: {measure: wait, ¦pool: ward}\n    each: {qalys: -1}",
    "'pool' is no place of wait",
)
_value(
    "since arriving of what is no band",
    "years: 5",
    WAITS + "    counts: {measure: wait, since: ¦arriving}\n    each: {qalys: -1}",
    "got 'arriving', want it beside 'above' or 'below'",
)
_value(
    "deaths that are a gain",
    "years: 5",
    WAITS + "    counts: {measure: wait, above: 6 h}\n    each: {qalys: ¦0.1}",
    "one more patient who waits so long is a loss",
)
_value(
    "margin without its unit",
    "years: 5",
    "years: 5\nservice: {measures: [{measure: wait, statistic: p95, margin: ¦a little}]}",
    "got 'a little', want a duration such as '11.5 d'",
)
_value(
    "surer than can be",
    "years: 5",
    "years: 5\nservice: {probability: ¦100%, measures: [{measure: wait, margin: 30 min}]}",
    "got 1, want 50% or more and less than 100%",
)
_value(
    "service of an unknown pool",
    "years: 5",
    "years: 5\nservice: {measures: [{measure: occupancy, pool: ¦wrad, margin: 2}]}",
    "did you mean 'ward'?",
)
_value(
    "shares of an effect that do not reach all of it",
    "years: 5",
    "years: 5\neffect: {grid: {reach: ¦[0%, 50%], years: [1]}}",
    "want it to begin with 0% and to end with 100%",
)
_value(
    "years of an effect without the first",
    "years: 5",
    "years: 5\neffect: {grid: {years: ¦[2, 5]}}",
    "got year 2 first, want 1",
)
_value("perspective", "years: 5", "years: 5\nperspective: ¦Nice", "did you mean 'NICE'?")
_question("unknown valued", "valued: daily", "valued: ¦dayly", "did you mean 'daily'?")
_question(
    "no such model",
    "model: ../scenarios/model.yaml",
    "model: ¦../scenarios/modle.yaml",
    "there is no such file; did you mean '../scenarios/model.yaml'?",
)
_question(
    "outside",
    "model: ../scenarios/model.yaml",
    "model: ¦../../secret.yaml",
    "which lies outside of the project",
)
_question("fact of nothing", "measure: occupancy", "measure: ¦ocupancy", "did you mean 'occupancy'?")
_question("fact value", "value: 5.4 d", "value: ¦short", "got 'short', want a duration such as '11.5 d'")
_question("fact pool", "pool: ward", "pool: ¦wards", "want the name of a pool; did you mean 'ward'?")
_question(
    "statistic", "measure: occupancy", "measure: occupancy, statistic: ¦p96", "want a statistic of occupancy"
)
_question(
    "case change",
    "cut: emergency/treatment, by: 20%",
    "¦cut: emergency/treatmnt, by: 20%".replace("¦", ""),
    "treatmnt",
)
_question("baseline", "name: more", "name: ¦baseline", "'baseline' is the model unchanged, want another name")
_question("no length", "length: 365 d", "length: ¦0 d", "want more than 0")
_question(
    "fact of another unit",
    "pool: ward, value: 20",
    "pool: ward, value: ¦20 d",
    "got '20 d', want a plain number or a share",
)
_question("precision", "within: 0.1 d", "within: ¦'0.1'", "got '0.1', want a duration such as '11.5 d'")
_question(
    "wrong kind of file",
    "value: ../scenarios/value.yaml",
    "value: ../scenarios/daily.yaml",
    "got a scenario file, want a file that begins with",
)

# Who is served, when, and by whom.
_full(
    "needs nobody instead",
    "- {needs: {registrar: 1, majors: 1}, after: 30 min}".replace("- ", ""),
    "{needs: ¦{}, after: 30 min}",
    "got nothing, want what it needs, such as {nurse: 1}; else write nothing here",
)
_full(
    "instead of an unknown pool",
    "{registrar: 1, majors: 1}",
    "{¦registrars: 1, majors: 1}",
    "got 'registrars', want the name of a pool; did you mean 'registrar'?",
)
_full(
    "instead of itself",
    "{registrar: 1, majors: 1}",
    "¦{majors: 1, sho: 1}",
    "got the same needs as before, want other needs, or none here",
)
_full(
    "more instead than there are",
    "{registrar: 1, majors: 1}",
    "{registrar: ¦4, majors: 1}",
    "got 4, but 'registrar' never has more than 3",
)
_full(
    "priority by nobody's attribute",
    "priority: {by: acuity, is: {red: 1, amber: 2, green: 3}}\n        ages",
    "priority: {by: ¦acuty, is: {red: 1, amber: 2, green: 3}}\n        ages",
    "got 'acuty', want an attribute of this pathway; did you mean 'acuity'?",
)
_full(
    "priority of no value",
    "is: {red: 1, amber: 2, green: 3}}\n        ages",
    "is: {¦rde: 1, amber: 2, green: 3}}\n        ages",
    "got 'rde', want a value of 'acuity'; did you mean 'red'?",
)
_full(
    "value without priority",
    "is: {red: 1, amber: 2, green: 3}}\n        ages",
    "is: ¦{red: 1, amber: 2}}\n        ages",
    "got no priority for 'green', want one for each value of 'acuity'",
)
_full("priority of halves", "priority: -1", "priority: ¦1.5", "got 1.5, want a whole number")
_full(
    "priority without values",
    "priority: {by: acuity, is: {red: 1, amber: 2, green: 3}}\n        ages",
    "¦priority: {by: acuity}\n        ages",
    "missing 'is', want the priority of each of its values",
)
_full(
    "ages for nothing",
    "ages: [{after: 7 d, to: 0}]",
    "ages: [{after: 7 d, to: ¦3}]",
    "got 3, which serves nobody sooner, want a number below 3: lower is served first",
)
_full(
    "ages out of order",
    "{after: 4 h, to: 1}]",
    "{after: ¦1 h, to: 1}]",
    "got 1 h, not after the step before, want the steps in order",
)
_full(
    "nobody to interrupt",
    "priority: -1\n        pre_empts: true",
    "priority: 5\n        pre_empts: ¦true",
    "no activity that shares a pool with it has a priority number above 5",
)
_full(
    "interrupted somehow",
    "when_interrupted: restart",
    "when_interrupted: ¦restarts",
    "want 'resume' or 'restart'; did you mean 'restart'?",
)
_full(
    "limit where nobody waits",
    "needs: {sho: 1, majors: 1}",
    "needs: {advice line: 1}",
    "'advice line' is unlimited, so nobody ever waits, want no limit, or a number in the pool",
)
_full("limit below nobody", "waiting: 20", "waiting: ¦-1", "got -1, want a whole number of 0 or more")
_full(
    "limit of what",
    "limit: {waiting: 20, ",
    "¦limit: {",
    "missing 'waiting', want how many may wait, such as 10",
)
_full(
    "nowhere to come home from",
    "beds: [acute ward, {pool: outliers, after: 4 h}]",
    "beds: [acute ward]",
    "'beds' has one choice only, so nobody lies elsewhere, want a second choice of bed, or no 'repatriate'",
)
_full(
    "home without limit",
    "acute ward: {kind: beds, number: 24,",
    "acute ward: {kind: beds, number: unlimited,",
    "'acute ward' is unlimited, so nobody lies elsewhere",
)
_full(
    "after-hold below zero",
    "after_hold: 5 min",
    "after_hold: {¦normal: {mean: 5 min, sd: 1 min}}",
    "goes below 0, want lognormal or gamma",
)
_full(
    "turn-round below zero",
    "turn_round: 15 min",
    "turn_round: {¦normal: {mean: 5 min, sd: 1 min}}",
    "goes below 0, want lognormal or gamma",
)
_full(
    "unknown order",
    "order: arrival",
    "order: ¦arrived",
    "want 'joined' or 'arrival'; did you mean 'arrival'?",
)
_full(
    "batch with an unknown porter",
    "together: {needs: {porter: 1}",
    "together: {needs: {¦portr: 1}",
    "got 'portr', want the name of a pool; did you mean 'porter'?",
)
_full(
    "batch with nobody",
    "together: {needs: {porter: 1}",
    "together: {needs: ¦{}",
    "got nothing, want what it needs",
)
_full(
    "covered by nobody",
    "covered_by: [registrar,",
    "covered_by: [¦registar,",
    "got 'registar', want the name of a pool; did you mean 'registrar'?",
)
_full(
    "covered by itself",
    "covered_by: [sho]",
    "covered_by: [¦registrar]",
    "'registrar' cannot stand in for itself, want another pool",
)
_full(
    "covered twice",
    "{pool: consultant, after: 20 min}",
    "{pool: ¦registrar, after: 20 min}",
    "got 'registrar' again, want each pool once",
)
_full(
    "cover for beds",
    "outliers: {kind: beds, number: 10",
    "outliers: {kind: beds, number: 10, ¦covered_by: [theatre]",
    "no activity needs 'outliers', want further choices in the 'beds' of its stays instead",
)
_full(
    "cover for no limit",
    "number: unlimited}",
    "number: unlimited, ¦covered_by: [sho]}",
    "stands in for nobody, as the pool is unlimited",
)

# Through the week and the year.
_full(
    "break without limit",
    "number: unlimited}",
    "number: unlimited, ¦breaks: [{days: daily, from: '12:00', to: '13:00', number: 1}]}",
    "got breaks in 'unlimited', which change nothing",
)
_full("break of nobody", "to: 12:30, number: 1", "to: 12:30, number: ¦0", "got 0, want how many are away")
_full(
    "break of no length",
    "to: 12:30, number: 1",
    "to: ¦12:00, number: 1",
    "got 12:00, where it begins, want the end of the break",
)
_full(
    "same on bank holidays",
    "porter: {kind: staff, number: 2",
    "porter: {kind: staff, number: 2, ¦bank_holidays: Sun",
    "the number is the same every day, so bank holidays change nothing",
)
_full(
    "bank holidays as on two days",
    "bank_holidays: Sun\n    covered",
    "bank_holidays: ¦Sat Sun\n    covered",
    "got 'Sat Sun', want one day such as Sun",
)
_full(
    "calendar on bank holidays",
    "bank_holidays: closed",
    "bank_holidays: ¦shut",
    "got 'shut', want one day such as Sun, or 'closed'",
)
_full(
    "unknown month",
    "{Jan: 1.05, Aug: 0.95}",
    "{Jan: 1.05, ¦Agu: 0.95}",
    "got the name 'Agu', want a month such as Jan",
)
_full(
    "month twice",
    "{Jan: 1.05, Aug: 0.95}",
    "¦{Jan: 1.05, January: 0.95}",
    "got Jan twice, want each month once",
)
_full(
    "season below zero",
    "{Jan: 1.05, Aug: 0.95}",
    "¦{Jan: 1.05, Aug: -1}",
    "got -1 for Aug, want a factor between 0 and 100",
)
_full(
    "growth of a virus", "growth: 2%", "growth: ¦200%", "got +200% a year, want growth between -99% and +100%"
)
_full("places by no number", "places: 2}", "places: ¦0}", "got 0, want a whole number of 1 or more")
_model(
    "bank holidays without hours",
    "{rate: 2.7 per day, ",
    "{rate: 2.7 per day, ¦bank_holidays: Sun, ",
    "every day has the same hours, so bank holidays change nothing, want a 'profile' by day",
)
_model(
    "season of a list",
    "{rate: 2.7 per day, day_effect: {cv: 0.2}}",
    "{listed: [1 d], ¦season: {Jan: 2}}",
    "stands only beside a rate",
)

# Parts, returns, and who is there at the start.
_full(
    "one part",
    "              - part: transport\n                steps:\n                  - {activity: transport, needs: {porter: 1}, duration: 2 h}\n",
    "",
    "got a list of 1, want at least two",
)
_full(
    "part twice",
    "- part: medicines",
    "- part: ¦transport",
    "'transport' names a part of 'discharge' already, want another name",
)
_full(
    "leaves within a part",
    "- {way: made again, share: 10%, steps: [{go_to: pharmacy}]}",
    "- {way: made again, share: 10%, steps: [{¦leave: home}]}",
    "the part 'medicines' cannot end the spell while others go on, want it after the parts",
)
_full(
    "out of a part",
    "steps: [{go_to: pharmacy}]",
    "steps: [{go_to: ¦treatment}]",
    "got 'treatment', which stands outside of the part 'medicines', want a step of this list",
)
_full(
    "into another part",
    "steps: [{go_to: pharmacy}]",
    "steps: [{go_to: ¦transport}]",
    "got 'transport', which stands outside of the part 'medicines'",
)
_full(
    "part within a part",
    "- {delay: pharmacy, duration: 3 h}",
    "- {¦all_of: more, parts: [{part: a, steps: [{delay: pharmacy, duration: 3 h}]}, {part: b, steps: [{delay: b, duration: 1 h}]}]}",
    "stands inside the part 'medicines', want no parts within parts",
)
_full(
    "part without end",
    "- {way: right, share: 90%}",
    "- {way: right, share: 90%, steps: [{go_to: wrong}]}",
    "patients go round",
)
_full(
    "back to nowhere",
    "at: see doctor}]",
    "at: ¦see docter}]",
    "got 'see docter', want a step of the pathway's own list; did you mean 'see doctor'?",
)
_full(
    "back inside",
    "at: see doctor}]",
    "at: ¦operation}]",
    "got 'operation', which stands inside another step, want a step of the pathway's own list",
)
_full(
    "back without outcome",
    "{comes_back: readmission, outcome: home, ",
    "¦{comes_back: readmission, ",
    "missing 'outcome', want the outcome of the spell that ends",
)
_full(
    "own step that does nothing",
    "- {delay: treatment, duration: 1 d}",
    "- ¦{own: treatment}",
    "missing 'does', want the name of the registered kind of step",
)
_full(
    "starting nowhere",
    "at: ward stay, number: 12",
    "at: ¦ward stya, number: 12",
    "got 'ward stya', want a step of this pathway; did you mean 'ward stay'?",
)
_full(
    "starting in a delay",
    "{at: see doctor, elapsed_each",
    "{at: ¦afterwards, elapsed_each",
    "got 'afterwards', where nobody lies or waits, want a stay, activity, round or batch",
)
_full(
    "starting inside a stay",
    "{at: see doctor, elapsed_each",
    "{at: ¦operation, elapsed_each",
    "'operation' stands inside the stay 'ward stay', want 'at: ward stay'",
)
_full(
    "starting in no bed",
    "bed: acute ward}",
    "bed: ¦theatre}",
    "got 'theatre', want one of the beds of 'ward stay'; known: 'acute ward', 'outliers'",
)
_full(
    "bed without a stay",
    "elapsed_each: [10 min, 1 h]}",
    "elapsed_each: [10 min, 1 h], ¦bed: majors}",
    "'see doctor' is no stay and has no beds, want 'bed' taken away",
)
_full("starting with how many", "number: 12, elapsed", "elapsed", "missing 'number', want how many are there")
_full(
    "starting since when",
    "elapsed: {exponential: {mean: 3 d}}, bed",
    "bed",
    "missing 'elapsed', want how long they have been there",
)
_full(
    "starting with too few",
    "{at: see doctor, elapsed_each",
    "{at: see doctor, number: ¦3, elapsed_each",
    "got 3, but 'elapsed_each' has 2, want the same number",
)
_full(
    "starting twice told",
    "elapsed_each: [10 min",
    "elapsed: 1 d, ¦elapsed_each: [10 min",
    "got both 'elapsed' and 'elapsed_each', want one of them",
)
_full(
    "nobody comes after a limit",
    "limit: {waiting: 20, steps: [{leave: turned away}]}",
    "limit: {waiting: 20, steps: [{go_to: ¦nowhere}]}",
    "got 'nowhere', want a step of this list or of one around it",
)

# Changes.
_scenario(
    "priority of a delay",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦priority: emergency/treatment\n    to: 1",
    "'treatment' is a delay, want an activity, a stay or a round",
)
_scenario(
    "priority by a value that is not there",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦priority: emergency/triage\n    to: {by: acuity, is: {hihg: 1, low: 2}}",
    "makes a model that cannot be: got 'hihg', want a value of 'acuity'; did you mean 'high'?",
)
_scenario(
    "no patience to shorten",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦patience: emergency/ward stay\n    by: -20%",
    "nobody gives up at 'ward stay' now; write `to` with a duration",
)
_scenario(
    "no patience at all",
    "- cut: emergency/treatment\n    by: 10%",
    "- patience: emergency/triage\n    by: ¦-100%",
    "got -100%, which leaves no patience at all, want more than -100%",
)
_scenario(
    "patience said twice",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦patience: emergency/triage\n    by: -10%\n    to: 1 h",
    "want exactly one of: by, to",
)
_scenario(
    "added step of an unknown pool",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦add: emergency/triage\n    steps: [{activity: x, needs: {nurs: 1}, duration: 1 h}]",
    "'x' asks for pool 'nurs', which is not there; did you mean 'nurse'?",
)
_scenario(
    "added step that leads nowhere",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦add: emergency/triage\n    steps: [{leave: away}]",
    "makes a model that cannot be: 'admit' is never reached after 'leave: away'",
)
_scenario(
    "removed step that is gone to",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦remove: emergency/ward stay",
    "a patient goes on at 'ward stay', so it cannot be removed",
)
_scenario(
    "nothing left in a stay",
    "- cut: emergency/treatment\n    by: 10%",
    "- remove: emergency/treatment\n  - ¦remove: emergency/decisions",
    "nothing would be left inside 'ward stay'; remove that instead",
)
_scenario(
    "moved out of no stay",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦move_out: emergency/decision",
    "'decision' does not stand directly in a stay, so it cannot be moved out of one",
)
_scenario(
    "merged with another kind",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦merge: ward\n    with: [nurse]",
    "'ward' and 'nurse' have not the same kind",
)
_scenario(
    "merged with nothing",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦merge: ward\n    with: [wards]",
    "there is no pool 'wards'; did you mean 'ward'?",
)
_scenario(
    "turn-round that is not there",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦turn_round: ward\n    by: 20%",
    "pool 'ward' has no turn-round to cut; write 'to' with a duration",
)
_scenario(
    "diverted to nowhere",
    "- cut: emergency/treatment\n    by: 10%",
    "- ¦divert: emergency\n    share: 10%\n    to: minors",
    "there is no pathway 'minors'; known: 'emergency'",
)
_MANY = ", ".join(f"d{i}" for i in range(6))
_LOTS = "".join(
    f"  s{i}: {{kind: staff, number: 1, covered_by: [{_MANY}]}}\n  d{i}: {{kind: staff, number: 1}}\n"
    for i in range(6)
)
_text(
    "covered in too many ways",
    FULL.replace("pools:\n", f"pools:\n{_LOTS}").replace(
        "needs: {sho: 1, majors: 1}", "needs: ¦{s0: 1, s1: 1, s2: 1, s3: 1, s4: 1, s5: 1}"
    ),
    "got needs that can be covered in 117,651 ways, want at most 1,000",
)


def _claims(name: str, old: str, new: str, words: str) -> None:
    _project(name, "experiments/claims.yaml", old, new, words, main="experiments/claims.yaml")


_claims(
    "claim without a unit",
    "benefit: over £14.2m",
    "benefit: ¦14.2m",
    "got '14.2m', want pounds such as '£14.2m'",
)
_claims("claim with a decimal comma", "over £14.2m", "¦over £14,2m", "a comma only stands between thousands")
_claims("claim of no sort", "return: 15.41\n", "retrun: 15.41\n", "did you mean 'return'?")
_claims(
    "claim of two sorts",
    "- claim: a return\n",
    "- ¦claim: a return\n    saving: £1m\n",
    "got 'return' and 'saving' in one claim",
)
_claims(
    "claim of three spreads",
    "{30%: 2.32, 60%: about 5}",
    "¦{30%: 2.32, 60%: about 5, 90%: 8}",
    "want two, such as {30%: 2.32, 60%: about 5}",
)
_claims(
    "claim above all wards",
    "{30%: 2.32, 60%: about 5}",
    "{30%: 2.32, ¦160%: about 5}",
    "want a share above 0% and up to 100%",
)
_claims(
    "claim of a return of none",
    "return: 15.41",
    "return: ¦0",
    "want a number above 0, even when it was rounded",
)
_claims("claim fuller than full", "occupancy: 58%", "occupancy: ¦158%", "want a share of at most 100%")
_claims("claim without its sign", "change: -25.9%", "change: ¦25.9%", "want its sign: + for more, - for less")
_claims("claim of more than all", "change: -25.9%", "change: ¦-125.9%", "want a fall of at most 100%")
_claims(
    "claim of hours without a unit",
    'lead_time: "over 3,000 hours"',
    "lead_time: ¦3000",
    "want a number with its unit",
)
_claims(
    "claim of a lead time that grew", "as_share: -62%", "as_share: ¦+62%", "want how much shorter it became"
)
_claims(
    "claim of half a ward",
    "beds: 18\n    occupancy: 58%\n    bed_day: £719.10",
    "bed_day: ¦£719.10",
    "want 'wards' and 'beds' too",
)
_claims(
    "claim of a step's cost without a step",
    "step: 6, saves: £890k, stranded: 60%",
    "saves: ¦£890k",
    "want 'step' too, such as 6 beds",
)
_claims(
    "claim of a stay without a unit",
    "stay: 11.5 d to 8.9 d",
    "stay: ¦11.5 to 8.9",
    "want a number with its unit",
)
_claims(
    "claim of patients a week",
    "patients: 739 to 1010",
    "patients: ¦14 a week",
    "want a number, such as 1,000",
)
_claims(
    "claim read in no way",
    "reading: gross",
    "reading: ¦grosss",
    "want 'gross' or 'net'; did you mean 'gross'?",
)
_claims("claim told twice", "- claim: a ward", "- claim: ¦a return", "got 'a return' twice")
_claims(
    "claim of nothing",
    "  - claim: a return\n    return: 15.41\n    benefit: over £14.2m\n    source: an annual report\n",
    "  - ¦{}\n",
    "want a claim with its settings, such as 'return: 15.41'",
)
_claims("ends the wrong way round", "about £1m", "¦between £2m and £1m", "want the lower end first")


# Numbers that are not known.
def _uncertain(name: str, form: str, words: str) -> None:
    _model(name, "duration: 12 min", f"duration: {form}", words)


_uncertain("uncertain without a unit", "{uncertain: {mean: ¦12, se: 2 min}}", "got 12 without a unit")
_uncertain(
    "uncertain of another sort",
    "{uncertain: {mean: 12 min, se: ¦£2}}",
    "got '£2', want a number with its unit",
)
_uncertain(
    "uncertain by nothing", "{uncertain: {mean: ¦~, se: 2 min}}", "got nothing, want a number with its unit"
)
_uncertain("uncertain and nothing", "{uncertain: ¦{}}", "got nothing, want a family such as")
_uncertain(
    "uncertain by a lone mean", "{uncertain: ¦{mean: 12 min}}", "got the settings 'mean', want a family"
)
_uncertain(
    "uncertain misspelt",
    "{uncertain: {mean: 12 min, intervall: ¦[9 min, 15 min]}}",
    "did you mean 'interval'?",
)
_uncertain(
    "uncertain with something beside it",
    "{uncertain: {mean: 12 min, se: 2 min}, mean: ¦12 min}",
    "got 'mean' beside 'uncertain', want only 'source' and 'note' there",
)
_uncertain(
    "interval that does not hold the mean",
    "{uncertain: ¦{mean: 12 min, interval: [13 min, 20 min]}}",
    "got a mean of 12 min with 13 min to 20 min, want the mean inside its interval",
)
_uncertain(
    "interval of one end",
    "{uncertain: {mean: 12 min, interval: ¦[13 min]}}",
    "want its two ends: [lowest, highest]",
)
_uncertain(
    "interval at a level of all",
    "{uncertain: {mean: 12 min, interval: [9 min, 15 min], level: ¦100%}}",
    "want a share between 0% and 100%, such as 95%",
)
_uncertain(
    "interval that no gamma has",
    "{uncertain: ¦{mean: 12 min, interval: [11 min, 90 min]}}",
    "but the nearest gamma has",
)
_uncertain(
    "quantiles of an expert that a gamma misses many times over",
    "{uncertain: ¦{quantiles: {5%: 1 min, 50%: 5 min, 95%: 30 min}}}",
    "want 'family: lognormal', which comes within 0.5% of the range",
)
_uncertain(
    "quantiles of an expert that nothing fits",
    "{uncertain: ¦{quantiles: {5%: 4 min, 50%: 5 min, 95%: 60 min}}}",
    "want another 'family', or others",
)
_uncertain(
    "quantiles out of order",
    "{uncertain: ¦{quantiles: {5%: 9 min, 50%: 8 min, 95%: 20 min}}}",
    "want values that rise with probabilities between 0 and 1",
)
_uncertain(
    "one quantile", "{uncertain: {quantiles: ¦{50%: 9 min}}}", "got the settings '50%', want two or more"
)
_uncertain(
    "a normal that goes below zero",
    "{uncertain: ¦{normal: {mean: 12 min, sd: 2 min}}}",
    "got normal, which goes below 0, want gamma or lognormal",
)
_uncertain("uncertain sd of nothing", "{uncertain: ¦{gamma: {mean: 12 min, sd: 0 min}}}", "want both above 0")
_uncertain(
    "two ways of saying it",
    "{uncertain: {mean: ¦12 min, se: 2 min, gamma: {mean: 1 min, sd: 1 min}}}",
    "got 'mean' beside 'gamma', want only: gamma",
)
_uncertain(
    "a family that is not fitted",
    "{uncertain: {mean: 12 min, se: 2 min, family: ¦weibull}}",
    "want one of: beta, gamma, lognormal, normal",
)
_model(
    "a share that no beta has",
    "share: 90%",
    "share: {uncertain: ¦{mean: 90%, se: 40%}}",
    "want a mean between 0 and 1 and sd below sqrt(mean * (1 - mean))",
)
_model(
    "a share above one",
    "share: 90%",
    "share: {uncertain: ¦{gamma: {mean: 90%, sd: 4%}}}",
    "got gamma, which goes above 100%, want beta",
)
_model(
    "beds below none",
    "number: 24,",
    "number: {uncertain: ¦{normal: {mean: 24, sd: 2}}},",
    "got normal, which goes below 0",
)
_model(
    "uncertain text", "kind: staff", "kind: ¦{uncertain: {mean: 1, se: 1}}", "got the settings 'uncertain'"
)
_model(
    "counts of nobody",
    "acuity: {high: 30%, low: 70%}",
    "acuity: {uncertain: {dirichlet: {high: ¦0, low: 70}}}",
    "got 0, want more than 0 for each; where nobody was seen, 0.5 or 1",
)
_model(
    "shares without a size",
    "acuity: {high: 30%, low: 70%}",
    "acuity: {uncertain: {dirichlet: {high: ¦30%, low: 70%}}}",
    "got '30%', want patients counted; or shares with a 'size'",
)
_model(
    "shares of a size that do not sum to one",
    "acuity: {high: 30%, low: 70%}",
    "acuity: {uncertain: {dirichlet: ¦{high: 30%, low: 60%}, size: 50}}",
    "got shares that sum to 90.0000%, want a sum of 100%",
)
_model(
    "counts and shares",
    "- branch: back\n",
    "- ¦branch: back\n        uncertain: {dirichlet: {readmitted: 10, well: 90}}\n",
    "got a share at 'readmitted' and 'uncertain' at its branch, want one of them",
)
_value(
    "decided and not estimated",
    "step: 6",
    "step: ¦{uncertain: {mean: 6, se: 1}}",
    "got an uncertain number, want one number: this is decided or defined, not estimated",
)
_value(
    "worth that no beta has",
    "stranded: {beta: {mean: 30%, sd: 10%}}",
    "stranded: ¦{mean: 30%, se: 60%}",
    "want a mean between 0 and 1 and sd below",
)
_question(
    "replications that are not known",
    "replications: 4",
    "replications: ¦{uncertain: {mean: 4, se: 1}}",
    "this is decided or defined, not estimated",
)
_question(
    "correlation of what is not there",
    "valued: daily\n",
    "valued: daily\ncorrelations:\n  - {between: [¦value.options.a bay.save, value.options.a bay.stranded], rank: 0.5}\n",
    "want the path of an uncertain number; did you mean 'value.options.a bay.saves'?",
)
_question(
    "correlation of one",
    "valued: daily\n",
    "valued: daily\ncorrelations:\n  - {between: [value.options.a bay.saves, value.options.a bay.stranded], rank: ¦1}\n",
    "got 1",
)
_question(
    "one number of two sorts",
    "valued: daily\n",
    "valued: daily\nsame:\n  - {numbers: [value.options.a bay.saves, ¦value.options.a bay.stranded]}\n",
    "want one and the same number, with the same spread, in each place",
)
