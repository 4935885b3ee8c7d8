"""Parts of complex numbers. Of a real array they are itself or zero, and nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.trace.composites.arguments import as_array
from difflab.trace.recorder import record
from difflab.trace.tape import NO_OPTIONS


def _real(val: Any) -> Any:
    return record(np.real, (val,), NO_OPTIONS) if np.iscomplexobj(val) else val


def _imag(val: Any) -> Any:
    return record(np.imag, (val,), NO_OPTIONS) if np.iscomplexobj(val) else np.zeros_like(val)


def _conjugate(x: Any, /) -> Any:
    return record(np.conjugate, (x,), NO_OPTIONS) if np.iscomplexobj(x) else x


def _angle(z: Any, deg: bool = False) -> Any:
    radians = np.arctan2(np.imag(z), np.real(as_array(z)))
    return radians * (180 / np.pi) if deg else radians


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.real: _real,
    np.imag: _imag,
    np.conjugate: _conjugate,
    np.angle: _angle,
    np.isreal: lambda x: np.imag(x) == 0,
    np.iscomplex: lambda x: np.imag(x) != 0,
}
