"""How finite differences evaluate a gradient: the loop over a black box, or a network's layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.errors import UsageError, unknown_name
from difflab.numeric.choose import StepSizes
from difflab.numeric.difference import (
    value_and_gradient,
    value_gradient_and_edges,
    without_edges,
)
from difflab.numeric.edges import Edge
from difflab.numeric.error_bars import value_gradient_and_error
from difflab.numeric.loss import guarded
from difflab.numeric.network.blocks import SAMPLES
from difflab.numeric.network.elementwise import is_elementwise
from difflab.numeric.network.gradient import EVALUATORS, Evaluator, Recipe, recipe
from difflab.numeric.network.node import LABEL
from difflab.numeric.network.promise import broken_promise
from difflab.numeric.stencils import Stencil
from difflab.numeric.step_check import first_overstepped
from difflab.numeric.steps import default_exponent, unit_roundoff
from difflab.objective import NetworkObjective
from difflab.providers.differenced import PreparedDifference, told
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


def against_network(f: Loss, params: Nest, contexts: tuple[Any, ...]) -> str:
    """Return why a call is not that of a network's loss on a batch, or "" where it is.

    Raises
    ------
    ShapeError, NonScalarLossError
        Whatever the objective itself raises.

    Examples
    --------
    >>> against_network(np.sum, np.ones(2), ())
    'it is a black box'
    """
    if not isinstance(f, NetworkObjective):
        return "it is a black box"
    pairs = params if isinstance(params, (list, tuple)) else ()
    shapes = [tuple(np.ndim(part) for part in pair) for pair in pairs if _is_pair(pair)]
    if len(shapes) != len(pairs) or set(shapes) != {(2, 1)}:
        return "its parameters are not arrays in pairs, [(W, b), ...]"
    arrays = [isinstance(c, np.ndarray) and c.ndim == 2 and len(c) > 0 for c in contexts]
    if arrays != [True, True]:
        return (
            "its contexts are not two arrays of shape (samples, ...), x and y, of 1 sample or more"
        )
    for activation in f.activations:
        if not is_elementwise(activation):
            name = getattr(activation, "__name__", activation)
            return f"its activation {name} does not take every number to a number alone"
    broken = broken_promise(f, params, *contexts)
    return f"it contradicts itself: {broken}" if broken else ""


def _is_pair(member: Any) -> bool:
    return (
        isinstance(member, (list, tuple))
        and len(member) == 2
        and all(isinstance(part, np.ndarray) for part in member)
    )


def choose_evaluator(
    evaluator: str, f: Loss, params: Nest, contexts: tuple[Any, ...]
) -> tuple[str, tuple[str, ...]]:
    """Return the evaluator that "auto" stands for, or the one that was asked for; and notes.

    Raises
    ------
    UsageError
        When one that knows networks is asked for something else.

    Examples
    --------
    >>> choose_evaluator("auto", np.sum, np.ones(2), ())
    ('loop', ())
    """
    if evaluator == "loop":
        return "loop", ()
    why = against_network(f, params, contexts)
    if not why:
        return ("layered" if evaluator == "auto" else evaluator), ()
    if evaluator == "auto":
        note = f"evaluated by the loop, although it has layers: {why}"
        return "loop", ((note,) if isinstance(f, NetworkObjective) else ())
    raise UsageError(
        f"the evaluator {evaluator!r} needs the loss of a network, and here {why}",
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
    step: float | StepSizes | None,
    value: Any,
    watch: Stopwatch,
) -> PreparedDifference:
    """Prepare the loop over all coordinates, which knows nothing but values of f."""
    signature, precision = Signature.of(params, *contexts), np.asarray(value).dtype
    settings: dict[str, Any] = {"stencil": stencil, "step": step, "precision": precision}
    seen: list[Any] = []

    def loss(nest: Nest) -> Any:
        seen.append(f(nest, *contexts))
        return seen[-1]

    edges: tuple[Edge, ...] = ()
    with watch.phase("halve the step"):
        overstepped = first_overstepped(guarded(loss, ()), params, stencil, step, precision)
        if np.isfinite(value) and not np.isfinite(seen).all():
            # all coordinates have moved at once; only the loop can tell whose edge it is
            edges = value_gradient_and_edges(f, params, *contexts, **settings)[2]

    def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
        nest = unflatten(signature.params, leaves)
        value, gradient = value_and_gradient(f, nest, *contexts, **settings)
        return value, flatten(gradient)[0]

    def explain(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, ...]:
        nest = unflatten(signature.params, leaves)
        value, *nests, edges = value_gradient_and_error(f, nest, *contexts, **settings)
        return value, *(flatten(each)[0] for each in nests), None, edges

    notes = _loop_notes(stencil, step, [kind for _, kind in signature.param_types], precision)
    if overstepped:
        notes += (
            f"the step may be too large: half of it changes the slope at {overstepped} by more "
            "than 1 %; pass FiniteDifference(..., step=...)",
        )
    notes += (*told(edges), *not_finite(value))
    sizes = {"loss evaluations": 1 + stencil.evaluations * size(params)}
    preparation = Preparation(name, watch.seconds, sizes, notes=notes)
    return PreparedDifference(signature, preparation, evaluate, explain)


def _loop_notes(
    stencil: Stencil,
    step: float | StepSizes | None,
    dtypes: list[np.dtype[Any]],
    precision: np.dtype[Any],
) -> tuple[str, ...]:
    """Say which steps the gradient takes."""
    if isinstance(step, StepSizes):
        return (f"steps down to 2^n, with {step}",)
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
    value: Any,
    evaluator: Evaluator,
    watch: Stopwatch,
) -> PreparedDifference:
    """Prepare an evaluator that follows moves through the layers of a network."""
    signature = Signature.of(params, *contexts).for_any_batch()
    with watch.phase("choose steps"):
        made = recipe(f, params, contexts[0], contexts[1], stencil, evaluator, step)
    with watch.phase("count kinks"):
        crossing = _crossing(made, params, contexts, value)

    def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
        nest = unflatten(signature.params, leaves)
        value = f(nest, *contexts)
        with np.errstate(all="ignore"):  # the caller did not choose these points
            found = _leaves(made.gradient(made.evaluate(nest, *contexts)), leaves, value)
        return value, mended(nest, contexts, value, found)[0]

    def mended(nest: Nest, contexts: tuple[Any, ...], value: Any, found: list[Any]) -> Any:
        return without_edges(f, nest, contexts, value, found, stencil=stencil, step=step)

    def explain(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, ...]:
        nest = unflatten(signature.params, leaves)
        value = f(nest, *contexts)
        with np.errstate(all="ignore"):
            bars = made.with_bars(made.evaluate(nest, *contexts))
        kinks = None if bars.kinks is None else _leaves(bars.kinks, leaves, 0.0, int)
        error = _leaves(bars.error, leaves, value, float)
        gradient, edges = mended(nest, contexts, value, _leaves(bars.gradient, leaves, value))
        return value, gradient, error, kinks, edges

    notes = tuple(str(block) for block in made.blocks)
    if step is not None:
        notes = (f"step {step:g} for every {_moved(evaluator)}, as asked",)
    if evaluator == "node":
        notes += (LABEL,)
    notes += (*crossing, *not_finite(value))
    sizes = {
        "loss evaluations": 1,
        "equivalent losses": 1 + _equivalent_losses(params, stencil, evaluator),
        "moves": stencil.evaluations * _moves(params, evaluator),
    }
    preparation = Preparation(name, watch.seconds, sizes, notes=notes)
    return PreparedDifference(signature, preparation, evaluate, explain)


def _crossing(made: Recipe, params: Nest, contexts: tuple[Any, ...], value: Any) -> tuple[str, ...]:
    """Say how many stencils cross a kink, on the samples that steps were chosen with."""
    if not np.isfinite(value):
        return ()
    with np.errstate(all="ignore"):
        state = made.evaluate(params, *contexts)
        counts = made.kinks(state.block(0, min(SAMPLES, state.samples)))
    crossed = sum(int(np.count_nonzero(layer)) for layer in counts or ())
    if not crossed:
        return ()
    return (
        f"{crossed:,} of {size(params):,} stencils cross a kink here, and give no derivative; "
        "with_error_bars names them",
    )


def not_finite(value: Any) -> tuple[str, ...]:
    """Say that there is no gradient where there is no loss.

    Examples
    --------
    >>> not_finite(1.0), not_finite(np.nan)[0]
    ((), 'the loss is nan at these parameters, and where it is not finite its gradient is NaN')
    """
    if np.isfinite(value):
        return ()
    why = "and where it is not finite its gradient is NaN"
    return (f"the loss is {value} at these parameters, {why}",)


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


def _equivalent_losses(params: Nest, stencil: Stencil, evaluator: str) -> int:
    """How many activations are evaluated again, in units of those of one evaluation."""
    widths = [biases.size for _, biases in params]
    if evaluator == "batched":
        return stencil.evaluations * size(params)
    again = 0
    for number, (weights, biases) in enumerate(params):
        above = 1 + sum(widths[number + 1 :])
        again += above * (biases.size if evaluator == "node" else weights.size + biases.size)
    return -(-stencil.evaluations * again // sum(widths))
