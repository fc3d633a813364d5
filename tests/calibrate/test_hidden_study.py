"""Studies from file to verdict: against Little's law, stopped and gone on, refused, and with mistakes."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from cisim import simulate
from cisim.calibrate import calibrate, figures
from cisim.cli import main
from cisim.errors import FileProblems, ModelError, StoreError
from cisim.eventlog import write_log
from cisim.measures import inside_by_hour, stayed_over
from cisim.spec import read_model, read_study
from cisim.units import DAY, HOUR

MODEL = """
cisim: 1
model: Ward without a limit
start: 2024-01-01
pools: {beds: {number: unlimited}}
pathways:
  emergency:
    arrivals: {rate: 5 per day}
    steps:
      - stay: ward stay
        beds: [beds]
        steps: [{delay: care, duration: {exponential: {mean: 4 d}}}]
      - {leave: home}
"""
STUDY = """
cisim: 1
study: Stay from beds
question: How long do patients stay, if only occupied beds are known?
model: model.yaml
hidden:
  - name: mean stay
    at: pathways.emergency.steps.ward stay.steps.care.duration.exponential.mean
    prior: {uniform: {low: 1 d, high: 9 d}}
    source: assumption
targets:
  - {name: occupied beds, measure: occupancy, statistic: mean, pool: beds, value: 20, tolerance: 4%, source: made up}
  - {name: most, measure: occupancy, statistic: p90, pool: beds, value: 26, tolerance: 9%, role: predicted, source: no}
run: {seed: 3, warm_up: 40 d, length: 1500 d, replications: 2}
method: {points: 12, waves: 2, draws: 300, checked: 8}
"""
HELD = "held_out: {records: held.csv, from: 2024-03-04, until: 2024-06-03}\nrun:"
RATE = """
  - {name: arrivals, at: pathways.emergency.arrivals.rate, prior: {uniform: {low: 2 per day, high: 12 per day}}}
targets:"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "model.yaml").write_text(MODEL)
    return tmp_path / "study"


def written(folder, text=STUDY):
    (folder / "study.yaml").write_text(text)
    return read_study(folder)


def test_littles_law_is_found_the_same_by_two_workers_and_after_a_stop(folder, tmp_path):
    found = calibrate(written(folder), tmp_path / "a")
    assert found.calibrated, found.words()
    days = found.draws[:, 0] / DAY
    # L = lambda W: 20 / 5 = 4 days, within the 4% tolerance read as 1.96 standard deviations.
    assert abs(np.median(days) - 4) < 0.12
    assert 0.5 < days.std() / (4 * 0.04 / 1.96) < 1.6
    assert found.known[0].verdict == "found"
    bytes_ = {f.name: f.read_bytes() for f in (tmp_path / "a").glob("*.*")}
    assert {"posterior.csv", "posterior.yaml", "summary.json", "targets.csv"} <= set(bytes_)
    assert "uncertain: {choice: {values: [" in bytes_["posterior.yaml"].decode()

    # Stopped: two points of the second wave and the judgement are not there yet.
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    for name in ("wave-2-003", "wave-2-007", *(f"judged-{i:03}" for i in range(8))):
        (tmp_path / "b" / "points" / f"{name}.json").unlink()
    for name in bytes_:
        (tmp_path / "b" / name).unlink()
    told = []
    calibrate(read_study(folder), tmp_path / "b", workers=2, progress=lambda *one: told.append(one))
    assert {name: (tmp_path / "b" / name).read_bytes() for name in bytes_} == bytes_
    assert told[-1][:2] == (32, 32)

    written(folder, STUDY.replace("value: 20", "value: 21"))
    with pytest.raises(StoreError, match="another question"):
        calibrate(read_study(folder), tmp_path / "a")


def test_arrivals_and_stay_cannot_be_told_apart_by_beds_alone(folder, tmp_path):
    text = STUDY.replace("\ntargets:", RATE).replace("points: 12", "points: 24")
    found = calibrate(written(folder, text), tmp_path / "a")
    assert found.calibrated, found.words()
    assert [set(r.names) for r in found.ridges] == [{"mean stay", "arrivals"}]
    assert " / " not in found.ridges[0].formula  # a product, not a ratio
    product = found.draws[:, 0] * found.draws[:, 1]
    assert np.median(product) == pytest.approx(20, rel=0.03)
    snippet = (tmp_path / "a" / "posterior.yaml").read_text()
    assert "correlations:" in snippet
    assert "rank: -0.9" in snippet or "rank: -1.0" in snippet


def test_what_fails_its_checks_is_not_called_calibrated_and_ends_with_6(folder, tmp_path, capsys):
    missed = STUDY.replace("\nrun:", (
        "\n"
        "  - {name: throughput, measure: throughput, statistic: per_year, pathway: emergency, value: 2000,"
        " tolerance: 2%, role: predicted, source: made up}\nrun:"
    ))  # fmt: skip
    written(folder, missed)
    assert main(["calibrate", str(folder), "--out", str(tmp_path / "a")]) == 6
    out = capsys.readouterr().out
    assert "NOT calibrated. Kept back, arrivals: 0 of 1" in out
    # A ward with fewer patients than were recorded is fit to say how many are inside, and not how many come.
    assert "FAILED  Kept back, arrivals" in out
    assert "passed  Kept back, census" in out
    assert "what it is fit for" in out.lower()
    assert "no" in (tmp_path / "a" / "fitness.html").read_text()
    page = (tmp_path / "a" / "report.html").read_text()
    assert "The model is not calibrated" in page
    assert json.loads((tmp_path / "a" / "summary.json").read_text())["calibrated"] is False


def test_a_model_that_was_judged_by_nothing_unseen_is_not_called_calibrated(folder, tmp_path, capsys):
    seen = "\n".join(line for line in STUDY.splitlines() if "role: predicted" not in line)
    written(folder, seen)
    assert main(["calibrate", str(folder), "--out", str(tmp_path / "a")]) == 6
    out = capsys.readouterr().out
    assert "NOT calibrated. nothing was held out" in out
    assert "Keep a figure back with `role: predicted`, or give records of other days as `held_out`." in out
    assert not json.loads((tmp_path / "a" / "summary.json").read_text())["fit for"]


def test_records_kept_out_are_foretold_by_the_right_model_and_not_by_another(folder, tmp_path, capsys):
    """The same records, of stays of 4 days: a model fitted to 20 beds foretells them; one fitted to 30 does not."""
    (folder / "model.yaml").write_text(MODEL)
    write_log(simulate(read_model(folder / "model.yaml"), 200 * DAY, seed=9), folder / "held.csv")
    quick = STUDY.replace("length: 1500 d", "length: 700 d").replace("\nrun:", "\n" + HELD)
    quick = "\n".join(line for line in quick.splitlines() if "role: predicted" not in line)
    found = calibrate(written(folder, quick), tmp_path / "a")
    assert found.calibrated, found.words()
    checks = {c.name: c for c in found.validation.checks}
    assert checks["Stay, days"].held_out
    assert len(checks["In the pathway, midnight by midnight"].places) == 91
    assert checks["Little's law"].passed
    fit = {p.name: p.fit for p in found.validation.purposes()}
    assert fit["How many beds are needed, and what shorter stays would release"]
    assert not fit["How long patients wait, and what more staff or rounds would do"]
    # What was stored is read again, and holds no row of the records.
    (tmp_path / "a" / "summary.json").unlink()
    again = calibrate(read_study(folder), tmp_path / "a")
    assert again.validation == found.validation
    assert "patient" not in (tmp_path / "a" / "points" / "kept-out-000.json").read_text()

    written(folder, quick.replace("value: 20", "value: 30"))
    assert main(["calibrate", str(folder), "--out", str(tmp_path / "b"), "--workers", "2"]) == 6
    out = capsys.readouterr().out
    assert "FAILED  Stay, days" in out
    assert "FAILED  In the pathway at midnight" in out
    assert "passed  Patients a day" in out
    assert "passed  targets reached: 1 of 1" in out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("records: held.csv", "records: helt.csv", "no such file or folder; did you mean 'held.csv'?"),
        ("records: held.csv", "records: model.yaml", "want a log as CSV, or the folder of a `cisim import`"),
        ("records: held.csv", "records: .", "want the folder of a `cisim import`"),
        ("from: 2024-03-04", "from: 2024-01-08", "warms up to 2024-02-10: want a day from then on"),
        ("until: 2024-06-03", "until: 2024-03-10", "got 6 days from 2024-03-04, want 28 or more"),
        ("until: 2024-06-03", "until: 2024-06-03, pathways: [emergncy]", "did you mean 'emergency'?"),
        ("from: 2024-03-04", "form: 2024-03-04", "did you mean 'from'?"),
    ],
)
def test_a_mistake_about_records_kept_out_is_told_with_its_line(folder, old, new, words):
    (folder / "held.csv").write_text("")
    text = STUDY.replace("\nrun:", "\n" + HELD)
    assert old in text
    with pytest.raises(FileProblems) as told:
        written(folder, text.replace(old, new))
    assert words in str(told.value)
    assert "study.yaml:14:" in str(told.value)


def test_records_that_do_not_hold_the_days_or_the_pathway_are_refused_before_anything_is_simulated(
    folder, tmp_path
):
    log = simulate(read_model(folder / "model.yaml"), 200 * DAY, seed=9)
    write_log(log, folder / "held.csv")
    late = STUDY.replace("\nrun:", "\n" + HELD.replace("2024-06-03", "2024-09-02"))
    with pytest.raises(ModelError, match="want them to hold 2024-03-04 to 2024-09-02"):
        calibrate(written(folder, late), tmp_path / "a")
    text = (folder / "held.csv").read_text().replace("emergency", "acute")
    (folder / "held.csv").write_text(text)
    with pytest.raises(ModelError, match="records have the pathways 'acute', the model 'emergency'"):
        calibrate(written(folder, STUDY.replace("\nrun:", "\n" + HELD)), tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_where_nothing_within_the_priors_reaches_the_targets_that_is_said(folder, tmp_path, capsys):
    written(folder, STUDY.replace("value: 20", "value: 90"))
    assert main(["calibrate", str(folder), "--out", str(tmp_path / "a")]) == 6
    assert (
        "no hidden numbers within their priors reach the targets (not even occupied beds alone)"
        in capsys.readouterr().out
    )
    assert not (tmp_path / "a" / "posterior.csv").exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("steps.ward stay.steps.care", "steps.wardstay.steps.care", 8, "has no 'wardstay'; did you mean 'ward stay'?"),
        (".exponential.mean\n", ".exponential\n", 8, "several settings stands, want the path of one number"),
        ("{low: 1 d, high: 9 d}", "{low: 1, high: 9}", 9, "want a number with its unit"),
        ("{low: 1 d, high: 9 d}", "{low: 9 d, high: 1 d}", 9, "want low below high"),
        ("uniform: {low: 1 d, high: 9 d}", "constant: 4 d", 9, "without spread"),
        ("measure: occupancy", "measure: ocupancy", 12, "did you mean 'occupancy'?"),
        ("pool: beds", "pool: bed", 12, "did you mean 'beds'?"),
        ("value: 20", "value: 20 d", 12, "want a plain number"),
        ("tolerance: 4%", "tolerance: 0%", 12, "no figure is exact"),
        ("tolerance: 4%", "role: predicted", 12, "no target that is fitted"),
        ("replications: 2", "replications: 1", 14, "want a whole number of 2 or more"),
        ("method: {points: 12", "method: {point: 12", 15, "did you mean 'points'?"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_study_is_told_with_its_line(folder, old, new, line, words):
    assert old in STUDY
    with pytest.raises(FileProblems) as told:
        written(folder, STUDY.replace(old, new))
    assert words in str(told.value)
    assert f"study.yaml:{line}:" in str(told.value)


def test_a_prior_that_allows_what_no_model_can_have_is_refused(folder):
    text = STUDY.replace("exponential.mean\n", "exponential.mean\n").replace(
        "prior: {uniform: {low: 1 d, high: 9 d}}", "prior: {normal: {mean: 1 d, sd: 2 d}}"
    )
    with pytest.raises(FileProblems, match=r"with which there is no model|allows numbers below 0"):
        written(folder, text)


def test_what_the_model_says_of_a_number_is_its_prior_where_the_study_has_none(folder):
    (folder / "model.yaml").write_text(
        MODEL.replace(
            "mean: 4 d", 'mean: {uncertain: {uniform: {low: 48 h, high: 6 d}}, source: "three experts"}'
        )
    )
    text = STUDY.replace("    prior: {uniform: {low: 1 d, high: 9 d}}\n    source: assumption\n", "")
    (one,) = written(folder, text).hidden
    assert [one.told(float(x)) * {"d": 1, "h": 1 / 24}[one.unit] for x in one.prior.support()] == [2, 6]
    assert one.source == "three experts"
    (folder / "model.yaml").write_text(MODEL)
    with pytest.raises(FileProblems, match=r"got none, want .*`uncertain` at its place in the model"):
        written(folder, text)


def test_the_posterior_can_be_copied_into_the_model(folder):
    from cisim.calibrate.found_model import snippet

    study = written(folder)
    draws = 4 * DAY * np.exp(0.02 * np.random.default_rng(1).normal(size=(1000, 1)))
    line = next(
        one.strip() for one in snippet(study, draws, np.ones((1, 1))).splitlines() if "uncertain: " in one
    )
    (folder / "model.yaml").write_text(MODEL.replace("mean: 4 d", f"mean: {{{line}}}"))
    again = written(folder, STUDY.replace("    prior: {uniform: {low: 1 d, high: 9 d}}\n", "")).hidden[0]
    assert again.prior.mean() / DAY == pytest.approx(4, rel=0.01)
    assert again.prior.sd() / DAY == pytest.approx(0.08, rel=0.1)


def test_shares_of_other_ways_keep_their_proportions(folder):
    (folder / "model.yaml").write_text(
        MODEL.replace(
            "      - {leave: home}\n",
            "      - branch: where to\n        ways:\n          - {way: home, share: 50%}\n"
            "          - {way: care home, share: 30%}\n          - {way: rehabilitation, share: 20%}\n"
            "      - {leave: home}\n",
        )
    )
    text = STUDY.replace(
        "pathways.emergency.steps.ward stay.steps.care.duration.exponential.mean",
        "pathways.emergency.steps.where to.ways.rehabilitation.share",
    ).replace("{low: 1 d, high: 9 d}", "{low: 5%, high: 60%}")
    model = written(folder, text).model_at({"mean stay": 0.4})
    shares = {w.name: w.share for w in model.pathways["emergency"].steps[1].ways}
    assert shares == pytest.approx({"home": 0.375, "care home": 0.225, "rehabilitation": 0.4})


def test_a_target_about_nothing_says_so(folder):
    study = written(
        folder, STUDY.replace("measure: occupancy, statistic: mean, pool: beds", "measure: wait, pool: beds")
    )
    log = simulate(study.model_at({}), 60 * DAY, seed=1)
    with pytest.raises(ModelError, match="is about nothing that the model measures"):
        figures(log, study.study.targets, 20 * DAY, 60 * DAY)


def test_who_is_inside_by_hour_and_who_stayed_long_agree_with_counting(folder):
    path = folder / "model.yaml"
    path.write_text(
        MODEL.replace(
            "rate: 5 per day", "rate: 5 per day, profile: [" + ", ".join(["1"] * 12 + ["3"] * 12) + "]"
        )
    )
    log = simulate(read_model(path), 200 * DAY, seed=4)
    by_hour = inside_by_hour(log, 50 * DAY, 200 * DAY)
    from cisim.measures import spells

    table = spells(log)
    minutes = 50 * DAY + np.arange(150 * 1440) * 60_000 + 30_000
    inside = np.searchsorted(np.sort(table.arrive), minutes) - np.searchsorted(np.sort(table.leave), minutes)
    want = inside.reshape(150, 24, 60).mean(axis=(0, 2))
    assert by_hour == pytest.approx(want, rel=2e-3)
    assert by_hour == pytest.approx(inside_by_hour(log, 50 * DAY, 200 * DAY, pathway="emergency"))
    # The census-age identity for an exponential stay: exp(-x / mean), and midnights see the same.
    long = stayed_over(log, "emergency", "ward stay", 4 * DAY, 50 * DAY, 200 * DAY)
    midnights = np.arange(50, 200) * DAY
    there = (table.arrive[:, None] <= midnights) & (table.leave[:, None] > midnights)
    old = there & (midnights - table.arrive[:, None] >= 4 * DAY)
    assert long == pytest.approx(old.sum() / there.sum(), abs=0.02)
    assert long == pytest.approx(np.exp(-1), abs=0.06)
    assert np.isnan(inside_by_hour(log, 5 * HOUR, 7 * HOUR)[0])
