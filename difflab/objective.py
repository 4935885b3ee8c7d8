"""Objectives that are means over samples, and say so.

An engine that knows the loss of *one* sample can derive it once and evaluate it over any batch.
That knowledge is a protocol, so that engines need not know where an objective comes from; the
losses of `difflab.nn` follow it.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from difflab.tree import Nest


@runtime_checkable
class SampleMean(Protocol):
    """A loss over a batch that is the mean of one function over its samples.

    For every batch of n samples, with contexts of shape (n, ...):
    ``objective(params, x, y) == mean over i of objective.sample_loss(params, x[i], y[i])``.
    """

    def __call__(self, params: Nest, *contexts: Any) -> Any:
        """Loss of a batch; every context has the samples along its first axis."""
        ...

    def sample_loss(self, params: Nest, *contexts: Any) -> Any:
        """Loss of one sample; every context lacks the sample axis."""
        ...
