"""Bars of the loop cover the error, and a thousandth of them does not."""

from __future__ import annotations

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest

from difflab import providers
from difflab.errors import NonScalarLossError, UsageError
from difflab.numeric import error_bars
from difflab.numeric.error_bars import value_gradient_and_error
from difflab.numeric.stencils import SCHEMES
from difflab.providers.finite_difference import FiniteDifference
from difflab.tree import flatten, ravel
from tests.numeric.network.problems import LOSSES, flat, problem, truth

FUNCTIONS: dict[str, Any] = {
    "exp": mpmath.exp,
    "sin": mpmath.sin,
    "tanh": mpmath.tanh,
    "log": mpmath.log,
    "sqrt": mpmath.sqrt,
    "arctan": mpmath.atan,
    "cosh": mpmath.cosh,
}
POINTS = np.array([0.3, 0.7, 1.0, 1.7, 2.9, 5.3, 13.0, 47.0])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bars_cover_elementary_functions(dtype: Any, scheme: str) -> None:
    """56 derivatives per scheme and type; the truth is mpmath's."""
    covered = []
    for name, exact in FUNCTIONS.items():
        for x in POINTS.astype(dtype):
            f = getattr(np, name)
            _, slope, error, _ = value_gradient_and_error(f, x, stencil=SCHEMES[scheme])
            with mpmath.workdps(40):
                right = float(mpmath.diff(exact, mpmath.mpf(float(x))))
            covered.append(not abs(float(slope) - right) > error)  # a bar of NaN claims nothing
    assert np.mean(covered) >= 0.95


@pytest.mark.parametrize("scheme", SCHEMES)
def test_bars_cover_the_gradients_of_networks_and_a_thousandth_does_not(scheme: str) -> None:
    """2,000 entries per scheme; over all schemes 99.9 % are covered."""
    covered, by_a_thousandth = [], []
    cases = itertools.product(LOSSES.values(), ["tanh", "sigmoid"], [np.float64, np.float32])
    for number, (loss, activation, dtype) in enumerate(cases):
        if loss.kink is not None:
            continue  # the loop does not see its kinks
        objective, args = problem((3, 6, 6, 2), activation, loss, 30, seed=number, dtype=dtype)
        prepared = FiniteDifference(scheme, evaluator="loop").prepare(objective, *args)
        found = prepared.with_error_bars(*args)
        wrong = np.abs(flat(found.gradient) - truth(objective, args))
        covered.append(wrong <= flat(found.error))
        by_a_thousandth.append(wrong <= flat(found.error) / 1000)
    assert np.mean(np.concatenate(covered)) > 0.99
    assert np.mean(np.concatenate(by_a_thousandth)) < 0.2


def test_bars_know_the_noise_of_the_loss() -> None:
    """Noise of 1e-9 that belongs to the point: a million times what rounding alone would make."""

    def noisy(p: Any) -> Any:
        spread = float(np.sum(p * np.arange(1, 9))) * 1e9 % 1.0
        return np.sum(np.sin(p)) + 1e-9 * np.sin(1e8 * spread)

    w = np.linspace(-0.9, 1.3, 8)
    _, gradient, error, _ = value_gradient_and_error(noisy, w)
    wrong = np.abs(gradient - np.cos(w))
    assert np.all(wrong <= error)
    assert np.max(wrong) > 1e-6
    assert np.max(error) < 100 * np.max(wrong)


def test_without_the_noise_the_bars_would_be_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    w = np.linspace(-1, 1, 40)
    f = lambda p: np.sum(np.sin(p)) + 1e6
    covered = lambda: np.mean(np.abs((a := value_gradient_and_error(f, w))[1] - np.cos(w)) <= a[2])
    assert covered() > 0.95
    monkeypatch.setattr(error_bars, "_noise", lambda *a: 0.0)
    assert covered() < 0.95


def test_bars_have_the_nest_of_the_parameters_and_are_float64() -> None:
    params = {"a": np.ones((2, 3), np.float32), "b": [1.0, np.ones(0)]}
    f = lambda p: np.sum(p["a"] ** 2) + np.float32(p["b"][0])
    value, gradient, error, _ = value_gradient_and_error(f, params)
    assert flatten(error)[1] == flatten(gradient)[1] == flatten(params)[1]
    assert error["a"].dtype == np.float64
    assert error["a"].shape == (2, 3)
    assert float(value) == 7
    assert np.all(
        np.abs(ravel(flatten(gradient)[0]) - np.array([2] * 6 + [1])) <= ravel(flatten(error)[0])
    )


def test_where_there_is_no_gradient_there_is_no_bar() -> None:
    _, gradient, error, edges = value_gradient_and_error(lambda p: np.sum(p) * np.nan, np.ones(2))
    assert np.isnan(gradient).all()
    assert np.isnan(error).all()
    assert edges == ()
    _, gradient, error, _ = value_gradient_and_error(lambda p: p[0] ** 2, np.array([1.0, np.nan]))
    np.testing.assert_array_equal(np.isnan(error), [False, True])


def test_misuse_is_refused_as_by_the_gradient() -> None:
    with pytest.raises(NonScalarLossError):
        value_gradient_and_error(lambda p: p, np.ones(2))
    with pytest.raises(UsageError, match="spacing"):
        value_gradient_and_error(lambda p: np.sum(p), np.ones(2), step=1e-17)


def test_a_constant_has_a_slope_and_a_bar_of_0_to_rounding() -> None:
    _, gradient, error, _ = value_gradient_and_error(lambda p: 3.0, np.ones(2))
    np.testing.assert_array_equal(gradient, 0)
    assert np.all((error >= 0) & (error < 1e-9))


def test_the_bars_of_a_provider_say_what_they_found() -> None:
    f, w = (lambda w: np.sum(w**3)), np.array([1.0, 2.0])
    found = providers.get("finite-difference").prepare(f, w).with_error_bars(w)
    lines = str(found).splitlines()
    assert lines[0].startswith("2 entries, |g| = 12.3693, error at most ")
    assert lines[1].startswith("largest bar: ")
    assert lines[1].endswith(" at params[1]")
    assert found.crossing == ()
    nothing = providers.get("finite-difference").prepare(lambda w: 1.0, [])
    assert str(nothing.with_error_bars([])) == "no parameters"


def test_beside_a_root_the_noise_is_read_off_the_quotients() -> None:
    """The value is 0 to rounding, and says nothing about the rounding of its terms."""
    w = np.linspace(-1, 1, 8)
    f = lambda p: np.sum(np.sin(p) + 1e4) - 8e4
    _, gradient, error, _ = value_gradient_and_error(f, w)
    wrong = np.abs(gradient - np.cos(w))
    assert np.mean(wrong <= error) > 0.8
    assert np.max(wrong) > 1e-9
    assert np.max(error) < 1e-4


def test_steps_that_are_too_long_have_bars_that_say_so() -> None:
    """The error does not fall as h^6 yet; 3/63 of the difference would not cover it."""
    f, x = np.log, np.array([0.7], np.float32)
    _, slope, error, _ = value_gradient_and_error(f, x[0], stencil=SCHEMES["central-6"])
    assert abs(slope - 1 / 0.7) <= error
    coarser = value_gradient_and_error(lambda p: np.sum(f(p)), x, stencil=SCHEMES["central-6"])
    assert abs(coarser[1][0] - 1 / 0.7) <= coarser[2][0]


@pytest.mark.parametrize("scheme", ["central-6", "central-8"])
def test_beside_an_edge_bars_know_the_larger_weights_of_one_sided_stencils(scheme: str) -> None:
    """Noise of 1e-9 reaches a one-sided quotient of order 8 some hundred times more."""
    covered = []
    for seed in range(60):

        def noisy(w: Any, seed: int = seed) -> Any:
            draw = np.random.default_rng([seed, int(np.float64(w[0]).view(np.uint64))])
            value = np.sin(w[0]) + 1e-9 * draw.normal()
            return value if w[0] >= 1 else np.nan

        _, slope, error, edges = value_gradient_and_error(
            noisy, np.array([1.01]), stencil=SCHEMES[scheme], step=2.0**-6
        )
        assert [edge.side for edge in edges] == ["forward"]
        covered.append(abs(slope[0] - np.cos(1.01)) <= error[0])
    assert np.mean(covered) >= 0.95


def test_without_any_bar_nothing_is_said_of_the_error_and_edges_are_told_once() -> None:
    w = np.zeros(2)
    prepared = FiniteDifference().prepare(lambda w: np.sum(np.sqrt(w)), w)
    lines = str(prepared.with_error_bars(w)).splitlines()
    assert lines[0] == "2 entries, all of them without a bar"
    assert len(lines) == len(set(lines)) == 4


def test_the_bar_of_a_straight_loss_holds_the_rounding_of_the_gradient_itself() -> None:
    """At its root neither noise nor truncation is seen; 1/3 in float32 is wrong all the same."""
    w = np.array([1, -1], np.float32)
    _, slope, error, _ = value_gradient_and_error(lambda w: float(np.sum(w.astype(float)) / 3), w)
    wrong = np.abs(slope.astype(float) - 1 / 3)
    assert np.all((wrong > 0) & (wrong <= error) & (error < 1e-7))
