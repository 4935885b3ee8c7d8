"""Rules of products: matmul, dot, inner, outer, tensordot, einsum."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import bilinear, general
from difflab.errors import MissingRuleError


def _swap(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _matmul_left(g: Any, out: Any, x: Any, y: Any) -> Any:
    """Cotangent of x in x @ y, for every combination of vectors, matrices and stacks."""
    if np.ndim(y) == 1:
        return np.expand_dims(g, -1) * y
    if np.ndim(x) == 1:
        return np.matmul(y, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, _swap(y))


def _matmul_right(g: Any, out: Any, x: Any, y: Any) -> Any:
    if np.ndim(x) == 1:
        return np.expand_dims(x, -1) * np.expand_dims(g, -2) if np.ndim(y) > 1 else g * x
    if np.ndim(y) == 1:
        return np.matmul(_swap(x), np.expand_dims(g, -1))[..., 0]
    return np.matmul(_swap(x), g)


def _contract(a: Any, b: Any, axes_a: list[int], axes_b: list[int]) -> Any:
    return np.tensordot(a, b, axes=(axes_a, axes_b))


def _split_axes(x: Any, y: Any, axes: Any) -> tuple[list[int], list[int]]:
    """The contracted axes of x and y, from every spelling that np.tensordot accepts."""
    if np.ndim(axes) == 0:
        return list(range(np.ndim(x) - axes, np.ndim(x))), list(range(axes))
    left, right = axes
    left = list(left) if np.ndim(left) else [left]
    right = list(right) if np.ndim(right) else [right]
    return [a % np.ndim(x) for a in left], [b % np.ndim(y) for b in right]


def _tensordot_left(g: Any, out: Any, x: Any, y: Any, axes: Any = 2) -> Any:
    left, right = _split_axes(x, y, axes)
    free_x = [a for a in range(np.ndim(x)) if a not in left]
    free_y = [b for b in range(np.ndim(y)) if b not in right]
    grad = _contract(g, y, list(range(len(free_x), np.ndim(out))), free_y)
    # axes of grad: free axes of x, then y's contracted axes in increasing order
    order = free_x + [left[right.index(b)] for b in sorted(right)]
    return np.transpose(grad, tuple(int(a) for a in np.argsort(order)))


def _tensordot_right(g: Any, out: Any, x: Any, y: Any, axes: Any = 2) -> Any:
    left, right = _split_axes(x, y, axes)
    free_x = [a for a in range(np.ndim(x)) if a not in left]
    free_y = [b for b in range(np.ndim(y)) if b not in right]
    grad = _contract(x, g, free_x, list(range(len(free_x))))
    order = [right[left.index(a)] for a in sorted(left)] + free_y
    return np.transpose(grad, tuple(int(a) for a in np.argsort(order)))


def _dot_axes(x: Any, y: Any) -> int | tuple[list[int], list[int]]:
    """np.dot as a tensordot: last axis of x against the last but one of y (or its only one)."""
    return 0 if np.ndim(x) == 0 or np.ndim(y) == 0 else ([-1], [max(np.ndim(y) - 2, 0)])


def _inner_axes(x: Any, y: Any) -> int | tuple[list[int], list[int]]:
    return 0 if np.ndim(x) == 0 or np.ndim(y) == 0 else ([-1], [-1])


def _ravel_outer(g: Any, x: Any, y: Any) -> Any:
    return np.reshape(g, (int(np.size(x)), int(np.size(y))))


def _einsum_vjp(g: Any, out: Any, *operands: Any, slot: int, subscripts: str) -> Any:
    """Swap the output's subscripts with the operand's.

    Letters of the operand that appear nowhere else were summed alone: there the cotangent is
    broadcast, by an einsum with a vector of ones.
    """
    inputs, output = _explicit(subscripts)
    if "." in subscripts or len(set(inputs[slot])) < len(inputs[slot]):
        raise MissingRuleError(
            f"np.einsum({subscripts!r}) has no derivative rule",
            "an ellipsis, or a letter repeated within one operand, is not covered",
            "spell every axis with its own letter; np.trace(x) and np.diagonal(x) by indexing",
        )
    mine = inputs[slot]
    others = [(s, a) for k, (s, a) in enumerate(zip(inputs, operands)) if k != slot]
    known = set(output).union(*(set(s) for s, _ in others)) if others else set(output)
    terms = [output, *(s for s, _ in others)]
    arrays = [g, *(a for _, a in others)]
    for letter, length in zip(mine, np.shape(operands[slot])):
        if letter not in known:
            terms.append(letter)
            arrays.append(np.ones(length))
    return np.einsum(",".join(terms) + "->" + mine, *arrays)


def _einsum_jvp(t: Any, out: Any, *operands: Any, slot: int, subscripts: str) -> Any:
    return np.einsum(subscripts, *(t if k == slot else a for k, a in enumerate(operands)))


def _explicit(subscripts: str) -> tuple[list[str], str]:
    """Split subscripts, with the output spelled out: letters that occur once, in order."""
    text = subscripts.replace(" ", "")
    if "->" in text:
        left, output = text.split("->")
    else:
        left = text
        letters = left.replace(",", "")
        output = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return left.split(","), output


RULES = [
    bilinear(np.matmul, _matmul_left, _matmul_right),
    bilinear(
        np.dot,
        lambda g, out, x, y: _tensordot_left(g, out, x, y, axes=_dot_axes(x, y)),
        lambda g, out, x, y: _tensordot_right(g, out, x, y, axes=_dot_axes(x, y)),
    ),
    bilinear(
        np.inner,
        lambda g, out, x, y: _tensordot_left(g, out, x, y, axes=_inner_axes(x, y)),
        lambda g, out, x, y: _tensordot_right(g, out, x, y, axes=_inner_axes(x, y)),
    ),
    bilinear(
        np.outer,
        lambda g, out, x, y: np.reshape(_ravel_outer(g, x, y) @ np.ravel(y), np.shape(x)),
        lambda g, out, x, y: np.reshape(np.ravel(x) @ _ravel_outer(g, x, y), np.shape(y)),
    ),
    bilinear(np.tensordot, _tensordot_left, _tensordot_right),
    general(np.einsum, (_einsum_vjp,), (_einsum_jvp,), variadic=True),
]
