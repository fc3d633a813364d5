"""Made-up models with steps written in Python, and logs of which some patients' rows are kept."""

import numpy as np
import pytest
from model_maker import UNTIL, in_python, made_up
from reading import difference, integrals_of, rows_of, unequal

from cisim.engine import Replay, simulate, simulate_in_parts
from cisim.errors import ModelError

ENGINES = ("simpy", "compiled")
SEEDS = 60
SHARES = (0.2, 0.5)
pytestmark = pytest.mark.filterwarnings("ignore::cisim.errors.CisimWarning")


def test_a_step_in_python_that_lasts_as_long_as_a_delay_tells_the_same():
    """On the reference engine; the compiled one refuses it by its name."""
    written = 0  # models of which a patient came to such a step
    for seed in range(SEEDS):
        model = made_up(seed)
        if model is None:
            continue
        own, names = in_python(model, np.random.default_rng(seed))
        if not names:
            continue
        log, again = (simulate(m, UNTIL, seed=seed, engine="simpy") for m in (model, own))
        assert not (told := difference(rows_of(log), rows_of(again))), f"seed {seed}, {told}"
        assert integrals_of(log) == integrals_of(again), f"seed {seed}"
        written += bool(np.isin(again.step, [i for i, s in enumerate(again.steps) if s.kind == "own"]).any())
        with pytest.raises(ModelError, match="written in Python") as whole:
            simulate(own, UNTIL, seed=seed, engine="compiled")
        with pytest.raises(ModelError, match="written in Python") as in_parts:
            simulate_in_parts(own, UNTIL, pytest.fail, seed=seed)
        assert {whole.value.where, in_parts.value.where} <= set(names), f"seed {seed}"
    assert written >= SEEDS // 2


def test_both_engines_keep_the_rows_of_the_same_patients():
    """The sample has every row of those in it; who is in it hangs on nothing but their pathway and number."""
    inside = {share: {} for share in SHARES}
    for seed in range(SEEDS):
        model = made_up(seed)
        if model is None:
            continue
        whole = simulate(model, UNTIL, seed=seed, engine="compiled")
        again = Replay.of(whole) if seed % 3 == 0 else None
        if again is not None:
            whole = simulate(model, UNTIL, seed=seed, engine="compiled", replay=again)
        rows = rows_of(whole)
        share = SHARES[seed % len(SHARES)]
        one, other = (
            simulate(model, UNTIL, seed=seed, engine=engine, replay=again, keep=share) for engine in ENGINES
        )
        assert not (told := unequal(one, other)), f"seed {seed}, {share}: {told}"
        assert one.integrals == whole.integrals, f"seed {seed}"  # of everybody
        kept = {row[:2] for row in rows_of(one)}
        assert rows_of(one) == [row for row in rows if row[:2] in kept], f"seed {seed}, {share}"
        for who in {row[:2] for row in rows}:
            assert inside[share].setdefault(who, who in kept) == (who in kept), f"seed {seed}, {who}"
    few, more = ({who for who, kept in inside[share].items() if kept} for share in SHARES)
    assert few.intersection(inside[SHARES[1]]) <= more
    for share, kept in zip(SHARES, (few, more), strict=True):
        n = len(inside[share])
        assert abs(len(kept) - share * n) < 4 * np.sqrt(n * share * (1 - share))


def test_nothing_is_kept_of_a_share_of_none():
    model = next(model for seed in range(SEEDS) if (model := made_up(seed)) is not None)
    one, other = (simulate(model, UNTIL, engine=engine, keep=0) for engine in ENGINES)
    assert not len(one)
    assert not unequal(one, other)
    assert one.integrals == simulate(model, UNTIL, engine="simpy").integrals
