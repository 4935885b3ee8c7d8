"""How good are gradients from random directions? The cosine to the truth against their number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.directions import check_directions, draw, estimate, expected_cosine, stream
from difflab.studies.measurement import Measurement

PARAMETERS = 4417
"""P of the network 2-64-64-1."""

COUNTS = (1, 4, 16, 64, 256, 1024)

DRAWN = 4096
"""Directions per point: the relative standard error is then near 1/sqrt(2 DRAWN), 1.1 %."""

LEAST_REPEATS = 4
SEED = 0


def measure(
    kind: str,
    counts: Sequence[int] = COUNTS,
    parameters: int = PARAMETERS,
    gradient: np.ndarray | None = None,
    drawn: int = DRAWN,
    seed: int = SEED,
) -> list[Measurement]:
    """Measure the cosine between a gradient and its estimates, beside theory's.

    Slopes are exact here, g . v: what is measured is the directions, not a difference quotient.

    Parameters
    ----------
    kind : {"gaussian", "rademacher", "orthonormal"}
    counts : sequence of int
        Numbers of directions K; for orthonormal ones, those up to P.
    parameters : int
        P, where no gradient is given.
    gradient : ndarray, shape (P,), or None
        That of the quadratic w'Aw/2 with A of eigenvalues 1 to 10, at a random point, when None.
    drawn : int
        Directions drawn in all for each K: ``drawn // K`` estimates, and no fewer than 4.
    seed : int

    Returns
    -------
    list of Measurement
        For every K, in ``at``: "cosine" (root mean square over the estimates), its standard error,
        and "cosine, theory".

    Raises
    ------
    UnknownNameError
        For another kind.
    UsageError
        For counts that cannot be drawn, or a gradient without a direction.

    Examples
    --------
    >>> rows = measure("orthonormal", counts=(4, 16), parameters=16)
    >>> [(row.quantity, row.at, round(row.value, 9)) for row in rows[-3::2]]
    [('cosine', 16, 1.0), ('cosine, theory', 16, 1.0)]
    """
    g = _quadratic_gradient(parameters, seed) if gradient is None else np.asarray(gradient, float)
    length = np.linalg.norm(g)
    if not (np.isfinite(length) and length > 0):
        raise UsageError(
            "the gradient has no direction",
            f"its length is {length}",
            "a point where the gradient is finite and not zero",
        )
    for count in counts:
        check_directions(kind, g.size, count)
    rows = []
    rng = stream(seed, 0)
    for count in counts:
        cosines = []
        for _ in range(max(LEAST_REPEATS, drawn // count)):
            found = estimate(g.dot, draw(kind, g.size, count, rng))
            cosines.append(found @ g / (np.linalg.norm(found) * length))
        rows += [
            Measurement(quantity, value, "1", at=count, parameters=g.size)
            for quantity, value in _summary(np.array(cosines), kind, g.size, count).items()
        ]
    return rows


def _summary(cosines: np.ndarray, kind: str, parameters: int, count: int) -> dict[str, float]:
    """The root mean square, by the delta method its standard error, and theory's value."""
    squares = cosines**2
    root = float(np.sqrt(squares.mean()))
    spread = float(squares.std(ddof=1) / np.sqrt(squares.size))
    return {
        "cosine": root,
        "cosine, standard error": spread / (2 * root),
        "cosine, theory": expected_cosine(kind, parameters, count),
    }


def _quadratic_gradient(parameters: int, seed: int) -> np.ndarray:
    """A w, the gradient of w'Aw/2 with a diagonal A, at a random point."""
    w = np.random.default_rng(seed).standard_normal(parameters)
    return np.linspace(1.0, 10.0, parameters) * w
