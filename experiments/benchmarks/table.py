"""The results as a table that people read."""

from __future__ import annotations

from typing import Any

HEAD = ("who", "patients", "activities", "draw, s", "run, s", "measure, s", "activities a second", "peak, MB")
ENOUGH = 5  # rounds, for a median to be worth telling


def _seconds(median: dict[str, float], phase: str) -> str:
    return f"{median[phase]:,.3f}" if phase in median else ""


def _row(name: str, one: dict[str, Any]) -> list[str]:
    median = one["median"]
    spent = median.get("run", median["process"])
    return [
        name,
        f"{one['patients']:,}" if one["patients"] else "",
        f"{one['activities']:,}",
        _seconds(median, "draw"),
        _seconds(median, "run"),
        _seconds(median, "measure"),
        f"{one['activities'] / spent:,.0f}",
        f"{sorted(one['peak_mb'])[len(one['peak_mb']) // 2]:,.0f}",
    ]


def _markdown(head: tuple[str, ...], rows: list[list[str]]) -> list[str]:
    line = "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"
    return [f"| {' | '.join(head)} |", line, *(f"| {' | '.join(row)} |" for row in rows)]


def _ratio(found: dict[str, Any]) -> list[str]:
    """Return a ratio's cells; whether it is what is wanted is told only where there are rounds enough."""
    met = {True: "yes", False: "**no**"}.get(found.get("met"), "") if len(found["each"]) >= ENOUGH else ""
    low, high = min(found["each"]), max(found["each"])
    return [_number(found["median"]), f"{_number(low)} to {_number(high)}", found["wanted"], met]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def markdown(results: dict[str, Any]) -> str:
    """Return every part's times and ratios."""
    lines: list[str] = []
    for name, part in results["parts"].items():
        lines += [f"**{name}.** {part['says']} Medians of {part['rounds']}.", ""]
        lines += _markdown(HEAD, [_row(who, one) for who, one in part["entrants"].items()])
        if part["ratios"]:
            rows = [[label, *_ratio(found)] for label, found in part["ratios"].items()]
            lines += ["", *_markdown(("ratio", "median", "least to most", "wanted", "met"), rows)]
        lines.append("")
    return "\n".join(lines).rstrip()
