"""Whether a derivative's error bar covers the truth, and whether it is wrong in silence."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np

from difflab.numeric.ladder import Derivative, Flag


def exactly(value: Any) -> Any:
    """A finite float of any precision as a number of mpmath."""
    high = float(value)
    return mp.mpf(high) + mp.mpf(float(value - np.longdouble(high)))


def distance(found: Derivative, truth: Any) -> Any:
    """How far the truth is from the value, the far end of it at a kink."""
    low, high = truth if isinstance(truth, tuple) else (truth, truth)
    value = exactly(found.value)
    far = max(abs(value - low), abs(value - high))
    return far * (1 - 1e-12) if isinstance(truth, tuple) else far  # the ends are rounded


def covers(found: Derivative, truth: Any) -> bool:
    """Whether the bar reaches the truth, all of it at a kink; where none is, none is given."""
    if truth is None:
        return not np.isfinite(found.value) and bool(found.flags & (Flag.JUMP | Flag.SINGULAR))
    return bool(np.isfinite(found.value)) and bool(distance(found, truth) <= float(found.error))


def silently_wrong(found: Derivative, truth: Any) -> bool:
    return bool(np.isfinite(found.value)) and not found.flags and not covers(found, truth)
