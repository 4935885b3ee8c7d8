"""Training loops: ours and PyTorch's are the same, wrong ones are not timed, targets are held."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from difflab import tasks
from difflab.bench.course import measure as measuring
from difflab.bench.course.loops import TORCH, Job, OurLoop, make, plain
from difflab.bench.course.measure import LOOPS, RANDOM, job_of, measure_loops, measure_steps
from difflab.bench.course.page import page, remarks, targets
from difflab.bench.record import Row, best
from difflab.clock import Timing

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")


def timing(seconds: float) -> Timing:
    return Timing(seconds, seconds, seconds, seconds, samples=5, loops=1)


@pytest.fixture
def job() -> Job:
    """Digits, as a small stand-in for MNIST: two epochs of 22 batches."""
    task = tasks.get("digits")
    settings = plain(replace(task.settings, dtype="float32", epochs=2))
    data = task.dataset(settings)
    data = replace(
        data,
        x=data.x.astype(np.float32),
        y=data.y.astype(np.float32),
        x_val=data.x_val.astype(np.float32),
        y_val=data.y_val.astype(np.float32),
    )
    return Job(task, settings, data)


@needs_torch
def test_both_loops_arrive_at_the_same_parameters(job: Job) -> None:
    loops = [make(name, job) for name in ("autodiff", "autodiff:compiled", TORCH)]
    for seed, steps in ((0, 22), (1, 5)):  # the second time on from the first, Adam's state too
        for loop in loops:
            assert loop.run(seed, steps) > 0
    tape, compiled, torch = (
        np.concatenate([leaf.ravel() for leaf in loop.parameters()]) for loop in loops
    )
    start = np.concatenate(
        [leaf.ravel() for layer in job.task.parameters(job.settings) for leaf in layer]
    )
    assert np.linalg.norm(tape - start) > 0.1
    assert np.allclose(compiled, tape, atol=1e-5)
    assert np.linalg.norm(torch - tape) < 1e-3 * np.linalg.norm(tape)


def test_loops_are_checked_timed_and_judged(job: Job) -> None:
    rows = measure_loops(job, rounds=2, contenders=("autodiff", "symbolic:matrix"), steps=22)
    assert [row.status for row in rows] == ["ok", "ok"]
    assert all(row.accuracy > 0.5 and row.timing.samples == 2 for row in rows)
    assert all(row.error <= measuring.GATE for row in rows)


def test_a_wrong_loop_is_not_timed(job: Job) -> None:
    right, wrong = measure_loops(
        job, rounds=1, contenders=("autodiff", "control:flipped-sign"), steps=5
    )
    assert right.timing is not None
    assert (wrong.status, wrong.timing, wrong.accuracy) == ("wrong", None, None)
    assert "parameters differ by" in wrong.reason


def test_what_cannot_run_has_a_row_that_says_so(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "missing", lambda *_: "not installed: pip install it")
    rows = measure_loops(job, rounds=1, contenders=(TORCH, "autodiff"), steps=4)
    assert (rows[0].status, rows[0].timing) == ("unavailable", None)
    steps = measure_steps(1, ["adam"])
    assert [(row.contender, row.status) for row in steps] == [
        (TORCH, "unavailable"), ("difflab", "ok"),
    ]  # fmt: skip


def test_without_files_random_pixels_take_their_place_and_no_accuracy_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("DIFFLAB_DATA", str(tmp_path))
    found, remark = job_of("mnist")
    assert remark == RANDOM
    assert (found.data.x.shape, found.data.x.dtype) == ((60_000, 784), np.float32)
    small = replace(found, data=replace(found.data, x=found.data.x[:256], y=found.data.y[:256]))
    (row,) = measure_loops(small, remark, rounds=1, contenders=("autodiff",), steps=4)
    assert (row.accuracy, row.reason) == (None, RANDOM)
    assert remarks([row]) == [f"mnist: {RANDOM}"]


def test_the_surface_is_trained_in_float32_with_adam() -> None:
    found, remark = job_of("sincos-100k")
    assert (found.data.samples, found.data.x.dtype, remark) == (100_000, np.float32, "")
    assert isinstance(make("autodiff", found), OurLoop)


@needs_torch
def test_steps_of_every_optimizer_stand_beside_pytorchs() -> None:
    rows = measure_steps(1)
    assert len(rows) == 12
    assert {row.contender for row in rows} == {"difflab", TORCH}
    assert all(row.timing.minimum > 0 for row in rows)


def test_targets_are_reached_or_not_by_what_was_measured() -> None:
    rows = [
        Row("mnist", TORCH, "ok", timing=timing(4.0)),
        Row(
            "mnist", "autodiff:compiled", "ok", timing=timing(2.0), accuracy=0.975,
            peak=300_000_000,
        ),
        Row("mnist", "symbolic:matrix", "ok", timing=timing(7.0), accuracy=0.9, peak=10**9),
        Row("sincos-100k", "autodiff:compiled", "ok", timing=timing(1e-3)),
        Row("sincos-100k", "symbolic:matrix", "failed", "no"),
    ]  # fmt: skip
    held = targets(rows)
    assert [target.reached for target in held] == [True] * 4 + [False] * 4 + [True, None]
    text = page(rows, held)
    assert "97.50%" in text
    assert "300 MB" in text
    assert "symbolic:matrix on sincos-100k: failed: no" in text


def test_memory_that_one_process_measured_is_kept() -> None:
    slow = Row("mnist", "autodiff", "ok", timing=timing(2.0), peak=100)
    quick = Row("mnist", "autodiff", "ok", timing=timing(1.0))
    assert (best([slow, quick]).timing.minimum, best([slow, quick]).peak) == (1.0, 100)


def test_torch_comes_first_as_the_yardstick() -> None:
    assert LOOPS[0] == TORCH
