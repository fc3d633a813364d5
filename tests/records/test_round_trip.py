"""A log that cisim exports for process mining is imported as the log that it was."""

from collections import Counter

import pytest

from cisim import simulate
from cisim.errors import DataError
from cisim.eventlog import Event, export
from cisim.measures import audit, held_time, waits
from cisim.records import draft, read_records
from cisim.spec import Model
from cisim.units import DAY

MODEL = {
    "cisim": 1,
    "model": "two wards",
    "start": "2024-01-01",
    "pools": {"doctor": {"kind": "staff", "number": 1}, "ward": {"number": 14}, "rehab": {"number": 8}},
    "pathways": {
        "acute": {
            "arrivals": {"rate": "6 per day"},
            "steps": [
                {"activity": "see", "needs": {"doctor": 1}, "duration": {"exponential": {"mean": "1 h"}}},
                {
                    "stay": "care",
                    "beds": ["ward"],
                    "steps": [{"delay": "treatment", "duration": {"gamma": {"mean": "2 d", "sd": "1 d"}}}],
                },
                {"leave": "home"},
            ],
        },
        "frail": {
            "arrivals": {"rate": "2 per day"},
            "steps": [
                {
                    "stay": "recover",
                    "beds": ["rehab"],
                    "steps": [{"delay": "rest", "duration": {"gamma": {"mean": "3 d", "sd": "2 d"}}}],
                },
                {"leave": "care home"},
            ],
        },
    },
}
MENDED = """kinds: {care: stay, recover: stay, treatment: delay, rest: delay}
pools: {see: doctor, care: ward, recover: rehab}
covers: {from: 2024-01-01, until: 2024-02-10}
doubts: {left_open: keep}
"""


@pytest.fixture(scope="module")
def log():
    return simulate(Model.model_validate(MODEL), 40 * DAY, seed=4)


def told(log):
    """Return what happens, whoever the patient is called; when a bed is ready to be left is in no export."""
    return Counter(
        (pathway, time, event, "" if event == "leave" else step, pool, detail)
        for pathway, _, time, event, step, pool, _, detail in log.rows()
        if event not in ("ready", "way", "swap", "free")
    )


@pytest.mark.parametrize(
    ("style", "ending"), [("bupar", "csv"), ("bupar", "csv.gz"), ("xes", "xes"), ("xes", "xes.gz")]
)
def test_what_is_exported_and_imported_again_is_the_same_log(tmp_path, log, style, ending):
    path = tmp_path / f"log.{ending}"
    export(log, path, style=style)
    # by hand: the pathway's column, what is a stay, whose places are held; and the clock, which was local all along
    text = (
        draft(path).partition("missing_departure")[0].replace("zone: Europe/London", "# zone: Europe/London")
    )
    pathway = "case:pathway" if style == "xes" else "pathway"
    (tmp_path / "map.yaml").write_text(f'{text}pathway: "{pathway}"\n{MENDED}', encoding="utf-8")
    found = read_records(tmp_path / path.name, tmp_path / "map.yaml")
    assert found.quality.left_out == {}
    assert told(found.log) == told(log)
    end = 40 * DAY
    for pathway, step in (("acute", "see"), ("acute", "care"), ("frail", "recover")):
        mine, whole = (waits(one, pathway, step, 0, end) for one in (found.log, log))
        assert sorted(mine.waited.tolist()) == sorted(whole.waited.tolist())
    for pool in ("doctor", "ward", "rehab"):
        assert held_time(found.log, pool, 0, end) == held_time(log, pool, 0, end)
    assert (found.log.event == Event.ASK).sum() == (log.event == Event.ASK).sum() > 0
    assert all(check.passed for check in audit(found.log))


def test_an_animation_has_no_dates_and_is_refused_with_what_to_do(tmp_path, log):
    export(log, tmp_path / "log.csv", style="vidigi")
    with pytest.raises(DataError, match="written as bupaR or XES"):
        draft(tmp_path / "log.csv")
