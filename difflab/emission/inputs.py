"""What of a call is an input of its program, and what a setting that the program was made for."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from types import BuiltinFunctionType, EllipsisType, FunctionType
from typing import Any

import numpy as np

from difflab.errors import DataError
from difflab.trace import Primitive


def inputs_among(contexts: Sequence[Any], params: Sequence[Any] = ()) -> list[bool]:
    """Say which contexts become inputs of a program; the others are part of it.

    Arrays and NumPy numbers are inputs. Python's integers, booleans, strings and other objects are
    settings. A Python float is an input where all arrays are float64; beside float32 it takes their
    type, which an input could not.

    Examples
    --------
    >>> inputs_among([np.ones(2), 0.5, 3, "sum"])
    [True, True, False, False]
    """
    for leaf in contexts:
        if not _is_array(leaf) and not isinstance(leaf, SETTINGS):
            raise DataError(
                f"a context is of type {type(leaf).__name__}, whose contents may change unseen",
                "a compiled program keeps what it was recorded with, and compares settings only",
                'pass its arrays and numbers as contexts; or method="autodiff"',
            )
    arrays = [leaf.dtype for leaf in (*contexts, *params) if _is_array(leaf)]
    wide = all(dtype == np.float64 for dtype in arrays if dtype.kind == "f")
    return [_is_array(leaf) or (wide and type(leaf) is float) for leaf in contexts]


SETTINGS = (
    *(bool, int, float, complex, str, bytes, type(None), Enum, slice, range, np.dtype, type),
    *(FunctionType, BuiltinFunctionType, np.ufunc, Primitive, type(np.sum), EllipsisType),
)
"""Types of contexts that may be part of a program: they do not change in place."""


def _is_array(leaf: Any) -> bool:
    numeric = isinstance(leaf, np.generic) or type(leaf) is np.ndarray
    return numeric and leaf.dtype.kind in "biuf"


def plain(leaf: Any) -> Any:
    """An array or NumPy number in place of what means the same."""
    if isinstance(leaf, np.memmap):
        leaf = np.asarray(leaf)
    if type(leaf) is np.ndarray and not leaf.dtype.isnative:
        leaf = leaf.astype(leaf.dtype.newbyteorder("="))
    return leaf
