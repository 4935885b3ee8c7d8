"""Where the slides are wrong, what is right, and the numbers that show it, worked out each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from difflab.course import chain
from difflab.course.checks_chain import fixed_point, value_of
from difflab.course.checks_collapse import outputs
from difflab.course.checks_data import CODE, run_code
from difflab.course.checks_differences import SLIDE_STEP, TINY_STEP, v_curve
from difflab.course.checks_mnist import Mnist
from difflab.course.descent import (
    BOTH,
    EXACT,
    UPDATES,
    WRONG_FORM,
    WRONG_SIGN,
    descend,
    gradient,
    passes_a_gradient_check,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A number that shows something.

    Attributes
    ----------
    what : str
        What it is the value of.
    value : float
    """

    what: str
    value: float


Evidences = tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Erratum:
    """Something that the slides have wrong.

    Attributes
    ----------
    says, correct : str
        In ASCII mathematics.
    rows : tuple of str
        Keys of the rows of the lecture that it is about.
    show : callable
        ``show(files)`` returns the numbers; ``files`` is MNIST, or what to type to have it.
    needs_files : bool
        Whether there are no numbers without MNIST.
    """

    says: str
    correct: str
    rows: tuple[str, ...]
    show: Callable[[Mnist | str], Evidences]
    needs_files: bool = False


def _true(name: str) -> Evidence:
    return Evidence(f"true dL/d{name}", chain.true_slope("L", name))


def _sign(_: Mnist | str) -> Evidences:
    start = [chain.FIXTURE[name] for name in chain.WEIGHTS]
    losses = descend(WRONG_SIGN)
    return (
        Evidence("slide's sign dL/dw2", gradient(WRONG_SIGN, *start)[2]),
        _true("w2"),
        Evidence("L before descent with it", losses[0]),
        Evidence(f"L after {UPDATES} updates", losses[-1]),
    )


def _outer_form(_: Mnist | str) -> Evidences:
    start = [chain.FIXTURE[name] for name in chain.WEIGHTS]
    return (
        Evidence("slide's form dL/dw2", gradient(WRONG_FORM, *start)[2]),
        Evidence("with both errors", value_of("n * sigma'(m) * 2*(y - m)")[0]),
        _true("w2"),
    )


def _inner_form(_: Mnist | str) -> Evidences:
    start = [chain.FIXTURE[name] for name in chain.WEIGHTS]
    return (
        Evidence("dL/dw1 with both errors", gradient(BOTH, *start)[0]),
        Evidence("with this one at both units", gradient(WRONG_FORM, *start)[0]),
        _true("w1"),
    )


def _implicit(_: Mnist | str) -> Evidences:
    return (
        Evidence("fixed point n", fixed_point("n", "sigmoid(w1*n + b1)")),
        Evidence("true n", chain.true_value("n")),
    )


def _twenty_four(_: Mnist | str) -> Evidences:
    return (
        Evidence("dL/dw1 with 24", value_of("24 * sigma'(n) * w2 * sigma'(m) * 2*(y - m)")[0]),
        _true("w1"),
    )


def _omitted(_: Mnist | str) -> Evidences:
    return (
        Evidence("dL/db1 by the formula", value_of("-2*(y - m) * m*(1 - m) * w2 * n*(1 - n)")[0]),
        _true("b1"),
    )


def _output_dimension(_: Mnist | str) -> Evidences:
    made = run_code(CODE)
    return (
        Evidence("dimensions of X's array", np.ndim(made["X"])),
        Evidence("numbers in a row of X", made["X"].shape[1]),
        Evidence("dimensions of Y's array", np.ndim(made["Y"])),
        Evidence("numbers in Y", made["Y"].size),
    )


def _layers(_: Mnist | str) -> Evidences:
    net, affine = outputs((2, 64, 64, 1))
    bent, _affine = outputs((2, 64, 64, 1), np.tanh)
    return (
        Evidence("net less W3 W2 W1 x + biases", float(np.max(np.abs(net - affine)))),
        Evidence("the same with tanh", float(np.max(np.abs(bent - affine)))),
    )


def _gain(_: Mnist | str) -> Evidences:
    return (Evidence("25.7 - 16.4", round(25.7 - 16.4, 10)), Evidence("slide's gain", 8.5))


def _classes(files: Mnist | str) -> Evidences:
    if isinstance(files, str):
        return ()
    train, test = (np.bincount(part) for part in (files.train_labels, files.test_labels))
    return (
        Evidence("fewest of a class, train", int(train.min())),
        Evidence("most", int(train.max())),
        Evidence("fewest of a class, test", int(test.min())),
        Evidence("most", int(test.max())),
        Evidence("grey levels", int(np.count_nonzero(files.histogram))),
    )


def _rounding(_: Mnist | str) -> Evidences:
    curve = v_curve()
    best = min(curve, key=lambda point: point.error)
    slides, tiny = v_curve((SLIDE_STEP, TINY_STEP))
    return (
        Evidence(f"error at h = {SLIDE_STEP:g}", slides.error),
        Evidence("its truncation h/2 |f''|", slides.truncation),
        Evidence("least error", best.error),
        Evidence("at h", best.step),
        Evidence(f"error at h = {TINY_STEP:g}", tiny.error),
        Evidence("its truncation", tiny.truncation),
        Evidence("its rounding 2 eps |f| / h", tiny.rounding),
    )


ERRATA: tuple[Erratum, ...] = (
    Erratum("dL/dm = 2(y - m)", "-2(y - m)", ("dL/dm",), _sign),
    Erratum(
        "dm/dz2 = sigma'(m) = sigma(m)(1 - sigma(m))",
        "sigma'(z2) = sigma(z2)(1 - sigma(z2)) = m(1 - m)",
        (
            "dm/dz2",
            "dm/dz2 written out",
            "dL/dw2 with the slide's factors",
            "dL/db2 with the slide's factors",
        ),
        _outer_form,
    ),
    Erratum(
        "dn/dz1 = sigma'(n)",
        "n(1 - n)",
        ("dn/dz1", "dL/dw1 with the slide's factors"),
        _inner_form,
    ),
    Erratum("n = sigmoid(w1 n + b1)", "sigmoid(w1 x + b1)", ("n of n",), _implicit),
    Erratum(
        'dz1/dw1 shown as "24"',
        "x, handwritten and misread",
        ("dz1/dw1 as 24", "dz1/dw1 as dL/dw1"),
        _twenty_four,
    ),
    Erratum("dL/db1 omitted", "-2(y - m) m(1 - m) w2 n(1 - n)", ("dL/db1",), _omitted),
    Erratum('"2D input and output"', "2-D input, 1-D output", ("2-D output",), _output_dimension),
    Erratum(
        "Y = W(W(WX + B) + B) = WX + B with one W, B",
        "W = W3 W2 W1 and a chain of biases; they differ per layer",
        ("two layers", "three layers", "linear projection"),
        _layers,
    ),
    Erratum('"8.5% gain" for AlexNet', "9.3, by the slide's own table", ("AlexNet's gain",), _gain),
    Erratum(
        'MNIST "6,000, 1,000 for each class", "black and white"',
        "unequal counts, grey levels",
        ("6,000 per class", "1,000 per class", "black and white"),
        _classes,
        needs_files=True,
    ),
    Erratum(
        "finite differences: truncation error",
        "truncation h/2 |f''| and rounding 2 eps |f| / h",
        ("truncation error",),
        _rounding,
    ),
)
"""In the order of the formulas; the numbers are those of the fixture of the simplest MLP."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What training with a gradient comes to, and what a gradient check says of it.

    Attributes
    ----------
    label : str
        Of the rule.
    loss : float
        After the last update.
    passes : bool
        The gradient check.
    """

    label: str
    loss: float
    passes: bool


def lesson() -> tuple[Trained, ...]:
    """Train with the true gradient, and with the slide's sigma' and the right sign.

    Examples
    --------
    >>> true, wrong = lesson()
    >>> wrong.loss < true.loss, true.passes, wrong.passes
    (True, True, False)
    """
    return tuple(
        Trained(rule.label, descend(rule)[-1], passes_a_gradient_check(rule))
        for rule in (EXACT, WRONG_FORM)
    )
