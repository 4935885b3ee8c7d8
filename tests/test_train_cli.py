"""``difflab train``: tables of the user's own, folders of results, checkpoints, experiments."""

from __future__ import annotations

import csv
import errno
import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from difflab import nn, tasks
from difflab.chart import Figure
from difflab.cli import main
from difflab.cli.status import INTERRUPTED
from difflab.datasets import Dataset
from difflab.nn.descent import Descent
from difflab.report.run_files import figure_of
from difflab.tasks import Settings, Task

HOUSES = 60


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as caught:
        main(["train", *arguments])
    out, err = capsys.readouterr()
    return int(caught.value.code or 0), out, err


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    """A table with a price that depends on area and rooms, and a column of text."""
    rng = np.random.default_rng(0)
    path = tmp_path / "house.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["area", "rooms", "city", "price"])
        for area, rooms in zip(rng.uniform(40, 200, HOUSES), rng.integers(1, 7, HOUSES)):
            city = ("Ulsan", "Busan")[int(area) % 2]
            price = 3000 * area + 10000 * rooms + rng.normal(0, 5000)
            writer.writerow([f"{area:.1f}", rooms, city, f"{price:.0f}"])
    return path


def test_a_table_of_houses_is_fitted(capsys: pytest.CaptureFixture[str], houses: Path) -> None:
    status, out, _ = run(
        capsys, "--csv", str(houses), "--target", "price", "--drop", "city", "--epochs", "150"
    )
    assert status == 0
    assert "regression" in out
    assert "2-16-1 tanh" in out
    error = float(out.split("root mean squared error of price is ")[1].split()[0].rstrip("."))
    assert 4000 < error < 15000  # the noise has 5,000, and prices deviate by 130,000


def test_a_column_of_text_makes_a_classifier(
    capsys: pytest.CaptureFixture[str], houses: Path
) -> None:
    status, out, _ = run(capsys, "--csv", str(houses), "--target", "city", "--epochs", "3")
    assert status == 0
    assert "classification" in out
    assert "accuracy" in out


def test_a_folder_holds_everything_a_run_leaves(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "twin"
    status, out, _ = run(capsys, "sincos-small", "--steps", "20", "--out", str(folder))
    assert status == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {"figure.svg", "history.csv", "result.json", "rows.csv", "weights.npz"}
    assert all(f"written: {folder / name}" in out for name in names)
    numbers = json.loads((folder / "result.json").read_text())
    assert numbers["settings"]["steps"] == 20
    assert f"{numbers['measured']['loss']:.8g}" in out
    lines = (folder / "history.csv").read_text().splitlines()
    assert len(lines) == 21
    model = nn.MLP((2, 4, 4, 1))
    assert nn.load_weights(folder / "weights.npz", model)[0][0].shape == (2, 4)
    assert (folder / "figure.svg").read_text().startswith("<?xml")


def test_a_run_goes_on_from_its_checkpoint(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = str(tmp_path / "run.npz")
    twin = ("sincos-small", "--set", "lr=0.02")
    run(capsys, *twin, "--steps", "20", "--checkpoint", path)
    _, resumed, _ = run(capsys, *twin, "--steps", "40", "--resume", path)
    _, whole, _ = run(capsys, *twin, "--steps", "40")
    assert resumed.splitlines()[-4:] == whole.splitlines()[-4:]
    status, _, err = run(capsys, *twin, "--steps", "40", "--resume", path, "--set", "width=5")
    assert status == 1
    assert "its model is 2-4-4-1 tanh, here it is 2-5-5-1 tanh" in err


def test_patience_ends_a_run(capsys: pytest.CaptureFixture[str], houses: Path) -> None:
    status, out, _ = run(
        capsys, "--csv", str(houses), "--target", "price", "--drop", "city",
        "--patience", "1", "--set", "lr=0.3",
    )  # fmt: skip
    assert status == 0
    assert "early stopping went back to step" in out


def test_an_experiment_prints_its_numbers_and_its_lesson(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, _ = run(
        capsys, "local-optima", "-g", "autodiff:compiled", "--steps", "50", "--set", "starts=3",
        "--set", "compared=2,3", "--out", str(tmp_path),
    )  # fmt: skip
    assert status == 0
    assert "stuck with 3 hidden units" in out
    assert "Starts that did not learn XOR" in out
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"figure.svg", "result.json", "rows.csv"}
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 1 + 2 * 3


def test_a_schedule_and_a_penalty_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(
        capsys, "sincos-small", "--steps", "10", "--set", "schedule=cosine,warmup=3",
        "--set", "l2=0.01",
    )  # fmt: skip
    assert status == 0
    assert "(cosine,warmup=3)" in out
    assert "plus 0.01/2 times the sum of squared weights" in out


@pytest.mark.parametrize(
    ("arguments", "message", "way_out"),
    [
        ((), "nothing was named to train", "difflab train sincos"),
        (("slides",), "not trained", "difflab slides"),
        (("sincos", "--csv", "a.csv"), "exclude one another", "--csv house.csv"),
        (("sincos", "--target", "price"), "--target belongs to a table", "--csv house.csv"),
        (("sincos", "--gaps", "mean"), "--gaps belongs to a table", "--csv"),
        (("--csv", "a.csv"), "was not said which column", "--target NAME"),
        (("sincos", "--data-dir", "x"), "reads no files", "without --data-dir"),
        (("sincos", "--steps", "3", "--epochs", "3"), "both steps and epochs", "without the other"),
        (("sincos-small", "--set", "schedule=cosin"), "cosin", "cosine"),
        (("sincos-small", "-o", "lbfgs", "--set", "batch_size=10"), "whole-batch", "batch_size"),
        (("sincos-small", "-o", "lbfgs", "--set", "schedule=cosine"), "no schedule", "constant"),
        (("local-optima", "--checkpoint", "x.npz"), "has no checkpoint", "a single run"),
        (("local-optima", "--set", "starts=none"), "no value for starts", "starts=50"),
    ],
    ids=str,
)
def test_misuse_has_three_parts(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
    way_out: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = run(capsys, *arguments)
    assert status == 2, err
    assert message in err
    assert way_out in err
    assert len(err.strip().splitlines()) == 3


@pytest.mark.parametrize(
    "arguments",
    [("--csv", "absent.csv", "--target", "a"), ("simplest", "--resume", "absent.npz")],
    ids=str,
)
def test_a_file_that_is_not_there_is_a_failure(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = run(capsys, *arguments)
    assert status == 1
    assert "absent" in err
    assert len(err.strip().splitlines()) == 3


def test_a_table_with_gaps_is_refused_with_the_way_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("area,price\n" + "".join(f"{n},{2 * n}\n" for n in range(8)) + ",5\n")
    status, _, err = run(capsys, "--csv", str(path), "--target", "price")
    assert status != 0
    assert "--gaps" in err
    status, out, _ = run(
        capsys, "--csv", str(path), "--target", "price", "--gaps", "drop", "--epochs", "2",
        "--kind", "regression",
    )  # fmt: skip
    assert status == 0, out


def test_the_numbers_of_a_run_are_json_that_anyone_reads(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path, folder = tmp_path / "four.csv", tmp_path / "out"
    path.write_text("x,y\n1,2.5\n2,3.5\n3,1.5\n4,9.5\n")
    given = ("--csv", str(path), "--target", "y", "--epochs", "2", "--out", str(folder))
    assert run(capsys, *given)[0] == 0

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    numbers = json.loads((folder / "result.json").read_text(), parse_constant=refuse)
    assert numbers["measured"]["R2"] is None  # one row kept apart has no variance


def test_a_resumed_run_with_another_penalty_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = str(tmp_path / "run.npz")
    common = ("sincos", "--set", "width=4")
    assert run(capsys, *common, "--steps", "4", "--checkpoint", path)[0] == 0
    status, _, err = run(capsys, *common, "--steps", "8", "--resume", path, "--set", "l2=0.1")
    assert status == 1
    assert "its l2 is 0.0, here it is 0.1" in err
    status, _, err = run(capsys, *common, "--steps", "2", "--resume", path)
    assert status == 2
    assert "4 steps behind it, and 2 were asked for" in err


def test_the_hint_for_a_whole_batch_can_be_typed(
    capsys: pytest.CaptureFixture[str], houses: Path
) -> None:
    given = ("--csv", str(houses), "--target", "city", "-o", "lbfgs", "--epochs", "3")
    status, _, err = run(capsys, *given)
    assert status == 2
    assert "--set batch_size=all" in err
    for word in ("all", "None"):
        assert run(capsys, *given, "--set", f"batch_size={word}")[0] == 0


def test_a_folder_without_room_is_refused_before_the_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    status, out, err = run(capsys, "simplest", "--out", str(tmp_path))
    assert status == 1
    assert "cannot write into the folder" in err
    assert "No space left" in err
    assert "steps" not in out


def test_ctrl_c_says_how_to_go_on(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_run: Descent, row: nn.Step, *_: object) -> bool:
        if row.step == 3:
            raise KeyboardInterrupt
        return False

    path = tmp_path / "run.npz"
    common = ("sincos", "--set", "width=4", "--steps", "8")
    with monkeypatch.context() as patch:
        patch.setattr(Descent, "_ends_with", interrupt)
        status, out, _ = run(capsys, *common, "--checkpoint", str(path))
    assert status == INTERRUPTED == 130
    assert "interrupted: the numbers are those of the steps done" in out
    assert f"go on with: the same command and --resume {path}" in out
    status, out, _ = run(capsys, *common, "--resume", str(path))
    assert status == 0
    assert "8 steps in" in out
    measured = next(line for line in out.splitlines() if line.startswith("loss  "))
    assert measured in run(capsys, *common)[1].splitlines()


def test_curves_of_a_loss_that_reaches_zero_have_a_linear_axis() -> None:
    def curves(targets: float) -> Figure:
        settings = Settings((1, 1), optimizer="sgd", steps=4, lr=0.1, initial="zeros")
        x = np.array([[0.0], [1.0]])
        task = Task("line", "", "", settings, lambda: Dataset("line", x, x * 0 + targets))
        figure = figure_of(tasks.run(task))
        assert figure is not None
        return figure

    (zero,), (one,) = curves(0.0).charts, curves(1.0).charts
    assert not zero.log_y
    assert one.log_y


def test_an_empty_name_of_an_optimizer_is_a_name_that_does_not_exist(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, _, err = run(capsys, "simplest", "-o", "")
    assert status == 2
    assert "there is no optimizer ''" in err


def test_an_interrupted_run_exhibits_nothing_and_teaches_nothing() -> None:
    def interrupt(step: nn.Step, params: object) -> None:
        if step.step == 2:
            raise KeyboardInterrupt

    x = np.array([[0.0], [1.0]])
    task = Task(
        "line", "", "", Settings((1, 1), optimizer="sgd", steps=4),
        lambda: Dataset("line", x, x), lesson=lambda measured: "that is that",
        exhibit=lambda conditions, training, data: [{"shown": 1.0}],
    )  # fmt: skip
    whole, cut = tasks.run(task), tasks.run(task, callbacks=[interrupt])
    assert (whole.rows, whole.lesson) == ([{"shown": 1.0}], "that is that")
    assert cut.interrupted
    assert cut.lesson == ""
    assert all("shown" not in row for row in cut.rows)
