"""Negative controls: gradients that are wrong on purpose. Every correctness suite must reject them.

A check that accepts one of these would accept anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from difflab.providers.autodiff import Autodiff
from difflab.providers.protocol import Loss, Preparation, Prepared
from difflab.signature import Signature
from difflab.tree import Nest, flatten, unflatten

NOISE_SEED = 20180801
NOISE_SIZE = 1e-3


@dataclass(frozen=True)
class Control:
    """Autodiff's gradient, spoiled: set to zero, sign flipped, or with 0.1 % noise.

    Parameters
    ----------
    kind : {"zeros", "flipped-sign", "noise"}
        Noise multiplies every entry by 1 + 0.001 n with n standard normal, the same at each call.

    Examples
    --------
    >>> prepared = Control("flipped-sign").prepare(lambda w: np.sum(w * w), np.ones(2))
    >>> prepared.value_and_gradient(np.ones(2))[1]
    array([-2., -2.])
    """

    kind: Literal["zeros", "flipped-sign", "noise"] = "zeros"

    @property
    def name(self) -> str:
        """The spec."""
        return f"control:{self.kind}"

    def unavailable(self) -> None:
        """Always available."""
        return None

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> Prepared:
        """Prepare autodiff and spoil what it gives; see `GradientProvider`."""
        signature = Signature.of(params, *contexts)
        honest = Autodiff().prepare(f, params, *contexts)

        def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
            nest = unflatten(signature.params, leaves)
            value, gradient = honest.value_and_gradient(nest, *contexts)
            return value, self._spoil(flatten(gradient)[0])

        return Prepared(signature, Preparation(self.name, honest.preparation.seconds), evaluate)

    def _spoil(self, gradient: list[Any]) -> list[Any]:
        if self.kind == "zeros":
            return [np.zeros_like(leaf) for leaf in gradient]
        if self.kind == "flipped-sign":
            return [-leaf for leaf in gradient]
        rng = np.random.default_rng(NOISE_SEED)
        noise = [1 + NOISE_SIZE * rng.standard_normal(np.shape(leaf)) for leaf in gradient]
        return [
            (leaf * n).astype(leaf.dtype) if hasattr(leaf, "astype") else leaf * n
            for leaf, n in zip(gradient, noise)
        ]
