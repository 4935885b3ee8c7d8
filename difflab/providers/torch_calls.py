"""NumPy calls in PyTorch: the table that the provider ``torch`` replays through.

NumPy chooses the types (a Python number never widens an array, sqrt of integers is float64, float32
meets float64 in float64); PyTorch has other rules, so operands are converted before each call.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.errors import MissingRuleError
from difflab.providers.replay import plain_array
from difflab.trace import fill_holes

try:
    import torch
except ImportError:  # an extra; without it this module can be read, but not used
    torch = None

Call = Callable[..., Any]


def tensor(x: Any, dtype: torch.dtype | None = None) -> torch.Tensor:
    """Make a tensor of a type, or of NumPy's for ``x``: float64 for a Python float."""
    out = x if isinstance(x, torch.Tensor) else torch.as_tensor(plain_array(x))
    return out if dtype is None or out.dtype == dtype else out.to(dtype)


@cache
def _numpy_dtype(dtype: torch.dtype) -> np.dtype[Any]:
    return np.dtype(str(dtype).removeprefix("torch."))


@cache
def _torch_dtype(dtype: np.dtype[Any]) -> torch.dtype:
    return torch.float64 if dtype == np.longdouble else getattr(torch, dtype.name)


def _is_python_number(x: Any) -> bool:
    return type(x) in (int, float)  # exactly: np.float64 is a float too, and widens


def _dtype_of(x: Any) -> np.dtype[Any]:
    return _numpy_dtype(x.dtype) if isinstance(x, torch.Tensor) else np.asarray(x).dtype


def _promoted(*operands: Any) -> list[torch.Tensor]:
    """Operands as tensors of the one type that NumPy would join them in."""
    kinds = [x if _is_python_number(x) else _dtype_of(x) for x in operands]
    dtype = _torch_dtype(np.result_type(*kinds))
    return [tensor(x, dtype) for x in operands]


def _inexact(x: Any) -> torch.Tensor:
    x = tensor(x)
    return x if x.is_floating_point() else x.to(torch.float64)


@cache
def _loop_dtypes(ufunc: np.ufunc, *kinds: Any) -> tuple[torch.dtype, ...]:
    """Types in which NumPy's inner loop takes operands of these types."""
    dtypes = ufunc.resolve_dtypes((*kinds, *[None] * ufunc.nout))
    return tuple(_torch_dtype(dtype) for dtype in dtypes[: ufunc.nin])


def _ufunc(ufunc: np.ufunc, function: Call) -> Call:
    """Call a function in the types of NumPy's inner loop."""

    def call(*operands: Any) -> Any:
        kinds: list[Any] = [type(x) if _is_python_number(x) else _dtype_of(x) for x in operands]
        dtypes = _loop_dtypes(ufunc, *kinds)
        return function(*map(tensor, operands, dtypes))

    return call


def _along(function: Call, x: torch.Tensor, axis: Any, keepdims: bool) -> Any:
    if axis is None:
        axis = tuple(range(x.ndim))
    if axis == ():  # no axes for NumPy, all axes for PyTorch: reduce over a new one
        return function(x.unsqueeze(-1), dim=-1, keepdim=False)
    return function(x, dim=axis, keepdim=keepdims)


def _reduction(function: Call, to: Call = tensor) -> Call:
    def call(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
        x = to(x) if dtype is None else _astype(x, dtype)
        return _along(function, x, axis, keepdims)

    return call


def _deviation(function: Call) -> Call:
    def call(x: Any, axis: Any = None, ddof: float = 0, **options: Any) -> Any:
        return _reduction(partial(function, correction=ddof), _inexact)(x, axis, **options)

    return call


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    return torch.linalg.norm(_inexact(x), ord=ord, dim=axis, keepdim=keepdims)


def _prod(x: torch.Tensor, axis: Any = None, keepdims: bool = False) -> Any:
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    for a in sorted((a % x.ndim for a in axes), reverse=True):
        x = torch.prod(x, dim=a, keepdim=keepdims)
    return x


def _flattening(function: Call) -> Call:
    """A call along one axis; along the flattened array where the axis is None."""

    def call(x: torch.Tensor, axis: Any = None, **options: Any) -> Any:
        flat = axis is None
        return function(x.reshape(-1) if flat else x, 0 if flat else axis, **options)

    return call


def _sort(x: torch.Tensor, axis: int | None = -1) -> Any:
    return torch.sort(x.reshape(-1) if axis is None else x, dim=-1 if axis is None else axis).values


def _flip(x: torch.Tensor, axis: Any = None) -> Any:
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return torch.flip(x, tuple(axes))


def _reshaped(function: Call) -> Call:
    """A change of axes of length one; NumPy itself says which shape comes out."""
    return lambda x, axis=None: x.reshape(function(np.broadcast_to(0, x.shape), axis).shape)


def _astype(x: Any, dtype: Any) -> torch.Tensor:
    return tensor(x, _torch_dtype(np.dtype(dtype)))


def _concatenate(*xs: Any, axis: int | None = 0) -> Any:
    tensors = _promoted(*xs)
    return torch.cat([x.reshape(-1) for x in tensors] if axis is None else tensors, axis or 0)


def _where(condition: Any, x: Any, y: Any) -> Any:
    return torch.where(tensor(condition).bool(), *_promoted(x, y))


def _clip(x: torch.Tensor, low: Any = None, high: Any = None) -> Any:
    x, *bounds = _promoted(x, *(bound for bound in (low, high) if bound is not None))
    rest = iter(bounds)
    return torch.clamp(x, *(None if bound is None else next(rest) for bound in (low, high)))


def _dot(x: Any, y: Any) -> Any:
    x, y = _promoted(x, y)
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    return x @ y if y.ndim <= 2 else torch.tensordot(x, y, ([x.ndim - 1], [y.ndim - 2]))


def _tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    axes = int(axes) if np.ndim(axes) == 0 else [np.atleast_1d(a).tolist() for a in axes]
    return torch.tensordot(*_promoted(x, y), axes)


def _take(x: torch.Tensor, indices: Any, axis: int | None = None) -> Any:
    if axis is None:
        return x.reshape(-1)[_index(tensor(indices))]
    return x[(slice(None),) * (axis % x.ndim) + (_index(tensor(indices)),)]


def _getitem(x: torch.Tensor, *arrays: Any, index: Any) -> Any:
    return x[_index(fill_holes(index, (x, *arrays)))]


def _index(index: Any) -> Any:
    """Index arrays as tensors of int64, since bytes would be masks; no negative slice steps."""
    if isinstance(index, tuple):
        return tuple(_index(part) for part in index)
    if isinstance(index, (np.ndarray, np.generic, list, torch.Tensor)):
        array = tensor(index)
        return array if array.dtype == torch.bool else array.long()
    if isinstance(index, slice) and index.step is not None and index.step < 0:
        raise MissingRuleError(
            "a slice with a negative step has no PyTorch counterpart",
            "torch tensors cannot be viewed backwards",
            "np.flip(x, axis)",
        )
    return index


def _softplus(x: Any) -> Any:
    return -torch.nn.functional.logsigmoid(-_inexact(x))  # F.softplus turns linear above 20


def _binary_cross_entropy(z: Any, y: Any) -> Any:
    z, y = torch.broadcast_tensors(*map(_inexact, _promoted(z, y)))
    return torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")


def _softmax_cross_entropy(z: Any, y: Any, axis: int = -1) -> Any:
    z, y = map(_inexact, _promoted(z, y))
    seen = torch.where(y == 0, 0.0, torch.log_softmax(z, dim=axis))
    return -(y * seen).sum(dim=axis)


@cache
def translations() -> dict[Call, Call]:
    """NumPy function or primitive -> PyTorch code with the same operands and options."""
    table: dict[Call, Call] = {
        np.sum: _reduction(torch.sum),
        np.mean: _reduction(torch.mean, _inexact),
        np.max: _reduction(torch.amax),  # amax splits ties equally, as our convention does
        np.min: _reduction(torch.amin),
        np.all: _reduction(torch.all),
        np.any: _reduction(torch.any),
        np.prod: _prod,
        np.var: _deviation(torch.var),
        np.std: _deviation(torch.std),
        np.linalg.norm: _norm,
        np.cumsum: _flattening(torch.cumsum),
        np.cumprod: _flattening(torch.cumprod),
        np.sort: _sort,
        np.argmax: _flattening(torch.argmax),
        np.argmin: _flattening(torch.argmin),
        np.reshape: lambda x, shape: x.reshape(shape),
        np.ravel: lambda x: x.reshape(-1),
        np.transpose: lambda x, axes=None: x.permute(*(axes or range(x.ndim)[::-1])),
        np.swapaxes: lambda x, axis1, axis2: torch.swapaxes(x, axis1, axis2),
        np.moveaxis: lambda x, source, destination: torch.moveaxis(x, source, destination),
        np.expand_dims: _reshaped(np.expand_dims),
        np.squeeze: _reshaped(np.squeeze),
        np.broadcast_to: lambda x, shape: torch.broadcast_to(x, shape),
        np.flip: _flip,
        np.roll: lambda x, shift, axis=None: torch.roll(x, shift, axis),
        np.concatenate: _concatenate,
        np.stack: lambda *xs, axis=0: torch.stack(_promoted(*xs), dim=axis),
        np.where: _where,
        np.clip: _clip,
        np.take: _take,
        np.copy: lambda x: x.clone(),
        np.astype: _astype,
        np.sinc: lambda x: torch.sinc(_inexact(x)),
        np.dot: _dot,
        np.inner: lambda x, y: torch.inner(*_promoted(x, y)),
        np.outer: lambda x, y: torch.outer(*(x.reshape(-1) for x in _promoted(x, y))),
        np.tensordot: _tensordot,
        np.einsum: lambda *xs, subscripts: torch.einsum(subscripts, *_promoted(*xs)),
        operator.getitem: _getitem,
        own.sigmoid: lambda x: torch.sigmoid(_inexact(x)),
        own.relu: torch.relu,
        own.leaky_relu: lambda x: torch.nn.functional.leaky_relu(_inexact(x), own.LEAK),
        own.gelu: lambda x: torch.nn.functional.gelu(_inexact(x)),
        own.normal_cdf: lambda x: torch.special.ndtr(_inexact(x)),
        own.softplus: _softplus,
        own.logsumexp: _reduction(torch.logsumexp, _inexact),
        own.log_softmax: lambda x, axis=-1: torch.log_softmax(_inexact(x), dim=axis),
        own.softmax: lambda x, axis=-1: torch.softmax(_inexact(x), dim=axis),
        own.binary_cross_entropy: _binary_cross_entropy,
        own.softmax_cross_entropy: _softmax_cross_entropy,
    }
    renamed = {
        np.power: torch.pow,
        np.absolute: torch.abs,
        np.fabs: torch.abs,
        np.rint: torch.round,
        np.invert: torch.bitwise_not,
        np.degrees: torch.rad2deg,
        np.radians: torch.deg2rad,
        np.ldexp: lambda x, k: x * 2 ** k.to(x.dtype),  # torch.ldexp: slope 0 for k < 0
        # steps, which PyTorch's own functions of these names do not differentiate
        np.floor_divide: lambda x, y: torch.div(x, y, rounding_mode="floor"),
        np.heaviside: lambda x, y: torch.where(x == 0, y, torch.heaviside(x.detach(), y.detach())),
    }
    for ufunc in vars(np).values():
        if isinstance(ufunc, np.ufunc):
            function = renamed.get(ufunc) or getattr(torch, ufunc.__name__, None)
            if function is not None:
                table[ufunc] = _ufunc(ufunc, function)
    return table
