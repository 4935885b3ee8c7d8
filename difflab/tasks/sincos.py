"""The lecture's experiment: fit sin(x0) + cos(x1) with a 2-64-64-1 network.

1,000 points in 0..10 with noise of deviation 0.1, so no fit is expected below a mean squared error
of .01 on new points with noise; the validation set is a grid without noise. With 2,000 full-batch
steps ReLU and Adam (learning rate .01) reach about .008 on the training points and .003 on the
grid, sigmoid and gradient descent (.05) hardly leave the plane (.916).
"""

from difflab.datasets import sincos
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

_SOURCE = "band over seeds 0 to 4"

TASK = Task(
    name="sincos",
    shows="what a hidden layer buys, and what the optimizer decides",
    slide="MLP regression on sine plus cosine",
    settings=Settings(widths=(2, 64, 64, 1), activation="relu", lr=0.01, steps=2000),
    data=sincos,
    rates={"sgd": 0.05, "momentum": 0.005, "nesterov": 0.005, "rmsprop": 0.001, "adamw": 0.01},
    expectations=(
        Expectation("loss", 0.005, 0.012, _SOURCE),
        Expectation("validation loss", 0.001, 0.006, _SOURCE),
        Expectation("loss", 0.02, 0.045, _SOURCE, given={"optimizer": "sgd", "lr": 0.05}),
        Expectation("loss", 0.008, 0.014, _SOURCE, given={"activation": "sigmoid"}),
        Expectation(
            "loss",
            0.912,
            0.919,
            "the plane, nearly",
            given={"activation": "sigmoid", "optimizer": "sgd", "lr": 0.05},
        ),
        Expectation(
            "loss",
            0.91711,
            0.91712,
            "a linear network is a plane, however deep",
            given={"activation": "identity"},
        ),
    ),
)
