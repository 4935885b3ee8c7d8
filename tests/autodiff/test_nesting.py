"""Transforms inside transforms, in every order and over every nest."""

from __future__ import annotations

import gc
import math
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab.autodiff import (
    checkpoint,
    custom_derivative,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from difflab.errors import ShapeError, UsageError
from difflab.trace import current_level

# Every transform as a map from functions of one number to functions of one number, and its order

TRANSFORMS: dict[str, tuple[int, Any]] = {
    "value_and_grad": (1, lambda f: lambda x: value_and_grad(f)(x)[1]),
    "grad": (1, lambda f: grad(f)),
    "vjp": (1, lambda f: lambda x: vjp(f, x)[1](1.0)),
    "jvp": (1, lambda f: lambda x: jvp(f, x, 1.0)[1]),
    "jacobian forward": (1, lambda f: jacobian(f, "forward")),
    "jacobian reverse": (1, lambda f: jacobian(f, "reverse")),
    "hvp": (2, lambda f: lambda x: hvp(f, x, 1.0)),
    "hessian": (2, lambda f: hessian(f)),
    "checkpoint": (0, lambda f: checkpoint(f)),
    "custom vjp": (0, lambda f: custom_derivative(f, vjp=lambda g, _, x: g * grad(f)(x))),
    "custom jvp": (0, lambda f: custom_derivative(f, jvp=lambda t, _, x: jvp(f, x, t)[1])),
}


@pytest.mark.parametrize("inner", TRANSFORMS)
@pytest.mark.parametrize("outer", TRANSFORMS)
def test_every_pair_of_transforms_gives_the_derivative_of_their_joint_order(
    outer: str, inner: str
) -> None:
    (m, around), (n, within) = TRANSFORMS[outer], TRANSFORMS[inner]
    x = 0.7
    got = around(within(np.sin))(x)
    assert float(got) == pytest.approx(math.sin(x + (m + n) * math.pi / 2), rel=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_three_transforms_deep(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = rng.choice(list(TRANSFORMS), size=3)
    f, order = np.sin, 0
    for name in names:
        order += TRANSFORMS[name][0]
        f = TRANSFORMS[name][1](f)
    assert float(f(0.7)) == pytest.approx(math.sin(0.7 + order * math.pi / 2), rel=1e-10), names


# Perturbation confusion: the inner derivative must not see the outer variable move


@pytest.mark.parametrize("name", [name for name, (order, _) in TRANSFORMS.items() if order == 1])
def test_no_transform_confuses_its_variable_with_that_outside(name: str) -> None:
    d = TRANSFORMS[name][1]
    assert float(d(lambda x: x * d(lambda y: x + y)(1.0))(1.0)) == 1.0
    assert float(d(lambda x: x * d(lambda y: x * y)(1.0))(4.0)) == 8.0
    assert float(d(lambda x: x * d(lambda y: x)(0.0))(0.0)) == 0.0


def test_a_derivative_inside_sees_variables_of_two_levels() -> None:
    mixed = grad(lambda x: grad(lambda y: np.sin(x * y) * x)(0.3))
    x, y = 0.5, 0.3
    by_hand = 2 * x * math.cos(x * y) - x * x * y * math.sin(x * y)  # d/dx of x**2 cos(x y)
    assert float(mixed(x)) == pytest.approx(by_hand, rel=1e-13)


# Nests

Layer = namedtuple("Layer", ["weights", "bias"])

NESTS: dict[str, Any] = {
    "float": 0.4,
    "array": np.array([0.4, -0.3]),
    "no axes": np.array(0.4),
    "float32": np.array([0.4, -0.3], np.float32),
    "list": [0.4, np.array([0.1, 0.2])],
    "tuple": (np.array([[0.4, 1.0]]), 0.2),
    "dict": {"b": np.array([0.3]), "a": [0.1, (0.2,)]},
    "named tuple": [Layer(np.array([[0.1, 0.2], [0.3, 0.4]]), np.zeros(2))],
    "empty array": [np.zeros((0, 2)), 1.0],
}


def loss(nest: Any) -> Any:
    """Smooth, with a Hessian that is not diagonal."""
    leaves = dl.tree.flatten(nest)[0]
    total = sum(np.sum(np.sin(leaf) * leaf) for leaf in leaves)
    return total * total + np.cos(total)


def flat(nest: Any) -> np.ndarray:
    return dl.tree.ravel(dl.tree.flatten(nest)[0]).astype(float)


def shapes(nest: Any) -> Any:
    return dl.tree.map_leaves(np.shape, nest)


@pytest.mark.parametrize("name", NESTS)
def test_derivatives_come_back_in_the_nest_shapes_and_types_of_the_parameters(name: str) -> None:
    params = NESTS[name]
    direction = dl.tree.map_leaves(np.ones_like, params)
    _, pull = vjp(loss, params)
    for found in (grad(loss)(params), pull(1.0), hvp(loss, params, direction)):
        assert dl.tree.flatten(found)[1] == dl.tree.flatten(params)[1]
        assert shapes(found) == shapes(params)
        for mine, leaf in zip(dl.tree.flatten(found)[0], dl.tree.flatten(params)[0]):
            assert np.asarray(mine).dtype == np.asarray(leaf).dtype
            assert isinstance(mine, np.ndarray) == isinstance(leaf, np.ndarray)


@pytest.mark.parametrize("name", NESTS)
def test_the_modes_agree_over_every_nest(name: str) -> None:
    params = NESTS[name]
    rng = np.random.default_rng(0)
    direction = dl.tree.map_leaves(
        lambda leaf: rng.normal(size=np.shape(leaf)).astype(np.asarray(leaf).dtype), params
    )
    tolerance = 1e-4 if name == "float32" else 1e-11
    slope = jvp(loss, params, direction)[1]
    along = flat(grad(loss)(params)) @ flat(direction)
    assert float(slope) == pytest.approx(float(along), rel=tolerance)
    reverse_twice = grad(lambda p: jvp(loss, p, direction)[1])(params)
    both = lambda p: sum(
        np.sum(a * b)
        for a, b in zip(dl.tree.flatten(grad(loss)(p))[0], dl.tree.flatten(direction)[0])
    )
    forward = flat(hvp(loss, params, direction))
    np.testing.assert_allclose(forward, flat(reverse_twice), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(forward, flat(grad(both)(params)), rtol=tolerance, atol=tolerance)


def test_functions_may_return_nests() -> None:
    def f(p: Any) -> Any:
        return {"product": p[0] * p[1], "twice": (2.0 * p[0], 5.0, p[0])}

    value, tangent = jvp(f, [2.0, 3.0], [1.0, 10.0])
    assert value == {"product": 6.0, "twice": (4.0, 5.0, 2.0)}
    assert tangent == {"product": 23.0, "twice": (2.0, 0.0, 1.0)}
    value, pull = vjp(f, [2.0, 3.0])
    assert pull({"product": 1.0, "twice": (10.0, 100.0, 1000.0)}) == [1023.0, 2.0]
    assert jacobian(f)([2.0, 3.0])["product"] == [3.0, 2.0]
    with pytest.raises(ShapeError, match=r"cotangents and value are nested differently"):
        pull({"product": 1.0})


# argnums

THREE = (np.array([1.0, 2.0]), {"w": 3.0}, np.array([[0.5]]))


def of_three(x: Any, y: Any, z: Any) -> Any:
    return np.sum(x * x) * y["w"] ** 2 * z[0, 0]


def test_argnums_choose_what_is_differentiated() -> None:
    gx, gy = np.array([9.0, 18.0]), 15.0
    np.testing.assert_array_equal(grad(of_three)(*THREE), gx)
    assert grad(of_three, 1)(*THREE) == {"w": gy}
    np.testing.assert_array_equal(grad(of_three, argnums=2)(*THREE), [[45.0]])
    both = grad(of_three, (1, 0))(*THREE)
    assert both[0] == {"w": gy}
    np.testing.assert_array_equal(both[1], gx)
    assert isinstance(grad(of_three, (0,))(*THREE), tuple)
    value, pull = vjp(of_three, *THREE, argnums=(0, 1))
    assert value == 22.5
    assert pull(2.0)[1] == {"w": 2 * gy}
    _, slope = jvp(of_three, THREE[0], {"w": 1.0}, *THREE[1:], argnums=1)
    assert slope == gy
    second = hvp(of_three, THREE[0], ({"w": 1.0}, np.zeros((1, 1))), *THREE[1:], argnums=(1, 2))
    assert second[0] == {"w": 5.0}
    assert second[1] == 30.0
    assert jacobian(of_three, argnums=1)(*THREE) == {"w": gy}
    block = hessian(of_three, argnums=(1, 0))(*THREE)
    assert block[0]["w"][0] == {"w": 5.0}
    np.testing.assert_array_equal(block[0]["w"][1], [6.0, 12.0])
    np.testing.assert_array_equal(block[1][0]["w"], [6.0, 12.0])


@pytest.mark.parametrize(
    "argnums", [1.0, "x", None, True, (), (0, 0), -1, (0, "y"), [0, 1]], ids=repr
)
def test_argnums_that_name_nothing_are_refused_at_once(argnums: Any) -> None:
    transforms = (
        lambda: grad(of_three, argnums),
        lambda: jacobian(of_three, argnums=argnums),
        lambda: hessian(of_three, argnums),
        lambda: vjp(of_three, *THREE, argnums=argnums),
        lambda: jvp(of_three, THREE[0], THREE[0], *THREE[1:], argnums=argnums),
    )
    for transform in transforms:
        with pytest.raises(UsageError, match="argnums"):
            transform()


def test_argnums_beyond_the_arguments_are_refused_with_their_number() -> None:
    with pytest.raises(UsageError, match="called with 3 positional arguments"):
        grad(of_three, 3)(*THREE)
    with pytest.raises(UsageError, match="called with 0 positional arguments"):
        grad(of_three)()


# Structure


def fails(x: Any) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize("name", TRANSFORMS)
def test_an_exception_inside_any_transform_leaves_the_level_as_it_was(name: str) -> None:
    for f in (fails, lambda x: grad(fails)(x)):
        with pytest.raises(ZeroDivisionError):
            grad(TRANSFORMS[name][1](f))(1.0)
        assert current_level() == -1
    assert grad(lambda x: x * x)(3.0) == 6.0


@pytest.mark.parametrize("name", TRANSFORMS)
def test_no_transform_leaves_anything_for_the_garbage_collector(name: str) -> None:
    f = TRANSFORMS[name][1](lambda x: np.sin(x) * x)
    grad(f)(0.5)
    gc.collect()
    gc.disable()
    try:
        grad(f)(0.5)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_pullback_may_be_called_again_and_again() -> None:
    _, pull = vjp(lambda x: np.sin(x) * x, np.array([0.5, 1.0]))
    first = pull(np.ones(2))
    first += 100.0  # the caller's own
    np.testing.assert_array_equal(pull(np.ones(2)), pull(np.ones(2)))
    assert (pull(np.ones(2)) < 10).all()
