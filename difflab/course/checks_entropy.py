"""Checks of the derivative of cross-entropy, binary and softmax: p - y.

The slide asks for it and gives nothing; the formula that a course expects is judged.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.course import engines
from difflab.course.formula import entries, evaluate, sides
from difflab.course.row import Finding, SlideRow, judge
from difflab.functions import (
    binary_cross_entropy,
    sigmoid,
    softmax,
    softmax_cross_entropy,
)

LOGIT, TARGET = 0.7, 1.0
LOGITS, TARGETS = np.array([0.5, -1.2, 2.0]), np.array([0.0, 1.0, 0.0])
FAR = np.array([1000.0, 0.0, -1000.0])


def binary(row: SlideRow) -> Finding:
    """Judge dL/dz of binary cross-entropy with p = sigmoid(z)."""
    arithmetic = engines.digits()

    def loss(z: Any) -> Any:
        p = 1 / (1 + arithmetic.exp(-z))
        return -(TARGET * arithmetic.log(p) + (1 - TARGET) * arithmetic.log(1 - p))

    truth = float(arithmetic.diff(loss, arithmetic.mpf(LOGIT)))
    slide = evaluate(sides(row.formula)[1], {"p": sigmoid(LOGIT), "y": TARGET})
    found = engines.gradients(lambda z: binary_cross_entropy(z, TARGET), LOGIT)
    return judge(entries(slide), (truth,), found, note=f"at z = {LOGIT:g}, y = {TARGET:g}")


def softmaxed(row: SlideRow) -> Finding:
    """Judge dL/dz of softmax cross-entropy with p = softmax(z); finite at logits of 1000."""
    arithmetic = engines.digits()

    def loss(*logits: Any) -> Any:
        total = sum(arithmetic.exp(z) for z in logits)
        return -sum(y * arithmetic.log(arithmetic.exp(z) / total) for y, z in zip(TARGETS, logits))

    at = tuple(arithmetic.mpf(z) for z in LOGITS.tolist())
    units = np.eye(len(at), dtype=int).tolist()
    truth = tuple(float(arithmetic.diff(loss, at, tuple(unit))) for unit in units)
    slide = evaluate(sides(row.formula)[1], {"p": softmax(LOGITS), "y": TARGETS})
    specs = {**engines.SPECS, "symbolic": "symbolic:matrix"}
    found = engines.gradients(lambda z: softmax_cross_entropy(z, TARGETS), LOGITS, specs=specs)
    far = engines.gradients(lambda z: softmax_cross_entropy(z, TARGETS), FAR, specs=specs)
    told = ", ".join(f"{entry:g}" for entry in far["automatic"])
    finite = all(np.isfinite(values).all() for values in far.values())
    note = f"at z = {LOGITS}, y = {TARGETS}; at z = {FAR} " + (
        f"all three are finite: ({told})" if finite else "not all three are finite"
    )
    return judge(entries(slide), truth, found, note=note)
