"""Card: one line per provider, the answer for readers in a hurry."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.clock import duration
from difflab.lab.profiles import PROVIDERS, TWIN
from difflab.report.card import Card
from difflab.report.cards.correctness import verdicts, worst
from difflab.report.tables import absence, number, spell
from difflab.studies.accuracy import scheme_of

TARGETS = {"forward": 1e-5, "central": 1e-8}
EXACT_TARGET = 1e-13
"""Errors promised on the small networks, by scheme and for methods that do not difference; tighter
than the gates that call a gradient wrong."""

SMALL = ("simplest", TWIN)


def line(table: pd.DataFrame, provider: str) -> dict[str, str]:
    """Everything about one provider in one row."""
    right, measured = verdicts(table, provider)
    errors = [worst(table, provider, task) for task in SMALL]
    target = TARGETS.get(scheme_of(provider), EXACT_TARGET)
    known = [error for error in errors if not np.isnan(error)]
    reached = bool(known) and all(error < target for error in known)
    cost = {"kind": "cost", "provider": provider}
    return {
        "provider": provider,
        "right": f"{right} of {measured}" if measured else _reason(table, provider),
        f"error on {SMALL[0]}": spell(errors[0]),
        f"error on {SMALL[1]}": spell(errors[1]),
        "promised": f"< {target:.0e}",
        "verdict": ("within" if reached else "outside") if measured else "",
        f"time / loss, {SMALL[1]}": spell(number(table, **cost, task=SMALL[1], quantity="omega")),
        "time / loss, sincos": spell(number(table, **cost, task="sincos", quantity="omega"))
        or _refusal(table, "sincos", provider),
        f"preparation, {SMALL[1]}": _time(
            number(table, **cost, task=SMALL[1], quantity="preparation")
        ),
    }


def _time(seconds: float) -> str:
    return "" if np.isnan(seconds) else duration(seconds)


def _reason(table: pd.DataFrame, provider: str) -> str:
    return absence(table, kind="accuracy", provider=provider, task=SMALL[0])


def _refusal(table: pd.DataFrame, task: str, provider: str) -> str:
    missing = absence(table, kind="cost", task=task, provider=provider)
    return "refused" if missing.startswith("unsupported") else missing


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    rows = [line(table, provider) for provider in PROVIDERS]
    kept = sum(row["verdict"] == "within" for row in rows)
    judged = sum(bool(row["verdict"]) for row in rows)
    takeaway = (
        f"{kept} of {judged} ways to differentiate keep the accuracy promised for them. "
        "What a gradient costs, and how large a network may be, depends on the way."
    )
    method = (
        "Errors are relative L2 errors of the whole gradient against 60-digit arithmetic. "
        "time / loss is one value and gradient over one evaluation of the loss, both minima of "
        "interleaved samples in one process. Refused means that the "
        "provider, or the patience of this profile, said no before work began; the tables below "
        "give the reasons."
    )
    return Card("verdict", "Verdict", takeaway, rows, (), method)
