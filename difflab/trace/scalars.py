"""A program run on scalars of a field: NumPy carries the structure, the field the arithmetic.

Every array becomes a NumPy *object array* whose elements are scalars: SymPy expressions, or mpmath
numbers of sixty digits. Calls that work entry by entry go through the field's table of scalar
functions, calls that move or add entries run in NumPy itself, and difflab's primitives are spelled
out by their textbook definitions. No derivative appears here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.errors import MissingRuleError, TracingError
from difflab.trace.calls import evaluate, fill_holes, name_of
from difflab.trace.program import Program

Call = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A kind of scalar, as a table of what can be done with it.

    Attributes
    ----------
    name : str
        For messages, such as ``"SymPy"``.
    functions : mapping of callable to callable
        NumPy function or difflab primitive -> function of scalars. `ARITHMETIC` covers what
        Python's operators do; a row here wins over the definitions of this module.
    several : mapping of callable to callable
        ``np.max``, ``np.min``, ``np.linalg.norm`` and optionally ``difflab.logsumexp`` as functions
        of any number of scalars, and ``np.clip`` of a scalar and two bounds that may be None.
    constant : callable
        Converts a Python or NumPy number exactly.
    total : callable
        Adds a sequence of scalars.
    ordered : bool
        Whether scalars can be compared, so that sorting and masks work.
    instead : str
        What to use for a call that this field cannot express.
    """

    name: str
    functions: Mapping[Call, Call]
    several: Mapping[Call, Call]
    constant: Callable[[Any], Any]
    total: Callable[[Sequence[Any]], Any] = sum
    ordered: bool = False
    instead: str = 'method="autodiff"'

    def array(self, values: Any) -> np.ndarray:
        """Convert an array of numbers into an object array of scalars; keeps object arrays."""
        values = np.asarray(values)
        if values.dtype == object:
            return values
        out = np.empty(values.shape, dtype=object)
        flat = out.reshape(-1)
        flat[:] = [self.constant(number) for number in values.ravel().tolist()]
        return out


def run_on_scalars(program: Program, inputs: Sequence[np.ndarray], field: Field) -> Any:
    """Evaluate a program on scalars of a field.

    Parameters
    ----------
    program : Program
        What `difflab.trace.trace` returned.
    inputs : sequence of object arrays
        One per parameter leaf and context leaf, of the leaf's shape.
    field : Field
        The kind of scalar.

    Returns
    -------
    scalar, or object array where the program returns an array

    Raises
    ------
    TracingError
        When the function decides by values in Python; gives the line.
    MissingRuleError
        When a call cannot be expressed; names the NumPy call.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from difflab.trace import trace
    >>> program = trace(lambda w: np.sum(w / 3), np.ones(2))
    >>> exact = Field("fractions", {}, {}, Fraction)
    >>> run_on_scalars(program, [exact.array([1, 2])], exact)
    Fraction(1, 1)
    """
    if program.branches:
        raise TracingError(
            "the function decides by the values of its arguments",
            f"at {program.branches[0].line}; {field.name} follows no branch, values come later",
            'np.where(condition, x, y) or np.maximum(x, y); or method="autodiff"',
        )

    def call(function: Call, operands: Sequence[Any], options: dict[str, Any]) -> Any:
        return _Caller(field).call(function, operands, options)

    result = program.run(list(inputs), call)
    return result[()] if isinstance(result, np.ndarray) else result


def missing(function: Call, field: Field, why: str = "") -> MissingRuleError:
    """Build the error for a call that a field cannot express."""
    return MissingRuleError(
        f"{name_of(function)} cannot be expressed in {field.name}",
        why or "the engine has no scalar definition of this call",
        field.instead,
    )


@dataclass(frozen=True, slots=True)
class _Caller:
    """Evaluates single calls; a small object only so that definitions can call one another."""

    field: Field

    def call(self, function: Call, operands: Sequence[Any], options: dict[str, Any]) -> Any:
        field = self.field
        scalar = field.functions.get(function) or ARITHMETIC.get(function)
        if scalar is not None:
            return self.map(scalar, *operands)
        if function in DEFINITIONS:
            return DEFINITIONS[function](self, *operands, **options)
        if function in COMPARISONS and field.ordered:
            return np.asarray(function(*(field.array(x) for x in operands)), dtype=bool)
        if function in LOGIC and field.ordered:
            return np.asarray(function(*(_mask(self, x) for x in operands)))
        if function in STRUCTURAL or (function in ORDERING and field.ordered):
            arrays = [field.array(x) for x in operands]
            return _as_array(evaluate(function, arrays, _without_dtype(function, field, options)))
        if function in ORDERING | COMPARISONS | LOGIC:
            raise missing(function, field, "its result depends on values, and values come later")
        raise missing(function, field)

    def map(self, scalar: Call, *operands: Any) -> np.ndarray:
        """Apply a function of scalars entry by entry, with broadcasting."""
        arrays = [self.field.array(x) for x in operands]
        return _as_array(np.frompyfunc(scalar, len(arrays), 1)(*arrays))

    def apply(self, function: Call, *operands: Any, **options: Any) -> Any:
        return self.call(function, operands, options)

    def reduce(self, scalars: Call, x: Any, axis: Any, keepdims: bool) -> np.ndarray:
        """Apply a function of a sequence of scalars along axes."""
        x = self.field.array(x)
        axes = tuple(range(x.ndim)) if axis is None else axis
        axes = tuple(a % x.ndim for a in (axes if isinstance(axes, tuple) else (axes,)))
        rest = tuple(a for a in range(x.ndim) if a not in axes)
        shape = tuple(x.shape[a] for a in rest)
        length = int(np.prod([x.shape[a] for a in axes]))
        lines = np.transpose(x, rest + axes).reshape((int(np.prod(shape)), length))
        out = np.empty(len(lines), dtype=object)
        out[:] = [scalars(line.tolist()) for line in lines]
        out = out.reshape(shape)
        return np.expand_dims(out, axes) if keepdims else out


def _as_array(value: Any) -> np.ndarray:
    """Wrap a bare scalar: NumPy unpacks object arrays without axes, and calls expect arrays."""
    if isinstance(value, np.ndarray):
        return value
    out = np.empty((), dtype=object)
    out[()] = value
    return out


def _without_dtype(function: Call, field: Field, options: dict[str, Any]) -> dict[str, Any]:
    """Drop a float dtype=, which scalars of arbitrary precision have no use for."""
    dtype = options.get("dtype")
    if dtype is not None and np.dtype(dtype).kind != "f":
        raise missing(function, field, f"dtype={np.dtype(dtype)} rounds, and scalars stay exact")
    return {name: option for name, option in options.items() if name != "dtype"}


# definitions: each takes the caller first, then operands and options as on the tape


def _sum(
    run: _Caller, x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None
) -> np.ndarray:
    _without_dtype(np.sum, run.field, {"dtype": dtype})
    zero = run.field.constant(0)
    return run.reduce(lambda line: run.field.total(line) if line else zero, x, axis, keepdims)


def _count(x: np.ndarray, axis: Any) -> int:
    if axis is None:
        return x.size
    return int(np.prod([x.shape[a] for a in (axis if isinstance(axis, tuple) else (axis,))]))


def _mean(run: _Caller, x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    x = run.field.array(x)
    return run.apply(np.true_divide, _sum(run, x, axis, keepdims, dtype), _count(x, axis))


def _matmul(run: _Caller, x: Any, y: Any) -> Any:
    """Products first, then one sum per entry: a field may add many terms faster than one by one."""
    x, y = run.field.array(x), run.field.array(y)
    left = x if x.ndim > 1 else x[None, :]
    right = y if y.ndim > 1 else y[:, None]
    products = run.apply(np.multiply, left[..., :, :, None], right[..., None, :, :])
    out = _sum(run, products, axis=-2)
    out = out if y.ndim > 1 else out[..., 0]
    return out if x.ndim > 1 else (out[..., 0, :] if y.ndim > 1 else out[..., 0])


def _deviations(run: _Caller, x: Any, axis: Any) -> Any:
    return run.apply(np.subtract, x, _mean(run, x, axis, keepdims=True))


def _var(
    run: _Caller, x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False, **_: Any
) -> Any:
    x = run.field.array(x)
    squares = run.apply(np.square, _deviations(run, x, axis))
    return run.apply(np.true_divide, _sum(run, squares, axis, keepdims), _count(x, axis) - ddof)


def _std(
    run: _Caller, x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False, **_: Any
) -> Any:
    """Norm of the deviations over sqrt(n - ddof): std' = 0 for constants, as norm'(0) = 0."""
    x = run.field.array(x)
    length = _norm(run, _deviations(run, x, axis), None, axis, keepdims)
    return run.apply(np.true_divide, length, run.apply(np.sqrt, _count(x, axis) - ddof))


def _norm(run: _Caller, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    x = run.field.array(x)
    axes = x.ndim if axis is None else np.size(axis)
    if ord is not None and not (ord == 2 and axes == 1) and not (ord == "fro" and axes == 2):
        raise missing(np.linalg.norm, run.field, f"ord={ord!r} is not a sum of squares")
    return run.reduce(lambda line: run.field.several[np.linalg.norm](*line), x, axis, keepdims)


def _extreme(function: Call) -> Call:
    def define(run: _Caller, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return run.reduce(lambda line: run.field.several[function](*line), x, axis, keepdims)

    return define


def _pair(function: Call) -> Call:
    def define(run: _Caller, x: Any, y: Any) -> Any:
        return run.map(run.field.several[function], x, y)

    return define


def _clip(run: _Caller, x: Any, low: Any = None, high: Any = None) -> Any:
    """A missing bound, which is no scalar, is left out of the operands and put back inside."""
    given = [bound for bound in (low, high) if bound is not None]

    def scalar(x: Any, *bounds: Any) -> Any:
        rest = iter(bounds)
        lowest, highest = (None if bound is None else next(rest) for bound in (low, high))
        return run.field.several[np.clip](x, lowest, highest)

    return run.map(scalar, x, *given)


def _where(run: _Caller, condition: Any, x: Any, y: Any) -> Any:
    return np.where(_mask(run, condition), run.field.array(x), run.field.array(y))


def _mask(run: _Caller, condition: Any) -> np.ndarray:
    condition = np.asarray(condition)
    if condition.dtype != object:
        return condition.astype(bool)
    if not run.field.ordered:
        raise missing(np.where, run.field, "its condition is an input or computed from one")
    return np.frompyfunc(bool, 1, 1)(condition).astype(bool)


def _getitem(run: _Caller, x: Any, *arrays: Any, index: Any) -> Any:
    whole = [_whole_numbers(run, array) for array in arrays]
    return _as_array(run.field.array(x)[fill_holes(index, (x, *whole))])


def _take(run: _Caller, x: Any, indices: Any, axis: Any = None, **_: Any) -> Any:
    return _as_array(np.take(run.field.array(x), _whole_numbers(run, indices), axis=axis))


def _whole_numbers(run: _Caller, array: Any) -> np.ndarray:
    """Indices as integers again; an input of a field without order is not known yet."""
    array = np.asarray(array)
    if array.dtype != object:
        return array
    if not run.field.ordered:
        raise missing(operator.getitem, run.field, "its index is an input or computed from one")
    return np.frompyfunc(int, 1, 1)(array).astype(np.intp)


def _astype(run: _Caller, x: Any, dtype: Any) -> Any:
    _without_dtype(np.astype, run.field, {"dtype": dtype})
    return run.field.array(x)


def _sigmoid(run: _Caller, x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    decay = run.apply(np.exp, run.apply(np.negative, x))
    return run.apply(np.true_divide, 1, run.apply(np.add, 1, decay))


def _relu(run: _Caller, x: Any) -> Any:
    return run.map(lambda scalar: run.field.several[np.max](scalar, run.field.constant(0)), x)


def _softplus(run: _Caller, x: Any) -> Any:
    """log(1 + exp(x))."""
    return run.apply(np.log1p, run.apply(np.exp, x))


def _logsumexp(run: _Caller, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log of the sum of exp(x), unless the field has a function of its own."""
    whole = run.field.several.get(own.logsumexp)
    if whole is not None:
        return run.reduce(lambda line: whole(*line), x, axis, keepdims)
    return run.apply(np.log, _sum(run, run.apply(np.exp, x), axis, keepdims))


def _log_softmax(run: _Caller, x: Any, axis: int = -1) -> Any:
    return run.apply(np.subtract, x, _logsumexp(run, x, axis, keepdims=True))


def _softmax(run: _Caller, x: Any, axis: int = -1) -> Any:
    return run.apply(np.exp, _log_softmax(run, x, axis))


def _remainder(run: _Caller, x: Any, y: Any) -> Any:
    """x - y floor(x / y)."""
    whole = run.apply(np.floor, run.apply(np.true_divide, x, y))
    return run.apply(np.subtract, x, run.apply(np.multiply, y, whole))


def _binary_cross_entropy(run: _Caller, z: Any, y: Any) -> Any:
    return run.apply(np.subtract, _softplus(run, z), run.apply(np.multiply, z, y))


def _softmax_cross_entropy(run: _Caller, z: Any, y: Any, axis: int = -1) -> Any:
    terms = run.apply(np.multiply, y, _log_softmax(run, z, axis))
    return run.apply(np.negative, _sum(run, terms, axis))


ARITHMETIC: dict[Call, Call] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.true_divide: operator.truediv,
    np.power: operator.pow,
    np.float_power: operator.pow,
    np.negative: operator.neg,
    np.positive: operator.pos,
    np.square: lambda x: x * x,
    np.reciprocal: lambda x: 1 / x,
}
"""Calls that Python's operators express for every kind of scalar."""

DEFINITIONS: dict[Call, Call] = {
    np.sum: _sum,
    np.mean: _mean,
    np.matmul: _matmul,
    np.var: _var,
    np.std: _std,
    np.linalg.norm: _norm,
    np.max: _extreme(np.max),
    np.min: _extreme(np.min),
    np.maximum: _pair(np.max),
    np.minimum: _pair(np.min),
    np.fmax: _pair(np.max),
    np.fmin: _pair(np.min),
    np.hypot: _pair(np.linalg.norm),
    np.remainder: _remainder,
    np.clip: _clip,
    np.where: _where,
    np.take: _take,
    np.astype: _astype,
    operator.getitem: _getitem,
    own.sigmoid: _sigmoid,
    own.relu: _relu,
    own.softplus: _softplus,
    own.logsumexp: _logsumexp,
    own.log_softmax: _log_softmax,
    own.softmax: _softmax,
    own.binary_cross_entropy: _binary_cross_entropy,
    own.softmax_cross_entropy: _softmax_cross_entropy,
}
"""Calls that are spelled out in terms of others, the same for every field."""

STRUCTURAL = frozenset(
    {
        np.prod,
        np.cumsum,
        np.reshape,
        np.ravel,
        np.transpose,
        np.swapaxes,
        np.moveaxis,
        np.squeeze,
        np.expand_dims,
        np.broadcast_to,
        np.flip,
        np.roll,
        np.copy,
        np.concatenate,
        np.stack,
        np.dot,
        np.inner,
        np.outer,
        np.tensordot,
        np.einsum,
    }
)
"""Calls that NumPy itself runs on object arrays: they move, add and multiply entries."""

ORDERING = frozenset({np.argmax, np.argmin, np.argsort, np.sort, np.all, np.any})
"""Calls that need to compare scalars."""

COMPARISONS = frozenset(
    {np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal}
)
"""Calls that return masks."""

LOGIC = frozenset(
    {
        np.logical_and,
        np.logical_or,
        np.logical_not,
        np.logical_xor,
        np.bitwise_and,
        np.bitwise_or,
        np.invert,
    }
)
"""Calls that combine masks."""
