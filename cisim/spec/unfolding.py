"""A pathway unfolded into single passages of its steps, and how often each is visited.

A repeat of three is three passages of its steps, each passage with the chance of every way on from it; expected
visits are the solution of one sparse linear system for each kind of patient: those with the same values of the
attributes that branches read, reached by the same partial changes. Loops are fine so long as each can end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import splu

from cisim.errors import ModelError
from cisim.spec.model import (
    Activity,
    AllOf,
    Batch,
    Branch,
    ComesBack,
    Delay,
    GoTo,
    Leave,
    Partial,
    Repeat,
    Round,
    Stay,
)
from cisim.spec.tree import walk
from cisim.spec.week import gaps
from cisim.units import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cisim.spec.model import Calendar, Pathway, Step

    Floats = NDArray[np.float64]
    Steps = tuple[Step, ...]

__all__ = ["Chain", "Kind", "Met", "Unfolding", "kinds", "read_by"]

_MOST_CHANGES = 8  # partial changes told apart; those beyond are drawn afresh at each passage


@dataclass(slots=True)
class Passage:
    """One passage of one step: the stays that it lies within, and the chance of each passage after it."""

    stays: tuple[int, ...]
    step: Step | None = None
    ways: list[tuple[float, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Kind:
    """Patients alike: the values of their attributes, and which partial changes reach them (1.0 or 0.0)."""

    attributes: dict[str, str]
    reached: dict[str, float]


class Unfolding:
    """A list of steps as passages, for patients of one kind; passage 0 is the end.

    With `returns`, who comes back goes on at the pathway's own list, as one more round of the same patient.
    """

    def __init__(self, steps: Steps, kind: Kind, *, returns: bool) -> None:
        self.kind = kind
        self.passages = [Passage(())]
        self.top: dict[str, int] | None = None if returns else {}
        self.first = self._list(steps, 0, {}, ())

    def _list(self, steps: Steps, then: int, scope: dict[str, int], stays: tuple[int, ...]) -> int:
        """Return the first passage of a list of steps that leads on to `then`."""
        starts = range(len(self.passages), len(self.passages) + len(steps))
        self.passages.extend(Passage(stays) for _ in steps)
        named = [
            (step, here)
            for step, here in zip(steps, starts, strict=True)
            if not isinstance(step, GoTo | Leave)
        ]
        inner = {**scope, **{step.name: here for step, here in named}}
        if self.top is None:
            self.top = inner
        for step, here, following in zip(steps, starts, (*starts[1:], then), strict=False):
            self.passages[here].step = step
            self.passages[here].ways = self._ways(step, here, following, inner)
        return starts[0] if steps else then

    def _ways(self, step: Step, here: int, then: int, scope: dict[str, int]) -> list[tuple[float, int]]:
        stays = self.passages[here].stays
        if isinstance(step, Repeat):
            times = step.times if isinstance(step.times, dict) else {step.times: 1.0}
            return [(share, self._repeated(step, n, then, scope, stays)) for n, share in times.items()]
        if isinstance(step, (Branch, Partial)):
            return [(share, self._list(inner, then, scope, stays)) for share, inner in self._choices(step)]
        if isinstance(step, Stay):
            return [(1.0, self._list(step.steps, then, scope, (*stays, here)))]
        if isinstance(step, GoTo):
            return [(1.0, scope[step.name])]
        if isinstance(step, ComesBack):
            return [(1.0, self._back(step))]
        return [(1.0, 0 if isinstance(step, Leave) else then)]

    def _back(self, step: ComesBack) -> int:
        """Return where the next spell begins; the end, where further spells are not counted."""
        top = self.top or {}
        return top.get(step.at, 0) if step.at is not None else next(iter(top.values()), 0)

    def _repeated(
        self, step: Repeat, times: int, then: int, scope: dict[str, int], stays: tuple[int, ...]
    ) -> int:
        for _ in range(times):
            then = self._list(step.steps, then, scope, stays)
        return then

    def _choices(self, step: Branch | Partial) -> list[tuple[float, Steps]]:
        if isinstance(step, Partial):
            share = self.kind.reached.get(step.change, step.share)
            return [(share, step.changed), (1 - share, step.original)]
        if step.by is None:
            return [(way.share or 0.0, way.steps) for way in step.ways]
        value = self.kind.attributes[step.by]
        match = [way for way in step.ways if way.when == value]
        match = match or [way for way in step.ways if way.when is None]
        return [(1.0, match[0].steps)] if match else [(1.0, ())]


Met = tuple[str, int]  # a calendar, and how many of its openings were passed one after another


@dataclass(slots=True)
class Chain:
    """The states (passage, rounds just passed) that a patient can be in, as an absorbing Markov chain."""

    unfolding: Unfolding
    calendars: Mapping[str, Calendar]
    states: list[tuple[int, Met | None]] = field(default_factory=list)
    moves: list[tuple[int, int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.unfolding.first:  # else there are no steps
            self.states.append((self.unfolding.first, None))
        index = {state: i for i, state in enumerate(self.states)}
        for here, state in enumerate(self.states):  # grows as states are found
            after = self._passed(state)
            for chance, there in self.unfolding.passages[state[0]].ways:
                if there == 0 or chance <= 0:
                    continue
                following = (there, after)
                if following not in index:
                    index[following] = len(self.states)
                    self.states.append(following)
                self.moves.append((here, index[following], chance))

    def step(self, state: int) -> Step | None:
        """Return the step of a state."""
        return self.unfolding.passages[self.states[state][0]].step

    def stays(self, state: int) -> tuple[int, ...]:
        """Return the passages of the stays that a state lies within."""
        return self.unfolding.passages[self.states[state][0]].stays

    def _passed(self, state: tuple[int, Met | None]) -> Met | None:
        """Return the rounds just passed when the step of a state is done: none where time has gone by."""
        step, before = self.unfolding.passages[state[0]].step, state[1]
        if isinstance(step, Round):
            k = before[1] + 1 if before and before[0] == step.calendar else 1
            openings = len(gaps(self.calendars[step.calendar]))
            return step.calendar, (k - 1) % openings + 1  # the same opening again after a whole week
        timed = isinstance(step, (Delay, Activity)) and step.duration.distribution().mean() > 0
        return None if timed or isinstance(step, (AllOf, Batch, ComesBack)) else before

    def visits(self, where: str) -> Floats:
        """Return the expected visits to each state."""
        begin = np.zeros(len(self.states))
        begin[0] = 1.0
        return self._solve(begin, where, transposed=True)

    def until_next_bed(self, times: Floats, where: str) -> Floats:
        """Return the expected time from entering each state until a stay begins or the spell ends."""
        stay = np.array([isinstance(self.step(i), (Stay, ComesBack)) for i in range(len(self.states))])
        return self._solve(np.where(stay, 0.0, times), where, transposed=False, stopped=stay)

    def moments(self, means: Floats, variances: Floats, where: str) -> tuple[float, float]:
        """Return the mean and the variance of the time from the first state to the end."""
        means, variances = means / DAY, variances / DAY**2  # squares of milliseconds would be huge
        mean = self._solve(means, where, transposed=False)
        onward = mean - means  # the mean of what is left after each state
        square = self._solve(variances + means**2 + 2 * means * onward, where, transposed=False)
        return float(mean[0]) * DAY, max(0.0, float(square[0] - mean[0] ** 2)) * DAY**2

    def _solve(
        self, right: Floats, where: str, *, transposed: bool, stopped: NDArray[np.bool_] | None = None
    ) -> Floats:
        n = len(self.states)
        moves = [m for m in self.moves if stopped is None or not stopped[m[0]]]
        rows, columns = [m[0] for m in moves], [m[1] for m in moves]
        if transposed:
            rows, columns = columns, rows
        chances = [m[2] for m in moves]
        try:
            answer = (_dense if n <= _SMALL else _sparse)(n, rows, columns, chances, right)
        except (RuntimeError, np.linalg.LinAlgError):  # the matrix is singular
            answer = np.full(n, np.inf)
        if not np.all(np.isfinite(answer)) or np.max(np.abs(answer), initial=0.0) > 1e15:
            raise ModelError(where, "patients can go round for ever: give each loop a way out")
        return answer


_SMALL = 200  # states up to which a full matrix is the quicker one


def _dense(n: int, rows: list[int], columns: list[int], chances: list[float], right: Floats) -> Floats:
    matrix = np.eye(n)
    np.subtract.at(matrix, (rows, columns), chances)  # more than one way may lead to the same state
    return np.asarray(np.linalg.solve(matrix, right), dtype=float)


def _sparse(n: int, rows: list[int], columns: list[int], chances: list[float], right: Floats) -> Floats:
    matrix = csc_array(eye_array(n) - csc_array((chances, (rows, columns)), shape=(n, n)))
    return np.asarray(splu(matrix).solve(right), dtype=float)


def read_by(steps: Steps, kind: Kind) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return what of a kind of patient some steps depend on: the values that they branch by, and what reaches them."""
    inside = tuple(walk(steps))
    values = (kind.attributes[s.by] for s in inside if isinstance(s, Branch) and s.by is not None)
    reached = (kind.reached.get(s.change, -1.0) for s in inside if isinstance(s, Partial))
    return tuple(values), tuple(reached)


def kinds(pathway: Pathway) -> list[tuple[float, Kind]]:
    """Return the kinds of patient that a pathway treats differently, each with its share."""
    steps = tuple(walk(pathway.steps))
    read = {s.by for s in steps if isinstance(s, Branch)}
    drawn = {a: list(values.items()) for a, values in pathway.attributes.items() if a in read}
    changes = {s.change: s.share for s in steps if isinstance(s, Partial)}
    reach = [[(c, 1.0, share), (c, 0.0, 1 - share)] for c, share in list(changes.items())[:_MOST_CHANGES]]
    found = []
    for values in product(*drawn.values()):
        for reached in product(*reach):
            kind = Kind(
                dict(zip(drawn, (value for value, _ in values), strict=True)), {c: r for c, r, _ in reached}
            )
            found.append((prod(share for _, share in values) * prod(share for _, _, share in reached), kind))
    return found
