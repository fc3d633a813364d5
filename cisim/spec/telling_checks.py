"""What those who decide, vouch and do the work are named for: checked, and told back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.errors import nearest
from cisim.spec.plain import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cisim.spec.telling import Decide, Finance, Team

__all__ = ["told_findings", "told_in_models", "told_words"]


def told_findings(
    decide: Decide | None, finance: Finance | None, options: Iterable[str], lines: Iterable[str]
) -> Iterator[Finding]:
    """Yield the options and budget lines named here that the value file does not have.

    Parameters
    ----------
    decide : Decide or None
    finance : Finance or None
    options : iterable of str
        Names of the options.
    lines : iterable of str
        Budget lines that the options name.
    """
    known, budget = list(options), [line for line in lines if line]
    if decide is not None and decide.option is not None and decide.option not in known:
        text = f"got {decide.option!r}, want the name of an option{nearest(decide.option, known)}"
        yield Finding(("decide", "option"), text)
    for i, one in enumerate(finance.lines if finance is not None else ()):
        if budget and one.line not in budget:
            text = f"got {one.line!r}, want a budget line of an option{nearest(one.line, budget)}"
            yield Finding(("finance", "lines", i, "line"), text)
        if one.a_year <= 0:
            yield Finding(("finance", "lines", i, "a_year"), "got nothing, want pounds above 0")


def told_in_models(team: Team | None, pathways: Iterable[str], pools: Iterable[str]) -> Iterator[Finding]:
    """Yield the pathways and pools of a team that stand in no model."""
    if team is None:
        return
    named: tuple[tuple[str, str, tuple[str, ...], Iterable[str]], ...] = (
        ("pathways", "pathway", team.pathways, pathways),
        ("pools", "pool", team.pools, pools),
    )
    for field, kind, names, all_known in named:
        known = list(all_known)
        for i, name in enumerate(names):
            if name not in known:
                yield Finding(
                    ("team", field, i), f"got {name!r}, want the name of a {kind}{nearest(name, known)}"
                )


def told_words(decide: Decide | None, finance: Finance | None, team: Team | None) -> list[str]:
    """Return what is said of those who decide, vouch and do the work, a sentence each.

    >>> from cisim.spec.telling import Decide, Team
    >>> told_words(Decide(option="Close a bay", by="2025-04-01"), None, Team(team="Ward 7"))
    ["To decide: 'Close a bay', by 2025-04-01.", 'Team Ward 7: no staffing floor told, nothing agreed yet.']
    """
    out = []
    if decide is not None:
        what = f"'{decide.option}'" if decide.option else "the option worth most on average"
        by = f", by {decide.by}" if decide.by else ""
        out.append(f"To decide: {what}{by}.")
    if finance is not None:
        who = finance.validated_by or "nobody yet"
        on = f" on {finance.on}" if finance.on else ""
        lines = ", ".join(f"{one.line} £{one.a_year:,.0f} a year" for one in finance.lines)
        out.append(f"Figures checked by {who}{on}{f'; budget lines: {lines}' if lines else ''}.")
    if team is not None:
        floor = team.staffing_floor or "no staffing floor told"
        agreed = "; ".join(f"{a.what}, agreed by {a.who}" for a in team.agreed) or "nothing agreed yet"
        out.append(f"Team {team.team}: {floor}, {agreed}.")
    return out
