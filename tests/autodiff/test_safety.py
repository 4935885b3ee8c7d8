"""Arrays that change behind the tape's back, and arrays that two owners would share."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab.autodiff import grad, hessian, jacobian, jvp, value_and_grad, vjp
from difflab.errors import TracingError
from difflab.providers.autodiff import Autodiff
from tests.autodiff.cases import CASES, Case

X = np.array([1.0, 2.0, 3.0])
LARGE = 20_000
"""Numbers in an array whose copy goes through the buffers that are used again."""


def changed_between(array: np.ndarray, change: Callable[[np.ndarray], Any]) -> Callable[[Any], Any]:
    """A loss that multiplies by a plain array, and changes it before the sweep."""

    def f(x: Any) -> Any:
        y = x * array
        change(array)
        return np.sum(y)

    return f


CHANGES: dict[str, Callable[[np.ndarray], Any]] = {
    "added to": lambda a: operator.iadd(a, 1.0),
    "one entry": lambda a: a.__setitem__(1, 7.0),
    "the last bit": lambda a: a.__setitem__(0, np.nextafter(a[0], 9.0)),
    "sign of zero": lambda a: a.__setitem__(2, -a[2]),
    "reversed": lambda a: a.__setitem__(slice(None), a[::-1].copy()),
    "sorted": lambda a: a[::-1].sort(),
    "NaN written": lambda a: a.__setitem__(0, np.nan),
}


@pytest.mark.parametrize("size", [3, LARGE])
@pytest.mark.parametrize("change", CHANGES)
def test_a_constant_that_changes_before_the_sweep_is_an_error(change: str, size: int) -> None:
    constant = np.linspace(1.0, 2.0, size)
    constant[2] = 0.0
    f = changed_between(constant, CHANGES[change])
    with pytest.raises(
        TracingError, match=rf"shape \({size},\) changed in place after np.multiply"
    ):
        grad(f)(np.ones(size))


def test_the_message_says_what_to_write_instead() -> None:
    with pytest.raises(TracingError, match=r"x = x \+ y instead of x \+= y.*x\.copy\(\)"):
        grad(changed_between(X.copy(), CHANGES["added to"]))(np.ones(3))


@pytest.mark.parametrize("size", [3, LARGE])
def test_a_parameter_that_changes_before_the_sweep_is_an_error(size: int) -> None:
    x = np.ones(size)

    def f(p: Any) -> Any:
        y = np.sum(p * p)
        x[0] = 5.0
        return y

    with pytest.raises(TracingError, match="a parameter of shape"):
        grad(f)(x)


def test_views_and_slices_are_watched_too() -> None:
    data = np.arange(12.0).reshape(6, 2)

    def through_a_slice(w: Any) -> Any:
        y = data[1:3].T @ w
        data[2, 0] = -1.0
        return np.sum(y)

    def through_the_base_of_a_view(w: Any) -> Any:
        y = np.sum(w[1:] ** 2)
        base[3] = 0.0
        return y

    base = np.ones(4)
    with pytest.raises(TracingError, match="changed in place"):
        grad(through_a_slice)(np.ones(2))
    with pytest.raises(TracingError, match="a parameter of shape"):
        grad(through_the_base_of_a_view)(base[::1])


def test_index_arrays_may_change_after_they_were_used() -> None:
    rows = np.array([0, 2])

    def f(w: Any) -> Any:
        y = w[rows] * 2.0
        rows[0] = 1
        return np.sum(y)

    np.testing.assert_array_equal(grad(f)(X.copy()), [2.0, 0.0, 2.0])


def test_every_transform_watches() -> None:
    for derivative in (
        value_and_grad(changed_between(X.copy(), CHANGES["added to"])),
        jacobian(changed_between(X.copy(), CHANGES["added to"])),
        hessian(changed_between(X.copy(), CHANGES["added to"])),
        lambda x: jvp(changed_between(X.copy(), CHANGES["added to"]), x, x),
    ):
        with pytest.raises(TracingError, match="changed in place"):
            derivative(np.ones(3))


def test_a_pullback_looks_again_whenever_it_is_called() -> None:
    constant = X.copy()
    _, pull = vjp(lambda x: x * constant, np.ones(3))
    np.testing.assert_array_equal(pull(np.ones(3)), X)
    constant[0] = 9.0
    with pytest.raises(TracingError, match="changed in place"):
        pull(np.ones(3))


def test_a_value_handed_out_may_be_changed_without_harm() -> None:
    x = X.copy()
    value, pull = vjp(np.exp, x)
    value *= 0.0
    np.testing.assert_array_equal(pull(np.ones(3)), np.exp(X))
    same, _ = vjp(lambda x: x, x)
    same *= 0.0
    np.testing.assert_array_equal(x, X)


def test_inner_derivatives_watch_and_outer_ones_see_it() -> None:
    constant = X.copy()
    inner = changed_between(constant, CHANGES["added to"])
    with pytest.raises(TracingError, match="changed in place"):
        grad(lambda x: np.sum(grad(inner)(x) * x))(np.ones(3))


def test_unchanged_arrays_and_those_changed_after_the_sweep_pass() -> None:
    constant = np.array([1.0, np.nan, np.inf])
    f = grad(lambda x: np.sum(x * constant))
    for k in range(3):
        np.testing.assert_array_equal(f(np.ones(3)), constant)
        constant[0] = k


def test_buffers_that_are_used_again_never_mix_up_their_arrays() -> None:
    f = value_and_grad(lambda p, c: np.sum(p[0] * c) + np.sum(p[1] * c[:LARGE]))
    for size in (LARGE, LARGE + 7, LARGE):
        rng = np.random.default_rng(size)
        c = rng.normal(size=size)
        for _ in range(3):
            _, (first, second) = f([np.ones(size), np.ones(LARGE)], c)
            np.testing.assert_array_equal(first, c)
            np.testing.assert_array_equal(second, c[:LARGE])


def test_unsafe_mode_is_the_users_own_risk() -> None:
    x = np.ones(3)
    gradient = grad(changed_between(X.copy(), CHANGES["added to"]), safe=False)(x)
    np.testing.assert_array_equal(gradient, X + 1.0)  # silently wrong: the negative control


def test_the_provider_is_safe_and_says_so() -> None:
    assert Autodiff() == Autodiff(safe=True) == dl.providers.get("autodiff")
    assert eval(repr(Autodiff(safe=False))) == Autodiff(safe=False)
    changing = changed_between(X.copy(), CHANGES["added to"])
    with pytest.raises(TracingError, match="changed in place"):
        Autodiff().prepare(changing, np.ones(3)).value_and_gradient(np.ones(3))
    unsafe = Autodiff(safe=False).prepare(changing, np.ones(3))
    assert np.isfinite(unsafe.value_and_gradient(np.ones(3))[0])


# Upstream gradients are never changed, and no two arrays that leave share memory


@pytest.mark.parametrize("case", CASES, ids=str)
def test_pullbacks_leave_the_cotangent_alone_and_share_no_memory(case: Case) -> None:
    arrays = [np.array(a, dtype=float) for a in case.arrays]
    value, pull = vjp(lambda p: case.call(*p), arrays)
    if not isinstance(value, (np.ndarray, np.generic)) or value.dtype.kind != "f":
        pytest.skip("several results, or none that is real")
    cotangent = np.cos(np.arange(value.size)).reshape(value.shape).astype(value.dtype)
    kept = cotangent.copy()
    blocks = [*pull(cotangent), *pull(cotangent), *arrays, cotangent, np.asarray(value)]
    np.testing.assert_array_equal(cotangent, kept)
    for i, a in enumerate(blocks):
        for b in blocks[i + 1 :]:
            assert not np.shares_memory(a, b)


def test_one_cotangent_for_many_parameters_is_copied_for_each() -> None:
    shared = lambda p: p["a"] + (p["b"] + p["c"].T.T) + p["a"][:]
    params = {name: X.copy() for name in "abc"}
    _, pull = vjp(shared, params)
    cotangent = np.ones(3)
    gradient = pull(cotangent)
    gradient["b"] += 100.0
    np.testing.assert_array_equal(gradient["c"], np.ones(3))
    np.testing.assert_array_equal(cotangent, np.ones(3))
    tangent = jvp(lambda p: (p["a"], p["a"], p["b"][::-1]), params, params)[1]
    assert not np.shares_memory(tangent[0], tangent[1])
    assert not np.shares_memory(tangent[2], params["b"])


@pytest.mark.parametrize("f", [lambda x: np.reshape(x, ()), lambda x: np.squeeze(x)])
def test_a_value_shares_no_memory_with_a_parameter(f: Any) -> None:
    x = np.array([3.0])
    value, _ = value_and_grad(f)(x)
    x -= 1.0
    assert value == 3.0


def test_options_that_are_arrays_may_change_after_the_call() -> None:
    def f(x: Any) -> Any:
        shift = np.array([1])
        y = np.sum(np.roll(x, shift, 0) * np.arange(3.0))
        shift[0] = 2
        return y

    np.testing.assert_array_equal(grad(f)(X), [1.0, 2.0, 0.0])
