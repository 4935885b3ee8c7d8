"""The gradient: a function of nested parameters in, a function that returns its gradient out.

Every call opens its own tape and closes it before it returns, so gradients nest in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from difflab.autodiff.arguments import ArgNums, check_argnums, select
from difflab.autodiff.reverse import pullback
from difflab.errors import NonScalarLossError
from difflab.trace import TracedArray, recording, traced_inputs
from difflab.trace.guard import guard
from difflab.trace.mutation import Spare
from difflab.tree import Nest, check_parameters, flatten, unflatten


def value_and_grad(
    f: Callable[..., Any], argnums: ArgNums = 0, *, safe: bool = True
) -> Callable[..., tuple[Any, Nest]]:
    """Return a function that gives ``f``'s value and its gradient, by reverse mode.

    One gradient costs a small multiple of one value, however many parameters there are.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number; plain NumPy inside.
    argnums : int or tuple of int
        Which positional arguments are differentiated; a tuple gives a tuple of gradients.
    safe : bool
        Whether an array that is changed in place after it was used is an error. Without the check
        its gradient would be silently wrong; the check copies every array that the tape holds and
        did not make itself.

    Returns
    -------
    callable
        ``(params, *contexts) -> (value, gradient)``; the gradient has the nest, shapes and
        dtypes of ``params``.

    Raises
    ------
    UsageError
        When ``argnums`` does not name arguments.
    ParameterTypeError, NonScalarLossError, TracingError, MissingRuleError
        From the returned function.

    Examples
    --------
    >>> value, gradient = value_and_grad(lambda p: np.sum(p["w"] ** 2))({"w": np.array([1.0, 3.0])})
    >>> float(value), gradient["w"]
    (10.0, array([2., 6.]))
    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)[1]
    (np.float64(3.0), np.float64(2.0))
    """
    check_argnums(argnums)
    spare: Spare = {}

    def value_and_gradient(*arguments: Any) -> tuple[Any, Nest]:
        call, params, contexts = select(f, argnums, arguments)
        leaves, structure = flatten(params)
        check_parameters(leaves, structure)
        guarded = guard(safe=safe, spare=spare)
        with recording(guarded.watch, guarded.keep) as tape:
            inputs = traced_inputs(tape, leaves)
            result = call(unflatten(structure, inputs), *contexts)
        _check_scalar(result)
        if not (type(result) is TracedArray and result.tape is tape):
            return _own(result), unflatten(structure, finish([None] * len(leaves), leaves))
        guarded.check()
        seed = result.dtype.type(1)
        cotangents = pullback(tape.calls, result.index, seed, range(len(inputs)), guarded.inspect)
        return _own(result.value), unflatten(structure, finish(cotangents, leaves))

    return value_and_gradient


def grad(f: Callable[..., Any], argnums: ArgNums = 0, *, safe: bool = True) -> Callable[..., Nest]:
    """Return a function that gives the gradient of ``f``; see `value_and_grad`.

    Examples
    --------
    >>> third = grad(grad(grad(np.sin)))
    >>> float(third(0.0))
    -1.0
    """
    both = value_and_grad(f, argnums, safe=safe)

    def gradient(*arguments: Any) -> Nest:
        return both(*arguments)[1]

    return gradient


def finish(cotangents: Sequence[Any], leaves: Sequence[Any]) -> list[Any]:
    """Give finished cotangents the form of their leaves: arrays of their own, or NumPy scalars."""
    finished: list[Any] = []
    shared = len(set(map(id, cotangents))) < len(cotangents)
    for cotangent, leaf in zip(cotangents, leaves):
        if cotangent is None:
            cotangent = zeros(leaf)
        if type(cotangent) is np.ndarray:
            if type(leaf) is not np.ndarray and not cotangent.ndim:
                cotangent = cotangent[()]  # a number for a number
            elif shared or cotangent.base is not None:
                cotangent = cotangent.copy()  # views, of user data or each other, must not leave
        elif isinstance(leaf, np.ndarray) and type(cotangent) is not TracedArray:
            cotangent = np.array(cotangent)
        finished.append(cotangent)
    return finished


def zeros(leaf: Any) -> Any:
    """Zeros of a leaf's shape and dtype: an array, or a NumPy scalar for a leaf without axes."""
    return np.zeros(np.shape(leaf), getattr(leaf, "dtype", float))[()]


def _own(value: Any) -> Any:
    """A number of its own: an array without axes may be a view of a parameter."""
    return value[()] if type(value) is np.ndarray else value


def _check_scalar(result: Any) -> None:
    if type(result) is TracedArray and type(result.value) is np.float64:
        return  # nearly always
    dtype = getattr(result, "dtype", np.dtype(type(result) if type(result) is float else object))
    if not hasattr(result, "shape") and not isinstance(result, (float, int, complex)):
        raise NonScalarLossError(
            f"the function returned {type(result).__name__}, not one number",
            "a gradient is the derivative of one real number",
            "return the loss alone, reduced by np.mean(...) or np.sum(...)",
        )
    if np.shape(result) != ():
        raise NonScalarLossError(
            f"the function returned an array of shape {np.shape(result)}, not one number",
            "the gradient of an array-valued function would be a Jacobian",
            "reduce the result: np.mean(...) or np.sum(...); or difflab.jacobian(f)",
        )
    if dtype.kind != "f":
        is_complex = dtype.kind == "c" or isinstance(result, complex)
        raise NonScalarLossError(
            f"the function returned {result!r}, which is not a real floating-point number",
            "a loss is one real number that varies smoothly with the parameters",
            "values in between may be complex; return np.real(z), np.imag(z) or np.abs(z)"
            if is_complex
            else "return a float: np.mean(...) or np.sum(...) of float arrays",
        )
