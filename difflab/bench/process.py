"""A fresh process per case, with circumstances fixed before any library is imported.

Unlike the cells of `difflab.lab.alone`, which are forked from one server, a case starts Python
anew: XLA and the thread pools of PyTorch read their settings once, and must not be inherited.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

from difflab.bench.chain import OPERATIONS
from difflab.bench.contenders import SUITE_CONTENDERS
from difflab.bench.contenders.jax import ONE_THREAD
from difflab.bench.course.measure import MNIST
from difflab.bench.differences.rivals import RIVALS
from difflab.bench.record import ChainRow, Row, row_from
from difflab.errors import DifflabError
from difflab.lab.machine import FIXED_ALLOCATOR, SINGLE_THREAD

CIRCUMSTANCES = {**SINGLE_THREAD, **FIXED_ALLOCATOR, **ONE_THREAD}
"""Environment of every measuring process."""

TIMEOUT = 900.0
"""Seconds after which a process is stopped."""


class ProcessDiedError(DifflabError, RuntimeError):
    """A measuring process ended without an answer."""


def measure_alone(
    case: str, samples: int, suite: str = "autodiff", timeout: float = TIMEOUT
) -> list[Row]:
    """Measure a case in a process of its own; where that dies, every row says so."""
    names = [contender.name for contender in SUITE_CONTENDERS[suite]]
    return _rows(case, names, "case", samples, suite, timeout=timeout)


def differences_alone(
    case: str, samples: int, slow: bool = True, timeout: float = TIMEOUT
) -> list[Row]:
    """Measure finite differences of a network in a process of its own, maybe the slow ones too."""
    names = [rival.contender.name for rival in RIVALS if slow or not rival.slow]
    return _rows(case, names, "differences", samples, int(slow), timeout=timeout)


def course_alone(
    case: str, samples: int, memory: bool = True, timeout: float = TIMEOUT
) -> list[Row]:
    """Measure training in a process of its own, and memory in one per contender of MNIST."""
    rows = _rows(case, [case], "course", samples, timeout=timeout)
    if case != MNIST or not memory:
        return rows
    return [
        replace(row, peak=ask("course-memory", row.contender, timeout=timeout))
        if row.timing is not None
        else row
        for row in rows
    ]


def _rows(case: str, names: list[str], job: str, *arguments: Any, timeout: float) -> list[Row]:
    try:
        return [row_from(row) for row in ask(job, case, *arguments, timeout=timeout)]
    except ProcessDiedError as death:
        reason = f"{death.what}: {death.why}"
        return [Row(case, name, "failed", reason) for name in names]


def chain_alone(timeout: float = TIMEOUT) -> ChainRow:
    """Measure the chain in a process of its own."""
    try:
        return ChainRow(**ask("chain", timeout=timeout))
    except ProcessDiedError as death:
        return ChainRow(OPERATIONS, "failed", f"{death.what}: {death.why}")


def ask(job: str, *arguments: Any, timeout: float) -> Any:
    """Run a job of `difflab.bench.child` in a fresh process and return what it answers.

    Raises
    ------
    ProcessDiedError
        When it crashes, takes too long or does not start; with the last line it wrote.
    """
    command = [sys.executable, "-m", "difflab.bench.child", job, *map(str, arguments)]
    try:
        finished = subprocess.run(
            command,
            env={**os.environ, **CIRCUMSTANCES},
            capture_output=True,
            text=True,
            timeout=timeout,
            start_new_session=True,  # Ctrl-C comes to us alone, and we stop the process
        )
    except subprocess.TimeoutExpired:
        raise ProcessDiedError("the process was stopped", f"after {timeout:g} s") from None
    if finished.returncode != 0:
        last = (finished.stderr.strip().splitlines() or ["it wrote nothing"])[-1]
        raise ProcessDiedError(f"the process ended with status {finished.returncode}", last)
    return json.loads(finished.stdout)
