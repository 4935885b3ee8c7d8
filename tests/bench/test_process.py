"""Fresh processes: fixed circumstances, and a row for whatever dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from difflab.bench import process
from difflab.bench.contenders import CONTENDERS


def test_the_child_stays_on_one_cpu_with_one_thread_and_the_fixed_allocator() -> None:
    code = (
        "import json, os\n"
        "from difflab.bench.child import stay_on_one_cpu\n"
        "stay_on_one_cpu()\n"
        "import numpy\n"
        "from threadpoolctl import threadpool_info\n"
        "cpus = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else 1\n"
        "print(json.dumps([cpus, [pool['num_threads'] for pool in threadpool_info()]]))\n"
    )
    environment = {**os.environ, **process.CIRCUMSTANCES}
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    cpus, threads = json.loads(finished.stdout)
    assert cpus == 1
    assert set(threads) == {1}
    assert {"MALLOC_MMAP_THRESHOLD_", "OMP_NUM_THREADS", "XLA_FLAGS"} <= set(process.CIRCUMSTANCES)


def test_the_child_imports_no_library_before_it_has_its_cpu() -> None:
    code = "import sys, difflab.bench.child; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_process_that_dies_gives_every_contender_a_row() -> None:
    rows = process.measure_alone("no-such-case", 1)
    assert [row.contender for row in rows] == [contender.name for contender in CONTENDERS]
    assert {row.status for row in rows} == {"failed"}
    assert rows[0].reason == "the process ended with status 1: KeyError: 'no-such-case'"


def test_a_process_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(process.ProcessDiedError, match="the process was stopped"):
        process.ask("chain", timeout=0.01)
    assert process.chain_alone(timeout=0.01).status == "failed"
