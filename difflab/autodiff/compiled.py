"""Compiled replay: a reverse sweep recorded once, and run as straight-line NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from difflab.autodiff.gradient import value_and_grad
from difflab.emission import Replay
from difflab.signature import Signature


def compiled_gradient(f: Callable[..., Any], signature: Signature, check_every: int = 0) -> Replay:
    """Return a gradient that records the tape's calls on first use; see `Replay`.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number; plain NumPy inside.
    signature : Signature
        Nesting, shapes and dtypes it is compiled for.
    check_every : int
        After so many calls the function is recorded again; 0 means never.

    Examples
    --------
    >>> import numpy as np
    >>> w = np.array([1.0, 2.0])
    >>> compiled = compiled_gradient(lambda w: np.sum(w**2), Signature.of(w))
    >>> compiled(w)
    (np.float64(5.0), array([2., 4.]))
    >>> print(compiled.source)
    def value_and_gradient(workspace, w):
        # the function
        v2 = np.add.reduce(np.square(w), axis=None)
        return v2, reverse_sweep(w)
    <BLANKLINE>
    <BLANKLINE>
    @np.errstate(under="ignore")
    def reverse_sweep(w):
        g1 = 2.0 * w  # [2]
        return g1
    <BLANKLINE>
    """
    unsafe = value_and_grad(f, safe=False)
    return Replay(f, signature, unsafe, unsafe, value_and_grad(f), check_every=check_every)
