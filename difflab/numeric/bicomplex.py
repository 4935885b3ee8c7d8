"""Bicomplex numbers z1 + j z2: two complex numbers with a second imaginary unit, j^2 = -1.

With x + i h + j h in place of x the coefficient of ij in f is h^2 f''(x) + O(h^4), and nothing is
subtracted: Lantoine, Russell and Dargent (2012), "Using multicomplex variables for automatic
computation of high-order derivatives", ACM Trans. Math. Software 38, section 2.

Multiplication and division are written out. A function takes z1 through NumPy's own complex
function, and z2 through its addition theorem, such as sin(z1 + j z2) = sin z1 cosh z2 +
j cos z1 sinh z2. Second parts must be tiny, and then cosh z2 = 1 and sinh z2 = z2 to rounding:
what is left of every theorem is one factor, `SECOND_PART`. Functions that are not analytic have
none and are refused. The imaginary parts of z1 are tiny too, beside an exact real part; formulas
here must not subtract them from one another, or the second derivative is lost where it is small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.errors import MissingRuleError
from difflab.trace import name_of

Factor = Callable[[Any], Any]

SECOND_PART: dict[np.ufunc, Factor] = {
    np.exp: np.exp,
    np.exp2: lambda z: np.exp2(z) * np.log(z.real.dtype.type(2)),
    np.expm1: np.exp,
    np.log: lambda z: 1 / z,
    np.log2: lambda z: 1 / (z * np.log(z.real.dtype.type(2))),
    np.log10: lambda z: 1 / (z * np.log(z.real.dtype.type(10))),
    np.log1p: lambda z: 1 / (1 + z),
    np.sqrt: lambda z: 0.5 / np.sqrt(z),
    np.sin: np.cos,
    np.cos: lambda z: -np.sin(z),
    np.tan: lambda z: 1 / np.cos(z) ** 2,
    np.arcsin: lambda z: 1 / np.sqrt(_one_minus_square(z)),
    np.arccos: lambda z: -1 / np.sqrt(_one_minus_square(z)),
    np.arctan: lambda z: 1 / (1 + z * z),
    np.sinh: np.cosh,
    np.cosh: np.sinh,
    np.tanh: lambda z: _sech(z) ** 2,
    np.arcsinh: lambda z: 1 / np.sqrt(1 + z * z),
    np.arccosh: lambda z: 1 / (np.sqrt(z - 1) * np.sqrt(z + 1)),
    np.arctanh: lambda z: 1 / _one_minus_square(z),
}
"""By function f, the factor of z2 in the j part of f(z1 + j z2), to first order in z2."""

WHOLE = 64
"""Powers up to this one are made by multiplications."""

TINY = 2.0**-28
"""Imaginary parts whose square is beyond rounding."""

_COMPARISONS = (
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
)  # fmt: skip
_TESTS = (np.isfinite, np.isnan, np.isinf)


FAR = 40
"""Beyond it cosh z is exp |z| / 2 to rounding; it overflows long before its reciprocal vanishes."""


def _sech(z: Any) -> Any:
    far = np.abs(z.real) > FAR
    tail = 2 * np.exp(np.where(z.real > 0, -z, z))
    return np.where(far, tail, 1 / np.cosh(np.where(far, 0, z)))


def _one_minus_square(z: Any) -> Any:
    # as (1 - z) (1 + z) its imaginary part would be a difference of two large ones
    return (1 - z.real) * (1 + z.real) + z.imag**2 - 2j * z.real * z.imag


class Bicomplex:
    """Arrays of bicomplex numbers whose second part is tiny; see the head of this module.

    Parameters
    ----------
    first, second : complex array, any shape
        z1 and z2 in z1 + j z2.

    Examples
    --------
    >>> h = 2.0**-300
    >>> z = Bicomplex(np.array(3.0 + 1j * h), np.array(h + 0j))
    >>> float((z * z * z).second.imag / h**2)  # 6 x
    18.0
    """

    def __init__(self, first: Any, second: Any) -> None:
        self.first = np.asarray(first)
        self.second = np.asarray(second)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of both parts, broadcast."""
        return np.broadcast_shapes(self.first.shape, self.second.shape)

    def __repr__(self) -> str:
        return f"Bicomplex({self.first!r}, {self.second!r})"

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            raise _refusal(f"{name_of(ufunc)} with {', '.join(options) or method}")
        if ufunc in SECOND_PART:
            z = inputs[0]
            return Bicomplex(ufunc(z.first), z.second * SECOND_PART[ufunc](z.first))
        if ufunc in _COMPARISONS:
            return ufunc(*(_real(z) for z in inputs))
        if ufunc in _TESTS:
            return ufunc(inputs[0].first)
        if ufunc in _ARITHMETIC:
            return _ARITHMETIC[ufunc](*inputs)
        raise _refusal(name_of(ufunc))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.where and len(args) == 3 and not options:
            return _where(*args)
        raise _refusal(name_of(function))

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise _refusal("a conversion to an array of real or complex numbers")

    def __float__(self) -> float:
        raise _refusal("a conversion to float")

    def __complex__(self) -> complex:
        raise _refusal("a conversion to complex")

    def __abs__(self) -> Any:
        raise _refusal("abs")

    def __bool__(self) -> bool:
        return bool(self.first.real)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise _refusal(f"its attribute .{name}")

    def __neg__(self) -> Any:
        return np.negative(self)

    def __pos__(self) -> Any:
        return self

    def __add__(self, other: Any) -> Any:
        return np.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return np.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return np.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return np.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return np.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return np.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return np.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return np.divide(other, self)

    def __pow__(self, other: Any) -> Any:
        return np.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return np.power(other, self)

    def __lt__(self, other: Any) -> Any:
        return np.less(self, other)

    def __le__(self, other: Any) -> Any:
        return np.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return np.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return np.greater_equal(self, other)

    def __eq__(self, other: object) -> Any:
        return np.equal(self, other)  # type: ignore[call-overload]

    def __ne__(self, other: object) -> Any:
        return np.not_equal(self, other)  # type: ignore[call-overload]

    __hash__ = None  # type: ignore[assignment]


def _parts(z: Any) -> tuple[Any, Any]:
    return (z.first, z.second) if isinstance(z, Bicomplex) else (z, 0)


def _real(z: Any) -> Any:
    return z.first.real if isinstance(z, Bicomplex) else z


def _add(a: Any, b: Any) -> Bicomplex:
    (a1, a2), (b1, b2) = _parts(a), _parts(b)
    return Bicomplex(a1 + b1, a2 + b2)


def _subtract(a: Any, b: Any) -> Bicomplex:
    (a1, a2), (b1, b2) = _parts(a), _parts(b)
    return Bicomplex(a1 - b1, a2 - b2)


def _multiply(a: Any, b: Any) -> Bicomplex:
    (a1, a2), (b1, b2) = _parts(a), _parts(b)
    return Bicomplex(a1 * b1 - a2 * b2, a1 * b2 + a2 * b1)


def _divide(a: Any, b: Any) -> Bicomplex:
    (a1, a2), (b1, b2) = _parts(a), _parts(b)
    quotient = a1 / b1
    return Bicomplex(quotient, (a2 - quotient * b2) / b1)


def _power(base: Any, exponent: Any) -> Bicomplex:
    (b1, b2), (e1, e2) = _parts(base), _parts(exponent)
    power = _complex_power(b1, e1)
    second = b2 * e1 * _complex_power(b1, e1 - 1)
    if isinstance(exponent, Bicomplex):
        second = second + power * e2 * np.log(b1)
    return Bicomplex(power, second)


def _complex_power(base: Any, exponent: Any) -> Any:
    """base ** exponent, without the logarithm of a complex number where it can be avoided.

    NumPy takes one, which loses digits, fails at 0, and left of it turns half of a circle: what
    that leaves of an imaginary part is rounding.
    """
    if np.iscomplexobj(exponent) or not np.iscomplexobj(base):
        return base**exponent
    if np.ndim(exponent) == 0 and exponent == int(exponent) and abs(exponent) <= WHOLE:
        result = np.ones_like(base)
        for _ in range(abs(int(exponent))):
            result = result * base
        return result if exponent >= 0 else 1 / result
    x, y = base.real, base.imag
    if not np.all(np.abs(y) <= TINY * np.maximum(1, np.abs(x))):
        return base**exponent
    exponent = np.asarray(exponent, x.dtype)
    slope = np.where(exponent == 0, 0, exponent * x ** (exponent - 1))
    return x**exponent + 1j * (slope * y)


def _pick(a: Any, b: Any, larger: bool) -> Bicomplex:
    first_wins = _real(a) >= _real(b) if larger else _real(a) <= _real(b)
    return _where(first_wins, a, b)


def _where(condition: Any, a: Any, b: Any) -> Bicomplex:
    (a1, a2), (b1, b2) = _parts(a), _parts(b)
    return Bicomplex(np.where(condition, a1, b1), np.where(condition, a2, b2))


_ARITHMETIC: dict[np.ufunc, Callable[..., Any]] = {
    np.add: _add,
    np.subtract: _subtract,
    np.multiply: _multiply,
    np.divide: _divide,
    np.power: _power,
    np.float_power: _power,
    np.negative: lambda z: Bicomplex(-z.first, -z.second),
    np.positive: lambda z: z,
    np.square: lambda z: _multiply(z, z),
    np.reciprocal: lambda z: _divide(1, z),
    np.maximum: lambda a, b: _pick(a, b, larger=True),
    np.minimum: lambda a, b: _pick(a, b, larger=False),
}


def _refusal(what: str) -> MissingRuleError:
    return MissingRuleError(
        f"bicomplex numbers cannot follow {what}",
        "it is not analytic, or no elementwise NumPy function of one variable",
        "complex_difference(f, x), if f takes complex numbers, or difflab.derivative(f, x, n=2)",
    )
