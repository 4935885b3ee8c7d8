"""Losses in delta form against 1,500 digits: tiny, moderate and huge moves, logits of +-1000."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mpmath
import numpy as np
import pytest

from difflab import nn
from difflab.numeric.network import changes

MOVES = [0.0, 2.0**-300, -(2.0**-60), 1e-16, -1e-9, 2.0**-18, -0.01, 0.5, -1.0]
FAR = [1.5, -3.0, 40.0, -1000.0, 2000.0]
LOGITS = [0.0, 1.0, -2.5, 30.0, -45.0, 700.0, -1000.0, 1000.0]


@pytest.fixture(autouse=True)
def digits() -> Iterator[None]:
    """Enough of them to subtract losses of 1000 that differ by the exponential of -1000."""
    with mpmath.workdps(1500):
        yield


def exact_binary(z: float, y: float, move: float) -> Any:
    def loss(at: Any) -> Any:
        return mpmath.log1p(mpmath.exp(-abs(at))) + max(at, mpmath.mpf(0)) - mpmath.mpf(y) * at

    return loss(mpmath.mpf(z) + mpmath.mpf(move)) - loss(mpmath.mpf(z))


def exact_softmax(z: np.ndarray, y: np.ndarray, moves: np.ndarray) -> Any:
    def loss(logits: list[Any]) -> Any:
        total = mpmath.log(mpmath.fsum(map(mpmath.exp, logits)))
        return mpmath.fsum(mpmath.mpf(t) * (total - a) for t, a in zip(y, logits))

    at = [mpmath.mpf(each) for each in z]
    return loss([a + mpmath.mpf(m) for a, m in zip(at, moves)]) - loss(at)


def assert_close(found: Any, exact: Any, rtol: float, atol: float = 1e-300) -> None:
    assert np.isfinite(found)
    assert abs(mpmath.mpf(float(found)) - exact) <= rtol * abs(exact) + atol, (found, exact)


@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("z", LOGITS)
def test_nothing_of_a_binary_cross_entropy_cancels(z: float, y: float) -> None:
    for move in MOVES:
        found = changes.binary_cross_entropy_change(np.float64(z), np.float64(y), np.float64(move))
        assert_close(found, exact_binary(z, y, move), 1e-15 * max(8.0, abs(z)))


@pytest.mark.parametrize("y", [0.0, 0.25, 1.0, 1.5, -3.0])
def test_binary_targets_of_any_kind_and_far_moves_are_right(y: float) -> None:
    for z in LOGITS:
        for move in MOVES + FAR:
            found = changes.binary_cross_entropy_change(
                np.float64(z), np.float64(y), np.float64(move)
            )
            size = max(1.0, abs(z)) if abs(move) > changes.LARGE else 1e-1 * abs(move)
            exact = exact_binary(z, y, move)
            assert_close(found, exact, 1e-13, 1e-14 * size * max(1.0, abs(y)))


@pytest.mark.parametrize("seed", range(3))
def test_nothing_of_a_softmax_cross_entropy_cancels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for scale in (1.0, 10.0, 300.0):
        z = scale * rng.normal(size=4)
        for y in np.eye(4):
            for move in MOVES:
                moves = move * rng.uniform(-0.5, 0.5, size=4)
                found = changes.softmax_cross_entropy_change(z, y, moves)
                # what the exponential makes of a rounded logit is no cancellation
                exact = exact_softmax(z, y, moves)
                terms = exact_softmax(z, y, np.abs(moves - moves @ y))
                assert_close(found, exact, 1e-13, 4e-16 * max(8.0, 4 * scale) * float(abs(terms)))


def test_a_sure_network_keeps_its_digits() -> None:
    """log(1 + s (e^D - 1)) - D, the form without the shift, has none left here."""
    z, y, moves = np.array([40.0, 0.0]), np.array([1.0, 0.0]), np.array([1e-6, 0.0])
    exact = exact_softmax(z, y, moves)
    share = 1 / (1 + np.exp(-40.0))
    unshifted = np.log1p(share * np.expm1(1e-6)) - 1e-6
    assert abs(unshifted / float(exact) - 1) > 0.5
    assert_close(changes.softmax_cross_entropy_change(z, y, moves), exact, 1e-14)
    binary = changes.binary_cross_entropy_change(np.float64(40.0), 1.0, 1e-6)
    assert_close(binary, exact_binary(40.0, 1.0, 1e-6), 1e-14)


@pytest.mark.parametrize("move", FAR)
def test_far_moves_of_a_softmax_are_finite_and_right(move: float) -> None:
    z = np.array([1000.0, -1000.0, 3.0])
    for y in [*np.eye(3), np.full(3, 1 / 3)]:
        for unit in range(3):
            moves = np.zeros(3)
            moves[unit] = move
            found = changes.softmax_cross_entropy_change(z, y, moves)
            assert_close(found, exact_softmax(z, y, moves), 1e-13, 1e-12)


def test_targets_that_sum_to_nothing_leave_a_linear_change() -> None:
    y, moves = np.array([1.0, -1.0]), np.array([0.25, 0.5])
    assert changes.softmax_cross_entropy_change(np.ones(2), y, moves) == 0.25
    assert changes.softmax_cross_entropy_change(np.ones(2), 0 * y, moves) == 0


@pytest.mark.parametrize("move", MOVES + FAR)
def test_squares_and_hinges_are_right(move: float) -> None:
    for m in LOGITS:
        for y in (1.0, -1.0):
            exact = (mpmath.mpf(m) + mpmath.mpf(move) - y) ** 2 - (mpmath.mpf(m) - y) ** 2
            square = changes.squared_error_change(np.float64(m), np.float64(y), np.float64(move))
            near_zero = 1e-15 * abs(move) * (2 * abs(m - y) + abs(move))
            assert_close(square, exact, 1e-15, near_zero)
            below, above = (
                max(mpmath.mpf(0), 1 - y * (mpmath.mpf(m) + mpmath.mpf(d))) for d in (0.0, move)
            )
            found = changes.hinge_change(np.float64(m), np.float64(y), np.float64(move))
            assert_close(found, above - below, 1e-15, 1e-13 if abs(m * move) > 1 else 1e-300)


@pytest.mark.parametrize("move", MOVES + FAR)
def test_absolute_and_huber_are_right(move: float) -> None:
    for m in LOGITS:
        for y in (0.25, -1.0):
            before = mpmath.mpf(m) - y
            after = before + mpmath.mpf(move)
            args = np.float64(m), np.float64(y), np.float64(move)
            near_zero = 1e-13 if abs(m) > 1 else 1e-16 * abs(move)
            assert_close(changes.absolute_change(*args), abs(after) - abs(before), 1e-15, near_zero)
            exact = exact_huber(after) - exact_huber(before)
            assert_close(changes.huber_change(*args), exact, 4e-15, near_zero)
            half = changes.half_squared_error_change(*args)
            rounding = 1e-15 * abs(move) * (abs(m - y) + abs(move))
            assert_close(half, (after**2 - before**2) / 2, 1e-15, rounding)


def exact_huber(apart: Any) -> Any:
    return apart**2 / 2 if abs(apart) <= 1 else abs(apart) - mpmath.mpf(0.5)


def test_an_absolute_error_at_its_kink_bends() -> None:
    moves = np.array([2.0**-60, -(2.0**-60), 0.5])
    found = changes.absolute_change(np.array([1.0, 1.0, 0.75]), np.ones(3), moves)
    np.testing.assert_array_equal(found, [2.0**-60, 2.0**-60, 0.0])


def test_a_huber_loss_keeps_its_digits_within_and_across_its_bend() -> None:
    tiny = 2.0**-60
    for apart, slope in ((0.0, 0.0), (0.5, 0.5), (-0.5, -0.5), (1.0, 1.0), (-3.0, -1.0)):
        found = changes.huber_change(np.float64(apart), np.float64(0), np.float64(tiny))
        assert abs(found / tiny - slope) <= tiny
    across = changes.huber_change(np.float64(0.5), np.float64(0), np.float64(2.0))
    assert across == 2.0 - 0.125
    subtracted = (2.0 + tiny - 0.5) - (2.0 - 0.5)  # what is left of two losses
    assert subtracted == 0


@pytest.mark.parametrize("move", MOVES + FAR)
def test_the_penalty_of_a_weight_is_right(move: float) -> None:
    for weight in (0.0, 1.0, -30.0):
        exact = mpmath.mpf(0.5) * ((mpmath.mpf(weight) + move) ** 2 - mpmath.mpf(weight) ** 2) / 2
        found = changes.penalty_change(np.float64(weight), np.float64(move), 0.5)
        assert_close(found, exact, 1e-15)


def test_a_hinge_at_its_kink_bends() -> None:
    moves = np.array([2.0**-60, -(2.0**-60), 2.0**-60, -(2.0**-60)])
    found = changes.hinge_change(np.array([1.0, 1, -1, -1]), np.array([1.0, 1, -1, -1]), moves)
    np.testing.assert_array_equal(found * 2.0**60, [0, 1, 1, 0])
    across = changes.hinge_change(np.array([0.75]), np.array([1.0]), np.array([0.5]))
    assert across == -0.25


def test_a_loss_without_a_delta_form_is_subtracted() -> None:
    rng = np.random.default_rng(0)
    m, y, moves = rng.normal(size=(3, 4, 5))
    for axis in (0, -1):
        entries = changes.plain_change(lambda m, y: np.abs(m - y) ** 3)(m, y, moves, axis=axis)
        np.testing.assert_allclose(entries, np.abs(m + moves - y) ** 3 - np.abs(m - y) ** 3)
        rows = changes.plain_change(lambda m, y: np.max(m - y, axis=-1))(m, y, moves, axis=axis)
        np.testing.assert_allclose(rows, np.max(m + moves - y, axis) - np.max(m - y, axis))


@pytest.mark.parametrize("loss", nn.LOSSES.values(), ids=str)
def test_every_change_is_that_of_its_loss(loss: nn.Loss) -> None:
    assert loss.change is not None
    rng = np.random.default_rng(1)
    m, moves = rng.normal(size=(2, 6, 3))
    y = {"hinge": np.sign(rng.normal(size=(6, 3)))}.get(loss.name, rng.dirichlet(np.ones(3), 6))
    plain = changes.plain_change(loss.of)
    np.testing.assert_allclose(loss.change(m, y, moves, axis=-1), plain(m, y, moves, axis=-1))
    columns = loss.change(m.T, y.T, moves.T, axis=0)
    np.testing.assert_allclose(np.sum(columns), np.sum(plain(m, y, moves, axis=-1)))
