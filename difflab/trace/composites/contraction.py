"""``np.einsum`` in its one form on a tape, whichever of NumPy's spellings the user wrote.

That form names every axis by a letter and gives the output. So a rule, or another library, meets
no ellipsis, no index lists, no implicit output, and no axis of length one that is stretched. With
``optimize=`` the contraction is recorded pair by pair, through ``np.tensordot`` where that is the
same, so its derivative is as cheap as itself.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from difflab.trace.composites.arguments import as_array, is_traced, no_out
from difflab.trace.recorder import record
from difflab.trace.refusals import option_refused


def _einsum(*operands: Any, out: Any = None, optimize: Any = False, **options: Any) -> Any:
    no_out(np.einsum, out)
    for name, value in options.items():
        if value is not None and name not in ("order", "casting"):
            raise option_refused(np.einsum, name)
    subscripts, arrays = _subscripts(operands)
    shapes = tuple(x.shape for x in arrays)
    terms, output, stretched = spelled_out(subscripts, shapes)
    arrays = [np.squeeze(x, axis=axes) if axes else x for x, axes in zip(arrays, stretched)]
    if optimize is not False:
        return _by_pairs(list(terms), output, arrays, optimize)
    return _contract(terms, output, arrays)


def _subscripts(operands: Sequence[Any]) -> tuple[str, list[Any]]:
    """The subscripts as text, also where index lists were given."""
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), [as_array(x) for x in operands[1:]]
    arrays = [as_array(x) for x in operands[0 : len(operands) // 2 * 2 : 2]]
    lists = operands[1::2]
    text = ",".join(map(_letters, lists))
    return text if len(operands) % 2 == 0 else f"{text}->{_letters(operands[-1])}", arrays


def _letters(indices: Any) -> str:
    return "".join("..." if i is Ellipsis else string.ascii_letters[i] for i in indices)


@lru_cache(maxsize=256)
def spelled_out(
    subscripts: str, shapes: tuple[tuple[int, ...], ...]
) -> tuple[tuple[str, ...], str, tuple[tuple[int, ...], ...]]:
    """Name every axis by a letter of its own.

    Parameters
    ----------
    subscripts : str
        As ``np.einsum`` takes them, without spaces.
    shapes : tuple of shapes
        Of the operands.

    Returns
    -------
    terms : tuple of str
        Letters of each operand, without the axes of length one that broadcast.
    output : str
    stretched : tuple of tuples of int
        Those axes.

    Examples
    --------
    >>> spelled_out("...i,i", ((2, 3), (3,)))
    (('ai', 'i'), 'a', ((), ()))
    >>> spelled_out("ij,jk", ((2, 1), (3, 4)))
    (('i', 'jk'), 'ik', ((1,), ()))
    """
    left, arrow, output = subscripts.partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ValueError(f"einsum: {len(terms)} subscripts for {len(shapes)} operands")
    ranks = [len(shape) - len(t.replace("...", "")) for t, shape in zip(terms, shapes)]
    rank = max((r for t, r in zip(terms, ranks) if "..." in t), default=0)
    free = [c for c in string.ascii_letters if c not in subscripts][:rank]
    dots = "".join(free)
    if arrow and rank and "..." not in output:
        raise ValueError("einsum: the output must contain the ellipsis of the operands")
    letters = left.replace("...", "")
    if not arrow:
        once = sorted(c for c in set(letters) - {","} if letters.count(c) == 1)
        output = "..." + "".join(once)
    output = output.replace("...", dots)
    terms = [t.replace("...", dots[rank - r :]) for t, r in zip(terms, ranks)]
    for term, shape in zip(terms, shapes):
        if len(term) != len(shape):
            raise ValueError(f"einsum: subscripts {term!r} for an operand of shape {shape}")
    for term, shape in zip(terms, shapes):
        for c in term:
            if len({n for letter, n in zip(term, shape) if letter == c}) > 1:
                raise ValueError(f"einsum: the axes {c!r} of one operand differ in length: {shape}")
    sizes = {c: n for t, shape in zip(terms, shapes) for c, n in zip(t, shape) if n != 1}
    stretched = tuple(
        tuple(k for k, (c, n) in enumerate(zip(t, shape)) if n == 1 and c in sizes)
        for t, shape in zip(terms, shapes)
    )
    kept = tuple(
        "".join(c for k, c in enumerate(t) if k not in axes) for t, axes in zip(terms, stretched)
    )
    return kept, output, stretched


def _contract(terms: Sequence[str], output: str, arrays: Sequence[Any]) -> Any:
    subscripts = f"{','.join(terms)}->{output}"
    if any(map(is_traced, arrays)):
        return record(np.einsum, tuple(arrays), {"subscripts": subscripts})
    return np.einsum(subscripts, *arrays)


def _by_pairs(terms: list[str], output: str, arrays: list[Any], optimize: Any) -> Any:
    subscripts = f"{','.join(terms)}->{output}"
    blanks = [np.broadcast_to(0.0, x.shape) for x in arrays]
    path = np.einsum_path(subscripts, *blanks, optimize=optimize)[0][1:]
    for members in path:
        group = sorted(members, reverse=True)
        some = [terms.pop(k) for k in group]
        factors = [arrays.pop(k) for k in group]
        elsewhere = set(output).union(*terms)
        left = output if not terms else "".join(sorted(set("".join(some)) & elsewhere))
        terms.append(left)
        arrays.append(_pair(some, left, factors))
    return arrays[0]


def _pair(terms: Sequence[str], output: str, arrays: Sequence[Any]) -> Any:
    """Contract by matrix product, which is fast, where each letter is shared or kept, not both."""
    shared = set(terms[0]).intersection(*terms[1:])
    distinct = all(len(set(t)) == len(t) for t in terms)
    kept = "".join(c for t in terms for c in t if c not in shared)
    if len(terms) != 2 or not shared or not distinct or sorted(kept) != sorted(output):
        return _contract(terms, output, arrays)
    axes: Any = [[t.index(c) for c in sorted(shared)] for t in terms]
    product = np.tensordot(arrays[0], arrays[1], axes=axes)
    order = tuple(kept.index(c) for c in output)
    return product if order == tuple(range(len(order))) else np.transpose(product, order)


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {np.einsum: _einsum}
