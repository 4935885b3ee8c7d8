"""Adjoints of products, of einsum in all its spellings, of inverse and solution.

Laue, Mitterreiter, Giesen (2018): in index notation the adjoint of a product in one factor is the
product of the cotangent with the others, with the indices exchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from string import ascii_letters
from typing import Any

import numpy as np

from difflab.symbolic.matrix.shapes import Adjoint, summed_to
from difflab.transposes import LARGE_MATRIX


def _turned(x: Any) -> Any:
    return np.swapaxes(x, -1, -2) if np.ndim(x) > 2 else np.transpose(x)


def _matrix_product(a: Any, b: Any) -> Any:
    """``dot`` calls the BLAS routine of ``@``, in half the time where matrices are small."""
    return np.matmul(a, b) if np.size(a) >= LARGE_MATRIX else np.dot(a, b)


def _matmul_left(g: Any, out: Any, x: Any, y: Any) -> Any:
    """Of x in x y: g y'."""
    if np.ndim(y) == 1:
        return summed_to(np.expand_dims(g, -1) * y, np.shape(x))
    if np.ndim(x) == 1:
        return summed_to(np.matmul(np.expand_dims(g, -2), _turned(y))[..., 0, :], np.shape(x))
    if np.ndim(x) == 2 == np.ndim(y):
        return _matrix_product(g, np.transpose(y))
    return summed_to(np.matmul(g, _turned(y)), np.shape(x))


def _matmul_right(g: Any, out: Any, x: Any, y: Any) -> Any:
    """Of y in x y: x' g."""
    if np.ndim(x) == 1:
        wide = np.expand_dims(g, -2) if np.ndim(y) > 1 else g
        return summed_to(np.expand_dims(x, -1) * wide if np.ndim(y) > 1 else x * g, np.shape(y))
    if np.ndim(x) == 2 == np.ndim(y):
        return _matrix_product(np.transpose(x), g)
    if np.ndim(x) == 2 and np.ndim(y) == 1:
        return np.matmul(np.transpose(x), g)
    if np.ndim(y) == 1:
        return summed_to(np.matmul(_turned(x), np.expand_dims(g, -1))[..., 0], np.shape(y))
    return summed_to(np.matmul(_turned(x), g), np.shape(y))


def einsum_adjoint(g: Any, operands: tuple[Any, ...], subscripts: str, position: int) -> Any:
    """Cotangent of one operand of ``np.einsum``.

    Parameters
    ----------
    g : array
        Cotangent of the result.
    operands : tuple of arrays
    subscripts : str
        In any of einsum's spellings: implicit results, ellipses, repeated indices.
    position : int
        Which operand.

    Examples
    --------
    >>> einsum_adjoint(np.ones((2, 4)), (np.ones((2, 3)), np.ones((3, 4))), "ij,jk", 0)
    array([[4., 4., 4.],
           [4., 4., 4.]])
    """
    inputs, output = spelled_out(subscripts, [np.ndim(x) for x in operands])
    mine = inputs[position]
    length = {
        letter: n
        for letters, x in zip(inputs, operands)
        for letter, n in sorted(zip(letters, np.shape(x)), key=lambda pair: pair[1])
    }
    for letters, x in zip(inputs, operands):
        for letter, n in zip(letters, np.shape(x)):
            length[letter] = max(length[letter], n)
    others = [(letters, x) for k, (letters, x) in enumerate(zip(inputs, operands)) if k != position]
    parts = [(output, g), *others]
    unused = iter(sorted(set(ascii_letters) - set(chain(*inputs, output))))
    wanted, seen = "", ""
    for letter in mine:
        if letter in seen:  # an index that is repeated walks along a diagonal
            fresh = next(unused)
            parts.append((letter + fresh, np.eye(length[letter], dtype=g.dtype)))
            letter = fresh
        elif all(letter not in letters for letters, _ in parts):  # summed over, here alone
            parts.append((letter, np.ones(length[letter], g.dtype)))
        wanted += letter
        seen += letter
    spelled = ",".join(letters for letters, _ in parts) + "->" + wanted
    return summed_to(np.einsum(spelled, *(x for _, x in parts)), np.shape(operands[position]))


def spelled_out(subscripts: str, axes: list[int]) -> tuple[list[str], str]:
    """Subscripts with every index named: of each operand, and of the result.

    Examples
    --------
    >>> spelled_out("...i,ij", [2, 2])
    (['Ai', 'ij'], 'Aj')
    """
    subscripts = subscripts.replace(" ", "")
    left, arrow, output = subscripts.partition("->")
    inputs = left.split(",")
    free = sorted(set(ascii_letters) - set(subscripts))
    hidden = [n - len(part.replace("...", "")) for n, part in zip(axes, inputs)]
    most = max((n for n, part in zip(hidden, inputs) if "..." in part), default=0)
    names = "".join(free[:most])
    if not arrow:
        letters = [c for c in left if c.isalpha()]
        output = ("..." if "..." in left else "") + "".join(
            sorted(c for c in set(letters) if letters.count(c) == 1)
        )
    filled = [
        part.replace("...", names[most - n :] if n else "") for n, part in zip(hidden, inputs)
    ]
    return filled, output.replace("...", names)


def _einsum(g: Any, out: Any, *operands: Any, position: int, subscripts: str) -> Any:
    return einsum_adjoint(g, operands, subscripts, position)


def _by_einsum(spell: Callable[..., str], position: int) -> Adjoint:
    def adjoint(g: Any, out: Any, x: Any, y: Any, **options: Any) -> Any:
        return einsum_adjoint(g, (x, y), spell(np.ndim(x), np.ndim(y), **options), position)

    return adjoint


def _dot(m: int, n: int) -> str:
    """dot contracts the last axis of x with the last but one of y."""
    if m == 0 or n == 0:
        x, y = ascii_letters[:m], ascii_letters[m : m + n]
        return f"{x},{y}->{x}{y}"
    x = ascii_letters[: m - 1]
    y = ascii_letters[m - 1 : m + n - 2]
    inside = "Z" + y if n == 1 else y[:-1] + "Z" + y[-1]
    return f"{x}Z,{inside}->{x}{y}"


def _inner(m: int, n: int) -> str:
    if m == 0 or n == 0:
        return _dot(m, n)
    x, y = ascii_letters[: m - 1], ascii_letters[m - 1 : m + n - 2]
    return f"{x}Z,{y}Z->{x}{y}"


def _tensordot(m: int, n: int, axes: Any = 2) -> str:
    left: list[int]
    right: list[int]
    if isinstance(axes, (int, np.integer)):
        left, right = list(range(m - int(axes), m)), list(range(int(axes)))
    else:
        left, right = (np.atleast_1d(a).tolist() for a in axes)
    x, y = list(ascii_letters[:m]), list(ascii_letters[m : m + n])
    for a, b in zip(left, right):
        y[b % n] = x[a % m]
    kept = [c for c in x if c not in y] + [c for c in y if c not in x]
    return f"{''.join(x)},{''.join(y)}->{''.join(kept)}"


def _dot_adjoint(position: int) -> Adjoint:
    general = _by_einsum(_dot, position)
    as_matrices = (_matmul_left, _matmul_right)[position]

    def adjoint(g: Any, out: Any, x: Any, y: Any, **options: Any) -> Any:
        matrices = 0 < np.ndim(x) <= 2 and 0 < np.ndim(y) <= 2
        return as_matrices(g, out, x, y) if matrices else general(g, out, x, y)

    return adjoint


def _outer(position: int) -> Adjoint:
    def adjoint(g: Any, out: Any, x: Any, y: Any) -> Any:
        mine, other = (x, y) if position == 0 else (y, x)
        rows = g if position == 0 else _turned(g)
        return np.reshape(np.matmul(rows, np.ravel(other)), np.shape(mine))

    return adjoint


def _inv(g: Any, out: Any, a: Any) -> Any:
    """-a^-T g a^-T (Petersen & Pedersen 2012, eq. 60)."""
    turned = np.swapaxes(out, -1, -2)
    return np.negative(np.matmul(turned, np.matmul(g, turned)))


def _solve_matrix(g: Any, out: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        g, out = np.expand_dims(g, -1), np.expand_dims(out, -1)
    u = np.linalg.solve(np.swapaxes(a, -1, -2), g)
    return summed_to(np.negative(np.matmul(u, np.swapaxes(out, -1, -2))), np.shape(a))


def _solve_right(g: Any, out: Any, a: Any, b: Any) -> Any:
    turned = np.swapaxes(a, -1, -2)
    if np.ndim(b) == 1:
        return summed_to(np.linalg.solve(turned, np.expand_dims(g, -1))[..., 0], np.shape(b))
    return summed_to(np.linalg.solve(turned, g), np.shape(b))


PRODUCTS: dict[Callable[..., Any], tuple[Adjoint | None, ...]] = {
    np.matmul: (_matmul_left, _matmul_right),
    np.dot: (_dot_adjoint(0), _dot_adjoint(1)),
    np.inner: (_by_einsum(_inner, 0), _by_einsum(_inner, 1)),
    np.outer: (_outer(0), _outer(1)),
    np.linalg.inv: (_inv,),
    np.linalg.solve: (_solve_matrix, _solve_right),
    np.tensordot: (_by_einsum(_tensordot, 0), _by_einsum(_tensordot, 1)),
}
"""Adjoints by call, one per factor."""

MANY: dict[Callable[..., Any], Adjoint] = {np.einsum: _einsum}
"""Adjoints of products with any number of factors."""
