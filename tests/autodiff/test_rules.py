"""Every row of the rule table against the complex step, against its other mode, and in float32."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np
import pytest

from difflab.autodiff import RULES, grad, jvp, value_and_grad, vjp
from difflab.autodiff.rules import PULLBACKS, bessel
from difflab.autodiff.rules.poles import reciprocal
from difflab.autodiff.rules.rule import nan_passes
from difflab.trace import COMPOSITES, evaluate, trace
from tests.autodiff import analytic
from tests.autodiff.cases import CASES, Case
from tests.autodiff.number_cases import ELEMENTWISE_CASES, REDUCTION_CASES
from tests.autodiff.oracle import STEP, distance, reference_gradient
from tests.autodiff.shape_cases import COMPOSITIONS, ROWS

PRECISION = 1e-13
"""Largest error of a gradient, relative to its largest entry."""

SECOND_PRECISION = 1e-13
"""Of a second derivative along two directions, relative to the sizes of its terms."""


def weights(shape: tuple[int, ...]) -> np.ndarray:
    return np.cos(1 + np.arange(int(np.prod(shape)))).reshape(shape)


def scalar(case: Case) -> Any:
    """The case as a scalar function: its output weighted by fixed numbers and summed."""

    def f(arrays: Any) -> Any:
        out = case.call(*arrays)
        return np.sum(out * weights(out.shape))

    return f


_MORE = ELEMENTWISE_CASES + REDUCTION_CASES + COMPOSITIONS + ROWS
EVERY = [*CASES, *(case for case in _MORE if not any(case is known for known in CASES))]
"""Also the calls that the other engines need not meet."""

ANALYTIC = analytic.ANALYTIC | {bessel.bessel_i: analytic.bessel_i}


def analytic_call(function: Any, operands: Any, options: Any) -> Any:
    """Run one entry of a tape on complex arrays."""
    if function in ANALYTIC:
        return ANALYTIC[function](*operands, **options)
    return evaluate(function, operands, options)


@pytest.mark.parametrize("case", EVERY, ids=str)
def test_gradient_agrees_with_the_complex_step_to_1e_13(case: Case) -> None:
    f = scalar(case)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)  # NumPy's own, on np.cross
        reference = reference_gradient(f, case.arrays, case.analytic)
    assert distance(grad(f)(list(case.arrays)), reference) <= PRECISION


@pytest.mark.parametrize("case", EVERY, ids=str)
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


@pytest.mark.parametrize(
    "case", [c for c in EVERY if c.rule not in RULES or RULES[c.rule].order > 1], ids=str
)
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


@pytest.mark.parametrize("case", EVERY, ids=str)
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


@pytest.mark.parametrize("case", EVERY, ids=str)
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
    covered = {case.rule for case in EVERY}
    missing = [
        f.__name__ for f, rule in RULES.items() if rule.kind != "constant" and f not in covered
    ]
    assert missing == []


def composites_called(calls: Any) -> set[Any]:
    """The compositions that a recording goes through, when these calls are recorded."""
    called: set[Any] = set()

    def spied(function: Any, composition: Any) -> Any:
        def spy(*args: Any, **options: Any) -> Any:
            called.add(function)
            return composition(*args, **options)

        return spy

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for function, composition in COMPOSITES.items():
            patch.setitem(COMPOSITES, function, spied(function, composition))
        for call, arrays in calls:
            trace(call, arrays)
    return called


CONSTANT_BY_COMPOSITION = {
    "shape", "ndim", "size", "zeros_like", "ones_like", "empty_like", "full_like", "iscomplexobj",
    "isrealobj", "result_type", "common_type", "einsum_path", "tril_indices_from",
    "triu_indices_from", "diag_indices_from",
}  # fmt: skip
"""Compositions that answer about the form of an array; tests/autodiff/test_shapes.py has them."""


def test_every_composition_has_a_case() -> None:
    called = composites_called([(scalar(case), list(case.arrays)) for case in EVERY])
    missing = {f.__name__ for f in COMPOSITES if f not in called} - CONSTANT_BY_COMPOSITION
    assert missing == set()


COMPLETED = {
    np.argpartition: lambda x: np.argpartition(x, 1),
    np.lexsort: lambda x: np.lexsort((x,)),
    np.searchsorted: lambda x: np.searchsorted([0.0, 0.4], x),
    np.digitize: lambda x: np.digitize(x, [0.0, 0.4]),
    np.isin: lambda x: np.isin(x, [0.5]),
    nan_passes: lambda x: nan_passes(np.where(x > 0, 1.0, 2.0), x, x),
    np.invert: lambda x: np.invert(x > 0.3),
    **{
        f: lambda x, f=f: f(x > 0.3, x > 0) for f in (np.bitwise_and, np.bitwise_or, np.bitwise_xor)
    },
    **{f: lambda x, f=f: f(np.argsort(x) + 1, 2) for f in (np.left_shift, np.right_shift)},
    **{f: lambda x, f=f: f(np.argsort(x) + 1, 6) for f in (np.gcd, np.lcm)},
    np.bitwise_count: lambda x: np.bitwise_count(np.argsort(x)),
}
"""Calls of functions that do not take one float array, or an array and a number."""


@pytest.mark.parametrize(
    "function", [f for f, r in RULES.items() if r.kind == "constant"], ids=lambda f: f.__name__
)
def test_piecewise_constant_functions_stop_the_derivative(function: Any) -> None:
    if function in COMPLETED:
        call = COMPLETED[function]
    elif getattr(function, "nin", 1) == 2:
        call = lambda x: function(x, 0.3)
    else:
        call = function
    x = np.array([0.25, 0.5, -0.7])
    value, gradient = value_and_grad(lambda x: np.sum(x * call(x)))(x)
    assert float(np.sum(gradient * x)) == pytest.approx(float(value))  # homogeneous: Euler


# Planted mutants: rows that are wrong in the ninth digit


WRONG = 1 + 1e-9


def distorted(vjp: Any, seen: list[bool]) -> Any:
    """A VJP that is wrong in the ninth digit; notes whether that makes any difference."""

    def change(part: Any) -> Any:
        if part is None:
            return None
        seen.append(bool(np.any(np.isfinite(part) & (part != 0))))
        return part * np.asarray(WRONG, part.dtype)

    def mutant(*args: Any, **options: Any) -> Any:
        parts = vjp(*args, **options)
        return (
            type(parts)(map(change, parts)) if isinstance(parts, (list, tuple)) else change(parts)
        )

    return mutant


MUTANTS = [
    (function, slot)
    for function, rule in RULES.items()
    for slot in range(len(rule.vjps))
    if rule.kind != "constant"
]


@pytest.mark.parametrize(
    ("function", "slot"), MUTANTS, ids=[f"{f.__name__}-{slot}" for f, slot in MUTANTS]
)
def test_a_row_that_is_wrong_in_the_ninth_digit_is_caught(
    function: Any, slot: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, seen = RULES[function], []
    vjps = list(rule.vjps)
    vjps[slot] = distorted(vjps[slot], seen)
    monkeypatch.setitem(RULES, function, dataclasses.replace(rule, vjps=tuple(vjps)))
    if function in PULLBACKS:
        monkeypatch.setitem(PULLBACKS, function, tuple(vjps))
    cases = [case for case in EVERY if case.rule is function]
    for case in cases:
        f = scalar(case)
        error = distance(
            grad(f)(list(case.arrays)), reference_gradient(f, case.arrays, case.analytic)
        )
        if error > PRECISION:
            return
    assert not any(seen), "no case noticed"


def test_a_wrong_second_derivative_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slope of the slope: a reciprocal that is right, with a row that is not."""
    rule = RULES[reciprocal]
    wrong = (lambda g, y, x: WRONG * -g * y * y,)
    monkeypatch.setitem(RULES, reciprocal, dataclasses.replace(rule, vjps=wrong))
    monkeypatch.setitem(PULLBACKS, reciprocal, wrong)
    case = next(case for case in CASES if case.rule is np.log)
    test_gradient_agrees_with_the_complex_step_to_1e_13(case)
    with pytest.raises(AssertionError):
        test_second_derivative_comes_from_the_same_row(case)
