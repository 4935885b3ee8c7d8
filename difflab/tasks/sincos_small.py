"""The small twin of `sincos`: a 2-4-4-1 network of 37 parameters that every provider can train.

Same points, tanh in place of ReLU, so that all derivatives exist everywhere and SymPy's form stays
within its budget. Exact gradients give the same curve: to 1e-10 over the first 100 steps.
"""

from collections.abc import Mapping

from difflab.datasets import sincos
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task


def lesson(measured: Mapping[str, float]) -> str:
    """Where the run ends, and who else would end there."""
    return (
        f"The loss ends at {measured['loss']:.4f}, and at {measured['validation loss']:.4f} on the "
        "grid without noise; start and batches depend on task and seed alone, so every exact "
        "gradient ends there too, and only the price differs."
    )


TASK = Task(
    name="sincos-small",
    shows="one curve, whichever way the gradient is taken; only the price differs",
    slide="MLP regression on sine plus cosine, small enough for symbols",
    settings=Settings(widths=(2, 4, 4, 1), lr=0.02, steps=500),
    data=sincos,
    rates={
        "sgd": 0.1, "momentum": 0.05, "nesterov": 0.03, "rmsprop": 0.01, "adam": 0.02,
        "adamw": 0.02,
    },
    lesson=lesson,
    expectations=(
        Expectation("loss", 0.1343, 0.1353, "PyTorch's gradients, same weights and updates"),
    ),
)  # fmt: skip
