"""A scenario while it spreads, and a model in a later year."""

from __future__ import annotations

from pathlib import Path

import pytest

from cisim.errors import ModelError
from cisim.spec import SetNumber, apply, at_reach, in_year, read_model
from cisim.spec.scenario import Cut, Demand, Divert, Route, Unbatch

ROOT = Path(__file__).parents[2]
MODEL = read_model(ROOT / "scenarios/gastroenterology-ward/model.yaml")
ROUND = Unbatch(target="gastroenterology/consultant round", to="continuous", reach=0.8)


def test_each_change_reaches_so_many() -> None:
    changes = (
        ROUND,
        Cut(target="a/b", by=0.5),
        Demand(target="a", by=-0.2),
        Divert(target="a", share=0.4),
        Route(target="a/b", from_="x", to="y", move=0.6),
    )
    half = at_reach(changes, 0.5)
    got = [getattr(c, f) for c, f in zip(half, ("reach", "reach", "by", "share", "move"), strict=True)]
    assert got == [0.4, 0.5, -0.1, 0.2, 0.3]
    assert at_reach(changes, 1) == changes
    assert at_reach(changes, 0) == ()


def test_what_is_for_everybody_cannot_be_partial() -> None:
    beds = (ROUND, SetNumber(target="gastro beds", by=-6))
    assert at_reach(beds, 1.0) == beds
    with pytest.raises(ModelError, match=r"changes\.1.*'gastro beds'.*50%.*0%, 100%"):
        at_reach(beds, 0.5)


def test_a_partial_scenario_can_be_applied() -> None:
    assert apply(MODEL, at_reach((ROUND,), 0.5)) != apply(MODEL, (ROUND,))


def test_demand_grows_from_year_to_year() -> None:
    name = "gastroenterology"
    pathway = MODEL.pathways[name]
    growing = MODEL.model_copy(
        update={
            "pathways": {
                **MODEL.pathways,
                name: pathway.model_copy(
                    update={"arrivals": pathway.arrivals.model_copy(update={"growth": 0.03})}
                ),
            }
        }
    )
    rate = growing.pathways[name].arrivals.rate
    assert rate is not None
    assert in_year(growing, 1) is growing
    assert in_year(growing, 4).pathways[name].arrivals.rate == pytest.approx(rate * 1.03**3)
    assert in_year(MODEL, 4) is MODEL
    with pytest.raises(ModelError, match="year"):
        in_year(growing, 0)
