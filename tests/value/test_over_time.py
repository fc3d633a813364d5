"""The ledger while an effect comes and goes: shares, interpolation, and a ward that stays closed."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.errors import ModelError
from cisim.value import OPEN, Book, Quantity, checks, draw_numbers, ledger, reached
from tests.value.conftest import BAY, WAIT, MakeQuantities, MakeValue

NOTHING = (0.0, 1)
Runs = dict[str, list[list[Quantity]]]


@pytest.fixture
def runs(make_quantities: MakeQuantities) -> tuple[Runs, dict[tuple[float, int], Runs]]:
    """Two replications: the whole effect releases 4,380 or 4,000 bed-days, and two bays take out 4,380."""

    def at(share: float, more: float = 0.0) -> Runs:
        out: Runs = {}
        for name, closed in (("Close one bay", 4380.0), ("Wait and see", 0.0), (OPEN, 0.0)):
            out[name] = [
                make_quantities(name, release=share * r + more, closed=closed, absorbed=50.0 * share)
                for r in (4380.0, 4000.0)
            ]
        return out

    return at(1.0), {NOTHING: at(0.0), (0.0, 3): at(0.0, 100.0), (1.0, 3): at(1.0, 100.0)}


def made(value: object, runs: tuple[Runs, dict[tuple[float, int], Runs]], draws: int = 4) -> Book:
    whole, points = runs
    asked = {name: whole[name] for name in ("Close one bay", "Wait and see")}
    return ledger(value, asked, draws=draws, open_queue=whole[OPEN], points=points)  # type: ignore[arg-type]


def quantity(book: Book, option: str, use: str) -> np.ndarray:
    (line,) = (x for x in book.of_option(option) if x.use == use and x.pool == "ward" and x.unit == "bed-day")
    return np.asarray(line.quantity)


def test_release_follows_the_share_and_the_year(make_value: MakeValue, runs) -> None:  # type: ignore[no-untyped-def]
    value = make_value(BAY, WAIT, effect={"adoption": ["50%", "100%"], "fidelity": "80%"})
    book = made(value, runs)
    got = quantity(book, "Wait and see", "release")
    # year 1: 0.4 of it; year 2: 0.8 and halfway to the demand of year 3; year 3: 0.8 and all of it
    want = np.array([[0.4 * r, 0.8 * r + 50, 0.8 * r + 100] for r in (4380, 4000, 4380, 4000)])
    assert got == pytest.approx(want)


def test_what_is_closed_stays_closed_while_the_effect_fades(make_value: MakeValue, runs) -> None:  # type: ignore[no-untyped-def]
    value = make_value(BAY, WAIT, effect={"decay": {"keeps": "0%", "a_year": "100%"}})
    book = made(value, runs)
    release, idle = (quantity(book, "Close one bay", use) for use in ("release", "idle_change"))
    closed = quantity(book, "Close one bay", "closed")
    assert (closed == 4380).all()
    assert (np.diff(release, axis=1) < 0).all()
    assert (np.diff(idle, axis=1) < 0).all()
    assert all(check.passed for check in checks(book))


def test_what_is_not_ours_releases_nothing(make_value: MakeValue, runs) -> None:  # type: ignore[no-untyped-def]
    terms = {"attribution": "90%", "displacement": "5%", "optimism": {"benefit": "10%", "delay": "26 wk"}}
    value = make_value(BAY, WAIT, effect=terms)
    got = quantity(made(value, runs, draws=1), "Wait and see", "release")
    ours = 0.9 * 0.95 * 0.9
    assert got[0] == pytest.approx([(1 - 182 / 365.25) * ours * 4380, ours * 4380 + 50, ours * 4380 + 100])
    numbers = {path: drawn[:, None] for path, drawn in draw_numbers(value, 1, 1).items()}
    assert value.effect is not None
    assert reached(value.effect, numbers, 3, optimism=False)[0] == pytest.approx([0.9 * 0.95] * 3)


def test_an_uncertain_share_differs_by_draw(make_value: MakeValue, runs) -> None:  # type: ignore[no-untyped-def]
    value = make_value(BAY, WAIT, effect={"fidelity": {"beta": {"mean": "70%", "sd": "10%"}}})
    got = quantity(made(value, runs, draws=400), "Wait and see", "release")[:, 0]
    shares = got / np.where(np.arange(400) % 2 == 0, 4380.0, 4000.0)
    assert shares.mean() == pytest.approx(0.7, abs=4 * 0.1 / np.sqrt(400))
    assert 0.07 < shares.std() < 0.13


def test_the_ledger_says_what_was_simulated(make_value: MakeValue, runs) -> None:  # type: ignore[no-untyped-def]
    book = made(make_value(BAY, WAIT, effect={"fidelity": "80%"}), runs)
    told = {line.evidence for line in book.lines if line.use == "release"}
    assert told == {"simulated at 0%, 100% of the effect and the demand of years 1, 3, interpolated between"}


def test_runs_that_are_missing_are_named(make_value: MakeValue, runs) -> None:  # type: ignore[no-untyped-def]
    whole, points = runs
    value = make_value(BAY, WAIT, effect={"fidelity": "80%"})
    with pytest.raises(ModelError, match="reach 0%"):
        made(value, (whole, {}))
    with pytest.raises(ModelError, match="no run of 'Wait and see' at 0% in year 1"):
        made(value, (whole, {**points, NOTHING: {k: v for k, v in whole.items() if k != "Wait and see"}}))
    with pytest.raises(ModelError, match="no run at 0% in year 3"):
        made(value, (whole, {k: v for k, v in points.items() if k != (0.0, 3)}))
    with pytest.raises(ModelError, match="want an 'effect'"):
        made(make_value(BAY, WAIT), (whole, points))
