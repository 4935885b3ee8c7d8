"""What `difflab derive` shows: golden numbers of the course, errata, proofs, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import tasks
from difflab.errors import ShapeError, UnknownNameError, UsageError
from difflab.studies import derivation
from difflab.studies.derivation import derive, derive_expression
from difflab.studies.derivation.functions import FUNCTIONS
from tests.symbolic.test_paper import balanced

GOLDEN = {
    "L": 0.33133809095635464,
    "dL/dw1": 0.03828454614565866,
    "dL/db1": 0.07656909229131735,
    "dL/dw2": -0.1546279934597754,
    "dL/db2": -0.2812266869920346,
}
"""Of the lecture's errata."""


def test_the_chain_rule_gives_the_golden_numbers_of_the_course() -> None:
    found = derive("simplest")
    assert found.numbers == pytest.approx(GOLDEN, rel=1e-15)


def test_the_chain_is_written_factor_by_factor_in_the_lectures_symbols() -> None:
    text = derive("simplest").text()
    for line in (
        "z₁ = w₁ x + b₁ = 0.2",
        "n = σ(z₁) = 0.5498339973",
        "L = (y - m)² = 0.331338091",
        "dL/dm = 2 m - 2 y = -2 (y - m) = -1.15124",
        "dn/dz₁ = exp(-z₁)/(1 + exp(-z₁))² = n (1 - n) = 0.247517",
        "dL/dw₁ = dL/dm · dm/dz₂ · dz₂/dn · dn/dz₁ · dz₁/dw₁",
        "= (-2 (y - m)) · (m (1 - m)) · w₂ · (n (1 - n)) · x",
        "dL/dw₁ = 0.03828454614565868    tape: 0.03828454614565868, apart by 0",
    ):
        assert line in text


def test_slides_that_are_wrong_are_named_with_their_numbers() -> None:
    text = derive("simplest").text()
    assert "dL/dm = 2 (y - m) = 1.15124" in text
    assert "but -1.15124 is right: the sign is lost" in text
    assert "dm/dz₂ = (1 - σ(m)) σ(m) = 0.239073" in text
    assert "but 0.5 is right: a handwritten x, misread" in text


@pytest.mark.parametrize("change", ["activation=tanh", "output=identity", "widths=1-1-1-1"])
def test_another_network_has_its_own_chain_and_no_errata(change: str) -> None:
    found = derive("simplest", [change])
    assert "slides" not in found.text()
    task = tasks.get("simplest")
    settings = tasks.override(task.settings, [change])
    data, objective = task.dataset(settings), task.objective(settings)
    params = task.parameters(settings)
    step = 1e-6
    (w, b), *rest = params
    ahead = objective([(w + step, b), *rest], data.x, data.y)
    behind = objective([(w - step, b), *rest], data.x, data.y)
    assert found.numbers["dL/dw1"] == pytest.approx((ahead - behind) / (2 * step), abs=1e-9)


def test_the_linear_models_normal_equations_reach_its_closed_form() -> None:
    found = derive("linear-regression")
    assert "Xᵀ X W₁ + Xᵀ 𝟏 b₁ᵀ = Xᵀ Y" in found.text()
    golden = {"theta 1": -0.00379652, "theta 2": -0.06883877, "theta 3": 0.45994084}
    for name, value in golden.items():
        assert found.numbers[name] == pytest.approx(value, abs=5e-9)
    assert found.numbers["L"] == pytest.approx(0.9171158675, abs=1e-10)
    assert found.numbers["L"] == pytest.approx(found.numbers["best L"], rel=1e-12)


def test_dependent_columns_are_said_to_have_no_single_solution() -> None:
    found = derive("digits", ["widths=64-10", "loss=squared-error"])
    assert "more than one solution" in found.text()
    assert "L" not in found.numbers


@pytest.mark.parametrize("name", ["digits", "sincos"])
def test_networks_are_written_layer_by_layer_and_agree_with_the_tape(name: str) -> None:
    found = derive(name)
    assert found.numbers["largest difference from the tape"] < 1e-14
    layers = len(tasks.get(name).settings.widths) - 1
    for k in range(1, layers + 1):
        assert f"W̄{'₁₂₃₄'[k - 1]} = " in found.text()
    assert "normal equations" not in found.text()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_proven(name: str) -> None:
    assert derive(name).numbers == {"proven": 1.0}


LARGE = ("mnist", "sincos-100k")
"""Tasks that need files, or minutes; their networks differ from those of others in width only."""


@pytest.mark.parametrize("name", [name for name in derivation.names() if name not in LARGE])
def test_documents_balance_are_ascii_and_the_same_every_time(name: str) -> None:
    found = derive(name)
    latex = found.latex()
    assert latex.isascii()
    assert balanced(latex)
    assert latex == derive(name).latex()
    assert all(len(line) < 2000 for line in latex.splitlines())


def test_an_experiment_of_many_runs_has_no_derivation_of_its_own() -> None:
    assert "local-optima" not in derivation.names()
    with pytest.raises(UnknownNameError, match="no task or function to derive"):
        derive("local-optima")


def test_an_expression_may_have_several_variables() -> None:
    text = derive_expression("log(1 + exp(a*y))").text()
    assert "Derivative by a" in text
    assert "Derivative by y" in text
    assert "return f, y*sigmoid(a*y)" not in text or "f = softplus" in text


def test_what_sympy_does_not_prove_is_said_and_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("difflab.symbolic.paper.rewritten.LARGEST_PROOF", 0)
    text = derive_expression("x/(1 + exp(-x))").text()
    assert "could not simplify" in text
    assert "apart by at most" in text


def test_misuse_is_refused_in_three_parts() -> None:
    with pytest.raises(UnknownNameError, match="sigmoid") as unknown:
        derive("sigmiod")
    assert unknown.value.why
    assert unknown.value.instead
    with pytest.raises(UsageError, match="has no setting 'width'"):
        derive("tanh", ["width=3"])
    with pytest.raises(UsageError, match="no variable"):
        derive_expression("1 + 2")
    with pytest.raises(UsageError, match="__import__"):
        derive_expression("__import__('os')")
    with pytest.raises(ShapeError):
        derive("digits", ["widths=3-10"])


def test_the_numbers_are_plain_floats() -> None:
    assert all(type(v) is float for v in derive("linear-regression").numbers.values())
    assert np.isfinite(list(derive("simplest").numbers.values())).all()
