"""Write docs/reference/ from the code: ``python docs/make_reference.py``; ``--check`` only says what drifted.

What a reader looks up is never written by hand: keys come from the classes that read the files, commands from
the terminal's own parser, measures from a run that has one of everything.
"""

# ruff: noqa: INP001 - a script beside the pages, in no package
from __future__ import annotations

import inspect
import re
import sys
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cisim import errors as raising, measures as measuring, simulate, value as worth
from cisim.cli import main as terminal
from cisim.cli.app import app
from cisim.spec import Model, schemas
from cisim.units import DAY, duration_text
from cisim.value import book as kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent / "reference"
MADE = "<!-- Made from the code by docs/make_reference.py; change the code, not this page. -->"
Json = dict[str, Any]


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Return a Markdown table; bars in cells are escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return [
        "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in line) + " |" for line in lines
    ]


def page(title: str, words: str, lines: list[str]) -> str:
    """Return a whole page."""
    return "\n".join([f"# {title}", "", MADE, "", words, "", *lines]).rstrip() + "\n"


# -- files --------------------------------------------------------------------------------------------

SCALARS = {
    "A duration with its unit.": "duration",
    "A rate.": "rate",
    "A share.": "share",
    "A share that may exceed 100%.": "share, above 100% too",
    "A change.": "signed share",
    "Pounds.": "pounds",
    "A published number.": "number",
    "A published count.": "number",
    "A published share.": "share",
    "Published pounds.": "pounds",
    "A published duration.": "duration",
    "How something moved.": "how it moved",
    "A date.": "date",
    "A time of day.": "time of day",
    "Days of the week.": "days",
    "Days and a time of day.": "'Mon-Fri 09:00'",
    "The name of a pool of beds.": "name of a pool",
}
BY_EXAMPLE = {"35 min": "duration", "2.7 per day": "rate", "24%": "share", "+5%": "signed share"} | {
    "£1,200": "pounds",
    "£14.2m": "pounds",
    "30%": "share",
    "3,000 h": "duration",
    "-21%": "how it moved",
    "5.5 d to 1.2 d": "how it moved",
    "2025-04-01": "date",
    "09:30": "time of day",
    "Mon-Fri": "days",
}
PLAIN = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
WRITING = [
    (
        "duration",
        "`35 min`, `2.5 d`, `1 d 12 h`",
        "s, min, h, d, wk or yr; a month has no fixed length and is refused",
    ),
    ("rate", "`2.7 per day`, `739 per year`", "above zero"),
    ("share", "`24%`, `0.24`", "between 0% and 100%"),
    ("signed share", "`+5%`, `-10%`", ""),
    ("pounds", "`£1,200`, `£52k`, `£1.2m`", "in quotation marks where a comma stands inside `{}` or `[]`"),
    (
        "how it moved",
        "`-21%`, `+28.9%`, `£807.70 to £631.50`, `739 to 1010`",
        "in claims; with its sign, or before and after",
    ),
    ("date", "`2025-04-01`", "between 1900 and 2200"),
    ("moment", "`2025-12-25`, `2025-12-24 18:00`", "a date is its midnight"),
    ("time of day", "`09:30`, `24:00`", "24:00 is the end of the day"),
    ("days", "`Mon-Fri`, `Sat Sun`, `daily`, `weekdays`, `weekend`", ""),
    ("name", "`ward beds`", "at most 80 characters, without `/`; told apart by capitals and spaces"),
]


def kind_of(field: Json) -> str:  # noqa: PLR0911 - one return a kind
    """Return what may stand at a key, in words."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        if name.startswith("NotKnown"):
            return "[form](#numbers-that-are-not-known)"
        return f"[{name}](#{name.lower()})"
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " or ".join(f"`{v}`" for v in field["enum"])
    for example in field.get("examples", [])[:1]:
        if isinstance(example, str) and example in BY_EXAMPLE:
            return BY_EXAMPLE[example]
    if field.get("description") in SCALARS:
        return SCALARS[field["description"]]
    if "anyOf" in field:
        known = [f for f in field["anyOf"] if "NotKnown" not in str(f)]
        return steps_or(list(dict.fromkeys(kind_of(f) for f in known)))
    return container(field)


def steps_or(kinds: list[str]) -> str:
    """Join kinds with 'or'; the kinds of step, of change and of option by one word."""
    if "[Activity](#activity)" in kinds:
        return "[step](#steps)"
    if "[Close](#close)" in kinds:
        return "[option](#options)"
    if "[ReturnClaim](#returnclaim)" in kinds:
        return "[claim](#claims)"
    return "[change](#changes)" if "[Unbatch](#unbatch)" in kinds else " or ".join(kinds)


def container(field: Json) -> str:
    """Return a list, a mapping or a plain value in words."""
    if field.get("type") == "array":
        return f"list of {kind_of(field.get('items', {}))}"
    if isinstance(field.get("additionalProperties"), dict):
        return f"names, each with {kind_of(field['additionalProperties'])}"
    if "properties" in field:
        return "{" + ", ".join(field["properties"]) + "}"
    found = field.get("type", "text")
    return PLAIN.get(found, str(found)) if isinstance(found, str) else "text or number"


def classes() -> dict[str, type]:
    """Return the classes that read files, by name."""
    rooms = [
        import_module(f"cisim.spec.{m}")
        for m in ("fields", "model", "scenario", "value", "experiment", "claims", "records", "study")
    ]
    return {n: c for room in rooms for n, c in vars(room).items() if inspect.isclass(c)}


def default_of(name: str, key: str, field: Json) -> str:
    """Return what holds where a key is left out."""
    if "default" in field:
        stated = field["default"]
        if isinstance(stated, bool):
            return f"`{str(stated).lower()}`"
        return f"`{duration_text(stated)}`" if "duration" in kind_of(field).split() else f"`{stated}`"
    found = getattr(classes().get(name), "model_fields", {})
    stated = next((f.default for n, f in found.items() if (f.alias or n) == key), None)
    if isinstance(stated, bool) or not isinstance(stated, (int, float)):
        return ""
    if isinstance(stated, int):
        return f"`{stated // 3_600_000:02d}:{stated // 60_000 % 60:02d}`"
    return f"`{duration_text(stated)}`"


def keys(name: str, definition: Json) -> list[str]:
    """Return the table of a mapping's keys."""
    wanted = definition.get("required", [])
    rows = [
        (
            f"`{key}`",
            kind_of({k: v for k, v in field.items() if k != "description"} | _scalar(field)),
            "**required**" if key in wanted else default_of(name, key, field),
            field.get("description", ""),
        )
        for key, field in definition.get("properties", {}).items()
    ]
    return table(("key", "what stands there", "if left out", "meaning"), rows)


def _scalar(field: Json) -> Json:
    return {"description": field["description"]} if field.get("description") in SCALARS else {}


UNCERTAIN = {
    "Duration": "a duration",
    "Money": "pounds",
    "UncertainShare": "a share",
    "UncertainRate": "a share, which may exceed 100%",
    "UncertainNumber": "a plain number",
}


def uncertain(name: str, mapping: Json | None) -> list[str]:
    """Return the section of a number in whose place a distribution may stand; the families stand once."""
    words = f"Either {UNCERTAIN[name]}, or a distribution in its place: exactly one of the families"
    lines = [f"### {name}", ""]
    if name != "Duration":
        return [*lines, f"{words} of [Duration](#duration), with this sort of number in it.", ""]
    example = "`{lognormal: {mean: 2 d, sd: 3 d}, source: local data}`"
    words += f" below, such as {example}. A duration is never below zero: `normal` and `beta` are refused."
    return [*lines, words, "", *keys(name, mapping or {}), ""]


def section(name: str, definition: Json) -> list[str]:
    """Return the section of one definition."""
    ways = [w for w in definition.get("anyOf", [definition]) if "NotKnown" not in str(w.get("$ref", ""))]
    mapping = next((w for w in ways if "properties" in w), None)
    words = definition.get("description") or (mapping or {}).get("description", "")
    short = [kind_of(w) for w in ways if "properties" not in w]
    if name in UNCERTAIN:
        return uncertain(name, mapping)
    if name == "Moment":
        return [f"### {name}", "", "A date, or a date and a time: `2025-12-25`, `2025-12-24 18:00`.", ""]
    lines = [f"### {name}", "", words.replace("``", "`").split("\n\n", 1)[0].replace("\n", " "), ""]
    if short:
        lines += [
            f"May be written as {' or '.join(dict.fromkeys(short))}{', or with keys:' if mapping else '.'}",
            "",
        ]
    return [*lines, *(keys(name, mapping) if mapping else []), ""]


STEPS = (
    "Activity", "Stay", "Round", "Batch", "Delay", "Branch", "Repeat", "AllOf", "Leave", "ComesBack", "GoTo", "Own",
)  # fmt: skip
CHANGES = (
    "Unbatch", "Cut", "SetNumber", "SetRota", "Demand", "Route", "SetStep", "SetPriority", "SetPatience", "AddStep",
    "RemoveStep", "MoveOut", "Merge", "SetTurnRound", "Divert",
)  # fmt: skip
KINDS_OF = {
    "model": ("steps", STEPS),
    "scenario": ("changes", CHANGES),
    "claims": (
        "claims",
        (
            "ReturnClaim",
            "SpreadClaim",
            "SavingClaim",
            "UnitCostClaim",
            "ChangeClaim",
            "LeadTimeClaim",
            "StayClaim",
        ),
    ),
    "value": ("options", ("Close", "Redeploy", "Avoid", "Reinvest", "Hold")),
}


UNKNOWN = [
    "## Numbers that are not known",
    "",
    "Wherever a number stands in a model or in a change, `{uncertain: FORM, source: .., note: ..}` may stand; a",
    "value file takes it wherever a distribution may stand there, and its forms without `uncertain:` too. See",
    "[numbers that are not known](../mechanisms/numbers-that-are-not-known.md).",
    "",
    *table(
        ("form", "meaning"),
        [
            ("`{gamma: {mean: 5 h, sd: 30 min}}`", "a family by name, with this sort of number in it"),
            (
                "`{mean: 5 h, interval: [4 h, 6 h]}`",
                "a mean with its 95% interval; another with `level: 90%`",
            ),
            ("`{mean: 5 h, se: 30 min}`", "a mean with its standard error"),
            ("`{quantiles: {5%: 3 h, 50%: 5 h, 95%: 9 h}}`", "an expert's values by their chance"),
            (
                "`family: lognormal` beside the last three",
                "the family that is fitted, in place of the implied one",
            ),
            (
                "`{dirichlet: {home: 130, ward: 70}}`",
                "of shares that sum to one: the patients counted on each",
            ),
            (
                "`{dirichlet: {home: 65%, ward: 35%}, size: 200}`",
                "the shares, as sure as so many patients make them",
            ),
        ],
    ),
]


def files() -> str:
    """Return the page of every key."""
    lines = [
        "A key that is not listed is refused, with its line. Most things may carry a `note` and a `source`.",
        "",
        "## How values are written",
        "",
        *table(("what", "such as", "beside that"), [(w, e, n) for w, e, n in WRITING]),
        "",
    ]
    lines += [*UNKNOWN, ""]
    told: set[str] = {"NotKnown", "NotKnownForm", "NotKnownShares", "NotKnownBare"}
    for kind, schema in schemas().items():
        lines += [f"## {kind.capitalize()} files", "", schema.get("description", ""), ""]
        lines += [*keys(kind.capitalize(), schema), ""]
        word, members = KINDS_OF.get(kind, ("", ()))
        if word:
            links = ", ".join(f"[{m}](#{m.lower()})" for m in members)
            lines += [
                f"### {word.capitalize()}",
                "",
                f"One of: {links}. Each begins with the key of its kind.",
                "",
            ]
        rest = sorted(set(schema["$defs"]) - told - set(members))
        for name in (*members, *rest):
            if name not in told:
                lines += section(name, schema["$defs"][name])
                told.add(name)
    return page(
        "Every key of every file",
        "Five kinds of YAML file: a model, a scenario, what things are worth, "
        "an experiment that asks a question of them, and what was claimed.",
        lines,
    )


# -- commands -----------------------------------------------------------------------------------------


def commands() -> str:
    """Return the page of commands, from the terminal's parser."""
    group: Any = typer.main.get_command(app)
    lines = []
    for name, command in group.commands.items():
        given = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option"]
        usage = f"cisim {name}" + (" [OPTIONS]" if options else "")
        usage += "".join(f" {p.metavar or p.name.upper()}" for p in given)
        lines += [
            f"## cisim {name}",
            "",
            inspect.cleandoc(command.help or ""),
            "",
            "```text",
            usage,
            "```",
            "",
        ]
        rows = [(f"`{p.metavar or p.name.upper()}`", getattr(p, "help", "") or "", "") for p in given]
        rows += [(f"`{p.opts[0]}`", p.help or "", shown(p)) for p in options]
        if rows:
            lines += [*table(("", "meaning", "if left out"), rows), ""]
    lines += ["## Exit codes", "", *table(("code", "meaning"), exit_codes()), ""]
    return page(
        "Commands",
        inspect.cleandoc(group.help or "") + " `cisim --version` prints the version; "
        "`cisim COMMAND --help` says what stands here.",
        lines,
    )


def shown(option: Any) -> str:
    """Return the default of an option as the terminal tells it."""
    if isinstance(option.show_default, str):
        return f"`{option.show_default}`"
    return f"`{option.default}`" if isinstance(option.default, (str, int, float)) else ""


def exit_codes() -> list[tuple[str, str]]:
    """Return the exit codes that the door's docstring states."""
    words = " ".join((inspect.getdoc(terminal) or "").split("Returns")[1].split())
    return [("`" + code + "`", text.strip(" .")) for code, text in re.findall(r"(\d+) ([a-z][^;.]+)", words)]


# -- Python -------------------------------------------------------------------------------------------

DOORS = (
    "cisim",
    "cisim.textbook",
    "cisim.spec",
    "cisim.engine",
    "cisim.eventlog",
    "cisim.measures",
    "cisim.value",
    "cisim.claims",
    "cisim.analysis",
    "cisim.decision",
    "cisim.calibrate",
    "cisim.before_after",
    "cisim.runs",
    "cisim.report",
    "cisim.network",
    "cisim.distributions",
    "cisim.fitting",
    "cisim.streams",
    "cisim.units",
)


def first_sentence(thing: object) -> str:
    """Return the first paragraph of a docstring in one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split()).replace("``", "`")


def entry(name: str, thing: object) -> tuple[str, str]:
    """Return a name with its signature, and what it is."""
    if inspect.isfunction(thing):
        return f"`{name}{signature(thing)}`", first_sentence(thing)
    if inspect.isclass(thing):
        named = getattr(thing, "_fields", None)
        named = [f.name for f in fields(thing)] if is_dataclass(thing) else named
        return f"`{name}`", first_sentence(thing) + (f" Fields: {', '.join(named)}." if named else "")
    if inspect.ismodule(thing):
        return f"`{name}`", first_sentence(thing)
    return f"`{name}`", f"A constant ({type(thing).__name__})." if not callable(thing) else "A kind of value."


def signature(thing: Callable[..., object]) -> str:
    """Return a signature as it is written, the same in every version of Python."""
    found = inspect.signature(thing)
    words, star = [], False
    for one in found.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not star:
            words.append("*")
            star = True
        star = star or one.kind is one.VAR_POSITIONAL
        kind = "" if one.annotation is one.empty else f": {one.annotation}"
        words.append(f"{one.name}{kind}" + ("" if one.default is one.empty else f" = {one.default!r}"))
    return f"({', '.join(words)}) -> {found.return_annotation}"


def python() -> str:
    """Return the page of the Python door and of the rooms' doors."""
    lines = []
    for door in DOORS:
        room = import_module(door)
        lines += [f"## {door}", "", first_sentence(room), ""]
        lines += table(("name", "what it does"), [entry(n, getattr(room, n)) for n in room.__all__])
        lines += [""]
    return page(
        "The Python door",
        "`import cisim` is the front door. Each room has a door of its own, and what stands "
        "in its `__all__` is meant for use; everything else may change.",
        lines,
    )


# -- measures -----------------------------------------------------------------------------------------

EVERYTHING = {
    "cisim": 1,
    "model": "one of everything",
    "start": "2024-01-01",
    "pools": {
        "ward": {"number": 2},
        "clinic": {"kind": "slots", "number": 5},
        "doctor": {"kind": "staff", "number": 1},
    },
    "calendars": {"rounds": {"openings": ["daily 09:00"]}},
    "pathways": {
        "p": {
            "arrivals": {"listed": ["0 h", "1 h", "2 h"]},
            "steps": [
                {"activity": "see", "needs": {"doctor": 1}, "duration": "1 h"},
                {
                    "stay": "in bed",
                    "beds": ["ward"],
                    "steps": [
                        {"round": "round", "calendar": "rounds"},
                        {"batch": "batch", "number": 2, "at_most": "1 h"},
                    ],
                },
                {
                    "all_of": "discharge",
                    "parts": [
                        {"part": "transport", "steps": [{"delay": "wait", "duration": "1 h"}]},
                        {"part": "medicines", "steps": [{"delay": "pack", "duration": "2 h"}]},
                    ],
                },
                {"stay": "at home", "beds": ["clinic"], "steps": [{"delay": "rest", "duration": "1 h"}]},
                {"leave": "home"},
            ],
        }
    },
}


def measures() -> str:
    """Return the page of measures: names and units from a run, meanings from the docstring of the room."""
    log = simulate(Model.model_validate(EVERYTHING), 7 * DAY)
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for m in measuring.measure(log, 0, log.end, weekly=False):
        of = "step" if m.step else "pathway" if m.pathway else "pool"
        statistic = {
            "outcomes": "(the outcome)",
            "occupancy_distribution": "(the number held)",
            **dict.fromkeys(("last_part", "last_part_time"), "(the part)"),
        }.get(m.measure, m.statistic)
        row = found.setdefault((m.measure, statistic), {"unit": set(), "of": set()})
        row["unit"].add(m.unit)
        row["of"].add(of)
    rows = [
        (f"`{n}`", f"`{s}`", ", ".join(sorted(v["of"])), ", ".join(sorted(v["unit"])))
        for (n, s), v in found.items()
    ]
    words = inspect.getdoc(measuring) or ""
    lines = [
        *table(("measure", "statistic", "of", "unit"), rows),
        "",
        "## What each means",
        "",
        "```text",
        re.sub(r"^.*?\n(?======)", "", words, flags=re.DOTALL).strip(),
        "```",
        "",
        "## The audit",
        "",
        first_sentence(measuring.audit) + " " + " ".join(audited(measuring.audit)),
        "",
        *table(("check", "in words, of a run with nothing wrong"), checks_of(measuring.audit(log))),
        "",
    ]
    return page(
        "Measures",
        "Every number about a window of a log, simulated or of real patients. In a fact of an "
        "experiment they are written as here; in Python `measure(log, start, end)` gives them "
        "all.",
        lines,
    )


def audited(function: object) -> Iterator[str]:
    """Yield what the audit's docstring says of its checks."""
    words = (inspect.getdoc(function) or "").partition("list of Check\n")[2]
    yield " ".join(words.split())


def checks_of(checks: list[Any]) -> list[tuple[str, str]]:
    """Return each kind of check once."""
    return list({c.check: (c.check, c.text) for c in reversed(checks)}.values())[::-1]


# -- errors -------------------------------------------------------------------------------------------


def errors() -> str:
    """Return the page of errors, as a tree."""
    lines = ["```text", *branch(raising.CisimError), "", *branch(raising.CisimWarning), "```", ""]
    found = [getattr(raising, n) for n in raising.__all__ if inspect.isclass(getattr(raising, n))]
    lines += table(
        ("error", "exit code", "meaning"),
        [(f"`{c.__name__}`", str(getattr(c, "exit_code", "")), first_sentence(c)) for c in found],
    )
    lines += [
        "",
        (
            "A mistake in a file is told as `file:line:column: where: got X, want Y`, all of them at once, "
            "with the nearest right name where a name is wrong. Anything else that goes wrong is a fault of "
            "cisim and exits with 70."
        ),
        "",
    ]
    return page(
        "Errors",
        "Every error that cisim raises on purpose. All can be caught as `cisim.errors.CisimError`.",
        lines,
    )


def branch(error: type, depth: int = 0) -> list[str]:
    """Return an error and those under it, indented."""
    under = [line for c in error.__subclasses__() for line in branch(c, depth + 1)]
    return ["    " * depth + error.__name__, *under]


# -- ledger -------------------------------------------------------------------------------------------

COLUMN_WORDS = {
    "scenario": "the option",
    "project": "the valued scenario",
    "draw": "number of the draw, from 0",
    "replication": "replication that the draw was combined with",
    "year": "calendar year",
    "use": "see below",
    "item": "programme item, running item, option or pathway",
    "pool": "pool, where it is about one",
    "owner": "who pays or gains",
    "category": "what sort of benefit; see the value file",
    "kind": "see below",
    "budget_line": "budget line, its holder and the date, of a closure",
    "transfer": "name of a payment between owners",
    "recurrent": "false for what is paid once",
    "quantity": "how many, a year",
    "unit": "of what",
    "unit_value": "value of one; missing where there is no price",
    "amount": "quantity x unit value; 0 where unmonetised",
    "currency": "GBP, QALY, or nothing",
    "source": "source of the number",
    "evidence": "how it is known",
    "status": "forecast; or capacity, no cash, and why",
}


def ledger() -> str:
    """Return the page of the ledger: columns, uses, kinds, checks, returns and perspectives."""
    made = import_module("cisim.value.ledger")
    missing = set(worth.COLUMNS) ^ set(COLUMN_WORDS)
    if missing:
        msg = f"COLUMN_WORDS and the ledger differ in {sorted(missing)}"
        raise SystemExit(msg)
    views = [
        (
            p.name,
            ", ".join(p.owners) if p.owners else "everybody",
            pounds(p.pounds_per_qaly),
            p.money.name,
            p.health.name,
            "yes" if p.staff_time else "no",
            p.source,
        )
        for p in worth.PERSPECTIVES.values()
    ]
    lines = [
        "## Columns",
        "",
        *table(("column", "meaning"), [(f"`{c}`", COLUMN_WORDS[c]) for c in worth.COLUMNS]),
        "",
        "## Uses",
        "",
        "```text",
        (inspect.getdoc(made) or "").partition("\n\n")[2].strip(),
        "```",
        "",
        "## Kinds",
        "",
        *table(
            ("kind", "meaning"),
            [
                (f"`{kinds.CASH}`", "money that is really paid, or really no longer paid"),
                (
                    f"`{kinds.NON_CASH}`",
                    "worth money or health, and no payment falls: staff time, extra patients",
                ),
                (f"`{kinds.SOCIETAL}`", "worth to others than the services that pay: people and planet"),
                (
                    f"`{kinds.UNMONETISED}`",
                    "counted and not priced: bed-days, hours, patients, closures that name no budget",
                ),
            ],
        ),
        "",
        "## Physical quantities",
        "",
        "```text",
        (inspect.getdoc(import_module("cisim.value.disposition")) or "").strip(),
        "```",
        "",
        "## Checks of every ledger",
        "",
        "```text",
        checks_words(worth.checks),
        "```",
        "",
        "## Returns",
        "",
        "```text",
        (inspect.getdoc(import_module("cisim.value.returns")) or "").strip(),
        "```",
        "",
        *table(("figure", "formula"), [(f"`{k}`", v) for k, v in worth.FORMULAE.items()]),
        "",
        "## Perspectives",
        "",
        *table(
            ("perspective", "whose money", "a QALY", "money at", "health at", "staff time counts", "source"),
            views,
        ),
        "",
    ]
    return page(
        "The ledger",
        "One table of every option, draw and year: `ledger.parquet` in a run folder, `Results.ledger` "
        "in Python.",
        lines,
    )


def pounds(worth: tuple[float, float] | None) -> str:
    """Return what a QALY is worth under a perspective."""
    if worth is None:
        return "not priced"
    return f"£{worth[0]:,.0f}" if worth[0] == worth[1] else f"£{worth[0]:,.0f} to £{worth[1]:,.0f}"


def checks_words(function: object) -> str:
    """Return the list of checks in a docstring."""
    return (inspect.getdoc(function) or "").partition("\n\n")[2].strip()


PAGES: dict[str, Callable[[], str]] = {
    "files.md": files,
    "commands.md": commands,
    "python.md": python,
    "measures.md": measures,
    "errors.md": errors,
    "ledger.md": ledger,
}


def main() -> int:
    """Write the pages; with --check write nothing and return 1 where one has drifted."""
    drifted = []
    HERE.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        path, text = HERE / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            drifted.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8", newline="\n")
    sys.stdout.write(
        f"{', '.join(drifted) or 'nothing'} {'drifted' if '--check' in sys.argv else 'written'}\n"
    )
    return 1 if drifted and "--check" in sys.argv else 0


if __name__ == "__main__":
    raise SystemExit(main())
