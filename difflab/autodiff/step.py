"""A user's function as one entry of the tape.

`checkpoint` and `custom_derivative` need it: what happens inside the function stays off the tape,
and a rule of its own says how to differentiate the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from difflab.autodiff.recorded import as_array
from difflab.autodiff.rules import Rule
from difflab.errors import TracingError
from difflab.trace import CONSTANT, Hole, Tape, TracedArray, component, name_of
from difflab.tree import LEAF, Nest, Structure, flatten, unflatten


class Layout(NamedTuple):
    """How the flat operands and results of an entry make up a call; its one option.

    Attributes
    ----------
    arguments : Structure
        Of ``(args, kwargs)``.
    leaves : tuple
        Their leaves: a `Hole` for each operand, and what is no array as it is.
    moving : tuple of bool
        For each operand whether it is being differentiated.
    results : Structure
        Of what the function returned.
    """

    arguments: Structure
    leaves: tuple[Any, ...]
    moving: tuple[bool, ...]
    results: Structure = LEAF

    def call(self, operands: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments of the call, as ``(args, kwargs)``."""
        leaves = [operands[x.operand] if isinstance(x, Hole) else x for x in self.leaves]
        return unflatten(self.arguments, leaves)

    def beside(self, operands: Sequence[Any]) -> tuple[Nest, ...]:
        """Nests like the positional arguments, of what belongs to each; None for no arrays."""
        leaves = [operands[x.operand] if isinstance(x, Hole) else None for x in self.leaves]
        return unflatten(self.arguments, leaves)[0]

    def tie(self, results: Sequence[Any]) -> Any:
        """Results as an entry holds them: one array, or a tuple."""
        return results[0] if self.results is LEAF else tuple(results)

    def untie(self, value: Any) -> list[Any]:
        """The inverse of `tie`."""
        return [value] if self.results is LEAF else list(value)


class Step:
    """A function of nests in the form of a tape entry: flat operands in, flat results out.

    Parameters
    ----------
    f : callable
        The function; runs on arrays that are free of the tape it is recorded on.
    name : str
        What messages call it.
    rule : callable
        Takes this step and makes its `Rule`.
    """

    def __init__(self, f: Callable[..., Any], name: str, rule: Callable[[Step], Rule]) -> None:
        self.f = f
        self.__name__ = name
        self._rule = rule

    @property
    def rule(self) -> Rule:
        """How the sweeps differentiate the entry."""
        return self._rule(self)  # not kept: the two would hold each other alive

    def __repr__(self) -> str:
        return f"<{self.__name__}>"

    def __call__(self, *operands: Any, layout: Layout) -> Any:
        """Evaluate the entry again, on any arrays."""
        results, _ = self._record(operands, layout)
        return layout.tie(results)

    def apply(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Nest:
        """Call the function; one entry if any of its arguments is traced, a plain call if none."""
        leaves, structure = flatten((args, kwargs))
        if not any(type(leaf) is TracedArray for leaf in leaves):
            return self.f(*args, **kwargs)
        operands = [leaf for leaf in leaves if isinstance(leaf, (TracedArray, np.ndarray))]
        position = iter(range(len(operands)))
        kept = tuple(
            Hole(next(position)) if isinstance(leaf, (TracedArray, np.ndarray)) else leaf
            for leaf in leaves
        )
        moving = tuple(type(operand) is TracedArray for operand in operands)
        results, form = self._record(operands, Layout(structure, kept, moving))
        return unflatten(form, results)

    def _record(self, operands: Sequence[Any], layout: Layout) -> tuple[list[Any], Structure]:
        """Run on the arrays inside the innermost tape, and write the call onto that tape."""
        tape = _innermost(operands)
        if tape is None:
            args, kwargs = layout.call(operands)
            results, form = flatten(self.f(*args, **kwargs))
            return [as_array(result) for result in results], form
        mine = [type(operand) is TracedArray and operand.tape is tape for operand in operands]
        values = tuple(x.value if on_tape else x for x, on_tape in zip(operands, mine))
        parents = tuple(x.index if on_tape else CONSTANT for x, on_tape in zip(operands, mine))
        results, form = self._record(values, layout)
        if any(type(r) is TracedArray and r.tape.level >= tape.level for r in results):
            raise TracingError(
                f"{name_of(self)} uses an array that is being differentiated and is not among its "
                "arguments",
                "what happens inside is not recorded, and that derivative would be lost",
                "pass the array as an argument",
            )
        layout = layout._replace(results=form)
        value = layout.tie(results)
        index = tape.append(self, values, parents, {"layout": layout}, value)
        if form is LEAF:
            return [TracedArray(value, tape, index)], form
        return [
            TracedArray(r, tape, tape.append(component, (value,), (index,), {"index": k}, r))
            for k, r in enumerate(results)
        ], form


def _innermost(operands: Sequence[Any]) -> Tape | None:
    tapes = [operand.tape for operand in operands if type(operand) is TracedArray]
    return max(tapes, key=lambda tape: tape.level, default=None)
