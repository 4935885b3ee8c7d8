"""Data sets: their golden rows, their splits, and arrays that do not fit."""

# ruff: noqa: NPY002 - the slide draws from the legacy generator
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.datasets import (
    Dataset,
    digits,
    moons,
    simplest,
    sincos,
    sincos_grid,
    sine,
    standardise,
    xor,
)
from difflab.errors import ShapeError, UsageError


def line(n: int = 4) -> Dataset:
    x = np.arange(float(n))[:, None]
    return Dataset("line", x, 2 * x + 1, x + 10, 2 * x + 21)


def test_sincos_is_what_the_code_of_the_slide_draws() -> None:
    state = np.random.get_state()
    try:
        np.random.seed(0)
        x = np.random.rand(1000, 2) * 10
        y = np.sin(x[:, 0]) + np.cos(x[:, 1]) + np.random.randn(1000) * 0.1
    finally:
        np.random.set_state(state)
    data = sincos()
    np.testing.assert_array_equal(data.x, x)
    np.testing.assert_array_equal(data.y[:, 0], y)


def test_sincos_has_its_golden_first_rows() -> None:
    data = sincos()
    x = [[5.48813504, 7.15189366], [6.02763376, 5.44883183], [4.23654799, 6.45894113]]
    np.testing.assert_allclose(data.x[:3], x, rtol=1e-8)
    np.testing.assert_allclose(data.y[:3, 0], [-0.07858353, 0.55561922, -0.06984753], rtol=1e-6)


def test_sincos_has_the_least_squares_plane_of_the_course() -> None:
    data = sincos()
    ones = np.ones((data.samples, 1))
    solution, squares, *_ = np.linalg.lstsq(np.hstack([data.x, ones]), data.y, rcond=None)
    wanted = [-0.00379652, -0.06883877, 0.45994084]
    np.testing.assert_allclose(solution[:, 0], wanted, atol=5e-9)
    np.testing.assert_allclose(squares / data.samples, 0.9171158675, atol=5e-11)


def test_sincos_leaves_the_global_generator_alone() -> None:
    before = np.random.get_state()[1].copy()  # type: ignore[index, union-attr]
    sincos()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # type: ignore[index]


def test_sincos_noise_has_the_size_asked_for() -> None:
    data = sincos(4000, seed=3, noise=0.5)
    clean = np.sin(data.x[:, :1]) + np.cos(data.x[:, 1:])
    np.testing.assert_allclose(np.std(data.y - clean), 0.5, rtol=0.05)
    exact = sincos(10, noise=0.0)
    np.testing.assert_array_equal(exact.y, np.sin(exact.x[:, :1]) + np.cos(exact.x[:, 1:]))


def test_sincos_is_judged_on_an_even_grid_without_noise() -> None:
    data = sincos(30, grid=11)
    assert data.validation is not None
    x, y = data.validation
    assert (x.shape, y.shape) == ((121, 2), (121, 1))
    np.testing.assert_array_equal(x[:12, 1], [*range(11), 0])
    np.testing.assert_array_equal(y, np.sin(x[:, :1]) + np.cos(x[:, 1:]))
    np.testing.assert_array_equal(x, sincos_grid(11)[0])
    assert (x.min(), x.max()) == (0, 10)


def test_simplest_is_one_sample() -> None:
    data = simplest()
    assert (data.x.tolist(), data.y.tolist(), data.validation) == ([[0.5]], [[1.0]], None)


def test_sine_is_one_period_with_noise_of_the_size_asked_for() -> None:
    data = sine(4000, noise=0.3, seed=5)
    clean = np.sin(2 * np.pi * data.x)
    assert (data.x.shape, data.y.shape) == ((4000, 1), (4000, 1))
    assert data.x.min() >= 0
    assert data.x.max() <= 1
    np.testing.assert_allclose(np.std(data.y - clean), 0.3, rtol=0.05)
    np.testing.assert_allclose(np.mean(data.x), 0.5, atol=0.02)
    assert data.validation is not None
    x, y = data.validation
    np.testing.assert_allclose(x[:, 0], np.arange(101) / 100, rtol=1e-14)
    np.testing.assert_array_equal(y, np.sin(2 * np.pi * x))


def test_sine_is_resampled_by_the_seed() -> None:
    np.testing.assert_array_equal(sine(seed=3).y, sine(seed=3).y)
    assert not np.array_equal(sine(seed=3).x, sine(seed=4).x)
    exact = sine(20, noise=0.0)
    np.testing.assert_array_equal(exact.y, np.sin(2 * np.pi * exact.x))


def test_no_line_separates_xor() -> None:
    data = xor()
    assert data.y[:, 0].tolist() == [float(int(a) ^ int(b)) for a, b in data.x]
    ones = np.ones((4, 1))
    solution, *_ = np.linalg.lstsq(np.hstack([data.x, ones]), data.y, rcond=None)
    np.testing.assert_allclose(solution[:, 0], [0, 0, 0.5], atol=1e-15)


def test_moons_are_two_half_circles_of_as_many_samples() -> None:
    data = moons(400, noise=0.0)
    assert sorted(set(data.y[:, 0])) == [0, 1]
    assert data.y.sum() == 200
    radius = np.where(
        data.y[:, 0] == 0,
        np.hypot(data.x[:, 0], data.x[:, 1]),
        np.hypot(data.x[:, 0] - 1, data.x[:, 1] - 0.5),
    )
    np.testing.assert_allclose(radius, 1, rtol=1e-14)


def test_moons_are_judged_on_samples_that_no_seed_trains_on() -> None:
    data = moons(50, seed=2)
    assert data.validation is not None
    np.testing.assert_array_equal(data.x, moons(50, seed=2).x)
    for seed in range(4):
        assert not np.any(np.isin(data.validation[0], moons(50, seed=seed).x))


def test_data_without_samples_are_refused() -> None:
    with pytest.raises(UsageError, match="sine with 0 samples"):
        sine(0)
    with pytest.raises(UsageError, match="moons with 1 samples") as caught:
        moons(1)
    assert "moons(n=1000)" in caught.value.instead


def test_digits_are_split_the_same_in_every_class() -> None:
    data = digits()
    assert data.validation is not None
    x_val, y_val = data.validation
    assert (data.x.shape, data.y.shape) == ((1347, 64), (1347, 10))
    assert (x_val.shape, y_val.shape) == ((450, 64), (450, 10))
    share = y_val.sum(axis=0) / (data.y.sum(axis=0) + y_val.sum(axis=0))
    np.testing.assert_allclose(share, 0.25, atol=0.005)


def test_digits_are_all_there_and_keep_their_labels() -> None:
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    wanted = sorted((row.tobytes(), int(label)) for row, label in zip(pixels / 16, labels))
    data = digits(seed=7)
    x, y = np.vstack([data.x, data.x_val]), np.vstack([data.y, data.y_val])  # type: ignore[list-item]
    got = sorted((row.tobytes(), int(label)) for row, label in zip(x, y.argmax(axis=1)))
    assert got == wanted
    assert (x.min(), x.max(), x.dtype) == (0.0, 1.0, np.float64)
    np.testing.assert_array_equal(y.sum(axis=1), 1)


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_digits_keep_every_class_in_both_parts(share: float) -> None:
    data = digits(validation_share=share)
    assert data.validation is not None
    assert np.all(data.y.sum(axis=0) > 0)
    assert np.all(data.validation[1].sum(axis=0) > 0)


def test_digits_are_split_by_the_seed() -> None:
    np.testing.assert_array_equal(digits(seed=1).x, digits(seed=1).x)
    assert not np.array_equal(digits(seed=1).x, digits(seed=2).x)


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, 0.001, 0.999])
def test_digits_refuse_a_share_that_leaves_a_part_too_small(share: float) -> None:
    with pytest.raises(UsageError, match="validation_share"):
        digits(validation_share=share)


def test_standardised_inputs_have_mean_zero_and_deviation_one() -> None:
    data = standardise(sincos())
    np.testing.assert_allclose(data.x.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(data.x.std(axis=0), 1, rtol=1e-14)
    np.testing.assert_array_equal(data.y, sincos().y)
    assert data.note.endswith("; inputs standardised")


def test_the_validation_set_is_moved_by_the_amounts_of_the_training_set() -> None:
    data = line()
    moved = standardise(data)
    assert moved.x_val is not None
    np.testing.assert_allclose(moved.x_val - moved.x, 10 / data.x.std(), rtol=1e-14)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6, 1e-9])
def test_a_column_that_does_not_vary_is_only_shifted(value: float) -> None:
    # the deviation of 0.1, 0.1, ... comes out as 1e-17, not 0, and must not be divided by
    x = np.column_stack([np.full(1000, value), np.arange(1000.0)])
    moved = standardise(Dataset("flat", x, np.zeros((1000, 1))))
    np.testing.assert_allclose(moved.x[:, 0], 0, atol=1e-12 * max(value, 1))
    np.testing.assert_allclose(moved.x[:, 1].std(), 1, rtol=1e-14)


def test_standardising_changes_nothing_in_place() -> None:
    data = line()
    standardise(data)
    np.testing.assert_array_equal(data.x, line().x)


X, Y = np.zeros((4, 2)), np.zeros((4, 1))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ((X, Y[:3]), "one row per sample"),
        ((X[0], Y), "one row per sample"),
        ((X, Y[:, 0]), r"y\[:, None\]"),
        ((X, Y, X, None), "lack y"),
        ((X, Y, None, Y), "lack x"),
        ((X, Y, X, Y[:2]), "validation samples"),
        ((X, Y, X[:, :1], Y), "other columns"),
        ((X, Y, X, np.zeros((4, 2))), "other columns"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arrays: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        Dataset("bad", *arrays)
