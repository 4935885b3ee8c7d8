"""Checks of the collapse: layers without nonlinearity are one affine map, of other matrices.

The slide writes one W and one B for every layer. Read literally, that is a claim about one square
matrix; read with a W and a B per layer, the claim is that some W and B do the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from difflab.course.formula import entries, evaluate, sides
from difflab.course.row import Finding, SlideRow, judge, relative_error
from difflab.datasets import sincos

SEED = 2012
SIZE, POINTS = 3, 4
TOLERANCE = 1e-12

Layers = Sequence[tuple[np.ndarray, np.ndarray]]


def per_layer(expression: str) -> str:
    """Number the matrices from the inside out: W W becomes W2 W1; so do the biases.

    Examples
    --------
    >>> per_layer("W@(W@X + B) + B")
    'W2@(W1@X + B1) + B2'
    """
    count = len(re.findall(r"\bW\b", expression))
    for position in range(count):
        expression = re.sub(r"\bW\b", f"W{count - position}", expression, count=1)
    for position in range(count):
        expression = re.sub(r"\bB\b", f"B{position + 1}", expression, count=1)
    return expression


def collapse(layers: Layers) -> tuple[np.ndarray, np.ndarray]:
    """Return W and B of Y = W X + B that equal the layers, the first of which sees X.

    W = W3 W2 W1 and B = W3 (W2 B1 + B2) + B3.

    Examples
    --------
    >>> two = [(np.array([[2.0]]), np.array([[1.0]])), (np.array([[3.0]]), np.array([[5.0]]))]
    >>> collapse(two)
    (array([[6.]]), array([[8.]]))
    """
    weights, biases = layers[0]
    for w, b in layers[1:]:
        weights, biases = w @ weights, w @ biases + b
    return weights, biases


def stacked(row: SlideRow) -> Finding:
    """Judge ``W@(W@X + B) + B = W@X + B``: literally, and with matrices of their own per layer."""
    left, right = sides(row.formula)
    generator = np.random.default_rng(SEED)
    names: dict[str, Any] = {"X": generator.standard_normal((SIZE, POINTS)), "max": np.maximum}
    for name in ("W", "W1", "W2", "W3"):
        names[name] = generator.standard_normal((SIZE, SIZE))
    for name in ("B", "B1", "B2", "B3"):
        names[name] = generator.standard_normal((SIZE, 1))
    slide, truth = (entries(evaluate(side, names)) for side in (right, left))
    count = len(re.findall(r"\bW\b", left))
    biases = len(re.findall(r"\bB\b", left))
    layers = [
        (names[f"W{k}"], names[f"B{k}"] if k <= biases else 0 * names["B1"])
        for k in range(1, count + 1)
    ]
    net = entries(evaluate(per_layer(left), names))
    w, b = collapse(layers)
    affine = entries(w @ names["X"] + b)
    difference = float(np.max(np.abs(np.subtract(net, affine))))
    product = " ".join(f"W{k}" for k in range(count, 0, -1))
    note = (
        f"with one W and B the sides differ; with a W and a B per layer, W = {product} and a "
        f"chain of biases reproduce the layers to {difference:.0e}"
    )
    readings = [relative_error(affine, net)]
    note = note if count > 1 else ""
    return judge(slide, truth, readings=readings, tolerance=TOLERANCE, note=note)


def projection(row: SlideRow) -> Finding:
    """Judge "a linear projection": f(0) = 0 is required of a linear map, not of an affine one."""
    left, right = sides(row.formula)
    generator = np.random.default_rng(SEED)
    w, b = collapse(_random(generator, (SIZE, SIZE, SIZE)))
    a, c = generator.standard_normal((2, SIZE, 1))
    names = {"a": a, "c": c, "f": lambda x: w @ x + b}
    slide, truth = (entries(evaluate(side, names)) for side in (right, left))
    others = [entries(evaluate(sides(reading)[1], names)) for reading in row.readings]
    readings = [relative_error(other, truth) for other in others]
    note = (
        f"with biases the map is affine: f(0) has length {float(np.linalg.norm(b)):.3f}, and less "
        "f(0) it is linear"
    )
    return judge(slide, truth, readings=readings, tolerance=TOLERANCE, note=note)


def network(row: SlideRow) -> Finding:
    """Judge "just a linear regression": nets without nonlinearity beside their affine map.

    Widths are those of the formula, such as ``2-128-128-1 = one affine map``.
    """
    left = sides(row.formula)[0]
    slide: list[float] = []
    truth: list[float] = []
    told = []
    for spec in left.split(","):
        widths = tuple(int(width) for width in spec.split("-"))
        net, affine = outputs(widths)
        told.append(f"{spec.strip()} to {float(np.max(np.abs(net - affine))):.0e}")
        slide += entries(affine)
        truth += entries(net)
    note = f"one W and B reproduce {', '.join(told)} on the slide's inputs"
    return judge(tuple(slide), tuple(truth), tolerance=TOLERANCE, note=note)


def outputs(widths: Sequence[int], activation: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """Outputs of a network on the slide's inputs, and of the affine map of its weights.

    Examples
    --------
    >>> net, affine = outputs((2, 64, 64, 1))
    >>> bool(np.max(np.abs(net - affine)) < 1e-12)
    True
    >>> net, affine = outputs((2, 64, 64, 1), np.tanh)
    >>> bool(np.max(np.abs(net - affine)) < 0.1)
    False
    """
    generator = np.random.default_rng(SEED)
    layers = _random(generator, widths)
    x = sincos(n=50, grid=2).x.T
    hidden = x
    for position, (w, b) in enumerate(layers):
        hidden = w @ hidden + b
        if activation is not None and position < len(layers) - 1:
            hidden = activation(hidden)
    weights, biases = collapse(layers)
    return hidden, weights @ x + biases


def _random(generator: np.random.Generator, widths: Sequence[int]) -> Layers:
    return [
        (generator.standard_normal((k, d)) / np.sqrt(d), generator.standard_normal((k, 1)))
        for d, k in pairwise(widths)
    ]
