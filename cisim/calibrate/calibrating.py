"""Calibrating a model by simulation: waves of points, a posterior, and a judgement by fresh points."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import cisim
from cisim.analysis import sample
from cisim.calibrate.aims import NORMAL, Aims, correlation, scaled
from cisim.calibrate.found_model import fitted_model, snippet
from cisim.calibrate.judging import Judgement, Reached, emulated_right, judged, reached
from cisim.calibrate.knowing import Known, Ridge, rank_correlations, ridges, what_is_known
from cisim.calibrate.matching import CUTOFF, Left, Surfaces, left_over, ruled, spread_out, surfaces
from cisim.calibrate.points import Task, simulate_point, values_of
from cisim.calibrate.posterior import posterior
from cisim.calibrate.validating import KeptRecords, read_kept, simulate_kept, validated
from cisim.distributions import Uniform
from cisim.runs import Crew, Meter, open_store, write_text
from cisim.spec import target_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cisim.calibrate.aims import Floats
    from cisim.calibrate.validate import Validation
    from cisim.runs import Progress
    from cisim.spec import Calibration

    Mask = NDArray[np.bool_]

__all__ = ["Calibrated", "Wave", "calibrate"]

_LITTLE = 0.6
"""Share of what was left that is left after another wave, above which it ruled out little."""
_NEAR = 2.0
"""Cutoffs: points farther from the targets than this, by earlier waves, do not shape the emulators."""
_LEAST_POINTS = 40
_EACH = 12
"""Points of a wave for each hidden number: ten is the usual advice (Loeppky and others 2009)."""


@dataclass(frozen=True, slots=True)
class Wave:
    """What one wave ruled out.

    Attributes
    ----------
    points : int
    left : float
        Share of the prior that is not ruled out by this and earlier waves.
    nearest : float
        The least implausibility found anywhere: above 3, nothing within the priors reaches all targets.
    passed_over : dict of str to str
        Targets that this wave could not use, and why.
    """

    points: int
    left: float
    nearest: float
    passed_over: dict[str, str]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A study that was carried out.

    Attributes
    ----------
    calibration : Calibration
    folder : Path
    waves : tuple of Wave
    u, draws : ndarray of float, shape (draws, hidden)
        From the posterior: as quantiles of the priors, and in the model file's own units. Without rows where nothing
        within the priors reaches the targets.
    known : tuple of Known
    ridges : tuple of Ridge
    reached : tuple of Reached
    judgements : tuple of Judgement
        Of the fit.
    validation : Validation or None
        All checks, those of what was kept out too; None where nothing within the priors reaches the targets.
    simulated : int
        Replications that were simulated in all.
    """

    calibration: Calibration
    folder: Path
    waves: tuple[Wave, ...]
    u: Floats
    draws: Floats
    known: tuple[Known, ...]
    ridges: tuple[Ridge, ...]
    reached: tuple[Reached, ...]
    judgements: tuple[Judgement, ...]
    validation: Validation | None
    simulated: int

    @property
    def calibrated(self) -> bool:
        """Whether the model may be called calibrated: it passed every check, and one was of what it had not seen."""
        return not self.failures()

    def failures(self) -> tuple[str, ...]:
        """Return why the model may not be called calibrated; nothing, where it may."""
        if self.validation is not None:
            return self.validation.reasons()
        return tuple(f"{one.check}: {one.words}." for one in self.judgements if not one.passed)

    @property
    def checks(self) -> tuple[tuple[str, bool, str], ...]:
        """Every check: its name, whether it passed, and what was found."""
        if self.validation is None:
            return tuple((one.check, one.passed, one.words) for one in self.judgements)
        return tuple((one.name, one.passed, one.words.removesuffix(".")) for one in self.validation.checks)

    def words(self) -> list[str]:
        """Return what was found as sentences, the verdict first."""
        failed = self.failures()
        if not failed:
            out = ["The model is calibrated: it passed every check below."]
        else:
            out = ["The model is NOT calibrated. " + " ".join(failed)]
            if self.validation is not None and not any(c.held_out for c in self.validation.checks):
                out.append(
                    "Keep a figure back with `role: predicted`, or give records of other days as `held_out`."
                )
        for one in self.known:
            if one.verdict == "not identified":
                left = f"the targets leave {one.left:.0%} of the spread that was believed before"
                out.append(f"Not identified: {one.name}; {left}.")
            if one.at_edge:
                out.append(f"At an end of its prior: {one.name}; the prior decides it, not the targets.")
        out += [ridge.told() for ridge in self.ridges]
        return out


@dataclass(slots=True)
class _Runner:
    """Simulates points, or reads those that are stored."""

    calibration: Calibration
    folder: Path
    crew: Crew
    meter: Meter
    done: int = 0

    def run(self, name: str, values: Floats, *, audited: bool = False) -> Floats:
        """Return what points give, shape (points, replications, targets); no two points share their luck."""
        return np.array(self.each(name, values, simulate_point, audited=audited), float)

    def each(
        self,
        name: str,
        values: Floats,
        simulated: Callable[[Calibration, Task], object],
        *,
        audited: bool = False,
    ) -> list[Any]:
        """Return what a function gives for points, as plain data, simulated or as it was stored."""
        r = self.calibration.study.run.replications
        first = self.done * r
        tasks = [
            Task(f"{name}-{i:03}", tuple(row), first + i * r, audited)
            for i, row in enumerate(values.tolist())
        ]
        self.done += len(tasks)
        missing = [task for task in tasks if not _path(self.folder, task).is_file()]
        self.meter.expect(len(tasks), len(tasks) - len(missing))
        self.crew.work(partial(_finish, self.calibration, self.folder, simulated), missing, self.meter.one)
        return [json.loads(_path(self.folder, task).read_text("utf-8")) for task in tasks]


def _path(folder: Path, task: Task) -> Path:
    return folder / "points" / f"{task.name}.json"


def _finish(
    calibration: Calibration, folder: Path, simulated: Callable[[Calibration, Task], object], task: Task
) -> None:
    """Simulate a point and store it, whole or not at all."""
    write_text(_path(folder, task), json.dumps(simulated(calibration, task)) + "\n")


def calibrate(
    calibration: Calibration, folder: Path, *, workers: int = 1, progress: Progress | None = None
) -> Calibrated:
    """Carry out a study into a folder, and return what was found; a study that was stopped goes on.

    Parameters
    ----------
    calibration : Calibration
        From `read_study`.
    folder : Path
    workers : int
        Processes; the files are the same to the last byte whatever their number.
    progress : callable, optional
        As of `cisim.run`.

    Raises
    ------
    ModelError, RunError, AuditError
        Where a point cannot be simulated, and what is finished is stored; or where records that were kept out do not
        hold the days that are to be foretold.
    DataError
        Where such records cannot be read.
    StoreError
        Where the folder belongs to another study.
    """
    identity = {"cisim": cisim.__version__, **calibration.files}
    kept = read_kept(calibration)
    open_store(folder, identity)
    with Crew(workers) as crew:
        runner = _Runner(calibration, folder, crew, Meter(progress))
        found = _carried_out(calibration, folder, runner, kept)
    _write(found)
    return found


def _carried_out(
    calibration: Calibration, folder: Path, runner: _Runner, kept: KeptRecords | None
) -> Calibrated:
    fit = _matched(calibration, runner)
    if len(fit.left.points):
        return _judged(calibration, folder, runner, fit, kept)
    simulated = runner.done * calibration.study.run.replications
    none = np.zeros((0, len(calibration.hidden)))
    nothing = (_nothing_left(calibration, fit),)
    return Calibrated(calibration, folder, tuple(fit.told), none, none, (), (), (), nothing, None, simulated)


@dataclass(slots=True)
class _Fit:
    """What the waves left for the posterior.

    Attributes
    ----------
    left : Left
    fitted : ndarray of bool, shape (targets,)
    luck : ndarray of float, shape (fitted targets,)
        Variance of the luck of the records.
    near : ndarray of float, shape (points, replications, targets)
        What the points gave that the last emulators rest on.
    made, told : list
        The waves.
    """

    left: Left
    fitted: Mask
    luck: Floats
    near: Floats
    made: list[Surfaces] = field(default_factory=list)
    told: list[Wave] = field(default_factory=list)


def _matched(calibration: Calibration, runner: _Runner) -> _Fit:
    """Rule out what cannot be, wave by wave, until another would rule out little."""
    study, p, seed = calibration.study, len(calibration.hidden), calibration.study.run.seed
    aims, fitted = _aims(calibration)
    n = study.method.points or max(_LEAST_POINTS, _EACH * p)
    drawn = sample({h.name: Uniform(0.0, 1.0) for h in calibration.hidden}, n, seed=seed)
    u = _lattice(calibration, np.column_stack(list(drawn.values())))
    points, outputs = np.zeros((0, p)), np.zeros((0, study.run.replications, len(study.targets)))
    fit = _Fit(Left(u, 1.0, 0.0), fitted, np.zeros(int(fitted.sum())), outputs)
    for number in range(1, study.method.waves + 1):
        outputs = np.concatenate([outputs, runner.run(f"wave-{number}", values_of(calibration, u))])
        points = np.vstack([points, u])
        near = _near(fit.made, points, n)
        fit.near, fit.luck = outputs[near], _luck(calibration, outputs[near], fitted)
        fit.made.append(
            surfaces(points[near], outputs[near][:, :, fitted], aims, fit.luck, seed=seed + number)
        )

        def judge(v: Floats, limit: float) -> Floats:
            return ruled(fit.made, _lattice(calibration, v), limit)

        before, fit.left = fit.left, left_over(judge, p, seed=seed + number)
        fit.told.append(Wave(len(u), fit.left.share, fit.left.nearest, fit.made[-1].dropped))
        if not len(fit.left.points) or (number > 1 and fit.left.share > _LITTLE * before.share):
            break
        u = _lattice(calibration, fit.left.points[spread_out(fit.left.points, n, points[near])])
    return fit


def _judged(
    calibration: Calibration, folder: Path, runner: _Runner, fit: _Fit, kept: KeptRecords | None
) -> Calibrated:
    study, last = calibration.study, fit.made[-1]
    chosen = np.array([i for i, t in enumerate(study.targets) if t.name in last.aims.names])
    luck = _luck_matrix(fit.near[:, :, chosen], last)
    start = np.resize(fit.left.points, (study.method.draws, len(calibration.hidden)))
    raw = posterior([_Lattice(calibration, one) for one in fit.made], start, luck, seed=study.run.seed)
    u = _lattice(calibration, raw)
    draws = values_of(calibration, raw)
    picked = np.linspace(0, len(draws) - 1, study.method.checked).round().astype(np.int64)
    outputs = runner.run("judged", draws[picked], audited=True)
    all_luck = _luck(calibration, outputs, np.ones(len(study.targets), bool))
    found = reached(calibration, outputs, all_luck, [target_unit(t) for t in study.targets])
    means, noise = scaled(outputs[:, :, chosen], last.aims, last.width)
    right = emulated_right(last, u[picked], means, noise)
    judgements = tuple(judged(found, right, means.size))
    days: list[dict[str, Any]] = []
    if kept is not None and study.held_out is not None:
        many = np.linspace(0, len(draws) - 1, study.held_out.simulated).round().astype(np.int64)
        days = runner.each("kept-out", draws[many], simulate_kept)
    return Calibrated(
        calibration, folder, tuple(fit.told), u, draws,
        tuple(what_is_known(calibration.hidden, raw, draws)), tuple(ridges(calibration.hidden, draws)),
        tuple(found), judgements, validated(calibration, judgements, found, kept, days),
        runner.done * study.run.replications - len(days) * (study.run.replications - 1),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Lattice:
    """Emulators asked only at points that a model can have: whole numbers stay whole."""

    calibration: Calibration
    of: Surfaces

    @property
    def aims(self) -> Aims:
        return self.of.aims

    @property
    def width(self) -> Floats:
        return self.of.width

    @property
    def variance(self) -> Floats:
        return self.of.variance

    def at(self, u: Floats) -> tuple[Floats, Floats]:
        return self.of.at(_lattice(self.calibration, u))


def _lattice(calibration: Calibration, u: Floats) -> Floats:
    """Return quantiles of the priors with those of whole numbers moved to where the whole number lies."""
    if not any(h.whole for h in calibration.hidden):
        return u
    out = u.copy()
    values = values_of(calibration, u)
    for j, one in enumerate(calibration.hidden):
        if one.whole:
            out[:, j] = np.clip(one.prior.cdf(values[:, j]), 0.0, 1.0)
    return out


def _aims(calibration: Calibration) -> tuple[Aims, Mask]:
    targets = calibration.study.targets
    fitted = np.array([t.role == "fitted" for t in targets])
    values, se = (np.array(column) for column in zip(*calibration.figures, strict=True))
    off = np.array([t.tolerance for t in targets]) * np.abs(values) / NORMAL
    return Aims(tuple(t.name for t in targets), values, se, off).part(fitted), fitted


def _luck(calibration: Calibration, outputs: Floats, chosen: Mask) -> Floats:
    """Return the variance of the luck in the records behind each target; 0 where its standard error is stated."""
    study = calibration.study
    mine = outputs[:, :, chosen]
    if study.observed is None:
        return np.zeros(mine.shape[2])
    own = np.nanmedian(mine.var(axis=1, ddof=1), axis=0) * study.run.length / study.observed
    stated = np.array([se > 0 for _, se in calibration.figures])[chosen]
    return np.where(stated, 0.0, own)


def _luck_matrix(outputs: Floats, last: Surfaces) -> Floats:
    """Return the covariance of the luck of the records on the scale of the targets."""
    there = np.isfinite(outputs).all(axis=(1, 2))
    size = np.sqrt(last.luck) / last.width
    return np.asarray(correlation(outputs[there]) * size * size[:, None])


def _near(made: list[Surfaces], points: Floats, n: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the points that shape the next emulators: those not far from the targets by the waves before."""
    if not made:
        return np.arange(len(points))
    far = ruled(made, points)
    order = np.argsort(far, kind="stable")
    count = max(int((far <= _NEAR * CUTOFF).sum()), min(n, len(points)))
    return np.sort(order[:count])


def _nothing_left(calibration: Calibration, fit: _Fit) -> Judgement:
    """Return the judgement of a study in which no numbers within the priors reach all the targets."""
    last = fit.made[-1]
    drawn = sample({h.name: Uniform(0.0, 1.0) for h in calibration.hidden}, 4000, seed=1)
    m, s = last.at(_lattice(calibration, np.column_stack(list(drawn.values()))))
    alone = (np.abs(m) / np.sqrt(s**2 + last.variance)).min(axis=0)
    worst = [name for name, a in zip(last.aims.names, alone, strict=True) if a > CUTOFF]
    what = f"not even {', '.join(worst)} alone" if worst else "each alone can be reached, not all together"
    words = (
        f"no hidden numbers within their priors reach the targets ({what}): the nearest is "
        f"{fit.told[-1].nearest:.1f} standard deviations off. Widen a prior, allow more tolerance, or mend the model"
    )
    return Judgement("something is left", passed=False, words=words)


# -- files ------------------------------------------------------------------------------------------


def _write(found: Calibrated) -> None:
    folder, hidden = found.folder, found.calibration.hidden
    if len(found.draws):
        scale = np.array([h.places[0].scale for h in hidden])
        heads = [f"{h.name} ({h.unit})" if h.unit else h.name for h in hidden]
        write_text(folder / "posterior.csv", _csv(heads, (found.draws / scale).tolist()))
        write_text(
            folder / "posterior.yaml", snippet(found.calibration, found.draws, rank_correlations(found.u))
        )
        fitted_model(found.calibration, found.draws, folder / "model.yaml")
        rows = [
            [
                r.name,
                r.role,
                r.value,
                r.se,
                r.model,
                r.low,
                r.high,
                r.allowed,
                r.unit,
                "yes" if r.within else "no",
                r.source,
            ]
            for r in found.reached
        ]
        heads = [
            "target",
            "role",
            "value",
            "se",
            "model",
            "low",
            "high",
            "allowed",
            "unit",
            "within",
            "source",
        ]
        write_text(folder / "targets.csv", _csv(heads, rows))
    write_text(folder / "summary.json", json.dumps(_summary(found), indent=2, ensure_ascii=False) + "\n")


def _csv(heads: list[str], rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([f"{x:.8g}" if isinstance(x, float) else x for x in row] for row in rows)
    return out.getvalue()


def _summary(found: Calibrated) -> dict[str, object]:
    return {
        "study": found.calibration.study.study,
        "calibrated": found.calibrated,
        "words": found.words(),
        "checks": [{"check": c, "passed": passed, "words": words} for c, passed, words in found.checks],
        "fit for": [p.name for p in found.validation.purposes() if p.fit] if found.validation else [],
        "hidden": [
            {
                "name": k.name, "unit": k.unit, "before": _rounded(k.before), "after": _rounded(k.after),
                "left": round(k.left, 4), "verdict": k.verdict,
            }
            for k in found.known
        ],
        "known together": [
            {"formula": r.formula, "together": round(r.together, 5), "alone": _rounded(r.alone)}
            for r in found.ridges
        ],
        "waves": [
            {
                "points": w.points, "left": float(f"{w.left:.4g}"), "nearest": round(w.nearest, 3),
                "passed over": w.passed_over,
            }
            for w in found.waves
        ],
        "replications simulated": found.simulated,
    }  # fmt: skip


def _rounded(numbers: Sequence[float]) -> list[float]:
    return [float(f"{x:.6g}") for x in numbers]
