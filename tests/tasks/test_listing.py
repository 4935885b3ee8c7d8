"""The list of tasks: counts are those of the runs, and prices are taken as runs are carried out."""

from __future__ import annotations

from typing import Any

import pytest
from threadpoolctl import threadpool_info

from difflab import tasks
from difflab.tasks import listing as listing_module
from difflab.tasks.experiment import Conditions
from difflab.tasks.listing import listing, marks, measured_prices
from difflab.tasks.price import Price
from difflab.tasks.run import price_of

HERE = [name for name in tasks.names() if name != "mnist"]


@pytest.fixture
def no_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("DIFFLAB_DATA", str(tmp_path))


@pytest.mark.parametrize("name", HERE)
def test_a_row_counts_the_gradients_that_a_run_is_priced_for(name: str) -> None:
    task = tasks.get(name)
    row = listing(name)
    steps = task.settings.steps if task.experiment is None else None
    wanted = steps or task.experiment.gradients(task.settings)
    assert row["gradients"] == f"{wanted:,}"
    assert row["price"]


def test_a_task_without_its_files_is_listed_and_says_so(no_files: None) -> None:
    row = listing("mnist")
    assert (row["price"], row["gradients"]) == ("needs its files", "")
    assert measured_prices("mnist")["autodiff"] == "the files of MNIST are not here"


def test_prices_are_measured_on_one_thread_as_runs_are(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def watched(conditions: Conditions) -> tuple[Price, Any]:
        threads.extend(p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas")
        return price_of(conditions)

    monkeypatch.setattr(listing_module, "price_of", watched)
    row = measured_prices("simplest")
    assert threads
    assert set(threads) == {1}
    assert list(row) == ["task", "symbolic", "finite-difference", "autodiff"]


def test_differences_of_networks_side_by_side_are_not_promised() -> None:
    """Moves through the layers are of one network; a stack of them is left to the loop."""
    assert [name for name in tasks.names() if marks(tasks.get(name)) == "S - A"] == [
        "linear-collapse", "sincos-100k", "mnist", "universal", "local-optima", "bias-variance",
    ]  # fmt: skip
