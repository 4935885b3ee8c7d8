"""The measuring process: pins itself to one CPU, measures one case, answers in JSON.

Run by `difflab.bench.process` as ``python -m difflab.bench.child JOB ARGUMENTS``.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any


def main(job: str, *arguments: str) -> None:
    """Do one job and write the answer, and nothing else, to standard output."""
    stay_on_one_cpu()
    with contextlib.redirect_stdout(sys.stderr):
        answer = _measure(job, arguments)
    sys.stdout.write(json.dumps(answer, allow_nan=False))


def stay_on_one_cpu() -> None:
    """Bind the process to the CPU it runs on: the system has just picked one that was free.

    Libraries that are imported later see one CPU and start no pool of threads. Does nothing where
    the system offers no affinity (macOS, Windows).
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    try:
        after_name = Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()
        os.sched_setaffinity(0, {int(after_name[36])})  # field 39 of proc(5)
    except (OSError, IndexError, ValueError):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _measure(job: str, arguments: tuple[str, ...]) -> Any:
    from threadpoolctl import threadpool_limits

    from difflab.bench.cases import CASES
    from difflab.bench.chain import measure_chain
    from difflab.bench.contenders import SUITE_CONTENDERS
    from difflab.bench.measure import measure

    with threadpool_limits(1):
        if job == "chain":
            return asdict(measure_chain())
        if job == "differences":
            from difflab.bench.differences.measure import measure as measure_differences

            case, samples, slow = arguments
            rows = measure_differences(CASES[case], int(samples), slow=bool(int(slow)))
            return [asdict(row) for row in rows]
        if job == "course":
            from difflab.bench.course.measure import measure as measure_course

            case, samples = arguments
            return [asdict(row) for row in measure_course(case, int(samples))]
        if job == "course-memory":
            from difflab.bench.course.measure import peak_memory

            return peak_memory(*arguments)
        case, samples, suite = arguments
        rows = measure(CASES[case], int(samples), SUITE_CONTENDERS[suite])
        return [asdict(row) for row in rows]


if __name__ == "__main__":
    main(*sys.argv[1:])
