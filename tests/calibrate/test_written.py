"""What is fitted is written as uncertain numbers of a model, and read again by path with the same mean and spread."""

import json
from datetime import date

import numpy as np
import pytest

from cisim.calibrate import fit_arrivals, fit_duration, fit_return, fit_ways, transfers
from cisim.spec import unknowns_in

RNG = np.random.default_rng(3)


def test_a_model_written_from_fits_has_its_unknowns_by_path(tmp_path):
    arrivals = fit_arrivals(
        RNG.poisson(4 * RNG.gamma(25, 0.04, size=(800, 1)), size=(800, 24)), date(2023, 1, 2), "hour"
    )
    care = fit_duration(RNG.lognormal(1, 0.8, 400), families=["lognormal"])
    ways = fit_ways(["home"] * 130 + ["ward"] * 70)
    after = np.where(RNG.random(900) < 0.2, RNG.exponential(9, 900), np.inf)
    back = fit_return(after, np.isfinite(after), family="exponential")
    assert back.numbers["mean"].value == pytest.approx(after[np.isfinite(after)].mean(), rel=1e-3)
    steps = [
        {"delay": "care", "duration": care.words("records")},
        {
            "branch": "where to",
            "ways": [{"way": "home", "steps": [{"leave": "home"}]}, {"way": "ward", "steps": []}],
            **ways.words("records"),
        },
        {"delay": "on the ward", "duration": back.words("records")["after"]},
        {"leave": "home"},
    ]
    model = {
        "cisim": 1,
        "model": "fitted",
        "start": "2023-01-02",
        "pathways": {"in": {"arrivals": arrivals.words("records"), "steps": steps}},
    }
    (tmp_path / "model.yaml").write_text(json.dumps(model))
    known = unknowns_in(tmp_path / "model.yaml")
    made = {
        **{f"arrivals.{k}": v for k, v in arrivals.numbers().items()},
        **{f"care.duration.lognormal.{k}": v for k, v in care.numbers().items()},
    }
    assert len(known) == len(made) + 2 + 1, sorted(known)
    for name, number in made.items():
        found = next(one for path, one in known.items() if path.endswith(name))
        assert found.distribution.mean() == pytest.approx(number.distribution().mean(), rel=2e-3)
        assert found.distribution.sd() == pytest.approx(number.distribution().sd(), rel=2e-3)
        assert "records" in found.source
    shares = [one for path, one in known.items() if one.group]
    assert sorted(one.best for one in shares) == pytest.approx([70.5 / 201, 130.5 / 201])


def test_moves_between_wards_are_counted_and_who_is_still_there_is_not_counted_as_gone():
    moves = transfers(
        [1, 1, 1, 2, 2, 3],
        [0, 2, 5, 1, 9, 4],
        ["a", "b", "a", "a", "b", "a"],
        [True, True, True, True, False, True],
    )
    assert moves.places == ("a", "b", "outside")
    assert moves.counts.tolist() == [[0, 2, 2], [1, 0, 0], [3, 0, 0]]
    assert moves.ways("a").names == ("b", "outside")
    assert "from a: of 4 patients" in moves.told()
