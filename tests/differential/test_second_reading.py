"""Two readings of the rules tell the same story, row by row, of made-up models full of ties."""

from collections import Counter

import pytest
from model_maker import UNTIL, made_up
from plain_engine import PlainEngine
from reading import difference, integrals_of, rows_of

from cisim.engine import simulate

SEEDS, CHUNKS = 240, 4
OFTEN = ("tie", "blocking", "give_up", "rota fall")  # in a fifth of the models at least
RARE = (
    *(
        "swap",
        "outlier",
        "round",
        "round without a place for all",
        "batch by count",
        "batch by clock",
        "go_to",
    ),
    *("reached by a partial change", "missed by a partial change"),
    *("alternative", "reserve", "interrupt", "resume", "turn_away", "move", "turned round", "together"),
    *("all of", "return", "starting"),
)
pytestmark = pytest.mark.filterwarnings("ignore::cisim.errors.CisimWarning")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_readings_tell_the_same_rows(chunk):
    models, seeds = Counter(), range(chunk, SEEDS, CHUNKS)
    for seed in seeds:
        model = made_up(seed)
        if model is None:
            continue
        log = simulate(model, UNTIL, seed=seed, engine="simpy")
        plain = PlainEngine(model, UNTIL, seed=seed)
        assert not (told := difference(plain.run(), rows_of(log))), f"seed {seed}, {told}"
        assert {k: dict(+v) for k, v in plain.integrals.items()} == integrals_of(log), f"seed {seed}"
        models["legal"] += 1
        models.update(what for what, times in plain.seen.items() if times)
    assert models["legal"] >= 0.8 * len(seeds)
    assert [what for what in OFTEN if models[what] < 0.2 * models["legal"]] == []
    assert [what for what in RARE if not models[what]] == []  # or the rules would agree unasked


def test_another_seed_tells_other_rows():
    model = next(model for seed in range(SEEDS) if (model := made_up(seed)) is not None)
    rows = rows_of(simulate(model, UNTIL, seed=1, engine="simpy"))
    assert PlainEngine(model, UNTIL, seed=1).run() == rows
    assert PlainEngine(model, UNTIL, seed=2).run() != rows
