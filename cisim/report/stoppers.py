"""What makes a reader stop: pure functions over the words of a page, each of which says what it found, or nothing.

A finance director stops at room called cash, a clinician at freed hours among savings, a commissioner where no
loser is named, everybody at decimals that the evidence does not carry and at letters that stand for words.
Pages are held to these by tests, and `cisim report` says what a planner's own words brought in.
"""

# ruff: noqa: RUF001, RUF002 - a true minus sign is meant
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html.parser import HTMLParser
from typing import NamedTuple

from cisim.report.digits import place

__all__ = [
    "STOPPERS",
    "Passage",
    "Stop",
    "acronyms",
    "hours_in_savings",
    "losers_unnamed",
    "passages",
    "qalys_among_cash",
    "room_called_cash",
    "stops",
    "too_many_decimals",
]


class Passage(NamedTuple):
    """One passage of a page: the sheet it stands on, its heading, what stands over it in a table, its words."""

    sheet: int
    heading: str
    over: str
    words: str


class Stop(NamedTuple):
    """Where a reader would stop, and at what."""

    reader: str
    why: str
    words: str


_TEXTS = ("p", "li", "td", "th", "h1", "h2", "figcaption", "caption")
_VOID = ("meta", "br", "path", "use", "rect", "link")
_AMOUNT = r"[−-]?£?\d[\d,]*(?:\.\d+)?(?:bn|[mk])?%?"
_ROOM = r"(?:capacity|bed-days?|beds?|room|hours?|theatre sessions?|slots?|time)"
_SAVE = re.compile(r"\b(?:sav(?:e|es|ed|ing|ings)|cost improvement|efficienc(?:y|ies))\b", re.IGNORECASE)
_FREED = re.compile(
    r"\b(?:freed|released|given back|no longer lost)\b[^.;]{0,40}\b(?:hours?|time|beds?|bed-days?)\b"
    r"|\b(?:hours?|time|bed-days?)\b[^.;]{0,40}\b(?:freed|released|given back|saved)\b"
    r"|\b[\d,]+ (?:hours?|bed-days?)\b",
    re.IGNORECASE,
)
_HEALTH = re.compile(r"\bQALYs?\b|quality-adjusted|years? in full health|health gain", re.IGNORECASE)
_CASH = re.compile(r"\bcash\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:no|not|nothing|never|neither|nor|without)\b", re.IGNORECASE)
_PRICED_ROOM = re.compile(
    rf"£[\d.,]+(?:bn|[mk])? of (?:\w+ )?{_ROOM}\b"
    rf"|\b{_ROOM}\b[^.;£]{{0,30}}\bworth £"
    rf"|\b{_ROOM}\b[^.;£]{{0,12}}\(£"
    rf"|\b{_ROOM}\b[^.;]{{0,25}}\b(?:is|are|as|means?|gives?|yields?) (?:\w+ )?cash\b"
    rf"|\bcash\b[^.;]{{0,25}}\b(?:from|of|in) (?:the )?(?:freed |released )?{_ROOM}\b",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"\b(?:[A-Z]{2,}s?|[A-Z]\d{2})\b")
KNOWN = frozenset({"NHS"})
"""Letters that every reader in the service says as a word; and P50 is not among them."""
_RANGE = re.compile(rf"({_AMOUNT})[^()\d£]{{0,24}}\((?:[^()]*?)({_AMOUNT}) to ({_AMOUNT})[^()]*\)")
_SCALES = {"k": 3, "m": 6, "bn": 9}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Passage] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.sheet, self.heading, self.column = 0, "", 0
        self.heads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "section" and ("class", "sheet") in attrs:
            self.sheet += 1
        if tag == "table":
            self.heads = []
        if tag == "tr":
            self.column = 0
        if tag == "span" and self.words:
            # What stands small below a figure is its range.
            self.words.append(" (")
        if tag in _TEXTS:
            self.words = []

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        self.open.pop()
        if tag == "span" and self.words:
            self.words.append(")")
        if tag not in _TEXTS:
            return
        words = " ".join("".join(self.words).split())
        self.words = []
        if tag == "h2":
            self.heading = words
        over = ""
        if tag in ("td", "th"):
            if "thead" in self.open:
                self.heads.append(words)
            elif self.column < len(self.heads):
                over = self.heads[self.column]
            self.column += 1
        if words:
            self.found.append(Passage(self.sheet, self.heading, over, words))

    def handle_data(self, data: str) -> None:
        if any(tag in _TEXTS for tag in self.open) and "svg" not in self.open:
            self.words.append(data)


def passages(page: str) -> list[Passage]:
    """Return the passages of an HTML page in reading order; what stands in pictures is left out.

    >>> passages("<section class='sheet'><h2>Cash</h2><p>None <b>leaves</b>.</p></section>")[1]
    Passage(sheet=1, heading='Cash', over='', words='None leaves.')
    """
    reader = _Reader()
    reader.feed(page)
    return reader.found


def hours_in_savings(page: Iterable[Passage]) -> list[Stop]:
    """Find freed hours or bed-days where savings are spoken of.

    >>> hours_in_savings([Passage(1, "Savings", "", "3,000 hours")])[0].reader
    'the ward team'
    >>> hours_in_savings([Passage(1, "Hours", "", "3,000 hours are freed")])
    []
    """
    out = []
    for p in page:
        for sentence in _sentences(p.words):
            where = f"{p.heading} {p.over} {sentence}"
            if _SAVE.search(where) and _FREED.search(sentence) and not _NOT.search(sentence):
                out.append(Stop("the ward team", "freed hours stand among savings", sentence))
    return out


def too_many_decimals(page: Iterable[Passage]) -> list[Stop]:
    """Find figures that are written finer than their own interval carries: 'VALUE (LOW to HIGH)'.

    >>> too_many_decimals([Passage(1, "", "", "£178,432 (£90k to £270k)")])[0].why
    'more digits than the evidence carries'
    >>> too_many_decimals([Passage(1, "", "", "£180k (£90k to £270k)")])
    []
    >>> too_many_decimals([Passage(1, "", "", "−£570k (−£940k to −£230k)")])
    []
    """
    out = []
    for p in page:
        for match in _RANGE.finditer(p.words):
            (_, finest), (low, one), (high, two) = (_read(text) for text in match.groups())
            # The ends are rounded themselves: the interval may be narrower by as much.
            low, high = min(low, high), max(low, high)
            step = 10.0 ** min(one, two)
            carried = place(low, max(high - step, low + step))
            if carried is not None and finest < carried:
                out.append(Stop("everybody", "more digits than the evidence carries", match[0]))
    return out


def qalys_among_cash(page: Iterable[Passage]) -> list[Stop]:
    """Find health that is priced where cash is spoken of.

    >>> qalys_among_cash([Passage(1, "Cash benefits", "", "QALYs £300k")])[0].reader
    'the finance director'
    >>> qalys_among_cash([Passage(1, "Who gains", "", "4.8 QALYs"), Passage(1, "", "", "Cash £3k; 2 QALYs")])
    []
    """
    out = []
    for p in page:
        for sentence in _sentences(p.words):
            priced = _HEALTH.search(sentence) and "£" in sentence
            among = _CASH.search(f"{p.heading} {p.over}") or re.search(
                r"\bcash\b[^.;]*\b(?:includ\w*|together with|plus|and)\b[^.;]*(?:QALY|health)",
                sentence,
                re.IGNORECASE,
            )
            if priced and among and not _NOT.search(sentence):
                out.append(Stop("the finance director", "health stands among cash", sentence))
    return out


def losers_unnamed(page: Iterable[Passage], losers: Sequence[str]) -> list[Stop]:
    """Find owners who lose and are not named as those who do.

    Parameters
    ----------
    page : iterable of Passage
    losers : sequence of str
        Owners whose cash, other money or health falls, as the ledger has it.

    >>> losers_unnamed([Passage(1, "", "", "Everybody gains.")], ["commissioner"])[0].words
    'commissioner'
    >>> losers_unnamed([Passage(1, "", "", "Loses: commissioner.")], ["commissioner"])
    []
    """
    said = " ".join(s for p in page for s in _sentences(p.words) if re.match(r"(?:Who )?[Ll]oses?\b", s))
    return [Stop("the commissioner", "who loses is not named", name) for name in losers if name not in said]


def acronyms(page: Iterable[Passage], *, sheet: int = 1) -> list[Stop]:
    """Find letters that stand for words on the first screen.

    >>> [s.words for s in acronyms([Passage(1, "", "", "The NPV for the NHS"), Passage(2, "", "", "QALYs")])]
    ['NPV']
    """
    found = [m for p in page if p.sheet == sheet for m in _ACRONYM.findall(p.words)]
    return [
        Stop("a lay member", "letters that stand for words", w)
        for w in dict.fromkeys(found)
        if w not in KNOWN
    ]


def room_called_cash(page: Iterable[Passage]) -> list[Stop]:
    """Find room (capacity, beds, hours) that is called cash, or priced.

    >>> room_called_cash([Passage(1, "", "", "It frees £1.2m of capacity.")])[0].why
    'room is called cash, or priced'
    >>> room_called_cash([Passage(1, "", "", "What is freed is room, not cash.")])
    []
    """
    return [
        Stop("the finance director", "room is called cash, or priced", sentence)
        for p in page
        for sentence in _sentences(p.words)
        if _PRICED_ROOM.search(sentence) and not _NOT.search(sentence)
    ]


STOPPERS = (hours_in_savings, too_many_decimals, qalys_among_cash, acronyms, room_called_cash)
"""Those that need nothing but the page."""


def stops(page: str, losers: Sequence[str] = ()) -> list[Stop]:
    """Return everything at which a reader of an HTML page would stop.

    Parameters
    ----------
    page : str
        The text of an HTML file.
    losers : sequence of str
        Owners who lose, as the ledger has it; they must be named.
    """
    found = passages(page)
    return [s for look in STOPPERS for s in look(found)] + losers_unnamed(found, losers)


def _sentences(words: str) -> list[str]:
    return [s for s in re.split(r"(?<=[.!?;])\s+", words) if s]


def _read(text: str) -> tuple[float, int]:
    """Return an amount as it is written, and the decimal place of its last written digit that is not a zero.

    Zeros at the end of a whole number stand for nothing, as in 1,200.

    >>> _read("£1.25m"), _read("1,200"), _read("−41.4%"), _read("£0")
    ((1250000.0, 4), (1200.0, 2), (-41.4, -1), (0.0, 99))
    """
    sign = -1.0 if text[0] in "−-" else 1.0
    body = text.lstrip("−-£").removesuffix("%").replace(",", "")
    letter = next((s for s in ("bn", "m", "k") if body.endswith(s)), "")
    digits = body.removesuffix(letter)
    scale = _SCALES.get(letter, 0)
    value = float(digits)
    if value == 0:
        return 0.0, 99
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    finest = -len(fraction) if fraction else len(whole) - len(whole.rstrip("0"))
    return sign * value * 10.0**scale, finest + scale
