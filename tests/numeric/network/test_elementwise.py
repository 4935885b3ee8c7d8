"""Activations that are more than one function of one number are found out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab.nn.mlp import ACTIVATIONS
from difflab.numeric.network.elementwise import is_elementwise


def in_place(z: Any) -> Any:
    return np.maximum(z, 0, out=z)


def with_a_buffer() -> Callable[[Any], Any]:
    kept: dict[Any, np.ndarray] = {}

    def tanh(z: Any) -> Any:
        return np.tanh(z, out=kept.setdefault(z.shape, np.empty_like(z)))

    return tanh


def with_a_buffer_for_batches() -> Callable[[Any], Any]:
    """Right for one number at a time; two results at once are the same array."""
    buffered = with_a_buffer()
    return lambda z: np.tanh(z) if z.size == 1 else buffered(z)


def counting() -> Callable[[Any], Any]:
    calls = [0]

    def drifting(z: Any) -> Any:
        calls[0] += 1
        return np.tanh(z) * (1 + 1e-3 * calls[0])

    return drifting


def dropout() -> Callable[[Any], Any]:
    rng = np.random.default_rng(0)
    return lambda z: np.tanh(z) * (rng.random(z.shape) > 0.5)


@pytest.mark.parametrize(
    "activation",
    [
        *ACTIVATIONS.values(),
        np.sin,
        np.abs,
        lambda z: z * dl.sigmoid(z),
        lambda z: z - np.tanh(z),
        lambda z: np.where(z > 0, z, 0.1 * z),
        lambda z: z,
        lambda z: np.log(z),  # NaN is a value too
        lambda z: np.broadcast_to(np.tanh(z), z.shape),
        np.vectorize(math.tanh),
    ],
)
def test_functions_of_one_number_are_recognised(activation: Any) -> None:
    assert is_elementwise(activation)


@pytest.mark.parametrize(
    "activation",
    [
        lambda z: z - np.mean(z),
        lambda z: z - np.mean(z, axis=0),
        lambda z: z / np.maximum(50.0, np.max(np.abs(z))),  # shows only where numbers are large
        lambda z: np.exp(z - np.max(z, axis=-1, keepdims=True)),
        lambda z: np.sort(z, axis=-1),
        lambda z: np.cumsum(z, axis=0) if z.ndim > 2 else z,
        lambda z: np.tanh(z) @ np.eye(z.shape[1]),  # fails on other shapes
        lambda z: z * np.arange(24.0),
        lambda z: z > 0,
        lambda z: np.tanh(z).astype(np.float16),
        lambda z: np.tanh(z).astype(complex),
        lambda z: np.tanh(z).tolist(),
        lambda z: 1.0,
        lambda z: None,
        np.frompyfunc(math.tanh, 1, 1),
        np.modf,
        np.add,
        in_place,
        with_a_buffer(),
        with_a_buffer_for_batches(),
        counting(),
        dropout(),
    ],
)
def test_everything_else_is_refused(activation: Any) -> None:
    assert not is_elementwise(activation)


def test_the_floating_point_state_of_the_caller_does_not_matter() -> None:
    with np.errstate(all="raise"):
        assert is_elementwise(np.exp)
        assert is_elementwise(np.log)
        assert np.geterr()["over"] == "raise"
