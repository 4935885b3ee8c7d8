"""The rule of ``np.einsum``: exchange the letters of the output with those of one operand.

On a tape every axis has its letter, and the output is given: see
`difflab.trace.composites.contraction`.
"""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import general


def _vjp(g: Any, out: Any, *operands: Any, slot: int, subscripts: str) -> Any:
    left, output = subscripts.split("->")
    inputs = left.split(",")
    mine, shape = inputs[slot], operands[slot].shape
    others = [(t, x) for k, (t, x) in enumerate(zip(inputs, operands)) if k != slot]
    letters = "".join(dict.fromkeys(mine))
    known = set(output).union(*(t for t, _ in others))
    met = "".join(c for c in letters if c in known)
    terms = [output, *(t for t, _ in others)]
    back = np.einsum(f"{','.join(terms)}->{met}", g, *(x for _, x in others))
    if met != letters:  # summed alone: every entry along such an axis has the same cotangent
        sizes = tuple(shape[mine.index(c)] for c in letters)
        back = np.reshape(back, tuple(n if c in known else 1 for c, n in zip(letters, sizes)))
        back = np.broadcast_to(back, sizes)
    return back if letters == mine else _on_diagonal(back, letters, mine, shape)


def _on_diagonal(x: Any, letters: str, repeated: str, shape: tuple[int, ...]) -> Any:
    """Spread ``x`` over the diagonals that repeated letters name, with zeros beside them."""
    spare = iter(sorted(set(string.ascii_letters) - set(letters)))
    terms, arrays, full = [letters], [x], ""
    for letter, size in zip(repeated, shape):
        if letter not in full:
            full += letter
            continue
        full += next(spare)
        terms.append(letter + full[-1])
        arrays.append(np.eye(size, dtype=x.dtype))
    return np.einsum(f"{','.join(terms)}->{full}", *arrays)


def _jvp(t: Any, out: Any, *operands: Any, slot: int, subscripts: str) -> Any:
    return np.einsum(subscripts, *(t if k == slot else x for k, x in enumerate(operands)))


RULES = [general(np.einsum, (_vjp,), (_jvp,), variadic=True)]
