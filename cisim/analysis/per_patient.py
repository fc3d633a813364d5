"""What a change costs for each patient, and for each patient week: two denominators that can hide a bill.

A cost for a patient can fall while more is spent, because more patients are treated; what is spent in all is
always told beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cisim.errors import ModelError
from cisim.value import CASH, COST_USES, book_of, cost_per_patient

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from cisim.value import Book

__all__ = ["PerPatient", "per_patient"]


class PerPatient(NamedTuple):
    """What an option costs for each patient and patient week, means over draws and years, not discounted.

    Attributes
    ----------
    patients, patients_then : float
        Treated a year, before and under the option.
    weeks, weeks_then : float
        Patient weeks a year: patients x mean stay.
    each, each_week : float
        What the change and the action cost in cash, for each patient and patient week under the option (£).
    spent : dict of str to float
        From `cisim.value.cost_per_patient`, where what is spent before is known; empty where it is not.
    """

    patients: float
    patients_then: float
    weeks: float
    weeks_then: float
    each: float
    each_week: float
    spent: dict[str, float]


def per_patient(
    measures: pd.DataFrame,
    ledger: Book | pd.DataFrame,
    option: str,
    *,
    pathways: Sequence[str] = (),
    case: str = "",
    spent: float | None = None,
) -> PerPatient:
    """Return what an option costs for each patient who is treated.

    Parameters
    ----------
    measures : DataFrame
        As in a run's results.
    ledger : Book or DataFrame
    option : str
    pathways : sequence of str
        Whose patients; all, if left out.
    case : str
        The case that is valued.
    spent : float, optional
        Pounds that are spent on them in a year now.

    Raises
    ------
    ModelError
        Where nobody is treated, or their stay was not measured.
    """
    book = book_of(ledger)
    lines = [x for x in book.of_option(option) if x.kind == CASH and x.currency == "GBP"]
    cash = float(book.total(lines).mean()) / book.years
    cost = -float(book.total(x for x in lines if x.use in COST_USES).mean()) / book.years
    before, weeks = _treated(measures, "baseline", pathways, case)
    after, weeks_then = _treated(measures, option, pathways, case)
    known = {} if spent is None else cost_per_patient(spent, before, -cash, after - before)
    return PerPatient(before, after, weeks, weeks_then, cost / after, cost / weeks_then, known)


def _treated(
    measures: pd.DataFrame, scenario: str, pathways: Sequence[str], case: str
) -> tuple[float, float]:
    """Return the patients treated a year, and their weeks, as means over the replications."""
    mine = measures[
        (measures["case"] == case) & (measures["scenario"] == scenario) & (measures["week"] == -1)
        & (measures["step"] == "") & (measures["pool"] == "")
    ]  # fmt: skip
    of = {
        name: mine[(mine["measure"] == measure) & (mine["statistic"] == statistic)]
        .groupby("pathway", observed=True)["value"]
        .mean()
        for name, measure, statistic in (("n", "throughput", "per_year"), ("d", "length_of_stay", "mean"))
    }
    both = of["n"].to_frame("n").join(of["d"].rename("d"), how="inner").dropna()
    both = both[both.index.isin(pathways)] if pathways else both
    patients, weeks = float(both["n"].sum()), float(np.sum(both["n"] * both["d"])) / 7.0
    if not (patients > 0 and weeks > 0):
        raise ModelError("cost per patient", f"got nobody treated under {scenario!r} whose stay was measured")
    return patients, weeks
