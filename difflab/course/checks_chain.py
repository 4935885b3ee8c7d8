"""Checks of the simplest MLP: a formula's left side names a stage or a derivative of the chain.

Its right side is evaluated at the fixture, and compared with what symbolic, numerical and automatic
differentiation give for the left side.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from difflab.course import chain
from difflab.course.descent import EXACT, descend
from difflab.course.formula import NOTHING, SLOPE, evaluate, names_in, sides
from difflab.course.row import HOLDS, Finding, SlideRow, Values, judge, relative_error
from difflab.functions import sigmoid

ROUNDS = 200
"""Of the fixed-point iteration; each gains a digit or so."""


def sigma_prime(z: Any) -> Any:
    """Return sigma(z) (1 - sigma(z)), the slide's formula, right as long as z is sigma's argument.

    Examples
    --------
    >>> float(sigma_prime(0.0))
    0.25
    """
    return sigmoid(z) * (1 - sigmoid(z))


FUNCTIONS = {"sigmoid": sigmoid, "sigma": sigmoid, "sigma_prime": sigma_prime}


def value_of(expression: str) -> Values:
    """Evaluate a right side at the fixture; derivatives in it are those of the tape.

    Examples
    --------
    >>> [round(v, 6) for v in value_of("n * sigma'(m) * 2*(y - m)")]
    [0.151331]
    """
    if expression == NOTHING:
        return ()

    def slope(out: str, by: str) -> float:
        return chain.three_slopes(out, by)["automatic"][0]

    names = {**chain.run(), **FUNCTIONS, "eta": chain.ETA}
    return (float(evaluate(expression, names, slope)),)


def fixed_point(name: str, expression: str) -> float:
    """Solve an equation that gives a name in terms of itself, by iteration.

    Examples
    --------
    >>> round(fixed_point("n", "sigmoid(w1*n + b1)"), 4)
    0.5621
    """
    names = {**chain.run(), **FUNCTIONS}
    for _ in range(ROUNDS):
        names[name] = float(evaluate(expression, names))
    return float(names[name])


def check(row: SlideRow) -> Finding:
    """Judge ``stage = ...`` or ``dL/dw2 = ...``."""
    left, right = sides(row.formula)
    found = SLOPE.fullmatch(left)
    others = [value_of(sides(reading)[1]) for reading in row.readings]
    if found is not None:
        out, by = found.groups()
        truth, engines = chain.true_slope(out, by), chain.three_slopes(out, by)
        readings = [relative_error(other, (truth,)) for other in others]
        note = _note(right, truth)
        return judge(value_of(right), (truth,), engines, readings=readings, note=note)
    implicit = left in names_in(right)
    slide = (fixed_point(left, right),) if implicit else value_of(right)
    note = f"as typed it gives {left} in terms of itself: solved by iteration" if implicit else ""
    engines = chain.three_values(left)
    truth = chain.true_value(left)
    readings = [relative_error(other, (truth,)) for other in others]
    return judge(slide, (truth,), engines, readings=readings, note=note)


def _note(right: str, truth: float) -> str:
    return f"not given on the slide; it is {truth:.8g}" if right == NOTHING else ""


def identity(row: SlideRow) -> Finding:
    """Judge a formula for sigma' as an identity: SymPy's derivative less it is zero everywhere.

    The engines' columns hold the derivative at the argument m of the fixture.
    """
    import sympy as sp

    from difflab.course import engines

    z = sp.Symbol("z", real=True)
    logistic = sp.Lambda(z, 1 / (1 + sp.exp(-z)))
    argument = "m" if "m" in names_in(row.formula) else "x"
    names = {argument: z, "sigma": logistic, "e": sp.E}
    right = evaluate(sides(row.formula)[1], names)
    difference = sp.simplify(sp.diff(logistic(z), z) - right)
    at = chain.run()[argument]
    slide = (float(right.subs(z, at)),)
    truth = (float(sp.diff(logistic(z), z).subs(z, sp.Float(at, 40))),)
    finding = judge(slide, truth, engines.gradients(sigmoid, at))
    if finding.verdict == HOLDS and difference != 0:  # right at one point only
        return judge((), truth, finding.engines, note=f"differs by {difference} elsewhere")
    return Finding(
        finding.verdict, slide, finding.engines, truth, finding.error,
        f"SymPy: d sigma/d{argument} less the slide's formula is {difference} for every {argument}",
    )  # fmt: skip


def sigmoid_itself(row: SlideRow) -> Finding:
    """Judge the slide's sigma(x) = 1/(1 + e^(-x)) by its value at the fixture's x."""
    from difflab.course import engines

    at = chain.FIXTURE["x"]
    slide = (float(evaluate(sides(row.formula)[1], {"x": at, "e": np.e})),)
    arithmetic = engines.digits()
    truth = (float(1 / (1 + arithmetic.exp(-arithmetic.mpf(at)))),)
    return judge(slide, truth, engines.values(sigmoid, at))


def update(row: SlideRow) -> Finding:
    """Judge one step of gradient descent: where each engine's gradient moves a weight."""
    left, right = sides(row.formula)
    slope = chain.true_slope("L", left)
    moved = {
        name: (chain.FIXTURE[left] - chain.ETA * value,)
        for name, (value,) in chain.three_slopes("L", left).items()
    }
    truth = chain.FIXTURE[left] - chain.ETA * slope
    before, after = chain.run()["L"], chain.along("L", left)(truth)
    note = f"the step lowers L from {before:.6f} to {after:.6f}"
    return judge(value_of(right), (truth,), moved, note=note)


def fixed_rate(row: SlideRow) -> Finding:
    """Judge "a learning rate (fixed)": with the fixture's, 200 steps lower the loss every time."""
    losses = descend(EXACT)
    rises = sum(after >= before for before, after in pairwise(losses))
    expected = float(evaluate(sides(row.formula)[1], {}))
    note = (
        f"with eta = {chain.ETA:g} throughout, {len(losses) - 1} updates lower L from "
        f"{losses[0]:.6f} to {losses[-1]:.8f}"
    )
    return judge((expected,), (float(rises),), note=note)


def at_kinks(row: SlideRow) -> Finding:  # noqa: ARG001 - relu is the lecture's own example
    """Judge "as long as they are differentiable": relu is everywhere but at 0, and is trained.

    Literally its slopes from the left and from the right have to be one at every point; read as
    "almost everywhere", only away from 0.
    """
    import difflab as dl

    at_zero = dl.derivative(dl.relu, 0.0)
    tape = float(dl.grad(dl.relu)(0.0))
    elsewhere = [dl.derivative(dl.relu, z).value - dl.grad(dl.relu)(z) for z in (-0.5, 0.5)]
    left, right = abs(float(at_zero.left)), float(at_zero.right)
    note = (
        f"relu has the slopes {left:g} and {right:g} at 0, and networks of it are trained all the "
        f"same: the tape takes {tape:g} there by convention"
    )
    almost_everywhere = float(max(map(abs, elsewhere)))
    return judge((left,), (right,), readings=[almost_everywhere], note=note)
