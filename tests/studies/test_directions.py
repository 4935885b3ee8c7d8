"""The study of random directions: measured cosines beside theory's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.errors import UnknownNameError, UsageError
from difflab.numeric.directions import KINDS
from difflab.studies.directions import measure


@pytest.mark.parametrize("kind", KINDS)
def test_measured_cosines_are_within_three_percent_of_theory(kind: str) -> None:
    rows = measure(kind, counts=(1, 16, 32))
    found = {(row.quantity, row.at): row.value for row in rows}
    for count in (1, 16, 32):
        theory, cosine = found["cosine, theory", count], found["cosine", count]
        assert cosine == pytest.approx(theory, rel=0.03)
        assert 0.005 < found["cosine, standard error", count] / cosine < 0.02


def test_rows_are_tidy_and_repeatable() -> None:
    rows = measure("gaussian", counts=(2, 8), parameters=10)
    assert rows == measure("gaussian", counts=(2, 8), parameters=10)
    assert rows != measure("gaussian", counts=(2, 8), parameters=10, seed=1)
    assert [(row.quantity, row.at) for row in rows] == [
        (name, count)
        for count in (2, 8)
        for name in ("cosine", "cosine, standard error", "cosine, theory")
    ]
    assert {(row.unit, row.parameters) for row in rows} == {("1", 10)}


def test_a_gradient_of_ones_own_is_used() -> None:
    own = np.eye(200)[0]
    for kind in KINDS:
        rows = measure(kind, counts=(50,), gradient=own)
        assert rows[0].parameters == 200
        assert rows[0].value == pytest.approx(rows[2].value, rel=0.05)


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"kind": "uniform"}, UnknownNameError, "gaussian"),
        ({"kind": "orthonormal", "counts": (11,)}, UsageError, "directions=10"),
        ({"kind": "gaussian", "counts": (0,)}, UsageError, "directions=0"),
        ({"kind": "gaussian", "gradient": np.zeros(3)}, UsageError, "no direction"),
        ({"kind": "gaussian", "gradient": np.full(3, np.nan)}, UsageError, "no direction"),
    ],
)
def test_what_cannot_be_measured_is_refused(options: Any, kind: Any, says: str) -> None:
    with pytest.raises(kind, match=says):
        measure(parameters=10, **options)
