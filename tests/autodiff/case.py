"""The form of a case: a call that exercises one row of the rule table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """A call that exercises one rule.

    Attributes
    ----------
    rule : callable
        The function whose row it exercises.
    call : callable
        Takes the arrays to a real array.
    arrays : tuple of ndarray
        Floats.
    label : str
        Tells it from the other cases of the rule.
    analytic : bool
        Whether the complex step differentiates it, with the forms of `tests.autodiff.analytic`. If
        not, because it passes through complex values, it has to be a polynomial of degree six at
        most.
    """

    rule: Callable[..., Any]
    call: Callable[..., Any]
    arrays: tuple[np.ndarray, ...]
    label: str = ""
    analytic: bool = True

    def __str__(self) -> str:
        return f"{self.rule.__name__}{'-' + self.label if self.label else ''}"
