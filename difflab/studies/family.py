"""A family of functions as a record: its sizes, how to make members, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from difflab.errors import UsageError
from difflab.studies.members import Example


@dataclass(frozen=True, slots=True)
class Size:
    """A whole number that a family grows with.

    Attributes
    ----------
    name : str
        As in ``--depth``.
    counts : str
        What it counts.
    smallest : int
        The least that means something.
    usual : tuple of int
        What a study takes when nobody says.
    """

    name: str
    counts: str
    smallest: int
    usual: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """A count of operations that is known.

    Attributes
    ----------
    quantity : str
        ``"loss tree"``, ``"loss dag"``, ``"gradient tree"``, ``"cse"`` or ``"reverse"``, which
        is loss and gradient by the reverse chain rule over the loss's DAG.
    formula : str
        As text, in the name of the family's first size.
    count : callable
        The count of a member of that size.
    since : int
        Smallest size for which it holds.
    why : str
        Where it comes from.
    step : int
        2 where it holds for every second size only.
    """

    quantity: str
    formula: str
    count: Callable[[int], int]
    since: int
    why: str
    step: int = 1

    def expected(self, size: int) -> int | None:
        """The count, or None where the formula does not hold."""
        holds = size >= self.since and (size - self.since) % self.step == 0
        return self.count(size) if holds else None


@dataclass(frozen=True, slots=True)
class Family:
    """Functions that grow with one or two whole numbers.

    Attributes
    ----------
    name : str
        As in ``difflab swell NAME``.
    title : str
        What it is, in words.
    source : str
        Where it comes from; "" for what is everybody's.
    build : callable
        ``build(**sizes)`` gives an `Example`.
    sizes : tuple of Size
        The numbers it grows with; none for a single function.
    closed_forms : tuple of ClosedForm
        What is known of its swell, for SymPy's canonical form (1.14).
    """

    name: str
    title: str
    source: str
    build: Callable[..., Example]
    sizes: tuple[Size, ...] = ()
    closed_forms: tuple[ClosedForm, ...] = ()

    def member(self, **sizes: int) -> Example:
        """Make one member.

        Parameters
        ----------
        **sizes : int
            One per size of the family; the smallest of its usual values where it is left out.

        Raises
        ------
        UsageError
            For a size that means nothing, and for one that the family does not have.

        Examples
        --------
        >>> from difflab.studies.families import family
        >>> [weights.shape for weights, _ in family("mlp").member(width=5, depth=2).params]
        [(2, 5), (5, 5), (5, 1)]
        """
        known = {size.name: size for size in self.sizes}
        for name, value in sizes.items():
            if name not in known:
                has = " and ".join(known) or "none"
                raise UsageError(
                    f"the family {self.name} has no size {name}",
                    f"its sizes are: {has}",
                    " ".join(f"--{size.name} {size.usual[0]}" for size in self.sizes)
                    or f"{self.name} without sizes",
                )
            self._check(known[name], value)
        return self.build(**{size.name: size.usual[0] for size in self.sizes} | sizes)

    def _check(self, size: Size, value: int) -> None:
        if value != int(value) or value < size.smallest:
            raise UsageError(
                f"a {self.name} of {size.name} {value!r} does not exist",
                f"{size.name} counts {size.counts}, a whole number from {size.smallest} on",
                f"--{size.name} {size.smallest}",
            )
