"""How large staged source would be, before anything is built."""

from __future__ import annotations

import numpy as np

from difflab.errors import SymbolicBudgetError
from difflab.symbolic.prediction import Prediction
from difflab.trace import Program

BUDGET = 200_000
"""Largest program by default, in operations: some seconds of preparation, 2 MB of source."""

ROUGH = 1.25
"""How far off a prediction from shapes may be."""

PER_LOSS = 2.5
"""Operations of loss and gradient per operation of the loss, where both factors of its products
depend on parameters: 5 for a product and its addition."""


def predicted_operations(program: Program, loss: Prediction) -> int:
    """Predict the operations of loss and gradient from shapes.

    A product of two intermediate values costs two operations in the loss, with its addition, and
    three in the gradient; one with data costs only one there. Griewank & Walther (2008, section
    3.4) bound the whole by 4 times the loss.

    Examples
    --------
    >>> import numpy as np
    >>> from difflab.symbolic import from_shapes
    >>> from difflab.trace import trace
    >>> program = trace(lambda w, x: np.sum(x @ w), np.ones((784, 10)), np.ones(784))
    >>> predicted_operations(program, from_shapes(program))
    23517
    """
    depends = [at < program.parameters for at in range(program.parameters + program.contexts)]
    with_data = 0
    for entry in program.entries[len(depends) :]:
        operands = [parent >= 0 and depends[parent] for parent in entry.parents]
        depends.append(any(operands))
        if entry.function is np.matmul and any(operands) and not all(operands):
            with_data += np.size(entry.value) * np.shape(entry.operands[0])[-1]
    return int(PER_LOSS * loss.loss_dag) - 2 * with_data


def refuse_longer(budget: int, operations: int, loss: Prediction, margin: float = 1.0) -> None:
    """Raise unless a program fits the budget.

    Parameters
    ----------
    budget : int
        In operations.
    operations : int
        Of loss and gradient, predicted or counted.
    loss : Prediction
        What is known about the loss.
    margin : float
        Factor by which a prediction may exceed the budget.

    Raises
    ------
    SymbolicBudgetError
        With the size, and what would fit.

    Examples
    --------
    >>> refuse_longer(200_000, 308_671, Prediction(101_770, 203_750, 0, 0))
    Traceback (most recent call last):
    difflab.errors.SymbolicBudgetError: the staged gradient of 101,770 parameters would have \
about 310,000 operations
      why: every operation on a scalar is written down, 200,000 of them for the loss alone; the \
budget of symbolic:staged is 200,000
      try: method="symbolic:matrix", whose source does not grow with the width of the arrays; or \
Symbolic("staged", budget=340000)
    """
    if operations <= margin * budget:
        return
    of_loss = _two_digits(loss.loss_dag)
    raise SymbolicBudgetError(
        f"the staged gradient of {loss.parameters:,} parameters would have about "
        f"{_two_digits(operations):,} operations",
        f"every operation on a scalar is written down, {of_loss:,} of them for the loss alone; the "
        f"budget of symbolic:staged is {budget:,}",
        'method="symbolic:matrix", whose source does not grow with the width of the arrays; or '
        f'Symbolic("staged", budget={_two_digits(1.1 * operations)})',
    )


def _two_digits(count: float) -> int:
    """Round, to more than a prediction deserves."""
    return int(float(f"{count:.2g}"))
