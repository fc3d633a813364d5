"""What a value file says of those who decide, vouch and do the work: names are checked where they can be."""

from __future__ import annotations

import pytest

from cisim.errors import FileProblems
from cisim.spec import describe_value, read_value

VALUE = """
cisim: 1
value: a round
price_year: 2024
first_year: 2025
years: 2
options:
  - close: Close a bay
    pool: ward
    step: 6
    saves: £800k
    stranded: 60%
    budget_line: ward pay
    holder: matron
    date: 2025-07-01
  - hold: Keep it open
"""


def value(tmp_path, more):
    path = tmp_path / "value.yaml"
    path.write_text(VALUE + more, encoding="utf-8")
    return read_value(path)


def test_all_three_parts_may_be_left_out(tmp_path):
    found = value(tmp_path, "")
    assert (found.decide, found.finance, found.team) == (None, None, None)


def test_they_are_told_back(tmp_path):
    found = value(
        tmp_path,
        """
decide: {option: Close a bay, by: 2025-03-31}
finance:
  validated_by: J. Smith, deputy director of finance
  on: 2025-03-01
  enterprise_budget: £612m
  lines: [{line: ward pay, a_year: £3.1m}]
team:
  team: Ward 7
  staffing_floor: two registered nurses at night
  agreed: [{what: the bay closes only when empty, who: ward sister}]
""",
    )
    words = describe_value(found)
    assert "To decide: 'Close a bay', by 2025-03-31." in words
    assert (
        "checked by J. Smith, deputy director of finance on 2025-03-01; budget lines: ward pay £3,100,000"
        in words
    )
    assert "two registered nurses at night, the bay closes only when empty, agreed by ward sister" in words


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            "decide: {option: Close a bya}",
            "got 'Close a bya', want the name of an option; did you mean 'Close a bay'?",
        ),
        (
            "finance: {lines: [{line: ward pya, a_year: £3m}]}",
            "got 'ward pya', want a budget line of an option",
        ),
        ("finance: {lines: [{line: ward pay, a_year: £0}]}", "got nothing, want pounds above 0"),
        ("team: {tema: Ward 7}", "team"),
    ],
)
def test_names_that_stand_nowhere_are_told_with_their_line(tmp_path, more, told):
    with pytest.raises(FileProblems) as problems:
        value(tmp_path, more)
    assert told in str(problems.value)
    assert "value.yaml:17" in str(problems.value)


def test_a_team_is_of_the_model():
    from cisim.spec.telling import Team
    from cisim.spec.telling_checks import told_in_models

    found = list(told_in_models(Team(team="Ward 7", pathways=["hip"], pools=["ward"]), ["hips"], ["ward"]))
    assert [f.trail for f in found] == [("team", "pathways", 0)]
    assert "'hips'" in found[0].text
