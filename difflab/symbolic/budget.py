"""Budgets: a derivation that would swell beyond reason is refused before it starts.

The size is predicted twice. `difflab.symbolic.sizes.from_shapes` needs no expression and may be
wrong by a factor of two, so it refuses only beyond twice the budget; what passes is counted by
`difflab.symbolic.sizes.predict`, exactly or within a percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from difflab.errors import SymbolicBudgetError
from difflab.symbolic.prediction import Prediction

BUDGETS: Mapping[str, int] = MappingProxyType({"expanded": 200_000, "cse": 500_000})
"""Largest predicted gradient by form, in operations of the tree: a few seconds of preparation."""

ROUGH = 2.0
"""How far off the prediction from shapes may be."""

STAGED = 2.4
"""Operations of the staged form, loss and gradient together, per distinct operation of the loss."""

DEEPEST = 100
"""Longest path in a loss, in nodes: SymPy differentiates recursively, and Python's parser refuses
200 nested parentheses."""


def refuse_beyond(budget: int, prediction: Prediction, form: str, margin: float = 1.0) -> None:
    """Raise unless a predicted gradient fits the budget.

    Parameters
    ----------
    budget : int
        In operations of the expanded gradient.
    prediction : Prediction
        What to expect.
    form : str
        ``"expanded"`` or ``"cse"``; for the message.
    margin : float
        Factor by which the prediction may exceed the budget.

    Raises
    ------
    SymbolicBudgetError
        With the predicted size and time, and what to use instead.

    Examples
    --------
    >>> refuse_beyond(200_000, Prediction(337, 644, 2086, 2_119_242), "expanded")
    Traceback (most recent call last):
    difflab.errors.SymbolicBudgetError: the expanded gradient of 337 parameters would have about \
2.1 million operations
      why: its loss of 644 operations would take about 20 s to derive and 7.2 MB of source; the \
budget of symbolic:expanded is 200,000 operations
      try: method="symbolic:staged", about 1,500 operations, or "symbolic:matrix", whose source \
does not grow; or Symbolic("expanded", budget=2400000)
    """
    size = prediction.gradient_tree
    if size <= margin * budget:
        return
    shared = form == "expanded" and size <= BUDGETS["cse"]
    raise SymbolicBudgetError(
        f"the expanded gradient of {prediction.parameters:,} parameters would have about "
        f"{_spell(size)} operations",
        f"its loss of {prediction.loss_dag:,} operations would take about "
        f"{_spell_seconds(prediction.seconds)} to derive and {_spell_bytes(prediction)} of source; "
        f"the budget of symbolic:{form} is {budget:,} operations",
        ('method="symbolic:cse", which shares what repeats; ' if shared else "")
        + f'method="symbolic:staged", about {_spell(STAGED * prediction.loss_dag)} operations, or '
        f'"symbolic:matrix", whose source does not grow; or Symbolic("{form}", '
        f"budget={_above(size)})",
    )


def refuse_deeper(depth: int) -> None:
    """Raise when a loss nests too deeply for SymPy's recursion.

    Raises
    ------
    SymbolicBudgetError

    Examples
    --------
    >>> refuse_deeper(12)
    """
    if depth > DEEPEST:
        raise SymbolicBudgetError(
            f"the loss nests {depth} operations into one another",
            f"SymPy differentiates recursively and is safe to a depth of {DEEPEST}",
            'method="symbolic:staged" or "symbolic:matrix", which keep flat lists of operations',
        )


def _above(count: float) -> int:
    """A round number that a count fits into."""
    digits = 10 ** max(len(str(int(count))) - 2, 0)
    return (int(1.1 * count) // digits + 1) * digits


def _spell(count: float) -> str:
    """Two digits, which is more than a prediction deserves."""
    for unit, scale in ((" million", 1e6), (" billion", 1e9)):
        if scale <= count < 1000 * scale:
            return f"{float(f'{count / scale:.2g}'):g}{unit}"
    return f"{count:.1e}" if count >= 1e12 else f"{float(f'{count:.2g}'):,.0f}"


def _spell_seconds(seconds: float) -> str:
    for unit, scale in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * scale:
            return f"{seconds / scale:,.0f} {unit}"
    return f"{seconds:.2g} s"


def _spell_bytes(prediction: Prediction) -> str:
    size = prediction.source_characters
    return f"{size / 1e9:,.0f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
