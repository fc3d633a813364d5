"""The workbook recalculates to the ledger's own totals, in an engine that is not ours, and follows what is changed."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
from dataclasses import replace

import numpy as np
import openpyxl
import pytest

from cisim.analysis import per_patient
from cisim.analysis.board import line_ids
from cisim.report.cells import safe_names
from cisim.report.workbook import write_workbook
from cisim.value import book_of, by_draw, cash_by_year, internal_rate, perspective, who_gains

PENNY = 0.005
FIGURES = {
    "Cash that leaves budgets": "cash_benefit",
    "Cash cost": "cash_cost",
    "Indirect cost: time of staff already employed": "indirect_cost",
    "Health gained": "qalys",
    "All service benefit": "service_benefit",
    "Net present value": "npv",
    "Net present value, health at its upper worth": "npv_high",
}
AWKWARD = {"commissioner": "<Payer* of the north?>", "patients": "PROVIDER"}
"""Owners whose names a spreadsheet would read as a rule, or take for another owner."""


def seen_by(results, folder, name):
    """Return the run as another perspective sees it, in a folder of its own."""
    value = results.question.value.model_copy(update={"perspective": name})
    ledger = results.ledger
    if name != "provider":
        # Prices that go with quantities from run to run, owners with awkward names, and worth to society.
        dear = 1 + 0.1 * (ledger["replication"] % 2)
        social = (ledger["use"] == "absorb") & (ledger["owner"] == "commissioner")
        kinds = ledger["kind"].cat.add_categories("societal")
        ledger = ledger.assign(
            kind=kinds.where(~social, "societal"),
            owner=ledger["owner"].cat.rename_categories(AWKWARD),
            unit_value=ledger["unit_value"] * dear,
            amount=ledger["amount"] * dear,
        )
    # The run itself was made under one perspective: what it found is no check of another.
    summary = results.summary if name == results.question.value.perspective else {}
    question = replace(results.question, value=value)
    return replace(results, folder=folder, question=question, ledger=ledger, summary=summary)


class Recalculated:
    """A workbook as an engine that is not ours works it out."""

    def __init__(self, results):
        import formulas

        self.results = results
        self.path = write_workbook(results)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model = formulas.ExcelModel().loads(str(self.path)).finish()
            self.found = self.model.calculate()
        self.live = openpyxl.load_workbook(self.path)
        self.kept = openpyxl.load_workbook(self.path, data_only=True)

    def __call__(self, sheet, cell, found=None):
        got = (found or self.found).get(self.key(sheet, cell))
        return self.kept[sheet][cell].value if got is None else got.value[0, 0]

    def key(self, sheet, cell):
        return f"'[{self.path.name}]{sheet.upper()}'!{cell}"

    def formulas(self):
        for sheet in self.live:
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str) and cell.value.startswith("="):
                        yield sheet.title, cell.coordinate

    def summary(self, found=None):
        """Return the means of the summary by option and figure, as the engine has them."""
        sheet, out = self.kept["Summary"], {}
        for row in range(1, sheet.max_row + 1):
            option, words = sheet.cell(row, 1).value, sheet.cell(row, 2).value
            if option and sheet.cell(row, 6).value:
                out[option, words] = self("Summary", f"C{row}", found)
        return out


@pytest.fixture(scope="module", params=["provider", "NICE", "Green Book"])
def recalculated(request, results, tmp_path_factory):
    return Recalculated(seen_by(results, tmp_path_factory.mktemp(request.param), request.param))


def letters(book):
    return {
        name: re.sub(r"\d", "", line)
        for name, line in zip((x.option for x in book.lines), line_ids(book), strict=True)
    }


def disagreements(recalculated, ledger):
    """Return every headline of the recalculated workbook that is not the ledger's own, to the penny."""
    value = recalculated.results.question.value
    view = perspective(value.perspective, organisation=value.organisation)
    book, found, out = book_of(ledger), recalculated.summary(), []
    for name, letter in letters(book).items():
        mine = by_draw(book, name, view).mean()
        for words, figure in FIGURES.items():
            if words.endswith("upper worth") and len(set(view.pounds_per_qaly or ())) < 2:
                assert (letter, words) not in found
            elif not abs(float(found[letter, words]) - mine[figure]) < PENNY:
                out.append((name, words, found[letter, words], mine[figure]))
        whole = mine["service_benefit"] / (mine["direct_cost"] + mine["indirect_cost"])
        if not abs(found[letter, "Service return for £1 of all cost"] - whole) < 1e-6:
            out.append((name, "return on all cost"))
    return out


def test_every_headline_is_the_ledgers_to_the_penny(recalculated):
    assert disagreements(recalculated, recalculated.results.ledger) == []


def test_a_ledger_that_differs_in_one_line_is_found(recalculated):
    ledger = recalculated.results.ledger
    one = (ledger["use"] == "running") & (ledger["year"] == ledger["year"].max())
    changed = ledger.assign(
        unit_value=ledger["unit_value"].where(~one, ledger["unit_value"] * 1.001),
        amount=ledger["amount"].where(~one, ledger["amount"] * 1.001),
    )
    assert disagreements(recalculated, changed)


def test_every_formula_carries_the_value_it_has(recalculated):
    wrong, count = [], 0
    for sheet, cell in recalculated.formulas():
        got, kept = recalculated(sheet, cell), recalculated.kept[sheet][cell].value
        count += 1
        same = (
            got == kept
            if isinstance(kept, str)
            else not isinstance(got, str) and abs(float(got) - kept) < PENNY
        )
        if not same:
            wrong.append((sheet, cell, got, kept))
    assert wrong == []
    assert count > 500


def test_owners_sum_to_what_each_gains(recalculated):
    ledger = recalculated.results.ledger
    sheet = recalculated.kept["By owner"]
    heads = {sheet.cell(4, c).value: c for c in range(4, sheet.max_column + 1)}
    got = {}
    for row in range(5, sheet.max_row + 1):
        option, _, owner = (sheet.cell(row, c).value for c in (1, 2, 3))
        if option:
            got[option, owner] = {
                head: float(recalculated("By owner", f"{sheet.cell(row, c).coordinate}"))
                for head, c in heads.items()
            }
    known, names = safe_names(line.owner for line in book_of(ledger).lines), letters(book_of(ledger))
    gains = who_gains(ledger)
    for one in gains.itertuples():
        mine = got[names[one.scenario], known[one.owner]]
        assert mine["Cash, £"] == pytest.approx(one.cash, abs=PENNY)
        assert mine["Other money, no cash, £"] == pytest.approx(one.other_money, abs=PENNY)
        assert mine.get("Societal, no cash, £", 0.0) == pytest.approx(one.societal, abs=PENNY)
        assert mine["Health, QALYs"] == pytest.approx(one.qalys, abs=PENNY)
    assert len(got) == len(gains) + len(names)  # and a row of totals for each option


def test_a_changed_number_is_followed_to_the_net_present_value(recalculated):
    sheet = recalculated.kept["Ledger"]
    place = {sheet.cell(4, c).value: c for c in range(1, sheet.max_column + 1)}

    def at(row, head):
        return sheet.cell(row, place[head])

    row = next(
        r
        for r in range(5, sheet.max_row + 1)
        if at(r, "Account").value == "cash cost"
        and at(r, "Year").value == sheet.cell(5, place["Year"]).value + 1
    )
    quantity = at(row, "Quantity, mean")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        changed = recalculated.model.calculate(
            inputs={recalculated.key("Ledger", quantity.coordinate): quantity.value + 10}
        )
    option = at(row, "Option").value
    before, after = (
        s[option, "Net present value"] for s in (recalculated.summary(), recalculated.summary(changed))
    )
    moved = 10 * at(row, "Value of one, mean").value * at(row, "Discount factor").value
    assert moved < 0
    assert after - before == pytest.approx(moved, abs=PENNY)


def test_a_rows_amount_is_the_mean_of_products(recalculated):
    book = book_of(recalculated.results.ledger)
    sheet = recalculated.kept["Ledger"]
    place = {sheet.cell(4, c).value: c for c in range(1, sheet.max_column + 1)}
    rows = {
        (sheet.cell(r, 1).value, sheet.cell(r, place["Year"]).value): r for r in range(5, sheet.max_row + 1)
    }
    together = 0
    for key, line in zip(line_ids(book), book.lines, strict=True):
        if line.currency:
            for y in range(book.years) if line.year is None else (line.year,):
                row = rows[key, book.first_year + y]
                amount = np.asarray(line.quantity)[:, y] * np.asarray(line.unit_value)[:, y]
                got = recalculated("Ledger", sheet.cell(row, place["Amount, mean"]).coordinate)
                assert float(got) == pytest.approx(amount.mean(), abs=PENNY)
                assert sheet.cell(row, place["Amount, P10"]).value == pytest.approx(np.percentile(amount, 10))
                apart = sheet.cell(row, place["Mean of products less product of means"]).value
                together += apart != 0
    if recalculated.results.question.value.perspective != "provider":
        assert together, "no line has a quantity and a price that vary together: this says nothing"


def test_a_figure_is_two_steps_from_its_sources(recalculated):
    summary, ledger, sources = (recalculated.kept[n] for n in ("Summary", "Ledger", "Sources"))
    place = {ledger.cell(4, c).value: c for c in range(1, ledger.max_column + 1)}
    worth = {}
    for row in range(5, ledger.max_row + 1):
        line = ledger.cell(row, 1).value
        worth[line] = worth.get(line, 0.0) + (ledger.cell(row, place["Present value"]).value or 0.0)
        target = ledger.cell(row, 1).hyperlink.location
        assert sources[target.rpartition("!")[2]].value == line
    known = {sources.cell(r, 1).value: sources.cell(r, 8).value for r in range(5, sources.max_row + 1)}
    followed = 0
    for row in range(1, summary.max_row + 1):
        words, told = summary.cell(row, 2).value, summary.cell(row, 8).value
        if words in ("Cash that leaves budgets", "Net cash", "Health gained") and told != "none":
            ids = []
            for part in told.split(", "):
                first, _, last = part.partition(" to ")
                head, low, high = first[0], int(first[1:]), int((last or first)[1:])
                ids += [f"{head}{n}" for n in range(low, high + 1)]
            assert sum(worth[i] for i in ids) == pytest.approx(summary.cell(row, 3).value, abs=PENNY)
            assert all(known[i] for i in ids)
            followed += 1
    assert followed >= 3


def test_net_benefit_is_the_formula_at_each_value_of_a_qaly(recalculated):
    """Money and health of the draws, put together by hand (N37's formula), against the sheet's live cells."""
    results = recalculated.results
    value = results.question.value
    view = perspective(value.perspective)
    sheet = recalculated.live["Net benefit"]
    rows = [r for r in range(5, sheet.max_row + 1) if sheet.cell(r, 3).value is not None]
    assert len(rows) == 6 * len(value.options)
    for r in rows:
        draws = by_draw(results.ledger, sheet.cell(r, 2).value, view)
        pounds = float(sheet.cell(r, 3).value)
        want = pounds * draws["qalys"] + draws["money"]
        assert float(recalculated("Net benefit", f"E{r}")) == pytest.approx(want.mean(), abs=PENNY)
        assert float(recalculated("Net benefit", f"F{r}")) == pytest.approx(want.mean() / pounds, abs=1e-6)
        assert float(sheet.cell(r, 7).value) == pytest.approx((want > 0).mean())


def society_of(recalculated):
    """Return the figures of the sheet 'Society' by option and words, as the engine has them."""
    sheet = recalculated.kept["Society"]
    rows = range(1, sheet.max_row + 1)
    return {
        (sheet.cell(r, 1).value, sheet.cell(r, 2).value): recalculated("Society", f"C{r}")
        for r in rows
        if sheet.cell(r, 1).value and sheet.cell(r, 3).value is not None
    }


def test_society_rate_and_patients_are_the_reports_own(recalculated):
    """The formulas of the sheet against the Green Book's net present value, ratio, rate and cost of the ledger."""
    results = recalculated.results
    value, found = results.question.value, society_of(recalculated)
    green, own = perspective("Green Book"), perspective(value.perspective, organisation=value.organisation)
    book = book_of(results.ledger)
    for name, letter in letters(book).items():
        mine = by_draw(book, name, green).mean()
        assert float(found[letter, "net present social value"]) == pytest.approx(mine["npv"], abs=PENNY)
        ratio = mine["service_benefit"] / (mine["direct_cost"] + mine["indirect_cost"])
        assert float(found[letter, "benefit-cost ratio, of the means"]) == pytest.approx(ratio, abs=1e-6)
        rate = internal_rate(cash_by_year(book, name, own)["mean"].to_numpy())
        got = found[letter, f"internal rate of net cash, as {own.name} counts it"]
        assert got == "none" if np.isnan(rate) else float(got) == pytest.approx(rate, abs=1e-6)
        cost = per_patient(results.measures, book, name, case="as found")
        for words, want in (("a patient", cost.each), ("a patient week", cost.each_week)):
            told = found[letter, f"cash cost of the change and the action, {words}"]
            assert float(told) == pytest.approx(want, abs=PENNY)
    rates = [v for (_, words), v in found.items() if words.startswith("internal rate")]
    assert len(rates) == len(value.options)


def test_an_internal_rate_follows_the_cash(results, tmp_path):
    """A programme paid once and a closure that pays back every year: one turn, so there is a rate."""
    ledger = results.ledger
    recurring = (ledger["use"] == "running") & (ledger["scenario"] == "two beds")
    cheap = ledger.assign(
        unit_value=ledger["unit_value"].where(~recurring, 0.0), amount=ledger["amount"].where(~recurring, 0.0)
    )
    once = cheap["use"] == "programme"
    cheap = cheap.assign(
        unit_value=cheap["unit_value"].where(~once, cheap["unit_value"] * 20),
        amount=cheap["amount"].where(~once, cheap["amount"] * 20),
    )
    again = Recalculated(replace(results, folder=tmp_path, ledger=cheap, summary={}))
    book = book_of(cheap)
    rate = internal_rate(cash_by_year(book, "two beds", perspective("provider"))["mean"].to_numpy())
    assert np.isfinite(rate)
    letter = letters(book)["two beds"]
    assert float(
        society_of(again)[letter, "internal rate of net cash, as provider counts it"]
    ) == pytest.approx(rate, abs=1e-6)


def test_payments_between_owners_sum_to_zero_and_checks_agree(recalculated):
    checks = recalculated.kept["Checks"]
    told = [recalculated("Checks", f"D{row}") for row in range(5, checks.max_row + 1)]
    assert set(told) == {"agrees"}
    words = [checks.cell(row, 2).value for row in range(5, checks.max_row + 1)]
    assert any(w.startswith("Payment ") for w in words)
    assert any(w.startswith("Capacity ") for w in words)


def test_the_same_run_gives_the_same_bytes(results, tmp_path):
    one, two = (tmp_path / name for name in ("one", "two"))
    for folder in (one, two):
        folder.mkdir()
        write_workbook(replace(results, folder=folder))
    assert (one / "workbook.xlsx").read_bytes() == (two / "workbook.xlsx").read_bytes()
    assert [p.name for p in one.iterdir()] == ["workbook.xlsx"], "nothing half written is left"


def test_sheets_are_set_up_to_be_read_and_printed(recalculated):
    book = recalculated.live
    assert book.sheetnames[:3] == ["Read me", "Summary", "Ledger"]
    assert book["Ledger"].freeze_panes.endswith("5")
    assert book["Ledger"].auto_filter.ref
    for sheet in book:
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert int(sheet.page_setup.paperSize) == 9
        assert max(d.width for d in sheet.column_dimensions.values()) <= 110


def test_nothing_is_written_where_nothing_is_valued(results, tmp_path):
    question = replace(results.question, value=None)
    assert write_workbook(replace(results, folder=tmp_path, question=question)) is None
    assert not list(tmp_path.iterdir())


def test_libreoffice_finds_the_same(results, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed: soffice is not on the path")
    path = write_workbook(replace(results, folder=tmp_path))
    bare = tmp_path / "bare.xlsx"
    openpyxl.load_workbook(path).save(bare)  # without values, so that they must be worked out
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    out = tmp_path / "out"
    command = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out), str(bare)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    ours = openpyxl.load_workbook(path, data_only=True)
    theirs = openpyxl.load_workbook(out / "bare.xlsx", data_only=True)
    compared = 0
    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    kept, got = (b[sheet.title][cell.coordinate].value for b in (ours, theirs))
                    assert got == kept if isinstance(kept, str) else abs(got - kept) < PENNY, cell
                    compared += 1
    assert compared > 500
