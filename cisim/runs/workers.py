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
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cisim.errors import CisimError, ModelError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.synchronize import Event

__all__ = ["work"]

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


def work(function: Callable[[T], R], tasks: Sequence[T], workers: int, done: Callable[[R], None]) -> list[R]:
    """Return the result of every task, in the order of the tasks.

    Parameters
    ----------
    function : callable
        Where there are several workers: importable by name, like its argument and result.
    tasks : sequence
    workers : int
        Processes; with 1 the work is done in this one.
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
    Workers are started anew, not forked, so that they are alike on every system; they end with this
    process, however it ends. After a killed worker only what is missing is done again. An error ends the
    work: what has not begun is left out.
    """
    guarded = _Guarded(function)
    if workers <= 1 or len(tasks) <= 1:
        results = []
        for task in tasks:
            results.append(_raised(guarded(task)))
            done(results[-1])
        return results
    found: dict[int, R] = {}

    def keep(task: int, result: R) -> None:
        found[task] = result
        done(result)

    for _ in range(ATTEMPTS):
        missing = [i for i in range(len(tasks)) if i not in found]
        if not missing:
            break
        try:
            _attempt(packed(guarded), tasks, missing, workers, keep)
        except BrokenProcessPool:
            continue
    if len(found) < len(tasks):
        msg = (
            f"workers were killed {ATTEMPTS} times; {len(found)} of {len(tasks)} pieces of work are done and"
            " kept. Is there too little memory? The same command with fewer workers goes on where this one"
            " ended. (A Python script that asks for several workers must stand under:"
            " if __name__ == '__main__')"
        )
        raise RunError(msg)
    return [found[i] for i in range(len(tasks))]


def _attempt(
    function: bytes,
    tasks: Sequence[T],
    missing: Sequence[int],
    workers: int,
    keep: Callable[[int, R], None],
) -> None:
    # All is packed here, not by the executor: in Python 3.11 it waits for ever for what it could not pack.
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    executor = ProcessPoolExecutor(min(workers, len(missing)), context, _begin, (stop,))
    try:
        futures = {executor.submit(_do, function, packed(tasks[i])): i for i in missing}
        for future in as_completed(futures):
            keep(futures[future], _raised(future.result()))
    except KeyboardInterrupt:
        stop.set()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


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
