"""The quick ways say what the full one says, on logs made at random of every kind of row."""

import math

import numpy as np
import pytest

from cisim.errors import ModelError
from cisim.eventlog import EventLog, Pool, same_log
from cisim.measures import Fold, audit, measure, standard, visits
from cisim.units import DAY, HOUR

END = 30 * DAY
NEVER = np.iinfo(np.int64).max
PATHWAYS = ("a", "b")
KINDS = {"ward": "stay", "see": "activity", "round": "round", "rest": "delay"}


def made_up(make_log, seed, patients=120):
    """Patients who pass steps several times, give up, are turned away, interrupted, moved, or stay to the end."""
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(patients):
        who, now = f"{'ab'[number % 2]}:{number}", int(draw.integers(0, 28 * DAY))
        mine = [(who, now, "arrive")]
        for _ in range(int(draw.integers(0, 7))):
            step = ("ward", "see", "round", "rest")[draw.integers(0, 4)]
            mine += passage(draw, who, step, mine[-1][1])
        rows += [row for row in mine if row[1] < END]
        if mine[-1][1] < END and draw.random() < 0.8:
            rows.append((who, mine[-1][1], "leave", "", "", ("home", "died")[number % 2]))
    pools = (
        Pool("own", times=np.array([0, 9 * DAY]), numbers=np.array([9, 7])),
        Pool("other"),
        Pool("doctor", "staff"),
    )
    return make_log(rows, END, pools=pools, kinds=KINDS, pathways=PATHWAYS)


def passage(draw, who, step, now):
    later = np.cumsum(draw.integers(0, 9, 6) * HOUR // 2) + now
    if step == "rest":
        return [(who, now, "begin", step), (who, int(later[0]), "end", step)]
    out = [(who, now, "ask", step)]
    if draw.random() < 0.2:
        return [*out, (who, int(later[0]), ("give_up", "turn_away")[draw.integers(0, 2)], step)]
    pool = {"ward": "own", "see": "doctor"}.get(step)
    taken = [(who, int(later[0]), "take", step, pool)] if pool else []
    out += [*taken, (who, int(later[0]), "begin", step)]
    if step == "ward" and draw.random() < 0.3:
        out += [
            (who, int(later[1]), e, step, p) for e, p in (("move", ""), ("give", "own"), ("take", "other"))
        ]
        pool = "other"
    if step == "see" and draw.random() < 0.3:
        out += [(who, int(later[1]), "interrupt", step), (who, int(later[1]), "give", step, pool)]
        out += [(who, int(later[2]), "take", step, pool), (who, int(later[2]), "resume", step)]
    if step != "round":
        out += [(who, int(later[3]), {"ward": "ready", "see": "end"}[step], step)]
        out += [(who, int(later[4]), "give", step, pool)]
    return out


def as_coded(log):
    kept = log.as_coded()
    names = ("start", "end", "pathways", "steps", "pools", "details", "openings", "integrals")
    rows = ("book", "first_row", "pathway_of", "patient_of", "spell_of", "time", "code", "visit")
    return EventLog.coded(**{n: getattr(log, n) for n in names}, **{n: getattr(kept, n) for n in rows})


def told(measures):
    return {m[:6]: (m.unit, m.n, "none" if math.isnan(m.value) else m.value) for m in measures}


@pytest.mark.parametrize("seed", range(8))
def test_standard_is_what_measure_says(make_log, seed):
    log = made_up(make_log, seed)
    assert {c.text for c in audit(log) if not c.passed and c.check != "granted within the number"} == set()
    for start, end in ((0, END), (3 * DAY, 17 * DAY), (29 * DAY, 29 * DAY)):
        full, quick = told(measure(log, start, end)), told(standard(log, start, end))
        assert quick == {key: full[key] for key in quick}
        assert {k[0] for k in quick} >= {"wait", "length_of_stay", "throughput", "occupancy"}


@pytest.mark.parametrize("seed", range(3))
def test_a_coded_log_is_measured_and_audited_alike_and_not_decoded(make_log, seed):
    log = made_up(make_log, seed)
    coded = as_coded(log)
    assert told(measure(coded, DAY, END)) == told(measure(log, DAY, END))
    assert told(standard(coded, DAY, END)) == told(standard(log, DAY, END))
    assert audit(coded) == audit(log)
    assert not {"step", "patient", "event"} & set(vars(coded))
    assert same_log(coded, log)


def plain_visits(log):
    """Return the passages by a loop over the rows, in plain Python."""
    out, held = {}, {}
    for i in range(len(log)):
        key = tuple(int(c[i]) for c in (log.pathway, log.patient, log.spell, log.step, log.visit))
        name = {0: "", 1: "ask", 2: "begin", 3: "end", 4: "ready", 6: "give", 8: "gave_up", 13: "turned"}.get(
            log.event[i]
        )
        if key[3] < 0 or (not name and log.event[i] != 5):
            continue
        times = out.setdefault(
            key, dict.fromkeys(("ask", "begin", "end", "ready", "give", "gave_up", "turned"), NEVER)
        )
        held[key] = held.get(key, 0) + int(log.units[i]) * {5: 1, 6: -1}.get(int(log.event[i]), 0)
        if name and name != "give":
            times[name] = min(times[name], int(log.time[i]))
        else:
            times["give"] = int(log.time[i]) if name == "give" and held[key] == 0 else NEVER
    return list(out.values())


@pytest.mark.parametrize("seed", range(4))
def test_passages_are_those_of_a_plain_loop(make_log, seed):
    log = made_up(make_log, seed)
    found = visits(log)
    for i, times in enumerate(plain := plain_visits(log)):
        assert {name: int(getattr(found, name)[i]) for name in times} == times
    assert len(found.spell) == len(plain)


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_a_fold_says_it_within_one_per_cent_however_the_spells_come(make_log, chunk):
    log = made_up(make_log, 5, patients=400)
    start, end = 2 * DAY, 28 * DAY
    kept = log.as_coded()
    fold = Fold(
        pathways=log.pathways,
        steps=log.steps,
        pools=log.pools,
        book=kept.book,
        start=start,
        end=end,
        until=log.end,
    )
    spells = len(kept.pathway_of)
    for a in reversed(range(0, spells, chunk)):
        b = min(a + chunk, spells)
        first, last = kept.first_row[a], kept.first_row[b]
        of = (c[first:last] for c in (kept.time, kept.code, kept.visit))
        fold.add(kept.first_row[a : b + 1] - first, kept.pathway_of[a:b], *of)
    want, got = told(standard(log, start, end)), told(fold.measures())
    assert want.keys() == got.keys()
    for key, (unit, n, value) in want.items():
        exact = key[1] in ("mean", "share", "patients", "per_year") or value == "none"
        assert got[key] == (unit, n, value if exact else pytest.approx(value, rel=0.01))


def test_a_fold_of_nobody_and_its_memory(make_log):
    log = make_log([], 3000 * DAY, pools=(Pool("own"), Pool("other")))
    fold = Fold(pathways=("all",), steps=log.steps, pools=log.pools, book=[[0]] * 5, start=0, end=log.end)
    assert told(fold.measures()) == told(standard(log, 0, log.end))
    assert fold.every == 3 * 60_000
    assert fold._held.nbytes <= 16 << 20


def test_a_wait_of_every_length_is_classed_within_one_per_cent(make_log):
    for waited in (0, 1, 255, 256, 257, 511, 512, 100_003, 40 * DAY):
        log = make_log([(1, 0, "arrive"), (1, 0, "ask", "ward"), (1, waited, "begin", "ward")], 41 * DAY)
        kept = log.as_coded()
        fold = Fold(pathways=("all",), steps=log.steps, pools=(), book=kept.book, start=0, end=log.end)
        fold.add(kept.first_row, kept.pathway_of, kept.time, kept.code, kept.visit)
        found = {m.statistic: m.value * HOUR for m in fold.measures() if m.measure == "wait"}
        assert found["p50"] == pytest.approx(waited, rel=0.005)
        assert found["mean"] == pytest.approx(waited)


def test_a_window_outside_the_log_is_refused(make_log):
    with pytest.raises(ModelError, match="window: got"):
        standard(make_log([], DAY), 0, 2 * DAY)
