"""HIPS autograd: the loss in ``autograd.numpy``, differentiated by ``value_and_grad``."""

from __future__ import annotations

from dataclasses import dataclass

from difflab.bench.cases import Functions, Problem, network
from difflab.bench.contenders.protocol import Call, missing


@dataclass(frozen=True)
class HipsAutograd:
    """The tape of Maclaurin, Duvenaud and Adams (2015), as its examples use it."""

    @property
    def name(self) -> str:
        """Heads its column."""
        return "HIPS autograd"

    def unavailable(self) -> str | None:
        """Whether autograd is installed."""
        return missing("autograd", "bench")

    def make(self, problem: Problem) -> Call:
        """Wrap the loss."""
        from autograd import value_and_grad

        both = value_and_grad(network(problem.case, *_functions()))
        params, x, y = problem.params, problem.x, problem.y
        return lambda: both(params, x, y)


def _functions() -> tuple[Functions, Functions]:
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    def sigmoid(z):  # type: ignore[no-untyped-def]  # boxes in, boxes out
        return 1 / (1 + anp.exp(-z))

    activations = {"sigmoid": sigmoid, "tanh": anp.tanh, "relu": lambda z: anp.maximum(z, 0)}
    heads = {
        "squared error": lambda z, y: anp.mean((z - y) ** 2),
        "sigmoid, squared error": lambda z, y: anp.mean((sigmoid(z) - y) ** 2),
        "softmax cross-entropy": lambda z, y: (
            -anp.mean(anp.sum(y * (z - logsumexp(z, axis=1, keepdims=True)), axis=1))
        ),
    }
    return activations, heads
