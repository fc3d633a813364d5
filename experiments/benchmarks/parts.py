"""The parts of the suite: who runs against whom, at what size, and which ratios are taken."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import machine
from timing import Entrant, interleaved, kept, once, ratio, say, verdict

HERE = Path(__file__).parent
PEERS, MODELS = HERE / "peers", HERE / "models"
HOSPITAL = HERE.parents[1] / "scenarios" / "district-general-hospital" / "model.yaml"
DAY, YEAR = 86_400_000, 365 * 86_400_000
PER_DAY = {"three_stage": 480, "ward_rounds": 10}  # arrivals, as the models say
COMPILED, REFERENCE = "cisim, compiled", "cisim, SimPy engine"
FLAT = "<= 5"  # MB for a million activities more: what a rate for every hour of a longer run takes
COLD = 3  # rounds of compiling, which takes a minute each and is no ratio
PLAIN, CPP, CIW, SALABIM = "plain SimPy by hand", "C++ loop", "Ciw", "salabim"

ARRAYS, LOOP = "cisim, ledger as arrays", "ledger as a Python loop"
SPLINES, GAM = "cisim, additive splines", "R, mgcv as voi calls it"
PARAMETERS = 20
SURE = "cisim, two workers"

Part = dict[str, Any]


@dataclass(frozen=True)
class Sizes:
    """How large everything is.

    Attributes
    ----------
    rounds : int
        Times that everybody runs.
    patients, many : int
        Of the three-stage pathway, with every peer and with those that bear it.
    slow : int
        Of peers that bear less.
    ward : int
        Patients of the ward.
    hospital : int
        The hospital's horizon (ms).
    activities : tuple of int
        Sizes at which cost and memory are taken.
    replications, each : int
        Work of the crew: how many, and how many patients in each.
    draws : int
        Of the ledgers, and of the analysis that says what is worth knowing.
    uncertain : int
        Draws of what is not known, each simulated.
    """

    rounds: int
    patients: int
    many: int
    slow: int
    ward: int
    hospital: int
    activities: tuple[int, ...]
    replications: int
    each: int
    draws: int
    uncertain: int


FULL = Sizes(
    5,
    100_000,
    1_000_000,
    10_000,
    50_000,
    YEAR,
    (10_000, 100_000, 1_000_000, 10_000_000),
    16,
    100_000,
    10_000,
    1_000,
)
QUICK = Sizes(1, 300, 600, 300, 300, 2 * DAY, (600, 1_200), 2, 300, 20, 4)


class Bench:
    """Where the suite works: its files, its sizes, and how each peer is called."""

    def __init__(self, sizes: Sizes, folder: Path) -> None:
        self.sizes, self.folder = sizes, folder
        self.loop = self._built()

    def _built(self) -> Path | None:
        """Return the C++ loop, built with the compiler's own best; None where there is no compiler."""
        if not machine.compiler():
            return None
        made = self.folder / "three_stage"
        source = PEERS / "three_stage.cpp"
        command = [machine.compiler(), "-O3", "-std=c++17", "-o", str(made), str(source)]
        subprocess.run(command, check=True)  # noqa: S603 - a compiler
        return made

    def end(self, model: str, patients: int) -> int:
        """Return the horizon in which so many patients are expected."""
        return round(patients / PER_DAY[model] * DAY)

    def numbers(self, model: str, patients: int) -> Path:
        """Return the file of drawn numbers, drawing them if nobody has."""
        path = self.folder / f"{model}-{patients}.bin"
        if not path.exists():
            end = str(self.end(model, patients))
            options = ("--model", str(MODELS / f"{model}.yaml"), "--end", end, "--numbers", str(path))
            once(Entrant("numbers", (sys.executable, str(PEERS / "draw_numbers.py"), *options)))
        return path

    def python(self, name: str, peer: str, model: str, patients: int, *options: str) -> Entrant:
        """Return a peer written in Python."""
        end = str(self.end(model, patients))
        return Entrant(name, (sys.executable, str(PEERS / f"{peer}.py"), "--end", end, *options), patients)

    def cisim(self, engine: str, model: str, patients: int, *options: str) -> Entrant:
        """Return cisim with one of its engines."""
        name = COMPILED if engine == "compiled" else REFERENCE
        path = str(MODELS / f"{model}.yaml")
        return self.python(
            name, "cisim_engines", model, patients, "--engine", engine, "--model", path, *options
        )

    def plain(self, model: str, patients: int, *options: str) -> Entrant:
        """Return the model by hand in plain SimPy."""
        peer = "plain_simpy" if model == "three_stage" else "plain_simpy_ward"
        numbers = str(self.numbers(model, patients))
        return self.python(PLAIN, peer, model, patients, "--numbers", numbers, *options)

    def cpp(self, patients: int) -> Entrant:
        """Return the C++ loop."""
        command = (
            str(self.loop),
            str(self.numbers("three_stage", patients)),
            str(self.end("three_stage", patients)),
        )
        return Entrant(CPP, command, patients)

    def timed(self, entrants: list[Entrant]) -> dict[str, Any]:
        """Return what is kept of every entrant after all rounds."""
        told = interleaved(entrants, self.sizes.rounds, say)
        return {entrant.name: kept(entrant, told[entrant.name]) for entrant in entrants}


def three_stage(bench: Bench) -> Part:
    """Time every peer on the three-stage pathway."""
    size, slow = bench.sizes.patients, bench.sizes.slow
    entrants = [
        bench.cisim("compiled", "three_stage", size, "--measure"),
        bench.plain("three_stage", size, "--measure"),
        *([bench.cpp(size)] if bench.loop else []),
        *([bench.python(CIW, "ciw_queue", "three_stage", size)] if machine.has("ciw") else []),
        bench.cisim("simpy", "three_stage", slow, "--measure"),
        *([bench.python(SALABIM, "salabim_queue", "three_stage", slow)] if machine.has("salabim") else []),
    ]
    found = bench.timed(entrants)
    return {"entrants": found, "ratios": _ratios(found, {CIW: ">= 100"})}


def three_stage_many(bench: Bench) -> Part:
    """Time the three-stage pathway with many patients, for the peers that bear it."""
    size = bench.sizes.many
    entrants = [
        bench.cisim("compiled", "three_stage", size, "--measure"),
        bench.plain("three_stage", size, "--measure"),
        *([bench.cpp(size)] if bench.loop else []),
    ]
    found = bench.timed(entrants)
    return {"entrants": found, "ratios": _ratios(found, {PLAIN: ">= 50", CPP: ">= 0.5"})}


def _ratios(found: dict[str, Any], wanted: dict[str, str]) -> dict[str, Any]:
    """Return how many times as fast the compiled engine is as each peer, running alone and with draws and measures."""
    mine = found[COMPILED]
    ratios = {
        f"{COMPILED} against {name}, run": ratio(mine, other, ("run",), wanted.get(name, ""))
        for name, other in found.items()
        if name != COMPILED
    }
    if PLAIN in found and "measure" in found[PLAIN]["seconds"]:
        label = f"{COMPILED} against {PLAIN}, draws, run and measures"
        ratios[label] = ratio(mine, found[PLAIN], ("draw", "run", "measure"), ">= 30")
    if CPP in found:
        label = f"{COMPILED} against {CPP}, run and the log's columns spelled out"
        ratios[label] = ratio(mine, found[CPP], ("run", "columns"), "")
    return ratios


def ward(bench: Bench) -> Part:
    """Time the ward with rounds and blocking."""
    size = bench.sizes.ward
    engines = [bench.cisim(engine, "ward_rounds", size) for engine in ("compiled", "simpy")]
    found = bench.timed([engines[0], bench.plain("ward_rounds", size), engines[1]])
    return {"entrants": found, "ratios": _ratios(found, {})}


def hospital(bench: Bench) -> Part:
    """Time the district general hospital's year, on cisim's two engines."""
    if not HOSPITAL.exists():
        return {"entrants": {}, "ratios": {}}
    script, end = str(PEERS / "cisim_engines.py"), str(bench.sizes.hospital)
    engines = {COMPILED: "compiled", REFERENCE: "simpy"}
    entrants = [
        Entrant(
            name,
            (
                sys.executable,
                script,
                "--end",
                end,
                "--engine",
                engine,
                "--parts",
                "all",
                "--model",
                str(HOSPITAL),
            ),
        )
        for name, engine in engines.items()
    ]
    found = bench.timed(entrants)
    pair = found[COMPILED], found[REFERENCE]
    return {
        "entrants": found,
        "ratios": {
            f"{COMPILED} against {REFERENCE}, draws and run": ratio(*pair, ("run",), ">= 30"),
        },
    }


def size(bench: Bench) -> Part:
    """Take cost and memory of the compiled engine from small to large, with the log kept and with the log folded."""
    entrants = []
    for activities in bench.sizes.activities:
        for keep, word in (("1", "log kept"), ("0", "log folded")):
            one = bench.cisim("compiled", "three_stage", activities // 3, "--keep", keep, "--parts", "all")
            entrants.append(Entrant(f"{activities:,} activities, {word}", one.command, one.patients))
    found = bench.timed(entrants)
    return {
        "entrants": found,
        "ratios": _growth(found, bench.sizes.rounds) | _memory(found, bench.sizes.rounds),
    }


def _growth(found: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Return the exponent fitted to the cost, and that of n log n over the same sizes."""
    mine = [one for name, one in found.items() if name.endswith("kept")]
    x = [math.log(one["activities"]) for one in mine]
    costs = [[math.log(one["seconds"]["run"][r]) for one in mine] for r in range(rounds)]
    shape = _slope(x, [v + math.log(v) for v in x])
    label = f"exponent of the cost in the size (n log n: {shape:.3f})"
    return {label: verdict([_slope(x, y) for y in costs], f"<= {shape:.3f}")}


def _slope(x: list[float], y: list[float]) -> float:
    return statistics.linear_regression(x, y).slope


def _memory(found: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Return the megabytes that a million activities more take, from the two largest sizes."""
    ratios = {}
    for word, wanted in (("log kept", "<= 150"), ("log folded", FLAT)):
        small, large = [one for name, one in found.items() if name.endswith(word)][-2:]
        more = (large["activities"] - small["activities"]) / 1e6
        each = [(large["run_mb"][r] - small["run_mb"][r]) / more for r in range(rounds)]
        ratios[f"MB for a million activities more, {word}"] = verdict(each, wanted)
    return ratios


def workers(bench: Bench) -> Part:
    """Time the same replications by one worker, by two, and by two copies of the one-worker program at once."""
    options = ("--model", str(MODELS / "three_stage.yaml"), "--tasks", str(bench.sizes.replications))
    one = bench.python("one worker", "crew", "three_stage", bench.sizes.each, *options, "--workers", "1")
    two = bench.python("two workers", "crew", "three_stage", bench.sizes.each, *options, "--workers", "2")
    both = Entrant("two copies at once", one.command, one.patients, copies=2)
    found = bench.timed([one, two, both])
    ratios = {}
    for phase, words, wanted in (("run", "", ">= 0.9"), ("process", ", starting included", "")):
        rounds = list(zip(*(found[e.name]["seconds"][phase] for e in (one, two, both)), strict=True))
        ratios |= {
            f"speed-up of two workers{words}": verdict([a / b for a, b, _ in rounds], ""),
            f"speed-up of two copies{words}": verdict([2 * a / c for a, _, c in rounds], ""),
            f"two workers' speed-up, of two copies'{words}": verdict(
                [c / (2 * b) for _, b, c in rounds], wanted
            ),
        }
    return {"entrants": found, "ratios": ratios}


def first_use(bench: Bench) -> Part:
    """Time the first run ever, when the engine is compiled, and a later process, which loads what was compiled."""
    told: dict[str, list[dict[str, Any]]] = {}
    program = bench.cisim("compiled", "three_stage", 480, "--cold", "--parts", "all")
    rounds = min(bench.sizes.rounds, COLD)
    for number in range(rounds):
        with tempfile.TemporaryDirectory(dir=bench.folder) as cache:
            entrant = Entrant("", program.command, program.patients, environment={"NUMBA_CACHE_DIR": cache})
            for name in ("first use", "later use"):
                told.setdefault(name, []).append(once(entrant))
                say(f"  {number + 1}/{rounds} {name}: {told[name][-1]['seconds']['run']:.2f} s")
    entrants = {name: kept(program, lines) for name, lines in told.items()}
    return {"entrants": entrants, "ratios": {}, "rounds": rounds}


def economics(bench: Bench) -> Part:
    """Time ledgers of five projects over ten years on every draw, as arrays and as a loop; activities are rows."""
    found = bench.timed(
        [
            Entrant(name, (sys.executable, str(PEERS / f"{peer}.py"), "--draws", str(bench.sizes.draws)), 0)
            for name, peer in ((ARRAYS, "ledger_arrays"), (LOOP, "ledger_loop"))
        ]
    )
    label = f"{ARRAYS} against {LOOP}, from drawn numbers to present values"
    return {"entrants": found, "ratios": {label: ratio(found[ARRAYS], found[LOOP], ("run",), ">= 200")}}


def worth_knowing(bench: Bench) -> Part:
    """Time the worth of knowing each of 20 parameters, one at a time; activities are parameters."""
    path, draws = bench.folder / "psa.bin", str(bench.sizes.draws)
    options = ("--draws", draws, "--parameters", str(PARAMETERS), "--out", str(path))
    subprocess.run([sys.executable, str(PEERS / "psa_case.py"), *options], check=True)  # noqa: S603 - ours
    numbers = ("--draws", draws, "--numbers", str(path))
    entrants = [Entrant(SPLINES, (sys.executable, str(PEERS / "evppi_cisim.py"), *numbers))]
    if machine.mgcv():
        entrants.append(Entrant(GAM, ("Rscript", str(PEERS / "evppi_mgcv.R"), draws, str(path))))
    found = bench.timed(entrants)
    if GAM not in found:
        return {"entrants": found, "ratios": {}}
    label = f"{SPLINES} against {GAM}, from draws to worths"
    return {"entrants": found, "ratios": {label: ratio(found[SPLINES], found[GAM], ("run",), ">= 3")}}


def sure_page(bench: Bench) -> Part:
    """Time a page of how sure a ward's answer is, on two workers: each draw with ten replications, and what follows."""
    command = (sys.executable, str(PEERS / "sure_page.py"), "--draws", str(bench.sizes.uncertain))
    found = bench.timed([Entrant(SURE, command)])
    label = f"seconds from the files to the page, {bench.sizes.uncertain:,} draws"
    return {"entrants": found, "ratios": {label: verdict(found[SURE]["seconds"]["process"], "<= 300")}}


PARTS: dict[str, Callable[[Bench], Part]] = {
    "three-stage": three_stage,
    "three-stage-many": three_stage_many,
    "ward": ward,
    "hospital": hospital,
    "size": size,
    "workers": workers,
    "first-use": first_use,
    "economics": economics,
    "worth-knowing": worth_knowing,
    "sure-page": sure_page,
}
IN_QUICK = ("three-stage", "ward", "economics")


def run(names: list[str], sizes: Sizes, keep: Callable[[str, Part], None]) -> None:
    """Run parts, and hand over each as it is done."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(sizes, Path(folder))
        for name in names:
            say(f"{name} (load {machine.load()}, {os.cpu_count()} cores)")
            part = PARTS[name](bench)
            part["says"] = (PARTS[name].__doc__ or "").strip()
            part.setdefault("rounds", sizes.rounds)
            keep(name, part)
