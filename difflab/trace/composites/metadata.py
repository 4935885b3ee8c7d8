"""Functions that ask about the form of an array, never about its values: answered, not recorded.

Their results are ordinary Python and NumPy objects, so ``if np.ndim(x) == 2`` is no decision that a
tape has to remember.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.trace.composites.arguments import is_traced


def _blank(x: Any) -> Any:
    """A plain array of x's shape and dtype that costs no memory; other things as they are."""
    return np.broadcast_to(np.zeros((), x.dtype), x.shape) if is_traced(x) else x


def _of_form(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function answer for blank arrays in place of its arguments."""

    def answer(*args: Any, **options: Any) -> Any:
        options = {name: _blank(value) for name, value in options.items()}
        return function(*map(_blank, args), **options)

    return answer


def _full_like(a: Any, fill_value: Any, dtype: Any = None, *_: Any, **options: Any) -> Any:
    shape = options.get("shape")
    filled = np.broadcast_to(fill_value, a.shape if shape is None else shape)
    return filled.astype(a.dtype if dtype is None else dtype)


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    **{
        function: _of_form(function)
        for function in (
            np.shape,
            np.ndim,
            np.size,
            np.zeros_like,
            np.ones_like,
            np.empty_like,
            np.iscomplexobj,
            np.isrealobj,
            np.result_type,
            np.common_type,
            np.einsum_path,
            np.tril_indices_from,
            np.triu_indices_from,
            np.diag_indices_from,
        )
    },
    np.full_like: _full_like,
}
