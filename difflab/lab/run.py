"""Running one cell: find its study, call it, and turn whatever happens into a record."""

from __future__ import annotations

import time
import traceback

from difflab.errors import (
    DifflabError,
    MissingDataError,
    MissingRuleError,
    ProviderUnavailableError,
    SymbolicBudgetError,
    TracingError,
    UsageError,
)
from difflab.lab.cell import Cell, Record
from difflab.lab.measure import measure

REFUSALS = (
    ProviderUnavailableError, SymbolicBudgetError, MissingRuleError, TracingError, UsageError,
)  # fmt: skip
"""Errors that mean "this provider cannot do that", not "something broke"."""


def run_cell(cell: Cell) -> Record:
    """Measure a cell; never raises for what the study raises.

    Examples
    --------
    >>> run_cell(Cell("accuracy", "simplest", "autodiff")).status
    'ok'
    """
    start = time.perf_counter()
    try:
        rows = tuple(measure(cell))
        return Record(cell, "ok", rows, seconds=time.perf_counter() - start)
    except REFUSALS as refusal:
        reason = f"{refusal.what}: {refusal.why}" if refusal.why else refusal.what
        return Record(cell, "unsupported", reason=reason, seconds=time.perf_counter() - start)
    except MissingDataError as missing:
        reason = f"{missing.what}: {missing.instead}"
        return Record(cell, "missing", reason=reason, seconds=time.perf_counter() - start)
    except Exception as error:
        reason = (
            error.what if isinstance(error, DifflabError) else f"{type(error).__name__}: {error}"
        )
        return Record(
            cell, "error", reason=reason, traceback=traceback.format_exc(),
            seconds=time.perf_counter() - start,
        )  # fmt: skip
