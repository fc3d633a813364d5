"""`cisim claim` and `cisim need` from the outside: what is said first, every option, every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from cisim.cli import main

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENT = str(ROOT / "experiments" / "claims")
WARD = str(ROOT / "experiments" / "claims" / "model.yaml")


def said(capsys, *words, code=0):
    assert main(list(words)) == code
    out = capsys.readouterr()
    return out.out if code == 0 else out.err


def test_what_it_means_is_said_first(capsys):
    lines = said(capsys, "claim", "--return", "15.41", "--benefit", "£14.2m").strip().splitlines()
    assert lines[1].startswith("The cost behind it is")
    assert "6.5%" in lines[2]
    assert any(line.startswith("Cash: none is shown, at most") for line in lines)
    assert any(line.startswith("What is missing") for line in lines)


OPTIONS = [
    (["--return", "15.41"], ["--benefit", "£14.2m"]),
    (["--return", "15.41"], ["--cost", "£1m"]),
    (["--return", "15.41"], ["--reading", "net"]),
    (["--return", "2.32 at 30%"], ["--return", "5 at 60%"]),
    (["--saving", "£1m"], ["--cost", "£200k"]),
    (["--saving", "£326,000"], ["--bed-days", "1800"]),
    (["--saving", "£1m"], ["--wards", "2"]),
    (["--saving", "£1m", "--wards", "2"], ["--occupancy", "58%"]),
    (["--saving", "£1m", "--wards", "2"], ["--beds", "18"]),
    (["--unit-cost", "-21%"], ["--patients", "+30%"]),
    (["--change", "-25.9%"], ["--of", "falls"]),
    (["--change", "-25.9%"], ["--compared", "-2.5%"]),
    (["--change", "-25.9%"], ["--count", "400"]),
    (["--change", "-25.9%", "--count", "400"], ["--each", "£2,600"]),
    (["--stay", "5.5 d to 1.2 d"], ["--patients", "1000"]),
    (["--stay", "5.5 d to 1.2 d", "--patients", "1000"], ["--step", "6"]),
    (["--stay", "5.5 d to 1.2 d", "--patients", "1000", "--step", "6"], ["--saves", "£890k"]),
    (
        ["--stay", "5.5 d to 1.2 d", "--patients", "1000", "--step", "6", "--saves", "£890k"],
        ["--stranded", "60%"],
    ),
]


@pytest.mark.parametrize(("words", "more"), OPTIONS, ids=[more[0] for _, more in OPTIONS])
def test_every_option_changes_what_is_said(capsys, words, more):
    # One return at a spread is no claim by itself.
    without = "" if "at" in words[1] else said(capsys, "claim", *words)
    assert said(capsys, "claim", *words, *more) != without


def test_lead_time(capsys):
    assert "no value yet" in said(capsys, "claim", "--lead-time", "3,000 h")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "want exactly one of --return"),
        (["15.41"], "a claim itself is given with an option"),
        (["claims.yaml"], "there is no such file"),
        ([WARD], "got a model file"),
        (["x.yaml", "--return", "3"], "want a claims file or options, not both"),
        (["--return", "3", "--return", "4"], "want one return, or each with its spread"),
        (["--return", "2.32 at 30%"], "want two, such as"),
        (["--benefit", "14.2m", "--return", "15.41"], "--benefit: got '14.2m', want pounds"),
        (["--change", "25.9%"], "--change: got '25.9%', want its sign"),
        (["--change", "-150%"], "at most 100%"),
        (["--saving", "£1m", "--wards", "2", "--occupancy", "106%"], "--occupancy: got '106%'"),
        (["--saving", "£1,5m"], "a comma only stands between thousands"),
        (["--return", "3", "--wards", "2"], "--wards: does not go with --return"),
    ],
)
def test_mistakes_of_a_claim_are_told_without_a_traceback(capsys, tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    err = said(capsys, "claim", *words, code=2)
    assert told in err
    assert "Traceback" not in err


def test_check_knows_a_claims_file(capsys):
    out = said(capsys, "check", str(ROOT / "experiments" / "claims" / "claims.yaml"))
    assert "what was claimed" in out
    assert "no mistakes" in out


def test_a_sum_on_an_experiment(capsys):
    out = said(capsys, "need", "£700k recurrent", EXPERIMENT, "--option", "Close one bay of six beds")
    assert "2 whole steps of 6 beds" in out
    assert "'discharge to assess' makes the mean stay 10.7 days: enough." in out
    assert "in 2025" in out  # the value file's first year
    assert "2026/27" in said(capsys, "need", "£700k in 2026/27", EXPERIMENT, "--option", "Close two bays")


STEP = ["--step", "6", "--saves", "£890k"]


@pytest.mark.parametrize(
    "more", [["--stranded", "60%"], ["--after", "26 wk"], ["--pool", "ward beds"], ["--step", "3"]]
)
def test_options_of_a_sum_on_a_model(capsys, more):
    plain = said(capsys, "need", "£700k in 2026", WARD, *STEP)
    changed = said(capsys, "need", "£700k in 2026", WARD, *STEP, *more)
    assert (changed == plain) == (more[0] == "--pool")  # there is only one


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["tuppence", WARD, *STEP], "AMOUNT: got 'tuppence', want a sum a year"),
        (["£1m", WARD], "--saves: missing"),
        (["£1m", WARD, "--step", "6"], "--saves: missing"),
        (["£1m", WARD, "--step", "6", "--saves", "890k"], "--saves: got '890k', want pounds"),
        (["£1m", WARD, *STEP, "--stranded", "160%"], "--stranded: got '160%'"),
        (["£1m", WARD, *STEP, "--after", "3"], "--after: got '3'"),
        (["£1m", WARD, *STEP, "--pool", "ward bed"], "did you mean 'ward beds'?"),
        (["£1m", EXPERIMENT], "--option: there are several"),
        (["£1m", EXPERIMENT, "--option", "Close three bays"], "did you mean"),
        (["£1m", str(ROOT / "experiments" / "claims" / "value.yaml")], "got a file of another kind"),
        (["£90m", WARD, *STEP], "want at most"),
    ],
)
def test_mistakes_of_a_sum_are_told_without_a_traceback(capsys, words, told):
    err = said(capsys, "need", *words, code=2)
    assert told in err
    assert "Traceback" not in err
