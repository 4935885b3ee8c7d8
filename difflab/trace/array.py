"""The traced array: stands for an ndarray, and writes every NumPy call it meets onto a tape.

NumPy hands calls over through NEP 13 (``__array_ufunc__``) and NEP 18 (``__array_function__``), so
user code stays plain NumPy. Whatever would lose the derivative without a word in other libraries
(conversion to float, assignment into a plain array, in-place operators, unknown functions) raises
a `TracingError` that says what to write instead.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np

from difflab.errors import TracingError
from difflab.trace.calls import (
    CALL_FORMS,
    Hole,
    checked_options,
    component,
    evaluate,
    read_call,
)
from difflab.trace.composites import COMPOSITES
from difflab.trace.composites.arguments import as_array
from difflab.trace.composites.masked import OVER_PARTS, PART_OPTIONS
from difflab.trace.refusals import missing_attribute, name_of, several_results, untraceable
from difflab.trace.tape import CONSTANT, NO_OPTIONS, Branch, Tape


def record(function: Callable[..., Any], operands: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Run a call and write it onto the innermost tape among its operands.

    Returns
    -------
    TracedArray, or a tuple of them
        On that tape.
    """
    tape: Tape | None = None
    for operand in operands:
        if (
            type(operand) is TracedArray
            and operand.tape is not tape
            and (tape is None or operand.tape.level > tape.level)
        ):
            tape = operand.tape
    if tape is None:
        raise untraceable(function)  # the traced array hides where only options are expected
    values: list[Any] = []
    parents: list[int] = []
    for operand in operands:
        if type(operand) is TracedArray and operand.tape is tape:
            values.append(operand.value)
            parents.append(operand.index)
        else:
            values.append(operand if type(operand) in _PLAIN else _constant(operand))
            parents.append(CONSTANT)
    if type(function) is np.ufunc:
        value = function(*values)
    else:
        value = evaluate(function, values, options)
    index = tape.append(function, tuple(values), tuple(parents), options, value)
    if isinstance(value, tuple):
        return _components(function, value, tape, index)
    return TracedArray(value, tape, index)


def _components(
    function: Callable[..., Any], results: tuple[Any, ...], tape: Tape, index: int
) -> tuple[Any, ...]:
    """Put each of several results onto the tape; return them in the tuple type of the call."""
    form = CALL_FORMS.get(function)
    if form is None or not form.several:
        raise several_results(function)
    members = [
        TracedArray(
            result, tape, tape.append(component, (results,), (index,), {"index": k}, result)
        )
        for k, result in enumerate(results)
    ]
    return type(results)(*members) if hasattr(results, "_fields") else tuple(members)


def traced_inputs(tape: Tape, leaves: Sequence[Any]) -> list[Any]:
    """Put the inputs of a tape onto it, first of all; see `traced_input`."""
    return [
        TracedArray(leaf, tape, tape.append(None, (), (), NO_OPTIONS, leaf))
        if type(leaf) is np.ndarray and leaf.ndim
        else traced_input(tape, leaf)
        for leaf in leaves
    ]


def traced_input(tape: Tape, value: Any) -> TracedArray:
    """Put an input onto a tape and return the array that stands for it."""
    if type(value) is not np.ndarray or not value.ndim:
        if type(value) is not TracedArray:
            value = np.asarray(value)[()]  # 0-d becomes a NumPy scalar, as NumPy returns them
    return TracedArray(value, tape, tape.append(None, (), (), NO_OPTIONS, value))


_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
_SCANS: dict[np.ufunc, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}

Method = Callable[..., Any]


def _operators(symbol: str, ufunc: np.ufunc) -> tuple[Method, Method, Method]:
    """Make the methods of a binary operator: ``x + y``, ``y + x`` and ``x += y``."""

    def operator(self: TracedArray, other: Any) -> Any:
        x, tape = self.value, self.tape
        if type(other) is TracedArray and other.tape is tape:
            y, right = other.value, other.index
        elif type(other) in _PLAIN:
            y, right = other, CONSTANT
        else:
            return record(ufunc, (self, other), NO_OPTIONS)
        value = ufunc(x, y)
        if tape.watch is not None:
            index = tape.append(ufunc, (x, y), (self.index, right), NO_OPTIONS, value)
            return TracedArray(value, tape, index)
        calls = tape.calls  # what append does, without the call: this is the shortest way there is
        calls.append((ufunc, (x, y), (self.index, right), NO_OPTIONS, value))
        return TracedArray(value, tape, len(calls) - 1)

    def reflected(self: TracedArray, other: Any) -> Any:
        return record(ufunc, (other, self), NO_OPTIONS)

    def in_place(self: TracedArray, other: Any) -> Any:
        self._refuse_in_place(symbol)
        return record(ufunc, (self, other), NO_OPTIONS)

    return operator, reflected, in_place


def _method(function: Callable[..., Any]) -> Method:
    """Make a method of ndarray out of the array function with the same parameters."""

    def method(self: TracedArray, *args: Any, **options: Any) -> Any:
        return self.__array_function__(function, (), (self, *args), options)

    method.__doc__ = f"As `{name_of(function)}` of this array."
    return method


class TracedArray:
    """An array on a tape. Made by transforms; user code never builds one.

    Attributes
    ----------
    value : ndarray or scalar
        The array it stands for; itself traced when recordings nest.
    tape : Tape
        Where it is recorded.
    index : int
        Its entry on the tape.
    """

    __slots__ = ("index", "tape", "value")
    __hash__ = None  # type: ignore[assignment]  # == is elementwise, as for ndarray

    def __init__(self, value: Any, tape: Tape, index: int) -> None:
        self.value, self.tape, self.index = value, tape, index

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__" and not options and ufunc not in COMPOSITES:
            return self._ufunc(ufunc, inputs)
        if options.get("out") is not None:
            raise TracingError(
                f"{name_of(ufunc)} would write a traced result into a plain array",
                "`a += x` and out=a change an array that no tape knows, and lose the derivative",
                "make a new array: a = a + x",
            )
        if method == "reduce" and ufunc in _REDUCTIONS:
            reduction = _REDUCTIONS[ufunc]  # ufuncs reduce axis 0 unless told, np.sum all axes
            return record(reduction, *read_call(reduction, inputs, {"axis": 0} | options))
        if method == "accumulate" and ufunc in _SCANS:
            return _SCANS[ufunc](*inputs, **{"axis": 0} | options)
        if method == "outer":
            x, y = map(as_array, inputs)
            return ufunc(np.reshape(x, x.shape + (1,) * y.ndim), y, **options)
        if method != "__call__":
            raise TracingError(
                f"{name_of(ufunc)}.{method} was called on an array that is being differentiated",
                "a tape holds calls of ufuncs, sums, products, extrema and running sums",
                "use the array function: np.sum, np.prod, np.max, np.cumsum; np.take for .at",
            )
        if ufunc in COMPOSITES:
            return COMPOSITES[ufunc](*inputs, **options)
        if options:
            checked_options(ufunc, options, ())  # no rule of a ufunc knows any
        return record(ufunc, inputs, NO_OPTIONS)

    def _ufunc(self, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Any:
        """The short ways: of one operand, and of a plain array with a traced one."""
        tape = self.tape
        if len(inputs) == 1:
            operands, parents = (self.value,), (self.index,)
        elif len(inputs) == 2 and type(inputs[0]) is np.ndarray:
            operands, parents = (inputs[0], self.value), (CONSTANT, self.index)
        else:
            return record(ufunc, inputs, NO_OPTIONS)
        value = ufunc(*operands)
        if isinstance(value, tuple):
            return record(ufunc, inputs, NO_OPTIONS)
        return TracedArray(value, tape, tape.append(ufunc, operands, parents, NO_OPTIONS, value))

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        if function in COMPOSITES:
            return COMPOSITES[function](*args, **kwargs)
        if kwargs and function in OVER_PARTS and not PART_OPTIONS.isdisjoint(kwargs):
            return OVER_PARTS[function](*args, **kwargs)
        return record(function, *read_call(function, args, kwargs))

    # What NumPy would do without a word

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TracingError(
            "a traced array was about to become a plain ndarray",
            "np.array(...), np.asarray(...), a[0] = x and calls outside NumPy drop the derivative",
            "np.stack or np.concatenate to join arrays; np.where instead of assignment; "
            "np.take_along_axis(a, i, 0) or np.compress(mask, a, 0) for a[i] of a plain array; "
            "difflab.logsumexp, softmax, log_softmax instead of those of SciPy",
        )

    def __float__(self) -> NoReturn:
        self._refuse_scalar("float")

    def __int__(self) -> NoReturn:
        self._refuse_scalar("int")

    def __complex__(self) -> NoReturn:
        self._refuse_scalar("complex")

    def __index__(self) -> NoReturn:
        self._refuse_scalar("index")

    def __round__(self, digits: int = 0) -> NoReturn:
        self._refuse_scalar("round")

    def item(self, *index: Any) -> NoReturn:
        """Refuse: a Python number would lose the derivative."""
        self._refuse_scalar("item")

    def _refuse_scalar(self, kind: str) -> NoReturn:
        raise TracingError(
            f"a traced array was about to become a Python number ({kind})",
            "float(x), int(x), math.exp(x) and range(x) drop the derivative",
            "np.exp(x) for math.exp(x), np.rint(x) for round(x), x itself for float(x), "
            "np.take_along_axis(a, i, 0) for a[i] of a plain array",
        )

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TracingError(
            "x[...] = value was used on an array that is being differentiated",
            "the tape holds values, and overwriting one would make earlier derivatives wrong",
            "np.where(mask, value, x), or np.concatenate of the parts",
        )

    def _refuse_in_place(self, symbol: str) -> None:
        if self.shape == () and not isinstance(self.value, np.ndarray):
            return  # NumPy scalars are immutable: x += y makes a new one there too
        raise TracingError(
            f"`x {symbol}= y` was used on an array that is being differentiated",
            "in NumPy it would change x in place, also under its other names",
            f"x = x {symbol} y",
        )

    def __reduce__(self) -> NoReturn:
        raise TracingError(
            "an array that is being differentiated was about to be pickled",
            "another process, or a file, would get it without its tape",
            "take the gradient first, and send that",
        )

    def __contains__(self, item: Any) -> bool:
        return bool(np.any(self == item))

    def __bool__(self) -> bool:
        outcome = bool(self.value)
        frame: Any = sys._getframe(1)
        while frame.f_code.co_filename == __file__ and frame.f_back:  # when recordings nest
            frame = frame.f_back
        line = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        self.tape.branches.append(Branch(self.index, outcome, line))
        return outcome

    # Metadata

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape, as of an ndarray."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.value.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the entries."""
        return self.value.dtype

    @property
    def itemsize(self) -> int:
        """Bytes of one entry."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all entries."""
        return self.size * self.itemsize

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an array without axes")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"arrays have no attribute {name!r}")
        function = getattr(np, name, None)
        recordable = function in CALL_FORMS or function in COMPOSITES
        raise missing_attribute(name, recordable or isinstance(function, np.ufunc))

    def __repr__(self) -> str:
        return f"<traced {self.dtype}{list(self.shape)} = {self.value!r}>"

    def __format__(self, spec: str) -> str:
        return format(value_of(self), spec) if spec else repr(self)

    # Indexing

    def __getitem__(self, index: Any) -> Any:
        return pick(self, index)

    # Operators. Not from numpy.lib.mixins.NDArrayOperatorsMixin, which costs twice the time.

    __add__, __radd__, __iadd__ = _operators("+", np.add)
    __sub__, __rsub__, __isub__ = _operators("-", np.subtract)
    __mul__, __rmul__, __imul__ = _operators("*", np.multiply)
    __truediv__, __rtruediv__, __itruediv__ = _operators("/", np.true_divide)
    __matmul__, __rmatmul__, __imatmul__ = _operators("@", np.matmul)
    __pow__, __rpow__, __ipow__ = _operators("**", np.power)
    __mod__, __rmod__, __imod__ = _operators("%", np.remainder)
    __floordiv__, __rfloordiv__, __ifloordiv__ = _operators("//", np.floor_divide)
    __and__, __rand__, __iand__ = _operators("&", np.bitwise_and)
    __or__, __ror__, __ior__ = _operators("|", np.bitwise_or)
    __xor__, __rxor__, __ixor__ = _operators("^", np.bitwise_xor)
    __lshift__, __rlshift__, __ilshift__ = _operators("<<", np.left_shift)
    __rshift__, __rrshift__, __irshift__ = _operators(">>", np.right_shift)

    def __neg__(self) -> Any:
        return record(np.negative, (self,), NO_OPTIONS)

    def __pos__(self) -> Any:
        return record(np.positive, (self,), NO_OPTIONS)

    def __abs__(self) -> Any:
        return record(np.absolute, (self,), NO_OPTIONS)

    def __invert__(self) -> Any:
        return record(np.invert, (self,), NO_OPTIONS)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    # Comparisons: recorded, so that a replay sees them, with derivative zero

    def __lt__(self, other: Any) -> Any:
        return record(np.less, (self, other), NO_OPTIONS)

    def __le__(self, other: Any) -> Any:
        return record(np.less_equal, (self, other), NO_OPTIONS)

    def __gt__(self, other: Any) -> Any:
        return record(np.greater, (self, other), NO_OPTIONS)

    def __ge__(self, other: Any) -> Any:
        return record(np.greater_equal, (self, other), NO_OPTIONS)

    def __eq__(self, other: object) -> Any:
        return record(np.equal, (self, other), NO_OPTIONS)

    def __ne__(self, other: object) -> Any:
        return record(np.not_equal, (self, other), NO_OPTIONS)

    # Methods of ndarray; `__getattr__` answers for those that are not here

    sum = _method(np.sum)
    mean = _method(np.mean)
    prod = _method(np.prod)
    max = _method(np.max)
    min = _method(np.min)
    var = _method(np.var)
    std = _method(np.std)
    cumsum = _method(np.cumsum)
    argmax = _method(np.argmax)
    argmin = _method(np.argmin)
    argsort = _method(np.argsort)
    all = _method(np.all)
    any = _method(np.any)
    clip = _method(np.clip)
    cumprod = _method(np.cumprod)
    argpartition = _method(np.argpartition)
    searchsorted = _method(np.searchsorted)
    round = _method(np.round)
    take = _method(np.take)
    choose = _method(np.choose)
    dot = _method(np.dot)
    ravel = _method(np.ravel)
    flatten = _method(np.ravel)
    repeat = _method(np.repeat)
    diagonal = _method(np.diagonal)
    trace = _method(np.trace)
    swapaxes = _method(np.swapaxes)
    squeeze = _method(np.squeeze)
    copy = _method(np.copy)

    def __copy__(self) -> Any:
        return np.copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return np.copy(self)  # on the same tape: a copy of the tape would go its own way

    def compress(self, condition: Any, axis: int | None = None, out: Any = None) -> Any:
        """As `numpy.ndarray.compress`."""
        return np.compress(condition, self, axis=axis, out=out)

    def reshape(self, *shape: Any, **options: Any) -> Any:
        """As `numpy.ndarray.reshape`."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, **options)

    def transpose(self, *axes: Any) -> Any:
        """As `numpy.ndarray.transpose`."""
        if len(axes) == 1 and (axes[0] is None or np.ndim(axes[0])):
            axes = axes[0]
        return np.transpose(self, axes or None)

    @property
    def real(self) -> Any:
        """Real part; the array itself where it is real."""
        return np.real(self)

    @property
    def imag(self) -> Any:
        """Imaginary part; zeros where the array is real."""
        return np.imag(self)

    def conjugate(self) -> Any:
        """Complex conjugate; the array itself where it is real."""
        return np.conjugate(self)

    conj = conjugate

    @property
    def T(self) -> Any:
        """Transpose."""
        return np.transpose(self)

    @property
    def mT(self) -> Any:
        """Transpose of the last two axes."""
        return np.swapaxes(self, -1, -2)

    def astype(self, dtype: Any, *_: Any, **__: Any) -> Any:
        """As `numpy.ndarray.astype`; its options are about memory and are ignored."""
        return record(np.astype, (self,), {"dtype": np.dtype(dtype)})


def _constant(operand: Any) -> Any:
    """Bring an operand that is on no tape into a form that rules can take."""
    if isinstance(operand, (np.ma.MaskedArray, np.matrix)):
        raise TracingError(
            f"a {type(operand).__name__} met an array that is being differentiated",
            "its operators mean something else than those of an ndarray, and no rule knows them",
            "np.where(mask, 0.0, a) of a masked array, np.asarray(a) of a matrix",
        )
    return operand if isinstance(operand, _HAS_SHAPE) else np.asarray(operand)


def pick(x: Any, index: Any) -> Any:
    """Record ``x[index]``, where the array or an array inside the index is traced.

    NumPy hands ``a[i]`` over only where ``a`` itself is traced.
    """
    if type(x) is TracedArray and type(index) in (int, slice):
        return record(operator.getitem, (x,), {"index": index})
    operands: list[Any] = [x]

    def dig(part: Any) -> Any:
        if isinstance(part, list):
            part = _index_array(part)
        if type(part) is TracedArray:
            operands.append(part)
            return Hole(len(operands) - 1)
        if isinstance(part, tuple):
            return tuple(dig(member) for member in part)
        return part.copy() if isinstance(part, np.ndarray) else part  # it may change later

    template = dig(index)  # also collects the index arrays into operands
    if type(x) is not TracedArray and len(operands) == 1:
        return x[template]
    return record(operator.getitem, tuple(operands), {"index": template})


def _index_array(positions: list[Any]) -> Any:
    if any(type(position) is TracedArray for position in positions):
        return np.stack(positions)
    return np.array(positions, dtype=None if positions else np.intp)


_PLAIN = frozenset({np.ndarray, float, int, np.float64, np.float32})
"""Types of the usual constants, beside which a traced array takes the short way."""

_HAS_SHAPE = (np.ndarray, np.generic, float, int, complex, TracedArray, type(None))
"""Operands that rules can take as they are. Lists, tuples and data frames become arrays."""


def value_of(array: Any) -> Any:
    """Strip every level of tracing from an array.

    Examples
    --------
    >>> float(value_of(np.float64(2.0)))
    2.0
    """
    while type(array) is TracedArray:
        array = array.value
    return array
