"""Card: how things were measured, in one place."""

from __future__ import annotations

import pandas as pd

from difflab.conventions import LOSS_CONVENTION
from difflab.report.card import Card

NOTES = (
    ("loss", f"{LOSS_CONVENTION}; cross-entropies from logits."),
    (
        "providers",
        "One plain NumPy function per task goes to every provider. Tape: NumPy dispatch, reverse "
        "mode. Symbolic: the traced loss of one sample as SymPy expression, sympy.diff, emitted "
        "code vectorised over the batch. Differences and complex step: the function called as it "
        "is. PyTorch: the traced NumPy calls replayed with its own functions and its own autograd.",
    ),
    (
        "truth",
        "60-digit arithmetic (mpmath) on the traced program, differenced with a tiny step; complex "
        "step for larger networks. Neither uses a derivative rule of this lab.",
    ),
    (
        "time",
        "perf_counter_ns; loops calibrated to 10 ms; loss and gradient in turn; minimum as "
        "headline, median and quartiles beside it; a fresh process per cell, alone; one BLAS "
        "thread; allocator thresholds fixed; garbage collector off during samples.",
    ),
    (
        "course",
        "Runs of the course's tasks are trained as the tasks have it, or reduced where their card "
        "says so; a number that is expected of the whole run is then named, and not judged. No "
        "time is measured.",
    ),
    (
        "preparation",
        "Deriving, choosing steps and translating happen once per signature and are timed apart, "
        "by phase, three times afresh.",
    ),
    (
        "seeds",
        "Parameters and batches derive from task and seed, never from the provider.",
    ),
    (
        "cells",
        "Each measurement is a cell: one JSON record under a hash of its settings, code and, for "
        "timings, machine. An interrupted report goes on where it stopped.",
    ),
)


def card(table: pd.DataFrame) -> Card:  # noqa: ARG001 - same form as every other card
    """Build the card."""
    rows = [{"subject": subject, "how": how} for subject, how in NOTES]
    return Card("methods", "Methods", table=rows)
