"""Exhibits of the report: saturated slopes, SymPy's own matrices, a derivation with its program."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from difflab.errors import UnknownNameError
from difflab.studies import matrices, paper, saturation


@pytest.mark.parametrize("function", saturation.FUNCTIONS)
def test_rewritten_forms_are_right_at_saturation_and_the_others_show_their_nan(
    function: str,
) -> None:
    found = {(m.quantity, m.at): float(m.value) for m in saturation.measure(function)}
    for z in saturation.POINTS:
        truth = found["truth", z]
        for form in ("symbolic:staged", "symbolic:matrix"):
            assert found[form, z] == pytest.approx(truth, rel=1e-14, abs=1e-14), (form, z)
    lost = {name for (name, _), value in found.items() if np.isnan(value)}
    assert lost == {"symbolic:expanded", "symbolic:cse", "autodiff"}


@pytest.mark.skipif(not sp.__version__.startswith("1.14"), reason="faults of SymPy 1.14")
def test_sympys_own_matrix_derivatives_fail_as_known() -> None:
    verdicts = {name: matrices.measure(name)[0].value for name in matrices.LOSSES}
    assert list(verdicts.values()) == [
        "right",
        "silently zero",
        "silently of a wrong shape",
        "raises",
    ]


def test_equations_and_program_belong_to_the_twin() -> None:
    equations, program = (str(m.value) for m in paper.measure("sincos-small"))
    assert "W̄₁ = Xᵀ Z̄₁" in equations
    assert program.startswith("def value_and_gradient(workspace, params, ")
    assert program.count(".dot(") + program.count(" @ ") >= 5


def test_names_that_do_not_exist_are_refused() -> None:
    with pytest.raises(UnknownNameError):
        saturation.measure("sigmoids")
    with pytest.raises(UnknownNameError):
        matrices.measure("most squares")
