"""Every row of the rule table against the complex step, against its other mode, and in float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.autodiff import RULES, grad, jvp, value_and_grad, vjp
from tests.autodiff.cases import CASES, Case

NOT_ANALYTIC = {
    "absolute",
    "fabs",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "remainder",
    "clip",
    "max",
    "min",
    "sort",
    "norm",
    "var",
    "std",
    "arctan2",
    "hypot",
    "logaddexp",
    "cbrt",
    "deg2rad",
    "rad2deg",
    "power",
    "float_power",
    "where",
    "sinc",
    "astype",
}


def weights(shape: tuple[int, ...]) -> np.ndarray:
    return np.cos(1 + np.arange(int(np.prod(shape)))).reshape(shape)


def scalar(case: Case) -> Any:
    """The case as a scalar function: its output weighted by fixed numbers and summed."""

    def f(arrays: Any) -> Any:
        out = case.call(*arrays)
        return np.sum(out * weights(out.shape))

    return f


def directional_derivative(f: Any, arrays: Any, directions: Any) -> float:
    """By a sixth-order central stencil: independent of every rule, good to about 1e-12."""
    h = 2.0**-7
    total = 0.0
    for offset, weight in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60)):
        plus = f([a + offset * h * d for a, d in zip(arrays, directions)])
        minus = f([a - offset * h * d for a, d in zip(arrays, directions)])
        total += weight * (plus - minus) / h
    return float(total)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradient_agrees_with_complex_step_or_sixth_order_differences(case: Case) -> None:
    f = scalar(case)
    gradient = grad(f)(list(case.arrays))
    rng = np.random.default_rng(3)
    directions = [rng.normal(size=np.shape(a)) for a in case.arrays]
    ours = sum(float(np.sum(g * d)) for g, d in zip(gradient, directions))
    size = sum(float(np.sum(np.abs(g * d))) for g, d in zip(gradient, directions)) + 1e-3
    if case.rule.__name__ in NOT_ANALYTIC:
        small = [d * 1e-2 for d in directions]  # stay on one side of every kink
        reference = 1e2 * directional_derivative(f, case.arrays, small)
        tolerance = 2e-9
    else:
        h = 1e-30
        moved = [a + 1j * h * d for a, d in zip(case.arrays, directions)]
        reference = f(moved).imag / h
        tolerance = 1e-13
    assert abs(ours - reference) <= tolerance * size


@pytest.mark.parametrize("case", CASES, ids=str)
def test_pullback_and_pushforward_are_transposes(case: Case) -> None:
    rng = np.random.default_rng(4)
    call = lambda arrays: case.call(*arrays)
    tangents = [rng.normal(size=np.shape(a)) for a in case.arrays]
    value, pushed = jvp(call, list(case.arrays), tangents)
    cotangent = rng.normal(size=np.shape(value))
    _, pull = vjp(call, list(case.arrays))
    pulled = pull(cotangent)
    left = float(np.sum(cotangent * pushed))
    right = sum(float(np.sum(p * t)) for p, t in zip(pulled, tangents))
    assert left == pytest.approx(right, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_second_derivative_comes_from_the_same_row(case: Case) -> None:
    f = scalar(case)
    rng = np.random.default_rng(5)
    arrays = list(case.arrays)
    u = [rng.normal(size=np.shape(a)) for a in arrays]
    v = [rng.normal(size=np.shape(a)) for a in arrays]

    def along(direction: Any) -> Any:
        def g(nest: Any) -> Any:
            return sum(np.sum(a * d) for a, d in zip(grad(f)(nest), direction))

        return g

    hv = grad(along(v))(arrays)
    hu = grad(along(u))(arrays)
    left = sum(float(np.sum(a * b)) for a, b in zip(hv, u))
    right = sum(float(np.sum(a * b)) for a, b in zip(hu, v))
    assert left == pytest.approx(right, rel=1e-9, abs=1e-9)  # the Hessian is symmetric
    small = [1e-2 * d for d in u]
    reference = 1e2 * directional_derivative(along(v), arrays, small)
    scale = sum(float(np.sum(np.abs(a * b))) for a, b in zip(hv, u)) + 1e-2
    assert abs(left - reference) <= 1e-7 * scale


@pytest.mark.parametrize("case", CASES, ids=str)
def test_float32_in_gives_float32_gradients_of_the_right_shape(case: Case) -> None:
    arrays = [np.asarray(a, dtype=np.float32) for a in case.arrays]

    def f(nest: Any) -> Any:
        out = case.call(*nest)
        return np.sum(out * weights(out.shape).astype(np.float32))

    gradient = grad(f)(arrays)
    wide = grad(scalar(case))(list(case.arrays))
    for g, a, w in zip(gradient, arrays, wide):
        assert g.dtype == np.float32
        assert g.shape == a.shape
        np.testing.assert_allclose(g, w, rtol=2e-4, atol=2e-4 * (1 + np.max(np.abs(w))))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_inputs_stay_untouched_and_gradients_share_no_memory(case: Case) -> None:
    arrays = [np.array(a) for a in case.arrays]
    before = [a.copy() for a in arrays]
    gradient = grad(scalar(case))(arrays)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before))
    blocks = [*gradient, *arrays]
    for i, a in enumerate(blocks):
        for b in blocks[i + 1 :]:
            assert not np.shares_memory(a, b)


def test_every_row_has_a_case() -> None:
    covered = {case.rule for case in CASES}
    missing = [
        f.__name__ for f, rule in RULES.items() if rule.kind != "constant" and f not in covered
    ]
    assert missing == []


@pytest.mark.parametrize(
    "function", [f for f, r in RULES.items() if r.kind == "constant"], ids=lambda f: f.__name__
)
def test_piecewise_constant_functions_stop_the_derivative(function: Any) -> None:
    if function.__name__ in ("bitwise_and", "bitwise_or", "bitwise_xor", "invert"):
        call = lambda x: np.sum(x * function(*[x > 0.3] * (1 if function is np.invert else 2)))
    elif getattr(function, "nin", 1) == 2:
        call = lambda x: np.sum(x * function(x, 0.3))
    else:
        call = lambda x: np.sum(x * function(x))
    x = np.array([0.25, 0.5, -0.7])
    value, gradient = value_and_grad(call)(x)
    assert float(np.sum(gradient * x)) == pytest.approx(float(value))  # homogeneous: Euler


def test_a_wrong_row_is_caught() -> None:
    """Planted mutant: the comparison above rejects a tanh whose partial is 1 - y."""
    x = np.array([0.3, -0.8])
    wrong = (1 - np.tanh(x)) * weights((2,))
    right = grad(lambda a: np.sum(np.tanh(a) * weights((2,))))(x)
    h = 1e-30
    reference = [np.sum(np.tanh(x + 1j * h * e) * weights((2,))).imag / h for e in np.eye(2)]
    np.testing.assert_allclose(right, reference, rtol=1e-13)
    assert not np.allclose(wrong, reference, rtol=1e-2)
