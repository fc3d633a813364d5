"""Every rule about who comes first is asked for: a reading that bends it tells another story of some model."""

import pytest
from bent_engines import BENT
from model_maker import UNTIL, made_up
from plain_engine import PlainEngine
from reading import rows_of

from cisim.engine import simulate

MOST = 400
pytestmark = pytest.mark.filterwarnings("ignore::cisim.errors.CisimWarning")


@pytest.mark.parametrize("rule", BENT)
def test_a_bent_rule_is_found_out(rule):
    bent, mechanisms = BENT[rule]
    for seed in range(MOST):
        model = made_up(seed, mechanisms)
        if model is None:
            continue
        rows = rows_of(simulate(model, UNTIL, seed=seed, engine="simpy"))
        if bent(model, UNTIL, seed=seed).run() != rows:
            assert PlainEngine(model, UNTIL, seed=seed).run() == rows  # it is the bend that tells them apart
            return
    pytest.fail(f"no model of {MOST} asks for the rule")
