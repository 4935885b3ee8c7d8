"""The cases: networks from one neuron to twenty layers, each a record from which all else follows.

The loss is written once, in plain NumPy; difflab's providers differentiate it as it is. Other
libraries put their own functions in the places of activation and head.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import unknown_name
from difflab.functions import relu, sigmoid, softmax_cross_entropy

Params = list[tuple[Any, Any]]
"""A weight matrix, shape (inputs, outputs), and a bias, shape (outputs,), per layer."""


@dataclass(frozen=True, slots=True)
class Case:
    """A network with its loss, and the seed of its numbers.

    Attributes
    ----------
    name : str
        What the command line calls it.
    sizes : tuple of int
        Neurons per layer, inputs first.
    activation : str
        Of every hidden layer: "sigmoid", "tanh" or "relu".
    head : str
        From the last layer's sums to the loss, a key of `HEADS`; mean over samples and outputs.
    batch : int
        Samples.
    dtype : str
        Of parameters and data.
    seed : int
        Of parameters and data.
    data : str
        "" for random numbers; "sincos" or "digits" for the course's, with its initial parameters.
    """

    name: str
    sizes: tuple[int, ...]
    activation: str
    head: str
    batch: int
    dtype: str = "float64"
    seed: int = 20180801
    data: str = ""

    def problem(self) -> Problem:
        """Draw parameters and data.

        Weights are normal with variance 1 / inputs (LeCun et al. 1998), so that signals keep their
        size through twenty layers; biases are small. Targets are normal, or one-hot.
        """
        if self.data:
            return self._of_the_course()
        rng = np.random.default_rng(self.seed)
        params = [
            (
                (rng.standard_normal((n, m)) / np.sqrt(n)).astype(self.dtype),
                (0.1 * rng.standard_normal(m)).astype(self.dtype),
            )
            for n, m in zip(self.sizes, self.sizes[1:])
        ]
        x = rng.standard_normal((self.batch, self.sizes[0])).astype(self.dtype)
        if self.head == "softmax cross-entropy":
            y = np.eye(self.sizes[-1])[rng.integers(self.sizes[-1], size=self.batch)]
        else:
            y = rng.standard_normal((self.batch, self.sizes[-1]))
        return Problem(self, params, x, y.astype(self.dtype))

    def _of_the_course(self) -> Problem:
        from difflab import datasets, nn
        from difflab.tree import map_leaves

        if self.data == "sincos":
            found = datasets.standardise(datasets.sincos(self.batch))
        else:
            found = datasets.digits()
        params = nn.initialise(nn.MLP(self.sizes, self.activation), seed=0)
        x, y = found.x[: self.batch], found.y[: self.batch]
        cast = map_leaves(lambda leaf: leaf.astype(self.dtype), [params, x, y])
        return Problem(self, *cast)


@dataclass(frozen=True, slots=True)
class Problem:
    """A case with its numbers.

    Attributes
    ----------
    case : Case
    params : list of (weights, bias)
    x, y : array, shape (batch, inputs) and (batch, outputs)
    """

    case: Case
    params: Params
    x: Any
    y: Any

    @property
    def loss(self) -> Callable[..., Any]:
        """``loss(params, x, y)`` in plain NumPy."""
        return network(self.case, ACTIVATIONS, HEADS)


Functions = Mapping[str, Callable[..., Any]]

ACTIVATIONS: Functions = {"sigmoid": sigmoid, "tanh": np.tanh, "relu": relu}

HEADS: Functions = {
    "squared error": lambda z, y: np.mean((z - y) ** 2),
    "sigmoid, squared error": lambda z, y: np.mean((sigmoid(z) - y) ** 2),
    "softmax cross-entropy": lambda z, y: np.mean(softmax_cross_entropy(z, y)),
}


def network(case: Case, activations: Functions, heads: Functions) -> Callable[..., Any]:
    """Return the loss of a case, ``loss(params, x, y)``, in terms of a library's functions.

    Examples
    --------
    >>> problem = CASES["simplest"].problem()
    >>> loss = network(problem.case, ACTIVATIONS, HEADS)
    >>> bool(loss(problem.params, problem.x, problem.y) > 0)
    True
    """
    activation, head = activations[case.activation], heads[case.head]

    def loss(params: Params, x: Any, y: Any) -> Any:
        *hidden, (w_last, b_last) = params
        for w, b in hidden:
            x = activation(x @ w + b)
        return head(x @ w_last + b_last, y)

    return loss


CASES: dict[str, Case] = {
    case.name: case
    for case in (
        Case("simplest", (1, 1, 1), "sigmoid", "sigmoid, squared error", 1),
        Case("4-16-16-3", (4, 16, 16, 3), "tanh", "squared error", 32),
        Case("2-16-16-1", (2, 16, 16, 1), "tanh", "squared error", 1000),
        Case("2-64-64-1", (2, 64, 64, 1), "tanh", "squared error", 1000),
        Case("2-64-64-1-float32", (2, 64, 64, 1), "tanh", "squared error", 1000, "float32"),
        Case("sincos", (2, 64, 64, 1), "tanh", "squared error", 1000, data="sincos"),
        Case(
            "sincos-float32",
            (2, 64, 64, 1),
            "tanh",
            "squared error",
            1000,
            "float32",
            data="sincos",
        ),
        Case("64-32-10", (64, 32, 10), "tanh", "softmax cross-entropy", 1347, data="digits"),
        Case("digits", (64, 32, 10), "relu", "softmax cross-entropy", 1347, data="digits"),
        Case("784-128-10", (784, 128, 10), "relu", "softmax cross-entropy", 64),
        Case("deep", (64,) * 21, "tanh", "squared error", 32),
    )
}
"""By name, in the order of the table."""

CHAIN = "chain"
"""Name of the case that is no network, see `difflab.bench.chain`."""

DIFFERENCES = "finite-difference"
"""Name of the suite of `difflab.bench.differences`."""

COURSE = "course"
"""Name of the suite of `difflab.bench.course`: whole training loops."""


SUITE_CASES: Mapping[str, tuple[str, ...]] = {
    "autodiff": (
        *("simplest", "4-16-16-3", "2-64-64-1", "2-64-64-1-float32", "784-128-10", "deep"),
        CHAIN,
    ),
    "symbolic": ("2-16-16-1", "2-64-64-1", "784-128-10"),
    DIFFERENCES: ("sincos", "sincos-float32", "64-32-10", "digits"),
    COURSE: ("mnist", "sincos-100k", "optimizers"),
}
"""Cases by suite."""


def chosen(names: Iterable[str], suite: str = "autodiff") -> list[str]:
    """Return the names if a suite has all, in the order of the table; its own where none is given.

    Raises
    ------
    UnknownNameError

    Examples
    --------
    >>> chosen(["deep", "simplest"])
    ['simplest', 'deep']
    """
    known = SUITE_CASES[suite]
    wanted = set(names) or set(known)
    for name in sorted(wanted - set(known)):
        raise unknown_name("case", name, known, "difflab bench --help")
    return [name for name in known if name in wanted]
