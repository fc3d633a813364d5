"""What an outcome counts is part of what is simulated and stored; what one more of it is worth is not."""

from __future__ import annotations

from pathlib import Path

from cisim.runs.plan import identity
from cisim.spec import read_question
from cisim.spec.starting import lay_down

OUTCOME = """
outcomes:
  - outcome: late
    of: earlier treatment
    counts: {measure: wait, above: 6 h}
    each: {qalys: -0.1}
    source: made up
"""
KEY = "options and running items"


def test_a_stored_run_is_used_again_for_another_worth_and_not_for_another_count(tmp_path: Path) -> None:
    lay_down(tmp_path)
    value = tmp_path / "experiments/daily-round/value.yaml"
    before = value.read_text(encoding="utf-8")

    def stored(text: str) -> str:
        value.write_text(before + text, encoding="utf-8")
        return identity(read_question(tmp_path / "experiments/daily-round"))[KEY]

    first = stored(OUTCOME)
    assert stored(OUTCOME.replace("-0.1", "-0.2")) == first
    assert stored(OUTCOME.replace("6 h", "7 h")) != first
    assert stored("") != first
