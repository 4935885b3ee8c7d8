"""A plane through sin(x0) + cos(x1): the task with a closed form, which descent must reach.

The mean squared error of the best plane is .9171158675. The Hessian's eigenvalues on raw inputs are
(.294, 16.98, 120.98), so descent converges below the learning rate 2 / 120.98 = .016532: .0157
arrives, .0166 diverges. On standardised inputs the limit is .9766.
"""

from collections.abc import Mapping

from difflab.datasets import Dataset, sincos
from difflab.nn.closed_form import critical_learning_rate, hessian_eigenvalues, least_squares
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

_SOURCE = "normal equations, QR and pseudo-inverse agree"


def facts(settings: Settings, data: Dataset) -> Mapping[str, float]:
    """Return the closed form's loss, and the learning rate at which descent stops converging."""
    del settings
    eigenvalues = hessian_eigenvalues(data.x)
    return {
        "closed-form loss": least_squares(data.x, data.y).loss,
        "critical learning rate": critical_learning_rate(data.x),
        "condition number": float(eigenvalues[-1] / eigenvalues[0]),
    }


TASK = Task(
    name="linear-regression",
    shows="descent reaches the closed form below the critical learning rate, and diverges above it",
    slide="linear regression; closed form?",
    settings=Settings(
        widths=(2, 1), optimizer="sgd", lr=0.0157, steps=5000, standardised=False, initial="zeros"
    ),
    data=sincos,
    rates={"momentum": 0.003, "nesterov": 0.003, "rmsprop": 0.001, "adam": 0.01, "adamw": 0.01},
    facts=facts,
    expectations=(
        Expectation("loss", 0.9171158670, 0.9171158680, _SOURCE),
        Expectation("closed-form loss", 0.9171158670, 0.9171158680, _SOURCE),
        Expectation("critical learning rate", 0.016531, 0.016533, "2 / largest eigenvalue"),
        Expectation(
            "critical learning rate",
            0.9765,
            0.9767,
            "2 / largest eigenvalue",
            given={"standardised": True},
        ),
    ),
)
