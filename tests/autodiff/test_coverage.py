"""The coverage table leaves no function of NumPy out, and does not claim or deny too much."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing import overrides

from difflab.autodiff import RULES, grad
from difflab.autodiff.coverage import (
    STATUSES,
    WITHOUT_DERIVATIVE,
    Coverage,
    counts,
    coverage,
    coverage_of,
    functions,
)
from difflab.trace import COMPOSITES, TracedArray, name_of, recording, traced_input
from difflab.trace.refusals import REPLACEMENTS
from tests.autodiff.test_rules import EVERY

RECORDS = {record.name: record for record in coverage()}
REFUSED = sorted(
    (f for f in functions() if coverage_of(f).status in ("no derivative", "refused")),
    key=name_of,  # NumPy hands them over in a set, whose order differs between processes
)
FORMS = ("x", "x, x", "[x, x]", "x, 1", "1, x", "x, 0.1, 0.9", "mask, x", "x, x, x")


def test_every_function_that_numpy_hands_over_is_listed() -> None:
    arrays = overrides.get_overridable_numpy_array_functions()
    outside = ("numpy.strings", "numpy.char", "numpy.lib.recfunctions", "numpy.polynomial")
    numpys = {
        *overrides.get_overridable_numpy_ufuncs(),
        *(f for f in arrays if not f.__module__.startswith(outside)),
    }
    assert {name_of(f) for f in numpys} <= set(RECORDS)
    assert len(numpys) > 400
    assert {"x[...]", "difflab.sigmoid", "difflab.softmax_cross_entropy"} <= set(RECORDS)


def test_every_function_has_a_row_or_a_composition_or_a_reason() -> None:
    unexplained = [
        r.name for r in RECORDS.values() if r.status in ("no derivative", "refused") and not r.note
    ]
    assert unexplained == []


def test_reasons_are_for_functions_that_exist_and_have_no_row() -> None:
    names = {name_of(f) for f in functions()}
    assert set(WITHOUT_DERIVATIVE) <= names
    covered = {name_of(f) for f in (*RULES, *COMPOSITES)}
    assert not covered & set(WITHOUT_DERIVATIVE)
    assert not set(REPLACEMENTS) & set(WITHOUT_DERIVATIVE) - {
        "np.array2string", "np.array_repr", "np.array_str",
    }  # fmt: skip


def _derivative(function: Any, form: str, x: np.ndarray) -> Any:
    """The derivative through one call, or None where the call is refused or is not recorded."""

    def f(x: Any) -> Any:
        result = function(*eval(f"({form},)", {"x": x, "mask": np.array([True, False, True])}))
        first = result[0] if isinstance(result, (tuple, list)) else result
        return np.sum(first) if type(first) is TracedArray else 0.0

    try:
        gradient = grad(f)(x)
    except Exception:
        return None
    return gradient if np.any(gradient != 0) else None


@pytest.mark.parametrize("function", REFUSED, ids=name_of)
def test_what_is_said_to_be_refused_does_not_work(function: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        worked = [
            form
            for form in FORMS
            if _derivative(function, form, np.array([0.5, 0.2, 0.7])) is not None
        ]
    assert worked == []


def test_the_check_for_refusals_sees_what_works() -> None:
    x = np.array([0.5, 0.2, 0.7])
    assert _derivative(np.sqrt, "x", x) is not None
    assert _derivative(np.concatenate, "[x, x]", x) is not None
    assert _derivative(np.clip, "x, 0.1, 0.9", x) is not None
    assert _derivative(np.spacing, "x", x) is None


def test_what_is_said_to_have_a_rule_is_exercised_by_a_case() -> None:
    exercised = {name_of(case.rule) for case in EVERY}
    promised = {r.name for r in RECORDS.values() if r.status == "rule"}
    assert promised - exercised == set()


def test_rows_promise_both_modes_and_the_order_that_is_tested() -> None:
    for record in RECORDS.values():
        if record.status in ("rule", "composed", "constant"):
            assert record.forward
            assert record.order >= 1
        else:
            assert not record.forward
            assert record.order == 0


def test_functions_of_form_alone_record_nothing() -> None:
    for name, record in RECORDS.items():
        if record.status != "shape only" or "_indices" in name or name == "np.einsum_path":
            continue
        function = getattr(np, name.removeprefix("np."))
        with recording() as tape:
            x = traced_input(tape, np.ones((2, 2)))
            function(x, 1.0) if function is np.full_like else function(x)
        assert len(tape) == 1, name


def test_a_function_without_row_or_reason_would_be_seen() -> None:
    unknown = np.frompyfunc(abs, 1, 1)
    assert coverage_of(unknown) == Coverage(name_of(unknown), "refused")


def test_counts_add_up() -> None:
    assert sum(counts(coverage()).values()) == len(RECORDS)
    assert set(counts([])) == set(STATUSES)
    assert len({r.name for r in coverage()}) == len(coverage())
