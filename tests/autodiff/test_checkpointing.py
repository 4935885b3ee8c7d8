"""Checkpoints: one entry, freed values, the same derivatives."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pytest

from difflab.autodiff import checkpoint, grad, hessian, hvp, jvp, value_and_grad, vjp
from difflab.errors import TracingError
from difflab.trace import recording, trace, traced_input

W = np.array([[0.5, -0.3], [0.2, 0.8]])
X = np.array([1.0, 2.0])


def layer(params: Any, x: Any) -> Any:
    w, b = params["w"], params["b"]
    for _ in range(3):
        x = np.tanh(x @ w + b)
    return {"out": x, "norm": np.sum(x * x)}


PARAMS = {"w": W, "b": np.array([0.1, -0.2])}


def loss(of_layer: Any) -> Any:
    def f(params: Any) -> Any:
        first = of_layer(params, X)
        second = of_layer(params, first["out"])
        return np.sum(second["out"] ** 2) + first["norm"]

    return f


def assert_equal_nests(a: Any, b: Any) -> None:
    for key in b:
        np.testing.assert_allclose(a[key], b[key], rtol=1e-12)


def test_the_gradient_is_that_of_the_function() -> None:
    assert_equal_nests(grad(loss(checkpoint(layer)))(PARAMS), grad(loss(layer))(PARAMS))


def test_forward_mode_and_second_order_are_those_of_the_function() -> None:
    direction = {"w": np.ones((2, 2)), "b": np.array([1.0, -1.0])}
    f, plain = loss(checkpoint(layer)), loss(layer)
    assert jvp(f, PARAMS, direction)[1] == pytest.approx(jvp(plain, PARAMS, direction)[1])
    assert_equal_nests(hvp(f, PARAMS, direction), hvp(plain, PARAMS, direction))
    slope = lambda g: grad(lambda p: sum(np.sum(a * a) for a in grad(g)(p).values()))(PARAMS)
    assert_equal_nests(slope(f), slope(plain))
    mine, theirs = hessian(f)(PARAMS), hessian(plain)(PARAMS)
    np.testing.assert_allclose(mine["w"]["b"], theirs["w"]["b"], rtol=1e-10, atol=1e-14)


def test_checkpoints_nest() -> None:
    inner = checkpoint(lambda x: np.sin(x) * x)
    outer = checkpoint(lambda x: inner(inner(x)))
    plain = lambda x: np.sin(np.sin(x) * x) * (np.sin(x) * x)
    for order in range(3):
        mine, theirs = outer, plain
        for _ in range(order):
            mine, theirs = grad(mine), grad(theirs)
        assert mine(0.7) == pytest.approx(theirs(0.7), rel=1e-12)


def test_the_tape_holds_one_entry_whatever_happens_inside() -> None:
    step = checkpoint(lambda x: np.tanh(np.sin(x) * x + 1.0))
    with recording() as tape:
        step(traced_input(tape, X))
    assert len(tape) == 2
    assert "checkpoint" in tape.entries[1].function.__name__


def test_the_values_inside_are_freed_when_the_function_returns() -> None:
    inside: list[Any] = []

    def f(x: Any) -> Any:
        y = np.exp(x)
        if isinstance(y, np.ndarray):
            inside.append(weakref.ref(y))
        return np.sin(y)

    def freed(x: Any) -> Any:
        y = checkpoint(f)(x)
        assert len(inside) == 1
        assert inside[0]() is None
        return np.sum(y)

    grad(freed)(X)


def test_arguments_may_be_anything_and_closures_may_hold_plain_arrays() -> None:
    scale = np.array([2.0, 3.0])

    def f(x: Any, axis: int, name: str, *, keepdims: bool = False, link: Any = np.sin) -> Any:
        return getattr(np, name)(link(x) * scale, axis=axis, keepdims=keepdims)

    found = grad(lambda x: checkpoint(f)(x, 0, "sum", keepdims=True)[0])(X)
    np.testing.assert_allclose(found, np.cos(X) * scale, rtol=1e-15)


def test_arrays_that_are_not_differentiated_need_not_be_floats() -> None:
    pick = checkpoint(lambda x, rows, mask: np.sum(np.where(mask, x[rows], 0.0)))
    found = grad(lambda x: pick(x, np.array([1, 1, 0]), np.array([True, True, False])))(X)
    np.testing.assert_array_equal(found, [0.0, 2.0])


def test_a_closure_over_a_traced_array_is_refused_by_name() -> None:
    def f(w: Any) -> Any:
        return np.sum(checkpoint(lambda x: x * w)(w * 1.0))

    with pytest.raises(TracingError, match=r"checkpoint.*not among its"):
        grad(f)(X)

    def inner_through_outer(w: Any) -> Any:
        return grad(lambda x: checkpoint(lambda v: v * x)(w))(1.0)

    with pytest.raises(TracingError, match="not among its"):
        grad(inner_through_outer)(2.0)


def test_a_closure_over_an_array_of_an_outer_derivative_is_right() -> None:
    f = lambda w: grad(lambda x: checkpoint(lambda v: v**2 * w)(x))(3.0)
    assert grad(f)(5.0) == 6.0


def test_a_function_that_changes_between_its_runs_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(TracingError, match="something else when it was run again"):
        grad(checkpoint(lambda x: x * rng.normal()))(1.0)


def test_nothing_is_recorded_where_nothing_is_traced() -> None:
    assert checkpoint(lambda x, y: x + y)(1, 2) == 3


def test_a_program_with_checkpoints_runs_on_other_arrays_and_differentiates() -> None:
    f = lambda x, w: np.sum(checkpoint(layer)({"w": w, "b": x}, x)["out"])
    program = trace(f, X, W)
    assert program.run([X + 1.0, 2.0 * W]) == f(X + 1.0, 2.0 * W)
    replayed = grad(lambda x: program.run([x, W]))(X + 1.0)
    np.testing.assert_allclose(replayed, grad(lambda x: f(x, W))(X + 1.0), rtol=1e-13)


def test_single_precision_stays() -> None:
    value, gradient = value_and_grad(lambda x: np.sum(checkpoint(np.sin)(x)))(X.astype("f4"))
    assert value.dtype == gradient.dtype == np.float32


def test_results_may_be_unused_or_repeated() -> None:
    step = checkpoint(lambda x: (x, np.sin(x), x))
    _, pull = vjp(lambda x: step(x)[1], X)
    np.testing.assert_allclose(pull(np.ones(2)), np.cos(X))
    np.testing.assert_allclose(grad(lambda x: np.sum(step(x)[0] + step(x)[2]))(X), [2.0, 2.0])
