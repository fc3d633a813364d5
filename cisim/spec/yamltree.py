"""A YAML file as plain data, with the line and column of every key and value.

A planner's file is data and nothing else: no anchors, aliases, tags or directives (with which a small file
can become a huge one), one document, text keys, each once. Guards stand before the parser, so that a file
of any size or make is refused in a moment, in words.
"""

from __future__ import annotations

import math
import re
import stat
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from cisim.errors import FileProblems, Problem
from cisim.spec.syntax import Place, explain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["MOST_BYTES", "MOST_DEPTH", "MOST_NODES", "Trail", "Tree", "read_bytes", "read_tree"]

MOST_BYTES = 1_000_000
MOST_DEPTH = 40
MOST_NODES = 100_000

_DEEP_WORDS = f"got more than {MOST_DEPTH} levels of settings inside settings; is a bracket missing?"
_MANY_WORDS = f"got more than {MOST_NODES:,} values; put long lists of data into a CSV file"

Trail = tuple[str | int, ...]
"""The keys and list indices (from 0) that lead from the top of a file to a place in it."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What a file says, and where.

    Attributes
    ----------
    file : str
        The file as the user wrote it.
    data : Any
        Mappings, lists, text, whole numbers, floats, booleans and None. Dates and clock times stay text.
    keys, values : dict of Trail to (line, column)
        Where each key and each value stands, counted from 1.
    problems : list of Problem
        Mistakes that do not stop the reading, such as a key written twice.
    """

    file: str
    data: Any
    keys: dict[Trail, Place] = field(repr=False)
    values: dict[Trail, Place] = field(repr=False)
    problems: list[Problem] = field(default_factory=list)

    def at(self, trail: Trail, *, key: bool = False) -> Place:
        """Return the place of a value (or of its key), or of the nearest thing around it that is written."""
        places = self.keys if key else self.values
        if trail in places:
            return places[trail]
        while trail and trail not in self.keys and trail not in self.values:
            trail = trail[:-1]
        return self.keys.get(trail) or self.values.get(trail) or (1, 1)


def _whole_file(file: str, text: str) -> FileProblems:
    return FileProblems([Problem(file, 0, 0, "", text)])


def read_bytes(path: Path, file: str) -> bytes:
    """Return the bytes of a file of reasonable size.

    Raises
    ------
    FileProblems
        If it is not an ordinary file, cannot be read, or is above one megabyte; `file` is how it is named.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise _whole_file(file, "got a folder, want a file; name the .yaml file inside it")
        if not stat.S_ISREG(found.st_mode):
            raise _whole_file(file, "got something that is not an ordinary file, want a .yaml file")
        if found.st_size > MOST_BYTES:
            size = f"{found.st_size / 1e6:.3g} MB"
            raise _whole_file(file, f"got {size}, want 1 MB or less; put long lists of data into a CSV file")
        return path.read_bytes()
    except FileNotFoundError:
        raise _whole_file(file, "there is no such file" + _file_hint(path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise _whole_file(file, f"the file cannot be read: {reason.lower()}") from None


def _file_hint(path: Path) -> str:
    parent = path.parent
    if not parent.is_dir():
        return f"; its folder '{parent.name or parent}' does not exist either"
    names = sorted(p.name for p in parent.iterdir() if p.suffix in {".yaml", ".yml"})
    close = get_close_matches(path.name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean '{close[0]}'?"
    return "; its folder has " + ", ".join(f"'{n}'" for n in names) if 0 < len(names) <= 8 else ""


def _text(raw: bytes, file: str) -> str:
    if b"\0" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _whole_file(file, "got a binary file, want YAML text; is this a spreadsheet or a picture?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        words = "got a character that is not UTF-8, want UTF-8 text; save the file again as UTF-8"
        raise FileProblems([Problem(file, line, column, "", words)]) from None
    if not any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines()):
        raise _whole_file(
            file, "the file is empty, want settings such as 'cisim: 1'; `cisim new` writes an example"
        )
    return text


# More brackets or dashes in a row than levels are allowed: the parser would take minutes to say so.
_DEEP = re.compile(rf"(?:[\[{{] *){{{MOST_DEPTH + 1}}}|(?:[-?:] +){{{MOST_DEPTH + 1}}}")


def _too_much(text: str, file: str) -> None:
    """Refuse, before the slow parser sees it, a text that is plainly too deep or too long."""
    deep = _DEEP.search(text)
    if deep:
        place = _place(text, deep.start())
        raise FileProblems([Problem(file, *place, "", _DEEP_WORDS)])
    if text.count(",") + text.count("\n") > MOST_NODES:
        ends = list(islice(re.finditer("[,\n]", text), MOST_NODES))
        place = _place(text, ends[-1].start())
        raise FileProblems([Problem(file, *place, "", _MANY_WORDS)])


def _place(text: str, offset: int) -> Place:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def read_tree(path: Path, file: str) -> tuple[Tree, bytes]:
    """Return what a YAML file says, with positions, and its bytes.

    Raises
    ------
    FileProblems
        If it cannot be read as one document of settings; `file` is how the file is named in the messages.
    """
    raw = read_bytes(path, file)
    text = _text(raw, file)
    _too_much(text, file)
    builder = _Builder(file)
    try:
        for event in _events(text):
            if builder.take(event):
                break
    except YAMLError as error:
        mark = (error.problem_mark or error.context_mark) if isinstance(error, MarkedYAMLError) else None
        place, words = explain(error, text, mark)
        builder.problems.append(Problem(file, *place, "", words))
        raise FileProblems(builder.problems) from None
    except (ValueError, IndexError, KeyError, AttributeError, AssertionError, TypeError, RecursionError):
        # The parser's own stumbles over nonsense: told as what they mean to the writer.
        raise FileProblems([Problem(file, 1, 1, "", "got text that is not readable as YAML")]) from None
    tree = builder.tree()
    if builder.fatal:
        raise FileProblems(tree.problems)
    return tree, raw


def _events(text: str) -> Iterator[Event]:
    # Directives could switch the rules of the language; the parser would also warn about them.
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("%"):
            raise MarkedYAMLError(problem="directive", problem_mark=_Mark(number - 1, 0))
        if line.strip() and not line.startswith("#"):
            break
    return cast("Iterator[Event]", YAML(typ="safe", pure=True).parse(text))


@dataclass(frozen=True, slots=True)
class _Mark:
    line: int
    column: int


_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def scalar(text: str, *, plain: bool) -> Any:
    """Return a scalar's value by YAML 1.2's core rules, less dates, infinities and other bases.

    >>> (
    ...     scalar("12:30", plain=True),
    ...     scalar("0.5", plain=True),
    ...     scalar("no", plain=True),
    ...     scalar("5", plain=False),
    ... )
    ('12:30', 0.5, 'no', '5')
    """
    if not plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


_SECOND = "\n"  # marks a name written twice while its second value is passed over


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read; `key` is the mapping's key that waits for its value."""

    node: dict[str, Any] | list[Any]
    trail: Trail
    key: str | None = None


class _Builder:
    """Builds data from parser events without recursion, so that depth is ours to limit."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.fatal = False
        self.root: Any = None
        self.stack: list[_Open] = []
        self.keys: dict[Trail, Place] = {}
        self.values: dict[Trail, Place] = {}
        self.nodes = 0
        self.documents = 0

    def tree(self) -> Tree:
        if not self.fatal and not isinstance(self.root, dict):
            got = "a list" if isinstance(self.root, list) else f"the single value {self.root!r}"
            line, column = self.values.get((), (1, 1))
            self.refuse(
                line, column, f"got {got}, want settings, one 'name: value' a line, such as 'cisim: 1'"
            )
        return Tree(self.file, self.root, self.keys, self.values, self.problems)

    def refuse(self, line: int, column: int, text: str, *, fatal: bool = True) -> None:
        where = (
            ".".join(str(p if isinstance(p, str) else p + 1) for p in self.next_trail()) if not fatal else ""
        )
        self.problems.append(Problem(self.file, line, column, where, text))
        self.fatal = self.fatal or fatal

    def next_trail(self) -> Trail:
        if not self.stack:
            return ()
        top = self.stack[-1]
        return (*top.trail, len(top.node) if isinstance(top.node, list) else top.key or "")

    def take(self, event: Event) -> bool:
        """Take one event; True means that reading on is of no use."""
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.refuse(
                    *place,
                    "got a second document ('---'), want one document a file; make it a file of its own",
                )
                return True
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self.stack.pop()
        elif isinstance(event, AliasEvent):
            self.refuse(
                *place,
                f"got the alias '*{event.anchor}', want the value itself; write it out where it is used",
            )
            self.add(None, place)
        elif isinstance(event, (ScalarEvent, MappingStartEvent, SequenceStartEvent)):
            return self.take_node(event, place)
        return False

    def take_node(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent, place: Place) -> bool:
        self.nodes += 1
        if event.anchor is not None:
            self.refuse(
                *place,
                f"got the anchor '&{event.anchor}', want plain values; write each value out where it is used",
            )
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self.refuse(*place, f"got the tag '{tag}', want plain values; take the tag away")
        if self.nodes > MOST_NODES:
            self.refuse(*place, _MANY_WORDS)
            return True
        if isinstance(event, ScalarEvent):
            self.add_scalar(event, place)
            return False
        if len(self.stack) >= MOST_DEPTH:
            self.refuse(*place, _DEEP_WORDS)
            return True
        self.open(event, place)
        return False

    def open(self, event: MappingStartEvent | SequenceStartEvent, place: Place) -> None:
        if self.wants_key():
            self.refuse(*place, "got a list or settings as the name of a setting, want text before the ':'")
            self.stack[-1].key = ""  # what follows is read as that name's value, to find further mistakes
        node: dict[str, Any] | list[Any] = {} if isinstance(event, MappingStartEvent) else []
        trail = self.next_trail()
        self.add(node, place)
        self.stack.append(_Open(node, trail))

    def wants_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].node, dict) and self.stack[-1].key is None

    def add_scalar(self, event: ScalarEvent, place: Place) -> None:
        if not self.wants_key():
            self.add(scalar(event.value, plain=event.style is None), place)
            return
        top = self.stack[-1]
        top.key = str(event.value)
        trail = (*top.trail, top.key)
        if not top.key:
            self.refuse(*place, "got a ':' with no name before it, want 'name: value'", fatal=False)
        if trail in self.keys:
            first = self.keys[trail][0]
            self.refuse(
                *place, f"'{top.key}' stands here a second time, first on line {first}; keep one", fatal=False
            )
            top.key = _SECOND + top.key
        else:
            self.keys[trail] = place

    def add(self, node: Any, place: Place) -> None:
        trail = self.next_trail()
        self.values.setdefault(trail, place)
        if not self.stack:
            self.root = node
        elif isinstance(self.stack[-1].node, list):
            self.stack[-1].node.append(node)
        else:
            top = self.stack[-1]
            if top.key is None:  # an alias used as a name, refused already
                top.key = ""
                return
            if not top.key.startswith(_SECOND):  # a name's first value counts
                cast("dict[str, Any]", top.node)[top.key] = node
            top.key = None
