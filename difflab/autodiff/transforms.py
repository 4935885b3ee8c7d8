"""Transforms: a function of nested parameters in, a function that returns derivatives out.

Every transform opens its own tape and closes it before it returns, so transforms nest in any order.
``f`` is called as ``f(params, *contexts)``; only ``params`` is differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from difflab.autodiff.forward import pushforward
from difflab.autodiff.reverse import pullback
from difflab.errors import NonScalarLossError, ShapeError
from difflab.trace import TracedArray, recording, traced_input
from difflab.tree import Nest, Structure, check_parameters, flatten, leaf_names, unflatten


def _check_scalar(result: Any) -> None:
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
            "reduce the result: np.mean(...) or np.sum(...)",
        )
    if dtype.kind != "f":
        raise NonScalarLossError(
            f"the function returned {result!r}, which is not a real floating-point number",
            "a loss is one real number that varies smoothly with the parameters",
            "return a float: np.mean(...) or np.sum(...) of float arrays",
        )


def _zeros(leaf: Any) -> Any:
    return np.zeros(np.shape(leaf), getattr(leaf, "dtype", float))[()]


def _finish(cotangents: Sequence[Any], leaves: Sequence[Any]) -> list[Any]:
    """Give finished cotangents the form of their leaves: arrays of their own, or NumPy scalars."""
    finished: list[Any] = []
    for cotangent, leaf in zip(cotangents, leaves):
        if cotangent is None:
            cotangent = _zeros(leaf)
        if type(cotangent) is np.ndarray:
            if not cotangent.flags.owndata or any(cotangent is other for other in finished):
                cotangent = cotangent.copy()  # views, of user data or each other, must not leave
        elif isinstance(leaf, np.ndarray) and type(cotangent) is not TracedArray:
            cotangent = np.array(cotangent)
        finished.append(cotangent)
    return finished


def value_and_grad(f: Callable[..., Any]) -> Callable[..., tuple[Any, Nest]]:
    """Return a function that gives ``f``'s value and its gradient, by reverse mode.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number; plain NumPy inside.

    Returns
    -------
    callable
        ``(params, *contexts) -> (value, gradient)``; the gradient has the nest, shapes and
        dtypes of ``params``.

    Raises
    ------
    ParameterTypeError, NonScalarLossError, TracingError, MissingRuleError
        From the returned function.

    Examples
    --------
    >>> value, gradient = value_and_grad(lambda p: np.sum(p["w"] ** 2))({"w": np.array([1.0, 3.0])})
    >>> float(value), gradient["w"]
    (10.0, array([2., 6.]))
    """

    def value_and_gradient(params: Nest, *contexts: Any) -> tuple[Any, Nest]:
        leaves, structure = flatten(params)
        check_parameters(leaves, structure)
        with recording() as tape:
            inputs = [traced_input(tape, leaf) for leaf in leaves]
            result = f(unflatten(structure, inputs), *contexts)
        _check_scalar(result)
        if not (type(result) is TracedArray and result.tape is tape):
            return result, unflatten(structure, _finish([None] * len(leaves), leaves))
        seed = np.ones((), result.dtype)[()]
        cotangents = pullback(tape.entries, result.index, seed, range(len(leaves)))
        return result.value, unflatten(structure, _finish(cotangents, leaves))

    return value_and_gradient


def grad(f: Callable[..., Any]) -> Callable[..., Nest]:
    """Return a function that gives the gradient of ``f``; see `value_and_grad`.

    Examples
    --------
    >>> third = grad(grad(grad(np.sin)))
    >>> float(third(0.0))
    -1.0
    """
    both = value_and_grad(f)

    def gradient(params: Nest, *contexts: Any) -> Nest:
        return both(params, *contexts)[1]

    return gradient


def vjp(f: Callable[..., Any], params: Nest, *contexts: Any) -> tuple[Any, Callable[[Any], Nest]]:
    """Evaluate ``f`` and return its value with its pullback.

    Parameters
    ----------
    f : callable
        Returns one array of any shape.

    Returns
    -------
    value : array
    pullback : callable
        Takes a cotangent of the value's shape to one of the nest of ``params``.

    Raises
    ------
    ShapeError
        From the pullback, when the cotangent's shape is not the value's.

    Examples
    --------
    >>> value, pull = vjp(np.exp, np.array([0.0, 0.0]))
    >>> pull(np.array([1.0, 2.0]))
    array([1., 2.])
    """
    leaves, structure = flatten(params)
    check_parameters(leaves, structure)
    with recording() as tape:
        inputs = [traced_input(tape, leaf) for leaf in leaves]
        result = f(unflatten(structure, inputs), *contexts)
    on_tape = type(result) is TracedArray and result.tape is tape
    value = result.value if on_tape else result

    def pull(cotangent: Any) -> Nest:
        if np.shape(cotangent) != np.shape(value):
            raise ShapeError(
                f"the cotangent has shape {np.shape(cotangent)}",
                f"the function's value has shape {np.shape(value)}, and the two must agree",
                f"np.ones({np.shape(value)}) for the sum of all entries",
            )
        if not on_tape:
            return unflatten(structure, _finish([None] * len(leaves), leaves))
        if type(cotangent) is not TracedArray:
            cotangent = np.asarray(cotangent, dtype=value.dtype)[()]
        back = pullback(tape.entries, result.index, cotangent, range(len(leaves)))
        return unflatten(structure, _finish(back, leaves))

    return value, pull


def jvp(f: Callable[..., Any], params: Nest, tangents: Nest, *contexts: Any) -> tuple[Any, Any]:
    """Evaluate ``f`` and its directional derivative along ``tangents``, by forward mode.

    Parameters
    ----------
    params, tangents : nest
        Of the same nesting and shapes.

    Returns
    -------
    value, tangent : arrays of the same shape

    Raises
    ------
    ShapeError
        When nesting or shapes of parameters and tangents differ.

    Examples
    --------
    >>> value, tangent = jvp(lambda x: x**3, 2.0, 1.0)
    >>> float(value), float(tangent)
    (8.0, 12.0)
    """
    leaves, structure = flatten(params)
    check_parameters(leaves, structure)
    directions = _matching(tangents, leaves, structure)
    with recording() as tape:
        inputs = [traced_input(tape, leaf) for leaf in leaves]
        result = f(unflatten(structure, inputs), *contexts)
    if not (type(result) is TracedArray and result.tape is tape):
        return result, np.zeros_like(result)[()]
    known = {
        i: t if type(t) is TracedArray else np.asarray(t, dtype=x.dtype)[()]
        for i, (t, x) in enumerate(zip(directions, inputs))
    }
    tangent = pushforward(tape.entries, result.index, known)
    if tangent is None:
        tangent = np.zeros(result.shape, result.dtype)[()]
    return result.value, tangent


def _matching(tangents: Nest, leaves: Sequence[Any], structure: Structure) -> list[Any]:
    directions, other = flatten(tangents)
    if other != structure:
        raise ShapeError(
            "tangents and parameters are nested differently",
            f"parameters {structure}, tangents {other}",
            "difflab.tree.map_leaves(np.ones_like, params) gives a nest that fits",
        )
    for name, leaf, direction in zip(leaf_names(structure), leaves, directions):
        if np.shape(leaf) != np.shape(direction):
            raise ShapeError(
                f"the tangent of {name} has shape {np.shape(direction)}",
                f"the parameter has shape {np.shape(leaf)}",
                "difflab.tree.map_leaves(np.ones_like, params) gives tangents that fit",
            )
    return directions


def hvp(f: Callable[..., Any], params: Nest, tangents: Nest, *contexts: Any) -> Nest:
    """Hessian-vector product, forward over reverse: the gradient, differentiated along a direction.

    Pearlmutter (1994). Costs a small multiple of one gradient, and no matrix is formed.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number.
    params : nest of float arrays
        The point.
    tangents : nest
        The direction; same nest and shapes.

    Returns
    -------
    nest
        The Hessian of ``f`` times the direction: same nest, shapes and dtypes as ``params``.

    Raises
    ------
    ShapeError
        When nesting or shapes of parameters and tangents differ.

    Examples
    --------
    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    leaves, structure = flatten(params)
    sizes = [int(np.prod(np.shape(leaf))) for leaf in leaves]
    gradient = grad(f)

    def flat_gradient(nest: Nest) -> Any:
        parts = flatten(gradient(nest, *contexts))[0]
        return np.concatenate([np.reshape(part, (-1,)) for part in parts])

    _, flat = jvp(flat_gradient, params, tangents)
    cuts = np.cumsum([0, *sizes])
    parts = [
        np.reshape(flat[a:b], np.shape(leaf)).astype(np.asarray(leaf).dtype)[
            ... if isinstance(leaf, np.ndarray) else ()
        ]
        for a, b, leaf in zip(cuts, cuts[1:], leaves)
    ]
    return unflatten(structure, parts)
