"""Backpropagation of a task's network in matrices, and the normal equations where it is linear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from difflab.nn.closed_form import least_squares
from difflab.providers import find
from difflab.providers.symbolic_matrix import PreparedMatrix, SymbolicMatrix
from difflab.studies.derivation.result import Derivation
from difflab.tree import flatten

if TYPE_CHECKING:
    from difflab.datasets import Dataset
    from difflab.symbolic.paper.page import Section
    from difflab.tasks import Settings, Task

_LEGEND = (
    "Vectors are columns, and data have one row per sample. A bar marks an adjoint, the derivative "
    "of L by what stands below it. A bold 1 is a column of ones, a dot in a circle multiplies "
    "entry by entry, and numbers act on every entry."
)

_FUNCTIONS = {
    "relu(": "sign(N) is 1 where a unit of a relu layer is on, and 0 where it is off.",
    "softmax(": "softmax and cross-entropy work row by row.",
    "bce(": "bce is the binary cross-entropy of logits and targets, entry by entry.",
}
"""Words on what occurs in a formula."""


def derive_network(task: Task, settings: Settings) -> Derivation:
    """Write the program of the task's gradient as equations, layer by layer."""
    data, objective = task.dataset(settings), task.objective(settings)
    params = task.parameters(settings)
    given = (params, data.x, data.y)
    prepared = SymbolicMatrix().prepare(objective, *given)
    apart = _apart(prepared, find("autodiff").prepare(objective, *given), given)
    sections = [*_equations(prepared, data, apart)]
    numbers = {"largest difference from the tape": apart}
    solved = _normal_equations(prepared, task, settings, data)
    if solved is not None:
        sections.append(solved[0])
        numbers |= solved[1]
    return Derivation(f"{task.name}: {objective.model}", tuple(sections), numbers)


def _apart(one: Any, other: Any, given: tuple[Any, ...]) -> float:
    """The largest difference of two gradients, relative to the largest entry."""
    pairs = zip(*(flatten(p.value_and_gradient(*given)[1])[0] for p in (one, other)))
    leaves = [(np.asarray(a), np.asarray(b)) for a, b in pairs]
    scale = max(float(np.max(np.abs(b), initial=0.0)) for _, b in leaves) or 1.0
    return max(float(np.max(np.abs(a - b), initial=0.0)) for a, b in leaves) / scale


def _equations(prepared: PreparedMatrix, data: Dataset, apart: float) -> list[Section]:
    from difflab.symbolic.paper.page import Section

    written = prepared.equations
    text = " ".join(equation.plain for equation in (*written.forward, *written.backward))
    legend = [_LEGEND, *(words for sign, words in _FUNCTIONS.items() if sign in text)]
    if " n" in text or "/n" in text:
        legend.append(f"n counts the samples; here n = {data.samples}.")
    after = (
        "These are the calls of the program that symbolic:matrix runs; SymPy found the slopes. "
        f"Its gradient and the tape's differ by {apart:.2g}, relative to the largest entry.",
    )
    return [
        Section("Forward: from the data to the loss", (" ".join(legend),), written.forward),
        Section("Backward: from the loss to the parameters", (), written.backward, after),
    ]


def _normal_equations(
    prepared: PreparedMatrix, task: Task, settings: Settings, data: Dataset
) -> tuple[Section, dict[str, float]] | None:
    """For a linear model: the gradient set to zero, and solved."""
    from difflab.symbolic.paper import names
    from difflab.symbolic.paper.formula import Equation, number, symbol
    from difflab.symbolic.paper.normal_equations import folded, normal_equations
    from difflab.symbolic.paper.page import Section

    graph = prepared.replay.paths[0].graph
    inputs = names.input_names(prepared.f, prepared.signature, graph)
    found = normal_equations(graph, inputs)
    if found is None:
        return None
    title = "Where the gradient is zero: the normal equations"
    before = (
        "The adjoints of the parameters, multiplied out and set to zero, are linear in the "
        "parameters. With a column of ones beside the data they are one equation.",
    )
    equations = (*found.equations, *folded(found))
    left, right = found.system(dict(zip(inputs[-2:], (data.x, data.y))))
    if np.linalg.matrix_rank(left) < len(left):
        after = "Columns of these data depend on one another: more than one solution exists."
        return Section(title, before, equations, (after,)), {}
    solution = np.linalg.solve(left, right)
    loss = float(prepared.f([(solution[:-1], solution[-1])], data.x, data.y))
    facts = task.facts(settings, data) if task.facts else {}
    best = facts.get("closed-form loss", least_squares(data.x, data.y).loss)
    numbers = {f"theta {k}": float(v) for k, v in enumerate(solution.ravel(), start=1)}
    if solution.size <= MOST_NUMBERS:
        equations += tuple(
            Equation(symbol(f"theta{k}"), (number(v, 9),))
            for k, v in enumerate(solution.ravel(), start=1)
        )
    equations += (Equation(symbol("L"), (number(loss, 10),), "at this solution"),)
    after = f"Least squares by singular values reaches L = {best:.10g}."
    return Section(title, before, equations, (after,)), numbers | {"L": loss, "best L": best}


MOST_NUMBERS = 12
"""Entries of a solution that are written out."""
