"""Checkpoints: a run goes on bit for bit, and never with another model."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from difflab.errors import DataError, OutputError, UsageError
from difflab.nn import MLP, OPTIMIZERS, EarlyStopping, Trainer, load_checkpoint, optimizer
from difflab.nn.archive import pack, read_archive
from difflab.nn.checkpoints import Checkpoint, fingerprint, save_checkpoint
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
        ({"l2": 0.5}, "its l2 is 0.0, here it is 0.5"),
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


def test_without_early_stopping_the_best_point_of_before_is_of_no_use(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(path, epochs=3, early_stopping=EarlyStopping(patience=3))
    again, whole = run(resume=path), run()
    assert again.best_step is None
    assert joined(again.params) == joined(whole.params)
    assert again.final_loss == whole.final_loss


def test_the_best_point_by_another_monitor_is_of_no_use(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    loss, metric = (EarlyStopping(5, monitor) for monitor in ("full_loss", "metric"))
    lower = {"metric": lambda outputs, targets: -np.mean((outputs - targets) ** 2)}
    run(path, epochs=3, early_stopping=loss)
    again = run(resume=path, epochs=6, early_stopping=metric, **lower)
    assert again.best_step is not None
    assert again.best_step > load_checkpoint(path).steps
    assert load_checkpoint(path).monitor == "full_loss"


def test_a_run_does_not_go_back(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(path, epochs=5)
    with pytest.raises(UsageError, match="has 20 steps behind it, and 8 were asked for"):
        run(resume=path, epochs=2)
    assert len(run(resume=path, epochs=5).history) == 20


class Line(NamedTuple):
    w: Any
    b: Any


@pytest.mark.parametrize("keys", [Line._fields, (0, 1)], ids=["named tuple", "numbers"])
def test_nests_of_every_kind_come_back(keys: Any, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    parts = (np.ones((2, 1)), np.zeros(1))
    named = keys == Line._fields
    params = Line(*parts) if named else dict(zip(keys, parts))

    def objective(params: Any, x: Any, y: Any) -> Any:
        w, b = (params.w, params.b) if named else (params[0], params[1])
        return np.mean((x @ w + b - y) ** 2)

    def fit(steps: int, **more: Any) -> Any:
        trainer = Trainer(objective, steps=steps, batch_size=16, checkpoint=more.pop("path", None))
        return trainer.fit(DATA.x, DATA.y, params=params, **more)

    fit(5, path=path)
    again, whole = fit(9, resume=path), fit(9)
    assert type(again.params) is type(params)
    assert repr(again.params) == repr(whole.params)


@dataclass(frozen=True)
class Descending:
    """Steps of lr / t, with t kept as the state has it."""

    first: Any
    lr: float = 0.1

    def init(self, params: Any) -> Any:  # noqa: ARG002
        return self.first

    def step(self, params: Any, gradient: Any, state: Any) -> tuple[Any, Any]:
        t = state["t"] if isinstance(state, dict) else state or 0
        after = {"t": t + 1} if isinstance(state, dict) else None if state is None else t + 1
        return params - self.lr / (t + 1) * gradient, after


@pytest.mark.parametrize("first", [None, 0, {"t": 0}], ids=str)
def test_an_optimizer_may_remember_anything_plain(first: Any, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"

    def fit(steps: int, checkpoint: Path | None = None, resume: Path | None = None) -> Any:
        trainer = Trainer(
            lambda w, x, y: np.mean((x @ w - y) ** 2), None, Descending(first),
            steps=steps, checkpoint=checkpoint,
        )  # fmt: skip
        return trainer.fit(DATA.x, DATA.y, params=np.ones((2, 1)), resume=resume)

    fit(4, checkpoint=path)
    again, whole = fit(9, resume=path), fit(9)
    assert again.params.tobytes() == whole.params.tobytes()
    assert again.optimizer_state == whole.optimizer_state


def test_a_state_that_no_file_holds_is_refused(tmp_path: Path) -> None:
    odd = Checkpoint({}, [], {1, 2}, (), 1.0, 0.0)
    with pytest.raises(UsageError, match=r"cannot be written to .*\n.*no set"):
        save_checkpoint(tmp_path / "run.npz", odd)
    assert not (tmp_path / "run.npz").exists()


@pytest.mark.parametrize(
    "damage",
    [{"rows": None}, {"rows": {}, "best": 3}, {"best": 3}, {"about": 3}, {"initial_loss": "low"}],
    ids=str,
)
def test_an_archive_that_is_half_a_checkpoint_is_refused(damage: Any, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(path, epochs=1)
    contents = read_archive(path)
    path.write_bytes(pack(contents))
    assert load_checkpoint(path).steps == 4
    path.write_bytes(pack({**contents, **damage}))
    with pytest.raises(DataError, match="no checkpoint that can be read"):
        load_checkpoint(path)


def test_no_damaged_byte_brings_anything_but_the_checkpoint_or_its_error(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(path, epochs=1)
    whole, params = path.read_bytes(), joined(load_checkpoint(path).params)
    rng, refused = np.random.default_rng(0), 0
    for place in rng.choice(len(whole), 300, replace=False):
        damaged = bytearray(whole)
        damaged[place] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            assert joined(load_checkpoint(path).params) == params  # a byte that nobody reads
        except DataError:
            refused += 1
    assert refused > 200


def test_a_run_that_is_killed_has_the_checkpoint_of_its_last_evaluation(tmp_path: Path) -> None:
    path, seen = tmp_path / "run.npz", []

    def look(step: Any, params: Any) -> None:  # before the step's own evaluation is saved
        seen.append(load_checkpoint(path).steps if path.exists() else 0)

    run(path, epochs=2, evaluate_every=3, callbacks=[look])
    assert seen == [0, 0, 0, 3, 3, 3, 6, 6]
    assert load_checkpoint(path).steps == 8


def test_preparations_of_all_parts_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(path, epochs=1)
    saved = load_checkpoint(path)
    longer = replace(saved, preparation_seconds=1e6)
    save_checkpoint(path, longer)
    again = run(resume=path, epochs=2)
    assert again.preparation_seconds > 1e6


def test_a_fingerprint_tells_shapes_and_dtypes_apart() -> None:
    zeros = np.zeros((2, 3))
    others = (zeros.T, zeros.astype("float32"), zeros.view("int64"), zeros + 1e-300)
    assert len({fingerprint(each) for each in (zeros, *others)}) == 5
    assert fingerprint(np.arange(6.0)[::2]) == fingerprint(np.array([0.0, 2.0, 4.0]))


def test_a_place_that_cannot_be_written_is_found_before_the_first_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    steps: list[int] = []
    with pytest.raises(OutputError, match="cannot write"):
        run(tmp_path / "file" / "run.npz", callbacks=[lambda step, _: steps.append(step.step)])
    assert not steps


def test_a_run_killed_before_its_first_evaluation_goes_on_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"

    def give_up(step: Any, params: Any) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(path, callbacks=[give_up])
    assert load_checkpoint(path).steps == 0
    assert joined(run(resume=path).params) == joined(run().params)
