"""Data from formulas: the lecture's sample and surface, a noisy sine, XOR, two moons."""

from __future__ import annotations

import numpy as np

from difflab.datasets.dataset import Dataset
from difflab.errors import UsageError

BOX = 10.0
"""Inputs of the sine plus cosine lie between 0 and this."""
OTHER_SEED = 1_000_000
"""Added to the seed of a training set for its validation set, so that no run meets another's."""


def simplest() -> Dataset:
    """Return the one sample of the simplest MLP: x = 0.5, y = 1.

    Examples
    --------
    >>> simplest().x, simplest().y
    (array([[0.5]]), array([[1.]]))
    """
    return Dataset(
        "simplest", np.array([[0.5]]), np.array([[1.0]]), note="the sample of the lecture's chain"
    )


def sincos(n: int = 1000, seed: int = 0, noise: float = 0.1, grid: int = 41) -> Dataset:
    """Sine plus cosine with noise, as the slide's code draws it.

    ``np.random.seed(0); X = np.random.rand(n, 2) * 10`` and
    ``Y = np.sin(X[:, 0]) + np.cos(X[:, 1]) + np.random.randn(n) * 0.1``: NumPy's legacy generator,
    here as an object of its own, which gives the same numbers and leaves the global one alone.

    Parameters
    ----------
    n : int
        Samples.
    seed : int
        Of the legacy generator.
    noise : float
        Standard deviation of the noise; its square is the best mean squared error one can expect.
    grid : int
        Points per axis of the noise-free grid that serves as validation set.

    Returns
    -------
    Dataset
        x of shape (n, 2), y of shape (n, 1); validation of shapes (grid^2, 2) and (grid^2, 1).

    Examples
    --------
    >>> data = sincos()
    >>> data.x[0], data.y[0]
    (array([5.48813504, 7.15189366]), array([-0.07858353]))
    """
    generator = np.random.RandomState(seed)  # the legacy generator: the slide's numbers
    x = generator.rand(n, 2) * BOX
    y = _surface(x) + noise * generator.randn(n, 1)
    x_grid, y_grid = sincos_grid(grid)
    return Dataset(
        "sincos",
        x,
        y,
        x_grid,
        y_grid,
        features=("x0", "x1"),
        note=f"sin(x0) + cos(x1) + {noise:g} N(0, 1), {n} points in 0..{BOX:g}, seed {seed}; "
        f"judged on a noise-free grid of {grid} x {grid}",
    )


def sincos_grid(points: int = 41) -> tuple[np.ndarray, np.ndarray]:
    """Sine plus cosine without noise on an even grid over the box.

    Returns
    -------
    x : ndarray, shape (points^2, 2)
        The first input varies slowest.
    y : ndarray, shape (points^2, 1)

    Examples
    --------
    >>> x, y = sincos_grid(3)
    >>> x[1], round(float(y[1, 0]), 6)
    (array([0., 5.]), 0.283662)
    """
    axis = np.linspace(0.0, BOX, points)
    x = np.stack([column.ravel() for column in np.meshgrid(axis, axis, indexing="ij")], axis=1)
    return x, _surface(x)


def sine(n: int = 30, noise: float = 0.1, seed: int = 0, grid: int = 101) -> Dataset:
    """One period of a sine with noise, the data of curve fitting and of bias and variance.

    Bishop (2006), Pattern Recognition and Machine Learning, section 1.1.

    Parameters
    ----------
    n : int
        Samples, drawn evenly from 0..1.
    noise : float
        Standard deviation of the noise.
    seed : int
    grid : int
        Points of the noise-free grid that serves as validation set.

    Returns
    -------
    Dataset
        x and y of shape (n, 1); validation of shape (grid, 1).

    Raises
    ------
    UsageError
        Without a sample.

    Examples
    --------
    >>> data = sine(1000, seed=1)
    >>> data.x.shape, round(float(np.std(data.y - np.sin(2 * np.pi * data.x))), 2)
    ((1000, 1), 0.1)
    """
    _needs_samples("sine", n, 1)
    generator = np.random.default_rng(seed)
    x = generator.uniform(0.0, 1.0, (n, 1))
    y = np.sin(2 * np.pi * x) + noise * generator.standard_normal((n, 1))
    x_grid = np.linspace(0.0, 1.0, grid)[:, None]
    return Dataset(
        "sine",
        x,
        y,
        x_grid,
        np.sin(2 * np.pi * x_grid),
        features=("x",),
        note=f"sin(2 pi x) + {noise:g} N(0, 1), {n} points in 0..1, seed {seed}; judged on a "
        f"noise-free grid of {grid}",
    )


def xor() -> Dataset:
    """Return the four samples of XOR, which no linear model separates.

    Minsky and Papert (1969), Perceptrons.

    Examples
    --------
    >>> np.hstack([xor().x, xor().y])
    array([[0., 0., 0.],
           [0., 1., 1.],
           [1., 0., 1.],
           [1., 1., 0.]])
    """
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = np.array([[0.0], [1.0], [1.0], [0.0]])
    return Dataset("xor", x, y, features=("x0", "x1"), note="all four samples of exclusive or")


def moons(n: int = 1000, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Two interleaved half circles, classes 0 and 1, from scikit-learn.

    Parameters
    ----------
    n : int
        Samples of either part.
    noise : float
        Standard deviation of the noise.
    seed : int
        Of the training samples; the validation samples are drawn with another.

    Returns
    -------
    Dataset
        x of shape (n, 2), y of shape (n, 1) with targets 0 and 1; validation of the same shapes.

    Raises
    ------
    UsageError
        With less than one sample per moon.

    Examples
    --------
    >>> data = moons()
    >>> data.x.shape, int(data.y.sum()), data.x_val.shape
    ((1000, 2), 500, (1000, 2))
    """
    _needs_samples("moons", n, 2)
    from sklearn.datasets import make_moons

    x, labels = make_moons(n, noise=noise, random_state=seed)
    x_val, labels_val = make_moons(n, noise=noise, random_state=seed + OTHER_SEED)
    return Dataset(
        "moons",
        x,
        labels[:, None].astype(float),
        x_val,
        labels_val[:, None].astype(float),
        features=("x0", "x1"),
        note=f"two half circles, noise {noise:g} N(0, 1), {n} points, seed {seed}; judged on as "
        "many others",
    )


def _needs_samples(name: str, n: int, least: int) -> None:
    if n < least:
        raise UsageError(
            f"{name} with {n} samples",
            f"there have to be {least} or more",
            f"{name}(n=1000)",
        )


def _surface(x: np.ndarray) -> np.ndarray:
    return (np.sin(x[:, 0]) + np.cos(x[:, 1]))[:, None]
