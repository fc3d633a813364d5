"""A posterior goes the whole way: into the model file, with what hangs together, to a run that draws it and a page."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.calibrate import rank_correlations
from cisim.calibrate.found_model import fitted_model, snippet
from cisim.cli import main
from cisim.runs import run
from cisim.spec import question_at, read_model, read_question, read_study, unknowns
from cisim.units import MINUTE

MODEL = """
cisim: 1
model: Ward # and this comment stays
start: 2024-01-01
pools:
  beds: {number: 40}
  doctors:
    kind: staff
    rota:
      - {days: daily, from: "08:00", to: "20:00", number: 2}
    otherwise: 1
pathways:
  emergency:
    arrivals: {rate: 5 per day}
    steps:
      - {activity: assessment, needs: {doctors: 1}, duration: {exponential: {mean: 30 min}}}
      - stay: ward stay
        beds: [beds]
        steps:
          - {activity: review, needs: {doctors: 1}, duration: {exponential: {mean: 30 min}}}
          - branch: where to
            ways:
              - {way: home, share: 50%}
              - {way: care home, share: 30%}
              - way: support # short waits too
                share: 20%
                steps: [{delay: wait for support, duration: {exponential: {mean: 4 d}}}]
      - {leave: home}
"""
STUDY = """
cisim: 1
study: What hangs together
question: Where do patients wait?
model: model.yaml
hidden:
  - name: minutes of a doctor
    at:
      - pathways.emergency.steps.assessment.duration.exponential.mean
      - pathways.emergency.steps.ward stay.steps.review.duration.exponential.mean
    prior: {uniform: {low: 10 min, high: 60 min}}
  - {name: doctors, at: pools.doctors.rota.0.number, prior: {uniform: {low: 1, high: 5}}}
  - {name: share, at: pathways.emergency.steps.ward stay.steps.where to.ways.support.share, prior: {uniform: {low: 5%, high: 60%}}}
targets:
  - {name: stay, measure: length_of_stay, pathway: emergency, step: ward stay, value: 1 d, source: made up}
run: {length: 100 d}
"""  # noqa: E501 - as a planner writes it
VALUE = """
cisim: 1
value: four beds
price_year: 2024
first_year: 2025
years: 1
options:
  - {close: four beds, pool: beds, step: 4, saves: £100k, stranded: 40%, one_off: £10k, budget_line: pay, holder: matron, date: 2025-06-01}
absorbed:
  - {pathway: emergency, each: {marginal_cost: £300}}
"""  # noqa: E501
EXPERIMENT = """
cisim: 1
experiment: support sooner
question: What would support a fifth sooner release?
model: model.yaml
value: value.yaml
scenarios: [{name: sooner, changes: [{cut: emergency/wait for support, by: 20%}]}]
run: {seed: 1, warm_up: 14 d, length: 28 d, replications: 2, model_draws: 6}
"""


@pytest.fixture
def found(tmp_path):
    """Return the study and its draws: minutes and doctors that hang together, two hills of a share."""
    (tmp_path / "model.yaml").write_text(MODEL)
    (tmp_path / "study.yaml").write_text(STUDY)
    rng = np.random.default_rng(1)
    doctors = rng.integers(1, 5, 600).astype(float)
    minutes = doctors * 12 * np.exp(0.1 * rng.normal(size=600)) * MINUTE
    share = np.where(rng.random(600) < 0.5, 0.1, 0.4) + 0.01 * rng.normal(size=600)
    return read_study(tmp_path), np.column_stack([minutes, doctors, share])


def written(study, draws, folder):
    """Write what a calibration leaves, and the experiment of somebody who copies `same` and `correlations`."""
    folder.mkdir()
    fitted_model(study, draws, folder / "model.yaml")
    text = snippet(study, draws, rank_correlations(draws))
    (folder / "value.yaml").write_text(VALUE)
    (folder / "experiment.yaml").write_text(EXPERIMENT + text[text.index("same:") :])
    return read_question(folder / "experiment.yaml")


def test_the_model_that_is_written_has_the_posterior_in_it_and_nothing_else_is_changed(found, tmp_path):
    study, draws = found
    question = written(study, draws, tmp_path / "found")
    text = (tmp_path / "found" / "model.yaml").read_text()
    assert "# and this comment stays" in text
    assert "support # short waits too" in text
    known = unknowns(question)
    where = "model.pathways.emergency.steps."
    assert set(known) == {
        f"{where}assessment.duration.exponential.mean",
        "model.pools.doctors.rota.1.number",
        f"{where}ward stay.steps.where to.ways.support.share",
    }
    for one, column, size in zip(
        known.values(), (draws[:, 1], draws[:, 0], draws[:, 2]), (1, MINUTE, 1), strict=True
    ):
        told = np.asarray(one.distribution.ppf(np.linspace(0.025, 0.975, 39)))
        want = np.quantile(column / size, np.linspace(0.025, 0.975, 39))
        assert np.abs(told - want).mean() < 0.06 * np.ptp(want), one.path
    # Shares beside the best estimate keep their proportions, and so they do in a draw.
    drawn = question_at(question, {f"{where}ward stay.steps.where to.ways.support.share": 0.4})
    ways = drawn.model.pathways["emergency"].steps[1].steps[1].ways
    assert [w.share for w in ways] == pytest.approx([0.375, 0.225, 0.4])
    assert sum(
        w.share
        for w in read_model(tmp_path / "found" / "model.yaml").pathways["emergency"].steps[1].steps[1].ways
    ) == pytest.approx(1)


def test_what_hangs_together_stays_together_from_the_posterior_to_the_draws_of_a_run(found, tmp_path):
    study, draws = found
    written(study, draws, tmp_path / "found")
    text = (tmp_path / "found" / "experiment.yaml").read_text()
    (tmp_path / "found" / "experiment.yaml").write_text(
        text.replace("model_draws: 6", "model_draws: 40, draws: 40")
    )
    psa = run(read_question(tmp_path / "found" / "experiment.yaml"), tmp_path / "run").psa()
    where = "model.pathways.emergency.steps."
    columns = [f"{where}assessment.duration.exponential.mean", "model.pools.doctors.rota.1.number"]
    drawn = psa[[next(c for c in psa.columns if c.endswith(name)) for name in columns]].to_numpy()
    want = rank_correlations(draws[:, :2])[0, 1]
    assert rank_correlations(drawn)[0, 1] == pytest.approx(want, abs=0.15)
    # One number in two places is drawn once.
    assert not [c for c in psa.columns if "review" in c]


def test_the_whole_way_to_the_page_on_the_command_line(found, tmp_path, capsys):
    study, draws = found
    written(study, draws, tmp_path / "found")
    assert main(["run", str(tmp_path / "found" / "experiment.yaml"), "--out", str(tmp_path / "run")]) == 0
    assert "£" in capsys.readouterr().out
    assert (tmp_path / "run" / "board.html").is_file()
