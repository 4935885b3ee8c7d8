"""Training the simplest MLP with the slide's gradients: right or wrong sign, right or wrong sigma'.

The lesson is in the last losses: with the right sign and sigma'(m), sigma'(n) in place of sigma' at
z2 and z1, the loss falls further than with the true gradient, because sigma(m) (1 - sigma(m)) is
never small for m in 0..1 and so cannot saturate. A falling loss proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from difflab.course import chain
from difflab.functions import sigmoid

UPDATES = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """How a gradient is computed.

    Attributes
    ----------
    label : str
    minus : bool
        Whether dL/dm is -2 (y - m), rather than the slide's 2 (y - m).
    at_the_argument : bool
        Whether sigma' is taken at z2 and z1, rather than the slide's m and n.
    """

    label: str
    minus: bool
    at_the_argument: bool


EXACT = Rule("true gradient", True, True)
WRONG_SIGN = Rule("slide's sign", False, True)
WRONG_FORM = Rule("slide's sigma', right sign", True, False)
BOTH = Rule("slide's sign and sigma'", False, False)

RULES = (EXACT, WRONG_SIGN, WRONG_FORM, BOTH)


def gradient(rule: Rule, w1: float, b1: float, w2: float, b2: float) -> tuple[float, ...]:
    """dL/dw1, dL/db1, dL/dw2, dL/db2 by a rule.

    Examples
    --------
    >>> [round(g, 6) for g in gradient(EXACT, 0.8, -0.2, -1.1, 0.3)]
    [0.038285, 0.076569, -0.154628, -0.281227]
    >>> [round(g, 6) for g in gradient(BOTH, 0.8, -0.2, -1.1, 0.3)]
    [-0.035122, -0.070244, 0.151331, 0.275231]
    """
    x, y = chain.FIXTURE["x"], chain.FIXTURE["y"]
    n = float(sigmoid(w1 * x + b1))
    m = float(sigmoid(w2 * n + b2))
    at = _logistic_slope if rule.at_the_argument else _slides_slope
    outer = (-2 if rule.minus else 2) * (y - m) * at(m)
    inner = outer * w2 * at(n)
    return x * inner, inner, n * outer, outer


def _logistic_slope(output: float) -> float:
    return output * (1 - output)


def _slides_slope(output: float) -> float:
    """sigma(output) (1 - sigma(output)): the sigmoid is applied once too often."""
    return _logistic_slope(float(sigmoid(output)))


def path(rule: Rule, updates: int = UPDATES, eta: float = chain.ETA) -> np.ndarray:
    """Weights of gradient descent from the fixture, shape (updates + 1, 4): w1, b1, w2, b2.

    Examples
    --------
    >>> path(EXACT, 1).round(4)
    array([[ 0.8   , -0.2   , -1.1   ,  0.3   ],
           [ 0.7809, -0.2383, -1.0227,  0.4406]])
    """
    weights = np.array([chain.FIXTURE[name] for name in chain.WEIGHTS])
    visited = [weights]
    for _ in range(updates):
        weights = weights - eta * np.array(gradient(rule, *weights))
        visited.append(weights)
    return np.array(visited)


def descend(rule: Rule, updates: int = UPDATES, eta: float = chain.ETA) -> tuple[float, ...]:
    """Losses of gradient descent from the fixture, before the first update and after each.

    Examples
    --------
    >>> [round(descend(rule)[-1], 8) for rule in (EXACT, WRONG_FORM)]
    [0.00250238, 0.00043185]
    """
    return tuple(_loss(*weights) for weights in path(rule, updates, eta))


def errors(rule: Rule, updates: int = UPDATES) -> tuple[float, ...]:
    """Relative error ||g - g*|| / ||g*|| of a rule's gradient at every point of its own descent.

    Examples
    --------
    >>> round(errors(WRONG_SIGN, 1)[0], 12), errors(WRONG_FORM)[0] < 0.1 < errors(WRONG_FORM)[-1]
    (2.0, True)
    """
    found = []
    for weights in path(rule, updates):
        mine, true = (np.array(gradient(each, *weights)) for each in (rule, EXACT))
        found.append(float(np.linalg.norm(mine - true) / np.linalg.norm(true)))
    return tuple(found)


def _loss(w1: float, b1: float, w2: float, b2: float) -> float:
    return float(chain.run(w1=w1, b1=b1, w2=w2, b2=b2)["L"])


def passes_a_gradient_check(rule: Rule) -> bool:
    """Whether a gradient agrees with differences of the loss along a random direction.

    Examples
    --------
    >>> [passes_a_gradient_check(rule) for rule in RULES]
    [True, False, False, False]
    """
    from difflab.numeric.direction_check import agreement

    start = np.array([chain.FIXTURE[name] for name in chain.WEIGHTS])

    def loss(weights: np.ndarray) -> float:
        return chain.run(**dict(zip(chain.WEIGHTS, weights)))["L"]

    return agreement(loss, start, gradient=np.array(gradient(rule, *start))).agrees
