"""What scalars cannot express, for the tests of every engine that spells calls out in scalars."""

from __future__ import annotations

from difflab.trace import name_of
from tests.autodiff.case import Case

COMPLEX = frozenset({"np.real", "np.imag", "np.conjugate"})
COUNTING = frozenset({"np.bincount", "np.searchsorted", "np.argpartition", "np.lexsort"})
FLOATING_POINT = frozenset({"np.frexp", "np.ldexp", "np.copysign", "np.heaviside", "np.isinf"})
BESSEL = frozenset({"np.i0", "difflab.bessel_i"})
SECOND_DERIVATIVES = frozenset(
    {
        "difflab.scatter_add", "difflab.column_sums", "difflab.power", "difflab.reciprocal",
        "difflab.adjugate", "difflab.adjugate_slope",
    }
)  # fmt: skip
"""Primitives that only rules call."""

NAMES = COMPLEX | COUNTING | FLOATING_POINT | BESSEL | SECOND_DERIVATIVES


def beyond_scalars(name: str) -> bool:
    """Whether no field of scalars has a function: NAMES, factorizations and Fourier transforms."""
    if name.startswith(("np.linalg.", "np.fft.")):
        return name != "np.linalg.norm"
    return name in NAMES


def recorded(case: Case) -> list[str]:
    """Names of the calls that a tape of a case holds."""
    from difflab.trace import trace

    program = trace(lambda arrays: case.call(*arrays), list(case.arrays))
    return [name_of(entry.function) for entry in program.entries if entry.function is not None]
