"""What is wanted at a place, in a planner's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILLERS", "WANTS", "want_of"]

WANTS = {
    "cisim": "'cisim: 1' at the top, the version of this file language",
    "model": "the model's name (in an experiment: the path of its model file)",
    "scenario": "the scenario's name",
    "value": "the value file's name (in a fact: the figure, such as '11.5 d')",
    "experiment": "the experiment's name",
    "records": "a name for the records",
    "one_row": "what one row is: visit, stay or event",
    "dates": "the order of a date: day first, month first or year first",
    "began": "the column of the stamp",
    "column": "the name of a column",
    "until": "the day after the last, such as 2025-04-01",
    "start": "the first day, a date such as 2025-04-01",
    "pathways": "the pathways, each with arrivals and steps",
    "arrivals": "how patients come, such as {rate: 2.7 per day}",
    "steps": "the list of steps",
    "beds": "the pools to ask, in order, such as [ward]",
    "needs": "what it needs, such as {nurse: 1}",
    "duration": "how long it takes, such as '35 min'",
    "calendar": "the name of a calendar",
    "openings": "when it opens, such as [Mon-Fri 09:00]",
    "days": "days such as 'Mon-Fri' or 'daily'",
    "at": "times of day, such as [09:00, 14:00]",
    "number": "a whole number",
    "ways": "the list of ways, each with its share",
    "parts": "the list of parts, each with its steps",
    "part": "the name of the part",
    "waiting": "how many may wait, such as 10",
    "by": "the name of an attribute",
    "is": "the priority of each of its values, such as {high: 1, low: 2}",
    "outcome": "the outcome of the spell that ends, such as home",
    "does": "the name of the registered kind of step",
    "times": "how many times, such as 3 or {2: 50%, 3: 50%}",
    "after": "a duration such as '4 h'",
    "date": "a date such as 2025-12-25",
    "cv": "the coefficient of variation of a day, such as 0.2",
    "pool": "the name of a pool",
    "pathway": "the name of a pathway",
    "way": "the name of the way",
    "mean": "the mean, with its unit",
    "sd": "the standard deviation, with its unit",
    "shape": "the shape, a plain number",
    "low": "the lowest value",
    "mode": "the most likely value",
    "high": "the highest value",
    "values": "the list of values",
    "shares": "the list of shares, one for each value",
    "to": "what it is changed to, or the service that takes it",
    "from": "the way that patients are moved from; in 'avoid', the day from which it would have been paid",
    "move": "the share that is moved, such as 30%",
    "name": "a name",
    "item": "what is paid for",
    "kind": "its kind",
    "for_each": "what it is counted by: opening, patient seen, hour held or bed-day held",
    "of": "the pool, or pathway/step, that it is counted on; in an outcome, what it is, such as carbon",
    "cost": "pounds such as '£1,200'",
    "cash": "true if it is paid in money, false if staff already employed do it",
    "marginal_cost": "what one more patient costs, such as '£450'",
    "each": "what one patient costs and gains, such as {marginal_cost: £450}",
    "saves": "the full yearly cost of one step, such as '£1.2m'",
    "stranded": "the share of it that stays when the step goes, such as 30%",
    "patients": "the length of the list, patients a year",
    "step": "the places in one whole step, such as 6 for a bay",
    "price_year": "the year of the prices, such as 2025",
    "first_year": "the first year that is valued, such as 2026",
    "years": "how many years, such as 5",
    "line": "the name of a budget line",
    "what": "what was agreed, in words",
    "who": "the name or post of who agreed",
    "options": "the list of options: close, redeploy, avoid, reinvest or hold",
    "in_run_rate": "true if it is paid already, false if it is a cost still to come",
    "rule": "block, activity, capped or blended",
    "counts": "what of the simulation it is counted by, such as {measure: wait, above: 6 h}",
    "measures": "the list of measures that must not get worse, each with its margin",
    "margin": "how much worse still counts as equal, such as '30 min' or 2%",
    "keeps": "the share that stays for ever, such as 45%",
    "a_year": "pounds or a rate a year, such as '£3.1m' or 40%",
    "question": "the question, in a sentence",
    "scenarios": "the list of scenarios to run, each with a name and a file or changes",
    "run": "how to run, such as {length: 365 d, replications: 20}",
    "length": "how long each replication runs, such as '365 d'",
    "within": "the half-width with its unit, such as '0.1 d'",
    "measure": "the name of a measure, such as length_of_stay",
    "role": "fed, fitted or predicted",
    "source": "where the figure comes from",
}
"""What each setting that must be written wants, by its name."""

FILLERS: tuple[Any, ...] = (
    None,
    1,
    "1 d",
    "x",
    "50%",
    "£1",
    "1 per day",
    "daily",
    "2000-01-01",
    "09:00",
    True,
    "beds",
    "provider",
    "direct",
    "fed",
    "opening",
    [],
    {},
    ["x"],
    ["daily 09:00"],
    [{"leave": "repaired"}],
    [{"way": "repaired"}],
    [
        {"part": f"repaired {i}", "steps": [{"delay": f"repaired part {i}", "duration": "1 d"}]}
        for i in (1, 2)
    ],
    [{"hold": "repaired"}],
    [{"name": "repaired"}],
    [{"days": "daily", "number": 1}],
    {"rate": "1 per day"},
    {"mean": "1 d"},
    {"x": "100%"},
    {"x": 1},
    {"marginal_cost": "£1"},
    {"length": "1 d"},
    "carbon",
    "block",
    {"measure": "wait"},
    [{"measure": "wait", "margin": "1 d"}],
    {"keeps": "50%", "a_year": "50%"},
    {"pathway": "repaired", "patients": 1, "each": {"marginal_cost": "£1"}},
    {"repaired": {"arrivals": {"rate": "1 per day"}, "steps": [{"leave": "repaired"}]}},
    2000,
)
"""One value for each sort of setting: what stands in for a broken one while the rest of a file is checked."""

_PLAIN = {
    "string_type": "text",
    "tuple_type": "a list, such as [first, second]",
    "list_type": "a list, such as [first, second]",
    "dict_type": "settings, each 'name: value'",
    "model_type": "settings, each 'name: value'",
    "model_attributes_type": "settings, each 'name: value'",
    "mapping_type": "settings, each 'name: value'",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "too_short": "at least one",
    "datetime_type": "a moment such as '2025-12-24 18:00'",
    "datetime_parsing": "a moment such as '2025-12-24 18:00'",
    "datetime_from_date_parsing": "a moment such as '2025-12-24 18:00'",
    "timezone_naive": "a moment without a time zone, such as '2025-12-24 18:00'",
    "date_type": "a date such as 2025-04-01",
}
_BOUNDS = {
    "greater_than_equal": "a whole number of {:g} or more",
    "greater_than": "a number above {:g}",
    "less_than_equal": "{:g} or less",
}


def want_of(error: Mapping[str, Any], raw: object) -> str:
    """Return what the checker wanted at a place, from the type of its complaint."""
    kind, ctx = str(error["type"]), error.get("ctx", {})
    if kind == "literal_error":
        return "1, the version of this file language" if ctx["expected"] == "1" else str(ctx["expected"])
    if kind == "too_short" and ctx.get("min_length") == 2:
        return "at least two"
    if kind == "string_type" and isinstance(raw, (int, float)):
        return f"text; put it in quotes: '{str(raw).lower() if isinstance(raw, bool) else raw}'"
    for name, words in _BOUNDS.items():
        if kind == name:
            return words.format(*ctx.values())
    return _PLAIN.get(kind, "a value that fits here")
