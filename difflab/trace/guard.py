"""What watches over a recording and the sweeps after it: nothing, safe mode, or debugging."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from difflab.trace.mutation import Spare, mutation_check
from difflab.trace.nans import current_search, nan_check
from difflab.trace.tape import Keep, Watch

Inspect = Callable[[int, Any, Any], None]
"""Looks at what a sweep made: ``inspect(entry index, incoming, outgoing)``; may raise."""


def _nothing() -> None:
    pass


class Guard(NamedTuple):
    """Four moments at which a recording may be found faulty.

    A named tuple, because every gradient makes one, and a frozen dataclass takes a microsecond.

    Attributes
    ----------
    watch : callable or None
        Sees every call before it is added to the tape.
    keep : callable or None
        Sees every array of the user's before the tape refers to it.
    check : callable
        Called before a sweep reads the tape.
    inspect : callable or None
        Sees every derivative that a sweep makes.
    """

    watch: Watch | None = None
    keep: Keep | None = None
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
    keep, check = mutation_check(spare) if safe else (None, _nothing)
    search = current_search()
    if search is not None:
        watch, inspect = nan_check(search)
        return Guard(watch, keep, check, inspect)
    return Guard(None, keep, check) if safe else UNGUARDED
