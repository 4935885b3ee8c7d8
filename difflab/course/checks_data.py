"""Checks of counts, of the code that makes data, and of the table of ImageNet.

The lecture's code is run as it is printed, with NumPy's legacy generator seeded by 0.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from difflab.course.formula import entries, evaluate, sides
from difflab.course.row import HOLDS, Finding, SlideRow, judge, relative_error
from difflab.datasets import sincos
from difflab.nn import MLP

SEED = 0
SAMPLES = 1000

CODE = (
    "X = np.random.rand(n_samples, 2) * 10\n"
    "Y = np.sin(X[:, 0]) + np.cos(X[:, 1]) + np.random.randn(n_samples) * 0.1\n"
)
"""The slide's program without its comments."""

FUNCTIONS = {
    "shape": lambda a: np.array(np.shape(a)), "min": np.min, "max": np.max, "len": len,
    "std": np.std, "sin": np.sin, "cos": np.cos, "floor": np.floor, "ceil": np.ceil,
    "round": round, "outputs": lambda a: 1 if np.ndim(a) == 1 else np.shape(a)[1],
    "inputs": lambda a: np.shape(a)[1],
}  # fmt: skip


def run_code(text: str, seed: int = SEED, samples: int = SAMPLES) -> dict[str, Any]:
    """Run the program of a slide; ``np.random`` is a legacy generator of its own.

    Examples
    --------
    >>> made = run_code(CODE)
    >>> made["X"].shape, made["Y"].shape, made["X"][0], made["Y"][0].round(8)
    ((1000, 2), (1000,), array([5.48813504, 7.15189366]), np.float64(-0.07858353))
    """
    numpy = SimpleNamespace(random=np.random.RandomState(seed), sin=np.sin, cos=np.cos)
    names: dict[str, Any] = {"np": numpy, "n_samples": samples}
    exec(text, {"__builtins__": {}}, names)  # the lecture's own text
    return {"X": names["X"], "Y": names["Y"]}


@cache
def _made() -> dict[str, Any]:
    return run_code(CODE)


def program(row: SlideRow) -> Finding:
    """Judge the slide's program by the course's data set: the same numbers, bit for bit."""
    code = "\n".join(line for line in row.text.splitlines() if not line.startswith("`"))
    made = run_code(code)
    data = sincos(SAMPLES, SEED)
    slide = (*entries(made["X"]), *entries(made["Y"]))
    truth = (*entries(data.x), *entries(data.y))
    note = (
        f"with np.random.seed({SEED}) the first sample is X = {made['X'][0]}, "
        f"Y = {made['Y'][0]:.8f}; X has shape {made['X'].shape}, Y {made['Y'].shape}"
    )
    found = judge(slide, truth, note=note)
    shown = (*entries(made["X"][0]), float(made["Y"][0]))
    return Finding(found.verdict, shown, {}, (*truth[:2], truth[-SAMPLES]), found.error, note)


def made(row: SlideRow) -> Finding:
    """Judge a statement on X and Y as the slide's program makes them; the right side is printed."""
    left, right = sides(row.formula)
    names = {**FUNCTIONS, **_made()}
    slide, truth = (entries(evaluate(side, names)) for side in (right, left))
    note = f"the slide's own code makes Y of shape {names['Y'].shape}" if "outputs" in left else ""
    return judge(slide, truth, note=note)


def noise(row: SlideRow) -> Finding:
    """Judge the size of the noise: that of 1,000 numbers, within four standard errors."""
    left, right = sides(row.formula)
    slide, truth = (entries(evaluate(side, {**FUNCTIONS, **_made()})) for side in (right, left))
    tolerance = 4 / np.sqrt(2 * SAMPLES)
    return judge(slide, truth, tolerance=float(tolerance), note=f"measured {truth[0]:.4f}")


def size(row: SlideRow) -> Finding:
    """Judge a number of parameters or units of a network, given by its widths."""
    left, right = sides(row.formula)

    def parameters(*widths: int) -> int:
        return MLP(tuple(widths)).parameter_count

    names = {"parameters": parameters, "hidden": lambda *widths: sum(widths[1:-1]),
             "layers": lambda *widths: len(widths) - 2}  # fmt: skip
    return judge(entries(evaluate(right, names)), entries(evaluate(left, names)))


def arithmetic(row: SlideRow) -> Finding:
    """Judge ``25.7 - 16.4 = 8.5``: what is left of the equals sign is worked out."""
    left, right = sides(row.formula)
    slide, truth = entries(evaluate(right, FUNCTIONS)), entries(evaluate(left, FUNCTIONS))
    others = [sides(reading) for reading in row.readings]
    readings = [
        relative_error(entries(evaluate(b, FUNCTIONS)), entries(evaluate(a, FUNCTIONS)))
        for a, b in others
    ]
    apart = [f"{a} is {float(evaluate(a, FUNCTIONS)):g}" for a, _ in [(left, right), *others]]
    found = judge(slide, truth, readings=readings, note="; ".join(apart))
    return replace(found, note="") if found.verdict == HOLDS else found
