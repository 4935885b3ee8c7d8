"""Hard limits: a function runs in a process of its own, and that process is stopped.

Predictions can be wrong, and SymPy cannot be interrupted from inside. So a derivation that may take
too long runs in a child process with a wall-clock limit and a memory limit. What it yielded before
it was stopped is kept.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from difflab.errors import UsageError
from difflab.limits.child import peak_bytes

STARTUP = 60.0
"""Seconds a process may take to start Python and import the function's module."""

_GLANCE = 0.05
"""Seconds between two looks at a silent process."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a limited run.

    Attributes
    ----------
    status : str
        ``"done"``, ``"stopped after 3 s"``, ``"stopped at 512 MB"`` or ``"failed: ..."``.
    items : tuple
        What the generator yielded before its end, or the function's one result.
    seconds : float
        Wall-clock time of the run, without the start of the process.
    peak_bytes : int or None
        Largest resident memory of the process, Python and libraries included; None where the
        system does not tell.
    """

    status: str
    items: tuple[Any, ...]
    seconds: float
    peak_bytes: int | None

    @property
    def finished(self) -> bool:
        """Whether the run came to its own end."""
        return self.status == "done"


def run_limited(
    function: Callable[..., Any],
    *args: Any,
    seconds: float,
    memory_bytes: int | None = None,
    on_item: Callable[[Any], None] | None = None,
) -> Outcome:
    """Run a function in a child process that is killed when it exceeds its limits.

    A generator function delivers *partial results*: each item is sent when it is yielded, and stays
    when the run is stopped afterwards. Every process that the function started is killed too,
    unless it moved itself to another process group.

    Parameters
    ----------
    function : callable
        Defined at the top of a module, so that it can be pickled.
    *args
        Its arguments; pickled, as are its results.
    seconds : float
        Wall-clock limit, counted from the moment the function is called.
    memory_bytes : int, optional
        Address space the run may take beyond what the process has when the function is called.
        Libraries that the function imports itself count. Enforced where the system has
        ``RLIMIT_AS`` (Linux), not on macOS and Windows.
    on_item : callable, optional
        Called in this process with every item as it arrives, for progress.

    Returns
    -------
    Outcome

    Raises
    ------
    DifflabError
        When the function raised one: it passes through as it is. Other exceptions give the status
        ``"failed: ..."``.
    UsageError
        For limits that are not positive.

    Examples
    --------
    >>> import math
    >>> outcome = run_limited(math.factorial, 20, seconds=30.0)
    >>> outcome.status, outcome.items
    ('done', (2432902008176640000,))
    """
    _check_limits(seconds, memory_bytes)
    job = _pickled(function, args, seconds, memory_bytes)
    messages: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    child = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM.format(path=sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C comes to us alone; and a group of its own can be killed
    )
    assert child.stdin is not None
    assert child.stdout is not None
    reader = threading.Thread(target=_receive, args=(child.stdout, messages), daemon=True)
    try:
        reader.start()
        with suppress(BrokenPipeError):  # it died while starting, and is asked why below
            child.stdin.write(job)
            child.stdin.close()
        return _follow(child, messages, seconds, on_item)
    finally:
        _end(child)
        reader.join(1.0)  # longer only where a process that left the group holds the pipe open
        if not reader.is_alive():
            child.stdout.close()


_PROGRAM = "import sys; sys.path[:] = {path!r}; from difflab.limits.child import work; work()"
"""What the child runs. Not multiprocessing: that fails inside joblib's workers, and it imports the
script that was started once more."""


def _pickled(*job: Any) -> bytes:
    function = job[0]
    if getattr(function, "__module__", "") == "__main__":
        raise UsageError(
            f"{function.__qualname__} is defined in the script that is running",
            "another process finds functions by the name of their module",
            "move it into a module and import it",
        )
    try:
        return pickle.dumps(job)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UsageError(
            "the function or its arguments cannot be sent to another process",
            str(error),
            "a function defined at the top of a module, and plain data",
        ) from error


def _check_limits(seconds: float, memory_bytes: int | None) -> None:
    if not seconds > 0:
        raise UsageError(f"a time limit of {seconds} s", "nothing can run in it", "seconds=10.0")
    if memory_bytes is not None and memory_bytes <= 0:
        raise UsageError(
            f"a memory limit of {memory_bytes} bytes", "nothing can run in it", "memory_bytes=10**9"
        )


def _receive(stream: IO[bytes], messages: queue.SimpleQueue[tuple[str, Any]]) -> None:
    """Read messages in a thread of ours, so that half a message cannot hold up the clock."""
    try:
        while True:
            messages.put(pickle.load(stream))
    except Exception:  # the end of the stream, or a message cut off by the end of its sender
        messages.put(("closed", None))


def _follow(
    child: subprocess.Popen[bytes],
    messages: queue.SimpleQueue[tuple[str, Any]],
    seconds: float,
    on_item: Callable[[Any], None] | None,
) -> Outcome:
    """Collect messages until the process ends, says that it is done, or exceeds its time."""
    items: list[Any] = []
    peak: int | None = None
    started: float | None = None
    deadline = time.monotonic() + STARTUP

    def outcome(status: str) -> Outcome:
        spent = 0.0 if started is None else time.monotonic() - started
        return Outcome(status, tuple(items), spent, peak)

    while True:
        left = deadline - time.monotonic()
        peak = peak_bytes(child.pid) or peak
        if left <= 0:
            if started is None:
                return outcome(f"failed: its process did not start within {STARTUP:g} s")
            return outcome(f"stopped after {seconds:g} s")
        if not _is_running(child):
            _kill(child)  # a descendant may hold the pipe open
        try:
            kind, content = messages.get(timeout=min(left, _GLANCE))
        except queue.Empty:
            continue
        if kind == "started":
            started = time.monotonic()
            deadline = started + seconds
        elif kind == "item":
            items.append(content)
            if on_item is not None:
                on_item(content)
        elif kind == "error":
            raise content
        elif kind == "end":
            status, last = content
            peak = last or peak
            return outcome(status)
        else:
            return outcome(_fate(child))


def _is_running(child: subprocess.Popen[bytes]) -> bool:
    """Whether the process lives; a dead one is not taken from the table, so its number is ours."""
    if not hasattr(os, "waitid"):
        return child.poll() is None
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill the process and its group, without taking it from the table."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the process with its group and take it from the table; once is enough."""
    if child.returncode is None:
        _kill(child)
        child.wait()


def _fate(child: subprocess.Popen[bytes]) -> str:
    """Say how a process ended that could not say so itself."""
    patience = time.monotonic() + 1.0
    while _is_running(child) and time.monotonic() < patience:
        time.sleep(_GLANCE / 10)  # its pipe closes a moment before it is dead
    _end(child)
    if child.returncode < 0:
        return f"failed: its process was killed by {signal.Signals(-child.returncode).name}"
    return f"failed: its process ended with status {child.returncode}"
