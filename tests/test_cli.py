"""The command line: output, exit status, and three-part errors instead of tracebacks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from difflab import cli
from difflab.errors import DivergenceError

COMMANDS = (
    "report", "train", "slides", "swell", "derive", "tasks", "providers", "coverage", "doctor"
)  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command in this process; returns exit status, output, errors."""
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return int(stopped.value.code or 0), captured.out, captured.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    status, out, _ = run(capsys, command, "--help")
    assert status == 0
    assert re.search(rf"Examples?:\n\s+difflab {command}", out)


def test_help_lists_the_commands_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from difflab import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit as stop:\n    assert not stop.code\n"
        "heavy = {'numpy', 'sympy', 'torch', 'pandas', 'matplotlib', 'sklearn', 'rich'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))\n"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    assert all(command in finished.stdout for command in COMMANDS)
    assert "loaded: []" in finished.stdout


def test_importing_difflab_is_light() -> None:
    code = (
        "import sys, difflab; difflab.value_and_grad\n"
        "heavy = {'sympy', 'torch', 'pandas', 'matplotlib', 'sklearn', 'scipy', 'rich', 'typer'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr


def test_train_prints_the_final_loss_beside_the_expected_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = run(capsys, "train", "simplest", "--gradient", "symbolic")
    assert status == 0
    assert re.search(r"loss +0\.00250237\d+ +0\.002502375 to 0\.002502385 +within", out)
    assert "without 1/2" in out
    assert "200 steps of about" in out


def test_train_with_other_settings_says_that_nothing_is_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = run(
        capsys, "train", "sincos-small", "-o", "sgd", "--set", "width=3", "--steps", "5"
    )
    assert status == 0
    assert "2-3-3-1 tanh, 25 parameters" in out
    assert "no expected number is known" in out


def test_tasks_and_providers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "tasks")
    assert status == 0
    assert re.search(r"sincos +2-64-64-1 relu +4,417", out)
    status, out, _ = run(capsys, "providers")
    assert status == 0
    assert re.search(r"symbolic:cse +yes", out)
    assert "symbolic = symbolic:matrix" in out


def test_a_provider_that_is_not_installed_is_listed_with_its_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from difflab.providers.torch import Torch

    monkeypatch.setattr(Torch, "unavailable", lambda self: "PyTorch is not installed: pip ...")
    _, out, _ = run(capsys, "providers")
    assert re.search(r"torch +no +PyTorch is not installed", out)
    status, _, err = run(capsys, "train", "simplest", "-g", "torch")
    assert status == 1
    assert "cannot run here" in err
    status, out, _ = run(capsys, "doctor")
    assert status == 0, "an optional package that is missing is no fault"
    assert "not available: PyTorch" in out


def test_the_doctor_finds_a_wrong_gradient(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from difflab import autodiff

    status, out, _ = run(capsys, "doctor")
    assert status == 0
    assert out.count(" ok\n") >= 6
    right = autodiff.value_and_grad

    def wrong(f: Any, **options: Any) -> Any:
        def both(*args: Any) -> Any:
            value, gradient = right(f, **options)(*args)
            return value, [(w * 1.001, b) for w, b in gradient]

        return both

    monkeypatch.setattr(autodiff, "value_and_grad", wrong)
    status, out, _ = run(capsys, "doctor")
    assert status == 1
    assert re.search(r"autodiff .*FAULT", out)


MISUSE = {
    "unknown task": (["train", "sincoz"], "there is no task 'sincoz'", "'sincos'"),
    "unknown provider": (
        ["train", "simplest", "--gradient", "autodif"], "there is no provider", "'autodiff'",
    ),
    "unknown optimizer": (
        ["train", "simplest", "--optimizer", "addam"], "there is no optimizer", "'adam'",
    ),
    "unknown setting": (["train", "simplest", "--set", "lrr=1"], "there is no setting", "'lr'"),
    "unknown activation": (
        ["train", "sincos-small", "--set", "activation=tan"], "there is no activation", "'tanh'",
    ),
    "unknown profile": (["report", "--profile", "quik"], "there is no profile", "'quick'"),
    "unknown command": (["trian"], "no such command", "difflab --help"),
    "unknown option": (
        ["train", "simplest", "--stepz", "3"], "no such option: --stepz", "train --help",
    ),
    "seed below zero": (["train", "simplest", "--set", "seed=-1"], "'-1' is no value", "seed=1"),
    "setting given twice": (
        ["train", "simplest", "--steps", "3", "--set", "steps=5"], "steps is set twice", "steps=",
    ),
    "two optimizers": (
        ["train", "simplest", "-o", "sgd", "--set", "optimizer=adam"], "two optimizers",
        "--optimizer adam",
    ),
    "width without hidden layer": (
        ["train", "linear-regression", "--set", "width=5"], "no hidden layer", "widths=2-16-1",
    ),
    "missing argument": (["train"], "nothing was named to train", "difflab train sincos"),
    "steps out of range": (["train", "simplest", "--steps", "0"], "invalid value", "--help"),
    "learning rate out of range": (
        ["train", "simplest", "--set", "lr=-1"], "no setting for SGD", "SGD()",
    ),
    "widths that do not fit": (
        ["train", "sincos-small", "--set", "widths=3-4-1"], "does not fit the network", "shape",
    ),
    "batch larger than the data": (
        ["train", "simplest", "--set", "batch_size=5"], "batches of 5", "batch_size=1",
    ),
    "absurdly long": (
        ["train", "sincos", "-g", "finite-difference:central:loop"], "this run would take", "--yes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_exits_with_2_and_says_what_to_type(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, what, instead = MISUSE[name]
    status, _, err = run(capsys, *arguments)
    assert status == 2
    assert err.startswith("error: ")
    assert what in err
    assert instead in err.split("try:")[1]
    assert list(tmp_path.iterdir()) == [], "misuse must leave nothing behind"


def test_divergence_exits_with_1_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "train", "linear-regression", "--set", "lr=1")
    assert status == 1
    assert re.search(r"step \d+", err)
    assert "a learning rate below 0.016532" in err


def test_symbols_beyond_the_budget_exit_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "train", "sincos", "-g", "symbolic:cse")
    assert status == 1
    assert "operations" in err
    assert "symbolic:staged" in err.split("try:")[1]


def test_nan_in_the_data_is_explained(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    import numpy as np

    from difflab import tasks

    task = tasks.get("simplest")
    data = task.data()
    broken = replace(task, data=lambda: replace(data, x=np.array([[np.nan]])))
    monkeypatch.setattr(tasks, "get", lambda name: broken)
    status, _, err = run(capsys, "train", "simplest")
    assert status == 1
    assert "x holds nan in row 0, column 0" in err


def test_what_was_not_foreseen_is_no_traceback_either(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from difflab import tasks

    def broken() -> list[str]:
        raise RuntimeError("boom")

    monkeypatch.setattr(tasks, "names", broken)
    status, _, err = run(capsys, "tasks")
    assert status == 1
    assert "RuntimeError: boom" in err
    assert "DIFFLAB_DEBUG=1" in err
    monkeypatch.setenv("DIFFLAB_DEBUG", "1")
    with pytest.raises(RuntimeError, match="boom"):
        cli.main(["tasks"])


def test_an_output_folder_that_holds_something_else_is_left_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    status, _, err = run(capsys, "report", "--out", str(tmp_path))
    assert status == 1
    assert "exists and is no report" in err
    assert "thesis.tex" in err
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_output_folder_that_is_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    status, _, err = run(capsys, "report", "--out", str(tmp_path / "file"))
    assert status == 1
    assert "is a file" in err


@pytest.mark.skipif(os.name != "posix", reason="Linux has a folder nobody can write to")
def test_an_output_folder_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "report", "--out", "/proc/difflab")
    assert status == 1
    assert "cannot write" in err
    assert "--out" in err


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_in_the_middle_of_a_report_keeps_what_is_measured(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    command = [sys.executable, "-m", "difflab", "report", "--out", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(list(folder.glob(".cells/*.json"))) < 3:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # a terminal signals the whole group
    _, err = process.communicate(timeout=60)
    assert process.returncode == cli.INTERRUPTED
    assert "Traceback" not in err
    kept = len(list(folder.glob(".cells/*.json")))
    assert kept >= 3
    assert re.search(rf"interrupted: {kept} of \d+ cells are kept", err), err
    assert [p.name for p in folder.iterdir()] == [".cells"], "no half-written report"
    assert not list(folder.glob(".cells/.*")), "no temporary files"


def test_without_arguments_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys)
    assert (status, err) == (0, "")
    assert "Usage: " in out
    assert "Commands:" in out
    assert run(capsys, "--version")[1].startswith("difflab 0.")


def test_a_name_too_long_for_the_system_is_worded(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "report", "--out", "a" * 300)
    assert status == 1
    assert "cannot write" in err


def test_a_network_too_large_for_the_memory_is_worded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from difflab import tasks

    def huge(*_: Any, **__: Any) -> None:
        raise MemoryError("Unable to allocate 74.5 GiB")

    monkeypatch.setattr(tasks, "run", huge)
    status, _, err = run(capsys, "train", "simplest")
    assert status == 1
    assert "74.5 GiB" in err
    assert "not foreseen" not in err


def test_a_full_disk_under_the_output_is_worded() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "difflab", "tasks"]
        finished = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert finished.returncode == 1
    assert "Traceback" not in finished.stderr
    assert "No space left" in finished.stderr


def test_errors_know_their_exit_status() -> None:
    assert DivergenceError("x").exit_status == 1
