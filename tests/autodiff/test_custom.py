"""Derivatives of the user's own, and derivatives that stop."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab.autodiff import custom_derivative, grad, hessian, hvp, jacobian, jvp, vjp
from difflab.errors import MissingRuleError, ShapeError, TracingError, UsageError
from difflab.trace import trace

X = np.array([0.3, 1.2])


def by_vjp() -> Any:
    return custom_derivative(np.sin, vjp=lambda g, y, x: g * np.cos(x))


def by_jvp() -> Any:
    return custom_derivative(np.sin, jvp=lambda t, y, x: t * np.cos(x))


def by_both() -> Any:
    f = custom_derivative(np.sin)
    f.defvjp(lambda g, y, x: g * np.cos(x))
    f.defjvp(lambda t, y, x: t * np.cos(x))
    return f


@pytest.mark.parametrize("make", [by_vjp, by_jvp, by_both])
def test_one_rule_serves_both_modes_and_all_orders(make: Any) -> None:
    f = make()
    np.testing.assert_allclose(grad(lambda x: np.sum(f(x)))(X), np.cos(X), rtol=1e-15)
    np.testing.assert_allclose(jvp(f, X, np.ones(2))[1], np.cos(X), rtol=1e-15)
    np.testing.assert_allclose(jacobian(f, "forward")(X), np.diag(np.cos(X)), rtol=1e-15)
    np.testing.assert_allclose(hvp(lambda x: np.sum(f(x)), X, np.ones(2)), -np.sin(X), rtol=1e-14)
    np.testing.assert_allclose(hessian(lambda x: np.sum(f(x)))(X), np.diag(-np.sin(X)), rtol=1e-14)
    assert grad(grad(grad(f)))(0.7) == pytest.approx(-math.cos(0.7), rel=1e-14)


def test_the_rule_is_used_and_not_the_code() -> None:
    wrong = custom_derivative(np.sin, vjp=lambda g, y, x: 7.0 * g)
    assert grad(wrong)(0.0) == 7.0
    assert jvp(wrong, 0.0, 1.0)[1] == 7.0


def test_what_happens_inside_need_not_be_traceable() -> None:
    @custom_derivative
    def exponential(x: Any) -> Any:
        return np.array([math.exp(v) for v in x])

    @exponential.defvjp
    def _(g: Any, y: Any, x: Any) -> Any:
        return g * exponential(x)

    np.testing.assert_allclose(grad(lambda x: np.sum(exponential(x)))(X), np.exp(X))
    np.testing.assert_allclose(hvp(lambda x: np.sum(exponential(x)), X, X), X * np.exp(X))


def test_a_fixed_point_by_the_implicit_function_theorem() -> None:
    """z = cos(a z): dz/da = -sin(a z) z / (1 + a sin(a z)), whatever the iteration did."""

    @custom_derivative
    def fixed_point(a: Any) -> Any:
        z = 0.5
        for _ in range(200):
            z = 0.5 * z + 0.5 * np.cos(a * z)
        return z

    @fixed_point.defvjp
    def _(g: Any, z: Any, a: Any) -> Any:
        slope = np.sin(a * z)
        return -g * slope * z / (1 + a * slope)

    a, h = 0.8, 1e-4
    second = (grad(fixed_point)(a + h) - grad(fixed_point)(a - h)) / (2 * h)
    assert grad(fixed_point)(a) == pytest.approx(
        (fixed_point(a + h) - fixed_point(a - h)) / (2 * h)
    )
    assert grad(grad(fixed_point))(a) == pytest.approx(second, rel=1e-6)


def scaled() -> Any:
    """Several arguments, a nest among them, an option, several results."""

    def f(pair: Any, k: int, c: Any, *, twice: bool = False) -> Any:
        a, b = pair["a"], pair["b"]
        return a * b * k * c * (2 if twice else 1), a + c

    def rule(g: Any, value: Any, pair: Any, k: int, c: Any, *, twice: bool = False) -> Any:
        product, total = g
        s = k * (2 if twice else 1)
        a, b = pair["a"], pair["b"]
        pulled = {"a": product * b * c * s + total, "b": product * a * c * s}
        return pulled, None, product * a * b * s + total

    return f, custom_derivative(f, vjp=rule)


def test_nests_options_and_several_results() -> None:
    plain, custom = scaled()
    arguments = ({"a": X, "b": 2.0 * X}, 3, np.array([1.5, -1.0]))
    weigh = lambda f: lambda p, k, c: np.sum(f(p, k, c, twice=True)[0] ** 2 + f(p, k, c)[1])
    mine = grad(weigh(custom), (0, 2))(*arguments)
    theirs = grad(weigh(plain), (0, 2))(*arguments)
    np.testing.assert_allclose(mine[0]["a"], theirs[0]["a"], rtol=1e-13)
    np.testing.assert_allclose(mine[0]["b"], theirs[0]["b"], rtol=1e-13)
    np.testing.assert_allclose(mine[1], theirs[1], rtol=1e-13)
    tangents = ({"a": np.ones(2), "b": X}, np.ones(2))
    slope = [
        jvp(weigh(f), arguments[0], tangents, *arguments[1:], argnums=(0, 2))
        for f in (custom, plain)
    ]
    assert slope[0][1] == pytest.approx(float(slope[1][1]), rel=1e-13)


def test_no_rule_at_all_is_named() -> None:
    bare = custom_derivative(np.sin)
    for differentiate in (lambda: grad(bare)(1.0), lambda: jvp(bare, 1.0, 1.0)):
        with pytest.raises(MissingRuleError, match="sin is differentiated, and has no derivative"):
            differentiate()


def test_a_rule_that_cannot_be_transposed_names_the_missing_mode() -> None:
    plain_only = custom_derivative(np.sin, vjp=lambda g, y, x: math.cos(x) * float(g))
    assert grad(plain_only)(0.5) == pytest.approx(math.cos(0.5))
    with pytest.raises(MissingRuleError, match=r"forward mode, and only defvjp.*[\s\S]*defjvp"):
        jvp(plain_only, 0.5, 1.0)


def test_rules_that_return_what_does_not_fit_are_refused() -> None:
    two = custom_derivative(np.multiply, vjp=lambda g, z, x, y: g * y)
    with pytest.raises(ShapeError, match="took 2 arguments"):
        grad(lambda x: np.sum(two(x, x)))(X)
    short = custom_derivative(np.sin, vjp=lambda g, y, x: g[:1])
    with pytest.raises(ShapeError, match=r"cotangent of shape \(1,\)"):
        grad(lambda x: np.sum(short(x)))(X)
    nested = custom_derivative(np.sin, jvp=lambda t, y, x: (t, t))
    with pytest.raises(ShapeError, match="tangent"):
        jvp(nested, X, X)


def test_cotangents_are_summed_over_axes_that_were_broadcast() -> None:
    scale = custom_derivative(np.multiply, vjp=lambda g, z, x, c: (g * c, g * x))
    rows = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(grad(lambda c: np.sum(scale(rows, c)))(X), rows.sum(axis=0))
    np.testing.assert_array_equal(jvp(lambda c: scale(rows, c), X, np.ones(2))[1], rows)
    wide = custom_derivative(np.sin, jvp=lambda t, y, x: np.stack([t, t]))
    with pytest.raises(ShapeError, match=r"tangent of shape \(2, 2\)"):
        jvp(wide, X, X)


def test_a_closure_over_a_traced_array_and_arrays_by_keyword_are_refused() -> None:
    with pytest.raises(TracingError, match="not among its"):
        grad(lambda w: custom_derivative(lambda x: x * w, vjp=lambda g, y, x: g)(w))(1.0)
    with pytest.raises(UsageError, match="by position"):
        grad(lambda w: by_vjp()(x=w))(1.0)


def test_a_program_runs_custom_functions_on_other_arrays_and_keeps_their_rule() -> None:
    f = custom_derivative(np.sin, vjp=lambda g, y, x: 7.0 * g)
    program = trace(lambda x: np.sum(f(x)), X)
    assert program.run([2.0 * X]) == pytest.approx(np.sum(np.sin(2.0 * X)))
    np.testing.assert_array_equal(grad(lambda x: program.run([x]))(X), [7.0, 7.0])


# stop_gradient


def test_no_derivative_passes_a_stop_in_any_mode() -> None:
    f = lambda x: np.sum(x * dl.stop_gradient(x))
    np.testing.assert_array_equal(grad(f)(X), X)
    assert jvp(f, X, np.ones(2))[1] == pytest.approx(np.sum(X))
    np.testing.assert_array_equal(hvp(f, X, np.ones(2)), np.zeros(2))
    assert grad(dl.stop_gradient)(2.0) == 0.0
    assert vjp(dl.stop_gradient, X)[1](X).tolist() == [0.0, 0.0]


def test_a_stop_takes_nests_and_leaves_values_alone() -> None:
    def f(p: Any) -> Any:
        held = dl.stop_gradient({"w": (p["w"], 3.0)})
        return p["w"] * held["w"][0] * held["w"][1]

    assert grad(f)({"w": 2.0}) == {"w": 6.0}
    assert dl.stop_gradient([1.0, (2.0,)]) == [1.0, (2.0,)]
