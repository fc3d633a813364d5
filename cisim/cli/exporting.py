"""``cisim export``: the log of one simulation of a run, for process-mining and animation tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.cli.explaining import Whose, simulated_again
from cisim.cli.say import say
from cisim.errors import ModelError, nearest
from cisim.eventlog import EXPORT_STYLES, export
from cisim.runs import read_run

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["export_run"]


def export_run(folder: Path, file: Path, style: str, whose: Whose) -> None:
    """Simulate one replication of a run again, and write its log in the style of a tool."""
    if style not in EXPORT_STYLES:
        want = ", ".join(EXPORT_STYLES)
        raise ModelError("--style", f"got {style!r}, want one of {want}{nearest(style, EXPORT_STYLES)}")
    log = simulated_again(read_run(folder), whose)
    export(log, file, style)
    say(f"{file}: {len(log):,} rows of {whose.scenario}, replication {whose.replication}, for {style}")
