"""PyTorch, eager: plain tensor operations, recorded and differentiated at every call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from difflab.bench.cases import Functions, Problem
from difflab.bench.contenders.protocol import Call, missing


@dataclass(frozen=True)
class TorchEager:
    """``torch.autograd.grad`` of a loss in tensor operations, on one thread.

    Inputs are made tensors beforehand. A layer is one `torch.addmm`, as in ``torch.nn.Linear``:
    a tenth faster than ``x @ w + b`` on small layers.
    """

    @property
    def name(self) -> str:
        """Heads its column."""
        return "torch eager"

    def unavailable(self) -> str | None:
        """Whether PyTorch is installed."""
        return missing("torch", "torch")

    def make(self, problem: Problem) -> Call:
        """Convert the inputs."""
        import torch

        torch.set_num_threads(1)
        activations, heads = _functions()
        activation, head = activations[problem.case.activation], heads[problem.case.head]
        params = [
            (torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True))
            for w, b in problem.params
        ]
        leaves = [leaf for layer in params for leaf in layer]
        *hidden, (w_last, b_last) = params
        x, y = torch.tensor(problem.x), torch.tensor(problem.y)

        def call() -> tuple[Any, list[tuple[Any, Any]]]:
            h = x
            for w, b in hidden:
                h = activation(torch.addmm(b, h, w))
            value = head(torch.addmm(b_last, h, w_last), y)
            gradient = torch.autograd.grad(value, leaves)
            return value.detach(), list(zip(gradient[::2], gradient[1::2]))

        return call


def _functions() -> tuple[Functions, Functions]:
    import torch

    activations = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    heads = {
        "squared error": lambda z, y: ((z - y) ** 2).mean(),
        "sigmoid, squared error": lambda z, y: ((torch.sigmoid(z) - y) ** 2).mean(),
        "softmax cross-entropy": lambda z, y: -(y * torch.log_softmax(z, dim=1)).sum(dim=1).mean(),
    }
    return activations, heads
