"""NumPy calls on whole arrays as formulas of linear algebra.

Vectors are columns. A vector that NumPy adds to every row of a matrix stands as the row of a
product with a column of ones: 1 b'. Numbers act on every entry. What has no sign in linear algebra
is written by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from difflab.symbolic.paper.combine import named_call
from difflab.symbolic.paper.entrywise import ENTRYWISE
from difflab.symbolic.paper.formula import Formula, words
from difflab.symbolic.paper.operands import Operand, Shape, Sizes
from difflab.symbolic.paper.structural import STRUCTURAL
from difflab.trace import name_of
from difflab.transposes import column_sums

SHAPES_ONLY: frozenset[Callable[..., Any]] = frozenset(
    {
        *(np.transpose, np.swapaxes, np.copy, np.astype, np.broadcast_to, np.reshape, np.ravel),
        *(np.squeeze, np.expand_dims),
    }
)
"""Calls that change the shape and no entry."""

GLUE: frozenset[Callable[..., Any]] = SHAPES_ONLY | {
    *(np.add, np.subtract, np.multiply, np.true_divide, np.negative, np.square, np.power),
    *(np.matmul, np.dot, np.sum, np.mean, column_sums),
}
"""Calls whose result rarely needs a name: what they are made of is read at one glance."""

_SPELLINGS = {**ENTRYWISE, **STRUCTURAL}


def spell_call(
    function: Callable[..., Any],
    operands: Sequence[Operand],
    options: Mapping[str, Any],
    shape: Shape | None,
    sizes: Sizes,
) -> Formula:
    """Spell one call.

    Parameters
    ----------
    function : callable
        As on the tape.
    operands : sequence of Operand
    options : mapping
    shape : tuple of int or None
        Of the result; None for several results.
    sizes : Sizes

    Examples
    --------
    >>> from difflab.symbolic.paper.formula import symbol
    >>> x, w = Operand(symbol("X"), (9, 2)), Operand(symbol("w"), (2,))
    >>> spell_call(np.matmul, [x, w], {}, (9,), Sizes()).plain
    'X w'
    >>> spell_call(np.add, [x, w], {}, (9, 2), Sizes()).plain
    'X + 𝟏 wᵀ'
    >>> spell_call(np.linalg.det, [x], {}, (), Sizes()).plain
    'np.linalg.det(X)'
    """
    spell = _SPELLINGS.get(function)
    if spell is not None and shape is not None:
        found = spell(operands, options, shape, sizes)
        if found is not None:
            return found
    return _by_name(function, operands, options)


def _by_name(
    function: Callable[..., Any], operands: Sequence[Operand], options: Mapping[str, Any]
) -> Formula:
    given = [words(f"{k}={v!r}") for k, v in options.items() if _is_short(v)]
    return named_call(
        name_of(function).removeprefix("difflab."), *(o.array for o in operands), *given
    )


def _is_short(option: Any) -> bool:
    return isinstance(option, (int, float, str, tuple)) and len(repr(option)) < 20
