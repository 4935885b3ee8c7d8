"""The simplest network that has a chain rule worth the name: x, one hidden unit, one output.

``n = sigmoid(w1 x + b1)``, ``m = sigmoid(w2 n + b2)``, ``L = (y - m)^2``; one sample, four
parameters. From the fixture of the lecture's errata, 200 updates of gradient descent with step size
0.5 bring L from .33133809 to .00250238.
"""

import numpy as np

from difflab.datasets import simplest
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

TASK = Task(
    name="simplest",
    shows="the chain rule by hand, by SymPy, by differences and by the tape: four equal numbers",
    slide="simplest MLP",
    settings=Settings(
        widths=(1, 1, 1),
        activation="sigmoid",
        output="sigmoid",
        optimizer="sgd",
        lr=0.5,
        steps=200,
        standardised=False,
    ),
    data=simplest,
    rates={"momentum": 0.1, "nesterov": 0.1, "rmsprop": 0.01, "adam": 0.05, "adamw": 0.05},
    fixture=[
        (np.array([[0.8]]), np.array([-0.2])),
        (np.array([[-1.1]]), np.array([0.3])),
    ],
    expectations=(Expectation("loss", 0.002502375, 0.002502385, "errata, fixture of the lecture"),),
)
