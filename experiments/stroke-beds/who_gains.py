"""What more early supported discharge releases, what becomes of it, and who pays and gains, in three tables.

    cisim run experiments/stroke-beds/early-supported-discharge.yaml --workers 2 --out runs/discharge
    python experiments/stroke-beds/who_gains.py runs/discharge

Writes expected-discharge.csv and puts the tables into README.md; without a run folder it puts the tables of
the stored expected-discharge.csv there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from cisim.runs import Results, read_run

HERE = Path(__file__).parent
EXPECTED, README = HERE / "expected-discharge.csv", HERE / "README.md"
BEGIN, END = "<!-- who gains: begin -->", "<!-- who gains: end -->"
WAITS = {
    "mean wait of a stroke patient for an acute bed, days": ("stroke", "acute stay before elsewhere"),
    "mean wait of a stroke patient for a rehabilitation bed, days": (
        "stroke",
        "rehabilitation stay, not supported",
    ),
}
BEDS = ("acute stroke beds", "rehabilitation beds")
USES = ("release", "closed", "reinvested", "absorbed", "idle_change")


def figures(results: Results) -> pd.DataFrame:
    """Return the figures of a run: table, row, column, value and half the width of its 95% interval."""
    rows = [*_service(results), *_capacity(results), *_money(results)]
    return pd.DataFrame(rows, columns=["table", "row", "column", "value", "give_or_take"])


def _interval(values: pd.Series) -> tuple[float, float]:
    return float(values.mean()), float(1.96 * values.std(ddof=1) / len(values) ** 0.5)


def _options(results: Results) -> list[str]:
    value = results.question.value
    return [option.name for option in value.options] if value is not None else []


def _service(results: Results) -> list[tuple[object, ...]]:
    found = results.measures
    found = found[(found["statistic"] == "mean") & (found["week"] == -1)]
    valued = results.question.scenarios[0][0]
    wanted = ["baseline", valued, *_options(results)]
    rows: list[tuple[object, ...]] = []
    for scenario in wanted:
        here = found[found["scenario"] == scenario]
        for title, (pathway, step) in WAITS.items():
            picked = here[(here["measure"] == "wait") & (here["pathway"] == pathway) & (here["step"] == step)]
            rows.append(("service", scenario, title, *_interval(picked["value"] / 24)))
        for pool in BEDS:
            picked = here[(here["measure"] == "occupancy") & (here["pool"] == pool)]
            rows.append(("service", scenario, f"{pool} held", *_interval(picked["value"])))
    return rows


def _capacity(results: Results) -> list[tuple[object, ...]]:
    found = results.quantities
    rows: list[tuple[object, ...]] = []
    for option in _options(results):
        for pool in results.question.model.pools:
            for use in USES:
                here = found[(found["option"] == option) & (found["pool"] == pool) & (found["use"] == use)]
                rows.append(("capacity", f"{option}: {pool}", use, *_interval(here["quantity"])))
    return rows


def _money(results: Results) -> list[tuple[object, ...]]:
    """Return the mean over draws of each owner's amount, a year on average over the horizon, undiscounted.

    Give-or-take is 1.96 standard deviations over draws: what is not known, and the luck of the years.
    """
    ledger = results.ledger.astype({"currency": str, "owner": str, "scenario": str, "kind": str})
    draws, years = sorted(ledger["draw"].unique()), ledger["year"].nunique()
    rows: list[tuple[object, ...]] = []
    for option in _options(results):
        here = ledger[(ledger["scenario"] == option) & ledger["currency"].isin(("GBP", "QALY"))]
        for (owner, kind, currency), part in here.groupby(["owner", "kind", "currency"]):
            totals = part.groupby("draw")["amount"].sum().reindex(draws, fill_value=0.0) / years
            column = "QALYs" if currency == "QALY" else f"£, {kind}"
            mean, spread = float(totals.mean()), float(1.96 * totals.std(ddof=1))
            rows.append(("money", f"{option}: {owner}", column, mean, spread))
    return rows


def stored() -> pd.DataFrame:
    """Return the figures of expected-discharge.csv."""
    return pd.read_csv(EXPECTED)


def tables(frame: pd.DataFrame) -> str:
    """Return the figures as Markdown tables, with their 95% intervals."""
    titles = {
        "service": "### Waits and beds held",
        "capacity": "### What was released and what became of it, bed-days a year",
        "money": "### Who pays and who gains, a year on average over five years (above 0: gains)",
    }
    digits = {"service": 2, "capacity": 0, "money": 0}
    blocks = []
    for name, title in titles.items():
        part = frame[frame["table"] == name]
        columns = list(dict.fromkeys(part["column"]))
        lines = [title + "\n", "| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
        for row in dict.fromkeys(part["row"]):
            cells = [_cell(part, row, column, digits[name]) for column in columns]
            lines.append(f"| {row} | " + " | ".join(cells) + " |")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _cell(part: pd.DataFrame, row: str, column: str, digits: int) -> str:
    here = part[(part["row"] == row) & (part["column"] == column)]
    if here.empty:
        return ""
    if column == "QALYs":
        digits = 2
    value, around = float(here["value"].iloc[0]), float(here["give_or_take"].iloc[0])
    return f"{value:,.{digits}f} ± {around:,.{digits}f}".replace("-0 ", "0 ")


def put(frame: pd.DataFrame) -> None:
    """Put the tables into README.md, between its marks."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n\n{tables(frame)}\n{END}{after}", encoding="utf-8", newline="\n")


def main(folder: str | None) -> None:
    """Read a run folder, or take the stored figures; write the tables and print them."""
    if folder is not None:
        figures(read_run(folder)).round(4).to_csv(EXPECTED, index=False, lineterminator="\n")
    put(stored())
    print(tables(stored()))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
