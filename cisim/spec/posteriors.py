"""A model file with draws of what was found put into it as uncertain numbers, everything else as it was written."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
from ruamel.yaml import YAML

from cisim.spec.forms import made_from
from cisim.spec.kinds import Kind
from cisim.spec.places import fill_up, whole_of
from cisim.spec.plain import where
from cisim.units import parse_duration, parse_rate, parse_share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from cisim.spec.places import Place
    from cisim.spec.yamltree import Trail

__all__ = ["uncertain_form", "uncertain_path", "with_uncertain"]

_VALUES = 20
_PARSE: dict[str, Callable[[object], float]] = {
    "duration": parse_duration,
    "rate": parse_rate,
    "share": parse_share,
}


def uncertain_form(place: Place, draws: NDArray[np.float64]) -> tuple[str, float]:
    """Return what draws leave unknown of a number, as a file says it, and the best estimate that it then has.

    Twenty values that are as likely as each other, or each whole number with its share: no family need have its shape.

    Parameters
    ----------
    place : Place
    draws : ndarray of float, shape (draws,)
        In the file's own unit.

    Examples
    --------
    >>> from cisim.spec.places import find_place
    >>> uncertain_form(find_place({"number": 4}, "number"), np.array([3.0, 4.0, 4.0, 5.0]))
    ('{choice: {values: [3, 4, 5], shares: [0.25, 0.5, 0.25]}}', 4.0)
    """
    if place.kind == "count":
        whole, counts = np.unique(np.rint(draws), return_counts=True)
        values = [f"{x:.0f}" for x in whole]
        shares = [round(float(c), 6) for c in counts / counts.sum()]
        shares[int(counts.argmax())] += 1.0 - sum(shares)
    else:
        ends = (np.arange(_VALUES) + 0.5) / _VALUES
        values = [_text(place, x) for x in np.quantile(draws, ends)]
        shares = [1 / _VALUES] * _VALUES
    listed = ", ".join(f"{share:.12g}" for share in shares)
    text = f"{{choice: {{values: [{', '.join(values)}], shares: [{listed}]}}}}"
    kind = Kind(place.kind, _PARSE.get(place.kind, _plain), 0.0)
    return text, made_from({"choice": {"values": values, "shares": shares}}, kind).distribution.mean()


def _plain(raw: object) -> float:
    return float(str(raw))


def _text(place: Place, value: float) -> str:
    told = value / place.scale
    return f"{told:.5g} {place.unit}" if place.kind in ("duration", "rate") else f"{told:.5g}"


def uncertain_path(data: Any, trail: Trail) -> str:
    """Return the path by which an experiment names the uncertain number at a trail of its model file."""
    return "model." + where(data, trail)


def with_uncertain(text: str, data: Any, written: Mapping[Place, str], best: Mapping[Place, float]) -> str:
    """Return a model file's text with settings in the place of numbers; comments and all else stay as they were.

    Parameters
    ----------
    text : str
        The file.
    data : Any
        What it says, as plain data.
    written : mapping of Place to str
        What is to stand there, as a file says it on one line.
    best : mapping of Place to float
        The best estimate of each, in the file's own unit: other shares of the same branch are made to fill it up.

    Raises
    ------
    ModelError
        Where shares sum to more than one.
    """
    put: dict[Trail, str] = {place.trail: words for place, words in written.items()}
    shares = {whole for place in best if (whole := whole_of(place.trail)) is not None}
    for whole in shares:
        put |= _others(data, whole, {p.trail: x for p, x in best.items()})
    root = YAML(typ="rt").compose(text)
    for (start, end), words in sorted(((_span(root, trail), w) for trail, w in put.items()), reverse=True):
        kept = text[start:end]
        text = text[:start] + words + kept[len(kept.rstrip()) :] + text[end:]
    return text


def _others(data: Any, whole: Trail, best: Mapping[Trail, float]) -> dict[Trail, str]:
    """Return the shares that are not put in, as they fill up the whole beside the best estimates."""
    data = deepcopy(data)
    held = data
    for part in whole:
        held = held[part]
    for trail, value in best.items():
        if whole_of(trail) == whole:
            holder = held
            for part in trail[len(whole) : -1]:
                holder = holder[part]
            holder[trail[-1]] = value
    fill_up(data, whole, best.keys())
    keys: Sequence[Any] = list(held) if isinstance(held, dict) else range(len(held))
    ends: tuple[str, ...] = ("share",) if whole[-1] == "ways" else ()
    out: dict[Trail, str] = {}
    for key in keys:
        trail = (*whole, key, *ends)
        if trail not in best:
            value = held[key]["share"] if ends else held[key]
            out[trail] = f"{float(value):.12g}"
    return out


def _span(node: Any, trail: Trail) -> tuple[int, int]:
    """Return where the setting at a trail begins and ends in the text."""
    for part in trail:
        if isinstance(part, int):
            node = node.value[part]
        else:
            node = next(inner for key, inner in node.value if str(key.value) == str(part))
    return node.start_mark.index, node.end_mark.index
