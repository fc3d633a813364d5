"""Close, reinvest and hold as corners of one choice: what was tried, what keeps service, and what is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from cisim.analysis.intervals import Estimate
from cisim.errors import ModelError

__all__ = ["FRONTIER_COLUMNS", "Tried", "frontier"]

FRONTIER_COLUMNS = (
    "steps",
    "places",
    "sent",
    "patients",
    "low",
    "high",
    "chance",
    "keeps",
    "corner",
    "edge",
    "chosen",
)
"""Columns of a frontier."""


class Tried(NamedTuple):
    """One mix that was simulated.

    Attributes
    ----------
    steps : int
        Whole steps closed.
    sent : int
        Extra patients a year sent to the pathway, beyond those who come by themselves.
    patients : Estimate
        Extra patients a year who are treated there, sent or not, less those lost.
    chance : float
        Share of replications in which all measures keep.
    keeps : bool
        Whether service is kept, on average and mostly.
    """

    steps: int
    sent: int
    patients: Estimate
    chance: float
    keeps: bool


def frontier(tried: Iterable[Tried], step: int, chosen: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return every mix that was tried, and which of them are the edge of what keeps service.

    Parameters
    ----------
    tried : iterable of Tried
    step : int
        Places in one step.
    chosen : (int, int), optional
        Steps and patients sent of the mix that is chosen.

    Returns
    -------
    DataFrame
        Columns ``FRONTIER_COLUMNS``, by steps and patients sent. Corner is ``hold`` (nothing closed, nobody sent),
        ``close`` (the most steps that keep service, nobody sent), ``reinvest`` (nothing closed, the most sent that
        keeps service) or empty; a corner may be two at once, and is then ``hold`` first. Edge: for its number of
        steps the most sent that keeps service, where every smaller number tried does too.

    Raises
    ------
    ModelError
        Where the chosen mix was not tried.

    Examples
    --------
    >>> few, many = Estimate(0, 0, 0, 0.95, 9), Estimate(80, 70, 90, 0.95, 9)
    >>> found = frontier(
    ...     [
    ...         Tried(0, 0, few, 1.0, True),
    ...         Tried(0, 100, many, 1.0, True),
    ...         Tried(0, 200, many, 0.2, False),
    ...         Tried(1, 0, few, 1.0, True),
    ...     ],
    ...     step=6,
    ...     chosen=(1, 0),
    ... )
    >>> found[["places", "sent", "keeps", "corner", "chosen"]].values.tolist()
    [[0, 0, True, 'hold', False], [0, 100, True, 'reinvest', False],
     [0, 200, False, '', False], [6, 0, True, 'close', True]]
    """
    points = sorted(set(tried), key=lambda one: one[:2])
    known = {one[:2] for one in points}
    if len(known) < len(points):
        raise ModelError("frontier", "got one mix twice, want each once")
    if chosen is not None and chosen not in known:
        raise ModelError("frontier", f"got {chosen} as chosen, want a mix that was tried")
    edge: dict[int, int] = {}
    open_steps = True
    for steps in sorted({one.steps for one in points}):
        of = [one for one in points if one.steps == steps]
        kept = 0
        while kept < len(of) and of[kept].keeps:
            kept += 1
        open_steps = open_steps and kept > 0
        if open_steps:
            edge[steps] = of[kept - 1].sent
    corners = {(max(edge, default=0), 0): "close", (0, edge.get(0, 0)): "reinvest", (0, 0): "hold"}
    rows = [
        (
            one.steps,
            one.steps * step,
            one.sent,
            one.patients.value,
            one.patients.low,
            one.patients.high,
            one.chance,
            one.keeps,
            corners.get(one[:2], ""),
            edge.get(one.steps) == one.sent,
            one[:2] == chosen,
        )
        for one in points
    ]
    return pd.DataFrame(rows, columns=list(FRONTIER_COLUMNS))
