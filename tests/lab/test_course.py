"""The course's runs: every task has one, all can be read, files are looked for again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from difflab import tasks
from difflab.lab.course import MNIST, RUNS, Run, full_cells, quick_cells
from difflab.lab.profiles import cells
from difflab.lab.run import run_cell
from difflab.lab.store import Store
from difflab.tasks import override


def test_every_task_of_the_lecture_has_a_run() -> None:
    assert {run.task for run in RUNS} == set(tasks.names())


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.name} {run.provider}")
def test_the_settings_of_every_run_can_be_read_and_say_something_new(run: Run) -> None:
    own = tasks.get(run.task).settings
    settings = override(own, run.name.split()[1:])
    assert (settings != own) == (" " in run.name)
    for reduced in (run.quick or (), run.full):
        assert (override(settings, reduced) != settings) == bool(reduced)


def test_the_full_profile_has_every_run_and_the_quick_one_those_that_are_cheap() -> None:
    assert len(full_cells()) == len({cell.key for cell in full_cells()}) == len(RUNS)
    quick = {(cell.task, cell.provider) for cell in quick_cells()}
    assert quick < {(cell.task, cell.provider) for cell in full_cells()}
    for profile in ("quick", "full"):
        course = [cell for cell in cells(profile) if cell.kind == "course"]
        assert course == cells(profile)[: len(course)], "the longest cells of their lane come first"


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.name} {run.provider}")
def test_something_is_expected_of_every_whole_run(run: Run) -> None:
    task, cell = tasks.get(run.task), run.cell(run.full)
    settings = override(task.settings, [*run.name.split()[1:], *run.full])
    settings = replace(settings, seed=cell.seed, dtype=cell.dtype)
    assert any(each.applies(settings, task.settings) for each in task.expectations)


def test_a_reduced_run_has_a_record_of_its_own() -> None:
    run = Run("simplest")
    assert run.cell(()).key != run.cell(("steps=5",)).key


def test_files_that_are_not_here_are_no_failure_and_are_looked_for_again(tmp_path: Path) -> None:
    (run,) = MNIST
    cell = run.cell(("data_dir=/no/such/folder",))
    assert cell.dtype == "float32"
    record = run_cell(cell)
    assert record.status == "missing"
    assert "difflab data fetch mnist" in record.reason
    assert not record.traceback
    store = Store(tmp_path)
    store.save(record)
    assert not store.is_done(cell)
