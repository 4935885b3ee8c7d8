"""What to expect of an expanded gradient: operations, seconds, memory, source.

`difflab.symbolic.sizes` finds the operations; the rest is modelled here from them. The constants
were fitted to SymPy 1.14 on CPython 3.11 over networks from 1-1-1 to 2-16-16-1, chains to depth 20,
the logistic map to n = 12 and products of 60 factors: 14 losses, derived in 0.015 to 35 s.
"""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_PER_WALKED = 1.8e-6
"""``sympy.diff`` walks the tree of every derivative it forms on the way, once per use."""

SECONDS_PER_VISIT = 6e-6
"""It looks at every argument of a node that depends on the symbol; in a product of m factors m
times, once for each term of the product rule."""

SECONDS_PER_PARAMETER = 3e-3
"""What one call costs beyond that."""

WALKED_PER_OPERATION = 5
"""Operations walked on the way per operation of the result, where they were not counted: 3 to 7 for
networks of up to three hidden layers."""

CHARACTERS_PER_OPERATION = 3.0
"""Source per operation of the tree, its share of numbers, calls and brackets included ..."""

CHARACTERS_PER_DIGIT = 0.13
"""... and more for each digit of the largest parameter's number."""

MEMORY_PER_CHARACTER = 150
"""Bytes that Python's compiler holds per character of source; SymPy's own 2 kB per distinct
operation vanish beside it."""


BEYOND = 10**300
"""Counts are integers of any size; times and memory are floats, and end here."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Predicted size of a loss and of its expanded gradient, in operations.

    Seconds are modelled as ``a walked + b visited + c parameters`` (`SECONDS_PER_WALKED`,
    `SECONDS_PER_VISIT`, `SECONDS_PER_PARAMETER`), right within a factor of two from 0.015 to 35 s;
    source characters as proportional to the tree, within 10 %; memory as proportional to the
    source, within 30 %.

    Attributes
    ----------
    parameters : int
        P.
    loss_dag, loss_tree : int
        The loss with each distinct node counted once, and as written.
    gradient_tree : int
        All P partial derivatives as ``sympy.diff`` writes them.
    loss_depth, loss_calls : int or None
        Longest path of the loss in nodes, and its transcendental calls as written.
    gradient_depth, gradient_calls : int or None
        The same of the gradient: the deepest derivative, and the calls of all.
    gradient_dag : int or None
        All derivatives with each distinct node counted once; None where not all were formed.
    walked, visited : int or None
        What drives SymPy's time: operations of the derivatives formed on the way, each as often as
        it is used, and arguments looked at.
    exact : bool
        Whether every derivative was formed. If not, some stand for all that enter the loss in the
        same way.

    Examples
    --------
    >>> rough = Prediction(parameters=337, loss_dag=1047, loss_tree=3447, gradient_tree=3_948_527)
    >>> round(rough.seconds), rough.source_characters, rough.memory_bytes
    (37, 13397191, 2009578650)
    """

    parameters: int
    loss_dag: int
    loss_tree: int
    gradient_tree: int
    loss_depth: int | None = None
    loss_calls: int | None = None
    gradient_depth: int | None = None
    gradient_calls: int | None = None
    gradient_dag: int | None = None
    walked: int | None = None
    visited: int | None = None
    exact: bool = False

    @property
    def seconds(self) -> float:
        """Time that ``sympy.diff`` would take."""
        walked = WALKED_PER_OPERATION * self.gradient_tree if self.walked is None else self.walked
        return (
            SECONDS_PER_WALKED * min(walked, BEYOND)
            + SECONDS_PER_VISIT * min(self.visited or 0, BEYOND)
            + SECONDS_PER_PARAMETER * self.parameters
        )

    @property
    def source_characters(self) -> int:
        """Length of the source of the expanded form."""
        digits = len(str(self.parameters))
        each = CHARACTERS_PER_OPERATION + CHARACTERS_PER_DIGIT * digits
        return int(each * min(self.gradient_tree + self.loss_tree, BEYOND))

    @property
    def memory_bytes(self) -> int:
        """Peak memory of deriving, writing and compiling the expanded form, beyond imports."""
        return MEMORY_PER_CHARACTER * self.source_characters
