"""The field's own claims: the README says what the command says, and the small model releases what the pencil does."""

import importlib.util
from pathlib import Path

import pytest

from cisim import apply, read_model, simulate
from cisim.claims import implied, parse_sum, steps_supported, ward_of
from cisim.claims.needing import closing_of, needed
from cisim.cli import main
from cisim.engine import Replay
from cisim.measures import measure
from cisim.spec import Close, read_claims, read_question
from cisim.spec.scenario import SetNumber
from cisim.units import DAY, WEEK
from cisim.value import pool_times

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "experiments" / "claims"
README = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def claims():
    return {claim.name: implied(claim) for claim in read_claims(FOLDER / "claims.yaml").stated}


def test_the_table_is_what_the_claims_imply():
    spec = importlib.util.spec_from_file_location("claims_tables", FOLDER / "tables.py")
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    assert tables.page(README) == README, "run python experiments/claims/tables.py"


def test_every_claim_has_a_source_and_none_shows_cash(claims):
    assert all(claim.source for claim in read_claims(FOLDER / "claims.yaml").stated)
    assert [name for name, one in claims.items() if one.cash.shown is not None] == []


@pytest.mark.parametrize(
    ("claim", "total"),
    [
        ("Highland, respiratory", "+2.7%"),
        ("Highland, sleep service", "+80.6%"),
        ("Highland, cardio-endocrine", "-9.2%"),
        ("Raigmore respiratory ward", "+0.8%"),
    ],
)
def test_the_teams_total_spend(claims, claim, total):
    assert f"{100 * claims[claim].figure('total spend').value:+.1f}%" == total
    assert f"**{total}**" in README


def test_what_is_unsized_gets_no_amount(claims):
    unsized = {name for name, one in claims.items() if one.grade == "unsized"}
    assert {"Hazardous prescribing", "Litigation", "Highland, falls", "NHS Highland, spread"} <= unsized
    assert all(claims[name].cash.at_most is None for name in unsized)
    assert claims["Virginia Mason partnership"].grade == "elapsed time"


def test_one_command_tells_all_of_them(capsys):
    assert main(["claim", str(FOLDER / "claims.yaml")]) == 0
    said = capsys.readouterr().out
    for claim in read_claims(FOLDER / "claims.yaml").stated:
        assert said.count(claim.name) >= 2, claim.name  # by itself, and in the table


# Discharge to assess, simulated


def test_the_simulated_release_is_the_pencil_s_and_two_bays_close_at_the_same_wait():
    question = read_question(FOLDER / "experiment.yaml")
    changed = apply(question.model, question.scenarios[0][1])
    warm, end = 20 * WEEK, 124 * WEEK
    waits = {"before": 0.0, "two bays": 0.0, "four bays": 0.0}
    released = patients = 0.0
    for replication in range(4):
        before = simulate(question.model, end, seed=2017, replication=replication)
        after = simulate(changed, end, seed=2017, replication=replication, replay=Replay.of(before))
        [ward] = pool_times(before, after, after, None, warm, end)
        released += ward.uses()["release"] / DAY
        patients += _value(before, "throughput", "patients", warm, end)
        waits["before"] += _value(before, "wait", "mean", warm, end)
        for name, beds in (("two bays", 36), ("four bays", 24)):
            fewer = apply(changed, [SetNumber(number="ward beds", to=beds)])
            log = simulate(fewer, end, seed=2017, replication=replication)
            waits[name] += _value(log, "wait", "mean", warm, end)
    # The same patients, each 4.3 days less: but for whose stay crosses an end of the window
    assert released / patients == pytest.approx(4.3, rel=0.03)
    assert waits["two bays"] < waits["before"] < waits["four bays"]


def _value(log, name, statistic, begin, end):
    return next(
        m.value
        for m in measure(log, begin, end, weekly=False)
        if (m.measure, m.statistic) == (name, statistic)
    )


def test_erlang_s_formula_says_so_without_a_run():
    question = read_question(FOLDER / "experiment.yaml")
    ward = ward_of(question.model, "ward beds")
    changed = ward_of(apply(question.model, question.scenarios[0][1]), "ward beds")
    closing = closing_of(next(o for o in question.value.options if isinstance(o, Close)))
    assert ward.stay - changed.stay == pytest.approx(4.3)
    assert steps_supported(closing, ward, changed.offered) == 2
    assert needed(parse_sum("£700k a year"), closing, ward).steps == 2


def test_the_model_stands_by_itself():
    assert read_model(FOLDER / "model.yaml").pools["ward beds"].number == 48
