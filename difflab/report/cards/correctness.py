"""Card: the relative error of every provider on every task, and the controls' rejection."""

from __future__ import annotations

import pandas as pd

from difflab.lab.profiles import CONTROLS, PROVIDERS, TASKS
from difflab.report.card import Card
from difflab.report.tables import absence, brief, number, select, spell, text
from difflab.studies.accuracy import EXACT_LIMIT, SAMPLES, SLOPE_RANGE, gate

METHOD = (
    f"Relative L2 error of the whole gradient, {SAMPLES} samples, prepared at one point and "
    f"evaluated at another. Truth: 60-digit arithmetic up to {EXACT_LIMIT} parameters, complex "
    "step beyond; no derivative rule takes part in either. A provider is right when the error is "
    f"below its gate ({gate('autodiff'):.0e}; central differences "
    f"{gate('finite-difference:central'):.0e}, forward "
    f"{gate('finite-difference:forward'):.0e}), the Taylor slope lies in {list(SLOPE_RANGE)}, "
    "inputs are left intact and a second call gives the same bits. "
    "The controls are wrong on purpose; a suite that accepts one would prove nothing."
)


def cell(table: pd.DataFrame, task: str, provider: str, dtype: str = "float64") -> str:
    """Error and verdict of one provider on one task, or why there is none."""
    where = {"kind": "accuracy", "task": task, "provider": provider, "dtype": dtype}
    missing = absence(table, **where)
    if missing:
        return "is the truth here" if "is the truth on" in missing else brief(missing)
    errors = select(table, **where, quantity="relative L2 error")["value"].astype(float)
    verdicts = set(select(table, **where, quantity="verdict")["value"])
    if provider in CONTROLS:
        return "accepted" if "right" in verdicts else "rejected"
    return f"{spell(errors.max())}{'' if verdicts == {'right'} else ' wrong'}"


def verdicts(table: pd.DataFrame, provider: str) -> tuple[int, int]:
    """How many accuracy cells of a provider are right, and how many were measured."""
    where = {"kind": "accuracy", "provider": provider, "dtype": "float64"}
    found = select(table, **where, quantity="verdict")["value"]
    return int((found == "right").sum()), len(found)


def worst(table: pd.DataFrame, provider: str, task: str) -> float:
    """Largest relative error of a provider on a task over the seeds; NaN where unmeasured."""
    where = {"kind": "accuracy", "task": task, "provider": provider, "dtype": "float64"}
    found = select(table, **where, quantity="relative L2 error")["value"].astype(float)
    return float(found.max()) if len(found) else float("nan")


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    rows = [
        {"provider": provider, **{task: cell(table, task, provider) for task in TASKS}}
        for provider in (*PROVIDERS, *CONTROLS)
    ]
    if len(select(table, kind="accuracy", dtype="float32")):
        rows += [
            {
                "provider": f"{provider}, float32",
                **{task: cell(table, task, provider, "float32") for task in TASKS},
            }
            for provider in PROVIDERS
        ]
    truth = {
        "provider": "truth by",
        **{
            task: text(table, kind="accuracy", task=task, provider="autodiff", quantity="truth")
            for task in TASKS
        },
    }
    parameters = {
        "provider": "parameters",
        **{
            task: spell(
                number(
                    select(table, kind="accuracy", task=task, provider="autodiff").assign(
                        value=lambda t: t["parameters"]
                    ),
                    quantity="relative L2 error",
                )
            )
            for task in TASKS
        },
    }
    right = sum(verdicts(table, name)[0] for name in PROVIDERS)
    measured = sum(verdicts(table, name)[1] for name in PROVIDERS)
    slipped = sum(verdicts(table, name)[0] for name in CONTROLS)
    tried = sum(verdicts(table, name)[1] for name in CONTROLS)
    takeaway = (
        f"{right} of {measured} gradients are right within the gate of their method; "
        f"{tried - slipped} of {tried} wrong-on-purpose gradients were rejected."
    )
    return Card("correctness", "Who is right", takeaway, [parameters, truth, *rows], (), METHOD)
