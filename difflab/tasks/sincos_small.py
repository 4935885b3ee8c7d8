"""The small twin of `sincos`: a 2-4-4-1 network of 37 parameters that every provider can train.

Same points, tanh in place of ReLU, so that all derivatives exist everywhere and SymPy's form stays
within its budget. Exact gradients give the same curve: to 1e-10 over the first 100 steps.
"""

from difflab.datasets import sincos
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

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
    expectations=(
        Expectation("loss", 0.1343, 0.1353, "PyTorch's gradients, same weights and updates"),
    ),
)  # fmt: skip
