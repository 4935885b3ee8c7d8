"""A function between nests as one between flat vectors, which counts how often it was called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from difflab.errors import ShapeError, UsageError
from difflab.numeric.difference import steps_for
from difflab.numeric.loss import guarded, read_only
from difflab.numeric.resolution import check_resolution, spacing
from difflab.numeric.stencils import Stencil
from difflab.numeric.steps import unit_roundoff
from difflab.tree import (
    Nest,
    Structure,
    check_parameters,
    entry_name,
    flatten,
    ravel,
    unflatten,
    unravel_like,
)


@dataclass
class VectorFunction:
    """``f(params, *contexts)`` around one point, from R^n to R^m.

    Parameters
    ----------
    f : callable
        Returns a nest of arrays.
    params : nest of float arrays
        The point.
    contexts : tuple
    name : str
        Of the function, for messages.

    Attributes
    ----------
    evaluations : int
        Calls so far; two when it is new.

    Raises
    ------
    ParameterTypeError
    UsageError
        When the function returns anything but real floats, disagrees with itself, or writes to its
        arguments.

    Examples
    --------
    >>> function = VectorFunction(lambda p: [p["a"] ** 2], {"a": np.array([1.0, 2.0])})
    >>> function.x, function.value, function.evaluations
    (array([1., 2.]), array([1., 4.]), 2)
    """

    f: Callable[..., Any]
    params: Nest
    contexts: tuple[Any, ...] = ()
    name: str = "f"
    evaluations: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.leaves, self.structure = flatten(self.params)
        check_parameters(self.leaves, self.structure)
        self._call = guarded(self.f, self.contexts)
        self.x = self._wide(ravel(self.leaves))
        self.results, self.form = self._results(self.x)
        self.value = self._joined(self.results)
        again = self._joined(self._results(self.x)[0])
        if not np.array_equal(self.value, again, equal_nan=True):
            worst = int(np.argmax(~((self.value == again) | np.isnan(self.value))))
            raise UsageError(
                f"{self.row_name(worst)} was {self.value[worst]!s} and then {again[worst]!s} for "
                "the same parameters",
                "the function draws random numbers, shuffles or keeps state; a difference of two "
                "such values, divided by a small step, is mostly noise",
                "draw before the call and pass what was drawn as a context; seed inside",
            )

    @cached_property
    def precision(self) -> np.dtype[Any]:
        """The coarsest float type among the results, in which they are rounded."""
        dtypes = [result.dtype for result in self.results] or [np.dtype(float)]
        return max(dtypes, key=unit_roundoff)

    @cached_property
    def roundoff(self) -> float:
        """u of the coarsest float type met, in parameters or results."""
        types = {np.asarray(leaf).dtype for leaf in self.leaves} | {self.precision}
        return max(map(unit_roundoff, types))

    def counted(self, params: Nest, *contexts: Any) -> Any:
        """The function itself, for checks that call it in their own way."""
        self.evaluations += 1
        return self.f(params, *contexts)

    def at(self, vector: np.ndarray) -> np.ndarray:
        """Results at another point, shape (m,); infinities as NaN, for no slope is known there.

        Complex points give complex results.
        """
        with np.errstate(all="ignore"):  # the caller did not choose these points
            results, form = self._results(vector)
            shapes = [result.shape for result in results]
            if form != self.form or shapes != [result.shape for result in self.results]:
                raise ShapeError(
                    "the function returns other shapes at a neighbouring point",
                    f"first {[r.shape for r in self.results]}, then {shapes}",
                    "a function whose results have one shape",
                )
            values = self._joined(results)
            return np.where(np.isfinite(values), values, np.nan)

    def rounded(self, vector: np.ndarray) -> np.ndarray:
        """The point as the parameters' own float types hold it."""
        parts = zip(unravel_like(vector, self.leaves), self.leaves)
        return self._wide(ravel([part.astype(np.asarray(leaf).dtype) for part, leaf in parts]))

    def steps(self, stencil: Stencil, step: float | None) -> np.ndarray:
        """The step of every parameter, shape (n,).

        Raises
        ------
        UsageError
            For a step that is not positive, or vanishes beside a parameter, which is named.
        """
        if step is not None and not (np.isfinite(step) and step > 0):
            raise UsageError(
                f"step {step!r} is no step",
                "it is the distance between neighbouring points",
                "a positive number such as 1e-5, or None for a step that fits",
            )
        parts = [steps_for(np.asarray(leaf), stencil, step, self.precision) for leaf in self.leaves]
        for position, (leaf, part) in enumerate(zip(self.leaves, parts)):
            if np.any(part < spacing(leaf)):
                before = sum(np.size(other) for other in self.leaves[:position])
                names = [self.column_name(before + k) for k in range(np.size(leaf))]
                check_resolution(leaf, part, names=names)
        return self._wide(ravel(parts))

    def column_name(self, position: int) -> str:
        """Name one parameter: ``x[3]`` of a flat array, else its place in the nest."""
        name = entry_name(self.params, position)
        return name.replace("params", "x", 1) if self.structure.kind is None else name

    def row_name(self, position: int) -> str:
        """Name one result."""
        name = entry_name(unflatten(self.form, self.results), position)
        return name.replace("params", self.name, 1)

    def _wide(self, vector: np.ndarray) -> np.ndarray:
        return vector.astype(np.result_type(vector, np.float64))

    def _joined(self, results: list[np.ndarray]) -> np.ndarray:
        return self._wide(ravel(results))

    def _results(self, vector: np.ndarray) -> tuple[list[np.ndarray], Structure]:
        kind = np.complex128 if np.iscomplexobj(vector) else np.float16  # the least that holds it
        moved = []
        for part, leaf in zip(unravel_like(vector, self.leaves), self.leaves):
            cast = part.astype(np.result_type(np.asarray(leaf), kind))
            moved.append(cast if isinstance(leaf, np.ndarray) else cast[()])
        self.evaluations += 1
        found, form = flatten(self._call(read_only(unflatten(self.structure, moved))))
        results = [np.asarray(result) for result in found]
        for result in results:
            if result.dtype.kind not in ("fc" if np.iscomplexobj(vector) else "f"):
                raise UsageError(
                    f"the function returned {result.dtype} values",
                    "a matrix of derivatives belongs to results that vary smoothly, real floats",
                    "return float arrays, or nests of them",
                )
        return results, form
