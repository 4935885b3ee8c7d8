"""Same name, different algorithm: what other libraries call momentum, RMSProp and Adam.

Each variant walks down f = w^2 / 2 from w = 1 beside the rule of this package, with the same
settings but for what is named, and the table says how far apart the two come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from difflab.errors import UsageError
from difflab.nn.optimizers.adam import Adam
from difflab.nn.optimizers.rates import StepDecay
from difflab.nn.optimizers.rmsprop import RMSProp
from difflab.nn.optimizers.schedules import Scheduled
from difflab.nn.optimizers.sgd import SGD

RATE, MU, ALPHA, B1, B2, EPS = 0.1, 0.9, 0.99, 0.9, 0.999, 1e-8
HALVING = StepDecay(RATE, every=2, factor=0.5)

Memory = tuple[float, ...]
Rule = Callable[[float, float, int, Memory], tuple[float, Memory]]
"""``rule(w, g, t, memory) -> (w, memory)`` with steps counted from t = 1."""


def momentum_with_share(
    w: float,
    g: float,
    t: int,  # noqa: ARG001 - one signature for all rules
    memory: Memory,
) -> tuple[float, Memory]:
    """Heavy ball with 1 - mu in front of the gradient, as HIPS autograd has it."""
    velocity = MU * memory[0] - (1 - MU) * g
    return w + RATE * velocity, (velocity,)


def momentum_with_inner_rate(w: float, g: float, t: int, memory: Memory) -> tuple[float, Memory]:
    """Heavy ball whose buffer holds the learning rate, as scikit-learn and Keras have it."""
    velocity = MU * memory[0] - HALVING(t) * g
    return w + velocity, (velocity,)


def rmsprop_inner_eps(
    w: float,
    g: float,
    t: int,  # noqa: ARG001
    memory: Memory,
) -> tuple[float, Memory]:
    """RMSProp with eps inside the root, as d2l and Keras have it."""
    v = ALPHA * memory[0] + (1 - ALPHA) * g * g
    return w - RATE * g / (v + EPS) ** 0.5, (v,)


def rmsprop_from_one(w: float, g: float, t: int, memory: Memory) -> tuple[float, Memory]:
    """RMSProp whose mean of squares starts from 1, as HIPS autograd has it."""
    before = 1.0 if t == 1 else memory[0]
    v = ALPHA * before + (1 - ALPHA) * g * g
    return w - RATE * g / (v**0.5 + EPS), (v,)


def adam_early_eps(w: float, g: float, t: int, memory: Memory) -> tuple[float, Memory]:
    """Adam with eps beside sqrt(v) before the bias correction, as scikit-learn has it."""
    m = B1 * memory[0] + (1 - B1) * g
    v = B2 * memory[1] + (1 - B2) * g * g
    rate = RATE * (1 - B2**t) ** 0.5 / (1 - B1**t)
    return w - rate * m / (v**0.5 + EPS), (m, v)


@dataclass(frozen=True)
class Variant:
    """One rule of another library, beside ours of the same name.

    Attributes
    ----------
    rule, library : str
        The name, and who uses it.
    what_differs : str
    ours : Optimizer
    theirs : callable
    """

    rule: str
    library: str
    what_differs: str
    ours: Any
    theirs: Rule


VARIANTS: tuple[Variant, ...] = (
    Variant(
        "momentum",
        "HIPS autograd",
        "(1 - mu) in front of the gradient",
        SGD(RATE, momentum=MU),
        momentum_with_share,
    ),
    Variant(
        "momentum, rate halved every 2 steps",
        "scikit-learn, Keras",
        "the learning rate is in the buffer, so a new one acts late",
        Scheduled(SGD(momentum=MU), HALVING),
        momentum_with_inner_rate,
    ),
    Variant(
        "RMSProp",
        "d2l, Keras",
        "eps inside the root",
        RMSProp(RATE, alpha=ALPHA, eps=EPS),
        rmsprop_inner_eps,
    ),
    Variant(
        "RMSProp",
        "HIPS autograd",
        "the mean of squares starts from 1 instead of 0",
        RMSProp(RATE, alpha=ALPHA, eps=EPS),
        rmsprop_from_one,
    ),
    Variant(
        "Adam",
        "scikit-learn",
        "eps beside sqrt(v) before the bias correction",
        Adam(RATE, B1, B2, EPS),
        adam_early_eps,
    ),
)
"""Every variant of the table."""


def same_name_other_algorithm(steps: int = 3) -> list[dict[str, Any]]:
    """Walk each variant and our rule down f = w^2 / 2, and tell how far apart they come.

    Parameters
    ----------
    steps : int
        How many.

    Returns
    -------
    list of dict
        ``rule``, ``library``, ``what differs``, ``steps``, ``here`` and ``there`` (w after the
        steps), ``difference`` (their largest distance on the way).

    Raises
    ------
    UsageError
        For fewer than one step.

    Examples
    --------
    >>> for row in same_name_other_algorithm(3):
    ...     print(f"{row['rule']:36}{row['library']:20}{row['difference']:.1e}")
    momentum                            HIPS autograd       4.6e-01
    momentum, rate halved every 2 steps scikit-learn, Keras 8.1e-02
    RMSProp                             d2l, Keras          4.0e-07
    RMSProp                             HIPS autograd       9.0e-01
    Adam                                scikit-learn        7.1e-08
    """
    if type(steps) is not int or steps < 1:
        raise UsageError(f"steps={steps!r} is no number of steps", "it is 1 or more", "steps=3")
    rows = []
    for variant in VARIANTS:
        here, there, apart = 1.0, 1.0, 0.0
        state = variant.ours.init(here)
        memory: Memory = (0.0, 0.0)
        for t in range(1, steps + 1):
            here, state = variant.ours.step(here, here, state)
            there, memory = variant.theirs(there, there, t, memory)
            apart = max(apart, abs(float(here) - there))
        rows.append(
            {
                "rule": variant.rule,
                "library": variant.library,
                "what differs": variant.what_differs,
                "steps": steps,
                "here": float(here),
                "there": there,
                "difference": apart,
            }
        )
    return rows
