"""Health and money set against each other: net benefit at several values of a QALY, and cost per QALY.

Health and money are discounted each at the perspective's own rate, and the value of a QALY comes last:

    net monetary benefit = value of a QALY x QALYs - net cost
    net health benefit   = QALYs - net cost / value of a QALY
    cost per QALY        = mean net cost / mean QALYs, never the mean of ratios

A perspective that prices no health still has them, at each value asked for: what they say is whose money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisim.errors import ModelError
from cisim.value.book import Book, book_of
from cisim.value.returns import Figure, by_draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.value.perspectives import Perspective

__all__ = ["POUNDS_PER_QALY", "cost_per_patient", "cost_per_qaly", "net_benefits"]

Floats = NDArray[np.float64]
POUNDS_PER_QALY: dict[float, str] = {
    15_000.0: "Department of Health and Social Care: what is given up elsewhere for a QALY",
    20_000.0: "NICE, lower end",
    25_000.0: "NICE, lower end for medicines from 2026",
    30_000.0: "NICE, upper end",
    35_000.0: "NICE, upper end for medicines from 2026",
    70_000.0: "HM Treasury Green Book: what society would pay for a QALY",
}
"""What a QALY is said to be worth (pounds), and by whom."""


def _parts(book: Book, option: str, perspective: Perspective) -> tuple[Floats, Floats]:
    draws = by_draw(book, option, perspective)
    return draws["money"].to_numpy(float), draws["qalys"].to_numpy(float)


def _checked(level: float) -> tuple[float, float]:
    if not 0 < level < 1:
        raise ModelError("level", f"got {level:g}, want a share between 0 and 1")
    return (1 - level) / 2, (1 + level) / 2


def net_benefits(
    ledger: Book | pd.DataFrame,
    option: str,
    perspective: Perspective,
    *,
    pounds_per_qaly: Sequence[float] = tuple(POUNDS_PER_QALY),
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the net benefit of an option in money and in health, at each value of a QALY.

    Parameters
    ----------
    ledger : Book or DataFrame
    option : str
    perspective : Perspective
        Whose costs, and which discount rates; its own value of a QALY is not used.
    pounds_per_qaly : sequence of float
        Values of a QALY, each above 0.
    level : float
        Share of the draws between low and high.

    Returns
    -------
    DataFrame
        Index pounds_per_qaly; columns money, money_low, money_high (net monetary benefit, £), health,
        health_low, health_high (net health benefit, QALYs), and probability (share of draws on which it is
        above 0: the same for both).
    """
    low, high = _checked(level)
    money, qalys = _parts(book_of(ledger), option, perspective)
    rows = []
    for worth in pounds_per_qaly:
        if not worth > 0:
            raise ModelError("pounds a QALY", f"got {worth:g}, want a value above 0")
        both = [worth * qalys + money, qalys + money / worth]
        told = [x for net in both for x in (net.mean(), *np.quantile(net, [low, high]))]
        rows.append([*told, float((both[0] > 0).mean())])
    names = [f"{what}{end}" for what in ("money", "health") for end in ("", "_low", "_high")]
    index = pd.Index(list(pounds_per_qaly), name="pounds_per_qaly")
    return pd.DataFrame(rows, index=index, columns=[*names, "probability"])


def cost_per_qaly(
    ledger: Book | pd.DataFrame, option: str, perspective: Perspective, *, level: float = 0.95
) -> Figure:
    """Return what a QALY costs with an option: mean net cost over mean QALYs.

    Returns
    -------
    Figure
        NaN where there is no such number: where the option costs nothing and gains health, where it costs
        and loses health, or where no health changes. Words say which. An option that saves money and loses
        health has the pounds saved for each QALY lost. The interval is that of the draws' ratios, and NaN
        where not all draws lie where a ratio means the same.
    """
    low, high = _checked(level)
    money, qalys = _parts(book_of(ledger), option, perspective)
    cost, gain = -float(money.mean()), float(qalys.mean())
    nan = float("nan")

    def told(value: float, ends: tuple[float, float], words: str) -> Figure:
        return Figure(value, *ends, level, "£ a QALY", len(money), f"{option}: {words} ({perspective.name}).")

    if gain == 0 and not qalys.any():
        return told(nan, (nan, nan), "no change in health is counted, so a QALY has no cost")
    if cost <= 0 <= gain:
        return told(nan, (nan, nan), "gains health and saves money: there is no cost for a QALY")
    if gain <= 0 <= cost:
        return told(nan, (nan, nan), "costs money and gains no health: no price would make it worth while")
    same = bool(((-money > 0) == (cost > 0)).all() and ((qalys > 0) == (gain > 0)).all())
    ends = (nan, nan)
    if same:
        ratios = np.quantile(-money / qalys, [low, high])
        ends = (float(ratios[0]), float(ratios[1]))
    each = f"£{cost / gain:,.0f}"
    words = f"{each} for each QALY gained" if gain > 0 else f"{each} saved for each QALY lost"
    return told(cost / gain, ends, words)


def cost_per_patient(
    spent_before: float, patients_before: float, spent_more: float, patients_more: float
) -> dict[str, float]:
    """Return what a patient costs before and after a change, and what is spent in all.

    A patient can cost less while more is spent: both are told, and only the second says whether cash was freed.

    Parameters
    ----------
    spent_before, spent_more : float
        Pounds a year (or a week) before, and how much more (below 0: less) after.
    patients_before, patients_more : float
        Patients in the same time, and how many more.

    Returns
    -------
    dict of str to float
        before, after (pounds a patient), a_patient (relative change), in_all (relative change of what is spent).

    Raises
    ------
    ModelError
        Where nobody is treated before or after, or nothing was spent before.

    >>> cost_per_patient(100_000, 100, 2_700, 30)["a_patient"].__round__(2)
    -0.21
    """
    after = patients_before + patients_more
    if not (patients_before > 0 and after > 0 and spent_before > 0):
        raise ModelError(
            "cost per patient", "want patients before and after, and money spent before, above 0"
        )
    each = spent_before / patients_before, (spent_before + spent_more) / after
    return {
        "before": each[0],
        "after": each[1],
        "a_patient": each[1] / each[0] - 1,
        "in_all": spent_more / spent_before,
    }
