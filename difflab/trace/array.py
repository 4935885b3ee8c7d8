"""The traced array: stands for an ndarray on a tape, and refuses to become anything less.

Whatever would lose the derivative without a word in other libraries (conversion to float,
assignment into a plain array, in-place operators, pickling) raises a `TracingError` that says what
to write instead. What the array can do stands in tables of methods, in `protocols`, `operators`
and `methods`, which the package puts onto the class.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from difflab.errors import TracingError
from difflab.trace.tape import Branch, Tape


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
        array: Any = self
        return (array[k] for k in range(len(self)))

    def __repr__(self) -> str:
        return f"<traced {self.dtype}{list(self.shape)} = {self.value!r}>"

    def __format__(self, spec: str) -> str:
        return format(value_of(self), spec) if spec else repr(self)


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
