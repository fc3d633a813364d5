"""Write the table of the README: ``python experiments/claims/tables.py``; ``--check`` only compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.claims import implied, words
from cisim.spec import read_claims

if TYPE_CHECKING:
    from cisim.claims import Implied

HERE = Path(__file__).parent
BEGIN, END = "<!-- table: made by tables.py -->", "<!-- end of table -->"
AGREE = {True: "yes", False: "**no**", None: "too few are given"}


def row(one: Implied) -> str:
    """Return one claim as a row."""
    shown = words(one.cash.shown, "£") if one.cash.shown is not None else "none"
    could = "no amount" if one.cash.at_most is None else words(one.cash.at_most, "£")
    cells = (one.claim, one.said, one.grade, "<br>".join(one.means), AGREE[one.holds], shown, could)
    return "| " + " | ".join(cells) + " |"


def table() -> str:
    """Return the whole table."""
    head = ("claim", "claimed", "grade", "implied", "do its own figures agree?", "cash shown", "cash at most")
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(row(implied(claim)) for claim in read_claims(HERE / "claims.yaml").stated)])


def page(text: str) -> str:
    """Return the README with the table of now."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END)[1]}"


def main() -> int:
    """Write the table, or compare it."""
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        print(
            "as it should be"
            if page(text) == text
            else "README.md drifted: run python experiments/claims/tables.py"
        )
        return int(page(text) != text)
    readme.write_text(page(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
