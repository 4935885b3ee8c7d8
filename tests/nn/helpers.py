"""A small problem, and a provider that notes down what it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from difflab import providers
from difflab.datasets import Dataset, sincos, standardise
from difflab.nn import MLP, Objective, Trainer, initialise, squared_error

NET = MLP((2, 4, 4, 1))
OBJECTIVE = Objective(NET, squared_error)


def start() -> Any:
    """Parameters to train from, new at every call."""
    return initialise(NET, seed=1)


def problem(n: int = 50) -> Dataset:
    """Sine plus cosine with standardised inputs, judged on a small grid."""
    return standardise(sincos(n, grid=5))


DATA = problem()


def fit(validation: bool = False, **settings: Any) -> Any:
    """Train the small problem; everything may be overridden."""
    settings = {"optimizer": "adam", "steps": 12, **settings}
    trainer = Trainer(NET, "squared-error", **settings)
    return trainer.fit(DATA.x, DATA.y, DATA.validation if validation else None, params=start())


def joined(params: Any) -> bytes:
    """All bits of a network's parameters."""
    return b"".join(leaf.tobytes() for layer in params for leaf in layer)


@dataclass
class Recorder:
    """A provider that keeps the contexts of every call; ``spoil`` may change its answers."""

    method: str = "autodiff"
    spoil: Any = None
    seen: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    prepared: int = 0

    @property
    def name(self) -> str:
        return f"recorder of {self.method}"

    def unavailable(self) -> None:
        return None

    def prepare(self, f: Any, params: Any, *contexts: Any) -> Any:
        self.prepared += 1
        return Recording(self, providers.get(self.method).prepare(f, params, *contexts))


@dataclass
class Recording:
    """What a `Recorder` prepares."""

    recorder: Recorder
    honest: Any

    @property
    def preparation(self) -> providers.Preparation:
        return providers.Preparation(self.recorder.name, sizes={"loss evaluations": 3})

    def value_and_gradient(self, params: Any, x: Any, y: Any) -> Any:
        self.recorder.seen.append((x.copy(), y.copy()))
        answer = self.honest.value_and_gradient(params, x, y)
        spoil = self.recorder.spoil
        return answer if spoil is None else spoil(len(self.recorder.seen), *answer)
