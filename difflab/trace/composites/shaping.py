"""Compositions that move entries about: joining, splitting, differences of neighbours."""

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
