"""Compositions of Fourier transforms: several axes are one after the other, as in NumPy itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from difflab.trace.composites.arguments import as_array, no_out

Steps = list[tuple[int | None, int]]


def _steps(x: Any, s: Sequence[int] | None, axes: Sequence[int] | None) -> Steps:
    """For each axis to transform its length (None: as it is) and its number."""
    if axes is None:
        axes = range(-(x.ndim if s is None else len(s)), 0)
    if s is None:
        return [(None, axis) for axis in axes]
    if len(s) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    return [(x.shape[axis] if n == -1 else n, axis) for n, axis in zip(s, axes)]


def _several_axes(
    name: str, transform: Callable[..., Any], default_axes: tuple[int, ...] | None
) -> Callable[..., Any]:
    """Make fftn, ifftn and their likes of two axes."""

    def composed(
        a: Any, s: Any = None, axes: Any = default_axes, norm: Any = None, out: Any = None
    ) -> Any:
        no_out(getattr(np.fft, name), out)
        a = as_array(a)
        for n, axis in reversed(_steps(a, s, axes)):
            a = transform(a, n=n, axis=axis, norm=norm)
        return a

    return composed


def _real(name: str, default_axes: tuple[int, ...] | None) -> Callable[..., Any]:
    """Make rfftn and rfft2: the last axis first, while the array is real."""

    def composed(
        a: Any, s: Any = None, axes: Any = default_axes, norm: Any = None, out: Any = None
    ) -> Any:
        no_out(getattr(np.fft, name), out)
        a = as_array(a)
        *others, (n, axis) = _steps(a, s, axes)
        a = np.fft.rfft(a, n=n, axis=axis, norm=norm)
        for n, axis in reversed(others):
            a = np.fft.fft(a, n=n, axis=axis, norm=norm)
        return a

    return composed


def _inverse_real(name: str, default_axes: tuple[int, ...] | None) -> Callable[..., Any]:
    """Make irfftn and irfft2: the last axis last."""

    def composed(
        a: Any, s: Any = None, axes: Any = default_axes, norm: Any = None, out: Any = None
    ) -> Any:
        no_out(getattr(np.fft, name), out)
        a = as_array(a)
        *others, (last, last_axis) = _steps(a, s, axes)
        for n, axis in others:
            a = np.fft.ifft(a, n=n, axis=axis, norm=norm)
        return np.fft.irfft(a, n=last, axis=last_axis, norm=norm)

    return composed


_OPPOSITE: dict[str | None, Any] = {
    None: "forward",
    "backward": "forward",
    "forward": "backward",
    "ortho": "ortho",
}


def _hfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    no_out(np.fft.hfft, out)
    return np.fft.irfft(np.conjugate(a), n=n, axis=axis, norm=_OPPOSITE[norm])


def _ihfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    no_out(np.fft.ihfft, out)
    return np.conjugate(np.fft.rfft(a, n=n, axis=axis, norm=_OPPOSITE[norm]))


def _shift(direction: int) -> Callable[..., Any]:
    """Make fftshift (1) and ifftshift (-1): roll by half of each axis, rounded down or up."""

    def composed(x: Any, axes: Any = None) -> Any:
        x = as_array(x)
        chosen = range(x.ndim) if axes is None else (axes,) if np.ndim(axes) == 0 else axes
        shifts = [direction * (x.shape[axis] // 2) for axis in chosen]
        return np.roll(x, shifts, list(chosen))

    return composed


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.fft.fftn: _several_axes("fftn", np.fft.fft, None),
    np.fft.fft2: _several_axes("fft2", np.fft.fft, (-2, -1)),
    np.fft.ifftn: _several_axes("ifftn", np.fft.ifft, None),
    np.fft.ifft2: _several_axes("ifft2", np.fft.ifft, (-2, -1)),
    np.fft.rfftn: _real("rfftn", None),
    np.fft.rfft2: _real("rfft2", (-2, -1)),
    np.fft.irfftn: _inverse_real("irfftn", None),
    np.fft.irfft2: _inverse_real("irfft2", (-2, -1)),
    np.fft.hfft: _hfft,
    np.fft.ihfft: _ihfft,
    np.fft.fftshift: _shift(1),
    np.fft.ifftshift: _shift(-1),
}
