"""Logs by hand: a row is (patient, time, event, step, pool, detail), and 'a:7' is patient 7 of pathway a."""

from datetime import date

import numpy as np
import pytest

from cisim.eventlog import Event, EventLog, StepName

START = date(2024, 1, 1)


def build(rows, end, *, pools=(), kinds=None, pathways=("all",), integrals=None, openings=()):
    kinds = {"ward": "stay"} if kinds is None else kinds
    steps = tuple(StepName(p, s, k) for p in pathways for s, k in kinds.items())
    step_code = {(s.pathway, s.name): i for i, s in enumerate(steps)}
    pool_code = {p.name: i for i, p in enumerate(pools)}
    details = tuple(dict.fromkeys(r[5] for r in rows if len(r) > 5 and r[5]))
    columns, sequences, visits, spells = [], {}, {}, {}
    for row in rows:
        who, time, event, step, pool, detail = (*row, *[""] * (6 - len(row)))
        pathway, _, number = str(who).rpartition(":")
        pathway = pathway or pathways[0]
        if event == "arrive":
            spells[pathway, number] = spells.get((pathway, number), -1) + 1
        spell = spells.get((pathway, number), 0)
        key = (pathway, number, spell)
        sequences[key] = sequences.get(key, -1) + 1
        if event == "ask" or (step and (key, step) not in visits):
            visits[key, step] = visits.get((key, step), -1) + 1
        columns.append(
            (
                pathways.index(pathway),
                int(number),
                spell,
                sequences[key],
                int(time),
                Event[event.upper()],
                step_code.get((pathway, step), -1),
                visits[key, step] if step else -1,
                pool_code.get(pool, -1),
                1 if event in ("take", "give", "free") else 0,
                details.index(detail) if detail else -1,
            )
        )
    table = np.array(sorted(columns, key=lambda c: c[:4]), np.int64).reshape(-1, 11)
    return EventLog(
        START,
        end,
        tuple(pathways),
        steps,
        tuple(pools),
        details,
        *table.T.copy(),
        openings=openings,
        integrals=integrals,
    )


@pytest.fixture(scope="session")
def make_log():
    return build


@pytest.fixture(scope="session")
def stay_rows():
    """Rows of one patient's stay; a time that is left out has not come."""

    def rows(who, arrive, begin=None, ready=None, give=None, *, gave_up=None, pool="beds"):
        out = [(who, arrive, "arrive"), (who, arrive, "ask", "ward")]
        if gave_up is not None:
            out += [(who, gave_up, "give_up", "ward"), (who, gave_up, "leave", "", "", "gave up")]
        if begin is not None:
            out += [(who, begin, "take", "ward", pool), (who, begin, "begin", "ward")]
        if ready is not None:
            out += [(who, ready, "ready", "ward")]
        if give is not None:
            out += [(who, give, "give", "ward", pool), (who, give, "leave", "", "", "home")]
        return out

    return rows


@pytest.fixture(scope="session")
def by_name():
    """Measures by (measure, statistic, owner): the value of the whole window."""

    def find(measures, name, statistic, owner, week=-1):
        found = [
            m
            for m in measures
            if (m.measure, m.statistic, m.week) == (name, statistic, week)
            and owner in (m.pathway + "." + m.step, m.pathway if not m.step else None, m.pool)
        ]
        assert len(found) == 1, found
        return found[0]

    return find
