"""Cards of the course, first chapter: regression, from the simplest chain to many points."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from difflab.chart import Chart, Figure, Series
from difflab.lab.course import (
    CLOSED_FORM,
    COLLAPSE,
    MANY_POINTS,
    OTHER_FITS,
    SIMPLEST,
    SURFACES,
    UNIVERSAL,
    Run,
)
from difflab.report.card import Card
from difflab.report.course import exhibit, expected_rows, figure, known, measured, rows
from difflab.report.tables import absence, curve, spell
from difflab.tasks.rows import distinct, where

DESCENDED = ("", "loss", "measured critical learning rate")
"""Numbers of linear regression that depend on who takes the gradient."""


def simplest(table: pd.DataFrame) -> Card:
    """The slide's chain: four derivatives and a descent with one provider of each family."""
    found = [measured(table, run) for run in known(table, SIMPLEST)]
    takeaway = ""
    if found:
        slopes = [name for name in found[0] if name.startswith("dL/d")]
        apart = max(np.ptp([numbers[name] for numbers in found]) for name in slopes)
        takeaway = (
            f"{', '.join(run.provider for run in known(table, SIMPLEST))}: their derivatives at "
            f"the start differ by {spell(float(apart))} at most, their losses at the end by "
            f"{spell(float(np.ptp([numbers['loss'] for numbers in found])))}."
        )
    return exhibit(
        table, "simplest", "The simplest chain", SIMPLEST, takeaway=takeaway,
        lines=_side_by_side(table), figures=_chain_figure(table),
    )  # fmt: skip


def _side_by_side(table: pd.DataFrame) -> list[dict[str, str]]:
    """A row per expected number, a column per provider; one that is missing has its reason."""
    if not known(table, SIMPLEST):
        return [line for run in SIMPLEST for line in expected_rows(table, run)]
    found = {
        run.provider: {line["quantity"]: line for line in expected_rows(table, run)}
        for run in SIMPLEST
    }
    gaps = {run.provider: absence(table, **run.where) for run in SIMPLEST}
    first = found[known(table, SIMPLEST)[0].provider]
    lines = []
    for name, line in first.items():
        cells = {
            provider: gaps[provider] or by_name.get(name, {}).get("measured", "")
            for provider, by_name in found.items()
        }
        verdicts = {by_name[name]["verdict"] for by_name in found.values() if name in by_name}
        verdict = "outside" if "outside" in verdicts else line["verdict"]
        lines.append({"quantity": name, **cells, "expected": line["expected"], "verdict": verdict})
    return lines


def _chain_figure(table: pd.DataFrame) -> tuple[Figure, ...]:
    series = tuple(
        Series(run.provider, tuple(map(float, steps)), tuple(map(float, losses)))
        for run in known(table, SIMPLEST)
        for steps, losses in [curve(table, **run.where, quantity="full loss")]
    )
    if not series:
        return ()
    chart = Chart("The simplest chain", "update", "loss: (y - m)^2", series, log_y=True)
    caption = "Loss of the slide's chain against the update: one curve, whoever differentiates."
    return (Figure("simplest", (chart,), caption),)


def closed_form(table: pd.DataFrame) -> Card:
    """Closed form against descent, the critical rate predicted and measured, losses around it."""
    first, *others = CLOSED_FORM
    lines = expected_rows(table, first)
    for run in others:  # closed forms and eigenvalues have no gradient, and are the same
        lines += [line for line in expected_rows(table, run) if line["quantity"] in DESCENDED]
    lines += _around_the_rate(table, CLOSED_FORM[0])
    return exhibit(
        table, "linear-regression", "Closed form against descent", CLOSED_FORM,
        lines=lines, figures=figure(table, CLOSED_FORM[:1]),
        method="Closed forms: normal equations, QR, pseudo-inverse, least squares of LAPACK. The "
        "predicted rate is 2 over the largest eigenvalue of the Hessian 2 X'X / n; the measured "
        "one is found by bisection of descents from zeros, without eigenvalues.",
    )  # fmt: skip


def _around_the_rate(table: pd.DataFrame, run: Run) -> list[dict[str, str]]:
    """Losses of descents from zeros at rates below and above the critical one."""
    shown = where(rows(table, run), purpose="shown")
    critical = measured(table, run).get("critical learning rate", math.nan)
    lines = []
    for rate in distinct(shown, "learning rate"):
        part = where(shown, **{"learning rate": rate})
        begins, ends = part[0]["loss"], part[-1]["loss"]
        falls = ends < begins
        lines.append(
            {
                "run": run.name,
                "gradient": run.provider,
                "quantity": f"loss after {part[-1]['step']} steps at rate {rate:.5g}",
                "measured": f"{ends:.6g}",
                "expected": f"{'below' if rate < critical else 'above'} {begins:.6g}, where it "
                f"begins (rate / critical rate = {rate / critical:.3f})",
                "verdict": "within" if falls == (rate < critical) else "outside",
            }
        )
    return lines


def collapse(table: pd.DataFrame) -> Card:
    """Layers without nonlinearity."""
    return exhibit(table, "linear-collapse", "Layers without nonlinearity", COLLAPSE)


def fits(table: pd.DataFrame) -> Card:
    """The slide's surface and what linear, sigmoid and ReLU networks make of it."""
    runs = (*OTHER_FITS, *SURFACES)
    lines = []
    for run in (*SURFACES, *OTHER_FITS):
        found = measured(table, run)
        lines += [
            {
                **line,
                "error on the grid": spell(found.get("validation loss", math.nan), 3),
            }
            for line in expected_rows(table, run)
            if line["quantity"] in ("loss", "")
        ]
    reached = [
        f"{name} {spell(measured(table, run)['loss'], 3)}"
        for name, run in zip(("linear", "sigmoid", "ReLU"), SURFACES)
        if measured(table, run)
    ]
    takeaway = (
        f"Mean squared error on the training points: {', '.join(reached)}; the noise alone is .01, "
        "the best plane .917."
        if reached
        else ""
    )
    return exhibit(
        table, "sincos", "Fitting the sine", runs, takeaway=takeaway, lines=lines,
        figures=figure(table, SURFACES),
    )  # fmt: skip


def universal(table: pd.DataFrame) -> Card:
    """How wide one hidden layer has to be."""
    return exhibit(table, "universal", "Wider and wider", UNIVERSAL)


def many_points(table: pd.DataFrame) -> Card:
    """The lecture's experiment with its 100,000 points."""
    return exhibit(
        table, "sincos-100k", "100,000 points in batches", MANY_POINTS,
        method="All 100,000 iterations: difflab train sincos-100k --gradient autodiff:compiled.",
    )  # fmt: skip
