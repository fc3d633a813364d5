"""Working through a list of tasks, in this process or in several, whatever happens to a worker."""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
import signal
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from cisim.errors import CisimError, ModelError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.synchronize import Event

__all__ = ["Crew", "packed"]

T = TypeVar("T")
R = TypeVar("R")
ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class _Failure:
    """An error of ours as plain text: errors with fields of their own cannot travel between processes."""

    model: bool
    text: str


@dataclass(frozen=True, slots=True)
class _Guarded(Generic[T, R]):
    """A function that returns the errors that a user can mend."""

    function: Callable[[T], R]

    def __call__(self, task: T) -> R | _Failure:
        try:
            return self.function(task)
        except CisimError as error:
            return _Failure(isinstance(error, ModelError), str(error))


class _Pickler(pickle.Pickler):
    """Writes models too: a class made from a generic one has no name of its own to be found by."""

    def reducer_override(self, obj: Any) -> Any:
        made = getattr(obj, "__pydantic_generic_metadata__", None) if isinstance(obj, type) else None
        if made and made["origin"] is not None:
            return _generic, (made["origin"], made["args"])
        return NotImplemented


def _generic(origin: Any, args: Any) -> Any:
    return origin[args]


def packed(what: object) -> bytes:
    """Return anything importable by name, models included, as bytes for another process."""
    out = io.BytesIO()
    _Pickler(out).dump(what)
    return out.getvalue()


@lru_cache(maxsize=1)
def _unpacked(function: bytes) -> Callable[[Any], Any]:
    # The same for every task of a worker: its models are made once.
    found: Callable[[Any], Any] = pickle.loads(function)  # noqa: S301 - written by our own parent
    return found


def _do(function: bytes, task: bytes) -> Any:
    return _unpacked(function)(pickle.loads(task))  # noqa: S301 - as above


def _raised(result: R | _Failure) -> R:
    if isinstance(result, _Failure):
        raise ModelError("", result.text) if result.model else RunError(result.text)
    return result


class Crew:
    """Some workers, kept from one list of tasks to the next, and let go at the end of a ``with`` block.

    Workers are started anew, not forked, so that they are alike on every system; they end with this process,
    however it ends. With one worker the work is done in this process.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._context = multiprocessing.get_context("spawn")
        self._stop = self._context.Event()
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self._stop.set()
        self._let_go()

    def work(self, function: Callable[[T], R], tasks: Sequence[T], done: Callable[[R], None]) -> list[R]:
        """Return the result of every task, in the order of the tasks.

        Parameters
        ----------
        function : callable
            Where there are several workers: importable by name, like its argument and result.
        tasks : sequence
        done : callable
            Told each result as it comes, in any order.

        Raises
        ------
        ModelError, RunError
            As `function` raises them; any other of our errors as a RunError with its text.
        RunError
            Where workers were killed four times.

        Notes
        -----
        After a killed worker only what is missing is done again. An error ends the work: what has not begun
        is left out.
        """
        guarded = _Guarded(function)
        found: dict[int, R] = {}

        def keep(task: int, result: R | _Failure) -> None:
            found[task] = _raised(result)
            done(found[task])

        if self._workers <= 1 or len(tasks) <= 1:
            for i, task in enumerate(tasks):
                keep(i, guarded(task))
            return list(found.values())
        # Packed here, not by the executor: in Python 3.11 it may wait for ever for what it cannot pack.
        orders = [packed(task) for task in tasks]
        what = packed(guarded)
        for _ in range(ATTEMPTS):
            missing = [i for i in range(len(tasks)) if i not in found]
            if not missing:
                break
            try:
                futures = {self._hired().submit(_do, what, orders[i]): i for i in missing}
                for future in as_completed(futures):
                    keep(futures[future], future.result())
            except BrokenProcessPool:
                self._let_go()
        if len(found) < len(tasks):
            raise RunError(_killed(len(found), len(tasks)))
        return [found[i] for i in range(len(tasks))]

    def _hired(self) -> ProcessPoolExecutor:
        if self._executor is None:
            self._executor = ProcessPoolExecutor(self._workers, self._context, _begin, (self._stop,))
        return self._executor

    def _let_go(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None


def _killed(done: int, tasks: int) -> str:
    return (
        f"workers were killed {ATTEMPTS} times; {done} of {tasks} pieces of work are done and kept. Is there"
        " too little memory? The same command with fewer workers goes on where this one ended. (A Python"
        " script that asks for several workers must stand under: if __name__ == '__main__')"
    )


def _begin(stop: Event) -> None:
    """Prepare a worker: it leaves the keyboard to its parent, and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    waits: list[Callable[[], object]] = [stop.wait]
    if parent is not None:
        waits.append(parent.join)
    for wait in waits:
        threading.Thread(target=_end_after, args=(wait,), daemon=True).start()


def _end_after(wait: Callable[[], object]) -> None:
    wait()
    # No tidying up: a unit is stored whole or not at all, and nobody waits for this process.
    os._exit(1)
