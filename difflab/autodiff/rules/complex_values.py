"""Complex values between real parameters and a real loss.

The cotangent of a complex value z is g = dL/d(Re z) - i dL/d(Im z), so that a change of z changes
the loss by Re(g dz). With this choice (JAX has the same) the pullback of a function with complex
derivative f' is g f', the plain transpose without any conjugation: the rows written for real arrays
hold as they stand. Where an operand is real, the sweep takes the real part.

Functions without a complex derivative (|z|, Re, Im, the conjugate) have rows of their own here;
those that order their operands (maximum, sort) have none, and are refused by name. A function is
refused unless it is listed, so that a new row is never silently wrong on complex values.

Source: Brandwood, A Complex Gradient Operator (1983); Kreutz-Delgado, The Complex Gradient Operator
and the CR-Calculus (2009).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.autodiff.rules.determinants import adjugate, adjugate_slope
from difflab.autodiff.rules.poles import power, reciprocal
from difflab.autodiff.rules.rule import (
    VJP,
    Rule,
    elementwise,
    general,
    linear,
    restore_axes,
)
from difflab.errors import TracingError
from difflab.trace import name_of
from difflab.transposes import column_sums, scatter_add


def _safe(length: Any) -> Any:
    """The length to divide by: 1 instead of 0, where the numerator is 0."""
    return np.where(length == 0, 1, length)


RULES = [
    # conj is no complex-linear map, and is its own transpose in Re(g dz)
    general(
        np.conjugate,
        (lambda g, out, z: np.conjugate(g),),
        (lambda t, out, z: np.conjugate(t),),
    ),
    linear(np.real, lambda g, out, z: g),
    linear(np.imag, lambda g, out, z: g * -1j),  # -1j * g would make a Python number of a scalar
]
"""Rows of the table that serve real and complex operands alike."""

AS_THEY_STAND: frozenset[Callable[..., Any]] = frozenset(
    {
        # of this module, and linear over the reals, written for this convention
        np.conjugate, np.real, np.imag, np.fft.rfft, np.fft.irfft,
        # arithmetic and analytic functions
        np.add, np.subtract, np.negative, np.positive, np.multiply, np.true_divide, np.square,
        np.reciprocal, np.sqrt, np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p,
        np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.tanh,
        np.arcsinh, np.arccosh, np.arctanh, np.sinc, np.where, np.rint, reciprocal,
        # reductions
        np.sum, np.mean, np.prod, np.cumsum, np.cumprod,
        # shape and selection
        np.reshape, np.ravel, np.transpose, np.swapaxes, np.moveaxis, np.squeeze, np.expand_dims,
        np.broadcast_to, np.flip, np.roll, np.copy, np.astype, np.concatenate, np.stack, np.take,
        operator.getitem, scatter_add, column_sums,
        # products
        np.matmul, np.dot, np.inner, np.outer, np.tensordot, np.einsum, np.convolve,
        # linear algebra
        np.linalg.inv, np.linalg.solve, np.linalg.det, adjugate, adjugate_slope,
        np.fft.fft, np.fft.ifft,
    }
)  # fmt: skip
"""Functions whose row in the table, written for real arrays, holds for complex ones too."""


def _along(t: Any, z: Any) -> Any:
    """Re(conj(z) t): how much of a change t goes along z."""
    return np.real(np.conjugate(z) * t)


def _absolute_vjp(g: Any, out: Any, z: Any) -> Any:
    return g * np.conjugate(z) / _safe(out)


def _absolute_jvp(t: Any, out: Any, z: Any) -> Any:
    return _along(t, z) / _safe(out)


def _sign_vjp(g: Any, out: Any, z: Any) -> Any:
    return np.imag(g * out) * 1j * np.conjugate(out) / _safe(np.abs(z))


def _sign_jvp(t: Any, out: Any, z: Any) -> Any:
    """z / |z| turns, and does not grow."""
    return np.imag(np.conjugate(out) * t) * 1j * out / _safe(np.abs(z))


def _norm_vjp(g: Any, out: Any, z: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    g, out = (restore_axes(a, np.shape(z), axis, keepdims) for a in (g, out))
    return g * np.conjugate(z) / _safe(out)


def _norm_jvp(t: Any, out: Any, z: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    return np.sum(_along(t, z), axis=axis, keepdims=keepdims) / _safe(out)


def _power_base(y: Any, z: Any, n: Any) -> Any:
    return np.where(n == 0, 0, n * z ** np.where(n == 0, 1, n - 1))


def _power_exponent(y: Any, z: Any, n: Any) -> Any:
    """y log z, by the logarithm of a complex number also where z is real and negative."""
    return y * np.log(np.where(z == 0, 1, z) + 0j)


OWN: dict[Callable[..., Any], Rule] = {
    rule.function: rule
    for rule in (
        general(np.absolute, (_absolute_vjp,), (_absolute_jvp,), kink="|z|'(0) = 0"),
        general(np.sign, (_sign_vjp,), (_sign_jvp,), kink="sign'(0) = 0"),
        general(np.linalg.norm, (_norm_vjp,), (_norm_jvp,), kink="norm'(0) = 0"),
        *(elementwise(f, _power_base, _power_exponent) for f in (np.power, np.float_power, power)),
    )
}
"""Rows that replace the one in the table where an operand is complex."""

_INSTEAD = {
    np.var: "np.mean(np.abs(z - np.mean(z)) ** 2)",
    np.std: "np.sqrt(np.mean(np.abs(z - np.mean(z)) ** 2))",
    np.linalg.slogdet: "np.linalg.det(z)",
    np.linalg.pinv: "np.linalg.solve(z.conj().T @ z, z.conj().T)",
    np.linalg.lstsq: "np.linalg.solve(z.conj().T @ z, z.conj().T @ b)",
}


def check_complex(function: Any) -> None:
    """Refuse a call that meets complex values and is not listed.

    Raises
    ------
    TracingError
        Naming the function, when it has no derivative there or none that difflab knows.
    """
    if function not in AS_THEY_STAND and function not in OWN:
        raise TracingError(
            f"{name_of(function)} was called on complex values while being differentiated",
            "difflab has no derivative rule for complex operands of this function",
            _INSTEAD.get(function, "np.real(z), np.imag(z) or np.abs(z) instead of z"),
        )


def complex_row(function: Callable[..., Any], row: Rule) -> Rule:
    """Choose the row of a call on complex values; ``row`` is the one in the table."""
    check_complex(function)
    return OWN.get(function, row)


def complex_vjps(function: Any, vjps: tuple[VJP, ...]) -> tuple[VJP, ...]:
    """Choose the VJPs of a call on complex values; ``vjps`` are those in the table."""
    check_complex(function)
    return OWN[function].vjps if function in OWN else vjps


def cast(array: Any, dtype: Any, function: Any) -> Any:
    """Give a contribution its operand's dtype: the real part, where the operand is real."""
    if array.dtype.kind == "c" and dtype.kind == "f":
        check_complex(function)
        array = np.real(array)
    return array if array.dtype == dtype else array.astype(dtype)
