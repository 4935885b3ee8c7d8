"""The swell study: golden numbers of every form, limits that hold, laws by their names."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from difflab.errors import UnknownNameError, UsageError
from difflab.studies import swell, tower
from difflab.studies.families import FAMILIES, family
from difflab.studies.members import Example, network
from difflab.studies.swell import Plan, SwellRow, members, study
from difflab.studies.swell import study as run
from difflab.studies.swell.cells import measure, rows_of
from difflab.studies.swell.forms import measured_forms
from difflab.studies.swell.rivals import RIVALS, measured_rivals
from difflab.studies.swell.row import unit_of
from difflab.studies.swell.simplified import measured_arms
from difflab.studies.swell.study import laws, measured

golden = pytest.mark.skipif(
    not sp.__version__.startswith("1.14"), reason="golden numbers belong to SymPy 1.14"
)

# n: loss tree, loss DAG, diff tree, diff DAG
LOGISTIC = {
    2: (4, 4, 2, 2),
    3: (10, 8, 25, 16),
    4: (22, 13, 98, 37),
    5: (46, 19, 316, 69),
    6: (94, 26, 920, 114),
    7: (190, 34, 2512, 174),
    8: (382, 43, 6560, 251),
}
# widths: P, loss tree, loss DAG, expanded tree, expanded DAG, cse with the loss
NETWORKS = {
    "1-1-1": (4, 17, 17, 219, 38, 31),
    "1-4-1": (13, 47, 47, 1911, 122, 88),
    "2-4-4-1": (37, 243, 123, 35927, 690, 356),
}


def by_form(name: str, **sizes: int) -> dict[str, SwellRow]:
    return {row.form: row for row in rows_of(measure(name, **sizes))}


@golden
@pytest.mark.parametrize("n", LOGISTIC)
def test_the_logistic_map_swells_as_published(n: int) -> None:
    forms = by_form("logistic-map", n=n)
    row = forms["expanded"]
    assert (row.loss_tree, row.loss_dag, row.tree, row.dag) == LOGISTIC[n]
    assert (row.predicted_tree, row.predicted_dag) == (row.tree, row.dag)
    assert forms["staged"].emitted is not None
    assert forms["staged"].emitted <= 4 * row.loss_dag


@golden
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_swell_as_measured(name: str) -> None:
    rows = {row.form: row for row in rows_of(tower.measure(name))}
    row = rows["expanded"]
    counts = (row.parameters, row.loss_tree, row.loss_dag, row.tree, row.dag, rows["cse"].emitted)
    assert counts == NETWORKS[name]
    assert row.predicted_tree == row.tree


@pytest.mark.parametrize("name", FAMILIES)
def test_every_form_of_every_family_is_right(name: str) -> None:
    kind = family(name)
    smallest = {size.name: max(size.smallest, 2) for size in kind.sizes}
    rows = rows_of(measure(name, **smallest))
    assert [row.form for row in rows] == ["expanded", "cse", "staged", "matrix"]
    for row in rows:
        assert row.status == "done", row
        assert row.error is not None
        assert row.error < 1e-13
        assert row.tape_error is not None
        assert row.tape_error < 1e-13
        assert row.evaluate_seconds is not None
        assert row.evaluate_seconds > 0
        assert row.source_characters
        assert row.sympy == sp.__version__


def test_what_would_take_too_long_is_refused_with_its_size() -> None:
    rows = {row.form: row for row in rows_of(measure("mlp", budget_seconds=5, width=16, depth=2))}
    for form in ("expanded", "cse"):
        assert rows[form].status == "refused: deriving would take longer than 5 s"
        assert rows[form].predicted_tree == 3_948_527
        assert rows[form].tree is None
    assert rows["staged"].status == rows["matrix"].status == "done"


def test_a_real_network_is_predicted_exactly_and_trains_in_two_forms() -> None:
    rows = {row.form: row for row in rows_of(tower.measure("2-64-64-1", budget_seconds=1))}
    assert rows["expanded"].predicted_tree == 739_486_607
    assert not rows["expanded"].predicted_exactly
    staged = rows["staged"]
    assert staged.emitted is not None
    assert staged.loss_dag is not None
    assert staged.emitted <= 2.6 * staged.loss_dag
    assert staged.tape_error is not None
    assert staged.tape_error < 1e-14
    assert rows["matrix"].matrix_products == 5  # outer products of one sample are none


def test_a_loss_too_large_for_scalars_still_has_its_matrix() -> None:
    rows = {row.form: row for row in rows_of(tower.measure("784-128-10", budget_seconds=1))}
    assert rows["expanded"].predicted_tree == pytest.approx(9.16e11, rel=0.01)
    assert rows["staged"].status.startswith("refused: the staged gradient of 101,770 parameters")
    assert rows["matrix"].status == "done"


def test_a_chain_too_deep_for_recursion_is_refused_but_staged() -> None:
    rows = {row.form: row for row in rows_of(measure("chain", depth=40))}
    assert "deeper" in rows["expanded"].status
    assert rows["staged"].status == rows["matrix"].status == "done"


def test_saturation_shows_in_the_expanded_form_and_is_not_hidden() -> None:
    example = network(1, 1, 1)
    far = Example(example.loss, [(w - 5e3, b) for w, b in example.params], example.contexts)
    with np.errstate(all="ignore"):
        rows = {row.form: row for row in measured_forms(far, SwellRow("far", "", 1))}
    assert np.isnan(rows["expanded"].error or 0.0)
    for form in ("staged", "matrix"):
        assert rows[form].error is not None
        assert rows[form].error == pytest.approx(0.0, abs=1e-14), form


def test_simplified_derivatives_are_shorter_and_ruinous() -> None:
    """Golden: relative error about 1e6 at n = 6 and 1e74 at n = 8, at x = 0.9."""
    at = {6: 1e4, 8: 1e70}
    for n, error in at.items():
        example = Example(family("logistic-map").member(n=n).loss, np.asarray(0.9))
        rows = {row.form: row for row in measured_arms(example, SwellRow("", "", n), ("horner",))}
        assert rows["diff"].error is not None
        assert rows["diff"].error < 1e-13
        assert rows["horner"].error is not None
        assert rows["horner"].error > error
        assert (rows["horner"].tree or 0) < (rows["diff"].tree or 0)


@golden
def test_expanded_polynomials_have_the_published_sizes() -> None:
    for n, operations in {2: 2, 3: 8, 4: 20, 5: 44, 6: 92}.items():
        example = family("logistic-map").member(n=n)
        rows = {row.form: row for row in measured_arms(example, SwellRow("", "", n), ("expand",))}
        assert rows["expand"].tree == operations


def test_libraries_that_are_not_installed_say_what_to_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from difflab.studies.swell import rivals

    monkeypatch.setattr(rivals, "find_spec", lambda name: None)
    example = family("product").member(n=3)
    rows = list(measured_rivals(example, SwellRow("n 3", "", 3)))
    assert [row.form for row in rows] == list(RIVALS)
    assert {row.status for row in rows} == {"not installed: pip install 'difflab[bench]'"}


@pytest.mark.parametrize("library", RIVALS)
def test_installed_libraries_agree(library: str) -> None:
    pytest.importorskip(library)
    for name in ("mlp", "helmholtz", "logistic-map"):
        example = family(name).member(**{family(name).sizes[-1].name: 2})
        (row,) = measured_rivals(example, SwellRow("", "", 2), (library,))
        assert row.status == "done"
        assert row.tape_error is not None
        assert row.tape_error < 1e-12


def plan(name: str, forms: tuple[str, ...] = ("staged",), **sizes: tuple[int, ...]) -> Plan:
    return Plan(name, members(family(name), sizes), forms)


def test_a_study_names_the_laws_of_its_family() -> None:
    chain = plan("chain", ("expanded", "staged"), depth=(1, 2, 3, 4, 5))
    found = dict(laws(chain, list(measured(chain))))
    assert str(found["gradient tree"]) == "cubic, exactly: (56 d^3 + 195 d^2 + 43 d)/6"
    assert found["staged"].name == "linear"
    logistic = plan("logistic-map", n=(3, 4, 5))
    assert dict(laws(logistic, list(measured(logistic))))["gradient tree"].name == "n^2 2^n"
    network = plan("mlp", depth=(1, 2, 3))
    law = dict(laws(network, list(measured(network))))["gradient tree"]
    assert law.base == pytest.approx(4)


def test_one_size_has_no_law() -> None:
    single = plan("chain", depth=(2,))
    assert laws(single, list(measured(single))) == ()


def test_a_study_that_is_stopped_keeps_what_it_had() -> None:
    slow = Plan("mlp", ((("width", 8), ("depth", 2)),), ("expanded", "staged"), budget_seconds=60)
    told: list[SwellRow] = []
    found = run(slow, seconds=1.2, tell=told.append)
    statuses = {row.form: row.status for row in found.rows}
    assert statuses["expanded"].startswith("stopped after 1.2 s")
    assert statuses["staged"].startswith("not reached: stopped")
    done = run(plan("product", n=(2, 3)), seconds=60, tell=told.append)
    assert [row.status for row in done.rows] == ["done", "done"]
    assert told == list(done.rows)


def test_an_expression_of_the_users_own_is_a_family_of_one() -> None:
    found = study(Plan("", ((),), ("expanded", "matrix"), expression="exp(x*y)/(1 + x**2)"))
    assert [row.form for row in found.rows] == ["expanded", "matrix"]
    assert all(row.error is not None and row.error < 1e-14 for row in found.rows)
    assert found.laws == ()


def test_members_check_their_sizes() -> None:
    assert len(members(family("chain"), {})) == 8
    with pytest.raises(UsageError, match="no size width"):
        members(family("chain"), {"width": (1,)})
    with pytest.raises(UsageError, match="depth 0"):
        members(family("chain"), {"depth": (0,)})
    with pytest.raises(UsageError, match="members"):
        members(family("product"), {"n": tuple(range(2, 200))})
    with pytest.raises(UnknownNameError, match="chain"):
        measure("chian", depth=1)


def test_rows_survive_the_way_through_measurements() -> None:
    (row,) = measured(plan("helmholtz", n=(2,)))
    assert rows_of(swell.cells.measurements([row], row.member)) == [row]
    assert unit_of("peak_bytes") == "bytes"
