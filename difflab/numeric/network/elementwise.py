"""Whether an activation acts on every number alone, which is what lets one unit be followed.

A normalisation over the batch, a softmax over units, a function that keeps state or works in place
would be followed wrongly, and nothing in the gradient would show it. So it is tried on a few small
arrays of every form that the evaluators use.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.numeric.network.forward import Activation

FORMS = ((24,), (4, 6), (6, 4), (1, 24), (2, 3, 4))
"""Samples, units by samples, copies by samples by units."""

SEED = 0


def is_elementwise(activation: Activation) -> bool:
    """Whether a function takes floats to floats, each alone, and leaves its argument as it was.

    Examples
    --------
    >>> is_elementwise(np.tanh), is_elementwise(lambda z: z - np.mean(z))
    (True, False)
    """
    rng = np.random.default_rng(SEED)
    # of several magnitudes: what a norm or a limit does shows only beyond it
    z = rng.normal(size=24) * 10.0 ** rng.uniform(-2, 2, size=24)
    try:
        with np.errstate(all="ignore"):
            alone = np.concatenate([np.ravel(activation(entry.reshape(1))) for entry in z])
            return all(_agrees(activation, z.reshape(form), alone) for form in FORMS)
    except Exception:  # whatever it needs, it is more than one number
        return False


def _agrees(activation: Activation, z: np.ndarray, alone: np.ndarray) -> bool:
    """Whether each entry of an array gives what it gives alone."""
    given = z.copy()
    found: Any = activation(given)
    if not isinstance(found, np.ndarray) or (found.shape, found.dtype) != (z.shape, z.dtype):
        return False
    kept = found.copy()
    activation(-z)  # a function that writes into an array of its own would change what it gave
    same = np.array_equal(found, kept, equal_nan=True) and np.array_equal(given, z)
    return same and np.allclose(kept.ravel(), alone, 1e-9, 1e-12, equal_nan=True)
