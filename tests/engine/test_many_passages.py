"""A patient may pass one step very often, and no word that the compiled engine packs numbers into runs over."""

import numpy as np

from cisim.engine import Replay, simulate
from cisim.eventlog import Event, same_log
from cisim.spec import Model
from cisim.units import DAY, HOUR

SECOND = 1000


def model(steps, **more):
    words = {"cisim": 1, "model": "again and again", "start": "2024-01-01", **more}
    return Model.model_validate(
        {**words, "pathways": {"p": {"arrivals": {"listed": ["0 h", "0 h"]}, "steps": steps}}}
    )


def test_time_and_visit_are_right_after_a_million_passages():
    passages = (1 << 20) + 5
    turn = {"delay": "turn", "duration": "1 s"}
    log = simulate(
        model([{"repeat": "turns", "times": passages, "steps": [turn]}, {"leave": "home"}]), 13 * DAY, seed=1
    )
    begun = (log.event == Event.BEGIN) & (log.patient == log.patient[0])
    assert np.count_nonzero(begun) == passages
    assert np.array_equal(log.visit[begun], np.arange(passages))
    assert np.array_equal(log.time[begun], np.arange(passages) * SECOND)


def test_a_replay_turns_away_at_every_passage_however_often_it_was():
    give_up = {"after": "1 s", "steps": [{"go_to": "ask"}]}
    ask = {"activity": "ask", "needs": {"nurse": 1}, "duration": "11 h", "gives_up": give_up}
    base = model([ask, {"leave": "home"}], pools={"nurse": {"kind": "staff", "number": 1}})
    first = simulate(base, 12 * HOUR, seed=1, engine="simpy")
    assert first.visit.max() > 1 << 15
    again = Replay.of(first)
    reference, compiled = (
        simulate(base, 12 * HOUR, seed=1, engine=engine, replay=again) for engine in ("simpy", "compiled")
    )
    assert same_log(reference, compiled)
    assert np.count_nonzero(compiled.event == Event.GIVE_UP) == len(again.refuse) > 1 << 15
