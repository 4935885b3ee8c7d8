"""Whole matrices of derivatives by a method of one word: `jacobian` and `hessian`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from difflab import autodiff
from difflab.autodiff.arguments import ArgNums, check_argnums, select
from difflab.errors import UsageError, unknown_name
from difflab.numeric import sparse
from difflab.numeric.stencils import SCHEMES
from difflab.tree import Nest

Mode = Literal["auto", "forward", "reverse"]

METHODS = (
    "autodiff",
    "finite-difference",
    *(f"finite-difference:{scheme}" for scheme in SCHEMES),
    "complex-step",
)
"""Ways to a Jacobian; "finite-difference" is central."""

HESSIAN_METHODS = ("autodiff", "finite-difference", "finite-difference:central")


def jacobian(
    f: Callable[..., Any],
    mode: Mode = "auto",
    argnums: ArgNums = 0,
    *,
    method: str = "autodiff",
    sparsity: Any = None,
    step: float | None = None,
) -> Callable[..., Any]:
    """Return a function that gives the Jacobian of ``f`` by the method named.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns an array of any shape, or a nest of arrays.
    mode : str
        How autodiff sweeps its tape: ``"forward"``, ``"reverse"`` or ``"auto"`` for the cheaper.
    argnums : int or tuple of int
        Which positional arguments are differentiated; a tuple makes ``params`` a tuple.
    method : str
        ``"autodiff"``, ``"finite-difference"``, ``"finite-difference:central-4"`` and the like, or
        ``"complex-step"``.
    sparsity : boolean array (m, n), scipy.sparse matrix, (rows, cols), or None
        Where the Jacobian may differ from zero, for a function of a flat array; the numerical
        methods then move many parameters at once. The pattern is verified at every call.
    step : float or None
        One absolute step for all differences; None for one that fits.

    Returns
    -------
    callable
        ``(params, *contexts) -> jacobian``: the nest of the value, and in the place of each of its
        arrays the nest of ``params``, whose arrays have shape ``value.shape + parameter.shape``.
        With ``sparsity`` a matrix (m, n): an ndarray for a boolean array, else a
        ``scipy.sparse.csr_array``. For error bars and counts of evaluations, see
        `difflab.numeric.sparse.jacobian`.

    Raises
    ------
    UnknownNameError
        When there is no such method.
    UsageError
        When there is no such mode, an option does not belong to the method, or ``argnums`` does
        not name arguments.

    Examples
    --------
    >>> import numpy as np
    >>> f = lambda x: x[:2] * x[2]
    >>> jacobian(f)(np.array([1.0, 2.0, 3.0]))
    array([[3., 0., 1.],
           [0., 3., 2.]])
    >>> pattern = np.array([[1, 0, 1], [0, 1, 1]], bool)
    >>> jacobian(f, method="complex-step", sparsity=pattern)(np.array([1.0, 2.0, 3.0]))
    array([[3., 0., 1.],
           [0., 3., 2.]])
    """
    if method == "autodiff":
        _refuse_options(sparsity, step)
        return autodiff.jacobian(f, mode, argnums)
    if method not in METHODS:
        raise unknown_name("way to a Jacobian", method, METHODS, "difflab.derivatives.METHODS")
    if mode not in ("auto", "forward"):
        raise UsageError(
            f"mode={mode!r} with method={method!r}",
            "numerical methods go column by column, one set of parameters after another",
            'method="autodiff" for a reverse sweep, or no mode',
        )
    scheme = _scheme(method)
    return _calling(
        f,
        argnums,
        lambda call, params, contexts: sparse.jacobian(
            call,
            params,
            *contexts,
            scheme=scheme,
            step=step,
            sparsity=sparsity,
            error_bars=False,
        ),
    )


def hessian(
    f: Callable[..., Any],
    argnums: ArgNums = 0,
    *,
    method: str = "autodiff",
    sparsity: Any = None,
    step: float | None = None,
) -> Callable[..., Any]:
    """Return a function that gives the Hessian of ``f`` by the method named.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number.
    argnums : int or tuple of int
        Which positional arguments are differentiated; a tuple makes ``params`` a tuple.
    method : str
        ``"autodiff"``, forward over reverse; or ``"finite-difference"``, second differences of
        values, right to about 7 digits. To difference a gradient, see
        `difflab.numeric.sparse.hessian`.
    sparsity, step
        As for `jacobian`; the pattern is (n, n), mirror images and diagonal need not be named.

    Returns
    -------
    callable
        ``(params, *contexts) -> hessian``: the nest of ``params``, and in the place of each array
        ``p`` again that nest, whose arrays ``q`` have become arrays of shape ``p.shape + q.shape``.
        With ``sparsity`` a matrix (n, n), as for `jacobian`.

    Raises
    ------
    UnknownNameError, UsageError
        As for `jacobian`.

    Examples
    --------
    >>> import numpy as np
    >>> f = lambda x: x[0] ** 2 * x[1]
    >>> hessian(f)(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    >>> hessian(f, method="finite-difference")(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    if method == "autodiff":
        _refuse_options(sparsity, step)
        return autodiff.hessian(f, argnums)
    if method not in HESSIAN_METHODS:
        if method in METHODS:
            raise UsageError(
                f"method={method!r} gives first derivatives only",
                "a Hessian from values is made of central second differences",
                'method="finite-difference" or "autodiff"; or difflab.numeric.sparse.hessian with '
                "gradient= and this scheme",
            )
        raise unknown_name(
            "way to a Hessian", method, HESSIAN_METHODS, "difflab.derivatives.HESSIAN_METHODS"
        )
    return _calling(
        f,
        argnums,
        lambda call, params, contexts: sparse.hessian(
            call, params, *contexts, step=step, sparsity=sparsity, error_bars=False
        ),
    )


def _calling(
    f: Callable[..., Any],
    argnums: ArgNums,
    differentiate: Callable[..., sparse.DerivativeMatrix],
) -> Callable[..., Any]:
    check_argnums(argnums)

    def derivative(*arguments: Any) -> Nest:
        return differentiate(*select(f, argnums, arguments)).value

    return derivative


def _scheme(method: str) -> str:
    """Return the numerical scheme of a method."""
    if method == "finite-difference":
        return "central"
    return method.removeprefix("finite-difference:")


def _refuse_options(sparsity: Any, step: float | None) -> None:
    if step is not None:
        raise UsageError(
            f'step={step!r} with method="autodiff"',
            "automatic differentiation takes no step",
            'method="finite-difference", or no step',
        )
    if sparsity is not None:
        raise UsageError(
            'sparsity= with method="autodiff"',
            "sweeps go over single rows or columns, and the pattern would be ignored",
            'method="finite-difference" or "complex-step", or no sparsity',
        )
