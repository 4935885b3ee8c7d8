"""Rules of linear algebra: inverses, determinants, factorizations.

A function with several results has one VJP per operand that takes the list of their cotangents
(None for a result that the loss does not use) and one JVP that returns the tuple of their tangents
(None for a result without a derivative).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import general


def _transposed_inverse(x: Any) -> Any:
    return np.swapaxes(np.linalg.inv(x), -1, -2)


def _inv_vjp(g: Any, out: Any, x: Any) -> Any:
    transposed = np.swapaxes(out, -1, -2)
    return -transposed @ g @ transposed


def _inv_jvp(t: Any, out: Any, x: Any) -> Any:
    return -out @ t @ out


def _slogdet_vjp(g: Any, out: Any, x: Any) -> Any:
    _, g_logdet = g
    return None if g_logdet is None else g_logdet[..., None, None] * _transposed_inverse(x)


def _slogdet_jvp(t: Any, out: Any, x: Any) -> Any:
    return None, np.sum(_transposed_inverse(x) * t, axis=(-2, -1))


RULES = [
    general(np.linalg.inv, (_inv_vjp,), (_inv_jvp,)),
    general(np.linalg.slogdet, (_slogdet_vjp,), (_slogdet_jvp,)),
]
