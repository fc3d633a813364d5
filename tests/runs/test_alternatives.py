"""Other ways to see a question: written beside it, run and valued apart, and nothing simulated that need not be."""

from __future__ import annotations

import pytest

from cisim.errors import FileProblems
from cisim.report import answer
from cisim.runs import run
from cisim.spec import read_question
from tests.runs.conftest import EXPERIMENT, VALUE

SERVICE = """
service:
  probability: 90%
  measures:
    - {measure: turned_away, statistic: share, pathway: emergency, margin: 1%}
"""
MOST = VALUE.replace("    step: 2\n", "    step: 2\n    steps: most\n    at_most: 3\n") + SERVICE
OTHERS = """
alternatives:
  - name: ten years
    value: {years: 10}
  - name: paid for each
    value:
      payment: [{pathway: emergency, rule: activity, price: £500}]
  - name: twice the bay
    value: {options.two beds.saves: £400k}
"""
MORE = """
  - name: more come
    note: those who stay away now
    changes:
      - {demand: emergency, by: 20%}
"""


def parts(written):
    return sorted(path.name for path in (written.run / "parts").iterdir())


def numbers(found, option="two beds"):
    return {name: told[f"npv:{option}"]["value"] for name, told in found.alternatives().items()}


class TestRunning:
    def test_prices_payment_and_horizon_are_valued_again_and_nothing_is_simulated(self, written):
        written.write()
        plain = run(written.path, written.run)
        before = parts(written)
        written.write(experiment=EXPERIMENT + OTHERS)
        found = run(written.path, written.run)
        assert parts(written) == before
        assert not (written.run / "alternatives").exists()
        worth = numbers(found)
        main = found.summary["npv:two beds"]
        assert main == plain.summary["npv:two beds"]
        assert list(worth) == ["ten years", "paid for each", "twice the bay"]
        assert worth["ten years"] > 4 * main["value"]
        told = found.alternatives()["twice the bay"]["npv:two beds"]
        assert told["low"] < told["value"] < told["high"]
        assert told["words"].startswith("twice the bay: ")
        said = [line for line in answer(found).sentences if line.startswith("Seen otherwise, ")]
        assert [line.split(":")[0] for line in said] == [f"Seen otherwise, {name}" for name in worth]
        assert all("'two beds' £" in line and " to £" in line for line in said)

    def test_each_is_what_the_question_gives_when_it_is_written_so(self, written):
        written.write(experiment=EXPERIMENT + OTHERS + MORE)
        apart = run(written.path, written.run)
        changes = "cases: [{name: more come, changes: [{demand: emergency, by: 20%}]}]\n"
        alone = {
            "ten years": {"value": VALUE.replace("years: 2", "years: 10")},
            "paid for each": {
                "value": VALUE + "payment: [{pathway: emergency, rule: activity, price: £500}]\n"
            },
            "twice the bay": {"value": VALUE.replace("£200k", "£400k")},
            "more come": {"experiment": EXPERIMENT + changes},
        }
        for name, files in alone.items():
            written.write(**{"value": VALUE, "experiment": EXPERIMENT, **files})
            one = run(written.path, written.folder / f"run of {name}")
            for key, told in apart.alternatives()[name].items():
                assert told["value"] == one.summary[key]["value"], key
                assert (told["low"], told["high"]) == (one.summary[key]["low"], one.summary[key]["high"])

    def test_another_model_is_simulated_apart_and_goes_on_where_it_was_broken_off(self, written):
        written.write(experiment=EXPERIMENT + "alternatives:" + MORE)
        found = run(written.path, written.run)
        told = found.alternatives()["more come"]
        assert "difference:length_of_stay:mean:emergency:daily" in told
        (folder,) = (written.run / "alternatives").iterdir()
        units = sorted(folder.glob("parts/case*"))
        assert len(units) == 4
        stamp = units[0].stat().st_mtime_ns
        again = run(written.path, written.run)
        assert units[0].stat().st_mtime_ns == stamp
        assert again.alternatives() == found.alternatives()

    def test_margins_are_judged_anew_from_what_is_stored(self, written):
        """Half of the patients turned away counts as equal: more can close than the run itself may close."""
        loose = "alternatives: [{name: loose, value: {service.measures.turned_away.margin: 50%}}]\n"
        written.write(value=MOST, experiment=EXPERIMENT + loose)
        found = run(written.path, written.run)
        steps = found.alternatives()["loose"]["steps:two beds"]["value"]
        assert steps > found.summary["steps:two beds"]["value"]
        (folder,) = (written.run / "alternatives").iterdir()
        of_the_plan = "case0-replication00000"
        stored = (written.run / "parts" / of_the_plan / "measures.parquet").read_bytes()
        assert (folder / "parts" / of_the_plan / "measures.parquet").read_bytes() == stored
        written.write(value=MOST.replace("margin: 1%", "margin: 50%"), experiment=EXPERIMENT)
        alone = run(written.path, written.folder / "alone")
        for key, told in found.alternatives()["loose"].items():
            assert told["value"] == alone.summary[key]["value"], key

    def test_a_question_without_alternatives_tells_none(self, written):
        assert run(written.path, written.run).alternatives() == {}


WRONG = {
    "{name: a}": "alternatives.a: nothing is otherwise, want a 'case', 'changes' or 'value'",
    "{name: a, case: other}": "alternatives.a.case: got 'other'",
    "{name: a, value: {yeers: 3}}": "alternatives.a.value.yeers: ",
    "{name: a, value: {years: many}}": "alternatives.a.value.years: ",
    "{name: a, value: {options.two bed.saves: £3}}": "no 'two bed'; did you mean 'two beds'?",
    "{name: a, value: {years.first: 3}}": "want a path of the value file",
    "{name: a, value: {options.two beds.pool: wards}}": "options.two beds.pool: got 'wards', want the name of a pool",
    "{name: a, changes: [{demand: emergence, by: 2%}]}": "did you mean 'emergency'?",
    "{name: a, changes: [{remove: emergency/decision}]}": "with this alternative the scenario cannot be made",
}


class TestReading:
    @pytest.mark.parametrize("text", WRONG)
    def test_what_cannot_be_is_told_with_its_line(self, written, text):
        written.write(experiment=f"{EXPERIMENT}alternatives:\n  - {text}\n")
        with pytest.raises(FileProblems) as told:
            read_question(written.path)
        assert WRONG[text] in str(told.value)
        assert "experiment.yaml:18:" in str(told.value)

    def test_entries_of_a_value_file_need_one(self, written):
        written.write(
            experiment=EXPERIMENT.replace("value: ../../scenarios/value.yaml\n", "")
            + "alternatives: [{name: a, value: {years: 3}}]\n"
        )
        with pytest.raises(FileProblems, match="but the experiment has no 'value'"):
            read_question(written.path)

    def test_a_case_is_valued_in_place_of_the_main_one(self, written):
        cases = "cases: [{name: now}, {name: busy, changes: [{demand: emergency, by: 10%}]}]\n"
        written.write(experiment=EXPERIMENT + cases + "alternatives: [{name: if it is busy, case: busy}]\n")
        question = read_question(written.path)
        ((name, other),) = question.alternatives
        assert name == "if it is busy"
        assert [case.changes for case in other.experiment.cases] == [question.experiment.cases[1].changes]
