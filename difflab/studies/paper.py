"""A task's gradient on paper and as a program: the same derivation, twice written down."""

from __future__ import annotations

from difflab.providers.symbolic_matrix import SymbolicMatrix
from difflab.studies.derivation import derive
from difflab.studies.measurement import Measurement
from difflab.studies.problem import problem
from difflab.symbolic.paper.page import plain


def measure(task: str) -> list[Measurement]:
    """Derive a task.

    Returns
    -------
    list of Measurement
        The equations as text, and the NumPy program that ``symbolic:matrix`` runs.

    Examples
    --------
    >>> equations, program = measure("sincos-small")
    >>> "N₁ = " in equations.value, "def value_and_gradient" in program.value
    (True, True)
    """
    here = problem(task)
    prepared = SymbolicMatrix().prepare(here.objective, here.params, *here.contexts)
    return [
        Measurement("equations", plain(derive(task).sections[:2]), ""),
        Measurement("program", prepared.source, ""),
    ]
