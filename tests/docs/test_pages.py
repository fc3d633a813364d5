"""The pages hang together: the reference says what the code says, everything has its page, links resolve."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import typer

from cisim.cli.app import app
from cisim.engine.steps import PASSING, WAITING
from cisim.network import Kind
from cisim.spec.model import STEP_KINDS
from cisim.spec.scenario import CHANGE_KINDS
from cisim.spec.value import OPTION_KINDS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
PROSE = {
    p: re.sub(r"^```.*?^```$", "", p.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for p in PAGES
}
ENGINE_ALONE = {Kind.READY, Kind.AGAIN, Kind.PARTIAL, Kind.PASS, Kind.JOIN}  # nodes that no file writes


def slug(heading: str) -> str:
    """Return the anchor of a heading, as readers of Markdown make it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {slug(h) for h in re.findall(r"^#+ (.+)$", PROSE[page], flags=re.MULTILINE)}


def commands() -> set[str]:
    return set(typer.main.get_command(app).commands)


def test_the_reference_is_what_the_code_says():
    spec = spec_from_file_location("make_reference", DOCS / "make_reference.py")
    maker = module_from_spec(spec)
    spec.loader.exec_module(maker)
    drifted = [n for n, make in maker.PAGES.items() if (maker.HERE / n).read_text(encoding="utf-8") != make()]
    assert not drifted, f"{drifted} drifted from the code: run 'python docs/make_reference.py'"
    assert {p.name for p in maker.HERE.iterdir()} == set(maker.PAGES)


def test_every_link_leads_somewhere():
    wrong = []
    for page, text in PROSE.items():
        for target in re.findall(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            there = (page.parent / name).resolve() if name else page
            if not there.exists():
                wrong.append(f"{page.relative_to(DOCS)}: {target}: there is no such file")
            elif anchor and anchor not in anchors(there):
                wrong.append(f"{page.relative_to(DOCS)}: {target}: there is no such heading")
    assert not wrong, "\n".join(wrong)


def test_every_page_is_reached_from_the_index():
    reached, todo = set(), [DOCS / "index.md"]
    while todo:
        page = todo.pop()
        if page in reached or page not in PROSE:
            continue
        reached.add(page)
        links = re.findall(r"\]\(([^)#\s]+\.md)", PROSE[page])
        todo += [(page.parent / link).resolve() for link in links if "://" not in link]
    assert reached == set(PAGES), {p.name for p in set(PAGES) - reached}


def test_every_kind_of_step_has_a_page():
    pages = {p.stem for p in (DOCS / "mechanisms").glob("*.md")}
    for kind in STEP_KINDS:
        assert any(kind.replace("_", "-") in page for page in pages), kind


def test_every_kind_of_change_has_a_section():
    headings = anchors(DOCS / "mechanisms" / "changes.md") | anchors(DOCS / "mechanisms" / "more-changes.md")
    assert set(CHANGE_KINDS) <= headings


def test_every_kind_of_option_is_told_with_the_value_file():
    text = PROSE[DOCS / "mechanisms" / "value-and-ledger.md"]
    assert all(f"| `{kind}` |" in text for kind in OPTION_KINDS)


def test_every_command_has_a_section_and_no_page_names_one_that_is_not_there():
    assert {f"cisim-{name}" for name in commands()} <= anchors(DOCS / "reference" / "commands.md")
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = re.findall(r"(?:`|^\$ )cisim ([a-z]+(?:-[a-z]+)*)\b", text, flags=re.MULTILINE)
        assert set(named) <= commands(), (page.name, set(named) - commands())


def test_every_page_of_a_mechanism_says_when_not_to_use_it_and_what_it_lacks():
    for page in (DOCS / "mechanisms").glob("*.md"):
        found = anchors(page)
        assert any(a.startswith("when-to-use") for a in found), page.name
        assert any(a.startswith("what-") and a.endswith("yet") for a in found), page.name
        assert re.search(r"^```(yaml|csv)", page.read_text(encoding="utf-8"), flags=re.MULTILINE), page.name
        assert len(page.read_text(encoding="utf-8").splitlines()) <= 150, page.name


def test_the_engine_does_every_kind_of_step_that_a_file_may_have():
    words = {Kind(kind).name.lower() for kind in {*WAITING, *PASSING} - ENGINE_ALONE} - {"return"}
    assert words == set(STEP_KINDS) - {"go_to", "comes_back"}
    assert Kind.RETURN in {*WAITING, *PASSING}  # what comes_back is laid out as


def test_no_page_names_a_folder_or_a_machine_of_its_writers():
    for page in PAGES:
        assert not re.search(r"/tmp/|/home/|/Users/", page.read_text(encoding="utf-8")), page.name  # noqa: S108 - a pattern, not a place
