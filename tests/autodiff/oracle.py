"""The complex step through plain NumPy, also where NumPy's own functions are not analytic.

f'(x) = Im f(x + ih) / h with h = 1e-30 has no truncation and no cancellation (Squire & Trapp,
1998): what is left is rounding, some 1e-16. It needs f on complex arrays, as an analytic function.
``np.max`` of a complex array orders by real and imaginary parts together, ``np.hypot`` refuses one.
`Stepped` carries complex values through a user's function by NumPy's own dispatch, and puts the
forms of `tests.autodiff.analytic` in the place of such calls. Nothing of difflab takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tests.autodiff.analytic import ANALYTIC, EXTREMA

STEP = 1e-30


class Stepped(NDArrayOperatorsMixin):
    """A complex array that stands for a real one, moved by an infinitesimal imaginary step."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        self.value = np.asarray(value)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        if method == "reduce" and ufunc in EXTREMA:
            function = ANALYTIC[EXTREMA[ufunc]]
        return wrapped(ANALYTIC.get(function, function)(*bare(inputs), **bare(options)))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return wrapped(ANALYTIC.get(function, function)(*bare(args), **bare(options)))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.value if dtype is None else self.value.astype(dtype)

    def __getitem__(self, index: Any) -> Any:
        return wrapped(self.value[bare(index)])

    def __iter__(self) -> Any:
        return (self[k] for k in range(len(self.value)))

    def __bool__(self) -> bool:
        return bool(self.value.real)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        function = getattr(np, name, None)
        if callable(function) and function in ANALYTIC:
            return lambda *args, **options: function(self, *args, **options)
        attribute = getattr(self.value, name)
        if not callable(attribute):
            return wrapped(attribute)
        return lambda *args, **options: wrapped(attribute(*bare(args), **bare(options)))


def bare(nest: Any) -> Any:
    """Take the arrays out of their wrapping, at any depth of an argument list."""
    if isinstance(nest, Stepped):
        return nest.value
    if isinstance(nest, dict):
        return {name: bare(part) for name, part in nest.items()}
    return type(nest)(map(bare, nest)) if type(nest) in (tuple, list) else nest


def wrapped(result: Any) -> Any:
    """Wrap complex results; leave what carries no derivative as it is."""
    if isinstance(result, (tuple, list)):
        return tuple(map(wrapped, result))
    return Stepped(result) if np.iscomplexobj(result) else result


def complex_step(f: Callable[..., Any], arrays: Sequence[Any], directions: Sequence[Any]) -> Any:
    """The derivative of ``f(arrays)`` along ``directions``, of the shape of its value."""
    moved = [Stepped(np.asarray(x) + 1j * STEP * d) for x, d in zip(arrays, directions)]
    return np.imag(np.asarray(bare(f(moved)))) / STEP


def complex_step_gradient(f: Callable[..., Any], arrays: Sequence[Any]) -> list[np.ndarray]:
    """The gradient of a scalar function, one complex step per entry."""
    gradient = [np.zeros(np.shape(x)) for x in arrays]
    for slot, x in enumerate(arrays):
        for index in np.ndindex(np.shape(x)):
            directions: list[Any] = [0.0] * len(arrays)
            directions[slot] = np.zeros(np.shape(x))
            directions[slot][index] = 1.0
            gradient[slot][index] = complex_step(f, arrays, directions)
    return gradient


def polynomial_gradient(f: Callable[..., Any], arrays: Sequence[Any]) -> list[np.ndarray]:
    """The gradient of a polynomial of degree six or less, by central differences of sixth order.

    Without truncation the step may be 1, and nothing cancels. For functions that pass through
    complex values, where there is no room for a complex step.
    """
    gradient = [np.zeros(np.shape(x)) for x in arrays]
    for slot, x in enumerate(arrays):
        for index in np.ndindex(np.shape(x)):
            unit = np.zeros(np.shape(x))
            unit[index] = 1.0
            for offset, weight in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60)):
                for side in (1, -1):
                    moved = [*arrays[:slot], x + side * offset * unit, *arrays[slot + 1 :]]
                    gradient[slot][index] += side * weight * f(moved)
    return gradient


def reference_gradient(
    f: Callable[..., Any], arrays: Sequence[Any], analytic: bool
) -> list[np.ndarray]:
    """The gradient of ``f(arrays)``, to some 1e-15, without difflab."""
    return (complex_step_gradient if analytic else polynomial_gradient)(f, list(arrays))


def distance(ours: Sequence[Any], reference: Sequence[Any]) -> float:
    """Largest error of any entry, relative to the largest entry of its operand's gradient."""
    worst = 0.0
    for mine, theirs in zip(ours, reference, strict=True):
        size = float(np.max(np.abs(theirs), initial=0.0)) or 1.0
        worst = max(worst, float(np.max(np.abs(mine - theirs), initial=0.0)) / size)
    return worst
