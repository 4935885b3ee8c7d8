"""What complex numbers cannot follow is caught and named, by the provider and by `derivative`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from difflab.errors import MissingRuleError
from difflab.numeric.complex_check import check
from difflab.numeric.complex_step import value_and_gradient
from difflab.numeric.ladder import derivative
from difflab.numeric.traps import suspects
from difflab.providers.complex_step import ComplexStep

W = np.array([0.7, -1.3, 2.1])


def gradient(f: Callable[..., Any], *args: Any) -> Any:
    return value_and_gradient(f, *args)[1]


def into_real_array(w: Any) -> Any:
    out = np.zeros(3)
    for i in range(3):
        out[i] = w[i] ** 2
    return np.sum(out)


TRAPS: dict[str, tuple[Callable[..., Any], str]] = {
    "abs": (lambda w: np.sum(np.abs(w)), "np.absolute"),
    "abs of a part": (lambda w: np.sum(w**2) + 0.01 * np.abs(w[0]), "np.absolute"),
    "norm": (lambda w: np.linalg.norm(w), "np.linalg.norm"),
    "norm beside a smooth term": (lambda w: np.sum(w**2) + np.linalg.norm(w), "np.linalg.norm"),
    "variance": (lambda w: np.var(w) + np.sum(w), "np.var"),
    "sign": (lambda w: np.sum(np.sign(w) * w), "np.sign"),
    "real": (lambda w: np.sum(np.real(w) ** 2), ""),
    "real of a part": (lambda w: np.sum(w.real * w), ""),
    "imag": (lambda w: np.sum(w**2 + np.imag(w)) + np.sum(w.conj() * w).real, ""),
    "conjugate": (lambda w: np.sum(np.conj(w) * w), ""),
    "vdot": (lambda w: np.vdot(w, w), ""),
    "float": (lambda w: float(w[0]) * w[1], ""),
    "astype": (lambda w: np.sum(w.astype(float) ** 2), ""),
    "a real array": (into_real_array, ""),
    "hypot": (lambda w: np.hypot(w[0], w[1]), "np.hypot"),
    "arctan2": (lambda w: np.arctan2(w[0], w[1]), ""),
    "logaddexp": (lambda w: np.logaddexp(w[0], w[1]), "np.logaddexp"),
    "floor": (lambda w: np.sum(w * np.floor(w)), ""),
    "expit": (lambda w: np.sum(expit(w)), ""),
    "real as an attribute": (lambda w: np.sum(w.real**2), ""),
    "standard deviation": (lambda w: np.std(w), "np.std"),
    "ceil": (lambda w: np.sum(w * np.ceil(w)), "np.ceil"),
    "logaddexp2": (lambda w: np.sum(np.logaddexp2(w, 1.0)), "np.logaddexp2"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_traps_are_caught_at_preparation_and_say_what_to_do(trap: str) -> None:
    f, named = TRAPS[trap]
    with pytest.raises(MissingRuleError, match="complex step cannot differentiate") as caught:
        ComplexStep().prepare(f, W)
    assert named in caught.value.why
    assert "finite-difference:central" in caught.value.instead


OF_ONE_NUMBER: dict[str, Callable[[Any], Any]] = {
    "abs": abs,
    "np.abs": np.abs,
    "norm": lambda x: np.linalg.norm(np.stack([x, 2 * x])),
    "vdot": lambda x: np.vdot(x, x),
    "conj": lambda x: np.conj(x) * x,
    "conj as a method": lambda x: x.conj() * x,
    "real": lambda x: np.real(x) ** 2,
    "real as an attribute": lambda x: x.real**2,
    "float": lambda x: float(x) ** 2,
    "math": math.sin,
    "a real array": lambda x: into_real_array([x, 2 * x, 3 * x]),
    "sign(x) x": lambda x: np.sign(x) * x,
    "hypot": lambda x: np.hypot(x, 1.0),
    "arctan2": lambda x: np.arctan2(x, 1.0),
    "floor": lambda x: x * np.floor(x),
    "logaddexp": lambda x: np.logaddexp(x, 1.0),
    "expit": expit,
    "variance": lambda x: np.var(np.stack([x, 0 * x])),
}


@pytest.mark.parametrize("trap", OF_ONE_NUMBER)
@pytest.mark.parametrize("x", [1.3, -2.6, 41.5])
def test_traps_are_caught_by_the_provider_and_by_derivative(trap: str, x: float) -> None:
    f = OF_ONE_NUMBER[trap]
    with pytest.raises(
        MissingRuleError, match="complex step cannot differentiate this loss"
    ) as one:
        ComplexStep().prepare(f, np.float64(x))
    assert one.value.why
    assert one.value.instead == 'method="finite-difference:central", or "autodiff"'
    with pytest.raises(MissingRuleError, match="cannot differentiate this function") as two:
        derivative(f, x, "complex-step")
    assert two.value.why
    assert two.value.instead == 'method="auto"'
    # and what the message proposes works
    assert np.isfinite(derivative(f, x, "auto").value)


@pytest.mark.parametrize("trap", ["abs", "norm", "float", "a real array", "hypot"])
def test_what_numpy_gives_away_is_caught_without_the_check_too(trap: str) -> None:
    with pytest.raises(MissingRuleError, match="complex step cannot differentiate"):
        gradient(TRAPS[trap][0], W)


def test_the_check_is_needed() -> None:
    """The negative control: without the comparison np.sign gives twice the slope, silently."""
    f = TRAPS["sign"][0]
    np.testing.assert_allclose(gradient(f, W), 2 * np.sign(W))
    with pytest.raises(MissingRuleError, match=r"slope along a random direction is .* give"):
        check(f, W)


def test_symmetry_does_not_hide_a_dropped_term() -> None:
    f = lambda w: np.sum(w**2) + np.sum(np.abs(w))
    with pytest.raises(MissingRuleError, match=r"np\.absolute"):
        ComplexStep().prepare(f, np.zeros(3))


def test_a_branch_that_drops_the_imaginary_part_later_is_caught_later() -> None:
    f = lambda w, switch: np.sum(np.abs(w)) if switch > 0 else np.sum(w**2)
    prepared = ComplexStep().prepare(f, W, np.float64(-1.0))
    np.testing.assert_allclose(prepared.value_and_gradient(W, np.float64(-1.0))[1], 2 * W)
    with pytest.raises(MissingRuleError, match=r"np\.absolute"):
        prepared.value_and_gradient(W, np.float64(1.0))


def test_a_call_that_shows_at_other_points_only_is_refused() -> None:
    f = lambda w: np.where(w > 0, w**2, np.abs(w))
    assert gradient(f, 2.0) == 4.0  # nothing to see here
    with pytest.raises(MissingRuleError, match="need not be elsewhere") as caught:
        ComplexStep().prepare(f, 2.0)
    assert "np.absolute" in caught.value.why


def test_a_branch_that_complex_numbers_take_and_real_ones_do_not_is_nan() -> None:
    f = lambda w: np.where(np.isnan(np.sqrt(w)), w**2, np.sqrt(w))
    prepared = ComplexStep().prepare(f, 2.0)
    assert prepared.value_and_gradient(2.0)[1] == pytest.approx(0.5 / np.sqrt(2.0))
    with np.errstate(invalid="ignore"):
        assert np.isnan(prepared.value_and_gradient(-2.0)[1])  # not 1.4e200
        with pytest.raises(MissingRuleError, match="slope along"):
            ComplexStep().prepare(f, -2.0)


def test_suspects_count_only_where_parameters_are_concerned() -> None:
    f = lambda w, x: np.sum(w * np.abs(x)) + np.linalg.norm(w)
    assert suspects(f, W, W) == ["np.linalg.norm"]
    assert suspects(lambda w: np.sum(np.where(np.sign(w) > 0, w, w**2)), W) == []
    assert suspects(lambda w: [][0], W) == []


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e5])
@pytest.mark.parametrize("trap", ["conjugate", "sign", "vdot", "real of a part", "abs of a part"])
def test_the_check_sees_traps_at_every_size(trap: str, size: float) -> None:
    for seed in range(5):
        w = size * np.random.default_rng(seed).normal(size=3)
        with pytest.raises(MissingRuleError):
            check(TRAPS[trap][0], w)
