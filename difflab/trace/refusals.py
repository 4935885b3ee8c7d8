"""What a recording refuses, in words: the call by its name, and what to write instead of it."""

from __future__ import annotations

import operator
import sys
from typing import Any

import numpy as np

from difflab.errors import TracingError


class MissingAttributeError(TracingError, AttributeError):
    """An attribute that arrays have and traced arrays have not; ``hasattr`` sees it as missing."""


def name_of(function: Any) -> str:
    """Spell a function as a user would: ``np.add``, ``np.linalg.norm``, ``difflab.sigmoid``.

    Examples
    --------
    >>> name_of(np.add), name_of(np.linalg.norm), name_of(operator.getitem)
    ('np.add', 'np.linalg.norm', 'x[...]')
    """
    if function is None:
        return "input"
    if function is operator.getitem:
        return "x[...]"
    name = getattr(function, "__name__", repr(function))
    if isinstance(function, np.ufunc):
        return _ufunc_name(function, name)
    module = getattr(function, "__module__", None) or "numpy"
    if module.startswith("numpy"):
        module = next((np_name for home, np_name in _HOMES if module.startswith(home)), "np")
    elif module.startswith("difflab"):
        module = "difflab"
    return f"{module}.{name}"


_HOMES = (
    ("numpy.linalg", "np.linalg"),
    ("numpy.fft", "np.fft"),
    ("numpy.lib.scimath", "np.emath"),
)


def _ufunc_name(ufunc: np.ufunc, name: str) -> str:
    """A ufunc does not know its module: look where it may live, without importing anything."""
    for module, spelling in (("numpy", "np"), ("scipy.special", "scipy.special")):
        if getattr(sys.modules.get(module), name, None) is ufunc:
            return f"{spelling}.{name}"
    return name


LAST_RESORT = (
    "write it with other NumPy calls, or use "
    'method="finite-difference:central", which calls the function with plain arrays'
)

REPLACEMENTS: dict[str, str] = {
    # writing into arrays
    "np.copyto": "np.where(mask, new, old); value * np.ones(shape) instead of np.full",
    "np.put": "np.where(mask, new, old)",
    "np.place": "np.where(mask, new, old)",
    "np.putmask": "np.where(mask, new, old)",
    "np.put_along_axis": "np.where(mask, new, old)",
    "np.fill_diagonal": "np.where(np.eye(n, dtype=bool), value, x)",
    "x.fill": "value * np.ones(x.shape)",
    "x.put": "np.where(mask, new, old)",
    # results whose shape depends on values
    "np.nonzero": "a mask: x[x != 0], np.where(mask, x, 0.0)",
    "np.flatnonzero": "a mask: x[x != 0], np.where(mask, x, 0.0)",
    "np.argwhere": "a mask: x[x != 0], np.where(mask, x, 0.0)",
    "np.where": "np.where(mask, x, y), or a mask: x[mask]",
    "np.unique": "np.sort(x) and a mask, np.diff(x) != 0",
    "np.union1d": "np.concatenate([x, y])",
    "np.intersect1d": "a mask: x[np.isin(x, y)]",
    "np.setdiff1d": "a mask: x[~np.isin(x, y)]",
    "np.trim_zeros": "slices: x[k:-k]",
    **dict.fromkeys(
        ["np.unique_all", "np.unique_counts", "np.unique_inverse", "np.unique_values"],
        "np.sort(x) and a mask, np.diff(x) != 0",
    ),
    "np.setxor1d": "a mask: x[~np.isin(x, y)]",
    **dict.fromkeys(
        ["np.histogram2d", "np.histogramdd", "np.histogram_bin_edges"],
        "np.bincount(np.digitize(y, bins), weights=x): counts have no derivative",
    ),
    "np.histogram": "np.bincount(np.digitize(y, bins), weights=x): counts have no derivative",
    # polynomials
    "np.polyfit": "np.linalg.lstsq(np.vander(x, n + 1), y)",
    "np.polymul": "np.convolve(p, q)",
    "np.polyder": "p[:-1] * np.arange(n, 0, -1)",
    "np.polyint": "np.concatenate([p / np.arange(n, 0, -1), np.zeros(1)])",
    "np.polyadd": "p + q, once np.pad(q, (n, 0)) has made them equally long",
    "np.polysub": "p - q, once np.pad(q, (n, 0)) has made them equally long",
    "np.polydiv": "np.linalg.lstsq(a, b), with the shifted divisor in the columns of a",
    "np.poly": "np.convolve(p, [1.0, -root]) for each root",
    "np.roots": "an iteration of your own: x - np.polyval(p, x) / np.polyval(slope, x)",
    # results that are complex or real according to values
    **{
        f"np.emath.{name}": f"np.{name}(x)"
        for name in ("sqrt", "log", "log2", "log10", "arccos", "arcsin", "arctanh")
    },
    "np.emath.power": "np.power(x, n)",
    "np.emath.logn": "np.log(x) / np.log(n)",
    "np.sort_complex": "np.sort(x)",
    # neighbours of floating-point numbers
    "np.nextafter": "x itself: its neighbour moves as it does",
    "np.spacing": "np.abs(x) * eps: the spacing jumps at powers of two",
    # arithmetic
    "np.linalg.eig": "np.linalg.eigh(x) of a symmetric matrix, np.linalg.svd(x) of any",
    "np.linalg.eigvals": "np.linalg.eigh(x).eigenvalues of a symmetric matrix; np.linalg.det(x) "
    "for their product",
    # leaving NumPy
    "np.array_str": "str(x)",
    "np.array_repr": "repr(x)",
    "np.array2string": "str(x)",
    "x.flat": "np.ravel(x)",
    "x.tolist": "x itself, or a loop over it",
    # SciPy
    "scipy.special.expit": "difflab.sigmoid(x)",
    "scipy.special.log_expit": "-difflab.softplus(-x)",
    "scipy.special.ndtr": "difflab.normal_cdf(x)",
    "scipy.special.erf": "2 * difflab.normal_cdf(np.sqrt(2) * x) - 1",
    "scipy.special.erfc": "2 * difflab.normal_cdf(-np.sqrt(2) * x)",
    "scipy.special.logit": "np.log(x / (1 - x))",
    "scipy.special.xlogy": "x * np.log(y)",
}
"""What to write instead of calls that have no rule."""


def instead_of(function: Any) -> str:
    """Say what to write instead of a function that cannot be recorded or has no rule.

    Examples
    --------
    >>> instead_of(np.put)
    'np.where(mask, new, old)'
    """
    return REPLACEMENTS.get(name_of(function), LAST_RESORT)


_WRITES = frozenset({"copyto", "put", "place", "putmask", "put_along_axis", "fill_diagonal"})
_SHAPED_BY_VALUES = frozenset(
    {
        "nonzero", "flatnonzero", "argwhere", "trim_zeros", "unique", "unique_all", "unique_counts",
        "unique_inverse", "unique_values", "union1d", "intersect1d", "setdiff1d", "setxor1d",
    }
)  # fmt: skip


def untraceable(function: Any) -> TracingError:
    """Build the error for a NumPy function that the tape cannot hold."""
    name = getattr(function, "__name__", "")
    why = "difflab has no rule to record this function"
    if name in _WRITES:
        why = "it would change an array in place, which a tape cannot follow"
    elif name in _SHAPED_BY_VALUES:
        why = "the shape of its result depends on values, and the derivative is lost in positions"
    return TracingError(
        f"{name_of(function)} was called on an array that is being differentiated",
        why,
        instead_of(function),
    )


def several_results(function: Any) -> TracingError:
    """Build the error for a call that returns a tuple."""
    return TracingError(
        f"{name_of(function)} returns several arrays, and was called while being differentiated",
        "a tape entry holds one array",
        instead_of(function),
    )


_INSTEAD_OF_OPTION = {
    "out": "use the returned array: y = {name}(x)",
    "where": "np.where(mask, x, other) before or after the call",
    "initial": "combine afterwards: result + initial, np.maximum(result, initial)",
    "dtype": "x.astype(dtype) before the call",
    "order": "order='C' or order='F'",
}


def option_refused(function: Any, option: str, why: str = "") -> TracingError:
    """Build the error for an option that no derivative rule covers."""
    name = name_of(function)
    return TracingError(
        f"{name} was called with {option}= while being differentiated",
        why or "no derivative rule covers that option",
        _INSTEAD_OF_OPTION.get(option, "leave {option}= out").format(name=name, option=option),
    )


def missing_attribute(name: str, recordable: bool) -> MissingAttributeError:
    """Build the error for an attribute of ndarray that a traced array does not have.

    Parameters
    ----------
    name : str
        The attribute.
    recordable : bool
        Whether a tape can hold ``np.name``.
    """
    by_name = f"np.{name}(x)" if recordable else REPLACEMENTS.get(f"np.{name}", LAST_RESORT)
    return MissingAttributeError(
        f"x.{name} was used on an array that is being differentiated",
        "only those attributes of ndarray exist there that a tape can record",
        REPLACEMENTS.get(f"x.{name}", by_name),
    )
