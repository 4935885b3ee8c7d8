"""Initialisers: the parameters a network starts from, drawn from a seed and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from difflab.errors import UsageError, unknown_name
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
    UsageError
        For a seed that is none, a dtype that is not floating, a scale that is negative or not
        finite, or anything else in place of a network.

    Examples
    --------
    >>> [(w.shape, b.shape) for w, b in initialise(MLP((2, 4, 1)), seed=0)]
    [((2, 4), (4,)), ((4, 1), (1,))]
    """
    if not isinstance(scheme, str) or scheme not in SCHEMES:
        raise unknown_name("initialiser", scheme, SCHEMES, "difflab.nn.SCHEMES")
    if not isinstance(model, MLP):
        raise UsageError(
            f"{model!r} is no network",
            "the widths of its layers say which parameters there are",
            "initialise(MLP((2, 64, 1)), seed=0)",
        )
    if not isinstance(scale, Real) or not 0 <= scale < np.inf:
        raise UsageError(
            f"scale {scale!r} is no standard deviation",
            'the scheme "normal" draws from N(0, scale^2)',
            "a finite number of 0 or more, such as scale=0.1",
        )
    if not _is_floating(dtype):
        raise UsageError(
            f"dtype {dtype!r} cannot hold parameters",
            "derivatives are taken by real floating-point numbers",
            '"float64" or "float32"',
        )
    rng = _generator(seed)
    drawn = [SCHEMES[scheme](rng, fan_in, fan_out, scale) for fan_in, fan_out in model.layers]
    return [(weights.astype(dtype), biases.astype(dtype)) for weights, biases in drawn]


def _is_floating(dtype: Any) -> bool:
    try:
        return np.dtype(dtype).kind == "f"
    except TypeError:  # no type at all
        return False


def _generator(seed: Any) -> np.random.Generator:
    try:
        if seed is not None:
            return np.random.default_rng(seed)
    except (TypeError, ValueError):
        pass
    raise UsageError(
        f"seed {seed!r} is no seed",
        "the same seed gives the same parameters, and NumPy's generator takes whole numbers",
        "a whole number from 0 on, such as seed=0",
    )
