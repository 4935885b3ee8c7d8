"""The truth, where formulas are known; and that it can tell right from nearly right."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

import difflab as dl
from difflab.accuracy import gradient_error
from difflab.autodiff import value_and_grad
from difflab.errors import NonScalarLossError, ParameterTypeError, TracingError
from difflab.studies.truth import _central_difference, mpmath_field, true_gradient
from difflab.trace import trace


def loss(params: Any, x: Any, y: Any) -> Any:
    (w1, b1), (w2, b2) = params
    return np.mean((dl.sigmoid(x @ w1 + b1) @ w2 + b2 - y) ** 2)


def test_known_derivatives_come_out_to_the_last_bit() -> None:
    x = np.array([0.3, 1.7, -0.8])
    value, gradient = true_gradient(lambda p: np.sum(np.exp(p)), x)
    arithmetic = mpmath.MPContext()
    arithmetic.dps = 40
    exact = [arithmetic.exp(arithmetic.mpf(v)) for v in x]
    assert value == float(sum(exact))
    assert gradient.tolist() == [float(e) for e in exact]


def test_differences_are_right_to_more_digits_than_asked_for() -> None:
    arithmetic = mpmath.MPContext()
    arithmetic.dps = 115
    field = mpmath_field(arithmetic)
    program = trace(lambda p: np.sin(p) * np.exp(p), 0.7)
    inputs = [field.array(0.7)]
    # the private function rounds at the end, so the digits are checked on a shifted problem
    at = arithmetic.mpf(0.7)
    exact = arithmetic.exp(at) * (arithmetic.sin(at) + arithmetic.cos(at))
    shifted = trace(lambda p, c: np.sin(p) * np.exp(p) - c * p, 0.7, 0.0)
    constant = field.array(0.0)
    constant[()] = exact
    step = arithmetic.mpf(10) ** -35
    assert _central_difference(program, inputs, field, 0, 0, step) == float(exact)
    assert abs(_central_difference(shifted, [inputs[0], constant], field, 0, 0, step)) < 1e-65


def test_the_nest_comes_back_in_float64_and_mpmath_is_left_alone() -> None:
    before = mpmath.mp.dps
    params = {"w": np.ones((2, 1), np.float32), "b": (np.float32(0.5), 0.25)}
    _, gradient = true_gradient(lambda p: np.sum(p["w"]) * p["b"][0] + p["b"][1] ** 2, params)
    assert gradient["w"].dtype == np.float64
    assert gradient["w"].tolist() == [[0.5], [0.5]]
    assert gradient["b"] == (2.0, 0.5)
    assert mpmath.mp.dps == before


def test_a_network_on_a_batch_agrees_with_the_tape_and_not_with_a_mutant() -> None:
    rng = np.random.default_rng(0)
    params = [(rng.normal(size=(2, 3)), np.zeros(3)), (rng.normal(size=(3, 1)), np.zeros(1))]
    args = (params, rng.normal(size=(5, 2)), rng.normal(size=(5, 1)))
    value, truth = true_gradient(loss, *args)
    expected_value, gradient = value_and_grad(loss)(*args)
    assert value == pytest.approx(expected_value, rel=1e-15)
    assert gradient_error(gradient, truth).relative_l2 < 1e-15
    gradient[0][0][1, 2] *= 1 + 1e-10
    assert gradient_error(gradient, truth).relative_l2 > 1e-13
    assert gradient_error(gradient, truth).worst_entry == "gradient[0][0][1, 2]"


def test_the_truth_holds_where_floats_overflow_or_cancel() -> None:
    _, gradient = true_gradient(lambda z: dl.logsumexp(z), np.array([1000.0, 999.0]))
    np.testing.assert_allclose(gradient, dl.sigmoid(np.array([1.0, -1.0])), rtol=1e-15)
    _, gradient = true_gradient(lambda x: (1 - np.cos(x)) / x**2, 1e-8)
    assert gradient == pytest.approx(-1e-8 / 12, rel=1e-14)


def test_at_a_kink_it_answers_with_the_middle() -> None:
    assert true_gradient(dl.relu, 0.0)[1] == 0.5


def test_what_has_no_true_gradient_is_refused_in_words() -> None:
    with pytest.raises(TracingError, match="decides by the values"):
        true_gradient(lambda w: w if w > 0 else -w, 1.0)
    with pytest.raises(NonScalarLossError, match=r"\(2,\)"):
        true_gradient(lambda w: w * 2, np.ones(2))
    with pytest.raises(ParameterTypeError, match="integer"):
        true_gradient(lambda w: np.sum(w), np.arange(2))


def test_outside_the_domain_it_is_nan_as_numpy_is() -> None:
    assert np.isnan(true_gradient(np.sqrt, -1.0)[1])
    assert np.isnan(true_gradient(lambda w: w**0.5, -1.0)[1])
