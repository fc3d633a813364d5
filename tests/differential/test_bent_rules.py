"""Every rule about who comes first is asked for: a reading that bends it tells another story of some model."""

import pytest
from bent_engines import BENT
from model_maker import UNTIL, made_up
from plain_engine import PlainEngine
from reading import rows_of

from cisim.engine import simulate

MOST = 400
SOONER = {  # where a rule is seldom asked for: the seed to try first, so that the search is short
    "all rounds of an instant are held at once": 55,
    "whether an own patient could be served is asked without what is set aside": 92,
    "all who are too many are turned away together": 120,
    "a batch is released by count before clock": 90,
    "only the heads of queues reserve": 151,
}
pytestmark = pytest.mark.filterwarnings("ignore::cisim.errors.CisimWarning")


def test_what_is_tried_first_are_seeds_of_rules():
    assert SOONER.keys() <= BENT.keys()


@pytest.mark.parametrize("rule", BENT)
def test_a_bent_rule_is_found_out(rule):
    bent, mechanisms = BENT[rule]
    for seed in sorted(range(MOST), key=lambda seed: seed != SOONER.get(rule)):
        model = made_up(seed, mechanisms)
        if model is None:
            continue
        rows = rows_of(simulate(model, UNTIL, seed=seed))  # by the faster engine: the other tells the same
        if bent(model, UNTIL, seed=seed).run() != rows:
            assert PlainEngine(model, UNTIL, seed=seed).run() == rows  # it is the bend that tells them apart
            return
    pytest.fail(f"no model of {MOST} asks for the rule")
