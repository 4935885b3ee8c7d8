"""What scalars cannot express, for the tests of every engine that spells calls out in scalars."""

from __future__ import annotations

from typing import Any

from difflab.trace import name_of, trace
from tests.autodiff.case import Case

COMPLEX = frozenset({"np.real", "np.imag", "np.conjugate"})
COUNTING = frozenset({"np.bincount", "np.searchsorted", "np.argpartition"})
FLOATING_POINT = frozenset({"np.frexp", "np.ldexp", "np.copysign", "np.heaviside"})
BESSEL = frozenset({"np.i0", "difflab.bessel_i"})
SECOND_DERIVATIVES = frozenset(
    {
        "difflab.scatter_add", "difflab.column_sums", "difflab.power", "difflab.reciprocal",
        "difflab.adjugate", "difflab.adjugate_slope",
    }
)  # fmt: skip
"""Primitives that only rules call."""

NAMES = COMPLEX | COUNTING | FLOATING_POINT | BESSEL | SECOND_DERIVATIVES


def beyond_scalars(function: Any) -> bool:
    """Whether no field of scalars has a function: NAMES, factorizations and Fourier transforms."""
    name = name_of(function)
    if name.startswith(("np.linalg.", "np.fft.")):
        return name != "np.linalg.norm"
    return name in NAMES


def recorded(case: Case) -> set[Any]:
    """Functions on the tape of a case."""
    program = trace(lambda arrays: case.call(*arrays), list(case.arrays))
    return {entry.function for entry in program.entries} - {None}
