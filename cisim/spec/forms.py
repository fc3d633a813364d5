"""The ways to write a number that is not known, and the distribution that each means.

A family by name; a mean with its interval or standard error; an expert's quantiles; the counts behind shares that sum
to one. Where no family is named it follows from what the number can be: a share has a beta; what cannot be below
zero, and money or a plain number of which all that is said lies above zero, has a gamma; the rest a normal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from scipy import special

from cisim import fitting
from cisim.distributions import Beta, Distribution, Normal
from cisim.errors import ModelError, nearest
from cisim.spec.fields import FAMILIES
from cisim.spec.plain import Finding, got
from cisim.units import parse_share

if TYPE_CHECKING:
    from cisim.spec.kinds import Kind
    from cisim.spec.yamltree import Trail

__all__ = ["FITTED", "FormRefusedError", "Made", "made_from", "shares_from"]

LEVEL = 0.95
MOST_MISFIT = 0.1
"""The most by which a fitted distribution may miss what was said, as a share of its width: an assumption."""
MOST_TIMES = 2.0
"""The most by which it may miss a quantile of what lies above zero, in times that quantile: an assumption."""

FITTED = tuple(fitting.FAMILIES)
_PARTS = {
    "exponential": ("mean",),
    "lognormal": ("mean", "sd"),
    "gamma": ("mean", "sd"),
    "normal": ("mean", "sd"),
    "beta": ("mean", "sd"),
    "weibull": ("shape", "mean"),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "choice": ("values", "shares"),
}
_WANTED = (
    "a family such as {gamma: {mean: .., sd: ..}}, a mean with its interval {mean: .., interval: [.., ..]} or standard "
    "error {mean: .., se: ..}, or quantiles {quantiles: {5%: .., 50%: .., 95%: ..}}"
)
_KEYS = ("mean", "interval", "level", "se", "quantiles", "family", *_PARTS)


class FormRefusedError(Exception):
    """What is written cannot be: the trail inside the form, and why."""

    def __init__(self, trail: Trail, text: str) -> None:
        self.trail = trail
        self.text = text
        super().__init__(text)

    def finding(self, trail: Trail) -> Finding:
        """Return it as a finding, the form standing at `trail`."""
        return Finding((*trail, *self.trail), self.text)


@dataclass(frozen=True, slots=True)
class Made:
    """A distribution made from what was written.

    Attributes
    ----------
    distribution : Distribution
        In `unit`.
    best : float
        The mean that was said, or that of the distribution.
    unit : str
    misfit : str
        How far it is from what was said, in words; '' where nothing was fitted.
    """

    distribution: Distribution
    best: float
    unit: str
    misfit: str = ""


class _Amounts:
    """Reads the amounts of one form, all in the unit of the first."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.unit = ""
        self.size = 0.0

    def __call__(self, raw: object, trail: Trail) -> float:
        try:
            value = float(self.kind.parse(raw))
        except ValueError as error:
            raise FormRefusedError(trail, _worded(error, raw)) from None
        if not math.isfinite(value):
            raise FormRefusedError(trail, f"got {got(raw)}, want a number less extreme")
        if not self.size:
            self.unit, self.size = self.kind.unit(raw)
        return float(f"{value / self.size:.15g}")  # as it was written, not as it came back from milliseconds

    def of(self, form: Mapping[str, Any], *names: str) -> list[float]:
        """Return the amounts of those names, all of which must be there."""
        for name in names:
            if name not in form:
                raise FormRefusedError((), f"missing '{name}', want it beside {_listed(form)}")
        return [self(form[name], (name,)) for name in names]


def _listed(form: Mapping[str, Any]) -> str:
    return ", ".join(f"'{name}'" for name in form) or "nothing"


def _settings(raw: object, known: Sequence[str], trail: Trail) -> dict[str, Any]:
    """Return settings of which all are known."""
    if not isinstance(raw, dict) or not raw:
        raise FormRefusedError(trail, f"got {got(raw)}, want {_WANTED}")
    for name in raw:
        if name not in known:
            raise FormRefusedError(
                (*trail, name), f"'{name[:60]}' is not a known setting here{nearest(name, known)}"
            )
    return raw


def made_from(raw: object, kind: Kind) -> Made:
    """Return the distribution that stands for a number of a kind.

    Raises
    ------
    FormRefusedError
        With the trail inside `raw`, what was got and what is wanted.
    """
    form = _settings(raw, _KEYS, ())
    read = _Amounts(kind)
    family = next((name for name in form if name in _PARTS), "")
    try:
        if family:
            made = _by_name(family, form, read)
        elif "quantiles" in form:
            made = _by_quantiles(_only(form, "quantiles", "family"), read)
        elif "interval" in form:
            made = _by_interval(_only(form, "mean", "interval", "level", "family"), read)
        elif "se" in form:
            made = _by_error(_only(form, "mean", "se", "family"), read)
        else:
            raise FormRefusedError((), f"got {got(raw)}, want {_WANTED}")
    except ModelError as error:
        raise FormRefusedError((), error.text) from None
    except (OverflowError, ZeroDivisionError):
        raise FormRefusedError((), f"got {got(raw)}, want less extreme numbers") from None
    _within(made.distribution, kind)
    return made


def _only(form: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in form:
        if name not in names:
            raise FormRefusedError(
                (name,), f"got '{name}' beside '{names[0]}', want only: {', '.join(names)}"
            )
    return form


def _within(made: Distribution, kind: Kind) -> None:
    """Refuse a distribution that has values where the number can have none, or none that can be worked with."""
    low, high = made.support()
    name = type(made).__name__.lower()
    if not (math.isfinite(made.mean()) and math.isfinite(made.sd())):
        raise FormRefusedError(
            (), f"got {name} with numbers too large or too small, want less extreme numbers"
        )
    if low < kind.low:
        other = "gamma or lognormal" if kind.name != "share" else "beta"
        raise FormRefusedError((), f"got {name}, which goes below 0, want {other}, or ends of 0 or more")
    if high > kind.high:
        raise FormRefusedError((), f"got {name}, which goes above 100%, want beta, or ends up to 100%")


def _by_name(family: str, form: dict[str, Any], read: _Amounts) -> Made:
    _only(form, family)
    parts = _settings(form[family], _PARTS[family], (family,))
    for name in _PARTS[family]:
        if name not in parts:
            raise FormRefusedError((family,), f"missing '{name}', want {' and '.join(_PARTS[family])}")
    numbers: dict[str, Any] = {}
    for name, raw in parts.items():
        here = (family, name)
        if name in ("values", "shares"):
            if not isinstance(raw, list) or not raw:
                raise FormRefusedError(here, f"got {got(raw)}, want a list")
            each = _share if name == "shares" else read
            numbers[name] = tuple(each(one, (*here, i)) for i, one in enumerate(raw))
        elif name == "shape":
            numbers[name] = _plain(raw, here)
        else:
            numbers[name] = read(raw, here)
    made: Distribution = FAMILIES[family](SimpleNamespace(**numbers))
    if not made.sd() > 0:
        raise FormRefusedError((family,), "got one value only, want a spread, or the plain number")
    return Made(made, made.mean(), read.unit)


def _share(raw: object, trail: Trail) -> float:
    try:
        return parse_share(raw)
    except ValueError as error:
        raise FormRefusedError(trail, _worded(error, raw)) from None


def _worded(error: ValueError, raw: object) -> str:
    """Return what a reader of amounts said, what it got named as a planner would."""
    said = str(error)
    if isinstance(raw, (str, int, float)) and not isinstance(raw, bool):
        return said
    return f"got {got(raw)}, want {said.partition('want ')[2] or 'a number'}"


def _plain(raw: object, trail: Trail) -> float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise FormRefusedError(trail, f"got {got(raw)}, want a plain number")
    return float(raw)


def _family(form: Mapping[str, Any], kind: Kind, numbers: Sequence[float]) -> str:
    """Return the family that is named, or that follows from what the number can be."""
    named = form.get("family")
    if named is not None:
        if named not in FITTED:
            hint = nearest(str(named), FITTED)
            raise FormRefusedError(("family",), f"got {got(named)}, want one of: {', '.join(FITTED)}{hint}")
        return str(named)
    if kind.name == "share":
        return "beta"
    above = kind.name in ("money", "number", "whole") and min(numbers) > 0
    return "gamma" if kind.low == 0 or above else "normal"


def _by_error(form: dict[str, Any], read: _Amounts) -> Made:
    mean, error = read.of(form, "mean", "se")
    made = fitting.FAMILIES[_family(form, read.kind, [mean])](mean, error)
    return Made(made, mean, read.unit)


def _by_interval(form: dict[str, Any], read: _Amounts) -> Made:
    if not isinstance(form["interval"], list) or len(form["interval"]) != 2:
        raise FormRefusedError(
            ("interval",), f"got {got(form['interval'])}, want its two ends: [lowest, highest]"
        )
    (mean,) = read.of(form, "mean")
    low, high = (read(one, ("interval", i)) for i, one in enumerate(form["interval"]))
    level = _share(form.get("level", LEVEL), ("level",))
    if not 0 < level < 1:
        raise FormRefusedError(
            ("level",), f"got {got(form['level'])}, want a share between 0% and 100%, such as 95%"
        )
    if not low < mean < high:
        told = f"{form['mean']} with {form['interval'][0]} to {form['interval'][1]}"
        raise FormRefusedError((), f"got a mean of {told}, want the mean inside its interval")
    family = _family(form, read.kind, [low, mean, high])
    if family == "normal" and math.isclose(mean - low, high - mean, rel_tol=1e-9):
        return Made(Normal(mean, (high - low) / (2 * float(special.ndtri((1 + level) / 2)))), mean, read.unit)
    said = {(1 - level) / 2: low, (1 + level) / 2: high}
    return _fitted(family, said, read, mean)


def _by_quantiles(form: dict[str, Any], read: _Amounts) -> Made:
    raw = form["quantiles"]
    if not isinstance(raw, dict) or len(raw) < 2:
        raise FormRefusedError(
            ("quantiles",), f"got {got(raw)}, want two or more, such as {{5%: .., 50%: .., 95%: ..}}"
        )
    said: dict[float, float] = {}
    for name, one in raw.items():
        said[_share(name, ("quantiles", name))] = read(one, ("quantiles", name))
    return _fitted(_family(form, read.kind, list(said.values())), said, read, None)


def _fitted(family: str, said: dict[float, float], read: _Amounts, mean: float | None) -> Made:
    try:
        found = fitting.from_quantiles(family, said, mean=mean)
    except ModelError as error:
        raise FormRefusedError((), error.text) from None
    if found.misfit > MOST_MISFIT or (mean is None and _times_off(family, found) > MOST_TIMES):
        nearest_one = " and ".join(f"{x:.4g} at {p:.4g}" for p, x in found.got.items())
        wanted = " and ".join(f"{x:.4g} at {p:.4g}" for p, x in found.wanted.items())
        beside = "" if mean is None else f" with a mean of {mean:.4g}"
        other = "another 'family', or " + ("others" if mean is None else "'quantiles'")
        raise FormRefusedError(
            (),
            f"got {wanted}{beside}, but the nearest {family} has {nearest_one}; want "
            f"{_other_family(family, said, mean) or other}",
        )
    best = found.distribution.mean() if mean is None else mean
    return Made(found.distribution, best, read.unit, found.told())


def _times_off(family: str, found: fitting.Fitted) -> float:
    """Return by how many times a quantile of what lies above zero is missed, most; 1 for families that may not."""
    if family not in ("gamma", "lognormal"):
        return 1.0
    pairs = [(found.got[p], x) for p, x in found.wanted.items() if x > 0]
    return max((max(got / x, x / max(got, 1e-300)) for got, x in pairs), default=1.0)


def _other_family(family: str, said: dict[float, float], mean: float | None) -> str:
    """Return another family that keeps to what was said, if there is one, in words."""
    for other in ("gamma", "lognormal") if family in ("gamma", "lognormal") else ():
        try:
            found = fitting.from_quantiles(other, said, mean=mean)
        except ModelError:
            continue
        if other != family and found.misfit <= MOST_MISFIT and _times_off(other, found) <= MOST_TIMES:
            return f"'family: {other}', which comes within {found.misfit:.1%} of the range"
    return ""


def shares_from(raw: object) -> dict[str, Beta]:
    """Return the distribution of each of several shares that sum to one, drawn together as a Dirichlet.

    ``{dirichlet: {home: 130, ward: 70}}`` gives the patients who were counted; ``{dirichlet: {home: 65%, ward: 35%},
    size: 200}`` the shares, and as many patients as they are as sure as.

    Raises
    ------
    FormRefusedError
        With the trail inside `raw`, what was got and what is wanted.
    """
    form = _settings(raw, ("dirichlet", "size"), ())
    given = form.get("dirichlet")
    if not isinstance(given, dict) or len(given) < 2:
        raise FormRefusedError(
            ("dirichlet",) if "dirichlet" in form else (),
            f"got {got(given)}, want the patients counted on each, such as {{dirichlet: {{home: 130, ward: 70}}}}",
        )
    if "size" in form:
        size = _plain(form["size"], ("size",))
        shares = {name: _share(one, ("dirichlet", name)) for name, one in given.items()}
        if not size > 0:
            raise FormRefusedError(
                ("size",), f"got {got(form['size'])}, want the number of patients, above 0"
            )
        if abs(sum(shares.values()) - 1) > 1e-9:
            raise FormRefusedError(
                ("dirichlet",), f"got shares that sum to {sum(shares.values()):.4%}, want a sum of 100%"
            )
        counts = {name: share * size for name, share in shares.items()}
    else:
        for name, one in given.items():
            if isinstance(one, str) and "%" in one:
                raise FormRefusedError(
                    ("dirichlet", name),
                    f"got {got(one)}, want patients counted; or shares with a 'size', as many patients as they rest on",
                )
        counts = {name: _plain(one, ("dirichlet", name)) for name, one in given.items()}
    for name, count in counts.items():
        if not (count > 0 and math.isfinite(count)):
            words = "more than 0 for each; where nobody was seen, 0.5 or 1 says that somebody may be"
            raise FormRefusedError(("dirichlet", name), f"got {got(given[name])}, want {words}")
    total = sum(counts.values())
    means = {name: count / total for name, count in counts.items()}
    return {name: Beta(m, math.sqrt(m * (1 - m) / (total + 1))) for name, m in means.items()}
