"""NumPy functions that are compositions of others: recorded as the calls they are made of.

``np.hstack`` is ``np.concatenate``, ``np.diff`` is a difference of two slices. Written out in calls
that have a rule, such a function needs no rule of its own in any engine: not here, not in SymPy,
not in a replay elsewhere. Each one below takes what NumPy's takes and returns what NumPy's returns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    for _ in range(n):
        a = np.swapaxes(a, axis, -1)
        a = np.swapaxes(a[..., 1:] - a[..., :-1], axis, -1)
    return a


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.diff: _diff,
}
"""NumPy function to the composition that is recorded for it."""
