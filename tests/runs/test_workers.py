"""Workers: all is done once, in order, whatever happens to a worker."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import cisim
from cisim.errors import ModelError, RunError
from cisim.runs.workers import Crew

ROOT = Path(cisim.__file__).parents[1]


def _script(folder, body):
    """Write a script: workers started anew can import the functions of a script, not those of a test."""
    path = folder / "script.py"
    path.write_text(
        "import os, signal, sys, time\nfrom pathlib import Path\nfrom cisim.runs.workers import Crew\n"
        f"FOLDER = Path({str(folder)!r})\n" + textwrap.dedent(body)
    )
    return [sys.executable, "-W", "error", str(path)], {**os.environ, "PYTHONPATH": str(ROOT)}


def _run(folder, body):
    command, environment = _script(folder, body)
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)


@pytest.mark.parametrize("workers", [1, 3])
def test_results_stand_in_the_order_of_the_tasks(workers):
    heard = []
    with Crew(workers) as crew:
        found = crew.work(math.factorial, list(range(8)), heard.append)
        again = crew.work(math.sqrt, [4.0, 9.0], print)
    assert found == [math.factorial(n) for n in range(8)]
    assert again == [2.0, 3.0]
    assert sorted(heard) == sorted(math.factorial(n) for n in range(8))


def test_nothing_to_do():
    assert Crew(2).work(math.factorial, [], print) == []


def test_a_killed_worker_is_replaced_and_only_what_is_missing_is_done_again(tmp_path):
    found = _run(
        tmp_path,
        """
        def square(n):
            mark = FOLDER / "killed"
            if n == 3 and not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            with (FOLDER / "done").open("a") as file:
                file.write(f"{n}\\n")
            return n * n

        if __name__ == "__main__":
            with Crew(2) as crew:
                print(crew.work(square, range(12), lambda _: None))
        """,
    )
    assert found.stdout.strip() == str([n * n for n in range(12)]), found.stderr
    assert (tmp_path / "killed").exists()
    done = (tmp_path / "done").read_text().split()
    # Those in hand, or on the way back, when the worker was killed may be done twice: few, and never all.
    assert len(done) < 12 + 8


def test_workers_killed_again_and_again_end_the_run_with_the_cure(tmp_path):
    found = _run(
        tmp_path,
        """
        from cisim.errors import RunError
        from cisim.runs import workers

        workers.ATTEMPTS = 2

        def fall(n):
            os.kill(os.getpid(), signal.SIGKILL)

        if __name__ == "__main__":
            try:
                with Crew(2) as crew:
                    crew.work(fall, range(4), lambda _: None)
            except RunError as error:
                print(error)
        """,
    )
    assert "workers were killed 2 times; 0 of 4" in found.stdout, found.stderr
    assert "goes on where this one ended" in found.stdout


@pytest.mark.parametrize("workers", [1, 2])
def test_our_errors_travel_from_workers_as_text(tmp_path, workers):
    found = _run(
        tmp_path,
        f"""
        from cisim.errors import CisimError, ModelError, RunError

        def refuse(n):
            if n == 2:
                raise ModelError("pools.ward", "got nothing")
            return n

        if __name__ == "__main__":
            try:
                with Crew({workers}) as crew:
                    crew.work(refuse, range(4), lambda _: None)
            except ModelError as error:
                print(error)
        """,
    )
    assert found.stdout.strip() == "pools.ward: got nothing", found.stderr


def test_errors_of_ours_other_than_the_models_become_run_errors():
    def fail(_):
        raise RunError("stuck")

    with pytest.raises(RunError, match="stuck"):
        Crew(1).work(fail, [1], print)
    with pytest.raises(ModelError, match="ward: x"):
        Crew(1).work(lambda _: (_ for _ in ()).throw(ModelError("ward", "x")), [1], print)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
def test_workers_do_not_outlive_their_parent(tmp_path, name):
    import signal

    command, environment = _script(
        tmp_path,
        """
        def wait(n):
            (FOLDER / f"worker{os.getpid()}").touch()
            time.sleep(60)

        if __name__ == "__main__":
            with Crew(2) as crew:
                crew.work(wait, range(2), lambda _: None)
        """,
    )
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 90
        while len(found := list(tmp_path.glob("worker*"))) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(getattr(signal, name))
        process.wait(timeout=90)
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{path.name.removeprefix('worker')}").exists() for path in found):
        assert time.monotonic() < deadline, "a worker is left behind"
        time.sleep(0.05)


def test_models_travel_between_processes():
    import pickle

    from cisim.runs.workers import packed
    from cisim.spec.fields import Duration, Money

    for one in (Duration(lognormal={"mean": "2 d", "sd": "3 d"}), Money(constant="£5")):
        back = pickle.loads(packed(one))  # noqa: S301 - packed above
        assert back == one
        assert type(back) is type(one)
