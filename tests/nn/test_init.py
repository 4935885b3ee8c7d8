"""Initialisers: their bounds and spreads, and the same bits from the same seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.errors import UnknownNameError, UsageError
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


FIRST_UNIFORM, FIRST_NORMAL = 0.6369616873214543, 0.1257302210933933
"""What NumPy's PCG64 with seed 0 draws first."""


@pytest.mark.parametrize(
    ("scheme", "golden"),
    [
        ("torch", (2 * FIRST_UNIFORM - 1) / 8**0.5),
        ("glorot", (2 * FIRST_UNIFORM - 1) * (6 / 12) ** 0.5),
        ("he", FIRST_NORMAL * (2 / 8) ** 0.5),
        ("normal", FIRST_NORMAL * 0.3),
        ("zeros", 0.0),
    ],
)
def test_the_first_weight_is_the_formula_of_the_first_number_drawn(
    scheme: str, golden: float
) -> None:
    (weights, _), *_ = initialise(MLP((8, 4, 1)), 0, scheme, scale=0.3)
    np.testing.assert_allclose(weights[0, 0], golden, rtol=1e-15)


@pytest.mark.parametrize(
    ("scheme", "spread"),
    [
        ("torch", lambda fan_in, fan_out: 1 / (3 * fan_in) ** 0.5),
        ("glorot", lambda fan_in, fan_out: (2 / (fan_in + fan_out)) ** 0.5),
        ("he", lambda fan_in, fan_out: (2 / fan_in) ** 0.5),
        ("normal", lambda fan_in, fan_out: 0.1),
    ],
)
def test_weights_have_mean_zero_and_the_variance_of_the_formula(scheme: str, spread: Any) -> None:
    """Five deviations of the mean, and of the variance of a normal: 50,000 weights in all."""
    for weights, _ in initialise(WIDE, 1, scheme):
        wanted = spread(*weights.shape)
        assert abs(weights.mean()) < 5 * wanted / weights.size**0.5
        assert abs((weights / wanted).var() - 1) < 5 * (2 / weights.size) ** 0.5


@pytest.mark.parametrize(
    ("scheme", "theirs"), [("glorot", "xavier_uniform_"), ("he", "kaiming_normal_")]
)
def test_spreads_are_those_of_torch(scheme: str, theirs: str) -> None:
    torch = pytest.importorskip("torch")
    generator = torch.Generator().manual_seed(0)
    for weights, _ in initialise(WIDE, 0, scheme):
        empty = torch.empty(*weights.T.shape, dtype=torch.float64)
        drawn = getattr(torch.nn.init, theirs)(empty, generator=generator).numpy()
        np.testing.assert_allclose(weights.std(), drawn.std(), rtol=0.02)


def test_what_does_not_fit_is_refused_and_says_what_does() -> None:
    good = {"model": WIDE, "seed": 0}
    for given, message in (
        ({"model": (2, 3)}, "is no network"),
        ({"seed": -1}, "is no seed"),
        ({"seed": None}, "is no seed"),
        ({"seed": 1.5}, "is no seed"),
        ({"dtype": int}, "cannot hold parameters"),
        ({"dtype": "float31"}, "cannot hold parameters"),
        ({"dtype": complex}, "cannot hold parameters"),
        ({"scale": -0.1}, "is no standard deviation"),
        ({"scale": np.nan}, "is no standard deviation"),
        ({"scale": "wide"}, "is no standard deviation"),
    ):
        with pytest.raises(UsageError, match=message) as caught:
            initialise(**(good | given))  # type: ignore[arg-type]
        assert caught.value.why
        assert caught.value.instead
