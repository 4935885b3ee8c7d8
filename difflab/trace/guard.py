"""What watches over a recording and the sweeps after it: nothing, safe mode, or debugging."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from difflab.trace.mutation import Spare, mutation_check
from difflab.trace.nans import current_search, nan_check
from difflab.trace.tape import Watch

Inspect = Callable[[int, Any, Any], None]
"""Looks at what a sweep made: ``inspect(entry index, incoming, outgoing)``; may raise."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Guard:
    """Three moments at which a recording may be found faulty.

    Attributes
    ----------
    watch : callable or None
        Sees every call before it is added to the tape.
    check : callable
        Called before a sweep reads the tape.
    inspect : callable or None
        Sees every derivative that a sweep makes.
    """

    watch: Watch | None = None
    check: Callable[[], None] = _nothing
    inspect: Inspect | None = None


UNGUARDED = Guard()


def guard(*, safe: bool, spare: Spare | None = None) -> Guard:
    """Choose what watches over a recording.

    Parameters
    ----------
    safe : bool
        Whether to find arrays that change between the recording and its sweep.
    spare : dict, optional
        Memory for the copies that this takes, kept by a caller that sweeps once per recording.

    Returns
    -------
    Guard
        Which also looks for NaN inside `difflab.debug_nans`.
    """
    search = current_search()
    if search is None:
        return Guard(*mutation_check(spare)) if safe else UNGUARDED
    watch_nans, inspect = nan_check(search)
    if not safe:
        return Guard(watch_nans, _nothing, inspect)
    watch_constants, check = mutation_check(spare)

    def watch_both(call: Any) -> None:
        watch_constants(call)
        watch_nans(call)

    return Guard(watch_both, check, inspect)
