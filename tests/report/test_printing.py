"""A page is printed by whatever can, on as many sheets as it has, and never fails a run."""

from __future__ import annotations

import re

import pytest

from cisim.report import write_pages
from cisim.report.printing import SIZES, browsers, found, page_count, print_page

HTML = "<html><head><style>:root { --size: 9pt; }</style></head><body>words</body></html>"


@pytest.fixture
def html(tmp_path):
    path = tmp_path / "board.html"
    path.write_text(HTML, encoding="utf-8")
    return path


def broken(*_):
    raise OSError("no display\nand more")


def printer(pages_at):
    """Return a printer that takes so many pages at a size, and the sizes that it was asked for."""
    tried = []

    def print_with(page, target):
        size = float(re.search(r"--size: ([\d.]+)pt", page.read_text(encoding="utf-8"))[1])
        tried.append(size)
        target.write_bytes(b"%PDF /CreationDate (D:20261122104500+00'00') /ModDate (D:2026)")
        return pages_at(size)

    return print_with, tried


def test_the_first_printer_that_can_prints(html):
    good, tried = printer(lambda _: 2)
    printed = print_page(html, 2, printers={"one": broken, "two": good})
    assert printed.path == html.with_suffix(".pdf")
    assert printed.words.endswith("2 pages of A4, printed by two")
    assert tried == [9.0]
    assert html.read_text(encoding="utf-8") == HTML


def test_what_is_too_long_is_printed_smaller_until_it_fits(html):
    good, tried = printer(lambda size: 2 if size <= 8.3 else 3)
    assert print_page(html, 2, printers={"one": good}).sheets == 2
    assert tried == [s for s in SIZES if s >= 8.3]


def test_what_never_fits_is_printed_and_said(html):
    good, tried = printer(lambda _: 3)
    printed = print_page(html, 2, printers={"one": good})
    assert tried == list(SIZES)
    assert "3 pages of A4, printed by one, want 2" in printed.words


def test_without_a_printer_a_sentence_says_what_to_do(html):
    none = print_page(html, 2, printers={})
    assert none.path is None
    assert (
        "neither WeasyPrint nor Edge, Chrome or Chromium is installed; print it from the browser"
        in none.words
    )
    failed = print_page(html, 2, printers={"one": broken})
    assert failed.path is None
    assert "one could not (no display); print it from the browser" in failed.words
    assert not html.with_suffix(".pdf").exists()


def test_no_clock_in_the_file(html):
    good, _ = printer(lambda _: 2)
    pdf = print_page(html, 2, printers={"one": good}).path.read_bytes()
    assert b"2026" not in pdf
    assert pdf.startswith(b"%PDF /CreationDate (D:20000101000000+00'00') /ModDate (D:2000)")


def test_pages_are_counted():
    assert page_count(b"<</Type /Pages /Count 3 /Kids []>>") == 3
    assert page_count(b"<</Type /Page /Parent 1 0 R>> <</Type /Page>>") == 2


@pytest.mark.skipif(not found(), reason="no printer on this machine")
@pytest.mark.parametrize("name", list(found()))
def test_the_printers_of_this_machine_give_the_sheets_and_the_same_bytes_again(results, tmp_path, name):
    from dataclasses import replace

    here = replace(results, folder=tmp_path)
    paths = write_pages(here, ("board", "team")).paths
    one = {name: found()[name]}
    for page, sheets in (("board", 2), ("team", 1)):
        printed = print_page(paths[page], sheets, printers=one)
        assert printed.sheets == sheets, printed.words
    first = printed.path.read_bytes()
    assert first.startswith(b"%PDF")
    assert print_page(paths["team"], 1, printers=one).path.read_bytes() == first


def test_a_browser_is_looked_for_where_browsers_are(monkeypatch, tmp_path):
    edge = tmp_path / "Microsoft" / "Edge" / "Application" / "msedge.exe"
    edge.parent.mkdir(parents=True)
    edge.write_text("", encoding="utf-8")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path))
    assert str(edge).replace("\\", "/") in [b.replace("\\", "/") for b in browsers()]
