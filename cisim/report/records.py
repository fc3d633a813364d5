"""Two pages of a hospital's own records: how good they are, and what they say before anything is modelled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cisim import __version__
from cisim.report.answer import Answer
from cisim.report.content import Bullets, Cell, Picture, Section, Table, Text, text
from cisim.report.page import Head, write_page, write_words
from cisim.report.records_figures import arrivals_figure, census_figure, map_figure, stays_figure, week_figure
from cisim.units import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from pathlib import Path

    from cisim.records import Described, Doubt, Quality
    from cisim.records.describing import Stays

__all__ = ["write_described", "write_quality"]

_DONE = ("left out", "repaired", "kept")


# -- quality ------------------------------------------------------------------------------------------------


def write_quality(quality: Quality, folder: Path, more: dict[str, Any]) -> Path:
    """Write quality.html and quality.json: what was found in the records and what was done.

    Parameters
    ----------
    quality : Quality
    folder : Path
        Where to; made if it is not there.
    more : dict
        What else quality.json holds: the log's start, end and window.

    Returns
    -------
    Path
        The page. Rows are named by number alone: nothing of what they hold stands in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    words = json.dumps({**quality.data(), **more}, indent=2, ensure_ascii=False)
    write_words(folder / "quality.json", words + "\n")
    share = quality.used / quality.rows if quality.rows else 0.0
    left = quality.rows - quality.used
    repaired = sum(d.rows for d in quality.doubts if d.done == "repaired")
    used = (
        f"{quality.used:,} of {quality.rows:,} rows ({_percent(share)}) are used, of {quality.patients:,} patients in "
        f"{quality.spells:,} spells, from {_day(quality.since)} to {_day(quality.until)} (not included)."
    )
    sentences = [used, _left_words(quality, left)]
    numbers = (
        (f"{quality.used:,}", "rows used", f"of {quality.rows:,}"),
        (f"{left:,}", "rows left out", "each with its one reason"),
        (f"{repaired:,}", "repairs", "a row may have several"),
        (f"{len(quality.gaps):,}", "gaps in recording", "longer than chance explains"),
    )
    notes = [
        f"the column '{c}' seems to hold {w}. It was not carried over." for c, w in quality.naming.items()
    ]
    if share < 0.9:
        notes.insert(
            0, "more than a tenth of the rows could not be used. Mend the mapping or the extract first."
        )
    sections = [
        s for s in (_found(quality), _exact(quality), _recorded(quality), _how_read(quality)) if s.parts
    ]
    head = Head(
        f"The quality of these records: {quality.records}",
        quality.file,
        "Can these records be used, what is wrong with them, and what was done about it?",
        Answer(tuple(sentences), numbers, tuple(notes)),
    )
    return write_page(folder / "quality.html", head, sections, __version__)


def _left_words(quality: Quality, left: int) -> str:
    if not left:
        return "No row was left out."
    reasons = [f"{n:,} {_short(kind)}" for kind, n in list(quality.left_out.items())[:3]]
    more = len(quality.left_out) - len(reasons)
    tail = f" and {more} more reason{'s' * (more > 1)}" if more > 0 else ""
    return f"{left:,} were left out: {', '.join(reasons)}{tail}."


def _short(kind: str) -> str:
    return {"duplicates": "duplicates", "negative_duration": "that end before they begin"}.get(
        kind, kind.replace("_", " ")
    )


def _found(quality: Quality) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for done in _DONE:
        found = [d for d in quality.doubts if d.done == done]
        if found:
            rows.append(
                (text({"left out": "Left out", "repaired": "Repaired", "kept": "Kept as it stands"}[done]),)
            )
            rows += [_doubt_row(d, quality) for d in found]
    if not rows:
        return Section(
            "found", "What was found", [Text("Nothing: no stamp is missing, impossible or doubtful.")]
        )
    caption = "Every kind of doubt that was found; rows are numbered as a spreadsheet shows them."
    table = Table("doubts", caption, ("what", "rows", "share", "such as rows"), tuple(rows), right=(1, 2))
    words = Text(
        f"Rows in, {quality.rows:,}, are rows used, {quality.used:,}, and rows left out, "
        f"{quality.rows - quality.used:,}; "
        "nothing else was dropped. What is done with each kind stands under 'doubts' in the mapping."
    )
    return Section("found", "What was found, and what was done", [words, table])


def _doubt_row(doubt: Doubt, quality: Quality) -> tuple[Cell, ...]:
    share = doubt.rows / quality.rows if quality.rows else 0.0
    return (
        Cell(doubt.kind.replace("_", " "), doubt.words, (doubt.kind,)),
        Cell(f"{doubt.rows:,}", raw=(doubt.rows,)),
        Cell(_percent(share), raw=(share,)),
        text(", ".join(f"{r:,}" for r in doubt.examples[:3]) + ("..." if doubt.rows > 3 else "")),
    )


def _exact(quality: Quality) -> Section:
    rows = tuple(
        (
            Cell(r.stamp, raw=(r.stamp,)),
            Cell(f"{r.missing:,}", raw=(r.missing,)),
            Cell(_percent(r.on_hour), raw=(r.on_hour,)),
            Cell(_percent(r.on_five), raw=(r.on_five,)),
            text(r.words),
        )
        for r in dict.fromkeys(quality.rounding)
    )
    caption = (
        "How exactly each stamp was written. By chance 1.7% fall on a full hour and 20% on five minutes; "
        "where many more "
        "do, waits of minutes and the hour of the day are not to be trusted."
    )
    columns = ("stamp", "missing", "on the full hour", "on five minutes", "written")
    return Section(
        "exact", "How exact the stamps are", [Table("stamps", caption, columns, rows, right=(1, 2, 3))]
    )


def _recorded(quality: Quality) -> Section:
    parts: list[Any] = []
    if quality.gaps:
        rows = tuple(
            (text(g.since), text(g.until), Cell(f"{g.expected:,.0f}", raw=(g.expected,)))
            for g in quality.gaps[:20]
        )
        parts.append(
            Table(
                "gaps",
                "Stretches without an arrival that chance does not explain: was the system down, or a part not sent? "
                "They are kept; means by hour and weekday include them.",
                ("from", "to", "arrivals expected in it"),
                rows,
                right=(2,),
            )
        )
    else:
        parts.append(Text("There is no stretch without an arrival that chance does not explain."))
    return Section("recorded", "Gaps in recording", parts)


def _how_read(quality: Quality) -> Section:
    told = ", ".join(f"{k}: {v}" for k, v in quality.told.items())
    period = "as the mapping says" if quality.covers_said else "as the stamps say (the mapping does not)"
    items = [
        ("The file", f"{quality.file} ({told})."),
        ("What it covers", f"{_day(quality.since)} to {_day(quality.until)}, {period}."),
        ("Who they are", quality.identifiers),
        *(("Mind", note) for note in quality.notes),
    ]
    return Section("read", "How the file was read", [Bullets(tuple(items))])


# -- described ----------------------------------------------------------------------------------------------


def write_described(found: Described, folder: Path) -> Path:
    """Write described.html and described.json: what a log says before anything is modelled.

    Parameters
    ----------
    found : Described
    folder : Path
        Where to; made if it is not there.

    Returns
    -------
    Path
        The page; it asks nothing of the network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_words(folder / "described.json", json.dumps(found.data(), indent=1, ensure_ascii=False) + "\n")
    sections = [_came(found), _walked(found), _stayed(found), _week(found), _there(found), _how_left(found)]
    sections.append(
        Section(
            "hidden",
            "What is not shown",
            [
                Text(
                    "So that nobody is recognised, a count from 1 to 4 is shown as 'under 5' or left out, no mean or "
                    "share rests on fewer than 5 patients, the 10 and 90% quantiles need 20, the 95% "
                    "quantile 100 and the "
                    "99% quantile 500, and the longest and shortest stay are not given. A name that fewer than 5 "
                    "patients bear is not written, since what somebody typed once may tell who it was of"
                    + (
                        f": {found.hidden_names:,} of wards, steps and pathways."
                        if found.hidden_names
                        else "."
                    )
                )
            ],
        )
    )
    head = Head(
        f"What the records say: {found.name}",
        f"{found.spells:,} spells, {_day(found.since)} to {_day(found.until)}",
        "Who comes when, what happens to them, how long it takes, when they leave, and how many are there?",
        _answer(found),
    )
    return write_page(folder / "described.html", head, [s for s in sections if s.parts], __version__)


def _answer(found: Described) -> Answer:
    sentences, numbers, notes = [], [], []
    if found.arrivals:
        every = found.arrivals[0]
        peak, trough = _peak(every.by_hour)
        sentences.append(
            f"{every.a_day:,.1f} patients come a day, most in the hour from {peak}:00, fewest from {trough}:00."
        )
        numbers.append((f"{every.a_day:,.1f}", "arrivals a day", f"{every.number:,} in {every.days:,} days"))
    whole = [s for s in found.stays if s.kind == "pathway" and s.mean is not None]
    if whole:
        longest = max(whole, key=lambda s: s.number or 0)
        middle = longest.quantiles[2]
        sentences.append(
            f"Half of them {'in ' + longest.what + ' ' if len(whole) > 1 else ''}have left after "
            f"{_length(middle)}; the mean "
            f"is {_length(longest.mean)}, and the longest tenth stay {_length(longest.quantiles[4])} or more."
        )
        numbers.append(
            (_length(longest.mean), "mean stay", longest.what if len(whole) > 1 else "arriving to leaving")
        )
    if found.census:
        there = found.census[0]
        high = max(range(24), key=there.by_hour.__getitem__)
        low = min(range(24), key=there.by_hour.__getitem__)
        sentences.append(
            f"At midnight {there.midnight:,.1f} are there on average; over the day most at {high}:00 "
            f"({there.by_hour[high]:,.1f}) and fewest at {low}:00 ({there.by_hour[low]:,.1f})."
        )
        numbers.append(
            (f"{there.midnight:,.1f}", "there at midnight", f"highest {_few(there.midnight_highest)}")
        )
    ratio = _weekend(found.weekday.departures)
    if ratio is not None:
        numbers.append((_percent(ratio), "leave on a weekend day", "of those on a weekday"))
    if found.arrivals and found.arrivals[0].days < 28:
        notes.append("the records cover less than four weeks: weekdays and hours rest on very few days.")
    return Answer(tuple(sentences), tuple(numbers), tuple(notes))


def _peak(by_hour: tuple[float | None, ...]) -> tuple[int, int]:
    mean = [sum((by_hour[d * 24 + h] or 0.0) for d in range(7)) for h in range(24)]
    return max(range(24), key=mean.__getitem__), min(range(24), key=mean.__getitem__)


def _weekend(each: tuple[float | None, ...]) -> float | None:
    known = [v for v in each if v is not None]
    week = sum(known[:5]) / 5
    return sum(known[5:]) / 2 / week if week and len(known) == len(each) else None


def _few(count: int | None) -> str:
    return "under 5" if count is None else f"{count:,}"


def _came(found: Described) -> Section:
    if not found.arrivals:
        return Section("came", "Who comes", [])
    every = found.arrivals[0]
    parts: list[Any] = [
        Text(
            f"Within an hour of the week the count varies {every.hour_dispersion:.2f} times as much as its "
            "mean, and a day's "
            f"count within its weekday {every.day_dispersion:.2f} times: 1 would be chance alone. "
            + (
                f"Good and bad days with a coefficient of variation of {every.day_cv:.1%} explain the rest "
                "('day_effect: {cv: ...}' in a model; seasons and growth are in it too)."
                if every.day_cv > 0
                else "Nothing more than chance is needed to explain it."
            )
        ),
        Picture(
            "arrivals", "Mean arrivals in each hour, on weekdays and at weekends.", arrivals_figure(every)
        ),
    ]
    if len(found.arrivals) > 2:
        rows = tuple(
            (
                Cell(a.pathway or "all", raw=(a.pathway or "all",)),
                Cell(f"{a.number:,}", raw=(a.number,)),
                Cell(f"{a.a_day:,.2f}", raw=(a.a_day,)),
                Cell(f"{a.day_dispersion:.2f}", raw=(a.day_dispersion,)),
                Cell(f"{a.day_cv:.0%}", raw=(a.day_cv,)),
            )
            for a in found.arrivals
        )
        columns = ("pathway", "arrivals", "a day", "variance to mean of a day", "day effect (cv)")
        parts.append(Table("arrivals", "Arrivals by pathway.", columns, rows, right=(1, 2, 3, 4)))
    return Section("came", "Who comes, and when", parts)


def _walked(found: Described) -> Section:
    if not found.edges:
        return Section("walked", "What happens", [])
    hidden = f" {found.hidden_edges:,} rarer ways are not drawn or listed." if found.hidden_edges else ""
    rows = tuple(
        (
            text(e.since),
            text(e.to),
            Cell(f"{e.number:,}", raw=(e.number,)),
            Cell(_span(e.median), raw=(e.median / HOUR,)),
        )
        for e in found.edges[:25]
    )
    return Section(
        "walked",
        "What happens to them",
        [
            Picture(
                "map",
                "The pathway as it was walked: how many took each way, and the median time from the "
                "beginning of one step to "
                f"the beginning of the next. From left to right in the order in which steps begin.{hidden}",
                map_figure(found),
            ),
            Table("ways", "The most taken ways.", ("from", "to", "times", "median time"), rows, right=(2, 3)),
        ],
    )


def _stayed(found: Described) -> Section:
    shown = [s for s in found.stays if s.mean is not None]
    if not shown:
        return Section("stayed", "How long it takes", [])
    rows: list[tuple[Cell, ...]] = []
    heads = {"pathway": "From arriving to leaving", "stay": "In a bed or place"}
    last = ""
    for one in found.stays[:40]:
        head = heads.get(one.kind, "Steps with a length")
        if head != last:
            rows.append((text(head),))
            last = head
        rows.append(_stay_row(one))
    columns = ("", "number", "mean", "25%", "50%", "75%", "90%", "95%", "over 7 d", "still there")
    table = Table(
        "stays",
        "How long each took, of those that ended.",
        columns,
        tuple(rows),
        right=tuple(range(1, 10)),
        wide=True,
    )
    picture = Picture(
        "stays",
        "The share that stays longer than so long: a straight line on this scale would be an exponential, "
        "a bend to the right "
        "a long tail.",
        stays_figure(shown),
    )
    return Section("stayed", "How long it takes", [picture, table])


def _stay_row(one: Stays) -> tuple[Cell, ...]:
    still = "under 5" if one.open is None else f"{one.open:,}"
    if one.number is None:
        return (text(one.what), text("under 5"), *(text("") for _ in range(7)), text(still))
    _, q25, q50, q75, q90, q95, _ = one.quantiles
    lengths = [Cell(_length(v), raw=("" if v is None else v,)) for v in (one.mean, q25, q50, q75, q90, q95)]
    over = Cell("not shown" if one.over_week is None else _percent(one.over_week), raw=("",))
    return (text(one.what), Cell(f"{one.number:,}", raw=(one.number,)), *lengths, over, text(still))


def _week(found: Described) -> Section:
    if not any(found.weekday.departures):
        return Section("week", "Weekdays", [])
    ratio, came = _weekend(found.weekday.departures), _weekend(found.weekday.arrivals)
    words = (
        "On some weekdays fewer than five came or left, which is not shown."
        if ratio is None or came is None
        else (
            f"On a weekend day {_percent(ratio)} as many leave as on a weekday, and {_percent(came)} as many "
            "come. Where departures fall by more than arrivals, discharge waits for weekdays: a round, a service or a "
            "transport that does not run."
        )
    )
    caption = "Arrivals and departures a day, by weekday; and the hours at which patients leave."
    return Section(
        "week",
        "Weekdays and hours of leaving",
        [Text(words), Picture("week", caption, week_figure(found.weekday))],
    )


def _there(found: Described) -> Section:
    if not found.census:
        return Section("there", "How many are there", [])
    rows = tuple(
        (
            text(c.what),
            Cell(f"{c.midnight:,.1f}", raw=(c.midnight,)),
            Cell(_few(c.midnight_highest), raw=("",)),
            Cell(
                f"{max(c.by_hour):,.1f}",
                f"at {max(range(24), key=c.by_hour.__getitem__)}:00",
                (max(c.by_hour),),
            ),
            Cell(
                f"{min(c.by_hour):,.1f}",
                f"at {min(range(24), key=c.by_hour.__getitem__)}:00",
                (min(c.by_hour),),
            ),
        )
        for c in found.census
    )
    columns = ("", "midnight, mean", "midnight, highest", "most in the day", "fewest in the day")
    return Section(
        "there",
        "How many are there",
        [
            Picture(
                "census", "Mean number of patients there, by hour of the day.", census_figure(found.census)
            ),
            Table(
                "census",
                "Census at full hours; midnight is what hospitals report.",
                columns,
                rows,
                right=(1, 2, 3, 4),
            ),
        ],
    )


def _how_left(found: Described) -> Section:
    if not found.outcomes and not found.hidden_outcomes:
        return Section("left", "How they leave", [])
    rows = [
        (text(name), Cell("not shown" if n is None else f"{n:,}", raw=("" if n is None else n,)))
        for name, n in found.outcomes[:20]
    ]
    if found.hidden_outcomes:
        few = found.hidden_outcomes
        rows.append((text(f"{few:,} other{'s' * (few > 1)}, not named"), Cell("under 5 each", raw=("",))))
    return Section(
        "left",
        "How they leave",
        [Table("outcomes", "Outcomes.", ("outcome", "patients"), tuple(rows), right=(1,))],
    )


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "under 0.1%"
    return f"{share:.1%}" if share < 0.1 and share else f"{share:.0%}"


def _length(days: float | None) -> str:
    return "" if days is None else _span(days * DAY)


def _span(milliseconds: float) -> str:
    if milliseconds < 1.5 * HOUR:
        return f"{milliseconds / MINUTE:,.0f} min"
    return f"{milliseconds / HOUR:,.1f} h" if milliseconds < 2 * DAY else f"{milliseconds / DAY:,.1f} d"


def _day(iso: str) -> str:
    months = "January February March April May June July August September October November December".split()  # noqa: SIM905
    year, month, day = iso.split("-")
    return f"{int(day)} {months[int(month) - 1]} {year}"
