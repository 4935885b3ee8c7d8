"""Every row of the rule table against the complex step, against its other mode, and in float32."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from difflab.autodiff import RULES, grad, jvp, value_and_grad, vjp
from difflab.autodiff.rules import bessel
from difflab.trace import evaluate, trace
from tests.autodiff.cases import CASES, Case
from tests.autodiff import oracle
from tests.autodiff.oracle import STEP, distance, reference_gradient

PRECISION = 1e-13
"""Largest error of a gradient, relative to its largest entry."""

SECOND_PRECISION = 1e-11
"""Of a second derivative: two sweeps of rounding, and some cancellation between their terms."""

def weights(shape: tuple[int, ...]) -> np.ndarray:
    return np.cos(1 + np.arange(int(np.prod(shape)))).reshape(shape)


def scalar(case: Case) -> Any:
    """The case as a scalar function: its output weighted by fixed numbers and summed."""

    def f(arrays: Any) -> Any:
        out = case.call(*arrays)
        return np.sum(out * weights(out.shape))

    return f


ANALYTIC = oracle.ANALYTIC | {bessel.i1: oracle.i1}


def analytic_call(function: Any, operands: Any, options: Any) -> Any:
    """Run one entry of a tape on complex arrays."""
    if function in ANALYTIC:
        return ANALYTIC[function](*operands, **options)
    return evaluate(function, operands, options)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradient_agrees_with_the_complex_step_to_1e_13(case: Case) -> None:
    f = scalar(case)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)  # NumPy's own, on np.cross
        reference = reference_gradient(f, case.arrays, case.analytic)
    assert distance(grad(f)(list(case.arrays)), reference) <= PRECISION


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


@pytest.mark.parametrize("case", [c for c in CASES if c.rule not in RULES or RULES[c.rule].order > 1], ids=str)
def test_second_derivative_comes_from_the_same_row(case: Case) -> None:
    """The gradient, recorded and run again by the complex step, against the gradient's gradient.

    The gradient itself is right by the test above; so this one compares with an exact derivative of
    something right. The Hessian's symmetry is asserted beside it, and holds without that reasoning.
    """
    f = scalar(case)
    rng = np.random.default_rng(5)
    arrays = list(case.arrays)
    u = [rng.normal(size=np.shape(a)) for a in arrays]
    v = [rng.normal(size=np.shape(a)) for a in arrays]

    def along(direction: Any) -> Any:
        return lambda nest: sum(np.sum(g * d) for g, d in zip(grad(f)(nest), direction))

    hv, hu = grad(along(v))(arrays), grad(along(u))(arrays)
    left = sum(float(np.sum(a * b)) for a, b in zip(hv, u))
    right = sum(float(np.sum(a * b)) for a, b in zip(hu, v))
    size = max(sum(float(np.sum(np.abs(a * b))) for a, b in zip(hv, u)), 1e-3)
    assert abs(left - right) <= SECOND_PRECISION * size
    if case.analytic:
        program = trace(along(v), arrays)
        moved = [a + 1j * STEP * d for a, d in zip(arrays, u)]
        reference = np.imag(program.run(moved, call=analytic_call)) / STEP
        assert abs(left - reference) <= SECOND_PRECISION * size


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


COMPLETED = {
    np.argpartition: lambda x: np.argpartition(x, 1),
    np.lexsort: lambda x: np.lexsort((x,)),
    np.searchsorted: lambda x: np.searchsorted([0.0, 0.4], x),
    np.digitize: lambda x: np.digitize(x, [0.0, 0.4]),
    np.isin: lambda x: np.isin(x, [0.5]),
}


@pytest.mark.parametrize(
    "function", [f for f, r in RULES.items() if r.kind == "constant"], ids=lambda f: f.__name__
)
def test_piecewise_constant_functions_stop_the_derivative(function: Any) -> None:
    if function.__name__ in ("bitwise_and", "bitwise_or", "bitwise_xor", "invert"):
        call = lambda x: np.sum(x * function(*[x > 0.3] * (1 if function is np.invert else 2)))
    elif getattr(function, "nin", 1) == 2:
        call = lambda x: np.sum(x * function(x, 0.3))
    else:
        call = lambda x: np.sum(x * COMPLETED.get(function, function)(x))
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
