"""Models made up by Hypothesis: small, legal, and as odd as the language allows.

`models` are of the plain steps, for properties that priorities, interruption and returns do not have; `any_models`
are of every mechanism.
"""

from hypothesis import strategies as st
from model_maker import made_up

from cisim.spec import Model

BEDS, STAFF = ("red ward", "blue ward"), ("nurse", "doctor")


def durations():
    hours = st.integers(0, 30)
    return st.one_of(
        hours.map(lambda h: f"{h} h"),
        st.integers(1, 40).map(lambda h: {"exponential": {"mean": f"{h} h"}}),
        st.integers(1, 40).map(lambda h: {"lognormal": {"mean": f"{h} h", "sd": f"{h} h"}}),
    )


@st.composite
def steps(draw, counter, depth, *, giving_up=True):
    kinds = ["activity", "delay", "round", "batch"]
    kinds += ["stay", "repeat", "branch"] if depth else []
    out = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(kinds))
        counter[0] += 1
        name = f"{kind} {counter[0]}"
        step = {kind: name}
        if kind == "activity":
            step["needs"] = draw(st.sampled_from([{"nurse": 1}, {"doctor": 1}, {"nurse": 1, "doctor": 1}]))
        if kind in ("activity", "delay"):
            step["duration"] = draw(durations())
        if kind == "round":
            step["calendar"] = "consultant"
        if kind == "batch":
            step["number"] = draw(st.integers(1, 3))
            step["at_most"] = f"{draw(st.integers(0, 10))} h"
        if kind == "repeat":
            step["times"] = draw(st.one_of(st.integers(0, 3), st.just({0: 0.25, 1: 0.5, 2: 0.25})))
            step["steps"] = draw(steps(counter, depth - 1, giving_up=giving_up))
        if kind == "stay":
            step["beds"] = draw(
                st.sampled_from(
                    [["red ward"], ["blue ward"], ["red ward", {"pool": "blue ward", "after": "3 h"}]]
                )
            )
            step["steps"] = draw(steps(counter, 0, giving_up=giving_up))
            step["then"] = draw(st.sampled_from(["until next bed", "release", "hold"]))
        if kind == "branch":
            step["ways"] = [
                {
                    "way": f"left {counter[0]}",
                    "share": 0.4,
                    "steps": draw(steps(counter, 0, giving_up=giving_up)),
                },
                {"way": f"right {counter[0]}", "share": 0.6},
            ]
        if giving_up and kind in ("activity", "stay") and draw(st.booleans()):
            step["gives_up"] = {"after": draw(durations()), "steps": [{"leave": "gave up"}]}
        out.append(step)
    return out


@st.composite
def models(draw, *, giving_up=True):
    pathways = {}
    for name in draw(st.sampled_from([("a",), ("a", "b"), ("b", "a", "c")])):
        pathways[name] = {
            "arrivals": {
                "rate": f"{draw(st.integers(1, 6))} per day",
                "profile": draw(st.sampled_from([None, tuple([1.0] * 12 + [3.0] * 12)])),
                "day_effect": draw(st.sampled_from([None, {"cv": 0.5, "group": "all"}])),
            },
            "steps": [*draw(steps([0], 2, giving_up=giving_up)), {"leave": "home"}],
        }
    number = st.integers(0, 4)
    rota = [{"days": "daily", "from": "08:00", "to": "18:00", "number": draw(number)}]
    pools = {
        "red ward": {"number": draw(number)},
        "blue ward": {
            "number": draw(st.integers(1, 3)),
            "exceptions": [{"from": "2024-01-05", "number": draw(number)}],
        },
        "nurse": {"kind": "staff", "rota": rota, "otherwise": draw(number)},
        "doctor": {"kind": "staff", "number": draw(st.integers(1, 2))},
    }
    calendar = {"openings": ["Mon-Fri 09:00", "Sat 12:00"], "places": draw(st.sampled_from([None, 2]))}
    return Model.model_validate(
        {
            "cisim": 1,
            "model": "made up",
            "start": "2024-01-03",
            "pools": pools,
            "calendars": {"consultant": calendar},
            "pathways": pathways,
        }
    )


def any_models():
    """Models of every kind of step and resource, as `model_maker` makes them up."""
    return st.integers(0, 9999).map(made_up).filter(lambda model: model is not None)
