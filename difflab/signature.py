"""The signature of a call: nesting, shapes and dtypes of parameters and contexts.

A prepared gradient is valid for one signature. Values may change from call to call; what the
signature holds may not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from difflab.errors import PreparationMismatchError
from difflab.tree import Nest, Structure, check_parameters, flatten, leaf_names

LeafType = tuple[tuple[int | str, ...], Any]


def _leaf_type(leaf: Any) -> LeafType:
    try:
        return leaf.shape, leaf.dtype
    except AttributeError:
        array = np.asarray(leaf)
        return array.shape, array.dtype


@dataclass(frozen=True, slots=True)
class Signature:
    """What a prepared gradient was made for.

    Attributes
    ----------
    params, contexts : Structure
        Nesting of the parameters, and of the tuple of contexts.
    param_types, context_types : tuple of (shape, dtype)
        One pair per leaf.
    any_batch : bool
        Whether the contexts may have any number of samples, all the same, along their first axes;
        that length is then written ``"n"`` in ``context_types``.

    Examples
    --------
    >>> signature = Signature.of([np.zeros((2, 3))], np.zeros(5))
    >>> print(signature)
    params [*]: float64[2, 3]; contexts (*,): float64[5]
    >>> print(signature.for_any_batch())
    params [*]: float64[2, 3]; contexts (*,): float64[n]
    """

    params: Structure
    contexts: Structure
    param_types: tuple[LeafType, ...]
    context_types: tuple[LeafType, ...]
    any_batch: bool = False

    @classmethod
    def of(cls, params: Nest, *contexts: Any) -> Signature:
        """Read the signature off a call; refuses parameters that are not real floats."""
        leaves, structure = flatten(params)
        check_parameters(leaves, structure)
        context_leaves, context_structure = flatten(contexts)
        return cls(
            structure,
            context_structure,
            tuple(_leaf_type(leaf) for leaf in leaves),
            tuple(_leaf_type(leaf) for leaf in context_leaves),
        )

    def for_any_batch(self) -> Signature:
        """Return the signature with the number of samples left open."""
        return replace(self, context_types=_name_samples(self.context_types), any_batch=True)

    def covers(self, other: Signature) -> bool:
        """Whether a gradient prepared for this signature may be called with the other one."""
        return self == (other.for_any_batch() if self.any_batch else other)

    def check(self, params: Nest, *contexts: Any) -> list[Any]:
        """Return the leaves of ``params`` if the call has this signature.

        Raises
        ------
        PreparationMismatchError
            Says which nesting, shape or dtype differed.
        """
        leaves, structure = flatten(params)
        context_leaves, context_structure = flatten(contexts)
        if (
            structure == self.params
            and context_structure == self.contexts
            and all(_leaf_type(leaf) == kind for leaf, kind in zip(leaves, self.param_types))
            and self._context_types_of(context_leaves) == self.context_types
        ):
            return leaves
        check_parameters(leaves, structure)
        other = Signature.of(params, *contexts)
        raise self._mismatch(other.for_any_batch() if self.any_batch else other)

    def _context_types_of(self, leaves: list[Any]) -> tuple[LeafType, ...]:
        types = tuple(_leaf_type(leaf) for leaf in leaves)
        return _name_samples(types) if self.any_batch else types

    def _mismatch(self, other: Signature) -> PreparationMismatchError:
        instead = "prepare again, or use difflab.value_and_grad, which does so when needed"
        for root, mine, theirs in (
            ("params", self.params, other.params),
            ("contexts", self.contexts, other.contexts),
        ):
            if mine != theirs:
                return PreparationMismatchError(
                    f"the {root} are nested differently than at preparation",
                    f"prepared for {mine}, called with {theirs}",
                    instead,
                )
        names = leaf_names(self.params) + leaf_names(self.contexts, "contexts")
        mine_types = self.param_types + self.context_types
        their_types = other.param_types + other.context_types
        differing = [
            f"{name} was {_spell(a)} and is now {_spell(b)}"
            for name, a, b in zip(names, mine_types, their_types)
            if a != b
        ]
        return PreparationMismatchError(
            "this gradient was prepared for other shapes or dtypes", "; ".join(differing), instead
        )

    def __str__(self) -> str:
        params = ", ".join(_spell(kind) for kind in self.param_types)
        contexts = ", ".join(_spell(kind) for kind in self.context_types)
        return f"params {self.params}: {params}; contexts {self.contexts}: {contexts}"


def _name_samples(types: tuple[LeafType, ...]) -> tuple[LeafType, ...]:
    """Replace the length of the first axes by "n", where it is that of the first leaf."""
    samples = types[0][0][:1] if types else ()
    return tuple(
        (("n", *shape[1:]) if samples and shape[:1] == samples else shape, dtype)
        for shape, dtype in types
    )


def _spell(kind: LeafType) -> str:
    shape, dtype = kind
    return f"{dtype}[{', '.join(str(n) for n in shape)}]" if shape else f"{dtype} scalar"
