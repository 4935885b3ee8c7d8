"""NumPy functions that are compositions of others: recorded as the calls they are made of.

``np.hstack`` is ``np.concatenate``, ``np.diff`` is a difference of two slices. Written out in calls
that have a rule, such a function needs no rule of its own in any engine: not here, not in SymPy,
not in a replay elsewhere. Each one takes what NumPy's takes and returns what NumPy's returns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from difflab.trace.composites import (
    complex_values,
    contraction,
    differences,
    elementwise,
    fourier,
    joining,
    linalg,
    masked,
    metadata,
    padding,
    products,
    ranks,
    reductions,
    selection,
    shaping,
)

COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    **metadata.COMPOSITES,
    **shaping.COMPOSITES,
    **joining.COMPOSITES,
    **padding.COMPOSITES,
    **selection.COMPOSITES,
    **differences.COMPOSITES,
    **contraction.COMPOSITES,
    **elementwise.COMPOSITES,
    **reductions.COMPOSITES,
    **masked.COMPOSITES,
    **ranks.COMPOSITES,
    **products.COMPOSITES,
    **linalg.COMPOSITES,
    **fourier.COMPOSITES,
    **complex_values.COMPOSITES,
}
"""NumPy function to the composition that is recorded for it."""

__all__ = ["COMPOSITES"]
