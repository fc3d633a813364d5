"""Figures of a hospital's own records: arrivals, the pathway as it was walked, stays, the week, and census."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cisim.report.svg import INK, PALE, PALETTE, sheet, svg_text
from cisim.units import DAY, HOUR, MINUTE, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.records import Described
    from cisim.records.describing import Arrivals, Census, Stays, Weekday

__all__ = ["arrivals_figure", "census_figure", "map_figure", "stays_figure", "week_figure"]

_COLOURS = ("blue", "orange", "green", "red", "purple", "sky", "grey")
_NODES = 12
_SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def arrivals_figure(every: Arrivals) -> str:
    """Return mean arrivals by hour of the day, weekdays and weekend."""
    with sheet(6.6, 2.6) as figure:
        axes = figure.subplots()
        for name, days, colour in (
            ("Monday to Friday", range(5), "blue"),
            ("weekend", range(5, 7), "orange"),
        ):
            values = [sum(every.by_hour[d * 24 + h] or 0.0 for d in days) / len(days) for h in range(24)]
            axes.plot(
                range(25),
                [*values, values[0]],
                drawstyle="steps-post",
                color=PALETTE[colour],
                label=name,
                lw=1.8,
            )
        axes.set_xlim(0, 24)
        axes.set_ylim(0)
        axes.set_xticks(range(0, 25, 3))
        axes.set_xlabel("hour of the day")
        axes.set_ylabel("arrivals an hour")
        axes.grid(axis="y")
        axes.legend(frameon=False, loc="upper left")
        return svg_text(
            figure, "arrivals", "Mean arrivals in each hour of the day, on weekdays and at weekends"
        )


def stays_figure(stays: Sequence[Stays]) -> str:
    """Return the share still there by time, on a logarithmic scale, of the largest pathways or wards."""
    wholes = [s for s in stays if s.kind == "pathway"]
    chosen = (wholes if len(wholes) > 1 else [*wholes, *(s for s in stays if s.kind == "stay")])[:6]
    hours = max((q or 0.0) for s in chosen for q in s.quantiles) < 2
    with sheet(6.6, 2.8) as figure:
        axes = figure.subplots()
        for one, colour in zip(chosen, _COLOURS, strict=False):
            points = [
                (q, 1 - share) for q, share in zip(one.quantiles, _SHARES, strict=True) if q is not None
            ]
            x = [0.0, *(p[0] * (24 if hours else 1) for p in points)]
            axes.plot(
                x,
                [1.0, *(p[1] for p in points)],
                color=PALETTE[colour],
                label=one.what[:40],
                lw=1.8,
                marker="o",
                ms=3,
            )
        axes.set_yscale("log")
        axes.set_yticks([1, 0.5, 0.25, 0.1, 0.05, 0.01], ["100%", "50%", "25%", "10%", "5%", "1%"])
        axes.minorticks_off()
        axes.set_ylim(0.008, 1.15)
        axes.set_xlim(0)
        axes.set_xlabel("hours" if hours else "days")
        axes.set_ylabel("still there")
        axes.grid()
        axes.legend(frameon=False)
        return svg_text(figure, "stays", "The share of patients who stay longer than so long")


def week_figure(week: Weekday) -> str:
    """Return arrivals and departures by weekday, and departures by hour."""
    with sheet(6.6, 2.5) as figure:
        left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
        places = range(7)
        came, gone, hours = (
            [v or 0.0 for v in part] for part in (week.arrivals, week.departures, week.by_hour)
        )
        left.bar([p - 0.2 for p in places], came, 0.38, color=PALETTE["sky"], label="come")
        left.bar([p + 0.2 for p in places], gone, 0.38, color=PALETTE["blue"], label="leave")
        left.set_xticks(list(places), WEEKDAYS)
        left.set_title("patients a day")
        left.set_ylim(0, max(*came, *gone) * 1.22)
        left.legend(frameon=False, ncols=2, loc="upper right")
        right.bar([h + 0.5 for h in range(24)], [v * 100 for v in hours], 0.9, color=PALETTE["blue"])
        right.set_xticks(range(0, 25, 6))
        right.set_xlim(0, 24)
        right.set_xlabel("hour of the day")
        right.set_title("% of departures in each hour")
        return svg_text(
            figure, "week", "Arrivals and departures by weekday, and departures by hour of the day"
        )


def census_figure(census: Sequence[Census]) -> str:
    """Return the mean census by hour of the day."""
    first = census[0]
    chosen = [c for c in census if c is first or c.by_hour != first.by_hour][:6]
    with sheet(6.6, 2.6) as figure:
        axes = figure.subplots()
        for one, colour in zip(chosen, _COLOURS, strict=False):
            axes.plot(
                range(25), [*one.by_hour, one.by_hour[0]], color=PALETTE[colour], label=one.what[:40], lw=1.8
            )
        axes.set_xlim(0, 24)
        axes.set_ylim(0)
        axes.set_xticks(range(0, 25, 3))
        axes.set_xlabel("hour of the day")
        axes.set_ylabel("patients there")
        axes.grid(axis="y")
        if len(chosen) > 1:
            axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return svg_text(figure, "census", "Mean number of patients there by hour of the day")


def map_figure(found: Described) -> str:
    """Return the pathway as it was walked: boxes of steps in the order in which they begin, ways between them."""
    weight: dict[str, int] = {}
    for edge in found.edges:
        weight[edge.to] = weight.get(edge.to, 0) + edge.number
    steps = sorted((n for n, _ in found.places), key=lambda n: -weight.get(n, 0))[:_NODES]
    order = [n for n, _ in found.places if n in steps]
    ends: list[str] = [n for n in ("leaves", "still there") if n in weight]
    columns: list[list[str]] = _columns(order)
    width, height = 130, 36
    lanes = max((len(c) for c in columns), default=1)
    across = 214
    total = (across * (len(columns) + 2) - 50, max(86 * lanes, 86 * len(ends), 120) + 40)
    place = {"arrives": (20.0, total[1] / 2 - height / 2)}
    for i, column in enumerate([*columns, list(ends)]):
        for j, name in enumerate(column):
            space = total[1] / len(column)
            place[name] = (20.0 + across * (i + 1), space * (j + 0.5) - height / 2)
    kept = [e for e in found.edges if e.since in place and e.to in place]
    most = max((e.number for e in kept), default=1)
    least = sorted((e.number for e in kept), reverse=True)[: 3 * len(place)][-1:] or [0]
    drawn = [e for e in kept if e.number >= max(least[0], 0.01 * most)]
    lines = [
        _way(place[e.since], place[e.to], e.number, most, e.median, (width, height)) for e in reversed(drawn)
    ]
    boxes = [_box(name, at, weight.get(name), (width, height)) for name, at in place.items()]
    label = "The pathway as it was walked: steps in the order in which they begin, with the ways between them"
    head = (
        f'<svg role="img" aria-label="{label}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total[0]} {total[1]}" '
        f'width="{total[0] * 0.72:.0f}pt" height="{total[1] * 0.72:.0f}pt" '
        "font-family=\"Arial, Helvetica, 'Liberation Sans', sans-serif\">"
    )
    return (
        "\n".join([head, *(line for line, _ in lines), *boxes, *(words for _, words in lines), "</svg>"])
        + "\n"
    )


def _columns(order: Sequence[str]) -> list[list[str]]:
    """Set steps into at most five columns, one after the other."""
    count = min(5, len(order))
    if not count:
        return []
    size = -(-len(order) // count)
    return [list(order[i : i + size]) for i in range(0, len(order), size)]


def _box(name: str, at: tuple[float, float], number: int | None, size: tuple[int, int]) -> str:
    x, y = at
    width, height = size
    edge = name in ("arrives", "leaves", "still there")
    fill, line = ("#E8F1F7", PALETTE["blue"]) if not edge else ("#FFFFFF", PALETTE["grey"])
    short = name if len(name) <= 20 else name[:19] + "…"
    told = f"{number:,}" if number else ""
    middle = f'x="{x + width / 2:.0f}" text-anchor="middle"'
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{width}" height="{height}" rx="5" fill="{fill}" stroke="{line}"/>'
        f'<text {middle} y="{y + (15 if told else 22):.0f}" font-size="12" fill="{INK}">'
        f"{escape(short)}</text>"
        + (f'<text {middle} y="{y + 30:.0f}" font-size="11" fill="#4A5560">{told}</text>' if told else "")
    )


def _way(
    a: tuple[float, float],
    b: tuple[float, float],
    number: int,
    most: int,
    median: float,
    size: tuple[int, int],
) -> tuple[str, str]:
    """Return the line from one box to another, and its words."""
    width, height = size
    thick = 1 + 7 * (number / most) ** 0.7
    colour = PALETTE["sky"] if number > 0.05 * most else PALE
    if a == b:
        x, y = a[0] + width * 0.5, a[1]
        path = (
            f"M{x - 22:.0f},{y:.0f} C{x - 30:.0f},{y - 34:.0f} {x + 30:.0f},{y - 34:.0f} {x + 22:.0f},{y:.0f}"
        )
        middle = (x, y - 27)
    elif b[0] > a[0]:
        x, y, u, v = a[0] + width, a[1] + height / 2, b[0], b[1] + height / 2
        far = (u - x) * 0.5
        # a way to the next column is straight; one that passes columns by goes below their boxes
        bend = 76.0 if u - x > 2 * width and abs(v - y) < 5 else 0.0
        path = f"M{x:.0f},{y:.0f} C{x + far:.0f},{y + bend:.0f} {u - far:.0f},{v + bend:.0f} {u:.0f},{v:.0f}"
        middle = (x + (u - x) * 0.5, (y + v) / 2 + bend * 0.75)
    else:
        x, y, u, v = a[0] + width / 2, a[1] + height, b[0] + width / 2, b[1] + height
        if a[0] == b[0]:
            down = b[1] > a[1]
            y, v = (a[1] + height, b[1]) if down else (a[1], b[1] + height)
            side = 30 if down else -30
            path = f"M{x + side:.0f},{y:.0f} L{u + side:.0f},{v:.0f}"
            middle = (x + side, (y + v) / 2)
        else:
            low = max(y, v) + 34
            path = f"M{x:.0f},{y:.0f} C{x:.0f},{low:.0f} {u:.0f},{low:.0f} {u:.0f},{v:.0f}"
            middle = ((x + u) / 2, low - 8)
    line = f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick:.1f}"/>'
    if number < 0.04 * most:
        return line, ""
    lift = 0 if a[0] == b[0] else thick / 2 + 6
    words = f"{number:,}" + (f", {_span(median)}" if median >= MINUTE else "")
    text = (
        f'<text x="{middle[0]:.0f}" y="{middle[1] + 4 - lift:.0f}" text-anchor="middle" font-size="10.5" fill="{INK}" '
        f'stroke="#fff" stroke-width="3" paint-order="stroke">{words}</text>'
    )
    return line, text


def _span(milliseconds: float) -> str:
    if milliseconds < 1.5 * HOUR:
        return f"{milliseconds / MINUTE:,.0f} min"
    return f"{milliseconds / HOUR:,.1f} h" if milliseconds < 2 * DAY else f"{milliseconds / DAY:,.1f} d"
