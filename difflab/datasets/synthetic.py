"""Data from formulas: the simplest sample of the lecture, and its sine plus cosine."""

from __future__ import annotations

import numpy as np

from difflab.datasets.dataset import Dataset

BOX = 10.0
"""Inputs of the sine plus cosine lie between 0 and this."""


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


def _surface(x: np.ndarray) -> np.ndarray:
    return (np.sin(x[:, 0]) + np.cos(x[:, 1]))[:, None]
