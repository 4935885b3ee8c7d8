"""One run of a function on a tape, ready to be swept in either direction, any number of times.

What `vjp`, `jvp`, `jacobian` and `checkpoint` share. Parameters and results may be nests: the
results are tied into one `bundle` entry, so that one sweep serves them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.autodiff.forward import pushforward
from difflab.autodiff.gradient import finish
from difflab.autodiff.reverse import pullback
from difflab.autodiff.rules import Rule
from difflab.errors import ParameterTypeError, ShapeError, TracingError
from difflab.trace import CONSTANT, NO_OPTIONS, Tape, TracedArray, recording, traced_inputs
from difflab.trace.guard import Guard, guard
from difflab.tree import Nest, Structure, check_parameters, flatten, leaf_names, unflatten


class _Bundle:
    """Ties arrays together: several operands in, the tuple of them out."""

    __name__ = "bundle"

    def __init__(self) -> None:
        self.rule = Rule(self, "linear", (_members,), (_members,), joint=True)

    def __call__(self, *operands: Any) -> tuple[Any, ...]:
        return operands


def _members(directions: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    """Tangents of the operands are those of the members, and cotangents too."""
    return tuple(directions)


bundle = _Bundle()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A function's run on a tape.

    Attributes
    ----------
    tape : Tape
        The first entries are the inputs, the last one is a bundle of the results.
    guard : Guard
        Watches over the tape.
    leaves, structure
        The parameters.
    results, form
        The results: their leaves, free of this tape, and how they are nested.
    """

    tape: Tape
    guard: Guard
    leaves: list[Any]
    structure: Structure
    results: list[Any]
    form: Structure

    @property
    def value(self) -> Nest:
        """The results, in arrays of their own."""
        own = [r.copy() if type(r) is np.ndarray else r for r in self.results]
        return unflatten(self.form, own)

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """Carry a cotangent of every result (None for zero) back to every parameter leaf."""
        self.guard.check()
        entries = self.tape.calls
        back = pullback(
            entries,
            len(entries) - 1,
            list(cotangents),
            range(len(self.leaves)),
            self.guard.inspect,
        )
        return finish(back, self.leaves)

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Carry a tangent of every parameter leaf (None for zero) forward to every result."""
        self.guard.check()
        entries = self.tape.calls
        moving = {k: tangent for k, tangent in enumerate(tangents) if tangent is not None}
        pushed = pushforward(entries, len(entries) - 1, moving, self.guard.inspect)
        return finish(pushed or [None] * len(self.results), self.results)


def run(f: Callable[..., Any], params: Nest, *contexts: Any) -> Recorded:
    """Run ``f(params, *contexts)`` once, on a tape of its own.

    Raises
    ------
    ParameterTypeError
        When a parameter cannot be differentiated.
    TracingError
        When ``f`` returns something that is neither an array nor a nest of arrays.
    """
    leaves, structure = flatten(params)
    check_parameters(leaves, structure)
    guarded = guard(safe=True)
    with recording(guarded.watch, guarded.keep) as tape:
        inputs = traced_inputs(tape, leaves)
        outputs, form = flatten(f(unflatten(structure, inputs), *contexts))
        outputs = [as_array(output) for output in outputs]
        mine = [type(output) is TracedArray and output.tape is tape for output in outputs]
        results = [out.value if on_tape else out for out, on_tape in zip(outputs, mine)]
        parents = [out.index if on_tape else CONSTANT for out, on_tape in zip(outputs, mine)]
        tape.append(bundle, tuple(results), tuple(parents), NO_OPTIONS, tuple(results))
    return Recorded(tape, guarded, leaves, structure, results, form)


def as_array(result: Any) -> Any:
    """Return a result as an array or a NumPy scalar; a traced array as it is.

    Raises
    ------
    TracingError
        When it is neither a number nor an array, or complex.
    """
    if np.iscomplexobj(result):
        raise TracingError(
            "the function returned complex numbers",
            "values in between may be complex, but results are real",
            "np.real(z), np.imag(z), np.abs(z), or np.stack([z.real, z.imag])",
        )
    if isinstance(result, (TracedArray, np.ndarray, np.generic)):
        return result
    if not isinstance(result, (int, float)):
        raise TracingError(
            f"the function returned {type(result).__name__}, not an array",
            "only numbers, arrays, and lists, tuples and dicts of them can be differentiated",
            "return the arrays alone",
        )
    return np.asarray(result)[()]


def directions(
    kind: str, given: Nest, leaves: Sequence[Any], structure: Structure, root: str
) -> list[Any]:
    """Flatten tangents or cotangents, and refuse those that do not fit the arrays they belong to.

    Parameters
    ----------
    kind : str
        ``"tangent"`` or ``"cotangent"``, for messages.
    given : nest
        As the user passed it.
    leaves, structure
        The arrays that it must fit.
    root : str
        What the arrays are called in messages.

    Returns
    -------
    list
        One array per leaf, of the leaf's dtype.

    Raises
    ------
    ShapeError
        When nesting or shapes differ.
    ParameterTypeError
        When a direction is not made of real numbers.
    """
    found, other = flatten(given)
    if other != structure:
        raise ShapeError(
            f"{kind}s and {root} are nested differently",
            f"{root} {structure}, {kind}s {other}",
            f"difflab.tree.map_leaves(np.ones_like, {root}) gives a nest that fits",
        )
    for name, leaf, direction in zip(leaf_names(structure, root), leaves, found):
        if np.shape(leaf) != np.shape(direction):
            raise ShapeError(
                f"the {kind} of {name} has shape {np.shape(direction)}",
                f"{name} has shape {np.shape(leaf)}",
                f"difflab.tree.map_leaves(np.ones_like, {root}) gives {kind}s that fit",
            )
        if not _is_real(direction):
            raise ParameterTypeError(
                f"the {kind} of {name} is {_describe(direction)}, not real numbers",
                f"{name} is real, and what NumPy would drop of its {kind} (an imaginary part, "
                "a mask) would be lost without a word",
                "real and imaginary part as two directions; np.where(mask, 0.0, v); zeros for None",
            )
    return [
        d if type(d) is TracedArray else np.asarray(d, dtype=getattr(leaf, "dtype", float))[()]
        for d, leaf in zip(found, leaves)
    ]


def _is_real(direction: Any) -> bool:
    if isinstance(direction, np.ma.MaskedArray):
        return False
    dtype = getattr(direction, "dtype", None)
    return (np.asarray(direction).dtype if dtype is None else dtype).kind in "fiub"


def _describe(direction: Any) -> str:
    dtype = getattr(direction, "dtype", None)
    kind = type(direction).__name__
    return kind if dtype is None else f"{kind} of {dtype}"
