"""Limited runs: stopped for sure, what was finished is kept, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from difflab.errors import SymbolicBudgetError, UsageError
from difflab.limits import Outcome, run_limited

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc, RLIMIT_AS")
AMPLE = 60.0


def count_then_sleep(count: int) -> Iterator[int]:
    yield from range(count)
    time.sleep(60)


def hold(first: str) -> Iterator[str]:
    yield first
    kept = [bytearray(10_000_000) for _ in range(1000)]
    yield f"{len(kept)} blocks"


def end_suddenly(how: str) -> Iterator[int]:
    yield 1
    if how == "exit":
        os._exit(3)
    os.kill(os.getpid(), signal.SIGSEGV)


def refuse() -> None:
    raise SymbolicBudgetError("too large", "by far", "a smaller one")


def fail(error: BaseException) -> None:
    raise error


def unpicklable() -> Iterator[object]:
    yield 1
    yield lambda: 2


def large() -> bytes:
    return bytes(3_000_000)


def chatter() -> int:
    print("to be seen, not to be read")
    return 7


def run_inside(seconds: float) -> Outcome:
    return run_limited(count_then_sleep, 2, seconds=seconds)


def fork_and_die() -> Iterator[int]:
    child = os.fork()
    if child == 0:
        time.sleep(60)
    yield child
    os._exit(5)


def leave_a_grandchild(linger: float) -> Iterator[int]:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield os.getpid()
    yield sleeper.pid
    time.sleep(linger)


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def children() -> set[int]:
    """Processes that we started and have not taken from the table, zombies included."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


def test_a_result_comes_back() -> None:
    outcome = run_limited(large, seconds=AMPLE, memory_bytes=10**9)
    assert outcome.finished
    assert outcome.items == (bytes(3_000_000),)
    assert 0 <= outcome.seconds < AMPLE


def test_items_arrive_while_the_run_goes_on() -> None:
    arrived: list[int] = []
    outcome = run_limited(count_then_sleep, 3, seconds=0.3, on_item=arrived.append)
    assert outcome.status == "stopped after 0.3 s"
    assert not outcome.finished
    assert outcome.items == (0, 1, 2) == tuple(arrived)
    assert 0.3 <= outcome.seconds < AMPLE


@LINUX
def test_a_run_is_stopped_at_its_memory_and_keeps_what_it_finished() -> None:
    outcome = run_limited(hold, "first", seconds=AMPLE, memory_bytes=200_000_000)
    assert outcome.status == "stopped at 200 MB"
    assert outcome.items == ("first",)
    assert outcome.peak_bytes is not None
    assert outcome.peak_bytes < 1_000_000_000


@LINUX
def test_the_peak_counts_what_the_run_held() -> None:
    plain, heavy = (run_limited(bytearray, n, seconds=AMPLE) for n in (1, 200_000_000))
    assert plain.peak_bytes is not None
    assert heavy.peak_bytes is not None
    # a fresh bytearray is touched in full when it is sent
    assert heavy.peak_bytes > plain.peak_bytes + 150_000_000


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("exit", "failed: its process ended with status 3"),
        ("segfault", "failed: its process was killed by SIGSEGV"),
    ],
)
def test_a_crash_is_told_and_what_came_before_is_kept(how: str, status: str) -> None:
    outcome = run_limited(end_suddenly, how, seconds=AMPLE)
    assert (outcome.status, outcome.items) == (status, (1,))


def test_our_own_errors_pass_through_as_they_are() -> None:
    with pytest.raises(SymbolicBudgetError) as caught:
        run_limited(refuse, seconds=AMPLE)
    error = caught.value
    assert (error.what, error.why, error.instead) == ("too large", "by far", "a smaller one")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("no"), "failed: ValueError: no"),
        (SystemExit(4), "failed: SystemExit: 4"),
        (MemoryError(), "failed: MemoryError"),
    ],
)
def test_other_errors_become_a_status(error: BaseException, status: str) -> None:
    assert run_limited(fail, error, seconds=AMPLE).status == status


def test_an_item_that_cannot_be_sent_ends_the_run() -> None:
    outcome = run_limited(unpicklable, seconds=AMPLE)
    assert outcome.items == (1,)
    assert outcome.status.startswith("failed: ")
    assert "pickle" in outcome.status


@LINUX
@pytest.mark.parametrize("linger", [60.0, 0.0])
def test_nothing_is_left_behind(linger: float) -> None:
    before = children()
    outcome = run_limited(leave_a_grandchild, linger, seconds=1.0)
    assert outcome.finished == (linger == 0)
    assert len(outcome.items) == 2
    patience = time.monotonic() + 10
    while any(map(is_running, outcome.items)) and time.monotonic() < patience:
        time.sleep(0.01)
    assert not any(map(is_running, outcome.items))
    assert children() == before


@LINUX
def test_a_fork_that_outlives_its_parent_does_not_keep_us_waiting() -> None:
    outcome = run_limited(fork_and_die, seconds=AMPLE)
    assert outcome.status == "failed: its process ended with status 5"
    assert outcome.seconds < AMPLE / 2
    assert len(outcome.items) == 1


@LINUX
def test_ctrl_c_ends_the_run_and_its_process() -> None:
    before = children()
    seen: list[int] = []

    def interrupt(pid: int) -> None:
        seen.append(pid)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run_limited(leave_a_grandchild, 60.0, seconds=AMPLE, on_item=interrupt)
    assert seen
    assert not is_running(seen[0])
    assert children() == before


def test_a_run_outside_the_main_thread_is_stopped_too() -> None:
    outcomes: list[Outcome] = []
    thread = threading.Thread(
        target=lambda: outcomes.append(run_limited(count_then_sleep, 1, seconds=0.1))
    )
    thread.start()
    thread.join()
    assert outcomes[0].status == "stopped after 0.1 s"


def test_what_a_run_prints_does_not_mix_with_its_results(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run_limited(chatter, seconds=AMPLE).items == (7,)
    assert "to be seen" in capfd.readouterr().err


def test_runs_can_be_limited_inside_worker_processes() -> None:
    from joblib import Parallel, delayed

    (outcome,) = Parallel(n_jobs=2)(delayed(run_inside)(seconds) for seconds in [0.2])
    assert (outcome.status, outcome.items) == ("stopped after 0.2 s", (0, 1))


def test_functions_that_another_process_could_not_find_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(UsageError, match="another process"):
        run_limited(lambda: 1, seconds=AMPLE)
    with pytest.raises(UsageError, match="another process"):
        run_limited(fail, threading.Lock(), seconds=AMPLE)
    monkeypatch.setattr(large, "__module__", "__main__")
    with pytest.raises(UsageError, match="script"):
        run_limited(large, seconds=AMPLE)


def test_limits_that_allow_nothing_are_refused() -> None:
    with pytest.raises(UsageError, match="time limit"):
        run_limited(large, seconds=0)
    with pytest.raises(UsageError, match="time limit"):
        run_limited(large, seconds=float("nan"))
    with pytest.raises(UsageError, match="memory limit"):
        run_limited(large, seconds=1, memory_bytes=-1)
