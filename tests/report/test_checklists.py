"""The checklists have the published items, filled from the run, and say what the run does not hold."""

from __future__ import annotations

from dataclasses import replace

from cisim.report import write_pages
from cisim.report.checklists import cheers, stress, write_cheers


def test_cheers_has_its_28_items_and_the_runs_own_figures(results):
    found = {item.name: item for item in cheers(results)}
    assert [item.number for item in found.values()] == [str(i) for i in range(1, 29)]
    assert "2024" in found["Currency, price date, and conversion"].said
    assert "3 years from 2025" in found["Time horizon"].said
    for option in results.question.value.options:
        assert option.name in found["Comparators"].said
        assert results.summary[f"npv:{option.name}"]["words"] in found["Summary of main results"].said
    for name in ("Source of funding", "Conflicts of interest", "Health economic analysis plan"):
        assert found[name].missing
    assert (
        "Everything here is made up."
        in found["Study findings, limitations, generalizability, and current knowledge"].said
    )


def test_stress_tells_the_model_its_sources_and_its_runs(results):
    found = {item.number: item.said for item in stress(results)}
    assert len(found) == 24
    assert "Bed report 2024" in found["3.1"]
    assert "Tariff 2024" in found["3.1"]
    assert "ward" in found["2.5.3"]
    assert "14 days of warm-up" in found["4.1"]
    assert "4 replications" in found["4.3"]
    assert "seed 7" in found["5.2"]
    assert results.manifest["versions"]["numpy"] in found["5.1"]
    assert found["3.2"].startswith("not reported")


def test_they_follow_the_run(results):
    value = results.question.value.model_copy(update={"price_year": 2019, "perspective": "NICE"})
    other = replace(results, question=replace(results.question, value=value))
    found = {item.name: item.said for item in cheers(other)}
    assert "2019" in found["Currency, price date, and conversion"]
    assert "£20,000 to £30,000" in found["Valuation of outcomes"]


def test_files_are_written_with_every_word_escaped(results, tmp_path):
    here = replace(results, folder=tmp_path)
    written = write_pages(here, ("cheers", "stress")).paths
    for name in ("cheers", "stress"):
        page = written[name].read_text(encoding="utf-8")
        assert "more <patients>" not in page
        assert "http" not in page.replace("http-equiv", "")
        lines = (tmp_path / f"{name}.md").read_text(encoding="utf-8").splitlines()
        table = [line for line in lines if line.startswith("|")]
        assert all(line.replace("\\|", "").count("|") == 4 for line in table)
    bare = replace(here, question=replace(results.question, value=None))
    assert write_cheers(bare) is None
    assert stress(bare)
