"""Products with the Jacobian and the Hessian, without forming either: vjp, jvp and hvp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from difflab.autodiff.arguments import ArgNums, check_argnums, select
from difflab.autodiff.gradient import finish, grad
from difflab.autodiff.recorded import directions, run
from difflab.tree import Nest, flatten, unflatten


def vjp(
    f: Callable[..., Any], *arguments: Any, argnums: ArgNums = 0
) -> tuple[Nest, Callable[[Nest], Nest]]:
    """Evaluate ``f`` and return its value with its pullback.

    ``f`` runs once; every call of the pullback costs one reverse sweep.

    Parameters
    ----------
    f : callable
        Returns an array of any shape, or a nest of arrays.
    arguments
        ``params, *contexts``: what ``f`` is called with.
    argnums : int or tuple of int
        Which of them are differentiated; a tuple makes ``params`` a tuple.

    Returns
    -------
    value : array or nest
    pullback : callable
        Takes a cotangent of the value's nest and shapes to one of ``params``.

    Raises
    ------
    UsageError
        When ``argnums`` does not name arguments.
    ShapeError
        From the pullback, when nesting or shapes of cotangent and value differ.

    Examples
    --------
    >>> import numpy as np
    >>> value, pull = vjp(np.exp, np.array([0.0, 0.0]))
    >>> pull(np.array([1.0, 2.0]))
    array([1., 2.])
    """
    check_argnums(argnums)
    call, params, contexts = select(f, argnums, arguments)
    recorded = run(call, params, *contexts)

    def pull(cotangent: Nest) -> Nest:
        given = directions("cotangent", cotangent, recorded.results, recorded.form, "value")
        return unflatten(recorded.structure, recorded.pull(given))

    return recorded.value, pull


def jvp(
    f: Callable[..., Any], params: Nest, tangents: Nest, *contexts: Any, argnums: ArgNums = 0
) -> tuple[Nest, Nest]:
    """Evaluate ``f`` and its directional derivative along ``tangents``, by forward mode.

    Parameters
    ----------
    f : callable
        Returns an array of any shape, or a nest of arrays.
    params, contexts
        What ``f`` is called with: ``f(params, *contexts)``.
    tangents : nest
        The direction: same nest and shapes as the arguments that ``argnums`` names.
    argnums : int or tuple of int
        Which arguments are differentiated; a tuple takes a tuple of tangents.

    Returns
    -------
    value, tangent : arrays, or nests of arrays, of the same shapes

    Raises
    ------
    UsageError
        When ``argnums`` does not name arguments.
    ShapeError
        When nesting or shapes of parameters and tangents differ.

    Examples
    --------
    >>> import numpy as np
    >>> value, tangent = jvp(lambda x: x**3, 2.0, 1.0)
    >>> float(value), float(tangent)
    (8.0, 12.0)
    >>> jvp(lambda x: {"square": x**2, "cube": x**3}, 2.0, 1.0)[1]
    {'cube': np.float64(12.0), 'square': np.float64(4.0)}
    """
    check_argnums(argnums)
    call, params, contexts = select(f, argnums, (params, *contexts))
    leaves, structure = flatten(params)
    moving = directions("tangent", tangents, leaves, structure, "params")
    recorded = run(call, params, *contexts)
    return recorded.value, unflatten(recorded.form, recorded.push(moving))


def hvp(
    f: Callable[..., Any], params: Nest, tangents: Nest, *contexts: Any, argnums: ArgNums = 0
) -> Nest:
    """Hessian-vector product, forward over reverse: the gradient, differentiated along a direction.

    Pearlmutter (1994). Costs a small multiple of one gradient, and no matrix is formed.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number.
    params, contexts
        The point.
    tangents : nest
        The direction: same nest and shapes as the arguments that ``argnums`` names.
    argnums : int or tuple of int
        Which arguments are differentiated; a tuple takes and gives tuples.

    Returns
    -------
    nest
        The Hessian of ``f`` times the direction: same nest, shapes and dtypes as the direction's
        arguments.

    Raises
    ------
    UsageError
        When ``argnums`` does not name arguments.
    ShapeError
        When nesting or shapes of parameters and tangents differ.

    Examples
    --------
    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    check_argnums(argnums)
    call, params, contexts = select(f, argnums, (params, *contexts))
    leaves, structure = flatten(params)
    moving = directions("tangent", tangents, leaves, structure, "params")
    recorded = run(grad(call), params, *contexts)
    return unflatten(structure, finish(recorded.push(moving), leaves))
