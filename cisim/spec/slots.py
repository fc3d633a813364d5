"""Numbers that are not known, taken out of a file before it is checked, and put back at any value.

The best estimate stands in each one's place, so that nothing that reads or checks a model knows of them: a draw is
the same file with other numbers in it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cisim.distributions import Beta
from cisim.spec.fields import Strict, Uncertain
from cisim.spec.forms import FormRefusedError, made_from, shares_from
from cisim.spec.kinds import Kind, Place, into, places_of
from cisim.spec.model import Branch
from cisim.spec.places import fill_up, whole_of
from cisim.spec.plain import Finding, got, where
from cisim.spec.value import Value
from cisim.units import parse_share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cisim.distributions import Distribution
    from cisim.spec.yamltree import Trail, Tree

__all__ = ["Slot", "put_in", "take_out"]

_BARE = ("interval", "se", "quantiles")
_BESIDE = ("uncertain", "source", "note")
_FILLERS: dict[str, str | float] = {"duration": "1 d", "rate": "1 per day", "money": "£1", "share": 0.5}
_SHARE = Kind("share", parse_share, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a file where a number stands that is not known.

    Attributes
    ----------
    trail : Trail
    where : str
        The trail as people read it.
    kind : Kind
    distribution : Distribution
        In `unit`.
    best : float
    unit, source, note, misfit : str
    group : str
        Where the numbers stand that sum to one with this; '' for a number by itself.
    """

    trail: Trail
    where: str
    kind: Kind
    distribution: Distribution
    best: float
    unit: str
    source: str
    note: str
    misfit: str = ""
    group: str = ""


def take_out(tree: Tree, root: type[Strict]) -> tuple[Tree, tuple[Slot, ...], list[Finding]]:
    """Return a file with the best estimate in the place of every uncertain number, those numbers, and what is wrong.

    In a value file, outside of changes, the number stays uncertain, written as the family that was meant.
    """
    if not _any(tree.data):
        return tree, (), []
    taker = _Taker(tree, root)
    data = taker.visit(tree.data, places_of(root), ())
    return replace(tree, data=data), tuple(taker.slots), taker.findings


def put_in(data: Any, numbers: Mapping[Trail, str | float]) -> Any:
    """Return a copy of a file's data with other numbers at some trails.

    Shares of the same branch that are not given keep their proportions and fill up the whole.

    Raises
    ------
    ModelError
        Where shares sum to more than one.
    """
    data = copy.deepcopy(data)
    for trail, number in numbers.items():
        holder = data
        for part in trail[:-1]:
            holder = holder[part]
        holder[trail[-1]] = number
    for whole in {whole for trail in numbers if (whole := whole_of(trail)) is not None}:
        fill_up(data, whole, numbers.keys())
    return data


def _any(node: Any) -> bool:
    """Return whether any setting is named as uncertain numbers are: most files have none."""
    if isinstance(node, dict):
        return any(k == "uncertain" or k in _BARE or _any(v) for k, v in node.items())
    return isinstance(node, list) and any(_any(one) for one in node)


def _text(raw: object) -> str:
    return raw.strip() if isinstance(raw, str) else ""


def _harmless(node: dict[str, Any], kind: Kind | None, places: Sequence[Place]) -> Any:
    """Return what can be read in the place of what was refused, so that the rest of the file is still checked."""
    if kind is not None:
        return _FILLERS.get(kind.name, 1)
    if any(p.shares for p in places):
        return {"x": 1.0}
    ways = (
        [way for way in node["ways"] if isinstance(way, dict)] if isinstance(node.get("ways"), list) else []
    )
    return {
        **{k: v for k, v in node.items() if k not in ("uncertain", "source")},
        "ways": [{**way, "share": 1 / len(ways)} for way in ways],
    }


def _beside(node: Mapping[str, Any]) -> None:
    for name in node:
        if name not in _BESIDE:
            raise FormRefusedError(
                (name,), f"got '{name}' beside 'uncertain', want only 'source' and 'note' there"
            )


class _Taker:
    """The walk through one file."""

    def __init__(self, tree: Tree, root: type[Strict]) -> None:
        self.tree = tree
        self.root = root
        self.slots: list[Slot] = []
        self.findings: list[Finding] = []

    def visit(self, node: Any, places: Sequence[Place], trail: Trail) -> Any:
        """Return what stands at a place, without what is uncertain in it."""
        if isinstance(node, list):
            return [self.visit(one, into(places, i, node), (*trail, i)) for i, one in enumerate(node)]
        if not isinstance(node, dict):
            return node
        kind = next((k for p in places if (k := p.number()) is not None), None)
        try:
            taken = self.taken(node, kind, places, trail)
        except FormRefusedError as error:
            self.findings.append(error.finding(trail))
            return _harmless(node, kind, places)
        if taken is not None:
            return taken
        return {k: self.visit(v, into(places, k, node), (*trail, k)) for k, v in node.items()}

    def taken(self, node: dict[str, Any], kind: Kind | None, places: Sequence[Place], trail: Trail) -> Any:
        """Return what stands in the place of settings that are themselves uncertain; None for any others."""
        said = "uncertain" in node
        if kind is not None:
            uncertain = any(isinstance(p.type, type) and issubclass(p.type, Uncertain) for p in places)
            if uncertain and self.root is Value and "changes" not in trail:
                return self.bare(node, kind) if said or any(k in node for k in _BARE) else None
            return self.number(node, kind, trail) if said else None
        if said and any(p.shares for p in places):
            return self.shares(node, trail)
        if said and "branch" in node and Place(Branch) in places:
            return self.branch(node, places, trail)
        return None

    def form(self, node: Mapping[str, Any], trail: Trail) -> Any:
        """Return what stands under ``uncertain``, which only its source and note may stand beside."""
        _beside(node)
        self.allowed(trail)
        for name in ("source", "note"):
            if name in node and not isinstance(node[name], str):
                raise FormRefusedError((name,), f"got {got(node[name])}, want text")
        return node["uncertain"]

    def allowed(self, trail: Trail) -> None:
        """Refuse what is decided or defined, and not estimated: how a question is asked, what a value file chooses."""
        if self.root.__name__ in ("Experiment", "Value", "Claims") and "changes" not in trail:
            words = "one number: this is decided or defined, not estimated"
            raise FormRefusedError((), f"got an uncertain number, want {words}")

    def bare(self, node: dict[str, Any], kind: Kind) -> dict[str, Any]:
        """Return the family that a number of a value file is meant to have, in the file's own words."""
        beside = {k: v for k, v in node.items() if k in ("source", "note")}
        form = node.get("uncertain", {k: v for k, v in node.items() if k not in beside})
        if "uncertain" in node:
            _beside(node)
        try:
            made = made_from(form, kind)
        except FormRefusedError as error:
            inside = ("uncertain",) if "uncertain" in node else ()
            raise FormRefusedError((*inside, *error.trail), error.text) from None
        if isinstance(form, dict) and not any(k in form for k in _BARE):
            return {**form, **beside}
        family = type(made.distribution).__name__.lower()
        sd = kind.write(made.distribution.sd(), made.unit)
        return {family: {"mean": kind.write(made.distribution.mean(), made.unit), "sd": sd}, **beside}

    def number(self, node: dict[str, Any], kind: Kind, trail: Trail) -> str | float:
        form = self.form(node, trail)
        try:
            made = made_from(form, kind)
        except FormRefusedError as error:
            raise FormRefusedError(("uncertain", *error.trail), error.text) from None
        best = float(round(made.best)) if kind.whole else made.best
        self.slots.append(
            Slot(
                trail,
                where(self.tree.data, trail),
                kind,
                made.distribution,
                best,
                made.unit,
                _text(node.get("source")),
                _text(node.get("note")),
                made.misfit,
            )
        )
        return kind.write(best, made.unit)

    def shares(self, node: dict[str, Any], trail: Trail) -> dict[str, float]:
        made = self.dirichlet(self.form(node, trail))
        for name, one in made.items():
            self.share(node, one, (*trail, name), f"{where(self.tree.data, trail)}.{name}", trail)
        return {name: one.mean() for name, one in made.items()}

    def dirichlet(self, form: Any) -> dict[str, Beta]:
        try:
            return shares_from(form)
        except FormRefusedError as error:
            raise FormRefusedError(("uncertain", *error.trail), error.text) from None

    def share(self, node: Mapping[str, Any], one: Beta, trail: Trail, named: str, group: Trail) -> None:
        self.slots.append(
            Slot(
                trail,
                named,
                _SHARE,
                one,
                one.mean(),
                "share",
                _text(node.get("source")),
                _text(node.get("note")),
                group=where(self.tree.data, group),
            )
        )

    def branch(self, node: dict[str, Any], places: Sequence[Place], trail: Trail) -> dict[str, Any]:
        """Return a branch with the mean share of each of its ways, which are drawn together."""
        self.allowed(trail)
        rest = {k: v for k, v in node.items() if k not in ("uncertain", "source")}
        rest = {k: self.visit(v, into(places, k, node), (*trail, k)) for k, v in rest.items()}
        made = self.dirichlet(node["uncertain"])
        ways = (
            [way for way in rest.get("ways", ()) if isinstance(way, dict)]
            if isinstance(rest.get("ways"), list)
            else []
        )
        names = [str(way.get("way")) for way in ways]
        given = [way for way in ways if "share" in way]
        if given:
            words = f"got a share at '{given[0].get('way')}' and 'uncertain' at its branch, want one of them"
            raise FormRefusedError((), words)
        if sorted(names) != sorted(made):
            said, wanted = ", ".join(made), ", ".join(names)
            raise FormRefusedError(
                ("uncertain", "dirichlet"), f"got {said}, want each way of the branch once: {wanted}"
            )
        for i, (name, way) in enumerate(zip(names, ways, strict=True)):
            here = (*trail, "ways", i)
            self.share(node, made[name], (*here, "share"), f"{where(self.tree.data, here)}.share", trail)
            way["share"] = made[name].mean()
        return rest
