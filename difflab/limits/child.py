"""The child's side of a limited run: do the work, send every result, then how it ended."""

from __future__ import annotations

import inspect
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from difflab.errors import DifflabError

ORPHANED = 10.0
"""Seconds beyond its limit after which a process whose parent died is ended by its own alarm."""


def work() -> None:
    """Read a job from the standard input and answer on the standard output, in pickles."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the function prints must not end up between the answers

    def send(kind: str, content: Any) -> None:
        message = pickle.dumps((kind, content))  # in full before the first byte is written
        answers.write(message)
        answers.flush()

    status = "done"
    memory_bytes = None
    try:
        function, args, seconds, memory_bytes = pickle.load(sys.stdin.buffer)
        _set_alarm(seconds + ORPHANED)
        send("started", None)
        with _memory_limited(memory_bytes):
            for item in _results(function, args):
                send("item", item)
    except BrokenPipeError:
        return  # nobody is left to tell
    except DifflabError as error:
        send("error", error)
    except MemoryError:
        limit = "" if memory_bytes is None else f"{memory_bytes / 1e6:,.0f} MB"
        status = f"stopped at {limit}" if limit else "failed: MemoryError"
    except BaseException as error:  # also SystemExit: the parent is told whatever ended the run
        status = f"failed: {type(error).__name__}: {error}"
    sys.stdout.flush()
    send("end", (status, peak_bytes()))


def _results(function: Callable[..., Any], args: tuple[Any, ...]) -> Iterator[Any]:
    result = function(*args)
    if inspect.isgenerator(result):
        yield from result
    else:
        yield result


def _set_alarm(seconds: float) -> None:
    """End this process after some time, whether or not somebody is left to kill it."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)


@contextmanager
def _memory_limited(memory_bytes: int | None) -> Iterator[None]:
    """Limit the address space to what is in use now and so much more; lift the limit at the end."""
    used = _address_space()
    if memory_bytes is None or used is None:
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limits = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([used + memory_bytes, *limits]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int | None:
    """Bytes of address space in use; None where there is no ``/proc``."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_bytes(pid: int | str = "self") -> int | None:
    """Largest resident memory of a process so far; None where there is no ``/proc``.

    ``getrusage`` would not do: its figure survives exec, so a child begins with its parent's.
    """
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None
