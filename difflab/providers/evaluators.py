"""How finite differences evaluate a gradient: the loop over a black box, or a network's layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.errors import UsageError, unknown_name
from difflab.numeric.difference import value_and_gradient
from difflab.numeric.error_bars import value_gradient_and_error
from difflab.numeric.loss import guarded
from difflab.numeric.network.gradient import EVALUATORS, Evaluator, recipe
from difflab.numeric.network.node import LABEL
from difflab.numeric.stencils import Stencil
from difflab.numeric.step_check import first_overstepped
from difflab.numeric.steps import default_exponent, unit_roundoff
from difflab.objective import NetworkObjective
from difflab.providers.differenced import PreparedDifference
from difflab.providers.protocol import Loss, Preparation, Stopwatch
from difflab.signature import Signature
from difflab.tree import Nest, flatten, size, unflatten

NAMES = ("auto", "loop", *EVALUATORS)
"""What a user may ask for."""


def check_name(evaluator: str) -> None:
    """Refuse an evaluator that does not exist.

    Raises
    ------
    UnknownNameError

    Examples
    --------
    >>> check_name("loop")
    """
    if evaluator not in NAMES:
        raise unknown_name("evaluator", evaluator, NAMES, "difflab.providers.evaluators.NAMES")


def fits_network(f: Loss, params: Nest, contexts: tuple[Any, ...]) -> bool:
    """Whether a call is that of a network's loss on a batch.

    Examples
    --------
    >>> fits_network(np.sum, np.ones(2), ())
    False
    """
    if not isinstance(f, NetworkObjective) or len(contexts) != 2:
        return False
    pairs = params if isinstance(params, (list, tuple)) else ()
    shapes = [tuple(np.ndim(part) for part in pair) for pair in pairs if _is_pair(pair)]
    if len(shapes) != len(pairs) or set(shapes) != {(2, 1)}:
        return False
    if not all(isinstance(c, np.ndarray) and c.ndim == 2 and len(c) for c in contexts):
        return False
    return all(is_elementwise(activation) for activation in set(f.activations))


def is_elementwise(activation: Any) -> bool:
    """Whether a function acts on every entry of an array alone, as it shows on a small one.

    Examples
    --------
    >>> is_elementwise(np.tanh), is_elementwise(lambda z: z - np.mean(z))
    (True, False)
    """
    z = 3 * np.random.default_rng(0).normal(size=(4, 5))
    try:
        with np.errstate(all="ignore"):
            whole = np.asarray(activation(z.copy()))
            alone = [np.ravel(activation(entry.reshape(1, 1))) for entry in z.ravel()]
            turned = np.asarray(activation(z.T.copy()))
    except Exception:  # whatever it needs, it is more than one entry
        return False
    single = np.concatenate(alone)
    if whole.shape != z.shape or single.shape != (z.size,) or turned.shape != z.T.shape:
        return False
    return bool(
        np.allclose(single, whole.ravel(), 1e-12, 1e-300, equal_nan=True)
        and np.allclose(turned.T, whole, 1e-12, 1e-300, equal_nan=True)
    )


def _is_pair(member: Any) -> bool:
    return (
        isinstance(member, (list, tuple))
        and len(member) == 2
        and all(isinstance(part, np.ndarray) for part in member)
    )


def choose_evaluator(evaluator: str, f: Loss, params: Nest, contexts: tuple[Any, ...]) -> str:
    """Return the evaluator that "auto" stands for, or the one that was asked for.

    Raises
    ------
    UsageError
        When one that knows networks is asked for something else.
    """
    network = fits_network(f, params, contexts)
    if evaluator == "auto":
        return "layered" if network else "loop"
    if evaluator == "loop" or network:
        return evaluator
    raise UsageError(
        f"the evaluator {evaluator!r} needs the loss of a network",
        "it follows the move of a unit through the layers: difflab.nn.Objective(model, loss) shows "
        "them, with elementwise activations, parameters [(W, b), ...] and arrays x and y",
        'evaluator="loop", which takes any function',
    )


def by_loop(
    name: str,
    f: Loss,
    params: Nest,
    contexts: tuple[Any, ...],
    stencil: Stencil,
    step: float | None,
    precision: np.dtype[Any],
    watch: Stopwatch,
) -> PreparedDifference:
    """Prepare the loop over all coordinates, which knows nothing but values of f."""
    signature = Signature.of(params, *contexts)
    with watch.phase("halve the step"):
        overstepped = first_overstepped(guarded(f, contexts), params, stencil, step, precision)
    settings: dict[str, Any] = {"stencil": stencil, "step": step, "precision": precision}

    def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
        nest = unflatten(signature.params, leaves)
        value, gradient = value_and_gradient(f, nest, *contexts, **settings)
        return value, flatten(gradient)[0]

    def explain(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, ...]:
        nest = unflatten(signature.params, leaves)
        value, *nests = value_gradient_and_error(f, nest, *contexts, **settings)
        return value, *(flatten(each)[0] for each in nests), None

    notes = _loop_notes(stencil, step, [kind for _, kind in signature.param_types], precision)
    if overstepped:
        notes += (
            f"the step may be too large: half of it changes the slope at {overstepped} by more "
            "than 1 %; pass FiniteDifference(..., step=...)",
        )
    sizes = {"loss evaluations": 1 + stencil.evaluations * size(params)}
    preparation = Preparation(name, watch.seconds, sizes, notes=notes)
    return PreparedDifference(signature, preparation, evaluate, explain)


def _loop_notes(
    stencil: Stencil, step: float | None, dtypes: list[np.dtype[Any]], precision: np.dtype[Any]
) -> tuple[str, ...]:
    """Say which steps the gradient takes."""
    if step is not None:
        return (f"step {step:g} for every coordinate, as asked",)
    notes = []
    for dtype in dict.fromkeys(dtypes):
        coarser = max(dtype, precision, key=unit_roundoff)
        exponent = default_exponent(stencil, coarser)
        notes.append(f"{dtype} parameters: step 2^-{exponent} times max(1, |x|) down to 2^n")
    return tuple(notes)


def by_network(
    name: str,
    f: Any,
    params: Nest,
    contexts: tuple[Any, ...],
    stencil: Stencil,
    step: float | None,
    evaluator: Evaluator,
    watch: Stopwatch,
) -> PreparedDifference:
    """Prepare an evaluator that follows moves through the layers of a network."""
    signature = Signature.of(params, *contexts).for_any_batch()
    with watch.phase("choose steps"):
        made = recipe(f, params, contexts[0], contexts[1], stencil, evaluator, step)

    def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
        nest = unflatten(signature.params, leaves)
        value = f(nest, *contexts)
        with np.errstate(all="ignore"):  # the caller did not choose these points
            state = made.evaluate(nest, *contexts)
            return value, _leaves(made.gradient(state), leaves, value)

    def explain(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, ...]:
        nest = unflatten(signature.params, leaves)
        value = f(nest, *contexts)
        with np.errstate(all="ignore"):
            bars = made.with_bars(made.evaluate(nest, *contexts))
        kinks = None if bars.kinks is None else _leaves(bars.kinks, leaves, 0.0, int)
        return (
            value,
            _leaves(bars.gradient, leaves, value),
            _leaves(bars.error, leaves, value, float),
            kinks,
        )

    notes = tuple(str(block) for block in made.blocks)
    if step is not None:
        notes = (f"step {step:g} for every {_moved(evaluator)}, as asked",)
    if evaluator == "node":
        notes += (LABEL,)
    sizes = {
        "loss evaluations": 1 + _equivalent_passes(params, stencil, evaluator),
        "moves": stencil.evaluations * _moves(params, evaluator),
    }
    preparation = Preparation(name, watch.seconds, sizes, notes=notes)
    return PreparedDifference(signature, preparation, evaluate, explain)


def _moved(evaluator: str) -> str:
    return "sum of a unit" if evaluator == "node" else "parameter"


def _leaves(
    layers: list[np.ndarray], leaves: list[Any], value: Any, dtype: Any = None
) -> list[Any]:
    """Split weights from biases, in the float types of the parameters."""
    parts = [part for layer in layers for part in (layer[:-1], layer[-1])]
    if not np.isfinite(value):
        parts = [np.full(part.shape, np.nan) for part in parts]
    return [
        np.array(part, leaf.dtype if dtype is None else dtype) for part, leaf in zip(parts, leaves)
    ]


def _moves(params: Nest, evaluator: str) -> int:
    """How many numbers are moved: parameters, or units for all samples alike."""
    return sum(biases.size for _, biases in params) if evaluator == "node" else size(params)


def _equivalent_passes(params: Nest, stencil: Stencil, evaluator: str) -> int:
    """How many activations are evaluated again, in units of those of one evaluation."""
    widths = [biases.size for _, biases in params]
    if evaluator == "batched":
        return stencil.evaluations * size(params)
    again = 0
    for number, (weights, biases) in enumerate(params):
        above = 1 + sum(widths[number + 1 :])
        again += above * (biases.size if evaluator == "node" else weights.size + biases.size)
    return -(-stencil.evaluations * again // sum(widths))
