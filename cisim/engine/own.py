"""Steps of a researcher's own, for this engine alone."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import simpy

from cisim.errors import ModelError, nearest
from cisim.network import Kind, Network

if TYPE_CHECKING:
    from cisim.engine.patients import Patient
    from cisim.engine.simpy_engine import Hospital

__all__ = ["OWN_STEPS", "check_own_steps", "own_step"]

OwnStep = Callable[["Hospital", "Patient", int], Generator[simpy.Event, Any, None]]
OWN_STEPS: dict[str, OwnStep] = {}


def own_step(kind: str) -> Callable[[OwnStep], OwnStep]:
    """Register a step of your own, for ``own: name, does: kind`` in a model file.

    Parameters
    ----------
    kind : str
        The name under which models ask for it; a later registration takes the place of an earlier one.

    Returns
    -------
    callable
        A decorator of a generator function (hospital, patient, node). It yields what it waits for, such as
        ``hospital.wait(patient, 5 * MINUTE)``; the patient goes on when it ends. Beds that are over are freed before
        it, and ``begin`` and ``end`` are written around it.

    >>> from cisim.units import MINUTE
    >>> @own_step("five minutes")
    ... def five_minutes(hospital, patient, node):
    ...     yield hospital.wait(patient, 5 * MINUTE)
    """

    def register(step: OwnStep) -> OwnStep:
        OWN_STEPS[kind] = step
        return step

    return register


def check_own_steps(network: Network) -> None:
    """Refuse a network with a step of a kind that nobody has registered."""
    for node in (network.kind == Kind.OWN).nonzero()[0]:
        kind = network.details[network.outcome[node]]
        if kind not in OWN_STEPS:
            step = network.steps[network.step[node]]
            raise ModelError(
                f"{step.pathway}/{step.name}",
                f"got does '{kind}', which is not registered with cisim.engine.own_step{nearest(kind, OWN_STEPS)}",
            )
