"""Patterns: which entries of a Jacobian may differ from zero, and in what form the user said so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from difflab.errors import ShapeError, UsageError

Form = Literal["dense", "sparse"]
"""The matrix comes back in the form of its pattern: an ndarray, or a ``scipy.sparse.csr_array``."""

_INSTEAD = "a boolean array, a scipy.sparse matrix, or a pair (rows, cols) of index arrays"


@dataclass(frozen=True, slots=True)
class Counts:
    """Entries in order with the place where each row (or column) starts; as in CSR and CSC.

    Attributes
    ----------
    members : ndarray of int, shape (entries,)
    starts : ndarray of int, shape (lines + 1,)
    """

    members: np.ndarray
    starts: np.ndarray

    def of(self, line: int) -> np.ndarray:
        """Members of one row or column."""
        return self.members[self.starts[line] : self.starts[line + 1]]


@dataclass(frozen=True, eq=False)
class Pattern:
    """The places of an m x n matrix that may differ from zero, each once, row after row.

    Attributes
    ----------
    shape : (int, int)
    rows, cols : ndarray of int, shape (entries,)
    form : {"dense", "sparse"}
        In which the matrix comes back.

    Examples
    --------
    >>> pattern = Pattern.of(np.eye(3, dtype=bool), (3, 3))
    >>> pattern.rows, pattern.cols
    (array([0, 1, 2]), array([0, 1, 2]))
    """

    shape: tuple[int, int]
    rows: np.ndarray
    cols: np.ndarray
    form: Form = "dense"

    @classmethod
    def of(cls, given: Any, shape: tuple[int, int]) -> Pattern:
        """Read a pattern in any of its three forms.

        Parameters
        ----------
        given : boolean array (m, n), scipy.sparse matrix, or (rows, cols)
            Numbers in place of booleans: 0 says zero, all else says perhaps not. Stored entries of
            a sparse matrix count, zeros among them too. Repeated index pairs count once.
        shape : (int, int)
            That of the Jacobian.

        Raises
        ------
        UsageError
            For another form, NaN, or indices that are not whole numbers.
        ShapeError
            When it does not fit ``shape``.
        """
        if hasattr(given, "tocoo"):
            _fit(tuple(given.shape), shape)
            coo = given.tocoo()
            return cls._sorted(shape, np.asarray(coo.row), np.asarray(coo.col), "sparse")
        if isinstance(given, tuple) and len(given) == 2:
            rows, cols = (_indices(part, axis) for part, axis in zip(given, ("rows", "cols")))
            if rows.shape != cols.shape:
                raise ShapeError(
                    f"the pattern has {rows.size} rows and {cols.size} columns of entries",
                    "the k-th entry lies at (rows[k], cols[k])",
                    "index arrays of one length",
                )
            _within(rows, shape[0], "row")
            _within(cols, shape[1], "column")
            return cls._sorted(shape, rows, cols, "sparse")
        array = np.asarray(given)
        if array.ndim != 2 or array.dtype.kind not in "biuf" or np.isnan(array).any():
            raise UsageError(
                f"sparsity is no pattern: {type(given).__name__} of {array.dtype}{array.shape}",
                "it says for every entry of the matrix whether it may differ from zero",
                _INSTEAD,
            )
        _fit(array.shape, shape)
        rows, cols = np.nonzero(array)
        return cls(shape, rows, cols, "dense")

    @classmethod
    def full(cls, shape: tuple[int, int]) -> Pattern:
        """Every entry.

        Examples
        --------
        >>> Pattern.full((2, 3)).rows
        array([0, 0, 0, 1, 1, 1])
        """
        rows, cols = (part.ravel() for part in np.indices(shape))
        return cls(shape, rows, cols)

    @classmethod
    def _sorted(
        cls, shape: tuple[int, int], rows: np.ndarray, cols: np.ndarray, form: Form
    ) -> Pattern:
        places = np.unique(rows.astype(np.int64) * shape[1] + cols)
        return cls(shape, places // max(shape[1], 1), places % max(shape[1], 1), form)

    def symmetric(self) -> Pattern:
        """The pattern with its mirror image and the diagonal, as that of a Hessian is.

        Examples
        --------
        >>> arrow = Pattern.of(([0, 0], [1, 2]), (3, 3)).symmetric()
        >>> arrow.rows, arrow.cols
        (array([0, 0, 0, 1, 1, 2, 2]), array([0, 1, 2, 0, 1, 0, 2]))
        """
        diagonal = np.arange(self.shape[0])
        rows = np.concatenate([self.rows, self.cols, diagonal])
        cols = np.concatenate([self.cols, self.rows, diagonal])
        return self._sorted(self.shape, rows, cols, self.form)

    @cached_property
    def by_row(self) -> Counts:
        """Columns of the entries of every row."""
        return Counts(self.cols, np.searchsorted(self.rows, np.arange(self.shape[0] + 1)))

    @property
    def longest_row(self) -> int:
        """How many entries the fullest row has."""
        return int(np.diff(self.by_row.starts).max(initial=0))

    @cached_property
    def by_column(self) -> Counts:
        """Rows of the entries of every column."""
        order = np.argsort(self.cols, kind="stable")
        starts = np.searchsorted(self.cols[order], np.arange(self.shape[1] + 1))
        return Counts(self.rows[order], starts)

    def matrix(self, values: np.ndarray) -> Any:
        """Put one value per entry into a matrix of the pattern's form.

        Examples
        --------
        >>> Pattern.of(np.eye(2), (2, 2)).matrix(np.array([3.0, 4.0]))
        array([[3., 0.],
               [0., 4.]])
        """
        if self.form == "sparse":
            from scipy.sparse import csr_array

            return csr_array((values, self.cols, self.by_row.starts), shape=self.shape)
        dense = np.zeros(self.shape, values.dtype)
        dense[self.rows, self.cols] = values
        return dense


def _indices(given: Any, axis: str) -> np.ndarray:
    found = np.asarray(given)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise UsageError(
            f"{axis} of the pattern is {found.dtype}{found.shape}, not a list of positions",
            "a pair is read as (rows, cols)",
            _INSTEAD,
        )
    return found.astype(np.int64)


def _within(indices: np.ndarray, size: int, axis: str) -> None:
    outside = (indices < 0) | (indices >= size)
    if np.any(outside):
        raise ShapeError(
            f"the pattern names {axis} {indices[np.argmax(outside)]}",
            f"the matrix has {size} {axis}s, counted from 0",
            f"indices from 0 to {size - 1}" if size else "an empty pattern",
        )


def _fit(given: tuple[int, ...], shape: tuple[int, int]) -> None:
    if given != shape:
        raise ShapeError(
            f"the pattern has shape {given}, the matrix of derivatives {shape}",
            "rows are results, columns are parameters",
            "the transposed pattern" if given == shape[::-1] else f"a pattern of shape {shape}",
        )
