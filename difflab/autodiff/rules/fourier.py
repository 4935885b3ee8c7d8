"""Rules of the discrete Fourier transforms of one axis; those of several axes are compositions.

All four are linear, over the complex numbers (fft, ifft) or over the reals only (rfft, irfft), so
each is its own JVP. The Fourier matrix is symmetric: fft and ifft are their own transposes. rfft
and irfft are each other's, up to weights: irfft counts every entry twice, as an entry and as its
mirrored conjugate, but not the mean and (for even lengths) the highest frequency.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import Rule, linear

_UNSCALED_BACK: dict[str | None, Any] = {
    None: "forward",
    "backward": "forward",
    "forward": "backward",
    "ortho": "ortho",
}
"""The option with which the opposite transform has the scale of the transform itself."""


def _resized(x: Any, length: int, axis: int) -> Any:
    """Crop an axis, or fill it up with zeros: the transpose of what ``n=`` does."""
    axis %= np.ndim(x)
    have = np.shape(x)[axis]
    if length <= have:
        return x if length == have else x[(slice(None),) * axis + (slice(length),)]
    zeros = np.zeros((*np.shape(x)[:axis], length - have, *np.shape(x)[axis + 1 :]), x.dtype)
    return np.concatenate([x, zeros], axis=axis)


def _weights(length: int, interior: float, x: Any, axis: int) -> np.ndarray:
    """1 for the entries that occur once in a real signal's spectrum, ``interior`` for the rest."""
    weights = np.full(length // 2 + 1, interior, np.finfo(x.dtype).dtype)
    weights[0] = 1
    if length % 2 == 0:
        weights[-1] = 1
    return weights.reshape((-1,) + (1,) * (np.ndim(x) - axis % np.ndim(x) - 1))


def _itself(transform: Callable[..., Any]) -> Rule:
    def vjp(g: Any, out: Any, x: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
        return _resized(transform(g, axis=axis, norm=norm), np.shape(x)[axis], axis)

    return linear(transform, vjp)


def _rfft_vjp(g: Any, out: Any, x: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    length = np.shape(x)[axis] if n is None else n
    halved = np.conjugate(g) * _weights(length, 0.5, g, axis)
    back = np.fft.irfft(halved, n=length, axis=axis, norm=_UNSCALED_BACK[norm])
    return _resized(back, np.shape(x)[axis], axis)


def _irfft_vjp(g: Any, out: Any, x: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    back = np.conjugate(np.fft.rfft(g, axis=axis, norm=_UNSCALED_BACK[norm]))
    doubled = back * _weights(np.shape(g)[axis], 2, back, axis)
    return _resized(doubled, np.shape(x)[axis], axis)


RULES = [
    _itself(np.fft.fft),
    _itself(np.fft.ifft),
    linear(np.fft.rfft, _rfft_vjp),
    linear(np.fft.irfft, _irfft_vjp),
]
