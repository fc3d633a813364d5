"""Whom a more urgent patient interrupts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.engine.patients import Request

if TYPE_CHECKING:
    from cisim.engine.service import Service

__all__ = ["victims"]


def victims(
    request: Request, needs: list[tuple[int, int]], aside: dict[int, int], service: Service
) -> list[Request]:
    """Return the activities to interrupt so that there is room for some needs; nobody, where that is not enough.

    Only activities of a higher priority number are interrupted: the highest first, then what began or went on
    last. Each that holds something still short is taken, until nothing is.
    """
    pools = service.h.pools
    short = {
        pool: pools[pool].over_by(units + aside.get(pool, 0))
        for pool, units in needs
        if not service.has_room(pool, units, aside)
    }
    less_urgent = [r for r in service.running if r.key[0] > request.key[0]]
    less_urgent.sort(key=lambda r: (r.key[0], r.begun, *r.key[2:]), reverse=True)
    found: list[Request] = []
    for running in less_urgent:
        held = [(pool, units) for pool, units in service.holds(running) if pool in short]
        if held:
            found.append(running)
        for pool, units in held:
            short[pool] -= units
            if short[pool] <= 0:
                del short[pool]
        if not short:
            return found
    return []
