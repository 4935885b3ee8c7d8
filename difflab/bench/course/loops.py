"""The same training loop twice: difflab's trainer with a provider, and PyTorch eager.

Both start from the same parameters, see the same batches in the same order, and use Adam on one
thread in the task's float type. Ours is the trainer as a user gets it, with its history and norms;
PyTorch's is the bare loop of its tutorials: forward, loss, backward, step.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol, cast

import numpy as np

from difflab import nn
from difflab.datasets import Dataset
from difflab.nn import Gradients, Trainer
from difflab.tasks import Settings, Task
from difflab.tree import flatten, map_leaves

TORCH = "torch eager"


@dataclass(frozen=True, eq=False)
class Job:
    """What is trained.

    Attributes
    ----------
    task : Task
    settings : Settings
    data : Dataset
        Arrays of the settings' float type.
    """

    task: Task
    settings: Settings
    data: Dataset

    @property
    def batch(self) -> int:
        """Samples per step."""
        return self.settings.batch_size or self.data.samples

    @property
    def metric(self) -> Callable[[Any, Any], float] | None:
        """Judges outputs on the validation set."""
        return self.task.metric


class Loop(Protocol):
    """A training loop that goes on where it stopped."""

    def run(self, seed: int, steps: int) -> float:
        """Take so many steps on the batches of a seed's first epochs; seconds per step."""
        ...

    def parameters(self) -> list[np.ndarray]:
        """Weights (inputs, outputs) and biases of every layer, as they are now."""
        ...


class OurLoop:
    """`difflab.nn.Trainer` with a provider.

    Timed from the end of the first step to that of the last but one: evaluations of the full loss
    come before and after, and PyTorch's loop has none.
    """

    def __init__(self, spec: str, job: Job) -> None:
        self.job, self.spec = job, spec
        self.objective = job.task.objective(job.settings)
        self.gradients = Gradients(self.objective, spec)
        self.optimizer = cast(Any, job.settings.make_optimizer(job.data.samples))
        self.params = job.task.parameters(job.settings)
        self.state = self.optimizer.init(self.params)

    def run(self, seed: int, steps: int) -> float:
        """Train on from the last parameters and the last state of the optimizer."""
        ends: list[float] = []
        trainer = Trainer(
            self.objective,
            None,
            self.optimizer,
            self.spec,
            batch_size=self.job.batch,
            steps=steps,
            seed=seed,
            evaluate_every=steps,
            progress=False,
            callbacks=[lambda row, params: ends.append(time.perf_counter())],  # noqa: ARG005
        )
        result = trainer.fit(
            self.job.data.x, self.job.data.y, params=self.params,
            gradients=self.gradients, optimizer_state=self.state,
        )  # fmt: skip
        self.params, self.state = result.params, result.optimizer_state
        return (ends[-2] - ends[0]) / (steps - 2)

    def parameters(self) -> list[np.ndarray]:
        """The leaves."""
        return [np.asarray(leaf) for leaf in flatten(self.params)[0]]


class TorchLoop:
    """PyTorch eager, with `torch.optim.Adam` as it comes.

    Classes are integers, as in its own tutorials: quicker than one-hot rows.
    """

    def __init__(self, job: Job) -> None:
        import torch

        torch.set_num_threads(1)
        self.job = job
        start = map_leaves(np.copy, job.task.parameters(job.settings))
        self.layers = [tuple(torch.tensor(part, requires_grad=True) for part in p) for p in start]
        self.leaves = [leaf for layer in self.layers for leaf in layer]
        self.adam = torch.optim.Adam(self.leaves, lr=job.settings.lr)
        self.x = torch.from_numpy(job.data.x)
        self.classifies = job.settings.loss == "softmax-cross-entropy"
        targets = np.argmax(job.data.y, axis=1) if self.classifies else job.data.y
        self.y = torch.from_numpy(targets)
        self.activation = getattr(torch, job.settings.activation)

    def loss(self, x: Any, y: Any) -> Any:
        """The mean loss of a batch."""
        from torch.nn import functional

        *hidden, (w_last, b_last) = self.layers
        for w, b in hidden:
            x = self.activation(b.addmm(x, w))
        outputs = b_last.addmm(x, w_last)
        return (functional.cross_entropy if self.classifies else functional.mse_loss)(outputs, y)

    def run(self, seed: int, steps: int) -> float:
        """Forward, backward, step."""
        import torch

        stream = nn.batches(self.job.data.samples, self.job.batch, seed)
        start = time.perf_counter()
        for batch in islice(stream, steps):
            rows = torch.from_numpy(batch.rows)
            self.adam.zero_grad()
            self.loss(self.x[rows], self.y[rows]).backward()
            self.adam.step()
        return (time.perf_counter() - start) / steps

    def parameters(self) -> list[np.ndarray]:
        """Copies of the tensors."""
        return [leaf.detach().numpy().copy() for leaf in self.leaves]


def make(contender: str, job: Job) -> Loop:
    """Return the loop of a contender: `TORCH`, or the spec of a provider."""
    return TorchLoop(job) if contender == TORCH else OurLoop(contender, job)


def judge(loop: Loop, job: Job) -> float | None:
    """The metric on the validation set, where the task has both."""
    if job.metric is None or job.data.validation is None:
        return None
    leaves = loop.parameters()
    params = list(zip(leaves[::2], leaves[1::2]))
    x, y = job.data.validation
    model = job.task.objective(job.settings).model
    return float(job.metric(model(params, x), y))


def plain(settings: Settings) -> Settings:
    """The settings as both loops understand them: Adam at a constant rate, no penalty."""
    return replace(settings, optimizer="adam", schedule="constant", l2=0.0)
