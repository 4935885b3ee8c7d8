"""A data set: training samples, and what they are judged by."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from difflab.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples in rows; arrays of float, x and y of one dtype.

    Attributes
    ----------
    name : str
        What it is.
    x : ndarray, shape (n, d)
        Inputs.
    y : ndarray, shape (n, k)
        Targets.
    x_val, y_val : ndarray or None
        Samples kept apart, of the same columns.
    features : tuple of str
        Names of the columns of ``x``; empty where they have none.
    note : str
        Where it comes from, and what was done to it.

    Raises
    ------
    ShapeError
        When the arrays do not fit one another.

    Examples
    --------
    >>> data = Dataset("line", np.array([[0.0], [1.0]]), np.array([[1.0], [3.0]]))
    >>> data.samples, data.validation is None
    (2, True)
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    x_val: np.ndarray | None = None
    y_val: np.ndarray | None = None
    features: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        for kind, x, y in (("training", self.x, self.y), ("validation", self.x_val, self.y_val)):
            if x is None and y is None and kind == "validation":
                continue
            if x is None or y is None:
                raise ShapeError(
                    f"the {kind} samples of {self.name!r} lack {'x' if x is None else 'y'}",
                    "inputs and targets come together",
                    "pass both x_val and y_val, or neither",
                )
            if np.ndim(x) != 2 or np.ndim(y) != 2 or len(x) != len(y):
                raise ShapeError(
                    f"the {kind} samples of {self.name!r} have shapes "
                    f"{np.shape(x)} and {np.shape(y)}",
                    "x and y are tables with one row per sample",
                    "x of shape (n, d) and y of shape (n, k); y[:, None] makes a column",
                )
            if x.shape[1] != self.x.shape[1] or y.shape[1] != self.y.shape[1]:
                raise ShapeError(
                    f"the validation samples of {self.name!r} have other columns",
                    f"x {self.x.shape} against {x.shape}, y {self.y.shape} against {y.shape}",
                    "keep the columns of both parts the same",
                )

    @property
    def samples(self) -> int:
        """Number of training samples."""
        return len(self.x)

    @property
    def validation(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The samples kept apart, or None."""
        return None if self.x_val is None or self.y_val is None else (self.x_val, self.y_val)


def standardise(data: Dataset) -> Dataset:
    """Shift and scale every input column to mean 0 and standard deviation 1.

    Mean and deviation are those of the training samples (the deviation with 1/n), and the
    validation samples are moved by the same amounts. A column that does not vary is only shifted.

    Examples
    --------
    >>> x, x_val = np.array([[0.0], [2.0]]), np.array([[4.0]])
    >>> data = standardise(Dataset("line", x, np.zeros((2, 1)), x_val, np.zeros((1, 1))))
    >>> data.x.ravel(), data.x_val.ravel()
    (array([-1.,  1.]), array([3.]))
    """
    centre = data.x.mean(axis=0)
    varies = np.ptp(data.x, axis=0) > 0  # exact, where rounding leaves a deviation of 1e-17
    scale = np.where(varies, data.x.std(axis=0), 1.0)
    return replace(
        data,
        x=(data.x - centre) / scale,
        x_val=None if data.x_val is None else (data.x_val - centre) / scale,
        note=f"{data.note}; inputs standardised".removeprefix("; "),
    )
