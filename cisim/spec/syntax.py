"""The parser's complaints in a planner's words, each with a cure."""

from __future__ import annotations

from typing import Protocol

from ruamel.yaml.error import MarkedYAMLError, YAMLError

__all__ = ["Place", "explain"]

Place = tuple[int, int]
"""Line and column, counted from 1."""

_OPENED = (
    ("quoted scalar", "a quotation mark opens here and is never closed; close it on the same line"),
    ("flow sequence", "a list opens with '[' here, want values with commas between and ']' at the end"),
    (
        "flow mapping",
        "settings open with '{' here, want 'name: value' with commas between and '}' at the end",
    ),
)
_CURES = (
    ("directive", "got a line that begins with '%', want settings only; take the line away"),
    (
        "mapping values are not allowed",
        (
            "got a second ':' where none can stand, want one 'name: value' a line with matching indentation; "
            "put text that holds ': ' in quotes"
        ),
    ),
    ("could not find expected ':'", "got a line without ':', want 'name: value' (a space after the ':')"),
    ("unknown escape", "got a '\\' in double quotes, want single quotes around text that holds a '\\'"),
    ("but found '}'", "got a '}' that closes nothing; take it away or open it with '{'"),
    ("but found ']'", "got a ']' that closes nothing; take it away or open it with '['"),
    (
        "block end",
        (
            "got a line that does not fit the lines above, want the same number of spaces before settings "
            "of one level, and '- ' only before the entries of a list"
        ),
    ),
    ("block entry", "got '- ' where a list cannot begin, want the list on its own lines under its name"),
    (
        "entries are not allowed",
        "got '- ' where a list cannot begin, want the list on its own lines under its name",
    ),
    ("document start", "got text after the end of the settings; is the indentation right?"),
    ("comment", "got '#' against the text before it, want a space before '#'"),
)


class _Marked(Protocol):
    line: int
    column: int


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number] if 0 <= number < len(lines) else ""


def _unreadable_character(error: YAMLError, text: str) -> tuple[Place, str]:
    position = getattr(error, "position", 0) or 0
    before = text[:position]
    place = (before.count("\n") + 1, position - before.rfind("\n"))
    character = getattr(error, "character", 0)
    code = character if isinstance(character, int) else ord(str(character)[:1] or "\0")
    return place, f"got an invisible character (code {code}), want plain text; delete it and type it again"


def explain(error: YAMLError, text: str, mark: _Marked | None) -> tuple[Place, str]:
    """Return where a syntax mistake stands and what it is, in words with a cure."""
    if not isinstance(error, MarkedYAMLError):
        return _unreadable_character(error, text)
    problem, context = str(error.problem or ""), str(error.context or "")
    place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    opened = error.context_mark
    if (
        mark
        and "\t"
        in _line(text, mark.line)[: len(_line(text, mark.line)) - len(_line(text, mark.line).lstrip())]
    ):
        column = _line(text, mark.line).index("\t") + 1
        return (
            place[0],
            column,
        ), "got a tab before the text, want spaces; let your editor turn tabs into spaces"
    if "cannot start any token" in problem:
        character = problem.split("'")[1] if "'" in problem else "?"
        return place, f"got text that begins with '{character}', want quotes around such text"
    for words, told in _OPENED:
        if words in context and "escape" not in problem:
            return ((opened.line + 1, opened.column + 1) if opened else place), told
    if "could not find expected ':'" in problem and opened:
        place = (opened.line + 1, opened.column + 1)  # the line itself, not the one after it
    for words, told in _CURES:
        if words in problem or words in context:
            return place, told
    return place, "got text that does not fit here, want 'name: value' lines with matching indentation"
