"""Conventions at kinks and edges, stated once; all three engines obey them, and a test checks it.

At a kink the derivative does not exist, and every library picks a number. These are ours. The
engines do not read this table: they are built to agree with it, each in its own way.

A number is picked only where there is a sensible one: the middle, a limit. Where there is none the
answer is NaN, so that it is seen: the eigenvectors of equal eigenvalues, and the singular vectors
of equal singular values, have no derivative at all. `difflab.debug_nans` names the call. Losses of
the eigenvalues alone are not affected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.functions import LEAK, leaky_relu, relu


@dataclass(frozen=True, slots=True)
class Kink:
    """A point where a derivative is a matter of convention.

    Attributes
    ----------
    name : str
        The function in words.
    function : callable
        Scalar function of one scalar.
    at : float
        The point.
    derivative : float
        What difflab answers there.
    reason : str
        Why this number.
    """

    name: str
    function: Callable[[Any], Any]
    at: float
    derivative: float
    reason: str


def _length_of_pair(x: Any) -> Any:
    return np.linalg.norm(np.stack([x, x]))


KINKS: tuple[Kink, ...] = (
    Kink("relu(x)", relu, 0.0, 0.0, "a unit that is off has no influence; as PyTorch and JAX"),
    Kink("leaky_relu(x)", leaky_relu, 0.0, LEAK, "a unit that is off leaks; as PyTorch"),
    Kink("|x|", np.abs, 0.0, 0.0, "the middle of [-1, 1]; as PyTorch"),
    Kink("sign(x)", np.sign, 0.0, 0.0, "piecewise constant"),
    Kink("maximum(x, 0)", lambda x: np.maximum(x, 0.0), 0.0, 0.5, "ties are split equally"),
    Kink("minimum(x, 0)", lambda x: np.minimum(x, 0.0), 0.0, 0.5, "ties are split equally"),
    Kink("hypot(x, 0)", lambda x: np.hypot(x, 0.0), 0.0, 0.0, "the length of a zero vector"),
    Kink("norm of (x, x)", _length_of_pair, 0.0, 0.0, "the length of a zero vector"),
    Kink("clip(x, 0, 1)", lambda x: np.clip(x, 0.0, 1.0), 0.0, 1.0, "bounds belong to the inside"),
    Kink("cbrt(x)", np.cbrt, 0.0, np.inf, "the limit from both sides"),
    Kink("leaky_relu(x)", leaky_relu, np.nan, np.nan, "NaN in, NaN out"),
    Kink("relu(x)", relu, np.nan, np.nan, "NaN in, NaN out"),
    Kink("maximum(x, 0)", lambda x: np.maximum(x, 0.0), np.nan, np.nan, "NaN in, NaN out"),
    Kink("sqrt(x)", np.sqrt, 0.0, np.inf, "the limit from the right, without an exception"),
)

LOSS_CONVENTION = "mean over samples and outputs; the squared error is (y - m)^2 without 1/2"
"""The loss of the course; every report prints it."""
