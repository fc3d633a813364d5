"""What is put to the board: the choices side by side, which of them keep service, and which one is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.analysis.board import over_draws
from cisim.report.content import Cell, Part, Table, Text
from cisim.report.digits import sure, told
from cisim.report.kept import refused
from cisim.report.told import Block, first_date, per_year
from cisim.report.words import chance, day_text, join, number
from cisim.spec import Close

if TYPE_CHECKING:
    from cisim.analysis.board import Keeping
    from cisim.report.told import Told
    from cisim.value import Worth

__all__ = ["decide", "how_often", "how_often_it_fails", "nothing_closes", "ruled_out", "searched"]


def how_often(kept: Keeping) -> str:
    """Return in how many runs service is kept, how sure it must be, and the worst year, without a full stop.

    >>> from cisim.analysis.board import Keeping
    >>> how_often(Keeping(False, 0.7, 10, 0.9))
    'in 7 of 10 simulated runs, where 90 in 100 are asked for'
    >>> how_often(Keeping(False, 1.0, 10, 0.9, 2027, 0.4))
    'in 10 of 10 simulated runs of the whole effect, and in 40 in 100 draws of 2027, at the effect that is there by
    then, where 90 in 100 are asked for'
    """
    want = f", where {chance(kept.asked)} are asked for"
    now = f"in {round(kept.share * kept.runs)} of {kept.runs} simulated runs"
    if kept.year is not None and kept.in_year < kept.share - 1e-9:
        later = f"in {chance(kept.in_year)} draws of {kept.year}, at the effect that is there by then"
        return f"{now} of the whole effect, and {later}{want}"
    return f"{now}{want}"


def how_often_it_fails(one: Told) -> str:
    """Return how often the option put to the board fails, as the end of a sentence; '' where it was not judged."""
    kept = one.keeping[one.option.name]
    if kept.keeps is None:
        return ""
    least = min(kept.share, kept.in_year) if kept.year is not None else kept.share
    return f", which is so in {chance(1 - least)} runs"


def ruled_out(one: Told, option: str) -> bool:
    """Return whether an option does not keep service as it must be kept."""
    return one.keeping[option].keeps is False


def nothing_closes(one: Told) -> str:
    """Return a sentence, without its full stop, where closing was asked about and no closure keeps service."""
    closing = [o for o in one.value.options if isinstance(o, Close)]
    if not closing or not all(ruled_out(one, o.name) or refused(one.results, o.name) for o in closing):
        return ""
    places = join(list(dict.fromkeys(o.pool for o in closing)))
    return f"Nothing can close in {places} with service as good as it must be"


def decide(one: Told) -> Block:
    """Say what is put to the board, by when, and what each choice does."""
    asked = one.value.decide
    dated = first_date(one.option)
    by = asked.by if asked is not None and asked.by is not None else None
    when = f"By {day_text(by)}" if by else f"By {day_text(dated)}, when it would begin" if dated else ""
    what = f"decide what to do with the {one.frame.released} that '{one.scenario}' makes."
    lead = f"{when}: {what}" if when else f"{what[0].upper()}{what[1:]} No day is named by which."
    count = len(one.worths)
    many = f"There are {count} choices." if count > 1 else ""
    parts: tuple[Part, ...] = (
        Text(f"{lead} {many}".strip(), "lead"),
        Text(_which(one)),
        _choices(one),
    )
    if one.results.frontier.empty:  # else it stands beside the picture of the choice, on the second sheet
        parts += searched(one, "steps")
    return Block("decide", one.frame.headings["decide"], parts)


def _which(one: Told) -> str:
    """Say which option is told below, and why: named by the file, or worth most of those that keep service."""
    name, kept = one.option.name, one.keeping[one.option.name]
    if one.asked:
        but = (
            f" It does not keep service as it must be kept: it is kept {how_often(kept)}."
            if ruled_out(one, name)
            else ""
        )
        return f"'{name}' is put to you.{but}"
    best = max(one.worths, key=lambda w: w.figures["npv"].value).option
    none = nothing_closes(one)
    words = [f"{none}: no cash is released."] if none and not one.leaves_budgets else []
    if ruled_out(one, name):
        words.append(f"No choice keeps service as it must be kept; '{name}' is told below.")
    elif best == name:
        those = "that keep service" if kept.keeps else "asked"
        words.append(f"'{name}' is worth most on average of those {those}, and is told below.")
    else:
        if ruled_out(one, best):
            words.append(
                f"'{best}' would be worth most, but is ruled out: service is kept {how_often(one.keeping[best])}."
            )
        words.append(f"Of those that keep service '{name}' is worth most, and is told below.")
    if one.chosen.figures["npv"].value < 0:
        words.append(
            "From this point of view it is worth less than not making the change at all, which is £0."
        )
    return " ".join(words)


def searched(one: Told, key: str) -> tuple[Text, ...]:
    """Say what the searches at equal service found: key ``steps`` or ``patients_at_equal_service``.

    They are made with the whole effect; where that does not last, it is said what comes of it.
    """
    out = []
    for w in one.worths:
        found, kept = one.results.summary.get(f"{key}:{w.option}"), one.keeping[w.option]
        if found is not None:
            fades = kept.keeps is False and kept.year is not None and kept.in_year < kept.asked
            later = f" That is with the whole effect: by {kept.year} service is kept in {chance(kept.in_year)} draws."
            out.append(Text(f"{w.option}: {found['words']}.{later if fades else ''}", "small"))
    return tuple(out[:3])


def _choices(one: Told) -> Table:
    """Return every option, a row each: beds, yearly cash and the chance that it pays back."""
    pool = one.pools[0] if one.pools else ""
    uses = one.uses(pool)
    rows = []
    for w in one.worths:
        beds = [Cell(number(v, 6)) for v in one.parts(w.option, pool)] if pool else []
        npv = w.figures["npv"]
        mark = "chosen" if w.option == one.chosen.option else ""
        keeps = {True: "keeps service", False: "does not keep service", None: ""}[one.keeping[w.option].keeps]
        keeps = "none can close" if refused(one.results, w.option) else keeps
        name = Cell(w.option, keeps, (), mark)
        worth = Cell(told(*npv[:3], "£"), sure(*npv[1:3], "£"))
        rows.append((name, *beds, _yearly(one, w), Cell(chance(one.chance_back(w.option))), worth))
    if pool:
        unit = per_year(one.unit(pool))[1]
        heads = [f"{unit} {one.frame.freed}", *(one.frame.uses[u] for u in uses)]
    else:
        heads = []
    last = one.value.first_year + one.value.years - 1
    columns = (
        "choice",
        *heads,
        f"cash in {last}",
        "chance that cash pays it back",
        f"worth over {one.years}",
    )
    fades = one.value.effect is not None and one.value.effect.over_time
    when = "mean of a year with the whole effect" if fades else "mean of a year"
    caption = f"{per_year(one.unit(pool))[1].capitalize()} in {pool}, {when}." if pool else "Each choice."
    return Table("choices", caption, columns, tuple(rows), tuple(range(1, len(columns))), wide=True)


def _yearly(one: Told, w: Worth) -> Cell:
    """Return the organisation's cash of the last year, when every decision is in force."""
    found = over_draws(one.cash(w.option)[:, -1], "£")
    ends = found.low, found.high
    return Cell(told(found.value, *ends, "£", sign=True), sure(*ends, "£"))
