"""Cards of the course, second chapter: classification, from two moons to handwritten digits."""

from __future__ import annotations

import pandas as pd

from difflab.lab.course import BOUNDARIES, CROSS_ENTROPY, DIGITS, HINGE, MNIST
from difflab.report.card import Card
from difflab.report.course import exhibit, expected_rows, figure, known, measured, rows
from difflab.tasks.rows import Rows, column, where

LOGITS = (-1000.0, -2.0, 0.0, 2.0, 1000.0)
"""Logits of the table; the softmax is shown at (1000, 0, -1000)."""
TOLERANCE = 1e-12
FETCH = "difflab data fetch mnist"


def boundaries(table: pd.DataFrame) -> Card:
    """Logistic regression's straight boundary beside a network's bent one."""
    found = {run.name: measured(table, run)["accuracy"] for run in known(table, BOUNDARIES)}
    names = ("a straight boundary", "a network with hidden layers")
    told = [
        f"{found[run.name]:.1%} of the points kept apart lie on the right side of {name}"
        for run, name in zip(BOUNDARIES, names)
        if run.name in found
    ]
    takeaway = f"{'; '.join(told)}." if told else ""
    return exhibit(
        table, "logistic", "Two moons", BOUNDARIES, takeaway=takeaway
    )  # fmt: skip


def hinge(table: pd.DataFrame) -> Card:
    """The max-margin loss beside scikit-learn's LinearSVC."""
    lines = [line for run in HINGE for line in expected_rows(table, run)]
    for run in known(table, HINGE):
        found = measured(table, run)
        lines += [
            {
                "run": run.name,
                "gradient": run.provider,
                "quantity": f"{name} of the perceptron",
                "measured": f"{found[f'perceptron {name}']:.9g}",
                "expected": f"{found[f'LinearSVC {name}']:.9g} (LinearSVC)",
                "verdict": "",
            }
            for name in ("w0", "w1", "b")
        ]
    return exhibit(table, "hinge", "The widest margin", HINGE, lines=lines)


def cross_entropy(table: pd.DataFrame) -> Card:
    """The derivative of cross-entropy at some logits, far ones included, by every engine."""
    lines = [line for run in known(table, CROSS_ENTROPY) for line in _slopes(rows(table, run))]
    return exhibit(
        table, "cross-entropy", "The derivative of cross-entropy", CROSS_ENTROPY,
        lines=lines or expected_rows(table, CROSS_ENTROPY[0]),
        method=f"Right is what lies within {TOLERANCE:.0e} of p - y.",
    )  # fmt: skip


def _slopes(found: Rows) -> list[dict[str, str]]:
    """dL/dz by every engine beside p - y, at few logits."""
    shown = [
        *(row for row in where(found, loss="binary", y=1.0) if row["z"] in LOGITS),
        *(row for row in where(found, loss="softmax") if row["L"] >= max(LOGITS)),
    ]
    lines = []
    for loss, z, y in dict.fromkeys((row["loss"], row["z"], row["y"]) for row in shown):
        part = where(shown, loss=loss, z=z, y=y)
        lines.append(
            {
                "loss": loss,
                "logit z": f"{z:g}",
                "target y": f"{y:g}",
                **{f"dL/dz, {row['engine']}": f"{row['dL/dz']:.6g}" for row in part},
                "expected: p - y": f"{part[0]['p - y']:.6g}",
                "verdict": "within" if max(column(part, "error")) <= TOLERANCE else "outside",
            }
        )
    return lines


def digits(table: pd.DataFrame) -> Card:
    """Real digits of 8 x 8 pixels, by two providers, and softmax regression beside them."""
    return exhibit(
        table, "digits", "Handwritten digits", DIGITS[::-1],
        lines=[line for run in DIGITS for line in expected_rows(table, run)],
        figures=figure(table, DIGITS[:1]),
    )  # fmt: skip


def mnist(table: pd.DataFrame) -> Card:
    """The lecture's data set, where its files are."""
    return exhibit(
        table, "mnist", "MNIST", MNIST,
        method=f"It needs the four files of MNIST: {FETCH}, or DIFFLAB_DATA=FOLDER where they are "
        "there already; then difflab report --profile full, or difflab train mnist.",
    )  # fmt: skip
