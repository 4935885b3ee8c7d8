"""Which arguments are differentiated: ``argnums`` of every transform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from difflab.errors import UsageError
from difflab.tree import Nest

ArgNums = int | tuple[int, ...]
"""One position among the positional arguments, or several."""


def check_argnums(argnums: ArgNums) -> None:
    """Refuse what names no positions.

    Raises
    ------
    UsageError
        For anything but an integer or a tuple of distinct integers from 0 on.

    Examples
    --------
    >>> check_argnums((0, 2))
    >>> check_argnums((1, 1))
    Traceback (most recent call last):
    difflab.errors.UsageError: argnums=(1, 1) names an argument twice
      why: each argument has one gradient
      try: argnums=(1,)
    """
    positions = argnums if isinstance(argnums, tuple) else (argnums,)
    if not positions or any(type(position) is not int for position in positions):
        raise UsageError(
            f"argnums={argnums!r} names no positional arguments",
            "argnums is the position of an argument, or a tuple of positions",
            "argnums=0 for the first argument, argnums=(0, 1) for the first two",
        )
    if min(positions) < 0:
        raise UsageError(
            f"argnums={argnums!r} counts from the end",
            "how many arguments there will be is not known yet",
            "the position from the front: argnums=0 is the first argument",
        )
    distinct = tuple(dict.fromkeys(positions))
    if len(distinct) < len(positions):
        raise UsageError(
            f"argnums={argnums!r} names an argument twice",
            "each argument has one gradient",
            f"argnums={distinct!r}",
        )


def select(
    f: Callable[..., Any], argnums: ArgNums, arguments: tuple[Any, ...]
) -> tuple[Callable[..., Any], Nest, tuple[Any, ...]]:
    """Bring a call into the form ``f(params, *contexts)``.

    Parameters
    ----------
    f : callable
        Takes ``arguments``.
    argnums : int or tuple of int
        Which of them are differentiated; a tuple makes ``params`` a tuple.
    arguments : tuple
        All of them.

    Returns
    -------
    f, params, contexts
        ``f(params, *contexts)`` is the call.

    Raises
    ------
    UsageError
        When there are fewer arguments than ``argnums`` names.

    Examples
    --------
    >>> g, params, contexts = select(pow, 1, (2.0, 3.0))
    >>> params, contexts, g(params, *contexts)
    (3.0, (2.0,), 8.0)
    """
    if argnums == 0 and arguments:
        return f, arguments[0], arguments[1:]
    positions = argnums if isinstance(argnums, tuple) else (argnums,)
    if max(positions) >= len(arguments):
        count = len(arguments)
        raise UsageError(
            f"argnums={argnums!r}, but the function was called with {count} "
            f"positional argument{'s' * (count != 1)}",
            "argnums counts positional arguments, from 0",
            f"argnums={count - 1} for the last one, or call with more arguments"
            if count
            else "call with the argument to differentiate",
        )
    params = (
        tuple(arguments[k] for k in argnums) if isinstance(argnums, tuple) else arguments[argnums]
    )
    contexts = tuple(a for k, a in enumerate(arguments) if k not in positions)

    def rearranged(params: Nest, *contexts: Any) -> Any:
        chosen = dict(zip(positions, params if isinstance(argnums, tuple) else (params,)))
        others = iter(contexts)
        count = len(positions) + len(contexts)
        return f(*(chosen[k] if k in chosen else next(others) for k in range(count)))

    return rearranged, params, contexts
