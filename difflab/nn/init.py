"""Initialisers: the parameters a network starts from, drawn from a seed and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.errors import unknown_name
from difflab.nn.mlp import MLP

Layer = tuple[np.ndarray, np.ndarray]
Params = list[Layer]


def _torch(rng: np.random.Generator, fan_in: int, fan_out: int, scale: float) -> Layer:  # noqa: ARG001
    bound = 1 / np.sqrt(fan_in)
    weights = rng.uniform(-bound, bound, (fan_in, fan_out))
    return weights, rng.uniform(-bound, bound, fan_out)


def _glorot(rng: np.random.Generator, fan_in: int, fan_out: int, scale: float) -> Layer:  # noqa: ARG001
    bound = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, (fan_in, fan_out)), np.zeros(fan_out)


def _he(rng: np.random.Generator, fan_in: int, fan_out: int, scale: float) -> Layer:  # noqa: ARG001
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)), np.zeros(fan_out)


def _normal(rng: np.random.Generator, fan_in: int, fan_out: int, scale: float) -> Layer:
    return rng.normal(0, scale, (fan_in, fan_out)), rng.normal(0, scale, fan_out)


def _zeros(rng: np.random.Generator, fan_in: int, fan_out: int, scale: float) -> Layer:  # noqa: ARG001
    return np.zeros((fan_in, fan_out)), np.zeros(fan_out)


SCHEMES: dict[str, Callable[[np.random.Generator, int, int, float], Layer]] = {
    "torch": _torch,
    "glorot": _glorot,
    "he": _he,
    "normal": _normal,
    "zeros": _zeros,
}
"""Initialisers by name: ``(generator, fan_in, fan_out, scale) -> (W, b)`` in float64."""


def initialise(
    model: MLP, seed: int, scheme: str = "torch", dtype: Any = float, scale: float = 0.1
) -> Params:
    """Draw the parameters of a network.

    Parameters
    ----------
    model : MLP
        The network.
    seed : int
        The same seed gives the same parameters, bit for bit.
    scheme : str
        ``"torch"``: weights and biases U(-1/sqrt(fan_in), 1/sqrt(fan_in)), as torch.nn.Linear;
        ``"glorot"``: weights U(-a, a), a = sqrt(6 / (fan_in + fan_out)), Glorot and Bengio (2010),
        equation 16; ``"he"``: weights N(0, 2 / fan_in), He et al. (2015), equation 10; both with
        zero biases; ``"normal"``: all N(0, scale^2); ``"zeros"``.
    dtype : dtype
        Numbers are drawn in float64 and rounded to it, so float32 starts at the same point.
    scale : float
        Standard deviation of ``"normal"``.

    Returns
    -------
    list of (W, b)
        W of shape (fan_in, fan_out), b of shape (fan_out,).

    Raises
    ------
    UnknownNameError
        For a scheme that does not exist.

    Examples
    --------
    >>> [(w.shape, b.shape) for w, b in initialise(MLP((2, 4, 1)), seed=0)]
    [((2, 4), (4,)), ((4, 1), (1,))]
    """
    if scheme not in SCHEMES:
        raise unknown_name("initialiser", scheme, SCHEMES, "difflab.nn.SCHEMES")
    rng = np.random.default_rng(seed)
    drawn = [SCHEMES[scheme](rng, fan_in, fan_out, scale) for fan_in, fan_out in model.layers]
    return [(weights.astype(dtype), biases.astype(dtype)) for weights, biases in drawn]
