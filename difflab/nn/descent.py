"""One training run in progress: the loop over steps, and what is kept when it ends."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from difflab.errors import DivergenceError
from difflab.nn.batches import Batch, batches, steps_per_epoch
from difflab.nn.checkpoints import Checkpoint, save_checkpoint
from difflab.nn.divergence import critical_rate, divergence_error, is_finite
from difflab.nn.early_stopping import Best
from difflab.nn.gradients import Gradients
from difflab.nn.history import History, Step, TrainingResult
from difflab.nn.judge import Judge
from difflab.nn.ledger import Ledger, norms
from difflab.nn.optimizers import Optimizer, State, WholeBatch, optimizer
from difflab.nn.progress import Show, progress_of
from difflab.nn.refusals import check_state, check_whole_batch
from difflab.nn.resuming import about, saved_run
from difflab.nn.whole_batch_run import minimise
from difflab.tree import Nest

if TYPE_CHECKING:
    from difflab.nn.trainer import Trainer

_EVALUATIONS_BY_DEFAULT = 50


class _Reached(NamedTuple):
    """The last step that was completed: one object, so that Ctrl-C never finds half a step."""

    steps: int
    params: Nest
    state: State
    best: Best | None


class Descent:
    """One run of a `difflab.nn.Trainer`; the arguments have been checked."""

    def __init__(
        self,
        trainer: Trainer,
        params: Nest,
        x: np.ndarray,
        y: np.ndarray,
        validation: tuple[np.ndarray, np.ndarray] | None,
        gradients: Gradients,
        resume: str | Path | None,
        state: State | None = None,
    ) -> None:
        self.trainer, self.gradients = trainer, gradients
        self.judge = Judge(gradients.objective, x, y, validation, trainer.metric)
        chosen = trainer.optimizer
        self.optimizer: Any = optimizer(chosen) if isinstance(chosen, str) else chosen
        if isinstance(self.optimizer, Optimizer):
            fresh = self.optimizer.init(params)
            check_state(state, fresh)
            state = fresh if state is None else state
        else:
            check_whole_batch(trainer, resume, state)
            state = ()
        total = trainer.total_steps(len(x))
        every = trainer.evaluate_every or self._usual_distance(total)
        self.reached = _Reached(0, params, state, None)
        self.begun: set[int] = set()  # sizes of batches whose gradient has been used
        self.preparation_before = 0.0
        # evaluated before the first step also to find out early whether shapes fit
        self.initial_loss = self.judge.full_loss(params)
        self.ledger = Ledger(self.judge, every, total)
        if resume is not None:
            self._go_on_from(resume)
        self.judge.validate(self.reached.params)
        self.reference = max(self.initial_loss, float(np.mean(y * y)))
        self.save()  # a place that cannot be written is found before the first step

    def carry_out(self) -> TrainingResult:
        """Run, and sum up."""
        interrupted = stopped = False
        try:
            stopped = self._steps()
        except KeyboardInterrupt:
            interrupted = True
        steps, params, state, best = self.reached
        self.save()
        if best is not None:
            params = best.params
        final_loss = self.judge.full_loss(params)
        if self._blown_up(final_loss) and not interrupted:  # by the last update of all
            raise self._divergence(steps, final_loss, None, self.judge.x)
        validation_loss, metric = self.judge.validate(params)
        return TrainingResult(
            params=params,
            history=History(tuple(self.ledger.rows[:steps])),
            initial_loss=self.initial_loss,
            final_loss=final_loss,
            validation_loss=validation_loss,
            metric=metric,
            preparations=tuple(self.gradients.preparations),
            preparation_seconds=self.preparation_before + self.gradients.seconds,
            optimizer_state=state,
            interrupted=interrupted,
            stopped_early=stopped,
            best_step=None if best is None else best.step,
        )

    def save(self) -> None:
        """Write the checkpoint that was asked for."""
        if self.trainer.checkpoint is None:
            return
        steps, params, state, best = self.reached
        save_checkpoint(
            self.trainer.checkpoint,
            Checkpoint(
                about(self.trainer, self.judge, self.optimizer, params),
                params,
                state,
                tuple(self.ledger.rows[:steps]),
                self.initial_loss,
                self.preparation_before + self.gradients.seconds,
                best,
                None if best is None else self._monitor(),
            ),
        )

    def _monitor(self) -> str | None:
        rule = self.trainer.early_stopping
        return None if rule is None else rule.monitor

    def _usual_distance(self, total: int) -> int:
        """Steps between evaluations: whole epochs where the run is counted in them."""
        if self.trainer.epochs is None:
            return max(1, total // _EVALUATIONS_BY_DEFAULT)
        epochs = max(1, self.trainer.epochs // _EVALUATIONS_BY_DEFAULT)
        return epochs * steps_per_epoch(len(self.judge.x), self.trainer.batch_size)

    def _steps(self) -> bool:
        """Take the steps; return whether they ended before their time."""
        trainer, total, done = self.trainer, self.ledger.total, self.reached.steps
        rule = trainer.early_stopping
        if rule is not None and rule.is_over(self.reached.best):  # a run that had ended stays so
            return True
        with progress_of(total, trainer.progress, done) as show:
            if isinstance(self.optimizer, WholeBatch):

                def on_row(row: Step, params: Nest) -> bool:
                    return self._ends_with(row, params, (), show)

                start = self.reached.params
                minimise(self.optimizer, self.gradients, self.ledger, start, on_row)
                return self.reached.steps < total  # also where it has converged
            samples = len(self.judge.x)
            stream = batches(samples, trainer.batch_size, trainer.seed, trainer.shuffle)
            for batch in islice(stream, done, total):
                row, params, state = self._step(batch)
                if self._ends_with(row, params, state, show):
                    return row.step < total
        return False

    def _step(self, batch: Batch) -> tuple[Step, Nest, State]:
        """Take one step; return its row, and the parameters and state that it led to."""
        params, state, ledger = self.reached.params, self.reached.state, self.ledger
        start = time.perf_counter()
        x, y = self.judge.x[batch.rows], self.judge.y[batch.rows]
        ledger.seconds += time.perf_counter() - start
        prepared = self.gradients.prepared(params, x, y)
        if batch.size not in self.begun:
            self._begin(prepared, batch.size)

        start = time.perf_counter()
        value, gradient = prepared.value_and_gradient(params, x, y)
        spent = time.perf_counter() - start
        ledger.provider_seconds += spent
        ledger.seconds += spent
        ledger.loss_evaluations += prepared.preparation.sizes.get("loss evaluations", 1)
        loss, lengths = float(value), norms(gradient)
        # a norm may overflow where the gradient itself does not, so the entries decide
        if self._blown_up(loss) or not (all(map(np.isfinite, lengths)) or is_finite(gradient)):
            raise self._divergence(len(ledger.rows) + 1, loss, gradient, x)

        start = time.perf_counter()
        params, state = self.optimizer.step(params, gradient, state)
        ledger.seconds += time.perf_counter() - start
        return ledger.note(batch, loss, lengths, params), params, state

    def _ends_with(self, row: Step, params: Nest, state: State, show: Show) -> bool:
        """Remember where a step led, and tell everyone; whether someone wants it to be the last."""
        trainer, rule, best = self.trainer, self.trainer.early_stopping, self.reached.best
        evaluated = row.full_loss is not None
        if evaluated and rule is not None:
            best = rule.look(best, row.step, getattr(row, rule.monitor), params)
        self.reached = _Reached(row.step, params, state, best)
        show(row)
        answers = [callback(row, params) for callback in trainer.callbacks]
        # all of them are called first; what is no truth value, such as an array, asks for nothing
        if any(isinstance(answer, (bool, np.bool_)) and answer for answer in answers):
            return True
        if evaluated and row.step < self.ledger.total:
            self.save()
        return evaluated and rule is not None and rule.is_over(best)

    def _begin(self, prepared: Any, size: int) -> None:
        """Let a gradient that draws random numbers start at this run's own beginning."""
        self.begun.add(size)
        begin_at = getattr(prepared, "begin_at", None)
        if begin_at is not None:
            begin_at(sum(row.samples == size for row in self.ledger.rows))

    def _go_on_from(self, path: str | Path) -> None:
        _, params, state, _ = self.reached
        ledger = self.ledger
        facts = about(self.trainer, self.judge, self.optimizer, params)
        saved = saved_run(path, facts, ledger.total, params, state, self._monitor())
        self.reached = _Reached(saved.steps, saved.params, saved.state, saved.best)
        self.initial_loss, self.preparation_before = saved.initial_loss, saved.preparation_seconds
        self.ledger = Ledger(self.judge, ledger.every, ledger.total, saved.rows)

    def _blown_up(self, loss: float) -> bool:
        if not np.isfinite(loss):
            return True
        return self.reference > 0 and loss > self.trainer.blow_up * self.reference

    def _divergence(
        self, number: int, loss: float, gradient: Nest | None, x: np.ndarray
    ) -> DivergenceError:
        params, f, rule = self.reached.params, self.judge.objective, self.optimizer
        critical = critical_rate(f, rule, x) if len(x) == len(self.judge.x) else None
        return divergence_error(
            number, loss, gradient, params, x, f, rule.lr, self.reference, critical
        )
