"""Checkpointing: a function's values are computed again in the sweep instead of kept until then."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from difflab.autodiff.recorded import Recorded, run
from difflab.autodiff.rules import Rule
from difflab.autodiff.step import Layout, Step
from difflab.errors import TracingError
from difflab.trace import name_of, value_of


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``f`` as a function that takes one entry on the tape, whatever it does inside.

    A gradient keeps every intermediate value until its reverse sweep. Those inside a checkpointed
    function are freed when it returns; the sweep runs the function again to have them back. So
    memory shrinks to that of the largest segment, and each segment is evaluated once more: about a
    third more time in all. Griewank & Walther, Evaluating Derivatives (2008), chapter 12.

    Parameters
    ----------
    f : callable
        Arguments and results are arrays and nests of arrays; arguments may also be anything that
        is not differentiated. It must return the same when called again with the same arguments.

    Returns
    -------
    callable
        Takes and returns what ``f`` does. All orders and modes of differentiation are possible;
        memory is saved in the first.

    Raises
    ------
    TracingError
        When ``f`` uses an array that is being differentiated without taking it as an argument, or
        returns something else when it is called again.

    Examples
    --------
    >>> from difflab.autodiff import grad
    >>> layer = checkpoint(lambda x, w: np.tanh(np.tanh(x @ w) @ w))
    >>> x, w = np.array([1.0, 2.0]), np.eye(2) / 2
    >>> gradient = grad(lambda w: np.sum(layer(layer(x, w), w)))(w)
    >>> gradient.round(4)
    array([[0.424 , 0.3611],
           [0.7192, 0.5988]])
    """
    step = Step(f, f"checkpoint({getattr(f, '__name__', 'f')})", _rule)

    @functools.wraps(f)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        return step.apply(args, kwargs)

    return checkpointed


def _rule(step: Step) -> Rule:
    def vjp(g: Any, out: Any, *operands: Any, layout: Layout) -> list[Any]:
        slots, recorded = _again(step, out, operands, layout)
        parts = dict(zip(slots, recorded.pull(layout.untie(g))))
        return [parts.get(slot) for slot in range(len(operands))]

    def jvp(t: Sequence[Any], out: Any, *operands: Any, layout: Layout) -> Any:
        slots, recorded = _again(step, out, operands, layout)
        return layout.tie(recorded.push([t[slot] for slot in slots]))

    return Rule(step, "general", (vjp,), (jvp,), joint=True)


def _again(
    step: Step, out: Any, operands: Sequence[Any], layout: Layout
) -> tuple[list[int], Recorded]:
    """Run the function again, on a tape of its own; also say which operands are its inputs."""
    slots = [k for k, x in enumerate(operands) if layout.moving[k] and x.dtype.kind == "f"]

    def rerun(inputs: list[Any]) -> Any:
        together = list(operands)
        for slot, traced in zip(slots, inputs):
            together[slot] = traced
        args, kwargs = layout.call(together)
        return step.f(*args, **kwargs)

    recorded = run(rerun, [operands[slot] for slot in slots])
    if not all(map(_alike, layout.untie(out), recorded.results)):
        raise TracingError(
            f"{name_of(step)} returned something else when it was run again",
            "a random number, or an array that was changed meanwhile, made the two runs differ",
            "pass what changes as an argument",
        )
    return slots, recorded


def _alike(before: Any, after: Any) -> bool:
    """Equal but for rounding, which may depend on where in memory the arrays lie."""
    before, after = np.asarray(value_of(before)), np.asarray(value_of(after))
    if before.shape != after.shape or before.dtype.kind != "f":
        return np.array_equal(before, after)
    tolerance = float(np.sqrt(np.finfo(before.dtype).eps))
    return np.allclose(before, after, rtol=tolerance, atol=tolerance, equal_nan=True)
