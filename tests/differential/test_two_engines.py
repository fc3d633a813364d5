"""The two engines write the same log, array by array and bit by bit, of models of every step and resource kind.

`CISIM_MODELS=5000` asks for more models than the ordinary run.
"""

import json
import os

import pytest
from model_maker import UNTIL, ModelMaker, made_up, repaired
from reading import unequal
from shrinking import legal, shrunk

from cisim.engine import Replay, simulate

ENGINES = ("simpy", "compiled")
MODELS = int(os.environ.get("CISIM_MODELS", "300"))
CHUNKS = max(6, MODELS // 250)
pytestmark = pytest.mark.filterwarnings("ignore::cisim.errors.CisimWarning")


def apart(model, seed):
    """What the logs of the two engines differ in, of a run and of the run that serves again those whom it served."""
    one, other = (simulate(model, UNTIL, seed=seed, engine=engine) for engine in ENGINES)
    if told := unequal(one, other):
        return told
    again = Replay.of(one)
    return unequal(*(simulate(model, UNTIL, seed=seed, engine=engine, replay=again) for engine in ENGINES))


def smallest(seed):
    """The words of a smaller model about which the engines still differ, to be read."""
    words = ModelMaker(seed).model()
    if not apart(repaired(words), seed):  # what is repaired is taken out of the words
        return "(a partial change is part of it: not made smaller)"
    words = shrunk(words, lambda model: bool(apart(model, seed)))
    return f"{json.dumps(words, indent=1)}\n{apart(legal(words), seed)}"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_engines_write_the_same_log(chunk):
    seeds = range(chunk, MODELS, CHUNKS)
    legal_ones = [seed for seed in seeds if made_up(seed) is not None]
    assert len(legal_ones) >= 0.8 * len(seeds)
    for seed in legal_ones:
        told = apart(made_up(seed), seed)
        assert not told, f"seed {seed}: {told}\nsmaller:\n{smallest(seed)}"
