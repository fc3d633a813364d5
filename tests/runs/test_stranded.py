"""A scenario that takes away the way of those who were turned away is told of."""

from __future__ import annotations

from cisim.runs import plan_of
from cisim.runs.stranded import stranded
from cisim.spec import read_question

ROUND = "{unbatch: emergency/decision, to: [daily 09:00]}"


def _told(written):
    return stranded(plan_of(read_question(written.path), 0))


def test_a_patience_that_is_gone_is_told_for_all_or_for_some(written):
    assert _told(written) == ()
    written.change((ROUND, "{patience: emergency/bed, by: +50%}"))
    assert _told(written) == ()
    written.change(("by: +50%", "to: endless"))
    [told] = _told(written)
    assert told.startswith("'emergency/bed' has no patience any more in 'daily': whoever gives up there")
    written.change(("to: endless", "to: endless, reach: 50%"))
    assert _told(written) == (told,)


def test_without_a_value_nobody_is_served_again(written):
    written.change(
        (ROUND, "{patience: emergency/bed, to: endless}"), ("value: ../../scenarios/value.yaml\n", "")
    )
    assert _told(written) == ()
