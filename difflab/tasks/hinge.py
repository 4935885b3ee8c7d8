"""Max-margin classification of two moons: a perceptron and a network beside LinearSVC.

The hinge loss max(0, 1 - y m) with targets -1 and 1 asks for a margin, and the penalty on the
weights makes it wide. What is minimised here is mean hinge + l2/2 |w|^2; scikit-learn's
``LinearSVC(loss="hinge", C=C)`` minimises 1/2 |w|^2 + C sum hinge, which is n C times the same with
l2 = 1 / (n C). LinearSVC penalises the bias too; a large ``intercept_scaling`` takes that away.
With l2 = .01 on 1,000 points, C = .1, the perceptron's weights are LinearSVC's to 1e-5.

Cortes and Vapnik (1995), Support-vector networks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from difflab.chart import Figure
from difflab.datasets import Dataset, moons
from difflab.errors import UsageError
from difflab.nn.init import Params
from difflab.tasks.experiment import Conditions, Experiment
from difflab.tasks.logistic import boundary_panel, plane_rows
from difflab.tasks.rows import Rows, column, distinct, where
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

PERCEPTRON, NETWORK, REFERENCE = "perceptron", "network", "LinearSVC"
INTERCEPT_SCALING = 30.0
TOLERANCE = 1e-8
MOST_ROUNDS = 2_000_000
ARRIVED = 1e-3
"""Weights that differ by less are called the same."""


def signed_moons() -> Dataset:
    """Return the moons with targets -1 and 1.

    Examples
    --------
    >>> sorted(set(signed_moons().y.ravel().tolist()))
    [-1.0, 1.0]
    """
    data = moons()
    assert data.y_val is not None
    return replace(data, y=2 * data.y - 1, y_val=2 * data.y_val - 1)


def svc_constant(l2: float, samples: int) -> float:
    """Return LinearSVC's C that stands for a penalty l2 here: 1 / (n l2).

    Raises
    ------
    UsageError
        Without a penalty, where C would be infinite.

    Examples
    --------
    >>> svc_constant(0.01, 1000)
    0.1
    """
    if not l2 > 0:
        raise UsageError(
            "without a penalty there is no LinearSVC to compare with",
            "its C is 1 / (n l2)",
            "--set l2=0.01",
        )
    return 1 / (samples * l2)


def linear_svc(data: Dataset, l2: float) -> Params:
    """Train scikit-learn's LinearSVC; returns its weights and bias as one layer."""
    from sklearn.svm import LinearSVC

    machine = LinearSVC(
        loss="hinge",
        C=svc_constant(l2, data.samples),
        intercept_scaling=INTERCEPT_SCALING,
        tol=TOLERANCE,
        max_iter=MOST_ROUNDS,
        random_state=0,
    )
    machine.fit(data.x, data.y.ravel())
    return [(machine.coef_.T, machine.intercept_)]


def carry_out(conditions: Conditions) -> Rows:
    """Train the perceptron, the network and LinearSVC; rows of the plane for each."""
    task, settings = conditions.task, conditions.settings
    data = task.dataset(settings)
    perceptron = replace(settings, widths=(settings.widths[0], settings.widths[-1]))
    network = replace(settings, l2=settings.option("network_l2"))
    linear = task.objective(perceptron).model
    scores: dict[str, Callable[[np.ndarray], Any]] = {}
    reference = linear_svc(data, settings.l2)
    for name, chosen in ((PERCEPTRON, perceptron), (NETWORK, network)):
        params = conditions.train(chosen, data=data).params
        scores[name] = _scores(task.objective(chosen).model, params)
    scores[REFERENCE] = _scores(linear, reference)
    return [row for name, of in scores.items() for row in plane_rows(name, data, of)]


def _scores(model: Callable[[Any, Any], Any], params: Any) -> Callable[[np.ndarray], Any]:
    return lambda x: model(params, x)


def affine(rows: Rows) -> np.ndarray:
    """Read (w0, w1, b) of a linear classifier off its values over the grid.

    Examples
    --------
    >>> grid = [{"x0": float(i), "x1": float(j), "value": 3.0 * i - j + 2} for i in (0, 1)
    ...         for j in (0, 1)]
    >>> affine(grid).round(12)
    array([ 3., -1.,  2.])
    """
    x = np.array([column(rows, "x0"), column(rows, "x1"), np.ones(len(rows))]).T
    return np.linalg.lstsq(x, np.array(column(rows, "value")), rcond=None)[0]


def share_right(rows: Rows) -> float:
    """Accuracy at the points of both classes."""
    right = [
        (value > 0) == (kind == "class 1")
        for kind in ("class 0", "class 1")
        for value in column(where(rows, kind=kind), "value")
    ]
    return float(np.mean(right))


def summary(rows: Rows) -> Mapping[str, float]:
    """Accuracies, the weights of both linear classifiers, and how far apart these are."""
    measured = {}
    for name in distinct(rows, "network"):
        measured[f"accuracy of the {name}".replace("the L", "L")] = share_right(
            where(rows, network=name)
        )
    ours, theirs = (
        affine(where(rows, network=name, kind="grid")) for name in (PERCEPTRON, REFERENCE)
    )
    for number, name in enumerate(("w0", "w1", "b")):
        measured[f"perceptron {name}"] = float(ours[number])
        measured[f"LinearSVC {name}"] = float(theirs[number])
    measured["largest difference of weights"] = float(np.max(np.abs(ours - theirs)))
    return measured


def lesson(measured: Mapping[str, float]) -> str:
    """How close descent comes to the solver of a library, and what the network adds."""
    apart = measured["largest difference of weights"]
    told = (
        "Descent on the hinge loss with a penalty is a support vector machine: its weights differ "
        f"from LinearSVC's by {apart:.0e} at most."
        if apart < ARRIVED
        else f"Descent has not come to the weights of LinearSVC, which are {apart:.2g} away: it "
        "takes more steps, or another rate."
    )
    return (
        f"{told} The perceptron has {measured['accuracy of the perceptron']:.1%} of the points "
        f"right, LinearSVC {measured['accuracy of LinearSVC']:.1%}; hidden layers under the same "
        f"loss have {measured['accuracy of the network']:.1%}."
    )


def figure(rows: Rows) -> Figure:
    """The score over the plane with its contour at 0: perceptron, network, LinearSVC."""
    charts = tuple(
        boundary_panel(where(rows, network=name), "score", 0.0, -1.0, 1.0)
        for name in distinct(rows, "network")
    )
    caption = (
        "Scores between the margins -1 and 1 in shades over the plane, the boundary at 0, and the "
        "points of both moons: the perceptron's boundary is that of LinearSVC."
    )
    return Figure("hinge", charts, caption)


TASK = Task(
    name="hinge",
    shows="max-margin loss: a perceptron becomes a support vector machine",
    slide="support vector machines; perceptron",
    settings=Settings(
        widths=(2, 16, 16, 1),
        loss="hinge",
        optimizer="momentum",
        lr=0.1,
        steps=2000,
        schedule="cosine",
        l2=0.01,
        standardised=False,
        options=(("network_l2", 1e-4),),
    ),
    data=signed_moons,
    rates={"sgd": 0.5, "momentum": 0.1, "nesterov": 0.1, "rmsprop": 0.01, "adam": 0.05},
    experiment=Experiment(carry_out, lambda settings: 2 * settings.steps),
    summary=summary,
    figure=figure,
    lesson=lesson,
    fixed=("loss", "output", "epochs"),
    instead="--set l2=0.1, or --set widths=2-8-1",
    expectations=(
        Expectation("largest difference of weights", 0.0, 1e-5, "the same minimum"),
        Expectation("accuracy of the perceptron", 0.86, 0.89, "LinearSVC has .88"),
        Expectation("accuracy of LinearSVC", 0.86, 0.89, "scikit-learn"),
        Expectation("accuracy of the network", 0.995, 1.0, "band over seeds 0 to 4"),
    ),
)
