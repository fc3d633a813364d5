"""What is fitted is written as uncertain numbers of a model, and read again by path with the same mean and spread."""

import json
from datetime import date

import numpy as np
import pytest
from scipy import stats

from cisim.analysis import draw_unknowns
from cisim.calibrate import fit_arrivals, fit_duration, fit_return, fit_ways, transfers
from cisim.spec import read_question, unknowns_in

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


def test_what_errs_together_is_written_with_its_correlations_and_drawn_so(tmp_path):
    """From records to an experiment: the draws of a long-tailed stay's mean and sd hang together as the fit says."""
    care = fit_duration(RNG.lognormal(1, 0.8, 300), families=["lognormal"])
    two = fit_duration(
        np.concatenate([RNG.lognormal(1, 0.4, 600), RNG.lognormal(3, 0.4, 200)]), families=["mixture"]
    )
    came = RNG.poisson(4 * RNG.gamma(25, 0.04, size=(800, 1)), size=(800, 24))
    arrivals = fit_arrivals(came, date(2023, 1, 2), "hour")
    path = "pathways.in.steps"
    joint = [
        *care.correlated(f"{path}.care.duration", "records"),
        *two.correlated(f"{path}.ward.duration", "records"),
        *arrivals.correlated("pathways.in.arrivals", "records"),
    ]
    steps = [
        {"delay": "care", "duration": care.words("records")},
        {"delay": "ward", "duration": two.words("records")},
        {"leave": "home"},
    ]
    model = {
        "cisim": 1, "model": "fitted", "start": "2023-01-02",
        "pathways": {"in": {"arrivals": arrivals.words("records"), "steps": steps}},
    }  # fmt: skip
    (tmp_path / "model.yaml").write_text(json.dumps(model))
    cut = {"name": "shorter", "changes": [{"cut": "in/care", "by": "10%"}]}
    experiment = {
        "cisim": 1, "experiment": "e", "question": "q?", "model": "model.yaml", "scenarios": [cut],
        "run": {"length": "7 d", "replications": 2}, "correlations": joint,
    }  # fmt: skip
    (tmp_path / "experiment.yaml").write_text(json.dumps(experiment))
    drawn = draw_unknowns(read_question(tmp_path / "experiment.yaml"), 4000, seed=1)
    for fit, step in ((care, "care"), (two, "ward")):
        for one in fit.correlated(f"{path}.{step}.duration", "records"):
            got = stats.spearmanr(*(drawn[p] for p in one["between"])).statistic
            assert got == pytest.approx(one["rank"], abs=0.06)
    assert any(
        "rate" in one["between"][0] and "growth" in one["between"][1] and one["rank"] < -0.5 for one in joint
    )
    # the mean of the mixture is as unsure as the fit's own draws have it
    names = [f"model.{path}.ward.duration.mixture.{n}" for n in ("shares.1", "means.1", "means.2")]
    share, short, long = (drawn[n] for n in names)
    means = [d.mean() for d in two.draws(2000, np.random.default_rng(1))]
    assert (share * short + (1 - share) * long).std() == pytest.approx(np.std(means), rel=0.15)


def test_what_is_not_known_of_the_family_is_in_the_draws_and_in_what_is_written():
    x = np.random.default_rng(4).gamma(2.0, 3.0, 60)
    fit = fit_duration(x, families=["lognormal", "gamma", "weibull"])
    assert sum(c.weight for c in fit.candidates) == pytest.approx(1)
    assert {type(d).__name__.lower() for d in fit.draws(200, np.random.default_rng(1))} == {
        c.family for c in fit.candidates if c.weight > 0.05
    }
    assert "% of the weight" in fit.told()
    words = fit.words("records")
    assert "of the weight" in words["note"]

    # the law of total variance, by fits of each family alone
    def far(of):
        drawn = of.draws(4000, np.random.default_rng(1))
        return np.log([d.ppf(np.array([0.95]))[0] for d in drawn])

    weights = np.array([c.weight for c in fit.candidates])
    alone = [far(fit_duration(x, families=[c.family])) for c in fit.candidates]
    within, between = np.array([a.var() for a in alone]), np.array([a.mean() for a in alone])
    total = weights @ within + weights @ (between - weights @ between) ** 2
    assert far(fit).var() == pytest.approx(total, rel=0.12)


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
