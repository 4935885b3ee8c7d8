"""One run of a task as measurements: numbers judged only in full, and rows that can be rebuilt."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from difflab import tasks
from difflab.errors import MissingDataError, UnknownNameError, UsageError
from difflab.studies.course import MANY, measure, packed, unpacked
from difflab.tasks import override


def found(*arguments: Any, **options: Any) -> dict[str, Any]:
    return {m.quantity: m.value for m in measure(*arguments, **options)}


def test_a_whole_run_is_judged() -> None:
    here = found("simplest", "autodiff")
    assert here["final loss"] == pytest.approx(0.00250238, abs=5e-9)
    assert here["least loss"] <= here["final loss"] <= here["largest loss"]
    assert here["source of loss"] == "errata, fixture of the lecture"
    assert here["gradients"] == 200
    assert here["reduced"] == ""
    assert "in full loss" not in here
    curve = [m for m in measure("simplest", "autodiff") if m.quantity == "full loss"]
    assert (curve[-1].at, curve[-1].value) == (200, here["final loss"])


def test_a_reduced_run_says_what_is_expected_of_the_whole_one_and_is_not_judged() -> None:
    here = found("simplest", "autodiff", reduced=("steps=10",))
    assert "least loss" not in here
    assert here["in full loss"].startswith("0.002502375 to 0.002502385")
    assert (here["gradients"], here["reduced"]) == (10, "steps=10")


def test_settings_after_the_name_make_another_run_with_its_own_expectations() -> None:
    line = found("logistic widths=2-1", "autodiff:compiled", reduced=("steps=3",))
    assert line["in full accuracy"].startswith("0.86 to 0.89")
    network = found("logistic", "autodiff:compiled", reduced=("steps=3",))
    assert network["in full accuracy"].startswith("0.995 to 1")


def test_a_wrong_gradient_is_judged_outside() -> None:
    here = found("simplest", "control:zeros")
    assert not here["least loss"] <= here["final loss"] <= here["largest loss"]


def test_the_figure_of_the_rows_that_were_kept_is_the_figure_of_the_run() -> None:
    reduced = ("steps=40", "compared=2", "starts=5")
    here = found("local-optima", "autodiff:compiled", reduced=reduced)
    kept = unpacked({k[7:]: v for k, v in here.items() if k.startswith("column ")})
    task = tasks.get("local-optima")
    result = tasks.run(task, "autodiff:compiled", override(task.settings, reduced))
    assert task.figure is not None
    (mine,), (theirs,) = (
        task.figure(kept).charts[0].series,
        task.figure(result.rows).charts[0].series,
    )
    assert mine.label == theirs.label
    np.testing.assert_allclose(mine.y, theirs.y, rtol=1e-6)


def test_rows_survive_packing() -> None:
    rows = [
        {"name": "a", "count": 3, "loss": math.inf, "on": True},
        {"name": "b", "count": np.int64(4), "loss": np.float64(0.125), "on": False},
    ]
    assert unpacked(packed(rows)) == [
        {"name": "a", "count": 3, "loss": math.inf, "on": True},
        {"name": "b", "count": 4, "loss": 0.125, "on": False},
    ]
    assert packed([]) == {}
    assert unpacked({}) == []


def test_many_rows_have_fewer_digits() -> None:
    few = json.loads(packed([{"x": 1 / 3}] * MANY)["x"])
    many = json.loads(packed([{"x": 1 / 3}] * (MANY + 1))["x"])
    assert few[0] == 0.3333333
    assert many[0] == 0.3333


def test_the_same_run_gives_the_same_measurements() -> None:
    runs = [measure("simplest", "autodiff", reduced=("steps=5",)) for _ in range(2)]
    assert runs[0] == runs[1]
    assert len(runs[0]) > 10


@pytest.mark.parametrize(
    ("run", "reduced", "error"),
    [
        ("simplets", (), UnknownNameError),
        ("simplest stpes=3", (), UnknownNameError),
        ("simplest", ("steps=none",), UsageError),
        ("mnist", ("data_dir=/no/such/folder",), MissingDataError),
    ],
)
def test_what_cannot_be_run_is_refused(
    run: str, reduced: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        measure(run, "autodiff", reduced=reduced)
