"""Initialisers: their bounds and spreads, and the same bits from the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from difflab.errors import UnknownNameError
from difflab.nn import MLP, SCHEMES, initialise
from difflab.tree import ravel

WIDE = MLP((100, 400, 25))


def leaves(params: list[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    return [leaf for layer in params for leaf in layer]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_same_seed_gives_the_same_bits(scheme: str) -> None:
    first, again = (ravel(leaves(initialise(WIDE, 5, scheme))) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    other = ravel(leaves(initialise(WIDE, 6, scheme)))
    assert scheme == "zeros" or not np.array_equal(first, other)


def test_a_golden_number_pins_the_generator() -> None:
    (weights, _), *_ = initialise(MLP((2, 4, 1)), seed=0)
    uniform = 0.6369616873214543  # the first number of NumPy's PCG64 with seed 0
    np.testing.assert_allclose(weights[0, 0], (2 * uniform - 1) / np.sqrt(2), rtol=1e-15)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_float32_is_float64_rounded(scheme: str) -> None:
    wide = leaves(initialise(WIDE, 0, scheme))
    narrow = leaves(initialise(WIDE, 0, scheme, dtype=np.float32))
    for a, b in zip(wide, narrow):
        assert (a.dtype, b.dtype) == (np.float64, np.float32)
        np.testing.assert_array_equal(a.astype(np.float32), b)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_shapes_follow_the_network(scheme: str) -> None:
    shapes = [(w.shape, b.shape) for w, b in initialise(WIDE, 0, scheme)]
    assert shapes == [((100, 400), (400,)), ((400, 25), (25,))]


def test_torch_scheme_fills_its_bounds_and_no_more() -> None:
    for (weights, biases), fan_in in zip(initialise(WIDE, 0, "torch"), (100, 400)):
        for leaf in (weights, biases):
            assert 0.85 / np.sqrt(fan_in) < np.max(np.abs(leaf)) <= 1 / np.sqrt(fan_in)


def test_glorot_scheme_fills_its_bounds_and_no_more() -> None:
    for (weights, biases), fans in zip(initialise(WIDE, 0, "glorot"), (500, 425)):
        assert 0.99 * np.sqrt(6 / fans) < np.max(np.abs(weights)) <= np.sqrt(6 / fans)
        assert not np.any(biases)


def test_he_scheme_has_its_spread() -> None:
    for (weights, biases), fan_in in zip(initialise(WIDE, 0, "he"), (100, 400)):
        np.testing.assert_allclose(weights.std(), np.sqrt(2 / fan_in), rtol=0.02)
        assert not np.any(biases)


def test_normal_scheme_has_the_spread_asked_for() -> None:
    for weights, biases in initialise(WIDE, 0, "normal", scale=0.5):
        np.testing.assert_allclose(weights.std(), 0.5, rtol=0.02)
        assert np.any(biases)


def test_zeros_are_zeros() -> None:
    assert not np.any(ravel(leaves(initialise(WIDE, 0, "zeros"))))


def test_an_unknown_scheme_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="try: 'glorot'"):
        initialise(WIDE, 0, "gloret")
