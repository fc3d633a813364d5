"""``cisim claim``: what somebody's figures imply, told in the order in which a board would ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cisim.claims import implied, words, words_with_ends
from cisim.cli.say import bad, say, table, title
from cisim.errors import FileProblems, ModelError, Problem
from cisim.spec import claim_from, read_claims

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cisim.claims import Implied

__all__ = ["claim_file", "claim_said", "tell_claim"]

_GRADES = {"sized": "sized", "unsized": "UNSIZED: no amount", "elapsed time": "ELAPSED TIME: no amount"}
_HOLDS = {True: "yes", False: "NO", None: "cannot be checked"}


def claim_said(settings: Mapping[str, object]) -> None:
    """Tell what a claim from the command line implies.

    Raises
    ------
    FileProblems
        With every mistake, each with its option.
    ModelError
        If it is no kind of claim, or several at once.
    """
    tell_claim(implied(claim_from(_with_points(settings))))


def _with_points(settings: Mapping[str, object]) -> dict[str, object]:
    """Return the settings, returns at several spreads ('2.32 at 30%') put together."""
    made = {k: v for k, v in settings.items() if k != "return"}
    given = settings.get("return")
    said = [str(one) for one in given] if isinstance(given, (list, tuple)) else []
    spread = [one for one in said if " at " in one]
    if spread and len(spread) == len(said):
        made["returns"] = {
            one.partition(" at ")[2].strip(): one.partition(" at ")[0].strip() for one in spread
        }
    elif len(said) == 1:
        made["return"] = said[0]
    elif said:
        text = f"got {', '.join(map(repr, said))}, want one return, or each with its spread: '2.32 at 30%'"
        raise FileProblems([Problem("--return", 0, 0, "", text)])
    made.setdefault("claim", "the claim")
    return made


def claim_file(path: Path, settings: Mapping[str, object]) -> None:
    """Tell what each claim of a file implies, then all of them in one table.

    Raises
    ------
    FileProblems
        With every mistake of the file.
    ModelError
        If options stand beside the file, or what was given looks like a claim itself.
    """
    if settings:
        names = " ".join("--" + name.replace("_", "-") for name in settings)
        text = f"got {str(path)!r} and {names}, want a claims file or options, not both; put several words in quotes"
        raise ModelError("FILE", text)
    if not path.exists() and path.suffix not in {".yaml", ".yml"}:
        text = (
            f"got {str(path)!r}, want a claims file; a claim itself is given with an option, "
            "such as --return 15.41 --benefit £14.2m"
        )
        raise ModelError("FILE", text)
    found = read_claims(path)
    told = [implied(claim) for claim in found.stated]
    say(found.claims, "bold")
    for claim, one in zip(found.stated, told, strict=True):
        tell_claim(one, claim.source)
    if len(told) > 1:
        title("All of them")
        table(
            ("claim", "claimed", "sized?", "do its figures agree?", "cash shown", "cash at most"),
            [_row(one) for one in told],
        )


def _row(one: Implied) -> tuple[str, ...]:
    cash = one.cash
    return (
        one.claim,
        one.said,
        one.grade,
        _HOLDS[one.holds],
        words(cash.shown, "£") if cash.shown is not None else "none",
        words(cash.at_most, "£") if cash.at_most is not None else "no amount",
    )


def tell_claim(one: Implied, source: str = "") -> None:
    """Print one claim: what it means first, then its figures, its cash and what is missing."""
    title(f"{one.claim}: {one.said}" if one.claim != "the claim" else one.said)
    for sentence in one.means:
        say(sentence)
    _figures(one)
    say()
    _cash(one)
    if one.missing:
        say("What is missing:")
        for lacks in one.missing:
            say(f"  - {lacks}")
    _small(one.rests_on, source)


_READ_AS = {"gross": "benefit / cost (gross)", "net": "(benefit - cost) / cost (net)"}


def _figures(one: Implied) -> None:
    """Print the implied figures; readings of a return beside each other."""
    if not one.lines:
        return
    readings = list(dict.fromkeys(line.reading for line in one.lines))
    cells: dict[str, dict[str, str]] = {}
    for line in one.lines:
        cells.setdefault(line.what, {})[line.reading] = words_with_ends(line.figure, line.unit)
    say()
    heads = ["", *(_READ_AS.get(reading, "") for reading in readings)]
    rows = [[what, *(made.get(reading, "-") for reading in readings)] for what, made in cells.items()]
    table(heads, rows)


def _cash(one: Implied) -> None:
    cash = one.cash
    shown = words(cash.shown, "£") if cash.shown is not None else "none is shown"
    at_most = ""
    if cash.at_most is not None:
        at_most = (
            ", and none can be"
            if cash.at_most.high == 0
            else f", at most {words(cash.at_most, '£')} could be"
        )
    text = f"Cash: {shown}{at_most} ({cash.why})."
    say(text) if cash.shown is not None else bad(text)


def _small(rests_on: Sequence[str], source: str) -> None:
    for line in rests_on:
        say(f"{line[:1].upper()}{line[1:]}.", "dim")
    if source:
        say(f"Source: {source}", "dim")
