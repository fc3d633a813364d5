"""``python -m cisim`` is the command ``cisim``."""

from __future__ import annotations

import multiprocessing
import sys

from cisim.cli import main

# Workers of a parallel run import this module again under another name; only the first may act on it.
if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
