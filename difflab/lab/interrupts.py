"""Ctrl-C: a terminal signals every process of the group, and the parent alone should decide."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ctrl_c_held_back() -> Iterator[None]:
    """Start processes inside that never see Ctrl-C; for us it arrives when the block ends.

    A blocked signal stays blocked in children, also before their first line of Python runs, which
    no handler set by them could achieve. For ourselves blocking is not enough: another thread may
    receive the signal, so it is noted and raised again. Does nothing outside the main thread, and
    where threads have no signal mask (Windows).
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not (in_main and hasattr(signal, "pthread_sigmask")):
        yield
        return
    _start_resource_trackers()
    pressed: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if pressed:
        signal.raise_signal(signal.SIGINT)


def _start_resource_trackers() -> None:
    """Start the helpers of multiprocessing and loky now: when they start they unblock Ctrl-C."""
    from multiprocessing import resource_tracker

    from joblib.externals.loky.backend import resource_tracker as loky_tracker

    resource_tracker.ensure_running()
    loky_tracker.ensure_running()
