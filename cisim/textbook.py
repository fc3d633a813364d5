"""Textbook queues in two lines, for documents and tests alike.

>>> from cisim.textbook import mmc
>>> model = mmc(arrivals_per_hour=8, service="6 min", servers=1)
>>> list(model.pathways)
['patients']
"""

from __future__ import annotations

from typing import Any

from cisim.spec import Model

__all__ = ["loss_ward", "mgc", "mmc", "round_wait", "tandem", "unlimited_ward"]

_START = "2024-01-01"  # a Monday


def _model(
    name: str, pools: dict[str, Any], steps: list[Any], per_hour: float, calendars: Any = None
) -> Model:
    arrivals = {"rate": f"{per_hour:.12f} per hour"}
    return Model.model_validate(
        {
            "cisim": 1,
            "model": name,
            "start": _START,
            "pools": pools,
            "calendars": calendars or {},
            "pathways": {"patients": {"arrivals": arrivals, "steps": steps}},
        }
    )


def mgc(*, arrivals_per_hour: float, service: Any, servers: int) -> Model:
    """Return an M/G/c queue: Poisson arrivals, `service` as a file would say it, `servers` doctors."""
    steps = [{"activity": "service", "needs": {"server": 1}, "duration": service}, {"leave": "done"}]
    return _model("M-G-c queue", {"server": {"kind": "staff", "number": servers}}, steps, arrivals_per_hour)


def mmc(*, arrivals_per_hour: float, service: str, servers: int) -> Model:
    """Return an M/M/c queue with exponential service of mean `service`."""
    return mgc(
        arrivals_per_hour=arrivals_per_hour, service={"exponential": {"mean": service}}, servers=servers
    )


def loss_ward(*, arrivals_per_hour: float, stay: Any, beds: int) -> Model:
    """Return an Erlang loss ward (M/G/c/c): who finds no bed goes elsewhere at once."""
    steps = [
        {
            "stay": "ward",
            "beds": ["bed"],
            "gives_up": {"after": "0 min", "steps": [{"leave": "turned away"}]},
            "steps": [{"delay": "care", "duration": stay}],
        },
        {"leave": "home"},
    ]
    return _model("M-G-c-c loss ward", {"bed": {"number": beds}}, steps, arrivals_per_hour)


def unlimited_ward(*, arrivals_per_hour: float, stay: Any, profile: Any = None) -> Model:
    """Return an M(t)/G/infinity ward: a bed for everybody, arrivals by `profile` over the day or the week."""
    steps = [
        {"stay": "ward", "beds": ["bed"], "steps": [{"delay": "care", "duration": stay}]},
        {"leave": "home"},
    ]
    made = _model("M(t)-G-infinity ward", {"bed": {"number": "unlimited"}}, steps, arrivals_per_hour)
    if profile is None:
        return made
    pathway = made.pathways["patients"]
    arrivals = pathway.arrivals.model_copy(update={"profile": profile})
    return made.model_copy(
        update={"pathways": {"patients": pathway.model_copy(update={"arrivals": arrivals})}}
    )


def tandem(*, arrivals_per_hour: float, first: Any, second: Any, beds: tuple[int, int]) -> Model:
    """Return two wards in series: a patient keeps the first bed until the second is free (blocking)."""
    steps = [
        {"stay": "first", "beds": ["first bed"], "steps": [{"delay": "first care", "duration": first}]},
        {"stay": "second", "beds": ["second bed"], "steps": [{"delay": "second care", "duration": second}]},
        {"leave": "home"},
    ]
    pools = {"first bed": {"number": beds[0]}, "second bed": {"number": beds[1]}}
    return _model("tandem with blocking", pools, steps, arrivals_per_hour)


def round_wait(*, arrivals_per_hour: float, openings: list[str]) -> Model:
    """Return patients who wait for the next round, and nothing else."""
    steps = [{"round": "round", "calendar": "rounds"}, {"leave": "seen"}]
    return _model("waiting for a round", {}, steps, arrivals_per_hour, {"rounds": {"openings": openings}})
