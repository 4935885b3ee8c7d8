"""A gradient by differences that says how wrong it may be, and which stencils cross a kink."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from difflab.numeric.edges import Edge
from difflab.providers.protocol import Preparation
from difflab.signature import Signature
from difflab.tree import Nest, entry_name, flatten, ravel, unflatten

LISTED = 5
"""Entries that are named."""


@dataclass(frozen=True)
class DifferencedGradient:
    """A gradient with an error bar for every entry.

    Attributes
    ----------
    value : scalar
        The loss.
    gradient : nest
        Of the form of the parameters.
    error : nest
        The same nest: the absolute error that each entry may have, from two steps and the noise of
        the loss. It says nothing where a stencil crosses a kink.
    kinks : nest of int, or None
        How often each entry's stencil crosses a kink; None where that is not known.
    steps : tuple of str
        The steps that were taken, in words.
    edges : tuple of Edge
        Entries whose stencils meet a loss that is not finite: coordinate, value and side.
    """

    value: Any
    gradient: Nest
    error: Nest
    kinks: Nest | None
    steps: tuple[str, ...]
    edges: tuple[Edge, ...] = ()

    @property
    def crossing(self) -> tuple[str, ...]:
        """Entries whose stencils cross a kink, the most often crossing first."""
        if self.kinks is None:
            return ()
        counts = ravel(flatten(self.kinks)[0])
        order = np.argsort(-counts, kind="stable")
        return tuple(entry_name(self.gradient, int(i)) for i in order if counts[i] > 0)

    def __str__(self) -> str:
        gradient, error = ravel(flatten(self.gradient)[0]), ravel(flatten(self.error)[0])
        if not gradient.size:
            return "no parameters"
        barred = np.isfinite(error)
        length, bar = (float(np.linalg.norm(values[barred])) for values in (gradient, error))
        lines = [f"{gradient.size:,} entries, all of them without a bar"]
        if barred.any():
            lines = [f"{gradient.size:,} entries, |g| = {length:.6g}, error at most {bar:.1e}"]
            worst = int(np.argmax(np.where(barred, error, -1.0)))
            lines.append(f"largest bar: {error[worst]:.1e} at {entry_name(self.gradient, worst)}")
        if barred.any() and not barred.all():
            first = entry_name(self.gradient, int(np.argmin(barred)))
            lines.append(
                f"without a bar, and left out here: {np.count_nonzero(~barred):,}, the first is "
                f"{first}"
            )
        if self.kinks is not None:
            crossing = self.crossing
            named = ", ".join(crossing[:LISTED])
            lines.append(
                f"{len(crossing):,} of {gradient.size:,} stencils cross a kink"
                + (f": {named}" if crossing else "")
                + (", ..." if len(crossing) > LISTED else "")
            )
        lines += told(self.edges)
        return "\n".join(dict.fromkeys([*lines, *self.steps]))  # edges are noted at preparation too


@dataclass(frozen=True, slots=True)
class PreparedDifference:
    """A `PreparedGradient` by differences.

    Attributes
    ----------
    signature : Signature
        What it was prepared for.
    preparation : Preparation
        How it was made: the steps are in its notes.
    evaluate : callable
        ``evaluate(leaves, contexts) -> (value, gradient leaves)``.
    explain : callable
        ``explain(leaves, contexts) -> (value, gradient, error and kink leaves or None, edges)``.
    """

    signature: Signature
    preparation: Preparation
    evaluate: Callable[[list[Any], tuple[Any, ...]], tuple[Any, list[Any]]]
    explain: Callable[[list[Any], tuple[Any, ...]], tuple[Any, list[Any], list[Any], Any, Any]]

    def with_notes(self, notes: tuple[str, ...]) -> PreparedDifference:
        """The same, with more to say about how it was made."""
        preparation = replace(self.preparation, notes=(*self.preparation.notes, *notes))
        return replace(self, preparation=preparation)

    def value_and_gradient(self, params: Nest, *contexts: Any) -> tuple[Any, Nest]:
        """Check the signature and evaluate; see `PreparedGradient`."""
        leaves = self.signature.check(params, *contexts)
        value, gradient = self.evaluate(leaves, contexts)
        return value, unflatten(self.signature.params, gradient)

    def with_error_bars(self, params: Nest, *contexts: Any) -> DifferencedGradient:
        """Evaluate with an error bar for every entry, at about twice the price.

        Raises
        ------
        PreparationMismatchError

        Examples
        --------
        >>> from difflab import providers
        >>> f, w = lambda w: np.sum(w**3), np.array([1.0, 2.0])
        >>> found = providers.get("finite-difference").prepare(f, w).with_error_bars(w)
        >>> bool(np.all(np.abs(found.gradient - [3, 12]) <= found.error))
        True
        """
        leaves = self.signature.check(params, *contexts)
        value, gradient, error, kinks, edges = self.explain(leaves, contexts)
        form = self.signature.params
        return DifferencedGradient(
            value,
            unflatten(form, gradient),
            unflatten(form, error),
            None if kinks is None else unflatten(form, kinks),
            self.preparation.notes,
            edges,
        )


def told(edges: tuple[Edge, ...]) -> tuple[str, ...]:
    """Say which entries lie at an edge, the first few by name.

    Examples
    --------
    >>> told((Edge("params[0]", 0.0, -1e-6, np.nan, None),) * 7)[-1]
    'and 2 more such entries'
    """
    named = tuple(str(edge) for edge in edges[:LISTED])
    more = len(edges) - LISTED
    return (*named, f"and {more:,} more such entries") if more > 0 else named
