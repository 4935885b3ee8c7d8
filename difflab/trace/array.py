"""The traced array: stands for an ndarray, and writes every NumPy call it meets onto a tape.

NumPy hands calls over through NEP 13 (``__array_ufunc__``) and NEP 18 (``__array_function__``), so
user code stays plain NumPy. Whatever would lose the derivative without a word in other libraries
(conversion to float, assignment into a plain array, in-place operators, unknown functions) raises
a `TracingError` that says what to write instead.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from difflab.errors import TracingError
from difflab.trace.calls import Hole, evaluate, name_of, read_call, untraceable
from difflab.trace.tape import CONSTANT, NO_OPTIONS, Branch, Tape


def record(function: Callable[..., Any], operands: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Run a call and write it onto the innermost tape among its operands.

    Returns
    -------
    TracedArray
        On that tape.
    """
    tape: Tape | None = None
    for operand in operands:
        if type(operand) is TracedArray and (tape is None or operand.tape.level > tape.level):
            tape = operand.tape
    assert tape is not None, "record needs at least one traced operand"
    values, parents = [], []
    for operand in operands:
        if type(operand) is TracedArray and operand.tape is tape:
            values.append(operand.value)
            parents.append(operand.index)
        else:
            values.append(operand)
            parents.append(CONSTANT)
    value = evaluate(function, values, options)
    index = tape.append(function, tuple(values), tuple(parents), options, value)
    return TracedArray(value, tape, index)


def traced_input(tape: Tape, value: Any) -> TracedArray:
    """Put an input onto a tape and return the array that stands for it."""
    if type(value) is not TracedArray:
        value = np.asarray(value)[()]  # 0-d becomes a NumPy scalar, as NumPy itself returns them
    return TracedArray(value, tape, tape.append(None, (), (), NO_OPTIONS, value))


_METADATA = {np.shape: "shape", np.ndim: "ndim", np.size: "size"}
_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}


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
        self.value = value
        self.tape = tape
        self.index = index

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if options.get("out") is not None:
            raise TracingError(
                f"{name_of(ufunc)} would write a traced result into a plain array",
                "`a += x` and out=a change an array that no tape knows, and lose the derivative",
                "make a new array: a = a + x",
            )
        if method == "reduce" and ufunc in _REDUCTIONS:
            options = {name: option for name, option in options.items() if option is not None}
            return _REDUCTIONS[ufunc](inputs[0], **{"axis": 0} | options)
        if method != "__call__":
            raise TracingError(
                f"{name_of(ufunc)}.{method} was called on an array that is being differentiated",
                "only plain calls of a ufunc are recorded",
                "use the array function: np.sum, np.prod, np.max, np.outer, np.cumsum",
            )
        if "where" in options:
            raise TracingError(
                f"{name_of(ufunc)} was called with where= while being differentiated",
                "entries that the mask leaves out would be uninitialised memory",
                f"np.where(mask, {name_of(ufunc)}(x), other)",
            )
        return record(ufunc, inputs, options)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        if function in _METADATA:
            return getattr(args[0], _METADATA[function])
        if function in (np.zeros_like, np.ones_like):
            model = args[0]
            make = np.zeros if function is np.zeros_like else np.ones
            return make(kwargs.get("shape") or model.shape, kwargs.get("dtype") or model.dtype)
        operands, options = read_call(function, args, kwargs)
        if not any(type(operand) is TracedArray for operand in operands):
            raise untraceable(function)  # the traced array hides where only options are expected
        return record(function, operands, options)

    # What NumPy would do without a word

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TracingError(
            "a traced array was about to become a plain ndarray",
            "np.array(...), np.asarray(...), a[0] = x and calls outside NumPy drop the derivative",
            "np.stack or np.concatenate to join arrays; np.where instead of assignment",
        )

    def __float__(self) -> NoReturn:
        self._refuse_scalar("float")

    def __int__(self) -> NoReturn:
        self._refuse_scalar("int")

    def __complex__(self) -> NoReturn:
        self._refuse_scalar("complex")

    def __index__(self) -> NoReturn:
        self._refuse_scalar("index")

    def item(self) -> NoReturn:
        """Refuse: a Python number would lose the derivative."""
        self._refuse_scalar("item")

    def _refuse_scalar(self, kind: str) -> NoReturn:
        raise TracingError(
            f"a traced array was about to become a Python number ({kind})",
            "float(x), int(x), math.exp(x) and range(x) drop the derivative",
            "np.exp(x) instead of math.exp(x); leave out float(...)",
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

    def __bool__(self) -> bool:
        outcome = bool(self.value)
        frame = sys._getframe(1)
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

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an array without axes")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"<traced {self.dtype}{list(self.shape)} = {self.value!r}>"

    # Indexing

    def __getitem__(self, index: Any) -> Any:
        operands: list[Any] = [self]

        def dig(part: Any) -> Any:
            if type(part) is TracedArray:
                operands.append(part)
                return Hole(len(operands) - 1)
            if isinstance(part, tuple):
                return tuple(dig(member) for member in part)
            return part

        template = dig(index)  # also collects the index arrays into operands
        return record(operator.getitem, tuple(operands), {"index": template})

    # Operators. Written out, because numpy.lib.mixins.NDArrayOperatorsMixin costs twice the time.

    def __add__(self, other: Any) -> Any:
        return record(np.add, (self, other), NO_OPTIONS)

    def __radd__(self, other: Any) -> Any:
        return record(np.add, (other, self), NO_OPTIONS)

    def __sub__(self, other: Any) -> Any:
        return record(np.subtract, (self, other), NO_OPTIONS)

    def __rsub__(self, other: Any) -> Any:
        return record(np.subtract, (other, self), NO_OPTIONS)

    def __mul__(self, other: Any) -> Any:
        return record(np.multiply, (self, other), NO_OPTIONS)

    def __rmul__(self, other: Any) -> Any:
        return record(np.multiply, (other, self), NO_OPTIONS)

    def __truediv__(self, other: Any) -> Any:
        return record(np.true_divide, (self, other), NO_OPTIONS)

    def __rtruediv__(self, other: Any) -> Any:
        return record(np.true_divide, (other, self), NO_OPTIONS)

    def __matmul__(self, other: Any) -> Any:
        return record(np.matmul, (self, other), NO_OPTIONS)

    def __rmatmul__(self, other: Any) -> Any:
        return record(np.matmul, (other, self), NO_OPTIONS)

    def __pow__(self, other: Any) -> Any:
        return record(np.power, (self, other), NO_OPTIONS)

    def __rpow__(self, other: Any) -> Any:
        return record(np.power, (other, self), NO_OPTIONS)

    def __mod__(self, other: Any) -> Any:
        return record(np.remainder, (self, other), NO_OPTIONS)

    def __rmod__(self, other: Any) -> Any:
        return record(np.remainder, (other, self), NO_OPTIONS)

    def __floordiv__(self, other: Any) -> Any:
        return record(np.floor_divide, (self, other), NO_OPTIONS)

    def __rfloordiv__(self, other: Any) -> Any:
        return record(np.floor_divide, (other, self), NO_OPTIONS)

    def __neg__(self) -> Any:
        return record(np.negative, (self,), NO_OPTIONS)

    def __pos__(self) -> Any:
        return record(np.positive, (self,), NO_OPTIONS)

    def __abs__(self) -> Any:
        return record(np.absolute, (self,), NO_OPTIONS)

    def __iadd__(self, other: Any) -> Any:
        self._refuse_in_place("+")
        return self + other

    def __isub__(self, other: Any) -> Any:
        self._refuse_in_place("-")
        return self - other

    def __imul__(self, other: Any) -> Any:
        self._refuse_in_place("*")
        return self * other

    def __itruediv__(self, other: Any) -> Any:
        self._refuse_in_place("/")
        return self / other

    def __ipow__(self, other: Any) -> Any:
        self._refuse_in_place("**")
        return self**other

    def __imatmul__(self, other: Any) -> Any:
        self._refuse_in_place("@")
        return self @ other

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

    def __and__(self, other: Any) -> Any:
        return record(np.bitwise_and, (self, other), NO_OPTIONS)

    def __rand__(self, other: Any) -> Any:
        return record(np.bitwise_and, (other, self), NO_OPTIONS)

    def __or__(self, other: Any) -> Any:
        return record(np.bitwise_or, (self, other), NO_OPTIONS)

    def __ror__(self, other: Any) -> Any:
        return record(np.bitwise_or, (other, self), NO_OPTIONS)

    def __invert__(self) -> Any:
        return record(np.invert, (self,), NO_OPTIONS)

    # Methods of ndarray

    @property
    def T(self) -> Any:
        """Transpose."""
        return np.transpose(self)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """As `numpy.ndarray.sum`."""
        return record(np.sum, (self,), {"axis": axis, "keepdims": keepdims})

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """As `numpy.ndarray.mean`."""
        return record(np.mean, (self,), {"axis": axis, "keepdims": keepdims})

    def prod(self, axis: Any = None, keepdims: bool = False) -> Any:
        """As `numpy.ndarray.prod`."""
        return record(np.prod, (self,), {"axis": axis, "keepdims": keepdims})

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        """As `numpy.ndarray.max`."""
        return record(np.max, (self,), {"axis": axis, "keepdims": keepdims})

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        """As `numpy.ndarray.min`."""
        return record(np.min, (self,), {"axis": axis, "keepdims": keepdims})

    def var(self, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
        """As `numpy.ndarray.var`."""
        return record(np.var, (self,), {"axis": axis, "ddof": ddof, "keepdims": keepdims})

    def std(self, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
        """As `numpy.ndarray.std`."""
        return record(np.std, (self,), {"axis": axis, "ddof": ddof, "keepdims": keepdims})

    def cumsum(self, axis: Any = None) -> Any:
        """As `numpy.ndarray.cumsum`."""
        return record(np.cumsum, (self,), {"axis": axis})

    def argmax(self, axis: Any = None) -> Any:
        """As `numpy.ndarray.argmax`; its derivative is zero."""
        return record(np.argmax, (self,), {"axis": axis})

    def argmin(self, axis: Any = None) -> Any:
        """As `numpy.ndarray.argmin`; its derivative is zero."""
        return record(np.argmin, (self,), {"axis": axis})

    def all(self, axis: Any = None) -> Any:
        """As `numpy.ndarray.all`."""
        return record(np.all, (self,), {"axis": axis})

    def any(self, axis: Any = None) -> Any:
        """As `numpy.ndarray.any`."""
        return record(np.any, (self,), {"axis": axis})

    def reshape(self, *shape: Any) -> Any:
        """As `numpy.ndarray.reshape`."""
        if len(shape) == 1 and not isinstance(shape[0], int):
            shape = tuple(shape[0])
        return record(np.reshape, (self,), {"shape": shape})

    def ravel(self) -> Any:
        """As `numpy.ndarray.ravel`."""
        return record(np.ravel, (self,), NO_OPTIONS)

    def flatten(self) -> Any:
        """As `numpy.ndarray.flatten`."""
        return record(np.ravel, (self,), NO_OPTIONS)

    def transpose(self, *axes: Any) -> Any:
        """As `numpy.ndarray.transpose`."""
        if len(axes) == 1 and not isinstance(axes[0], int):
            axes = axes[0]
        return record(np.transpose, (self,), {"axes": axes or None})

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """As `numpy.ndarray.swapaxes`."""
        return record(np.swapaxes, (self,), {"axis1": axis1, "axis2": axis2})

    def squeeze(self, axis: Any = None) -> Any:
        """As `numpy.ndarray.squeeze`."""
        return record(np.squeeze, (self,), {"axis": axis})

    def clip(self, a_min: Any = None, a_max: Any = None) -> Any:
        """As `numpy.ndarray.clip`."""
        return record(np.clip, (self, a_min, a_max), NO_OPTIONS)

    def dot(self, other: Any) -> Any:
        """As `numpy.ndarray.dot`."""
        return record(np.dot, (self, other), NO_OPTIONS)

    def astype(self, dtype: Any) -> Any:
        """As `numpy.ndarray.astype`."""
        return record(np.astype, (self,), {"dtype": np.dtype(dtype)})

    def copy(self) -> Any:
        """As `numpy.ndarray.copy`."""
        return record(np.copy, (self,), NO_OPTIONS)


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
