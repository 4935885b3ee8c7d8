"""Card: what is paid before the first gradient, and when it has paid off."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.clock import duration
from difflab.lab.profiles import PROVIDERS, TWIN
from difflab.report.card import Card
from difflab.report.tables import number, select, spell

RIVAL = "finite-difference:central:loop"
"""What needs no preparation to speak of, and is slow at every step."""


def break_even(preparation: float, gradient: float, rival: float) -> float:
    """Gradients after which preparation has paid off; infinite where it never does.

    Parameters
    ----------
    preparation, gradient : float
        Seconds of one preparation, and of one prepared gradient.
    rival : float
        Seconds of one gradient without preparation.

    Examples
    --------
    >>> break_even(2.0, 0.1, 0.6), break_even(2.0, 0.7, 0.6)
    (4.0, inf)
    """
    return preparation / (rival - gradient) if rival > gradient else float("inf")


def row(table: pd.DataFrame, provider: str) -> dict[str, str] | None:
    """One provider on the twin."""
    where = {"kind": "cost", "task": TWIN, "provider": provider}
    preparation = number(table, **where, quantity="preparation")
    if np.isnan(preparation):
        return None
    gradient = number(table, **where, quantity="value and gradient")
    rival = number(table, kind="cost", task=TWIN, provider=RIVAL, quantity="value and gradient")
    phases = select(table, **where, quantity="preparation phase")
    sizes = select(table, **where)
    sizes = sizes[sizes["quantity"].str.startswith("size: ")]
    gained = break_even(preparation, gradient, rival)
    return {
        "provider": provider,
        "preparation": duration(preparation),
        "first of the process": duration(number(table, **where, quantity="first preparation")),
        "by phase": ", ".join(
            f"{phase} {duration(float(value))}"
            for phase, value in zip(phases["at"], phases["value"])
        ),
        "sizes": ", ".join(
            f"{name.removeprefix('size: ')} {float(value):,.0f}"
            for name, value in zip(sizes["quantity"], sizes["value"])
        ),
        "value and gradient": duration(gradient),
        f"pays off against {RIVAL} after": (
            "" if provider == RIVAL else "never" if np.isinf(gained) else _gradients(gained)
        ),
    }


def _gradients(count: float) -> str:
    return "1 gradient" if count <= 1 else f"{spell(np.ceil(count))} gradients"


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    rows = [found for name in PROVIDERS if (found := row(table, name)) is not None]
    symbolic = number(
        table, kind="cost", task=TWIN, provider="symbolic:cse", quantity="preparation"
    )
    tape = number(table, kind="cost", task=TWIN, provider="autodiff", quantity="preparation")
    takeaway = (
        f"On {TWIN} SymPy works for {duration(symbolic)} before the first gradient, the tape for "
        f"{duration(tape)}. Derivation is paid once; differences pay at every step."
    )
    method = (
        "Shortest of three fresh preparations in one process (SymPy's cache is emptied before "
        "each), and the first of them. Libraries were imported before. Break-even is "
        "preparation over the seconds saved per gradient."
    )
    return Card("preparation", "What preparation costs", takeaway, rows, (), method)
