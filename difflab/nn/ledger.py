"""The ledger of a training run: a row for every step, and the sums that go into it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from difflab.nn.batches import Batch
from difflab.nn.history import Step
from difflab.nn.judge import Judge
from difflab.nn.mlp import layer_members
from difflab.tree import Nest, flatten


class Ledger:
    """Rows so far, and what has been spent.

    Parameters
    ----------
    judge : Judge
        Evaluates full losses.
    every : int
        Steps between evaluations.
    total : int
        Steps planned; the last one is always evaluated.
    rows : sequence of Step
        Those of an earlier part of the run.

    Attributes
    ----------
    rows : list of Step
    seconds, provider_seconds : float
        Spent on steps, and of these in the provider.
    loss_evaluations : int
    """

    def __init__(self, judge: Judge, every: int, total: int, rows: Sequence[Step] = ()) -> None:
        self.judge, self.every, self.total = judge, every, total
        self.rows = list(rows)
        self.seconds = self.provider_seconds = 0.0
        self.loss_evaluations = 0
        self._epoch, self._sum, self._samples = 0, 0.0, 0
        if not rows:
            return
        last = rows[-1]
        self.seconds, self.provider_seconds = last.seconds, last.provider_seconds
        self.loss_evaluations, self._epoch = last.loss_evaluations, last.epoch
        for row in rows:  # summed in the order in which the run did
            if row.epoch == last.epoch:
                self._samples += row.samples
                self._sum += row.batch_loss * row.samples

    def note(
        self,
        batch: Batch,
        loss: float,
        lengths: tuple[float, ...],
        params: Nest,
        calls: int | None = None,
    ) -> Step:
        """Write the row of a step that led to ``params``, evaluated where it is due.

        Parameters
        ----------
        batch : Batch
            The samples of the step.
        loss : float
            Of the batch, before the update.
        lengths : tuple of float
            `norms` of its gradient.
        params : nest
            After it.
        calls : int or None
            Gradients so far; one per step where None.
        """
        number = len(self.rows) + 1
        if batch.epoch != self._epoch:
            self._epoch, self._sum, self._samples = batch.epoch, 0.0, 0
        self._sum += loss * batch.size
        self._samples += batch.size
        due = number % self.every == 0 or number == self.total
        validation_loss, metric = self.judge.validate(params) if due else (None, None)
        row = Step(
            step=number,
            epoch=batch.epoch,
            seconds=self.seconds,
            batch_loss=loss,
            running_loss=self._sum / self._samples,
            full_loss=self.judge.full_loss(params) if due else None,
            validation_loss=validation_loss,
            metric=metric,
            gradient_norms=lengths,
            samples=batch.size,
            loss_evaluations=self.loss_evaluations,
            gradient_calls=number if calls is None else calls,
            provider_seconds=self.provider_seconds,
        )
        self.rows.append(row)
        return row


def norms(gradient: Nest) -> tuple[float, ...]:
    """L2 norm of the gradient of each layer.

    Examples
    --------
    >>> norms([(np.array([[3.0]]), np.array([4.0])), (np.zeros((1, 1)), np.ones(1))])
    (5.0, 1.0)
    """
    return tuple(
        float(np.sqrt(sum(np.vdot(leaf, leaf) for leaf in flatten(member)[0])))
        for member in layer_members(gradient)
    )
