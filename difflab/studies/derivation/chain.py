"""The chain rule factor by factor, for a task of one sample and one unit per layer.

In the lecture's symbols, with this run's numbers, checked against the tape. Where a slide of the
lecture says otherwise, its formula is evaluated beside the right one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from difflab.providers import find
from difflab.studies.derivation.result import Derivation
from difflab.tree import flatten

if TYPE_CHECKING:
    from difflab.symbolic.paper.chain_rule import Chain, Factor
    from difflab.symbolic.paper.formula import Equation, Formula
    from difflab.symbolic.paper.page import Section
    from difflab.tasks import Settings, Task

DIGITS = 6
"""Of a factor's number."""

LECTURE = {"z1": "w1*x + b1", "n": "sigmoid(z1)", "z2": "w2*n + b2", "m": "sigmoid(z2)"}
"""The stages that the slides are about; the loss is (y - m)^2."""

ERRATA = (
    ("L", "m", "2*(y - m)", "the sign is lost"),
    ("m", "z2", "sigmoid(m)*(1 - sigmoid(m))", "m is sigmoid(z2) already"),
    ("n", "z1", "sigmoid(n)*(1 - sigmoid(n))", "n is sigmoid(z1) already"),
    ("z1", "w1", "24", "a handwritten x, misread"),
)
"""Local derivatives as the slides have them, and what is wrong."""


def is_chain(task: Task, settings: Settings) -> bool:
    """Whether every layer has one unit, and there is one sample.

    Examples
    --------
    >>> from difflab import tasks
    >>> [is_chain(tasks.get(name), tasks.get(name).settings) for name in ("simplest", "sincos")]
    [True, False]
    """
    return set(settings.widths) == {1} and task.dataset(settings).samples == 1


def derive_chain(task: Task, settings: Settings) -> Derivation:
    """Take the task's loss apart and put its gradient together."""
    from difflab.symbolic.paper.chain_rule import chain

    data, objective = task.dataset(settings), task.objective(settings)
    params = task.parameters(settings)
    layers = len(objective.model.layers)

    def loss(params: Any, x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
        outputs = objective.model.layer_outputs(params, x)
        return objective.loss(outputs[-1][1], y), _marked(outputs)

    found = chain(
        loss,
        params,
        data.x,
        data.y,
        parameters=[f"{letter}{k}" for k in range(1, layers + 1) for letter in "wb"],
        data=["x", "y"],
    )
    _, gradient = (
        find("autodiff")
        .prepare(objective, params, data.x, data.y)
        .value_and_gradient(params, data.x, data.y)
    )
    tape = [float(np.asarray(leaf).item()) for leaf in flatten(gradient)[0]]
    numbers = {f"dL/d{p}": found.derivative(p) for p in found.parameters}
    numbers["L"] = found.values[found.stages[-1].symbol]
    sections = [_stages(found), _factors(found), _products(found), _checked(found, tape)]
    if _is_the_lecture(found):
        sections.append(_errata(found))
    return Derivation(f"{task.name}: the chain rule, factor by factor", tuple(sections), numbers)


def _marked(outputs: list[tuple[Any, Any]]) -> dict[str, Any]:
    """The lecture's names: z1, n, z2, m; n1, n2, ... where there are more hidden layers."""
    marked = {}
    for number, (z, n) in enumerate(outputs, start=1):
        marked[f"z{number}"] = z
        if n is not z:
            hidden = "n" if len(outputs) == 2 else f"n{number}"
            marked["m" if number == len(outputs) else hidden] = n
    return marked


def _stages(found: Chain) -> Section:
    from difflab.symbolic.paper.expressions import formula
    from difflab.symbolic.paper.formula import Equation, number
    from difflab.symbolic.paper.page import Section

    given = [
        Equation(formula(symbol), (number(found.values[symbol]),), word)
        for symbols, word in ((found.data, "data"), (found.parameters, "parameter"))
        for symbol in symbols
    ]
    stages = [
        Equation(
            formula(stage.symbol),
            (
                formula(stage.expression, found.parameters),
                number(found.values[stage.symbol], 10),
            ),
        )
        for stage in found.stages
    ]
    words = (
        "The loss as recorded from the task, with the numbers that a run starts from. "
        "Every line is computed from lines above it."
    )
    return Section("The stages", (words,), (*given, *stages))


def _factors(found: Chain) -> Section:
    from difflab.symbolic.paper.page import Section

    words = (
        "Each stage differentiated by what it is computed from, as SymPy finds it, then written "
        "through values that are known already."
    )
    return Section("The local derivatives", (words,), tuple(_factor(f) for f in found.factors))


def _factor(factor: Factor) -> Equation:
    from difflab.symbolic.paper.combine import derivative
    from difflab.symbolic.paper.expressions import formula
    from difflab.symbolic.paper.formula import Equation, number

    raw, written = formula(factor.raw), formula(factor.written)
    forms: list[Formula] = [raw] if raw.plain == written.plain else [raw, written]
    left = derivative(str(factor.of), str(factor.by))
    if not factor.written.is_number:
        forms.append(number(factor.value, DIGITS))
    return Equation(left, tuple(forms))


def _products(found: Chain) -> Section:
    from difflab.symbolic.paper.page import Section

    words = (
        "Along each path from the loss to a parameter the local derivatives are multiplied; "
        "several paths would be added."
    )
    equations = tuple(_product_for(found, k) for k in range(len(found.parameters)))
    return Section("The gradient", (words,), equations)


def _product_for(found: Chain, k: int) -> Equation:
    from difflab.symbolic.paper.combine import DOT, bracketed, derivative, product, total
    from difflab.symbolic.paper.expressions import formula
    from difflab.symbolic.paper.formula import Equation, number

    parameter = found.parameters[k]
    names, forms, values = [], [], []
    for path in found.paths(parameter):
        names.append(product(*(derivative(str(f.of), str(f.by)) for f in path), sign=DOT))
        forms.append(product(*(bracketed(formula(f.written)) for f in path), sign=DOT))
        values.append(product(*(number(f.value, DIGITS) for f in path), sign=DOT))
    loss = str(found.stages[-1].symbol)
    result = number(found.derivative(parameter), 10)
    rights = (total(*names), total(*forms), total(*values), result)
    return Equation(derivative(loss, str(parameter)), rights)


def _checked(found: Chain, tape: list[float]) -> Section:
    from difflab.symbolic.paper.combine import derivative
    from difflab.symbolic.paper.formula import Equation, number
    from difflab.symbolic.paper.page import Section

    loss = str(found.stages[-1].symbol)
    equations = []
    for parameter, theirs in zip(found.parameters, tape):
        mine = found.derivative(parameter)
        note = f"tape: {theirs:.16g}, apart by {abs(mine - theirs):.2g}"
        equations.append(Equation(derivative(loss, str(parameter)), (number(mine, 16),), note))
    words = "The products above, and what the tape of automatic differentiation gives."
    return Section("Checked against the tape", (words,), tuple(equations))


def _is_the_lecture(found: Chain) -> bool:
    from difflab.symbolic.whitelist import parse

    *stages, loss = found.stages
    lecture = {name: parse(text) for name, text in LECTURE.items()}
    mine = {str(stage.symbol): stage.expression for stage in stages}
    return mine == lecture and loss.expression == parse("(y - m)**2")


def _errata(found: Chain) -> Section:
    from difflab.symbolic.paper.page import Section

    words = "What the slides of the lecture say, evaluated with the same numbers."
    after = (
        "Two slides type n = sigmoid(w1 n + b1); it is w1 x. They leave dL/db1 out; it is above.",
    )
    return Section("Where the slides are wrong", (words,), tuple(_on_slides(found)), after)


def _on_slides(found: Chain) -> Iterator[Equation]:
    from difflab.symbolic.matrix.arithmetic import on_arrays
    from difflab.symbolic.paper.combine import derivative
    from difflab.symbolic.paper.expressions import formula
    from difflab.symbolic.paper.formula import Equation, number
    from difflab.symbolic.paper.rewritten import in_its_own_terms
    from difflab.symbolic.whitelist import parse

    values = {symbol: np.float64(value) for symbol, value in found.values.items()}
    for of, by, text, why in ERRATA:
        stage = next(stage for stage in found.stages if str(stage.symbol) == of)
        slide = in_its_own_terms(parse(text), stage.expression)
        value = float(on_arrays(slide, values))
        right = next(f.value for f in found.factors if (str(f.of), str(f.by)) == (of, by))
        forms = (formula(slide),) if slide.is_number else (formula(slide), number(value, DIGITS))
        note = f"but {right:.{DIGITS}g} is right: {why}"
        yield Equation(derivative(of, by), forms, note)
