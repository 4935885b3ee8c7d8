"""The complex step for functions of one number, with its traps caught."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.errors import MissingRuleError, NonScalarLossError, UsageError
from difflab.numeric.complex_step import LARGEST_SLOPE, STEP, in_its_precision
from difflab.numeric.ladder.arguments import Question
from difflab.numeric.ladder.automatic import ladder_derivative
from difflab.numeric.ladder.flags import Flag
from difflab.numeric.ladder.result import Derivative
from difflab.numeric.ladder.sampling import entry
from difflab.numeric.steps import unit_roundoff
from difflab.numeric.traps import refusal, refusing_real_only_calls

ROUNDING = 16
"""Error of the imaginary part, in units of u, beside the noise that the ladder finds."""


def complex_step_derivative(question: Question) -> Derivative:
    """Take Im f(x + ih) / h (Squire and Trapp 1998), and compare it with the ladder.

    Raises
    ------
    UsageError
        For another derivative than the first.
    MissingRuleError
        When f drops or spoils the imaginary part, or the slope differs from the ladder's by more
        than the ladder's error bar.
    """
    if question.n != 1:
        raise UsageError(
            f"the complex step gives no derivative of order {question.n}",
            "its imaginary part holds the first derivative alone",
            'method="auto"',
        )
    compared = ladder_derivative(question)
    try:
        return _compared(question, compared)
    except MissingRuleError as error:
        what = error.what.replace("this loss", "this function")
        raise MissingRuleError(what, error.why, 'method="auto"') from error


def _compared(question: Question, compared: Derivative) -> Derivative:
    """Take the complex step, and refuse it where the ladder says otherwise."""
    f, x, args = question.f, question.x, question.args
    lifted = x.astype(np.result_type(x.dtype, np.complex128))
    with refusing_real_only_calls(f, x[()], *args):
        result, step = in_its_precision(
            lambda h: _values(f, lifted + 1j * h, args),
            STEP if question.step is None else question.step,
        )
    slopes: Any = result.imag
    dtypes = [x.dtype, result.dtype]
    if result.dtype.kind != "c":
        dtypes = [x.dtype]
        if np.any(np.abs(compared.value) > compared.error):
            raise refusal("its result is real although x is complex", f, x[()], *args)
        slopes = np.zeros(x.shape)
    with np.errstate(all="ignore"):
        slopes = np.where(np.abs(slopes / step) < LARGEST_SLOPE, slopes / step, np.nan)
        unit = max(map(unit_roundoff, dtypes))
        clear = np.isfinite(compared.value) & np.isfinite(slopes)
        apart = np.abs(slopes - compared.value)
        differs = clear & (apart > compared.error + ROUNDING * unit * np.abs(slopes))
    if np.any(differs):
        index = np.unravel_index(int(np.argmax(differs)), x.shape)
        there = f"{np.asarray(slopes)[index]:.6g}"
        here = f"{np.asarray(compared.value)[index]:.6g} ± {np.asarray(compared.error)[index]:.1g}"
        raise refusal(f"its slope is {there}, differences give {here}", f, x[()], *args)
    with np.errstate(all="ignore"):
        size = np.fmax(np.abs(np.asarray(compared.value)), np.abs(slopes))
        error = np.fmin(ROUNDING * unit * size, compared.error) + 0.0
        kept = np.asarray(compared.flags) & int(Flag.KINK | Flag.JUMP | Flag.SINGULAR | Flag.NOISE)
        doubtful = kept != 0
        error = np.where(doubtful | ~clear, compared.error, error)
    error = np.fmax(error, float(np.finfo(float).smallest_subnormal))
    return Derivative(
        value=np.asarray(slopes)[()],
        error=error[()],
        evaluations=compared.evaluations + 1,
        step=(np.zeros(x.shape) + step)[()],
        order=2 if x.shape == () else np.full(x.shape, 2),
        method="complex-step",
        noise=compared.noise,
        flags=Flag(int(kept)) if x.shape == () else kept,
        left=compared.left,
        right=compared.right,
    )


def _values(f: Any, lifted: np.ndarray, args: tuple[Any, ...]) -> np.ndarray:
    """Return f at complex points, in their shape."""
    try:
        result = np.asarray(f(lifted[()] if lifted.shape == () else lifted, *args))
    except ValueError:
        result = np.asarray(None)
    if result.shape != lifted.shape:
        parts = [
            np.asarray(f(lifted[index], *entry(args, lifted.shape, index)))[()]
            for index in np.ndindex(lifted.shape)
        ]
        result = np.asarray(parts).reshape(lifted.shape)
    if result.dtype.kind not in "cfiub":
        raise NonScalarLossError(
            f"the function returned {result.dtype} for a complex argument",
            "the complex step needs complex numbers",
            'method="auto"',
        )
    return result
