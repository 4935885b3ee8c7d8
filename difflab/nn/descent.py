"""One training run in progress: what changes from step to step, and what is kept of it."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from difflab.errors import DivergenceError, NonScalarLossError, UsageError
from difflab.nn.batches import Batch, batches, steps_per_epoch
from difflab.nn.checkpoints import (
    Checkpoint,
    fingerprint,
    load_checkpoint,
    renested,
    restored_state,
    save_checkpoint,
    shapes,
)
from difflab.nn.divergence import critical_rate, divergence_error, is_finite
from difflab.nn.early_stopping import Best
from difflab.nn.evaluation import loss_of, outputs_of
from difflab.nn.gradients import Gradients
from difflab.nn.hessian_products import HessianProduct, hessian_vector_product
from difflab.nn.history import History, Step, TrainingResult
from difflab.nn.mlp import layer_members
from difflab.nn.optimizers import Optimizer, State, WholeBatch, optimizer
from difflab.nn.optimizers.whole_batch import Problem
from difflab.nn.progress import Show, progress_of
from difflab.nn.refusals import check_state, check_whole_batch
from difflab.tree import Nest, flatten

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
        self.trainer, self.x, self.y, self.validation = trainer, x, y, validation
        chosen = trainer.optimizer
        self.optimizer: Any = optimizer(chosen) if isinstance(chosen, str) else chosen
        if not isinstance(self.optimizer, Optimizer):
            check_whole_batch(trainer, resume, state)
            state = ()
        else:
            fresh = self.optimizer.init(params)
            check_state(state, fresh)
            state = fresh if state is None else state
        self.gradients, self.objective = gradients, gradients.objective
        self.total = trainer.total_steps(len(x))
        self.every = trainer.evaluate_every or self._usual_distance()
        self.reached = _Reached(0, params, state, None)
        self.rows: list[Step] = []
        self.begun: set[int] = set()  # sizes of batches whose gradient has been used
        self.seconds = self.provider_seconds = self.preparation_before = 0.0
        self.loss_evaluations = 0
        self.epoch_sum, self.epoch_samples, self.epoch = 0.0, 0, 0
        # evaluated before the first step also to find out early whether shapes fit
        self.initial_loss = self._full_loss(params)
        if resume is not None:
            self._go_on_from(resume)
        self._validate(self.reached.params)
        self.reference = max(self.initial_loss, float(np.mean(y * y)))

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
        final_loss = self._full_loss(params)
        if self._blown_up(final_loss) and not interrupted:  # by the last update of all
            raise self._divergence(steps, final_loss, None, self.x)
        validation_loss, metric = self._validate(params)
        return TrainingResult(
            params=params,
            history=History(tuple(self.rows[:steps])),
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
        rule = self.trainer.early_stopping
        save_checkpoint(
            self.trainer.checkpoint,
            Checkpoint(
                self._about(),
                params,
                state,
                tuple(self.rows[:steps]),
                self.initial_loss,
                self.preparation_before + self.gradients.seconds,
                best,
                None if best is None or rule is None else rule.monitor,
            ),
        )

    def _usual_distance(self) -> int:
        """Steps between evaluations: whole epochs where the run is counted in them."""
        if self.trainer.epochs is None:
            return max(1, self.total // _EVALUATIONS_BY_DEFAULT)
        epochs = max(1, self.trainer.epochs // _EVALUATIONS_BY_DEFAULT)
        return epochs * steps_per_epoch(len(self.x), self.trainer.batch_size)

    def _steps(self) -> bool:
        """Take the steps; return whether they ended before their time."""
        rule = self.trainer.early_stopping
        if rule is not None and rule.is_over(self.reached.best):  # a run that had ended stays so
            return True
        done = self.reached.steps
        with progress_of(self.total, self.trainer.progress, done) as show:
            if isinstance(self.optimizer, WholeBatch):
                self._minimise(self.optimizer, show)
                return self.reached.steps < self.total  # also where it has converged
            trainer = self.trainer
            stream = batches(len(self.x), trainer.batch_size, trainer.seed, trainer.shuffle)
            for number, batch in enumerate(islice(stream, done, self.total), start=done + 1):
                if self._ends_with(self._step(number, batch), show):
                    return number < self.total
        return False

    def _ends_with(self, row: Step, show: Show) -> bool:
        """Tell everyone about a step; whether someone wants it to be the last."""
        trainer, rule = self.trainer, self.trainer.early_stopping
        show(row)
        answers = [callback(row, self.reached.params) for callback in trainer.callbacks]
        if any(answers):  # asked after all of them were called
            return True
        if row.full_loss is not None and row.step < self.total:
            self.save()
        return rule is not None and row.full_loss is not None and rule.is_over(self.reached.best)

    def _minimise(self, rule: WholeBatch, show: Show) -> None:
        """Let a whole-batch optimizer take its own steps, and write a row for each."""
        everything = Batch(1, slice(None), len(self.x))
        prepared = self.gradients.prepared(self.reached.params, self.x, self.y)
        evaluations = prepared.preparation.sizes.get("loss evaluations", 1)
        made: list[HessianProduct] = []  # once it is asked for: L-BFGS never does
        before: list[tuple[float, Nest]] = []  # value and gradient where the iteration started
        calls = 0
        mark = time.perf_counter()

        def value_and_gradient(params: Nest) -> tuple[Any, Nest]:
            nonlocal calls
            start = time.perf_counter()
            found = prepared.value_and_gradient(params, self.x, self.y)
            self.provider_seconds += time.perf_counter() - start
            self.loss_evaluations += evaluations
            calls += 1
            if not before:
                before.append((float(found[0]), found[1]))
            return found

        def on_step(params: Nest, value: float, gradient: Nest) -> bool:
            nonlocal mark
            self.seconds += time.perf_counter() - mark
            loss, norms = before[0][0], _norms(before[0][1])
            before[0] = (float(value), gradient)
            number = len(self.rows) + 1
            row = self._note(number, everything._replace(epoch=number), loss, norms, params, ())
            self.rows[-1] = row = replace(row, gradient_calls=calls)
            ends = self._ends_with(row, show)
            mark = time.perf_counter()
            return ends

        def product(params: Nest, tangent: Nest) -> Nest:
            if not made:
                provider, objective = self.gradients.provider, self.objective
                made.append(hessian_vector_product(provider, objective, prepared))
            return made[0](params, tangent, self.x, self.y)

        problem = Problem(value_and_gradient, product)
        rule.minimise(problem, self.reached.params, self.total, on_step)

    def _step(self, number: int, batch: Batch) -> Step:
        params, state = self.reached.params, self.reached.state
        start = time.perf_counter()
        x, y = self.x[batch.rows], self.y[batch.rows]
        self.seconds += time.perf_counter() - start
        prepared = self.gradients.prepared(params, x, y)
        if batch.size not in self.begun:
            self._begin(prepared, batch.size)

        start = time.perf_counter()
        value, gradient = prepared.value_and_gradient(params, x, y)
        spent = time.perf_counter() - start
        self.provider_seconds += spent
        self.seconds += spent
        self.loss_evaluations += prepared.preparation.sizes.get("loss evaluations", 1)
        loss, norms = float(value), _norms(gradient)
        # a norm may overflow where the gradient itself does not, so the entries decide
        if self._blown_up(loss) or not (all(map(np.isfinite, norms)) or is_finite(gradient)):
            raise self._divergence(number, loss, gradient, x)

        start = time.perf_counter()
        params, state = self.optimizer.step(params, gradient, state)
        self.seconds += time.perf_counter() - start
        return self._note(number, batch, loss, norms, params, state)

    def _begin(self, prepared: Any, size: int) -> None:
        """Let a gradient that draws random numbers start at this run's own beginning."""
        self.begun.add(size)
        begin_at = getattr(prepared, "begin_at", None)
        if begin_at is not None:
            begin_at(sum(row.samples == size for row in self.rows))

    def _note(
        self,
        number: int,
        batch: Batch,
        loss: float,
        norms: tuple[float, ...],
        params: Nest,
        state: State,
    ) -> Step:
        """Write the row of a step that was taken, and remember where it led."""
        if batch.epoch != self.epoch:
            self.epoch_sum, self.epoch_samples, self.epoch = 0.0, 0, batch.epoch
        self.epoch_sum += loss * batch.size
        self.epoch_samples += batch.size
        due = number % self.every == 0 or number == self.total
        validation_loss, metric = self._validate(params) if due else (None, None)
        row = Step(
            step=number,
            epoch=batch.epoch,
            seconds=self.seconds,
            batch_loss=loss,
            running_loss=self.epoch_sum / self.epoch_samples,
            full_loss=self._full_loss(params) if due else None,
            validation_loss=validation_loss,
            metric=metric,
            gradient_norms=norms,
            samples=batch.size,
            loss_evaluations=self.loss_evaluations,
            gradient_calls=number,
            provider_seconds=self.provider_seconds,
        )
        best, rule = self.reached.best, self.trainer.early_stopping
        if due and rule is not None:
            best = rule.look(best, number, getattr(row, rule.monitor), params)
        self.rows.append(row)
        self.reached = _Reached(number, params, state, best)
        return row

    def _about(self) -> dict[str, str]:
        """What has to be the same for a run to go on, in words."""
        trainer, objective = self.trainer, self.objective
        loss = getattr(objective, "loss", None)
        return {
            "model": str(getattr(objective, "model", getattr(objective, "__name__", "a function"))),
            "loss": getattr(loss, "name", "its own"),
            "l2": f"{getattr(objective, 'l2', 0.0)!r}",
            "parameters": shapes(self.reached.params),
            "optimizer": repr(self.optimizer),
            "batch size": str(trainer.batch_size),
            "seed": f"{trainer.seed}, {'shuffled' if trainer.shuffle else 'in order'}",
            "training data": fingerprint(self.x, self.y),
            "validation data": fingerprint(*(self.validation or ())),
        }

    def _go_on_from(self, path: str | Path) -> None:
        saved = load_checkpoint(path)
        saved.check(self._about(), path)
        if saved.steps > self.total:
            raise UsageError(
                f"{path} has {saved.steps:,} steps behind it, and {self.total:,} were asked for",
                "a run goes on from its checkpoint, and none goes back",
                f"steps={saved.steps:,} or more, or a new run without it",
            )
        rows = list(saved.rows)
        start, rule, best = self.reached.params, self.trainer.early_stopping, saved.best
        if best is not None:  # of use to a rule that watches the same
            same = rule is not None and rule.monitor == saved.monitor
            best = best._replace(params=renested(best.params, start)) if same else None
        self.reached = _Reached(
            saved.steps,
            renested(saved.params, start),
            restored_state(saved.state, self.reached.state),
            best,
        )
        self.initial_loss, self.preparation_before = saved.initial_loss, saved.preparation_seconds
        if not rows:
            return
        self.rows = rows
        last = rows[-1]
        self.seconds, self.provider_seconds = last.seconds, last.provider_seconds
        self.loss_evaluations, self.epoch = last.loss_evaluations, last.epoch
        for row in rows:  # summed in the order in which the run did
            if row.epoch == last.epoch:
                self.epoch_samples += row.samples
                self.epoch_sum += row.batch_loss * row.samples

    def _blown_up(self, loss: float) -> bool:
        if not np.isfinite(loss):
            return True
        return self.reference > 0 and loss > self.trainer.blow_up * self.reference

    def _divergence(
        self, number: int, loss: float, gradient: Nest | None, x: np.ndarray
    ) -> DivergenceError:
        params, f, rule = self.reached.params, self.objective, self.optimizer
        critical = critical_rate(f, rule, x) if len(x) == len(self.x) else None
        return divergence_error(
            number, loss, gradient, params, x, f, rule.lr, self.reference, critical
        )

    def _full_loss(self, params: Nest) -> float:
        loss = loss_of(self.objective, params, self.x, self.y)
        if np.ndim(loss) != 0 or np.asarray(loss).dtype.kind not in "fiu":
            told = f"an array of shape {np.shape(loss)}" if np.ndim(loss) else repr(loss)
            raise NonScalarLossError(
                f"the objective returned {told}",
                "training makes one number smaller",
                "reduce it: np.mean(...) or np.sum(...)",
            )
        return float(loss)

    def _validate(self, params: Nest) -> tuple[float | None, float | None]:
        if self.validation is None:
            return None, None
        x, y = self.validation
        loss = float(loss_of(self.objective, params, x, y))
        if self.trainer.metric is None:
            return loss, None
        objective: Any = self.objective
        metric = self.trainer.metric(outputs_of(objective.model, params, x), y)
        try:
            return loss, float(metric)
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"the metric returned {metric!r}",
                "a history has one real number per evaluation",
                "a function such as nn.accuracy, which returns a float",
            ) from error


def _norms(gradient: Nest) -> tuple[float, ...]:
    """L2 norm of the gradient of each layer."""
    return tuple(
        float(np.sqrt(sum(np.vdot(leaf, leaf) for leaf in flatten(member)[0])))
        for member in layer_members(gradient)
    )
