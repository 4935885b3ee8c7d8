"""Training loops and optimizers' steps, measured in turn in one process.

A loop is checked first: after a few steps from the same start on the same batches its parameters
are those of the tape's, but for rounding. Memory is that of a process that runs one loop alone.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from difflab import nn, tasks
from difflab.bench.contenders.protocol import missing
from difflab.bench.contenders.provider import COMPILED, EAGER, MATRIX
from difflab.bench.course.loops import TORCH, Job, Loop, judge, make, plain
from difflab.bench.record import Row
from difflab.clock import Timing, interleaved
from difflab.datasets import Dataset
from difflab.errors import DataWarning, DifflabError, MissingDataError

MNIST, SURFACE, STEPS = "mnist", "sincos-100k", "optimizers"
LOOPS = (TORCH, COMPILED, EAGER, MATRIX)
"""Contenders of the loops; the first is the yardstick."""
CHECKED_STEPS = 20
GATE = 1e-3
"""Largest relative difference of parameters after the first steps, in float32."""
EPOCHS = 5
ITERATIONS = 1000
"""Per round, of the loop that has no epochs worth the name."""
RANDOM = "random pixels: the files of MNIST are not here"
OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")


def job_of(name: str) -> tuple[Job, str]:
    """A task's job, and what there is to say about its data.

    MNIST is replaced by random numbers of the same shapes where its files are not found.
    """
    task = tasks.get(name)
    settings, remark = plain(task.settings), ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            data = task.dataset(settings)
    except MissingDataError:
        rng = np.random.default_rng(0)
        x = rng.random((60_000, 784), np.float32)
        y = np.eye(10, dtype=np.float32)[rng.integers(10, size=len(x))]
        data, remark = Dataset(name, x, y), RANDOM
    kind = np.dtype(settings.dtype)
    x, y = np.asarray(data.x, kind), np.asarray(data.y, kind)
    return Job(task, settings, replace(data, x=x, y=y)), remark


def steps_per_round(job: Job) -> int:
    """An epoch where the task counts in epochs."""
    if job.settings.epochs is None:
        return ITERATIONS
    return nn.steps_per_epoch(job.data.samples, job.settings.batch_size)


def measure_loops(
    job: Job,
    remark: str = "",
    rounds: int = EPOCHS,
    contenders: Sequence[str] = LOOPS,
    steps: int | None = None,
) -> list[Row]:
    """Check every loop, then run them in turn, a round each.

    Parameters
    ----------
    job : Job
    remark : str
        Stands as the reason of every row, and means that no accuracy is told.
    rounds : int
        Each of an epoch, or of `ITERATIONS`.
    contenders : sequence of str
    steps : int or None
        Per round, where it is not `steps_per_round`.

    Returns
    -------
    list of Row
        Times are of a round for tasks that count in epochs, else of a step.
    """
    steps = steps_per_round(job) if steps is None else steps
    scale = 1 if job.settings.epochs is None else steps
    rows, loops = _entered(job, contenders)
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for seed in range(1, rounds + 1):
        for name, loop in loops.items():
            seconds[name].append(scale * loop.run(seed, steps))
    for name, loop in loops.items():
        accuracy = None if remark else judge(loop, job)
        rows[name] = replace(
            rows[name], timing=timing_of(seconds[name]), accuracy=accuracy, reason=remark
        )
    return list(rows.values())


def _entered(job: Job, contenders: Sequence[str]) -> tuple[dict[str, Row], dict[str, Loop]]:
    """Rows of all, and fresh loops of those that are right."""
    rows: dict[str, Row] = {}
    loops: dict[str, Loop] = {}
    reference = make(EAGER, job)
    reference.run(0, CHECKED_STEPS)
    truth = np.concatenate([leaf.ravel() for leaf in reference.parameters()])
    for name in contenders:
        row = Row(job.task.name, name, "ok")
        why = missing("torch", "torch") if name == TORCH else None
        if why is not None:
            rows[name] = replace(row, status="unavailable", reason=why)
            continue
        try:
            loop = make(name, job)
            loop.run(0, CHECKED_STEPS)
            found = np.concatenate([leaf.ravel() for leaf in loop.parameters()])
            loops[name] = make(name, job)
            loops[name].run(0, CHECKED_STEPS)  # what is done once is done before the clock starts
        except DifflabError as error:
            rows[name] = replace(row, status="failed", reason=error.what)
            continue
        off = float(np.linalg.norm(found - truth) / np.linalg.norm(truth))
        rows[name] = replace(row, error=off)
        if not off <= GATE:
            wrong = f"parameters differ by {off:.1e} after {CHECKED_STEPS} steps"
            rows[name] = replace(row, status="wrong", reason=wrong, error=None)
            del loops[name]
    return rows, loops


def timing_of(seconds: Sequence[float]) -> Timing:
    """Sum up the rounds of a loop.

    Examples
    --------
    >>> timing_of([3.0, 1.0, 2.0]).median
    2.0
    """
    quarter, half, three = (float(q) for q in np.percentile(seconds, (25, 50, 75)))
    return Timing(min(seconds), half, quarter, three, samples=len(seconds), loops=1)


def measure_steps(samples: int, names: Sequence[str] = OPTIMIZERS) -> list[Row]:
    """Time one step of each optimizer on the parameters of 784-128-10, ours and PyTorch's in turn.

    Examples
    --------
    >>> [row.case for row in measure_steps(1, ["sgd"]) if row.contender == "difflab"]
    ['sgd, one step']
    """
    params = nn.initialise(nn.MLP((784, 128, 10)), 0, dtype=np.dtype("float32"))
    rng = np.random.default_rng(0)
    gradient = [tuple(rng.normal(size=p.shape).astype(p.dtype) for p in layer) for layer in params]
    rows = []
    for name in names:
        calls = {"difflab": _our_step(name, params, gradient)}
        case, why = f"{name}, one step", missing("torch", "torch")
        if why is None:
            calls[TORCH] = _torch_step(name, params, gradient)
        else:
            rows.append(Row(case, TORCH, "unavailable", why))
        timings = interleaved(list(calls.values()), samples, budget=math.inf)
        rows += [Row(case, who, "ok", timing=timing) for who, timing in zip(calls, timings)]
    return rows


def _our_step(name: str, params: Any, gradient: Any) -> Callable[[], Any]:
    optimizer = nn.optimizer(name)
    held = [params, optimizer.init(params)]

    def step() -> None:
        held[0], held[1] = optimizer.step(held[0], gradient, held[1])

    return step


def _torch_step(name: str, params: Any, gradient: Any) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(1)
    leaves = [torch.tensor(leaf, requires_grad=True) for layer in params for leaf in layer]
    for leaf, slope in zip(leaves, (one for layer in gradient for one in layer)):
        leaf.grad = torch.tensor(slope)
    made: dict[str, Callable[..., Any]] = {
        "rmsprop": torch.optim.RMSprop,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
    }
    if name in made:
        return made[name](leaves).step
    momentum, nesterov = (0.0 if name == "sgd" else 0.9), name == "nesterov"
    sgd = torch.optim.SGD(leaves, lr=1e-3, momentum=momentum, nesterov=nesterov)
    return sgd.step


def peak_memory(contender: str) -> int:
    """Bytes that this process had at most, after an epoch of MNIST with one contender; POSIX."""
    import resource
    import sys

    job, _ = job_of(MNIST)
    make(contender, job).run(1, steps_per_round(job))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def measure(case: str, samples: int) -> list[Row]:
    """Measure a case by name: `MNIST`, `SURFACE` or `STEPS`."""
    if case == STEPS:
        return measure_steps(samples)
    job, remark = job_of(case)
    return measure_loops(job, remark, rounds=min(samples, EPOCHS))
