"""Real handwritten digits, 8 x 8 pixels: a 64-32-10 classifier with softmax cross-entropy.

1,797 images of scikit-learn, three quarters to train on. From zero weights the loss is ln 10. The
network classifies 97 to 98 % of the images kept apart, softmax regression (64-10) about 96 %.
"""

from difflab.datasets import digits
from difflab.nn import accuracy
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

TASK = Task(
    name="digits",
    shows="a classifier on real images, trained on mini-batches",
    slide="classification; cross-entropy",
    settings=Settings(
        widths=(64, 32, 10),
        activation="relu",
        loss="softmax-cross-entropy",
        lr=0.005,
        steps=1100,
        batch_size=64,
        standardised=False,
    ),
    data=digits,
    rates={"sgd": 0.5, "momentum": 0.1, "nesterov": 0.1, "rmsprop": 0.002, "adamw": 0.005},
    metric=accuracy,
    metric_name="accuracy",
    expectations=(
        Expectation("accuracy", 0.965, 0.99, "band over seeds 0 to 4"),
        Expectation("accuracy", 0.95, 0.975, "softmax regression", given={"widths": (64, 10)}),
    ),
)
