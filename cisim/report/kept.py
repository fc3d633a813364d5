"""Which options keep service as surely as the value file asks, at the level that was decided for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.analysis.board import Keeping, keeping
from cisim.value import book_of

if TYPE_CHECKING:
    from cisim.runs import Results
    from cisim.value import Book

__all__ = ["keeping_of", "refused", "ruled_out_by_name"]


def keeping_of(results: Results, book: Book, option: str) -> Keeping:
    """Return whether an option keeps service, at the level that was decided for it."""
    mine = results.quantities[results.quantities["option"] == option]
    level = None if mine.empty else (int(mine["steps"].iloc[0]), int(mine["extra"].iloc[0]))
    service = results.question.value.service if results.question.value is not None else None
    asked = {} if service is None else {"probability": service.probability}
    return keeping(results.service, book, option, level=level, **asked)


def refused(results: Results, option: str) -> bool:
    """Return whether a search found that nothing of an option can be done with service as good as before."""
    found = results.summary.get(f"steps:{option}")
    return found is not None and found["value"] == 0


def ruled_out_by_name(results: Results) -> set[str]:
    """Return the options that do not keep service as they must."""
    value = results.question.value
    if value is None or results.ledger.empty:
        return set()
    book = book_of(results.ledger)
    names = [option.name for option in value.options if option.name in book.options]
    return {name for name in names if keeping_of(results, book, name).keeps is False}
