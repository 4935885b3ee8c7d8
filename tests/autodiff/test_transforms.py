"""Structure, nesting, values at corners and types: the checklist of a tape that can be trusted."""

from __future__ import annotations

import gc
import math
import time
from typing import Any

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab as dl
from difflab.autodiff import grad, hvp, jvp, value_and_grad, vjp
from difflab.errors import (
    MissingRuleError,
    NonScalarLossError,
    ParameterTypeError,
    ShapeError,
    TracingError,
)
from difflab.trace import current_level

SIMPLEST = [(np.array([[0.8]]), np.array([-0.2])), (np.array([[-1.1]]), np.array([0.3]))]


def simplest_loss(params: Any, x: Any, y: Any) -> Any:
    (w1, b1), (w2, b2) = params
    return np.mean((y - dl.sigmoid(dl.sigmoid(x @ w1 + b1) @ w2 + b2)) ** 2)


def test_the_lecture_fixture_comes_out_to_fifteen_digits() -> None:
    value, gradient = value_and_grad(simplest_loss)(SIMPLEST, np.array([[0.5]]), np.array([[1.0]]))
    assert value == pytest.approx(0.33133809095635464, rel=1e-15)
    (w1, b1), (w2, b2) = gradient
    assert w1[0, 0] == pytest.approx(0.03828454614565866, rel=1e-14)
    assert b1[0] == pytest.approx(0.07656909229131735, rel=1e-14)
    assert w2[0, 0] == pytest.approx(-0.1546279934597754, rel=1e-14)
    assert b2[0] == pytest.approx(-0.2812266869920346, rel=1e-14)


# Structure


def test_a_variable_used_twice_collects_both_contributions() -> None:
    assert grad(lambda x: x * x + x)(3.0) == 7.0


def test_a_diamond_multiplies_its_paths() -> None:
    def f(a: Any) -> Any:
        b = a + a
        return b + b

    assert grad(f)(1.0) == 4.0


def test_the_output_may_be_the_input() -> None:
    assert grad(lambda x: x)(2.0) == 1.0


def test_a_constant_output_has_zero_gradient() -> None:
    value, gradient = value_and_grad(lambda p: 5.0)([np.ones(3)])
    assert value == 5.0
    np.testing.assert_array_equal(gradient[0], np.zeros(3))


def test_an_unused_parameter_gets_zeros_of_its_shape_and_dtype() -> None:
    gradient = grad(lambda p: np.sum(p["a"]))({"a": np.ones(2), "b": np.ones((2, 1), np.float32)})
    assert gradient["b"].shape == (2, 1)
    assert gradient["b"].dtype == np.float32
    assert not gradient["b"].any()


def test_calling_twice_gives_the_same_bits() -> None:
    f = grad(simplest_loss)
    args = (SIMPLEST, np.array([[0.5]]), np.array([[1.0]]))
    assert repr(f(*args)) == repr(f(*args))


def test_a_long_chain_needs_no_recursion() -> None:
    def f(x: Any) -> Any:
        for _ in range(100_000):
            x = x * 1.00001
        return x

    start = time.process_time()
    value, gradient = value_and_grad(f)(1.0)
    assert gradient == pytest.approx(float(value))
    assert time.process_time() - start < 60  # a hang, not a speed, would be the fault


def test_a_gradient_leaves_nothing_for_the_garbage_collector() -> None:
    f = grad(simplest_loss)
    f(SIMPLEST, np.array([[0.5]]), np.array([[1.0]]))
    gc.collect()
    gc.disable()
    try:
        f(SIMPLEST, np.array([[0.5]]), np.array([[1.0]]))
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_an_exception_inside_the_function_leaves_the_level_as_it_was() -> None:
    def f(x: Any) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        grad(f)(1.0)
    assert current_level() == -1


def test_an_array_that_escapes_its_recording_is_refused() -> None:
    kept = []

    def f(x: Any) -> Any:
        kept.append(x)
        return x * x

    grad(f)(1.0)
    with pytest.raises(TracingError, match="recording had ended"):
        kept[0] + 1.0


# Nesting: the perturbation-confusion trio, and orders above two


def test_nested_derivatives_do_not_confuse_their_variables() -> None:
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(1.0))(4.0) == 8.0
    assert grad(lambda x: x * grad(lambda y: x)(0.0))(0.0) == 0.0


def test_the_third_derivative_of_sine_is_minus_cosine() -> None:
    assert grad(grad(grad(np.sin)))(0.7) == pytest.approx(-math.cos(0.7), rel=1e-14)


def test_hessian_vector_products_agree_between_modes() -> None:
    args = (np.array([[0.5], [0.1]]), np.array([[1.0], [0.0]]))
    rng = np.random.default_rng(0)
    direction = [tuple(rng.normal(size=leaf.shape) for leaf in layer) for layer in SIMPLEST]
    forward = hvp(simplest_loss, SIMPLEST, direction, *args)

    def slope(params: Any) -> Any:
        inner = grad(simplest_loss)(params, *args)
        return sum(np.sum(g * d) for gs, ds in zip(inner, direction) for g, d in zip(gs, ds))

    reverse = grad(slope)(SIMPLEST)
    for a, b in zip(forward, reverse):
        np.testing.assert_allclose(np.ravel(a[0]), np.ravel(b[0]), rtol=1e-12)
        np.testing.assert_allclose(a[1], b[1], rtol=1e-12)


def test_powers_are_right_at_zero_to_third_order() -> None:
    square = lambda x: x**2
    assert grad(square)(0.0) == 0.0
    assert grad(grad(square))(0.0) == 2.0
    assert grad(grad(grad(square)))(0.0) == 0.0
    assert grad(lambda x: x**0)(0.0) == 0.0
    assert grad(lambda y: 0.0**y)(2.0) == 0.0
    assert grad(lambda x: x**3)(-2.0) == 12.0


# Broadcasting: every pair of shapes, both operands

SHAPES = [(), (1,), (4,), (3, 1), (1, 4), (3, 4), (2, 1, 4)]


@pytest.mark.parametrize("left", SHAPES, ids=str)
@pytest.mark.parametrize("right", SHAPES, ids=str)
def test_broadcast_operands_get_gradients_of_their_own_shape(left: Any, right: Any) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=left), rng.normal(size=right)
    for f in (np.add, np.subtract, np.multiply, np.maximum):
        weight = np.cos(np.arange(np.broadcast(x, y).size)).reshape(np.broadcast(x, y).shape)
        gx, gy = grad(lambda p, f=f, weight=weight: np.sum(f(*p) * weight))([x, y])
        assert gx.shape == left
        assert gy.shape == right
        h = 2.0**-20
        step = np.sum(f(x + h, y) * weight) - np.sum(f(x - h, y) * weight)
        assert np.sum(gx) == pytest.approx(step / (2 * h), rel=1e-6, abs=1e-6)


def test_empty_arrays_have_empty_gradients() -> None:
    assert grad(lambda x: np.sum(x * x))(np.zeros((0, 3))).shape == (0, 3)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    x=st.lists(st.floats(-3, 3), min_size=1, max_size=5),
    a=st.floats(-5, 5),
    b=st.floats(-5, 5),
)
def test_the_gradient_is_linear_in_the_function(x: list[float], a: float, b: float) -> None:
    array = np.array(x)
    f = lambda v: np.sum(np.sin(v) * v)
    g = lambda v: np.sum(np.tanh(v) ** 2)
    together = grad(lambda v: a * f(v) + b * g(v))(array)
    np.testing.assert_allclose(together, a * grad(f)(array) + b * grad(g)(array), atol=1e-12)


def test_random_programs_satisfy_the_dot_product_identity() -> None:
    unary = [np.sin, np.tanh, dl.sigmoid, dl.softplus, np.square, np.cos]
    for seed in range(30):
        rng = np.random.default_rng(seed)
        picks = rng.integers(0, len(unary), size=6)
        w = rng.normal(size=(4, 4))

        def program(x: Any, picks: Any = picks, w: Any = w) -> Any:
            y = x
            for k in picks:
                y = unary[k](y @ w) + 0.5 * x[::-1]
            return y

        x, u, v = rng.normal(size=(3, 3, 4))
        _, pushed = jvp(program, x, u)
        _, pull = vjp(program, x)
        assert np.sum(v * pushed) == pytest.approx(np.sum(pull(v) * u), rel=1e-12, abs=1e-10)


# Values at corners, with every floating-point exception an error


@pytest.mark.parametrize("z", [1000.0, -1000.0, 0.0, 1e4])
def test_stable_functions_stay_finite_at_extreme_arguments(z: float) -> None:
    x = np.array([z, 0.5, -0.5])
    with np.errstate(all="raise"):
        for f in (dl.sigmoid, dl.softplus, dl.relu, dl.logsumexp, dl.log_softmax, dl.softmax):
            value, gradient = value_and_grad(lambda v, f=f: np.sum(f(v)))(x)
            assert np.isfinite(value), f
            assert np.isfinite(gradient).all(), f
        y = np.array([1.0, 0.0, 0.0])
        for f in (dl.binary_cross_entropy, dl.softmax_cross_entropy):
            value, gradient = value_and_grad(lambda v, f=f: np.sum(f(v, y)))(x)
            assert np.isfinite(value)
            assert np.isfinite(gradient).all()


def test_cross_entropy_gradient_is_probability_minus_target() -> None:
    z, y = np.array([1000.0, 0.0, -1000.0]), np.array([0.0, 1.0, 0.0])
    gradient = grad(lambda v: dl.softmax_cross_entropy(v, y))(z)
    np.testing.assert_allclose(gradient, np.array([1.0, 0.0, 0.0]) - y, atol=1e-12)
    np.testing.assert_allclose(
        grad(lambda v: np.sum(dl.binary_cross_entropy(v, y)))(z), [1.0, -0.5, 0.0], atol=1e-12
    )


def test_impossible_classes_cost_nothing_unless_seen() -> None:
    z = np.array([0.0, -np.inf, 1.0])
    with np.errstate(all="raise"):
        value, gradient = value_and_grad(
            lambda v: dl.softmax_cross_entropy(v, np.array([1.0, 0.0, 0.0]))
        )(z)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    assert gradient[1] == 0.0


def test_kinks_follow_the_conventions() -> None:
    with np.errstate(all="raise"):
        from difflab.conventions import KINKS

        for kink in KINKS:
            np.testing.assert_equal(grad(kink.function)(kink.at), kink.derivative, kink.name)
        np.testing.assert_array_equal(grad(np.linalg.norm)(np.zeros(3)), np.zeros(3))
        np.testing.assert_array_equal(grad(np.std)(np.full(3, 2.0)), np.zeros(3))
        np.testing.assert_array_equal(grad(np.max)(np.array([1.0, 1.0, 0.0])), [0.5, 0.5, 0.0])


def test_nan_in_gives_nan_out() -> None:
    x = np.array([np.nan, 1.0])
    for f in (np.maximum, np.minimum):
        assert np.isnan(value_and_grad(lambda v, f=f: np.sum(f(v, 0.0)))(x)[0])
    assert np.isnan(dl.relu(x)[0])
    assert np.isnan(dl.sigmoid(x)[0])


@pytest.mark.parametrize(
    ("f", "slopes"),
    [
        (dl.relu, [np.nan, 1.0, 0.0]),
        (lambda v: np.maximum(v, 0.0), [np.nan, 1.0, 0.0]),
        (lambda v: np.minimum(0.0, v), [np.nan, 0.0, 1.0]),
        (lambda v: np.fmax(v, 0.0), [0.0, 1.0, 0.0]),  # fmax passes over NaN
        (lambda v: np.fmin(v, np.nan), [np.nan, 1.0, 1.0]),
        (lambda v: np.clip(v, -0.5, 2.0), [np.nan, 1.0, 0.0]),
        (lambda v: np.clip(0.5, v, 2.0), [np.nan, 1.0, 0.0]),
        (np.max, [np.nan, 0.0, 0.0]),
        (np.min, [np.nan, 0.0, 0.0]),
        (dl.logsumexp, [np.nan, np.nan, np.nan]),
    ],
)
def test_a_nan_that_decides_the_value_has_slope_nan(f: Any, slopes: list[float]) -> None:
    x = np.array([np.nan, 1.0, -1.0])
    np.testing.assert_array_equal(grad(lambda v: np.sum(f(v)))(x), slopes)
    assert np.isnan(jvp(lambda v: np.sum(f(v)), x, np.ones(3))[1]) == np.isnan(slopes).any()


# Types and traps: one clear error each


def test_python_floats_do_not_widen_float32() -> None:
    gradient = grad(lambda x: np.sum(2.0 * x + 1.0))(np.ones(2, np.float32))
    assert gradient.dtype == np.float32


@pytest.mark.parametrize("leaf", [1, True, np.arange(3), 1j, np.ones(2, complex), "w", None])
def test_parameters_that_are_not_real_floats_are_refused_by_name(leaf: Any) -> None:
    with pytest.raises(ParameterTypeError, match=r"params\['w'\]\[1\]"):
        grad(lambda p: p["w"][0])({"w": [1.0, leaf]})


def test_a_loss_that_is_no_number_is_refused_with_its_shape() -> None:
    with pytest.raises(NonScalarLossError, match=r"shape \(3,\)"):
        grad(lambda x: x * 2)(np.ones(3))
    with pytest.raises(NonScalarLossError, match="tuple"):
        grad(lambda x: (x, x))(1.0)
    with pytest.raises(NonScalarLossError, match="NoneType"):
        grad(lambda x: None)(1.0)
    with pytest.raises(NonScalarLossError):
        grad(lambda x: x > 0)(1.0)


def _assign(x: Any) -> Any:
    out = np.zeros(3)
    out[0] = x[0]
    return np.sum(out)


def _add_in_place_to_plain(x: Any) -> Any:
    total = np.zeros(3)
    total += x
    return np.sum(total)


def _add_in_place(x: Any) -> Any:
    x += 1.0
    return np.sum(x)


def _set_item(x: Any) -> Any:
    x[0] = 1.0
    return np.sum(x)


TRAPS = {
    "np.array of traced": (lambda x: np.sum(np.array([x[0], x[1]])), "np.stack"),
    "math function": (lambda x: math.exp(x[0]), "np.exp"),
    "float()": (lambda x: float(x[0]), "float"),
    "item()": (lambda x: x[0].item(), "item"),
    "assignment into plain": (_assign, "np.where|float"),
    "in-place on plain": (_add_in_place_to_plain, "a = a \\+ x"),
    "in-place on traced": (_add_in_place, "x = x \\+ y"),
    "assignment into traced": (_set_item, "np.where"),
    "full_like": (lambda x: np.sum(np.full_like(np.ones(3), x[0])), "instead of np.full"),
    "unknown function": (lambda x: np.sum(np.poly(x)), r"np\.poly"),
    "ufunc method": (lambda x: np.sum(np.add.reduceat(x, [0, 1])), r"np\.add\.reduceat"),
    "ufunc where": (lambda x: np.sum(np.exp(x, where=np.ones(3, bool))), "np.where"),
    "out option": (lambda x: np.sum(np.exp(x, out=np.ones(3))), "out="),
    "ufunc dtype": (lambda x: np.sum(np.exp(x, dtype=float)), "astype"),
    "unknown option": (lambda x: np.sum(np.sort(x, stable=True)), "leave stable= out"),
    "one-argument where": (lambda x: np.sum(x[np.where(x > 0)]), "mask"),
    "memory order": (lambda x: np.sum(np.ravel(x, order="K")), "order='C'"),
    "round()": (lambda x: round(x[0]) * x[1], "np.rint"),
    "SciPy": (lambda x: scipy.special.logsumexp(x), "difflab.logsumexp"),
}


@pytest.mark.parametrize("trap", TRAPS, ids=str)
def test_what_would_lose_the_derivative_is_an_error_that_says_what_to_write(trap: str) -> None:
    f, hint = TRAPS[trap]
    with pytest.raises(TracingError, match=hint):
        grad(f)(np.ones(3))


def test_scalars_may_be_updated_in_place_because_numpy_makes_new_ones() -> None:
    def f(x: Any) -> Any:
        total = np.sum(x)
        total += np.sum(x * x)
        return total

    np.testing.assert_array_equal(grad(f)(np.ones(2)), [3.0, 3.0])


def test_a_recorded_function_without_a_rule_is_named() -> None:
    with pytest.raises(MissingRuleError, match=r"np\.spacing"):
        grad(lambda x: np.spacing(x))(1.0)


def test_tangents_and_cotangents_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match="tangent"):
        jvp(lambda p: np.sum(p[0]), [np.ones(2)], [np.ones(3)])
    with pytest.raises(ShapeError, match="nested"):
        jvp(lambda p: np.sum(p[0]), [np.ones(2)], (np.ones(2),))
    _, pull = vjp(np.exp, np.ones(2))
    with pytest.raises(ShapeError, match="cotangent"):
        pull(np.ones(3))


@pytest.mark.parametrize(
    "direction",
    [np.ones(3) * 1j, np.array(["a", "b", "c"]), np.ma.masked_array(np.ones(3), [1, 0, 0])],
)
def test_directions_that_are_not_real_numbers_are_refused(direction: Any) -> None:
    with pytest.raises(ParameterTypeError, match="tangent of params is"):
        jvp(np.sin, np.ones(3), direction)
    with pytest.raises(ParameterTypeError, match="cotangent of value is"):
        vjp(np.sin, np.ones(3))[1](direction)


def test_none_is_no_direction_along_a_number() -> None:
    """NumPy reads None as NaN."""
    with pytest.raises(ParameterTypeError, match="is NoneType"):
        jvp(np.sin, 1.0, None)


@pytest.mark.parametrize(
    "special", [np.ma.masked_array([1.0, 2.0], [1, 0]), np.ones((1, 1)).view(np.matrix)]
)
def test_parameters_with_operators_of_their_own_are_refused(special: Any) -> None:
    with pytest.raises(ParameterTypeError, match=rf"params\[0\] is a {type(special).__name__}"):
        grad(lambda p: np.sum(p[0] * p[0]))([special])


def test_python_branches_are_followed_at_every_call() -> None:
    f = grad(lambda x: x * x if x > 0 else -3.0 * x)
    assert f(2.0) == 4.0
    assert f(-2.0) == -3.0


def test_ufunc_reduce_counts_as_the_array_function() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(
        grad(lambda v: np.sum(np.add.reduce(v) ** 2))(x), np.array([[8.0, 12.0], [8.0, 12.0]])
    )


@pytest.mark.parametrize("f", [np.sum, np.mean, np.prod, np.var, np.std, np.cumsum])
def test_a_reduction_in_another_dtype_has_the_same_gradient_in_the_old_one(f: Any) -> None:
    x = np.array([0.5, 0.25, 2.0], np.float32)
    gradient = grad(lambda v: np.sum(f(v, dtype=np.float64)))(x)
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, grad(lambda v: np.sum(f(v)))(x), rtol=1e-6)


def test_metadata_and_iteration_work_as_on_arrays() -> None:
    def f(x: Any) -> Any:
        assert np.shape(x) == x.shape == (2, 3)
        assert (np.ndim(x), np.size(x), len(x), x.size) == (2, 6, 2, 6)
        assert not np.zeros_like(x).any()
        first, second = x
        return np.sum(first * second * np.ones_like(first))

    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(grad(f)(x), x[::-1])


def test_a_hessian_vector_product_keeps_scalars_and_dtypes() -> None:
    assert hvp(np.sin, 1.0, 1.0) == pytest.approx(-np.sin(1.0))
    assert np.ndim(hvp(np.sin, 1.0, 1.0)) == 0
    assert not isinstance(hvp(np.sin, 1.0, 1.0), np.ndarray)
    ones = np.ones(2, np.float32)
    assert hvp(lambda w: np.sum(w), ones, ones).dtype == np.float32
    assert hvp(lambda w: np.sum(w**3), ones, ones).dtype == np.float32


@pytest.mark.parametrize("f", [np.sum, np.mean, np.max, lambda x: np.sum(np.reshape(x, (1, 1)))])
def test_the_gradient_of_a_number_is_a_number(f: Any) -> None:
    assert type(grad(f)(np.float64(2.0))) is np.float64
    assert type(grad(f)(np.array(2.0))) is np.ndarray
