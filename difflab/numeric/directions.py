"""Random directions: an unbiased estimate of the gradient from a few directional derivatives.

With E[v v'] = I, the mean of (g . v) v is g: K directions cost K slopes whatever the number of
parameters P, and what they miss is noise. How much, theory says. With |g~|^2 the squared length of
the estimate, E|g~|^2 / |g|^2 - 1 is (P+1)/K for Gaussian v, (P-1)/K for Rademacher v (entries +-1),
and P/K - 1 for K orthonormal v, scaled by sqrt(P). The cosine between estimate and gradient is then
about 1/sqrt(E|g~|^2 / |g|^2); for orthonormal directions that is its root mean square exactly.

Sources: Spall (1992), "Multivariate stochastic approximation using a simultaneous perturbation
gradient approximation", IEEE Trans. Automatic Control 37 (Rademacher, differences); Baydin,
Pearlmutter, Syme, Wood and Torr (2022), "Gradients without backpropagation" (Gaussian, forward
mode); Kozak, Becker, Doostan and Tenorio (2021), "A stochastic subspace approach to gradient-free
optimization in high dimensions", Comput. Optim. Appl. 79 (orthonormal).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from difflab.errors import UsageError, unknown_name

KINDS = ("gaussian", "rademacher", "orthonormal")
"""Distributions of directions."""


def check_directions(kind: str, parameters: int, count: int) -> None:
    """Refuse what cannot be drawn.

    Raises
    ------
    UnknownNameError
        For another kind.
    UsageError
        For fewer directions than one, or more orthonormal ones than there are parameters.

    Examples
    --------
    >>> check_directions("orthonormal", 3, 4)
    Traceback (most recent call last):
    difflab.errors.UsageError: 4 orthonormal directions for 3 parameters
      why: no more than 3 vectors of 3 numbers are orthogonal to one another
      try: directions=3, which gives the gradient itself
    """
    if kind not in KINDS:
        raise unknown_name("kind of direction", kind, KINDS, "difflab.numeric.directions.KINDS")
    if type(count) is not int or count < 1:
        raise UsageError(
            f"directions={count!r}",
            "an estimate of the gradient is a mean over one direction or more",
            "directions=1, or a larger whole number",
        )
    if kind == "orthonormal" and count > parameters:
        raise UsageError(
            f"{count} orthonormal directions for {parameters} parameters",
            f"no more than {parameters} vectors of {parameters} numbers are orthogonal to one "
            "another",
            f"directions={parameters}, which gives the gradient itself",
        )


def stream(seed: int, call: int) -> np.random.Generator:
    """Return the random numbers of one call: the same for the same seed and number, on any machine.

    Philox counts; the calls of a seed start 2^192 numbers apart, so their streams never meet.

    Examples
    --------
    >>> stream(0, 5).standard_normal() == stream(0, 5).standard_normal()
    True
    >>> stream(0, 5).standard_normal() == stream(0, 6).standard_normal()
    False
    """
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, call]))


def draw(kind: str, parameters: int, count: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield random directions v, each of shape (P,), with E[v v'] = I.

    Parameters
    ----------
    kind : {"gaussian", "rademacher", "orthonormal"}
        Orthonormal ones span a uniformly random subspace, and have length sqrt(P): they are an
        orthonormal basis of K Gaussian vectors, which are held at once. The others come one by one.
    parameters : int
        P.
    count : int
        K.
    rng : Generator

    Raises
    ------
    UnknownNameError, UsageError
        See `check_directions`.

    Examples
    --------
    >>> v, w = draw("orthonormal", 4, 2, np.random.default_rng(0))
    >>> round(float(v @ v), 12), abs(round(float(v @ w), 12))
    (4.0, 0.0)
    """
    check_directions(kind, parameters, count)
    if kind == "orthonormal":
        yield from np.sqrt(parameters) * _orthonormal_rows(parameters, count, rng)
        return
    for _ in range(count):
        if kind == "gaussian":
            yield rng.standard_normal(parameters)
        else:
            yield rng.integers(0, 2, parameters) * 2.0 - 1.0


def _orthonormal_rows(parameters: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return an orthonormal basis of the span of Gaussian vectors, shape (K, P).

    Gaussian vectors far fewer than their entries are nearly orthogonal already. Then the Cholesky
    factor of their Gram matrix makes them orthonormal in a fraction of the time of a QR, and a
    second pass removes the rounding of the first (Yamamoto, Nakatsukasa, Yanagisawa and Fukaya
    2015, "Roundoff error analysis of the CholeskyQR2 algorithm", ETNA 44).
    """
    basis = rng.standard_normal((count, parameters))
    if 4 * count > parameters:
        return np.linalg.qr(basis.T)[0].T
    for _ in range(2):
        basis = np.linalg.solve(np.linalg.cholesky(basis @ basis.T), basis)
    return basis


def expected_cosine(kind: str, parameters: int, count: int) -> float:
    """Return theory's cosine between the estimate and the gradient; see the head of this module.

    Parameters
    ----------
    kind, parameters, count
        As for `draw`.

    Examples
    --------
    >>> [round(expected_cosine(kind, 4417, 100), 4) for kind in KINDS]
    [0.1488, 0.1488, 0.1505]
    """
    check_directions(kind, parameters, count)
    excess = {
        "gaussian": (parameters + 1) / count,
        "rademacher": (parameters - 1) / count,
        "orthonormal": parameters / count - 1,
    }
    return float(1 / np.sqrt(1 + excess[kind]))


def estimate(slope: Callable[[np.ndarray], Any], directions: Iterable[np.ndarray]) -> np.ndarray:
    """Return the mean of slope(v) v, shape (P,): the gradient plus noise that averages to zero.

    Parameters
    ----------
    slope : callable
        The derivative along v, g . v.
    directions : iterable of ndarray, shape (P,)
        With E[v v'] = I.

    Examples
    --------
    >>> gradient = np.array([1.0, -2.0])
    >>> directions = draw("orthonormal", 2, 2, np.random.default_rng(0))
    >>> np.round(estimate(gradient.dot, directions), 12)
    array([ 1., -2.])
    """
    total: Any = 0.0
    count = 0
    for v in directions:
        total = total + slope(v) * v
        count += 1
    return total / count
