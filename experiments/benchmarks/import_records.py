"""How long, and how much memory, it takes to import, measure and describe many rows.

``python experiments/benchmarks/import_records.py --rows 10000000`` writes a table of visits (an emergency department's:
patient, arrival, first seen, departure, specialty, outcome), reads it by a mapping, measures and describes it, and
prints what it took as JSON; ``--store`` adds that to import_records.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path

MAPPING = """cisim: 1
records: visits
one_row: visit
dates: day first
zone: Europe/London
patient: patient
pathway: specialty
arrived: arrival
left: departure
outcome: outcome
steps:
  - {step: doctor, asked: arrival, began: seen}
  - {step: department, kind: stay, began: arrival, pool: department}
"""
SPECIALTIES = ("medicine", "surgery", "frailty", "children")
EACH_DAY = 4_000


def write_rows(path: Path, rows: int) -> None:
    """Write visits, four thousand a day, with waits and stays that follow no clock."""
    import duckdb  # noqa: PLC0415

    stamp = "strftime({}, '%d/%m/%Y %H:%M')"
    came = f"TIMESTAMP '2015-01-01' + to_milliseconds(i * {86_400_000 // EACH_DAY})"
    seen = f"{came} + to_minutes(5 + (i * 7919) % 180)"
    gone = f"{seen} + to_minutes(10 + (i * 104729) % 400)"
    con = duckdb.connect(config={"threads": 1, "memory_limit": "100MB"})
    con.execute(
        f"COPY (SELECT 'N' || (i * 7368787) % 3000017 AS patient, {stamp.format(came)} AS arrival, "  # noqa: S608
        f"{stamp.format(seen)} AS seen, {stamp.format(gone)} AS departure, "
        f"list_value{SPECIALTIES}[i % 4 + 1] AS specialty, CASE WHEN i % 3 = 0 THEN 'ward' ELSE 'home' END AS outcome, "
        f"'walked in' AS note FROM range({rows}) r(i)) TO '{path}' (HEADER)"
    )
    con.close()


def measured(rows: int, memory: str, folder: Path) -> dict[str, object]:
    """Import, measure and describe so many rows, and return what it took."""
    from cisim.records import describe, importing  # noqa: PLC0415

    path, mapping = folder / "visits.csv", folder / "map.yaml"
    write_rows(path, rows)
    mapping.write_text(MAPPING, encoding="utf-8")
    began = time.perf_counter()

    def told(words: str, share: float) -> None:
        print(f"{time.perf_counter() - began:6.1f} s  {words} {share:.0%}", file=sys.stderr)

    with importing(path, mapping, salt=b"a salt of the benchmark", told=told, memory=memory) as (
        store,
        quality,
    ):
        imported = time.perf_counter()
        store.write(folder / "log.parquet")
        written = time.perf_counter()
        found = describe(store, "visits")
        described = time.perf_counter()
        events = store.count("moves")
    path.unlink()
    return {
        "rows": rows,
        "used": quality.used,
        "events": events,
        "memory": memory,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "import_s": round(imported - began, 1),
        "write_s": round(written - imported, 1),
        "measure_and_describe_s": round(described - written, 1),
        "arrivals_a_day": found.arrivals[0].a_day,
        "days": found.arrivals[0].days,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }


def main() -> None:
    """Measure once, and store it where that is asked for."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rows", type=int, default=1_000_000)
    words.add_argument("--memory", default="700MB")
    words.add_argument("--folder", type=Path)
    words.add_argument("--store", action="store_true")
    said = words.parse_args()
    with tempfile.TemporaryDirectory(dir=said.folder) as folder:
        found = measured(said.rows, said.memory, Path(folder))
    print(json.dumps(found))
    if said.store:
        path = Path(__file__).with_suffix(".json")
        before = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.is_file() else []
        runs = [r for r in before if r["rows"] != said.rows] + [found]
        path.write_text(json.dumps({"runs": runs}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
