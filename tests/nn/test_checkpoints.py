"""Checkpoints: a run goes on bit for bit, and never with another model."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difflab.errors import DataError, OutputError
from difflab.nn import MLP, OPTIMIZERS, EarlyStopping, Trainer, load_checkpoint, optimizer
from difflab.nn.archive import pack
from tests.nn.helpers import DATA, NET, fit, joined

STEPWISE = [name for name in OPTIMIZERS if hasattr(optimizer(name), "step")]
TIMES = ("seconds", "provider_seconds")


def run(path: Path | None = None, resume: Path | None = None, **settings: Any) -> Any:
    settings = {"batch_size": 16, "epochs": 10, "optimizer": "adam", **settings}
    trainer = Trainer(NET, "squared-error", checkpoint=path, **settings)
    return trainer.fit(DATA.x, DATA.y, DATA.validation, resume=resume)


def untimed(result: Any) -> list[dict[str, Any]]:
    """The history without what a clock decides."""
    names = [name for name in result.history.to_frame() if name not in TIMES]
    return result.history.to_frame()[names].to_csv()


@pytest.mark.parametrize("name", STEPWISE)
def test_ten_epochs_are_five_and_five_bit_for_bit(name: str, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    rule = optimizer(name, lr=0.01)
    whole = run(optimizer=rule)
    run(path, epochs=5, optimizer=rule)
    again = run(resume=path, optimizer=rule)
    assert joined(again.params) == joined(whole.params)
    assert untimed(again) == untimed(whole)
    assert repr(again.optimizer_state) == repr(whole.optimizer_state)
    assert again.initial_loss == whole.initial_loss


def test_a_run_cut_within_an_epoch_goes_on_in_its_middle(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"

    def interrupt(step: Any, params: Any) -> None:
        if step.step == 14:  # the second batch of the fourth epoch
            raise KeyboardInterrupt

    assert run(path, callbacks=[interrupt]).interrupted
    assert load_checkpoint(path).steps == 14
    assert untimed(run(resume=path)) == untimed(run())
    assert joined(run(resume=path).params) == joined(run().params)


@pytest.mark.parametrize("gradient", ["spsa,directions=4", "forward-gradient"])
def test_random_directions_go_on_as_well(gradient: str, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(path, epochs=3, gradient=gradient, optimizer="sgd")
    again = run(resume=path, epochs=6, gradient=gradient, optimizer="sgd")
    whole = run(epochs=6, gradient=gradient, optimizer="sgd")
    assert joined(again.params) == joined(whole.params)
    assert untimed(again) == untimed(whole)


def test_float32_goes_on_in_float32(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(path, epochs=5, dtype="float32")
    again, whole = run(resume=path, dtype="float32"), run(dtype="float32")
    assert joined(again.params) == joined(whole.params)
    assert again.params[0][0].dtype == np.float32


def test_early_stopping_remembers_its_best_point(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    rule = EarlyStopping(patience=3, minimum=0.05)
    whole = run(early_stopping=rule, epochs=40)
    run(path, early_stopping=rule, epochs=2)
    again = run(resume=path, early_stopping=rule, epochs=40)
    assert whole.stopped_early
    assert again.best_step == whole.best_step
    assert joined(again.params) == joined(whole.params)
    assert len(again.history) == len(whole.history)


def test_a_run_that_early_stopping_ended_stays_ended(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    rule = EarlyStopping(patience=1, minimum=1e9)
    first = run(path, early_stopping=rule)
    again = run(resume=path, early_stopping=rule)
    assert joined(first.params) == joined(again.params)
    assert len(first.history) == len(again.history)


def test_a_provider_may_change_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(path, epochs=5)
    other = run(resume=path, gradient="symbolic:matrix")
    np.testing.assert_allclose(other.params[0][0], run().params[0][0], rtol=1e-9)


def test_a_checkpoint_says_where_the_run_was(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    result = run(path, epochs=5)
    saved = load_checkpoint(path)
    assert saved.steps == 5 * 4
    assert joined(saved.params) == joined(result.params)
    assert saved.about["model"] == "2-4-4-1 tanh"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"model": MLP((2, 5, 4, 1))}, "model is 2-4-4-1 tanh, here it is 2-5-4-1 tanh"),
        ({"model": MLP((2, 4, 4, 1), "relu")}, "here it is 2-4-4-1 relu"),
        ({"loss": "hinge"}, "its loss is squared-error, here it is hinge"),
        ({"optimizer": "sgd"}, r"its optimizer is Adam\(.*here it is SGD"),
        ({"optimizer": optimizer("adam", lr=0.5)}, r"here it is Adam\(lr=0.5"),
        ({"batch_size": 8}, "its batch size is 16, here it is 8"),
        ({"seed": 7}, "its seed is 0, shuffled, here it is 7"),
        ({"shuffle": False}, "here it is 0, in order"),
        ({"dtype": "float32"}, "parameters is float64"),
    ],
    ids=str,
)
def test_a_checkpoint_of_another_run_says_what_differs(
    changed: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    run(path, epochs=2)
    settings = {
        "model": NET, "loss": "squared-error", "optimizer": "adam", "batch_size": 16, **changed
    }  # fmt: skip
    y = np.sign(DATA.y) if "loss" in changed else DATA.y
    trainer = Trainer(epochs=4, **settings)
    with pytest.raises(DataError, match="a checkpoint of another run") as caught:
        trainer.fit(DATA.x, y, resume=path)
    assert caught.match(message)


def test_other_samples_are_another_run(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(path, epochs=2)
    trainer = Trainer(NET, "squared-error", batch_size=16, epochs=4)
    with pytest.raises(DataError, match="training data"):
        trainer.fit(DATA.x + 1e-12, DATA.y, DATA.validation, resume=path)


def test_a_full_disk_leaves_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.npz"
    run(path, epochs=2)
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        run(path, epochs=3)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.npz"]
    assert load_checkpoint(path).steps == 8


def test_files_that_are_no_checkpoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    with pytest.raises(DataError, match="cannot read"):
        run(resume=path)
    path.write_bytes(pack({"weights": np.eye(2)}))
    with pytest.raises(DataError, match="no checkpoint that can be read"):
        run(resume=path)
    path.write_bytes(pack({"about": {}, "version": 99}))
    with pytest.raises(DataError, match="its form is 99"):
        run(resume=path)


def test_a_full_batch_is_resumed_too(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    fit(steps=6, checkpoint=path)
    trainer = Trainer(NET, "squared-error", steps=12)
    assert joined(trainer.fit(DATA.x, DATA.y, resume=path).params) == joined(fit().params)
