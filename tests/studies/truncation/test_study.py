"""One entry for the lab's cells and the command line: names in, rows out, misuse refused."""

from __future__ import annotations

from typing import Any

import pytest

from difflab.errors import UnknownNameError, UsageError
from difflab.studies.truncation import EXHIBITS, measure, subject_of
from difflab.studies.truncation.study import check_dtype


@pytest.mark.parametrize("exhibit", EXHIBITS)
def test_every_exhibit_of_the_slides_chain_gives_rows(exhibit: str) -> None:
    rows = measure("simplest", exhibit, points=4)
    assert rows
    assert all(isinstance(row.value, float if row.unit else str) for row in rows)
    assert any(row.unit for row in rows)


@pytest.mark.parametrize("exhibit", ["forward", "methods", "error bars", "kinks", "directions"])
def test_the_same_settings_give_the_same_rows(exhibit: str) -> None:
    first, again = (repr(measure("simplest", exhibit, points=5)) for _ in range(2))
    assert first == again  # as text, in which NaN is equal to itself


def test_an_expression_stands_where_a_task_might() -> None:
    rows = measure("expression x*exp(y)", "central", parameter="y", points=5,
                   at=(("x", 1.0), ("y", 0.5)))  # fmt: skip
    assert {row.value for row in rows if row.quantity == "subject"} == {"df/dy of x*exp(y)"}


def test_the_number_of_points_is_told() -> None:
    rows = measure("simplest", "central", points=7)
    assert [row.value for row in rows if row.quantity == "points"] == [7.0]


def test_orthonormal_directions_end_at_the_number_of_parameters() -> None:
    rows = measure("sincos-small", "directions")
    counts = {row.at for row in rows if row.quantity == "orthonormal, cosine"}
    assert counts == {1, 4, 16}, "the network has 37 parameters"


@pytest.mark.parametrize(
    ("arguments", "options", "error", "what"),
    [
        (("simplest", "centre"), {}, UnknownNameError, "'central'"),
        (("simplest", "central"), {"parameter": "w3"}, UnknownNameError, "'w1'"),
        (("simplest", "central"), {"points": 0}, UsageError, "0 points"),
        (("simplest", "central", "float16"), {}, UsageError, "float16"),
        (("simplest", "central"), {"at": (("x", 1.0),)}, UsageError, "means nothing"),
        (("simple", "central"), {}, UnknownNameError, "'simplest'"),
        (("digits", "central"), {"parameter": "W7[0,0]"}, UnknownNameError, "W2"),
        (("expression x +", "central"), {}, UsageError, "not allowed"),
        (("expression 3", "central"), {}, UsageError, "no names"),
        (("expression x", "central"), {"at": (("y", 1.0),)}, UsageError, "has values for y"),
    ],
)
def test_bad_settings_are_refused(
    arguments: tuple[str, ...], options: dict[str, Any], error: type[Exception], what: str
) -> None:
    with pytest.raises(error, match=what):
        measure(*arguments, **options)


def test_small_letters_name_the_slides_parameters() -> None:
    assert subject_of("simplest", "W2", points=2).variable == "w2"


def test_only_two_float_types_are_studied() -> None:
    for dtype in ("float64", "float32"):
        check_dtype(dtype)
    for dtype in ("float16", "int", "", "complex128"):
        with pytest.raises(UsageError, match="float64 or float32"):
            check_dtype(dtype)
