"""The hand-worked traces of docs/traces.md judge every engine."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cisim.engine import simulate
from cisim.engine.simulating import ENGINES
from cisim.errors import RunError
from cisim.eventlog import EventLog
from cisim.measures import audit
from cisim.spec import Model
from cisim.units import HOUR, MINUTE

PAGE = Path(__file__).parents[2] / "docs" / "traces.md"
SECTIONS = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
UNTIL = 96 * HOUR


def block(section: str, kind: str) -> str | None:
    found = re.search(rf"^```{kind}\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else None


def model_of(section: str) -> Model:
    body = YAML(typ="safe").load(block(section, "yaml"))
    return Model.model_validate({"cisim": 1, "model": "trace", "start": "2024-01-01", **body})


def told(log: EventLog) -> str:
    """Say a log in the words of the page."""
    lines: dict[tuple[str, str], list[str]] = {}
    for pathway, patient, time, event, step, pool, units, detail in log.rows():
        words = [event.replace("_", " ")]
        words += [step] if event != "leave" else []
        words += [pool] if pool else []
        words += [f"x{units}"] if units > 1 else []
        words += [detail] if detail else []
        stamp = f"{time // HOUR}:{time % HOUR // MINUTE:02}"
        line = lines.setdefault((pathway, patient), [])
        text = " ".join(w for w in words if w)
        if line and line[-1].startswith(stamp + " "):
            line[-1] += f", {text}"
        else:
            line.append(f"{stamp} {text}")
    return "\n".join(f"{p} {n} | " + " | ".join(line) for (p, n), line in lines.items())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("section", SECTIONS, ids=[s.splitlines()[0] for s in SECTIONS])
def test_trace(section, engine):
    model, expected, stops = model_of(section), block(section, "trace"), block(section, "stops")
    if stops is not None:
        with pytest.raises(RunError) as caught:
            simulate(model, UNTIL, engine=engine)
        assert stops in str(caught.value)
        return
    log = simulate(model, UNTIL, engine=engine)
    assert told(log) == expected
    failed = [check for check in audit(log) if not check.passed]
    assert not failed


def test_there_are_at_least_forty_six_and_each_is_drawn():
    assert len(SECTIONS) >= 46
    assert all(block(s, "text") or block(s, "stops") for s in SECTIONS)
