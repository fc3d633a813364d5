"""What a change in a hospital will release, what can be done with it, and what it is worth.

Eight names are the whole of the Python door; a command of the terminal is one call of the same name.

=============  ==========================================================================
name           what it does
=============  ==========================================================================
read_model     a model file -> Model
apply          a model and changes -> the model as changed
simulate       a model -> the event log of one replication
fold           a model -> the standard measures of one replication, no log kept
run            an experiment file -> a run folder, and its Results
read_run       a run folder -> Results
textbook       models with a known answer: an M/M/c queue, an Erlang loss ward, a tandem
__version__    the version that every run writes down
=============  ==========================================================================

Rooms are imported when a name is first used, so ``import cisim`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cisim import textbook
    from cisim.engine import simulate
    from cisim.runs import fold, read_run, run  # type: ignore[no-redef]  # a room of runs has the name of its function
    from cisim.spec import apply, read_model

__all__ = ["__version__", "apply", "fold", "read_model", "read_run", "run", "simulate", "textbook"]

__version__ = "0.1.0"

_ROOMS = {
    "apply": "cisim.spec",
    "fold": "cisim.runs",
    "read_model": "cisim.spec",
    "read_run": "cisim.runs",
    "run": "cisim.runs",
    "simulate": "cisim.engine",
}


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return getattr(import_module(_ROOMS[name]), name)
    if name == "textbook":
        return import_module("cisim.textbook")
    msg = f"module 'cisim' has no name {name!r}; it has {', '.join(__all__)}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
