"""Going on from a checkpoint: what has to be the same, and what is put back in place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from difflab.errors import UsageError
from difflab.nn.checkpoints import (
    Checkpoint,
    fingerprint,
    load_checkpoint,
    renested,
    restored_state,
    shapes,
)
from difflab.nn.judge import Judge
from difflab.nn.optimizers import Optimizer, State, WholeBatch
from difflab.tree import Nest

if TYPE_CHECKING:
    from difflab.nn.trainer import Trainer


def about(
    trainer: Trainer, judge: Judge, rule: Optimizer | WholeBatch, params: Nest
) -> dict[str, str]:
    """What has to be the same for a run to go on, in words: name and value."""
    objective = judge.objective
    return {
        "model": str(getattr(objective, "model", getattr(objective, "__name__", "a function"))),
        "loss": getattr(getattr(objective, "loss", None), "name", "its own"),
        "l2": f"{getattr(objective, 'l2', 0.0)!r}",
        "parameters": shapes(params),
        "optimizer": repr(rule),
        "batch size": str(trainer.batch_size),
        "seed": f"{trainer.seed}, {'shuffled' if trainer.shuffle else 'in order'}",
        "training data": fingerprint(judge.x, judge.y),
        "validation data": fingerprint(*(judge.validation or ())),
    }


def saved_run(
    path: str | Path, facts: dict[str, str], total: int, params: Nest, state: State, monitor: Any
) -> Checkpoint:
    """Read a checkpoint, and give its parts the nesting and the types of this run.

    Parameters
    ----------
    path : path
    facts : dict
        What `about` says of this run.
    total : int
        Steps asked for.
    params, state
        Those this run would start from without the checkpoint.
    monitor : str or None
        What early stopping watches; a best point by another measure is left out.

    Raises
    ------
    DataError
        When the file cannot be read, or is the checkpoint of another run, with what differs.
    UsageError
        When it is further than the run is asked to go.
    """
    saved = load_checkpoint(path)
    saved.check(facts, path)
    if saved.steps > total:
        raise UsageError(
            f"{path} has {saved.steps:,} steps behind it, and {total:,} were asked for",
            "a run goes on from its checkpoint, and none goes back",
            f"steps={saved.steps:,} or more, or a new run without it",
        )
    best = saved.best if saved.monitor == monitor else None
    if best is not None:
        best = best._replace(params=renested(best.params, params))
    return Checkpoint(
        saved.about,
        renested(saved.params, params),
        restored_state(saved.state, state),
        saved.rows,
        saved.initial_loss,
        saved.preparation_seconds,
        best,
        saved.monitor,
    )
