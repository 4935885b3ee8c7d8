"""Compressed differences: all columns of a group are moved at once, and each entry is read off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.numeric.complex_step import LARGEST_SLOPE, STEP
from difflab.numeric.sparse.colouring import Colouring
from difflab.numeric.sparse.vector_function import VectorFunction
from difflab.numeric.stencils import Stencil


@dataclass(frozen=True, eq=False)
class Compressed:
    """Differences of a vector function, by group.

    A stencil is a weighted mean of difference quotients. Its numerators belong to a group, its
    divisors, the steps as the machine took them, to a column.

    Attributes
    ----------
    weights : tuple of float, one per quotient
    numerators : ndarray, shape (quotients, groups, m)
    divisors : ndarray, shape (quotients, n)
    colours : ndarray of int, shape (n,)
    """

    weights: tuple[float, ...]
    numerators: np.ndarray
    divisors: np.ndarray
    colours: np.ndarray

    def entries(self, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
        """Return derivatives at (rows, cols), provided each is alone of its group in its row.

        Index arrays are broadcast against each other.
        """
        groups = self.colours[cols]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            quotients = [
                weight * above[groups, rows] / below[cols]
                for weight, above, below in zip(self.weights, self.numerators, self.divisors)
            ]
        return sum(quotients[1:], quotients[0])


def by_differences(
    function: VectorFunction, colouring: Colouring, stencil: Stencil, steps: np.ndarray
) -> Compressed:
    """Difference every group along its columns' steps.

    Parameters
    ----------
    function : VectorFunction
    colouring : Colouring
        Of its n parameters.
    stencil : Stencil
        Of a first derivative.
    steps : ndarray, shape (n,)

    Examples
    --------
    >>> from difflab.numeric.stencils import SCHEMES
    >>> squares = VectorFunction(lambda x: x**2, np.array([1.0, 3.0]))
    >>> together = Colouring(np.array([0, 0]))
    >>> found = by_differences(squares, together, SCHEMES["central"], np.array([0.5, 0.5]))
    >>> found.entries(np.array([0, 1]), np.array([0, 1]))
    array([2., 6.])
    """
    x = function.x
    quotients = stencil.quotients
    offsets = dict.fromkeys(o for quotient in quotients for o in quotient[:2])
    shifted = {o: function.rounded(x + o * steps) for o in offsets}
    numerators = np.empty((len(quotients), colouring.groups, function.value.size), x.dtype)
    for group, members in enumerate(colouring.members()):
        values: dict[Any, np.ndarray] = {0: function.value}
        for offset in offsets:
            if offset != 0:
                point = x.copy()
                point[members] = shifted[offset][members]
                values[offset] = function.at(point)
        with np.errstate(invalid="ignore"):
            for k, (plus, minus, _) in enumerate(quotients):
                numerators[k, group] = values[plus] - values[minus]
    taken = np.array([shifted[plus] - shifted[minus] for plus, minus, _ in quotients])
    weights = tuple(quotient.weight for quotient in quotients)
    return Compressed(weights, numerators, taken, colouring.colours)


def by_complex_step(
    function: VectorFunction, colouring: Colouring, step: float = STEP
) -> Compressed:
    """Move every group by ``i step``; nothing is subtracted. Infinite slopes become NaN.

    Examples
    --------
    >>> squares = VectorFunction(lambda x: x**2, np.array([1.0, 3.0]))
    >>> found = by_complex_step(squares, Colouring(np.array([0, 0])))
    >>> found.entries(np.array([0, 1]), np.array([0, 1]))
    array([2., 6.])
    """
    numerators = np.empty((1, colouring.groups, function.value.size), function.x.dtype)
    largest = np.maximum(1.0, np.abs(function.value)) * LARGEST_SLOPE * step
    for group, members in enumerate(colouring.members()):
        point = function.x.astype(np.result_type(function.x, np.complex128))
        point[members] += 1j * step
        imaginary = function.at(point).imag
        numerators[0, group] = np.where(np.abs(imaginary) < largest, imaginary, np.nan)
    return Compressed((1.0,), numerators, np.full((1, function.x.size), step), colouring.colours)
