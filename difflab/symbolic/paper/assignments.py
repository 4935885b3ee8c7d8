"""The scalar forms of the symbolic provider as equations: shared parts, the loss, its gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import sympy as sp

from difflab.symbolic.counting import Counter
from difflab.symbolic.gradient import Assignments
from difflab.symbolic.paper.combine import derivative
from difflab.symbolic.paper.document import MOST, aligned
from difflab.symbolic.paper.expressions import formula
from difflab.symbolic.paper.formula import Equation, Formula, symbol, words

LONGEST = 300
"""Operations of an expression that is written out."""


def assignments_latex(
    shared: Assignments, parameters: Sequence[sp.Symbol], most: int = MOST
) -> str:
    """Write a loss and its gradient as aligned equations.

    Parameters
    ----------
    shared : Assignments
        Names for what repeats; the loss first among the results, then its derivatives.
    parameters : sequence of Symbol
        What the derivatives are by.
    most : int
        Further equations are counted, not written; so are the operations of very long ones.

    Examples
    --------
    >>> from difflab.symbolic.gradient import share
    >>> x, w = sp.symbols("x w", real=True)
    >>> print(assignments_latex(share([sp.exp(x * w), x * sp.exp(x * w)]), [w]))
    \\begin{align*}
      t_{0} &= e^{w \\, x} \\\\
      L &= t_{0} \\\\
      \\frac{dL}{dw} &= t_{0} \\, x
    \\end{align*}
    """
    count = len(shared.replacements) + len(shared.results)
    return aligned(list(islice(_equations(shared, parameters), most)), most, count)


def _equations(shared: Assignments, parameters: Sequence[sp.Symbol]) -> Iterator[Equation]:
    count = Counter()
    lefts = [
        *(symbol(name.name) for name, _ in shared.replacements),
        symbol("L"),
        *(derivative("L", parameter.name) for parameter in parameters),
    ]
    for left, expression in zip(
        lefts, (*(expression for _, expression in shared.replacements), *shared.results)
    ):
        operations = count.tree(expression)
        yield Equation(left, (_spelled(expression, operations),))


def _spelled(expression: sp.Expr, operations: int) -> Formula:
    if operations > LONGEST:
        return words(f"an expression of {operations} operations")
    return formula(expression)
