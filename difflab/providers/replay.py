"""Replaying a traced function through another library: what `torch` and `jax` have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from difflab.errors import MissingRuleError, TracingError
from difflab.providers.protocol import Loss
from difflab.trace import Program, name_of, trace
from difflab.tree import Nest


def straight_program(f: Loss, params: Nest, *contexts: Any) -> Program:
    """Trace a function that takes the same way for all values.

    Raises
    ------
    TracingError
        When it decides by values: a replay would follow one branch for ever.
    """
    program = trace(f, params, *contexts)
    if program.branches:
        raise TracingError(
            "the function decides by the values of its arguments",
            f"at {program.branches[0].line}; a replay would always take the same branch",
            'np.where(condition, x, y), or method="autodiff", which records at every call',
        )
    return program


def no_counterpart(function: Callable[..., Any], library: str) -> MissingRuleError:
    """Build the error for a NumPy call that a library has no function for."""
    return MissingRuleError(
        f"{name_of(function)} has no counterpart in {library}",
        f"the provider replays NumPy calls with the functions of {library}",
        'method="autodiff"',
    )
