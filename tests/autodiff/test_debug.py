"""`debug_nans`: the first NaN or infinity, and the line that made it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab.autodiff import checkpoint, grad, hessian, jvp, value_and_grad
from difflab.errors import DifflabError, NonFiniteError
from difflab.trace.nans import current_search

X = np.array([0.0, 4.0])


def guarded_root(x: Any) -> Any:
    root = np.sqrt(x)  # this line
    return np.sum(np.where(x > 0, root, 0.0))


def test_the_model_case_names_the_op_the_line_and_the_remedy() -> None:
    with np.errstate(invalid="ignore"):
        assert np.isnan(grad(guarded_root)(X)[0])
    with dl.debug_nans(), pytest.raises(NonFiniteError) as caught:
        grad(guarded_root)(X)
    error = caught.value
    assert error.what == "the derivative of np.sqrt made NaN in 1 of 2 entries"
    assert "test_debug.py:" in error.why
    assert "root = np.sqrt(x)  # this line" in error.why
    assert "operand of shape (2,)" in error.why
    assert "0 times infinity is NaN" in error.why
    assert "safe = np.where(ok, x, 1.0); np.where(ok, np.sqrt(safe), 0.0)" in error.instead
    assert error.exit_status == 1
    assert isinstance(error, DifflabError)


def test_the_remedy_in_the_message_works() -> None:
    def f(x: Any) -> Any:
        ok = x > 0
        safe = np.where(ok, x, 1.0)
        return np.sum(np.where(ok, np.sqrt(safe), 0.0))

    with dl.debug_nans():
        np.testing.assert_array_equal(grad(f)(X), [0.0, 0.25])


FORWARD = {
    "sqrt": (lambda x: np.sqrt(x - 1.0), "np.sqrt made NaN in 1 of 2 entries"),
    "log": (lambda x: np.log(x), "np.log made infinity in 1 of 2 entries"),
    "divide": (lambda x: 1.0 / x, "np.divide made infinity in 1 of 2 entries"),
    "power": (lambda x: (x - 1.0) ** 0.5, "np.power made NaN"),
    "overflow": (lambda x: np.exp(1000.0 * x), "np.exp made infinity"),
    "constant": (lambda x: np.multiply(x + 1.0, 1e308) * 10.0, "np.multiply made infinity"),
    "several": (lambda x: np.linalg.slogdet(x[:, None] * x)[1] * x, "slogdet made infinity"),
}


@pytest.mark.parametrize("name", FORWARD)
def test_the_first_forward_call_that_makes_one_is_named_with_its_line(name: str) -> None:
    f, message = FORWARD[name]
    with dl.debug_nans(), pytest.raises(NonFiniteError, match=message) as caught:
        grad(lambda x: np.sum(f(x) + 1.0))(X)
    assert "test_debug.py:" in caught.value.why
    assert "np.where computes both" in caught.value.instead


def test_forward_mode_and_second_order_are_watched() -> None:
    with dl.debug_nans():
        with pytest.raises(NonFiniteError, match=r"derivative of np\.sqrt made infinity"):
            jvp(np.sqrt, X, np.ones(2))
        with pytest.raises(NonFiniteError, match=r"test_debug\.py"):
            hessian(lambda x: np.sum(x**1.5))(X)
        with pytest.raises(NonFiniteError, match=r"np\.sqrt"):
            grad(lambda x: np.sum(checkpoint(guarded_root)(x)))(X)


def test_infinity_may_be_allowed() -> None:
    with dl.debug_nans(inf=False):
        value, gradient = value_and_grad(lambda x: np.sum(np.log(x)))(X)
        assert value == -np.inf
        assert gradient[0] == np.inf
        with pytest.raises(NonFiniteError, match="made NaN"):
            grad(guarded_root)(X)


def test_nan_in_the_data_was_not_made() -> None:
    with dl.debug_nans():
        value, gradient = value_and_grad(lambda x: np.sum(np.sin(x) * 2.0))(np.array([np.nan, 0.0]))
    assert np.isnan(value)
    assert np.isnan(gradient[0])


def test_finite_code_gives_the_same_bits_and_no_search_is_left_behind() -> None:
    f = value_and_grad(lambda x: np.sum(np.tanh(x) * np.exp(x)))
    with dl.debug_nans():
        inside = f(X)
    assert repr(inside) == repr(f(X))
    assert current_search() is None
    with pytest.raises(ZeroDivisionError), dl.debug_nans():
        raise ZeroDivisionError
    assert current_search() is None


def test_searches_nest_and_numpy_is_quiet_inside() -> None:
    with warnings.catch_warnings(), dl.debug_nans(inf=False):
        warnings.simplefilter("error")
        with dl.debug_nans(), pytest.raises(NonFiniteError):
            grad(np.log)(0.0)
        assert grad(np.log)(0.0) == np.inf


def test_the_line_is_that_of_the_network_where_a_network_made_it() -> None:
    net = dl.nn.MLP((1, 1), output="identity")
    with dl.debug_nans(), pytest.raises(NonFiniteError, match=r"mlp\.py:\d+: z = .* @ weights"):
        grad(lambda p: np.sum(net(p, np.array([[1e200]]))))([(np.array([[1e200]]), np.zeros(1))])
