"""Time cisim against its peers: the same work, in the same run, on the same machine.

    python experiments/benchmarks/run.py            everything: about half an hour on two idle cores
    python experiments/benchmarks/run.py --quick    the same programs on a few hundred patients, once
    python experiments/benchmarks/run.py --only three-stage ward

Prints a table and keeps results.json beside this file, part by part; a quick run keeps nothing unless told where.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import machine
from parts import FULL, IN_QUICK, PARTS, QUICK, run
from table import markdown

RESULTS = Path(__file__).with_name("results.json")


def options() -> argparse.Namespace:
    """Return what was asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes: whether it works, not how fast it is"
    )
    parser.add_argument("--only", nargs="+", choices=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--results", type=Path, help="where to keep the machine-readable results")
    parser.add_argument(
        "--table", action="store_true", help="print the table of the kept results, and run nothing"
    )
    return parser.parse_args()


def main() -> None:
    """Run what was asked, keep it and print it."""
    asked = options()
    path = asked.results or (None if asked.quick else RESULTS)
    results: dict[str, Any] = {"machine": machine.machine(), "versions": machine.versions(), "parts": {}}
    if path and path.exists():
        results["parts"] = json.loads(path.read_text(encoding="utf-8"))["parts"]

    def keep(name: str, part: dict[str, Any]) -> None:
        results["parts"][name] = part
        results["parts"] = {known: results["parts"][known] for known in PARTS if known in results["parts"]}
        if path:
            new = path.with_suffix(".new")  # put in its place whole: a run that dies leaves what was kept
            new.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
            new.replace(path)

    if not asked.table:
        names = asked.only or (list(IN_QUICK) if asked.quick else list(PARTS))
        run(names, QUICK if asked.quick else FULL, keep)
    sys.stdout.write(markdown(results) + "\n")


if __name__ == "__main__":
    main()
