"""Losses that the complex step cannot follow: recognising them and saying which call it was.

``np.abs``, norms, variances, conjugates and casts to float drop the imaginary part or spoil it,
mostly without a word. What NumPy does say (a TypeError, a ComplexWarning) becomes a worded error.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from difflab.errors import DifflabError, MissingRuleError
from difflab.numeric.loss import Loss
from difflab.trace import name_of, trace
from difflab.tree import Nest

NOT_ANALYTIC = (
    np.absolute, np.fabs, np.linalg.norm, np.sign, np.var, np.std, np.conjugate, np.real, np.imag,
    np.angle, np.vdot, np.hypot, np.arctan2, np.logaddexp, np.logaddexp2, np.floor, np.ceil,
    np.trunc,
)  # fmt: skip
"""NumPy functions that drop the imaginary part, spoil it, or refuse complex numbers."""

INSTEAD = 'method="finite-difference:central", or "autodiff"'


def suspects(f: Loss, params: Nest, *contexts: Any) -> list[str]:
    """Name the functions of `NOT_ANALYTIC` through which the result depends on ``params``.

    What only decides, such as ``np.abs(w) < 1`` inside ``np.where``, is no suspect: comparisons
    look at real parts first. Empty where f cannot be traced.

    Examples
    --------
    >>> suspects(lambda w: np.sum(np.where(np.abs(w) < 1, w, w**2)) + np.linalg.norm(w), np.ones(2))
    ['np.linalg.norm']
    """
    try:
        program = trace(f, params, *contexts)
    except Exception:  # whatever stops the trace, there is another message to give
        return []
    touched = set(range(program.parameters))
    for index, entry in enumerate(program.entries):
        if not touched.isdisjoint(entry.parents):
            touched.add(index)
    used = {program.output}
    found: dict[str, None] = {}
    for index in reversed(range(len(program.entries))):
        entry = program.entries[index]
        if index in used and _is_real(entry.value):
            used.update(entry.parents)
            if entry.function in NOT_ANALYTIC and not touched.isdisjoint(entry.parents):
                found[name_of(entry.function)] = None
    return list(found)[::-1]


def _is_real(value: Any) -> bool:
    """Whether a value, or one of several results, is of real floating-point numbers."""
    values = value if isinstance(value, tuple) else (value,)
    return any(np.asarray(v).dtype.kind == "f" for v in values)


def refusal(what: str, f: Loss, params: Nest, *contexts: Any) -> MissingRuleError:
    """Build the error that says what was seen, names the likely call and a method that works."""
    calls = suspects(f, params, *contexts)
    if calls:
        subject = " and ".join(calls)
        why = f"{subject} {'is' if len(calls) == 1 else 'are'} not analytic: no complex derivative"
    else:
        why = (
            "likely np.abs, a norm or variance, conj, real, a cast to float or a write into a real "
            "array, which lose the imaginary part"
        )
    return MissingRuleError(
        f"the complex step cannot differentiate this loss: {what}", why, INSTEAD
    )


@contextmanager
def refusing_real_only_calls(f: Loss, params: Nest, *contexts: Any) -> Iterator[None]:
    """Turn a TypeError or a ComplexWarning met in complex arithmetic into a `MissingRuleError`.

    Floating-point warnings are silent inside: the real call before has given those that matter.
    """
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            yield
    except DifflabError:
        raise
    except (TypeError, np.exceptions.ComplexWarning) as error:
        raise refusal(f"{type(error).__name__}, {error}", f, params, *contexts) from error
