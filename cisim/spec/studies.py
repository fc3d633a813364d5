"""A calibration study with its model: where its hidden numbers stand, and the model with others there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from cisim.distributions import Scaled
from cisim.errors import ModelError
from cisim.spec.checks import model_findings
from cisim.spec.fields import Milliseconds, Number, RatePerMs, Share, Uncertain
from cisim.spec.model import Model
from cisim.spec.places import Place, find_place, read_number, set_numbers
from cisim.spec.plain import Finding, findings
from cisim.spec.study import Hidden, Study, Target
from cisim.spec.study_checks import HOURLY, LONG
from cisim.spec.worth_checks import is_time
from cisim.units import DAY, HOUR, parse_duration, parse_share

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cisim.distributions import Distribution
    from cisim.spec.slots import Slot
    from cisim.spec.yamltree import Trail

__all__ = [
    "Calibration",
    "HiddenNumber",
    "describe_study",
    "hidden_numbers",
    "impossible",
    "target_figures",
    "target_unit",
]

_KINDS: dict[str, TypeAdapter[Any]] = {
    "duration": TypeAdapter(Uncertain[Milliseconds]),
    "rate": TypeAdapter(Uncertain[RatePerMs]),
    "share": TypeAdapter(Uncertain[Share]),
    "count": TypeAdapter(Uncertain[Number]),
    "number": TypeAdapter(Uncertain[Number]),
}
_TRIED = (0.025, 0.5, 0.975)


@dataclass(frozen=True, slots=True)
class HiddenNumber:
    """A number that no record shows.

    Attributes
    ----------
    name : str
    places : tuple of Place
        Where it stands in the model file.
    prior : Distribution
        In the file's own unit: milliseconds, shares.
    source : str
    """

    name: str
    places: tuple[Place, ...]
    prior: Distribution
    source: str

    @property
    def whole(self) -> bool:
        """Whether it is counted in whole numbers."""
        return self.places[0].kind == "count"

    @property
    def unit(self) -> str:
        """The unit in which people are told it."""
        return self.places[0].unit

    def told(self, value: float) -> float:
        """Return a value in the unit in which people are told it."""
        return value / self.places[0].scale


@dataclass(frozen=True, slots=True)
class Calibration:
    """A study with everything that it names, read and checked.

    Attributes
    ----------
    path : Path
        The study file.
    study : Study
    hidden : tuple of HiddenNumber
    figures : tuple of (float, float)
        Each target's value and standard error (0 where none is stated), in the measure's unit.
    files : dict of str to str
        The sha256 of every file read, by its path from the project's root.
    data : Any
        The model file's plain data.
    records : Path or None
        The records that were kept out: a file, or the folder of an import.
    """

    path: Path
    study: Study
    hidden: tuple[HiddenNumber, ...]
    figures: tuple[tuple[float, float], ...]
    files: dict[str, str]
    data: Any = field(repr=False)
    records: Path | None = None

    def model_at(self, values: Mapping[str, float]) -> Model:
        """Return the model with hidden numbers at these values, in the file's own unit; others as written.

        Raises
        ------
        ModelError
            Where no such model can be.
        """
        numbers = {p: values[h.name] for h in self.hidden if h.name in values for p in h.places}
        return _model(set_numbers(self.data, numbers))


def _model(data: Any) -> Model:
    try:
        made = Model.model_validate(data)
    except ValidationError as error:
        found = findings(error, data, Model)
        raise ModelError(".".join(map(str, found[0].trail)), found[0].text) from None
    wrong = model_findings(made)
    if wrong:
        raise ModelError(".".join(map(str, wrong[0].trail)), wrong[0].text)
    return made


def _figure(target: Target, written: str | float | None) -> float:
    """Return a figure of a target in its measure's unit: days of stays and blocking, else hours; a plain number."""
    if written is None:
        raise ModelError(target.name, "its figure stands in a table that is not read yet")
    if isinstance(written, str) and is_time(target.measure, target.statistic):
        return parse_duration(written) / (DAY if target.measure in ("length_of_stay", "blocked") else HOUR)
    return parse_share(written)


def target_unit(target: Target) -> str:
    """Return the unit of a target's figure, as its measure has it; '' for a plain number."""
    if target.measure == HOURLY:
        return "h of the day" if target.statistic in ("peak", "trough") else "patients"
    if is_time(target.measure, target.statistic):
        return "d" if target.measure in ("length_of_stay", "blocked") else "h"
    return "share" if target.measure == LONG or "share" in target.statistic else ""


def target_figures(study: Study) -> tuple[tuple[float, float], ...]:
    """Return each target's value and standard error (0 where none is stated), in the measure's unit."""
    return tuple((_figure(t, t.value), 0.0 if t.se is None else _figure(t, t.se)) for t in study.targets)


def hidden_numbers(
    study: Study, data: Any, slots: Sequence[Slot]
) -> tuple[list[Finding], tuple[HiddenNumber, ...]]:
    """Return the hidden numbers of a study in a model file's plain data, and what is wrong with them.

    Parameters
    ----------
    study : Study
    data : Any
    slots : sequence of Slot
        The model file's own uncertain numbers: the priors of those for which the study has none.
    """
    known = {slot.trail: slot for slot in slots}
    found: list[Finding] = []
    made: list[HiddenNumber] = []
    taken: dict[Trail, str] = {}
    for i, one in enumerate(study.hidden):
        here = ("hidden", i)
        places: list[Place] = []
        for path in one.paths:
            try:
                place = find_place(data, path)
            except ModelError as error:
                found.append(Finding((*here, "at"), error.text))
                continue
            if place.trail in taken:
                found.append(Finding((*here, "at"), f"{path!r} is '{taken[place.trail]}' already"))
            taken[place.trail] = one.name
            places.append(place)
        kinds = {place.kind for place in places}
        if len(kinds) > 1:
            found.append(
                Finding((*here, "at"), f"got places of {' and '.join(sorted(kinds))}, want all of one kind")
            )
        elif places:
            slot = known.get(places[0].trail)
            prior = _prior(one, places[0].kind) if one.prior is not None or slot is None else _own(slot)
            if isinstance(prior, str):
                found.append(Finding((*here, "prior"), prior))
            else:
                source = one.source or (slot.source if slot is not None and one.prior is None else "")
                made.append(HiddenNumber(one.name, tuple(places), prior, source))
    return found, tuple(made)


def _prior(one: Hidden, kind: str) -> Distribution | str:
    """Return the prior in the unit of its place, or what is wrong with it."""
    if one.prior is None:
        return "got none, want {uniform: {low: ..., high: ...}} or the like, or `uncertain` at its place in the model"
    try:
        written = _KINDS[kind].validate_python(one.prior)
    except ValidationError as error:
        return findings(error, one.prior, Uncertain)[0].text
    made: Distribution = written.distribution()
    if not made.sd() > 0:
        return "got a number without spread, want a distribution: a number that is known is not hidden"
    return made


def _own(slot: Slot) -> Distribution:
    """Return an uncertain number of the model file in the file's own unit."""
    return Scaled(slot.distribution, read_number(slot.kind.write(1.0, slot.unit), slot.where)[1])


def impossible(calibration: Calibration) -> Iterator[Finding]:
    """Yield hidden numbers whose prior allows what no model can have."""
    for i, one in enumerate(calibration.hidden):
        low, *_ = one.prior.support()
        for share in _TRIED:
            value = float(np.asarray(one.prior.ppf(np.array([share])))[0])
            try:
                calibration.model_at({one.name: value})
            except ModelError as error:
                told = f"{one.told(value):.4g} {one.unit}".rstrip()
                text = f"allows {told}, with which there is no model: {error.text}"
                yield Finding(("hidden", i, "prior"), text)
                break
        if one.places[0].kind != "number" and low < 0:
            yield Finding(("hidden", i, "prior"), "allows numbers below 0, want a distribution that does not")


def describe_study(calibration: Calibration) -> str:
    """Return a study in words: what is hidden, and what the model must reach."""
    study = calibration.study
    lines = [
        f"Study {study.study}: {study.question}",
        "  hidden, and what is believed of it before (5%, 50%, 95%):",
    ]
    for one in calibration.hidden:
        ends = [one.told(float(x)) for x in np.asarray(one.prior.ppf(np.array([0.05, 0.5, 0.95])))]
        told = ", ".join(f"{x:.4g}" for x in ends)
        lines.append(
            f"    {one.name}: {told} {one.unit}".rstrip() + f", at {'; '.join(p.path for p in one.places)}"
        )
    for role, words in (("fitted", "to be reached"), ("predicted", "kept back, to judge")):
        mine = [t for t in study.targets if t.role == role]
        lines += [f"  {words}:"] if mine else []
        for target in mine:
            se = "" if target.se is None else f", standard error {target.se}"
            table = "" if target.table is None else f", from '{target.table.file}'"
            lines.append(f"    {target.name}: {target.value} (within {target.tolerance:.1%}{se}){table}")
    if study.held_out is not None:
        kept = study.held_out
        lines.append(f"  kept out, to be foretold: {kept.records}, {kept.since} to {kept.until}")
    return "\n".join(lines) + "\n"
