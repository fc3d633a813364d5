"""The tables of delays: Erlang B, this project, the reproduction and the paper, side by side.

For every unit, reading of the stays, demand and number of beds: the share of patients who find no bed free,
P(N = n) / P(N <= n), N being the beds held if everybody finds one. Erlang B at the exact load is its true
value. The load is worked out from the model's file, the published figures stand in published.csv.

    cisim run experiments/stroke-beds --workers 2 --out runs/stroke-beds
    python experiments/stroke-beds/tables.py runs/stroke-beds

The second command compares the run, writes expected.csv, and puts the tables into README.md; without a run
folder it puts the tables of the stored expected.csv there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from cisim import apply
from cisim.runs import Results, read_run
from cisim.spec import Question, offered_load

HERE = Path(__file__).parent
EXPECTED, PUBLISHED, README = HERE / "expected.csv", HERE / "published.csv", HERE / "README.md"
BEGIN, END = "<!-- tables of delays: begin -->", "<!-- tables of delays: end -->"

ACUTE, REHABILITATION = "acute stroke beds", "rehabilitation beds"
BEDS = {ACUTE: range(9, 16), REHABILITATION: range(10, 17)}
REPRODUCTION, PAPER = "the reproduction's stays", "the paper's stays"
KEY = ["unit", "stays", "demand", "beds"]
LIMIT = 3.0


def erlang_b(beds: int, load: float) -> float:
    """Return the share of patients who find all of so many beds held, when nobody waits (Erlang 1917)."""
    blocked = 1.0
    for n in range(1, beds + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def exact_loads(question: Question) -> dict[tuple[str, str, str], float]:
    """Return the mean beds wanted by (unit, stays, demand): arrivals times stays, from the model's file."""
    loads = {}
    for case in question.experiment.cases:
        base = apply(question.model, case.changes)
        for demand, changes in (("baseline", ()), *question.scenarios):
            for load in offered_load(apply(base, changes)):
                loads[load.pool, case.name, demand] = load.offered
    return loads


def _told(unit: str, stays: str, demand: str) -> bool:
    """Return whether a comparison is one of its own: what is not touched is not counted twice."""
    if unit == REHABILITATION:
        return stays == REPRODUCTION  # acute stays do not reach the rehabilitation unit
    return demand != "more early supported discharge"  # the change begins after the acute stay


def estimate(shares: pd.DataFrame, beds: int) -> tuple[float, float]:
    """Return P(N = beds) / P(N <= beds) and its standard error over replications.

    Parameters
    ----------
    shares : DataFrame, one row a replication, one column a number of beds held
        Shares of the time.
    beds : int

    Notes
    -----
    A ratio of means over replications, its error by the delta method: that of the mean of
    P(N = beds) - ratio P(N <= beds), divided by P(N <= beds).
    """
    full = shares[beds] if beds in shares else pd.Series(0.0, index=shares.index)
    below = shares[[n for n in shares.columns if int(n) <= beds]].sum(axis=1)
    ratio = float(full.mean() / below.mean())
    residual = full - ratio * below
    return ratio, float(residual.std(ddof=1) / len(shares) ** 0.5 / below.mean())


def compare(results: Results) -> pd.DataFrame:
    """Return every comparison of a run, a row each, with what was published beside it."""
    loads = exact_loads(results.question)
    held = results.measures[results.measures["measure"] == "occupancy_distribution"]
    held = held.assign(beds=held["statistic"].astype(int))
    rows = []
    for (unit, stays, demand), load in loads.items():
        if unit not in BEDS or not _told(unit, stays, demand):
            continue
        here = held[(held["pool"] == unit) & (held["case"] == stays) & (held["scenario"] == demand)]
        shares = here.pivot_table(index="replication", columns="beds", values="value", fill_value=0.0)
        for beds in BEDS[unit]:
            exact, (found, error) = erlang_b(beds, load), estimate(shares, beds)
            figures = (load, exact, found, error, (found - exact) / error)
            rows.append((unit, stays, demand, beds, *figures))
    columns = [*KEY, "load", "erlang_b", "simulated", "standard_error", "z"]
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame.merge(_published(), how="left", on=KEY)
    order = {ACUTE: 0, REHABILITATION: 1}
    return frame.sort_values("unit", key=lambda unit: unit.map(order), kind="stable", ignore_index=True)


def _published() -> pd.DataFrame:
    """Return the published figures, the reproduction's and the paper's each beside its own stays."""
    found = pd.read_csv(PUBLISHED, dtype={"p_delay": str, "one_in": str})
    # What is known of acute stays does not reach the rehabilitation unit: both stand beside one reading.
    acute = found["unit"] == ACUTE
    found["stays"] = REPRODUCTION
    found.loc[acute & (found["source"] == "paper"), "stays"] = PAPER
    found["text"] = found["p_delay"].fillna("") + (" (1 in " + found["one_in"] + ")").fillna("")
    table = found.pivot_table(index=KEY, columns="source", values="text", aggfunc="first")
    return table.reset_index()


def store(frame: pd.DataFrame) -> None:
    """Write the comparisons to expected.csv."""
    rounded = {"load": 6, "erlang_b": 6, "simulated": 6, "standard_error": 6, "z": 3}
    frame.round(rounded).to_csv(EXPECTED, index=False, lineterminator="\n")


def stored() -> pd.DataFrame:
    """Return the comparisons of expected.csv."""
    return pd.read_csv(EXPECTED, dtype={"paper": str, "reproduction": str}, keep_default_na=True)


def tables(frame: pd.DataFrame) -> str:
    """Return the comparisons in Markdown: a table for each unit and reading of the stays."""
    blocks = [summary(frame)]
    for unit, stays in ((ACUTE, REPRODUCTION), (ACUTE, PAPER), (REHABILITATION, REPRODUCTION)):
        part = frame[(frame["unit"] == unit) & (frame["stays"] == stays)]
        title = f"{unit[0].upper()}{unit[1:]}" + (f", {stays}" if unit == ACUTE else "")
        lines = [
            f"### {title}\n",
            "| demand | beds wanted | beds | Erlang B | cisim | standard error | z | reproduction | paper |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for row in part.itertuples():
            published = [text if isinstance(text, str) else "" for text in (row.reproduction, row.paper)]
            figures = f"{row.erlang_b:.4f} | {row.simulated:.4f} | {row.standard_error:.4f} | {row.z:+.2f}"
            lines.append(
                f"| {row.demand} | {row.load:.4f} | {row.beds} | {figures} | {' | '.join(published)} |"
            )
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def summary(frame: pd.DataFrame) -> str:
    """Return in words how many comparisons there are, and how far the farthest is off."""
    far = frame.iloc[int(frame["z"].abs().to_numpy().argmax())]
    within = int((frame["z"].abs() <= LIMIT).sum())
    relative = (frame["standard_error"] / frame["erlang_b"])[frame["erlang_b"] >= 0.05].max()
    where = f"{far['unit']}, {far['demand']}, {far['stays']}, {far['beds']} beds"
    spread = (frame["z"] ** 2).mean() ** 0.5
    return (
        f"{within} of {len(frame)} comparisons lie within three standard errors of Erlang B; the farthest"
        f" ({where}) is {abs(far['z']):.2f} away. Root mean square of z: {spread:.2f}. Where one in twenty or"
        f" more find no bed, the standard error is at most {relative:.1%} of the true share."
    )


def put(frame: pd.DataFrame) -> None:
    """Put the tables into README.md, between its marks."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n\n{tables(frame)}\n{END}{after}", encoding="utf-8", newline="\n")


def main(folder: str | None) -> None:
    """Compare a run folder, or take the stored comparisons; write the tables and print them."""
    if folder is not None:
        store(compare(read_run(folder)))
    put(stored())
    print(tables(stored()))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
