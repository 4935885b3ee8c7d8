"""Small problems for estimators."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.tree import flatten

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (60, 2))
Y = np.sin(2 * X[:, 0]) + X[:, 1] ** 2
TWO = np.where(X[:, 0] > X[:, 1], "above", "below")
THREE = np.array(["a", "b", "c"])[np.digitize(X[:, 0], [-0.3, 0.3])]


def joined(params: Any) -> bytes:
    """All parameters, bit for bit."""
    return b"".join(np.ascontiguousarray(leaf).tobytes() for leaf in flatten(params)[0])
