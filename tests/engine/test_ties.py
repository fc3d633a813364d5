"""What happens first at one instant, for each rule, by both engines; times are in hours."""

import pytest

from cisim.engine import ENGINES, Replay, own_step, simulate
from cisim.errors import ModelError, RunError
from cisim.measures import audit
from cisim.spec import Model, apply
from cisim.spec.scenario import Cut
from cisim.units import HOUR

UNTIL = 96 * HOUR
HOME = {"leave": "home"}
DOCTOR = {"doctor": {"kind": "staff", "number": 1}}
both = pytest.mark.parametrize("engine", ENGINES)


def model(pathways, **more):
    words = {"cisim": 1, "model": "toy", "start": "2024-01-01", "pathways": pathways, **more}
    return Model.model_validate(words)


def coming(at, *steps, **more):
    """A pathway of patients who come at listed hours, and go home at the end."""
    return {"arrivals": {"listed": [f"{time} h" for time in at]}, "steps": [*steps, HOME], **more}


def see(hours=2, name="see", pool="doctor", **more):
    return {"activity": name, "needs": {pool: 1}, "duration": f"{hours} h", **more}


def lie(pool, hours, name="stay", **more):
    beds = pool if isinstance(pool, list) else [pool]
    care = {"delay": f"care in {name}", "duration": f"{hours} h"}
    return {"stay": name, "beds": beds, "steps": [care], **more}


def story(made, engine, *events, seed=1, replay=None):
    """What happened, by patient: 'hour event step (or what is named) [pool]', of some events or of all."""
    log = simulate(made, UNTIL, seed=seed, engine=engine, replay=replay)
    failed = [check.text for check in audit(log, everyone=replay is None) if not check.passed]
    assert failed == []
    told = {}
    for pathway, patient, time, event, step, pool, _, detail in log.rows():
        if not events or event in events:
            words = [f"{time / HOUR:g}", event, detail or step, pool]
            told.setdefault(f"{pathway} {patient}", []).append(" ".join(w for w in words if w))
    return told


# -- rounds of what is due ----------------------------------------------------------------------------


@both
def test_the_last_part_is_the_one_done_in_the_latest_round_then_the_last_written(engine):
    wait, nothing = {"delay": "wait", "duration": "1 h"}, {"delay": "none", "duration": "0 h"}
    other = {"delay": "other", "duration": "1 h"}
    first = {"all_of": "one", "parts": [{"part": "a", "steps": [wait]}, {"part": "b", "steps": [other]}]}
    steps = [{**wait, "delay": "long"}, nothing]
    second = {
        "all_of": "two",
        "parts": [{"part": "a", "steps": steps}, {"part": "b", "steps": [{**other, "delay": "short"}]}],
    }
    rows = story(model({"p": coming([0], first, second)}), engine)["p 0"]
    assert rows[1:6] == ["0 begin one", "0 begin wait", "0 begin other", "1 end wait", "1 end other"]
    assert rows[6] == "1 end b"
    assert rows[-6:] == ["2 end long", "2 begin none", "2 end short", "2 end none", "2 end a", "2 leave home"]


@both
def test_a_place_is_free_again_after_what_the_patient_does_at_that_instant(engine):
    pools = {"doctor": {"number": 1, "turn_round": "1 h"}, "desk": {"number": 1, "turn_round": "1 h"}}
    both_at_once = {"activity": "see", "needs": {"desk": 1, "doctor": 1}, "duration": "1 h"}
    rest = {"delay": "rest", "duration": "1 h"}
    rows = story(model({"p": coming([0], both_at_once, rest)}, pools=pools), engine)["p 0"]
    assert rows[-4:] == ["2 end rest", "2 leave home", "2 free see doctor", "2 free see desk"]


@both
def test_who_asks_as_a_place_becomes_free_has_it(engine):
    pools = {"bed": {"number": 1, "turn_round": "1 h"}}
    rows = story(model({"p": coming([0, 2], lie("bed", 1))}, pools=pools), engine, "take", "free")
    assert rows == {
        "p 0": ["0 take stay bed", "2 free stay bed"],
        "p 1": ["2 take stay bed", "4 free stay bed"],
    }


# -- priority, ageing, reserve ------------------------------------------------------------------------


@both
def test_the_lower_number_is_first_then_who_asked_first_then_who_is_written_first(engine):
    paths = {
        "busy": coming([0], see(5)),
        "late": coming([3], see(1, priority=1)),
        "equal": coming([2, 2], see(1, priority=2)),
        "early": coming([1], see(1, priority=2)),
        "other": coming([2], see(1, priority=2)),
    }
    begun = story(model(paths, pools=DOCTOR), engine, "begin")
    assert begun == {
        "busy 0": ["0 begin see"],
        "late 0": ["5 begin see"],
        "early 0": ["6 begin see"],
        "equal 0": ["7 begin see"],
        "equal 1": ["8 begin see"],
        "other 0": ["9 begin see"],
    }


@both
def test_a_priority_ages_before_service_at_that_instant_and_never_rises(engine):
    ages = [{"after": "4 h", "to": 1}, {"after": "5 h", "to": 3}]
    paths = {
        "busy": coming([0], see(5)),
        "urgent": coming([4], see(1, priority=2)),
        "old": coming([1], see(1, priority=9, ages=ages)),
    }
    begun = story(model(paths, pools=DOCTOR), engine, "begin")
    assert (begun["old 0"], begun["urgent 0"]) == (["5 begin see"], ["6 begin see"])


@both
def test_what_is_set_aside_is_the_first_alternative_only(engine):
    pools = {name: {"kind": "staff", "number": 1} for name in ("doctor", "nurse", "other")}
    pair = {"activity": "pair", "needs": {"doctor": 1, "nurse": 1}, "duration": "1 h", "reserve": True}
    pair["instead"] = [{"needs": {"doctor": 1, "other": 1}}]
    paths = {
        "busy": coming([0], see(4, pool="nurse")),
        "away": coming([0], see(4, name="away", pool="other")),
        "pair": coming([1], pair),
        "doctor": coming([2], see(1)),
        "more": coming([3], see(1, name="more", pool="other")),
    }
    begun = story(model(paths, pools=pools), engine, "begin")
    assert begun["pair 0"] == ["4 begin pair"]
    assert begun["doctor 0"] == ["5 begin see"]  # the doctor was set aside
    assert begun["more 0"] == ["4 begin more"]  # the other one was not


# -- interruption -------------------------------------------------------------------------------------


def emergencies(at, hours=1, **more):
    return coming(at, see(hours, name="emergency", priority=0, pre_empts=True, **more))


@both
def test_the_least_urgent_is_interrupted_then_who_began_last_then_who_is_written_last(engine):
    paths = {
        "a": coming([0, 1], see(9, priority=5)),
        "b": coming([1, 1], see(9, priority=5)),
        "c": coming([0], see(9, priority=6)),
        "e": emergencies([2, 3, 4, 5, 6], hours=90),
    }
    rows = story(model(paths, pools={"doctor": {"number": 5}}), engine, "interrupt")
    assert {who: told[0].split()[0] for who, told in rows.items()} == {
        "c 0": "2",
        "b 1": "3",
        "b 0": "4",
        "a 1": "5",
        "a 0": "6",
    }


@both
def test_work_that_ends_or_is_as_urgent_is_not_interrupted(engine):
    paths = {"a": coming([0], see(2, priority=1)), "e": emergencies([2, 2])}
    rows = story(model(paths, pools=DOCTOR), engine, "begin", "interrupt")
    assert rows == {"a 0": ["0 begin see"], "e 0": ["2 begin emergency"], "e 1": ["3 begin emergency"]}


@both
def test_who_was_interrupted_stands_at_the_old_place_and_does_not_give_up(engine):
    tired = {"after": "1 h", "steps": [{"leave": "tired"}]}
    paths = {
        "e": emergencies([1], hours=5),
        "a": coming([0], see(2, priority=3, gives_up=tired)),
        "b": coming([2], see(1, priority=3)),
    }
    rows = story(model(paths, pools=DOCTOR), engine)
    assert rows["a 0"][3:] == [
        *("0 begin see", "1 interrupt see", "1 give see doctor", "6 take see doctor", "6 resume see"),
        *("7 end see", "7 give see doctor", "7 leave home"),
    ]
    assert rows["b 0"][2] == "7 take see doctor"


@both
def test_nobody_is_interrupted_where_it_would_not_be_enough_and_nothing_is_turned_round(engine):
    pools = {"doctor": {"number": 1, "turn_round": "3 h"}, "room": {"number": 1}}
    need = {"activity": "emergency", "needs": {"doctor": 1, "room": 1}, "duration": "1 h", "pre_empts": True}
    paths = {
        "a": coming([0], see(9, priority=3)),
        "r": coming([0], see(4, name="sit", pool="room")),
        "e": coming([1], need),
    }
    rows = story(model(paths, pools=pools), engine, "interrupt", "begin", "free")
    assert rows["a 0"][:2] == ["0 begin see", "4 interrupt see"]
    assert rows["e 0"] == ["4 begin emergency", "8 free emergency doctor"]


# -- limits -------------------------------------------------------------------------------------------


@both
def test_service_beats_turning_away_and_turning_away_beats_giving_up(engine):
    limit = {"waiting": 0, "steps": [{"leave": "elsewhere"}]}
    tired = {"after": "0 h", "steps": [{"leave": "tired"}]}
    steps = see(1, limit=limit, gives_up=tired)
    left = story(model({"p": coming([0, 0, 1], steps)}, pools=DOCTOR), engine, "leave", "turn_away")
    assert left == {
        "p 0": ["1 leave home"],
        "p 1": ["0 turn_away see", "0 leave elsewhere"],
        "p 2": ["2 leave home"],
    }


@both
def test_a_replay_turns_away_whom_the_first_run_turned_away_and_nobody_else(engine):
    limit = {"waiting": 1, "steps": [{"leave": "elsewhere"}]}
    first = model({"p": coming([0, 0, 0, 1], see(2, limit=limit))}, pools=DOCTOR)
    replay = Replay.of(simulate(first, UNTIL, engine=engine))
    assert replay.turned == {("p", "see", 2, 0), ("p", "see", 3, 0)}
    slower = model({"p": coming([0, 0, 0, 1], see(5, limit={**limit, "waiting": 0}))}, pools=DOCTOR)
    left = story(slower, engine, "leave", replay=replay)
    assert left == {
        "p 0": ["5 leave home"],
        "p 1": ["10 leave home"],
        "p 2": ["0 leave elsewhere"],
        "p 3": ["1 leave elsewhere"],
    }


@both
def test_whom_a_replay_cannot_turn_away_any_more_gives_up(engine):
    lost = [{"leave": "lost"}]
    first = model({"p": coming([0, 0], see(limit={"waiting": 0, "steps": lost}))}, pools=DOCTOR)
    replay = Replay.of(simulate(first, UNTIL, engine=engine))
    impatient = see(gives_up={"after": "1 h", "steps": lost})
    left = story(model({"p": coming([0, 0], impatient)}, pools=DOCTOR), engine, "leave", replay=replay)
    assert left == {"p 0": ["2 leave home"], "p 1": ["1 leave lost"]}


@both
def test_who_was_served_with_a_batch_was_served(engine):
    van = {"batch": "van", "number": 2, "together": {"needs": {"doctor": 1}, "duration": "60 h"}}
    steps = [van, see(50)]
    first = model({"p": coming([0, 1, 2], *steps)}, pools=DOCTOR)
    a = simulate(first, UNTIL, engine=engine)  # two are together until 61 h, then one is seen beyond the end
    replay = Replay.of(a)
    assert replay.skip == {("p", 2)}
    rows = story(first, engine, "take", replay=replay)
    assert rows == {"p 0": ["1 take van doctor", "61 take see doctor"]}


# -- beds ---------------------------------------------------------------------------------------------

WARDS = {"own": {"number": 1}, "other": {"number": 1}}
OUTLIER = {"beds": ["own", "other"], "repatriate": True}


@both
def test_who_is_ready_as_the_own_bed_becomes_free_does_not_move(engine):
    stay = {**lie("own", 2), **OUTLIER}
    rows = story(model({"p": coming([0, 0], stay)}, pools=WARDS), engine, "move", "take")
    assert rows == {"p 0": ["0 take stay own"], "p 1": ["0 take stay other"]}


@both
def test_the_way_home_is_a_place_in_the_queue_since_the_grant(engine):
    stay = {**lie("own", 8, priority=1), **OUTLIER}
    paths = {
        "a": coming([0], lie("own", 3, name="first")),
        "b": coming([1], lie("own", 1, name="later", priority=1)),
        "p": coming([1], stay),
        "c": coming([2], lie("own", 1, name="urgent")),
    }
    rows = story(model(paths, pools=WARDS), engine, "move", "take", "give")
    assert rows["c 0"] == ["3 take urgent own", "4 give urgent own"]
    assert rows["b 0"] == ["4 take later own", "5 give later own"]  # asked at 1 too, and is written before p
    assert rows["p 0"] == [
        *("1 take stay other", "5 move stay", "5 give stay other", "5 take stay own", "9 give stay own"),
    ]


@both
def test_beds_that_are_exchanged_are_not_cleaned(engine):
    pools = {"n": {"number": 1, "turn_round": "1 h"}, "s": {"number": 1, "turn_round": "1 h"}}
    paths = {
        "a": coming([0], lie("n", 2, name="a1"), lie("s", 1, name="a2")),
        "b": coming([0], lie("s", 2, name="b1"), lie("n", 1, name="b2")),
    }
    rows = story(model(paths, pools=pools), engine, "swap", "give", "free")
    assert rows["a 0"] == ["2 swap a2", "2 give a1 n", "3 give a2 s", "4 free a2 s"]
    assert rows["b 0"] == ["2 swap b2", "2 give b1 s", "3 give b2 n", "4 free b2 n"]


# -- rounds and batches -------------------------------------------------------------------------------


@both
def test_a_round_sees_by_priority_as_aged_then_by_arrival_and_opening_beats_giving_up(engine):
    calendars = {"c": {"openings": ["daily 05:00", "daily 06:00"], "places": 1}}
    wait = {"delay": "wait", "duration": "3 h"}
    tired = {"after": "2 h", "steps": [{"leave": "tired"}]}
    seen = {"round": "seen", "calendar": "c", "priority": 1, "order": "arrival", "gives_up": tired}
    aged = {"round": "aged", "calendar": "c", "priority": 2, "ages": [{"after": "5 h", "to": 0}]}
    paths = {
        "a": coming([1], wait, seen),  # joins at 4, gives up at 6
        "b": coming([3], seen),
        "d": coming([0], aged),
    }
    rows = story(model(paths, calendars=calendars), engine, "begin", "leave")
    assert rows["d 0"] == ["5 begin aged", "5 leave home"]
    assert rows["b 0"] == ["5 leave tired"]
    assert rows["a 0"][1:] == ["6 begin seen", "6 leave home"]


@both
def test_a_batch_asks_together_as_its_oldest_and_all_end_with_it(engine):
    together = {"needs": {"porter": 1}, "duration": "2 h"}
    batch = {"batch": "walk", "number": 2, "together": together}
    paths = {
        "busy": coming([0], see(4, pool="porter")),
        "p": coming([1, 3], batch),
        "q": coming([2], see(1, name="other", pool="porter")),
    }
    rows = story(model(paths, pools={"porter": {"kind": "staff", "number": 1}}), engine)
    assert rows["p 0"][2:] == [
        *("4 take walk porter", "4 begin walk", "6 end walk", "6 give walk porter", "6 leave home"),
    ]
    assert rows["p 1"][2:] == ["4 begin walk", "6 end walk", "6 leave home"]
    assert rows["q 0"][2] == "6 take other porter"


# -- coming back, and who is there already ------------------------------------------------------------


@both
def test_who_comes_back_gives_all_back_first_and_arrives_in_another_spell(engine):
    back = {"comes_back": "again", "after": "0 h", "outcome": "home", "at": "stay"}
    way = {"branch": "b", "ways": [{"way": "x", "share": 0.5, "steps": [back]}, {"way": "y", "share": 0.5}]}
    made = model({"p": coming([0], lie("bed", 1, then="hold"), way)}, pools={"bed": {"number": 1}})
    seed = next(s for s in range(1, 50) if len(story(made, engine, "arrive", seed=s)["p 0"]) == 2)
    rows = story(made, engine, seed=seed)["p 0"]
    assert rows[7:13] == [
        *("1 way x", "1 give stay bed", "1 leave home", "1 arrive", "1 ask stay", "1 take stay bed"),
    ]
    assert simulate(made, UNTIL, seed=seed, engine=engine).spell.tolist().count(0) == 10


@both
def test_coming_back_without_time_for_ever_stops_the_run(engine):
    back = {"comes_back": "again", "after": "0 h", "outcome": "home"}
    steps = {"arrivals": {"listed": ["0 h"]}, "steps": [back]}
    with pytest.raises(RunError, match="without any time passing"):
        simulate(model({"p": steps}), UNTIL, engine=engine)


@both
def test_those_who_are_there_take_their_beds_over_the_number_and_nobody_else_does(engine):
    starting = [{"at": "stay", "elapsed_each": ["2 h", "1 h"]}]
    made = model({"p": coming([0], lie("bed", 4), starting=starting)}, pools={"bed": {"number": 1}})
    rows = story(made, engine, "take", "give")
    assert rows["p 0"] == ["3 take stay bed", "7 give stay bed"]
    there = sorted(told for who, told in rows.items() if who != "p 0")
    assert there == [["-1 take stay bed", "3 give stay bed"], ["-2 take stay bed", "2 give stay bed"]]


@both
def test_those_who_wait_already_keep_their_place_and_what_is_left_of_their_patience(engine):
    tired = {"after": "3 h", "steps": [{"leave": "tired"}]}
    starting = [{"at": "see", "elapsed_each": ["1 h", "2 h", "2.5 h"]}]
    made = model({"p": coming([0], see(1, gives_up=tired), starting=starting)}, pools=DOCTOR)
    rows = story(made, engine, "begin", "give_up")
    there = sorted(told[0] for who, told in rows.items() if who != "p 0")
    assert there == [
        "0 begin see",
        "1 begin see",
        "2 begin see",
    ]  # 1 h + 1 h: as the patience of the second ends
    assert rows["p 0"] == ["3 begin see"]  # a grant beats giving up


@both
@pytest.mark.parametrize("reaches", [1, 2])
def test_those_who_are_there_already_are_not_reached_by_a_partial_change(engine, reaches):
    starting = [{"at": "stay", "elapsed_each": ["3 h", "1 h"]}]
    made = model({"p": coming([], lie("bed", 6), starting=starting)}, pools={"bed": {"number": 2}})
    changes = [Cut(cut="p/care in stay", by="50%", reach="99%")] * reaches
    before, after = (story(one, engine, "give") for one in (made, apply(made, changes)))
    assert before == after
    assert sorted(told[-1] for told in after.values()) == ["3 give stay bed", "5 give stay bed"]


# -- steps of one's own -------------------------------------------------------------------------------


def test_an_own_step_runs_on_the_reference_engine_alone():
    @own_step("an hour for each visit")
    def hours(hospital, patient, node):
        for _ in range(patient.visits[hospital.plan.step[node]]):
            yield hospital.wait(patient, HOUR)

    made = model({"p": coming([0], {"own": "talk", "does": "an hour for each visit"})})
    assert story(made, "simpy")["p 0"] == ["0 arrive", "0 begin talk", "1 end talk", "1 leave home"]
    with pytest.raises(ModelError, match="talk"):
        simulate(made, UNTIL, engine="compiled")


def test_what_an_own_step_draws_is_the_patients_own():
    drawn = {}

    @own_step("drawn")
    def draws(hospital, patient, node):
        drawn.setdefault(patient.number, []).append(hospital.uniform(patient, node))
        yield hospital.wait(patient, HOUR)

    talk = {"own": "talk", "does": "drawn"}
    twice = {"repeat": "twice", "times": 2, "steps": [talk]}
    story(model({"p": coming([0, 0], twice)}), "simpy")
    two = dict(drawn)
    assert len({number for numbers in two.values() for number in numbers}) == 4
    drawn.clear()
    story(model({"q": coming([0], see(1)), "p": coming([0, 0, 1], twice)}, pools=DOCTOR), "simpy")
    assert {patient: drawn[patient] for patient in two} == two


def test_an_own_step_that_nobody_registered_is_refused():
    made = model({"p": coming([0], {"own": "talk", "does": "nothing known"})})
    with pytest.raises(ModelError, match="not registered"):
        simulate(made, UNTIL, engine="simpy")
