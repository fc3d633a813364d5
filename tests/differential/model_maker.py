"""Made-up models of every step kind and resource kind: few beds, few staff, much that happens at one moment.

All times of every other model are whole half hours, so that arrivals, ends, openings, patience and changes of a
rota fall together and every rule about who comes first is asked for; the other half draws its times. Each model
uses some of `MECHANISMS`, and the same seed makes the same model.
"""

from functools import cache

import numpy as np

from cisim.engine import own_step
from cisim.spec import Model, apply
from cisim.spec.checks import model_findings
from cisim.spec.model import Activity, Delay, Own, Partial, Stay
from cisim.spec.scenario import Scenario
from cisim.spec.tree import rewrite, walk
from cisim.units import DAY

UNTIL = 4 * DAY
MECHANISMS = (
    *("priority", "ages", "reserve", "pre_empts", "instead", "limit", "after_hold", "repatriate"),
    *("round order", "round gives up", "together", "all_of", "comes_back", "starting"),
    *("turn_round", "breaks", "covered_by", "bank_holidays", "places", "season"),
    *(
        "crossing stays",
        "racing parts",
        "many openings",
        "batches in a row",
    ),  # shapes in which rare rules are asked for
)
WARDS = ("A", "B", "C", "E")
STARTS = {  # the first is a bank holiday itself
    "2024-01-01": ("2024-01-01", "2024-01-02", "2024-01-03"),
    "2024-03-28": ("2024-03-28", "2024-03-29", "2024-03-30"),
    "2024-12-24": ("2024-12-24", "2024-12-25", "2024-12-26"),
}
WHOLE = ("0 min", "30 min", "1 h", "1 h", "2 h", "3 h")
DRAWN = (
    *({"exponential": {"mean": "2 h"}}, {"lognormal": {"mean": "3 h", "sd": "3 h"}}),
    *({"gamma": {"mean": "1 h", "sd": "1 h"}}, "1 h", "0 min"),
)
OPTIONAL = {"pre_empts", "ages", "limit", "repatriate", "covered_by", "bank_holidays", "gives_up", "breaks"}


class ModelMaker:
    """Makes up the words of a model.

    Parameters
    ----------
    seed : int
    mechanisms : tuple of str
        Those to be used; if all are named, each model has a part of them.
    """

    def __init__(self, seed, mechanisms=MECHANISMS):
        self.rng = np.random.default_rng(seed)
        self.durations = WHOLE if seed % 2 == 0 else DRAWN
        self.on_grid = seed % 2 == 0
        self.used = {name for name in mechanisms if mechanisms != MECHANISMS or self.chance(0.45)}
        self.count = 0

    def pick(self, *options):
        return options[self.rng.integers(len(options))]

    def whole(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def chance(self, share):
        return bool(self.rng.random() < share)

    def may(self, mechanism, share=0.5):
        """Whether to use a mechanism here; the same luck is drawn whether it may be used or not."""
        return self.chance(share) and mechanism in self.used

    def time(self):
        return self.pick(*self.durations)

    # -- the model --------------------------------------------------------------------------------

    def model(self):
        start = self.pick(*STARTS)
        self.dates = STARTS[start]
        pathways = self.pick(("a",), ("a", "b"), ("b", "a"))
        return {
            "cisim": 1,
            "model": "made up",
            "start": start,
            "pools": self.pools(),
            "calendars": self.calendars(),
            "pathways": {name: self.pathway() for name in pathways},
        }

    def pools(self):
        pools = {ward: {"number": self.pick(1, 1, 2)} for ward in WARDS}
        if self.chance(0.5):
            first, _, third = self.dates
            pools["B"]["exceptions"] = [
                {"from": f"{first} 10:00", "to": f"{first} 20:00", "number": self.whole(0, 3)},
                {"date": third, "number": 1},
            ]
        pools["C"] = self.pick(pools["C"], pools["C"], {"number": "unlimited"})
        pools["nurse"] = {"kind": "staff", "rota": self.rota(), "otherwise": self.whole(0, 2)}
        pools["doctor"] = {"kind": "staff", "number": self.whole(1, 2)}
        if self.may("bank_holidays"):
            pools["nurse"]["bank_holidays"] = "Sun"
        if self.may("breaks", 0.8):
            pools["nurse"]["breaks"] = [
                {"days": "Mon-Fri", "from": "10:00", "to": "11:30", "number": 1},
                {
                    "days": "daily",
                    "from": "23:00",
                    "to": self.pick("01:00", "24:00"),
                    "number": self.whole(1, 2),
                },
            ]
        if self.may("covered_by", 0.9):
            cover = self.pick("nurse", {"pool": "nurse", "after": "30 min"})
            pools["doctor"]["covered_by"] = [cover, *self.pick([], [{"pool": "E", "after": "1 h"}])]
            if self.chance(0.3):
                pools["nurse"]["covered_by"] = ["doctor"]
        for pool in ("A", "B", "E", "nurse", "doctor"):
            if self.may("turn_round"):
                pools[pool]["turn_round"] = self.time()
        return pools

    def rota(self):
        day = {"days": "daily", "from": self.pick("08:00", "00:00"), "to": self.pick("12:00", "18:30")}
        night = {"days": self.pick("Mon Tue", "Mon-Fri"), "from": "22:00", "to": self.pick("24:00", "06:00")}
        if day["from"] == "00:00":
            night["to"] = "24:00"  # lines of a rota do not overlap
        number = self.whole(1, 3)
        self.nurses = min(2, number)
        return [{**day, "number": number}, {**night, "number": self.whole(0, 2)}]

    def calendars(self):
        places = self.pick({"places": 1}, {"places": 2}, {})
        small = {"openings": ["daily 09:00", {"days": "Mon Fri", "at": ["12:00", "15:30"]}], **places}
        if "many openings" in self.used:
            small["openings"][0] = {
                "days": "daily",
                "at": [f"{hour:02}:{half}" for hour in range(8, 16) for half in ("00", "30")],
            }
            small["openings"][1]["at"] = ["18:00"]
        if self.may("places", 0.9):
            small["openings"][1]["places"] = self.whole(1, 2)
        if self.may("bank_holidays"):
            small["bank_holidays"] = self.pick("Sun", "closed")
        other = [{"date": self.dates[1], "openings": self.pick([], ["12:00"])}]
        return {"small": small, "large": {"openings": ["daily 09:00", "daily 15:30"], "exceptions": other}}

    def pathway(self):
        self.count = 0  # so two pathways may have steps of one name
        crossing = [self.crossing_stays()] if "crossing stays" in self.used else []
        batches = self.batches() if "batches in a row" in self.used else []
        steps = [*crossing, *batches, *self.steps(2), {"leave": "home"}]
        made = {
            "arrivals": self.arrivals(),
            "attributes": {"age": {"young": 0.5, "old": 0.5}},
            "steps": steps,
        }
        starting = [one for step in steps for one in self.starting(step)]
        return {**made, "starting": starting} if starting else made

    def crossing_stays(self):
        """Two wards in either order, so that patients wait for each other's beds."""

        def one_after_the_other(*wards):
            inner = [{"delay": self.named("delay"), "duration": self.time()}]
            stays = [{"stay": self.named("stay"), "beds": [ward], "steps": inner} for ward in wards]
            inner_of_second = [{"delay": self.named("delay"), "duration": self.time()}]
            return [stays[0], {**stays[1], "steps": inner_of_second}]

        ways = [
            {"way": "this", "share": 0.5, "steps": one_after_the_other("A", "B")},
            {"way": "that", "share": 0.5, "steps": one_after_the_other("B", "A")},
        ]
        return {"branch": self.named("branch"), "ways": ways}

    def batches(self):
        """Two batches in a row, whose clocks often run out at one time."""
        return [
            {"batch": self.named("batch"), "number": self.whole(3, 5), "at_most": "1 h"},
            {"batch": self.named("batch"), "number": self.whole(4, 6), "at_most": self.pick("2 h", "5 h")},
        ]

    def arrivals(self):
        listed = {"listed": [f"{self.whole(0, 40) * 30} min" for _ in range(self.whole(1, 14))]}
        drawn = {"rate": f"{self.whole(2, 14)} per day", "day_effect": {"cv": 0.5}}
        if self.may("season"):
            drawn["season"] = {"Jan": 1.5, "Mar": 1.5, "Dec": 0.5}
            drawn["growth"] = "50%"
        if self.may("bank_holidays"):
            hours = [1] * 24
            drawn["profile"] = {"Mon-Sat": hours, "Sun": [5] * 12 + [0] * 12}
            drawn["bank_holidays"] = "Sun"
        return listed if self.on_grid and self.chance(0.7) else drawn

    def starting(self, step):
        """Who is at a step when the model starts."""
        kind, name = next(iter(step.items()))
        if kind not in ("activity", "stay", "round", "batch") or not self.may("starting", 0.8):
            return []
        bed = (
            {"bed": self.pick(*(b if isinstance(b, str) else b["pool"] for b in step["beds"]))}
            if kind == "stay"
            else {}
        )
        if self.on_grid or self.chance(0.5):
            return [{"at": name, "elapsed_each": [self.pick(*WHOLE) for _ in range(self.whole(1, 3))], **bed}]
        return [{"at": name, "number": self.whole(1, 3), "elapsed": self.time(), **bed}]

    # -- steps ------------------------------------------------------------------------------------

    def steps(self, depth, inside=(), *, part=False):
        """A list of steps; `inside` are the wards whose beds are held around it; a `part` may end no spell."""
        made = []
        for _ in range(self.whole(1, 4 if depth == 2 else 3)):
            kinds = ["activity", "activity", "delay", "round", "batch"]
            kinds += ["repeat", "branch"] if depth else []
            beds = depth and len(inside) < len(WARDS)
            kinds += (
                ["stay"] * (20 if made and "stay" in made[-1] else 4) if beds else []
            )  # so that beds are blocked
            kinds += ["activity"] * 4 if "pre_empts" in self.used else []
            kinds += ["batch"] * 3 if made and "batch" in made[-1] else []
            kinds += ["all_of"] * 2 if depth and not part and "all_of" in self.used else []
            kind = self.pick(*kinds)
            self.count += 1
            step = {kind: f"{kind} {self.count}", **getattr(self, kind)(depth, inside, part)}
            if kind == "branch" and "by" not in step and made and self.chance(0.5):
                target = next(iter(self.pick(*made).values()))
                step["ways"][0]["steps"] = [{"go_to": target}]
            if kind in ("activity", "stay") or (kind == "round" and "round gives up" in self.used):
                self.give_up(step, part)
            made.append(step)
        return made

    def give_up(self, step, part):
        if self.chance(0.4):
            after = self.pick("0 min", "30 min", "1 h", "3 h") if self.on_grid else self.time()
            step["gives_up"] = {"after": after, "steps": self.aside(part)}

    def aside(self, part):
        """The way of those who gave up or were turned away."""
        if part:
            return self.pick([], [{"delay": self.named("delay"), "duration": self.time()}])
        if self.may("comes_back"):
            return [self.comes_back()]
        return self.pick([{"leave": "lost"}], [])

    def named(self, kind):
        self.count += 1
        return f"{kind} {self.count}"

    def comes_back(self):
        after = self.pick("5 h", "9 h", "20 h" if self.on_grid else {"exponential": {"mean": "20 h"}})
        return {"comes_back": self.named("back"), "after": after, "outcome": self.pick("home", "lost")}

    def served(self, step):
        """Priorities and ageing of an activity, a stay or a round."""
        if not self.may("priority", 0.7):
            return
        by = {"by": "age", "is": {"young": self.whole(0, 2), "old": self.whole(1, 3)}}
        priority = self.pick(self.whole(0, 3), by)
        step["priority"] = priority
        most = priority if isinstance(priority, int) else max(by["is"].values())
        if most and self.may("ages"):
            step["ages"] = [{"after": self.pick("30 min", "1 h", "3 h"), "to": self.whole(-1, most - 1)}]

    def limited(self, step, part):
        if self.may("limit", 0.4):
            step["limit"] = {"waiting": self.whole(0, 2), "steps": self.aside(part)}
        if self.may("after_hold", 0.4):
            step["after_hold"] = self.time()
        if self.may("reserve", 0.4):
            step["reserve"] = True

    def needs(self):
        return self.pick(
            {"nurse": 1},
            {"doctor": 1},
            {"doctor": 1, "nurse": 1},
            {"nurse": self.nurses},
            {"nurse": 1, "E": 1},
        )

    def activity(self, _depth, _inside, part):
        needs = self.needs()
        step = {"needs": needs, "duration": self.time()}
        self.served(step)
        self.limited(step, part)
        other = self.needs()
        if self.may("instead") and other != needs:
            step["instead"] = [{"needs": other, "after": self.pick("0 min", "30 min", "1 h")}]
        if "pre_empts" in self.used:
            if self.chance(0.5):
                step["priority"] = self.whole(-1, 0)
                step["pre_empts"] = True
                step.pop("ages", None)
            elif self.chance(0.7):
                step["priority"] = self.whole(1, 2)
                step["when_interrupted"] = self.pick("resume", "restart")
                step.pop("ages", None)
        return step

    def delay(self, _depth, _inside, _part):
        return {"duration": self.time()}

    def round(self, _depth, _inside, _part):
        step = {"calendar": self.pick("small", "large")}
        self.served(step)
        if self.may("round order"):
            step["order"] = "arrival"
        return step

    def batch(self, _depth, _inside, _part):
        step = {"number": self.whole(1, 4)}
        if self.chance(0.8):
            step["at_most"] = self.pick("0 min", "1 h", "5 h")
        else:
            step["number"] = self.whole(1, 2)
        if self.may("together", 0.7):
            step["together"] = {
                "needs": self.pick({"nurse": 1}, {"doctor": 1, "nurse": 1}),
                "duration": self.time(),
            }
            if self.may("after_hold", 0.4):
                step["together"]["after_hold"] = self.time()
            if self.may("priority"):
                step["together"]["priority"] = self.whole(0, 2)
        return step

    def stay(self, depth, inside, part):
        free = [ward for ward in WARDS if ward not in inside]
        wards = self.rng.permutation(free)[: self.whole(1, 3)].tolist()
        later = [
            self.pick(ward, {"pool": ward, "after": self.pick("1 h", "90 min", "4 h")}) for ward in wards[1:]
        ]
        step = {
            "beds": [wards[0], *later],
            "then": self.pick("until next bed", "until next bed", "release", "hold"),
            "steps": self.steps(self.pick(0, 0, depth - 1), (*inside, *wards), part=part),
        }
        self.served(step)
        self.limited(step, part)
        if later and self.may("repatriate", 0.8):
            step["repatriate"] = True
        return step

    def repeat(self, depth, inside, part):
        times = self.pick(0, 1, 2, {0: 0.3, 2: 0.7})
        return {"times": times, "steps": self.steps(depth - 1, inside, part=part)}

    def branch(self, depth, inside, part):
        ways = [
            {"way": "left", "steps": self.steps(self.pick(0, depth - 1), inside, part=part)},
            {"way": "right", "steps": []},
        ]
        if self.chance(0.3):
            return {"by": "age", "ways": [{**ways[0], "when": "young"}, {**ways[1], "when": "old"}]}
        if not part and self.may("comes_back"):
            ways[1]["steps"] = [self.comes_back()]
            return {"ways": [{**ways[0], "share": 0.6}, {**ways[1], "share": 0.4}]}
        return {"ways": [{**ways[0], "share": 0.4}, {**ways[1], "share": 0.6}]}

    def racing_parts(self):
        """Parts that ask for the same at one time, one of them not for the first time."""
        first, second = self.pick(
            ({"nurse": 1}, {"nurse": 1, "doctor": 1}), ({"doctor": 1}, {"doctor": 1, "nurse": 1})
        )
        again = {"activity": self.named("activity"), "needs": first, "duration": "1 h"}
        once = {"activity": self.named("activity"), "needs": second, "duration": self.time()}
        parts = [
            [{"repeat": self.named("repeat"), "times": 2, "steps": [again]}],
            [{"delay": self.named("delay"), "duration": "1 h"}, once],
        ]
        return {"parts": [{"part": f"part {place}", "steps": steps} for place, steps in enumerate(parts)]}

    def all_of(self, depth, inside, _part):
        if self.may("racing parts", 0.7):
            return self.racing_parts()
        parts = [
            {"part": f"part {place}", "steps": self.steps(self.pick(0, depth - 1), inside, part=True)}
            for place in range(self.whole(2, 3))
        ]
        return {"parts": parts}


def repaired(words):
    """The words without what has no effect in them, such as pre-empting where nobody could be interrupted."""
    for _ in range(3):
        found = model_findings(Model.model_validate(words))
        if not found:
            return Model.model_validate(words)
        for finding in found:
            trail = list(finding.trail)
            while trail and trail[-1] not in OPTIONAL:
                trail.pop()
            if not trail:
                return None
            holder = words
            for key in trail[:-1]:
                holder = holder[key]
            holder.pop(trail[-1], None)
    return None


def partly_changed(model, rng):
    """The model with one delay or activity shortened twice, each time for some patients only."""
    paths = [
        f"{name}/{step.name}"
        for name, pathway in model.pathways.items()
        for step in walk(pathway.steps)
        if isinstance(step, (Activity, Delay))
    ]
    if not paths:
        return model
    path = paths[rng.integers(len(paths))]
    changes = [{"cut": path, "by": "50%", "reach": reach} for reach in ("50%", "30%")]
    return apply(model, Scenario.model_validate({"cisim": 1, "scenario": "some", "changes": changes}))


@cache
def made_up(seed, mechanisms=MECHANISMS):
    """A model, or None where what was made up is not legal."""
    maker = ModelMaker(seed, mechanisms)
    model = repaired(maker.model())
    if model is None:
        return None
    return partly_changed(model, maker.rng) if maker.chance(0.4) else model


def in_python(model, rng):
    """The model with most of its delays written in Python, as steps of one's own that last as long, and their names.

    Half of them wait in two parts: that a patient is looked at in between changes nothing. A delay that somebody
    may be in when the model starts stays: a step of one's own knows nothing of the time before.
    """
    names = []

    def written(pathway, step):
        kind = f"wait {len(names)}"
        own_step(kind)(_waiting(step.duration.distribution(), in_two=rng.random() < 0.5))
        names.append(f"{pathway}/{step.name}")
        return Own.model_validate({"own": step.name, "does": kind})

    pathways = {}
    for name, pathway in model.pathways.items():
        begun = {
            step.steps[0].name
            for step in walk(pathway.steps)
            if pathway.starting and isinstance(step, Stay) and isinstance(step.steps[0], (Delay, Partial))
        }

        def edit(step, name=name, begun=begun):
            stays = not isinstance(step, Delay) or step.name in begun or rng.random() < 0.2
            return step if stays else written(name, step)

        pathways[name] = pathway.model_copy(update={"steps": rewrite(pathway.steps, edit)})
    return model.model_copy(update={"pathways": pathways}), names


def _waiting(distribution, *, in_two):
    """A step of one's own that lasts as long as a delay would, for the same patient."""

    def wait(hospital, patient, node):
        uniform = hospital.uniform(patient, node, "duration")
        time = max(0, int(np.rint(distribution.ppf(np.array([uniform]))[0])))
        first = time // 2 if in_two else 0
        if first:
            yield hospital.wait(patient, first)
        yield hospital.wait(patient, time - first)

    return wait
