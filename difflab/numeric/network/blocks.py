"""Steps of a network: chosen per block, the weights or the biases of a layer, on sampled entries.

What counts is how far a sum z moves, so the step of a weight is that of its sum over the largest
input: an input column scaled by 1000 gets a step a thousandth as long. The step of the sum is found
on a ladder of powers of two: where neighbouring quotients of sampled entries differ least, rounding
and truncation are least together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from difflab.numeric.network import batched
from difflab.numeric.network.forward import Forward, Layer, has_kinks
from difflab.numeric.network.layered import Steps, totals
from difflab.numeric.network.moves import Workspace, loss_changes
from difflab.numeric.stencils import SCHEMES, Stencil
from difflab.numeric.steps import default_exponent

SAMPLED = 6
"""Entries of a block that the ladder runs on."""

COARSER = 8
"""Levels of the ladder above the exponent that suits most networks."""

FINEST = 0.72
"""Where the ladder ends: the smallest step has this share of the digits of the float type."""

FINE = 8
"""At most so many of the finest levels of the ladder show the rounding."""

SAMPLES = 512
"""Samples of the batch that the ladder looks at."""

SEED = 20221

CENTRAL = SCHEMES["central"]

NOISE_BESIDE_KINKS = 0.575
"""Relative rounding error that a network with kinks may have, as a power of eps: 1e-9 in float64,
1e-4 in float32. A longer step crosses more kinks, and a shorter one costs digits that a derivative
across a kink would not have."""


@dataclass(frozen=True, slots=True)
class Block:
    """The step of the weights, or of the biases, of one layer.

    Attributes
    ----------
    name : str
        "layer 1 weights".
    exponent : int
        A sum moves by about 2^-exponent.
    error : float
        Error of a quotient at that step, as the ladder shows it: root mean square over the sampled
        entries, each over its largest input.
    noise : float
        The rounding error of those times 2^-exponent, which hardly depends on the step.
    floor : float
        The rounding error of the sum over the samples, which remains for any step.
    sampled : int
        How many entries the ladder ran on; 0 for a step that was not chosen but given.
    """

    name: str
    exponent: int
    error: float = np.nan
    noise: float = np.nan
    floor: float = np.nan
    sampled: int = 0

    def __str__(self) -> str:
        if not self.sampled:
            return f"{self.name}: sums move by 2^-{self.exponent}"
        return (
            f"{self.name}: sums move by 2^-{self.exponent}, error about {self.error:.1e} "
            f"on {self.sampled} sampled entries"
        )


def choose(state: Forward, stencil: Stencil, evaluator: str = "layered") -> tuple[Block, ...]:
    """Run the ladder on sampled entries of every block.

    Parameters
    ----------
    state : Forward
    stencil : Stencil
    evaluator : {"layered", "node", "batched"}
        Which moves are made. For "node" the sums themselves move, all samples alike, and there is
        one block per layer, named "layer 1".

    Returns
    -------
    tuple of Block
        Weights and biases of the first layer, then of the next.
    """
    with np.errstate(all="ignore"):  # the ladder goes where the caller would not
        return _chosen(state.block(0, min(SAMPLES, state.samples)), stencil, evaluator)


def _chosen(state: Forward, stencil: Stencil, evaluator: str) -> tuple[Block, ...]:
    dtype = state.layers[0].sums.dtype
    usual = usual_exponent(stencil, dtype)
    # where every move is exact no digit is lost, and what is short for a loss in float64 is best
    exact = evaluator != "batched" and all(
        each.linear or each.leak is not None for each in state.layers
    )
    finest = int(-FINEST * np.log2(np.finfo(state.targets.dtype if exact else dtype).eps))
    levels = np.arange(max(0, usual - COARSER), max(usual + 3, finest) + 1)
    rng = np.random.default_rng(SEED)
    run = _ladder_of_copies if evaluator == "batched" else _ladder
    kinked = has_kinks(state)
    found = []
    for number, layer in enumerate(state.layers):
        parts = {" weights": range(layer.fan_in), " biases": [layer.fan_in]}
        if evaluator == "node":
            parts = {"": [layer.fan_in]}
        for part, rows in parts.items():
            drawn = _drawn(layer, list(rows), rng)
            quotients = run(state, stencil, number, drawn, levels)
            block = _best(f"layer {number + 1}{part}", quotients, levels, usual)
            floor = float(np.finfo(dtype).eps) * _magnitude(state, number, drawn)
            block = replace(block, floor=floor)
            if kinked:
                noise = float(np.finfo(dtype).eps) ** NOISE_BESIDE_KINKS
                block = _away_from_kinks(block, quotients, levels, noise)
            found.append(block)
    return tuple(found)


def _drawn(layer: Layer, rows: list[int], rng: np.random.Generator) -> list[tuple[int, int]]:
    """Draw entries (row, unit) whose input is not always 0."""
    live = [row for row in rows if np.any(layer.inputs[row])]
    pairs = len(live) * layer.fan_out
    drawn: Any = rng.choice(pairs, size=min(SAMPLED, pairs), replace=False) if pairs else ()
    return [(live[pair // layer.fan_out], int(pair % layer.fan_out)) for pair in drawn]


def usual_exponent(stencil: Stencil, dtype: Any) -> int:
    """The exponent that suits most networks, for the move of a sum.

    In delta form rounding is smaller than that of a whole loss, so steps are a little smaller than
    `default_exponent` says for parameters.
    """
    return default_exponent(stencil, dtype) + (2 if stencil.accuracy <= 2 else 1)


def _ladder(
    state: Forward,
    stencil: Stencil,
    number: int,
    drawn: list[tuple[int, int]],
    levels: np.ndarray,
) -> np.ndarray:
    """Quotients over the largest input, shape (entries, levels), by moves of a unit's sums."""
    layer = state.layers[number]
    above, workspace = state.above(number, len(levels)), Workspace()
    found = np.zeros((len(drawn), len(levels)))
    for entry, (row, unit) in enumerate(drawn):
        values = layer.inputs[row]
        h = np.ldexp(scale_of(values), -levels)

        def ends(offset: Any, h: np.ndarray = h, values: np.ndarray = values) -> np.ndarray:
            return ((offset * h).astype(values.dtype)[:, None] * values).reshape(-1)

        for plus, minus, weight in stencil.quotients:
            low = ends(minus) if minus else None
            changes = loss_changes(layer, above, unit, low, ends(plus), workspace)
            scale = weight / ((plus - minus) * h * state.count)
            found[entry] += scale * totals(changes, len(levels))
        found[entry] *= scale_of(values)
    return found


def _magnitude(state: Forward, number: int, drawn: list[tuple[int, int]]) -> float:
    """Largest mean, over the samples, of the magnitude of their slopes for some entries."""
    layer, above, workspace = state.layers[number], state.above(number, 1), Workspace()
    h = 2.0 ** -default_exponent(CENTRAL, layer.sums.dtype)
    found = [0.0]
    for row, unit in drawn:
        values = layer.inputs[row]
        moves = (h * scale_of(values)).astype(values.dtype) * values
        changes = loss_changes(layer, above, unit, -moves, moves, workspace)
        found.append(float(np.sum(np.abs(changes)) / (2 * h * state.count)))
    return max(found)


def _ladder_of_copies(
    state: Forward,
    stencil: Stencil,
    number: int,
    drawn: list[tuple[int, int]],
    levels: np.ndarray,
) -> np.ndarray:
    """The same by copies of the network, one per level."""
    layer = state.layers[number]
    rows = [
        batched.quotients(
            state,
            number,
            np.full(len(levels), row * layer.fan_out + unit),
            np.ldexp(scale_of(layer.inputs[row]), -levels),
            stencil,
        )
        * scale_of(layer.inputs[row])
        for row, unit in drawn
    ]
    return np.array(rows).reshape(len(drawn), len(levels))


def scale_of(values: np.ndarray) -> Any:
    """One over the largest magnitude, as a power of two; 1 where that is 0 or no number.

    Examples
    --------
    >>> scale_of(np.array([3.0, -1000.0])) * 512
    np.float64(1.0)
    """
    largest = float(np.max(np.abs(values), initial=0.0))
    exponent = int(np.frexp(largest)[1]) if 0 < largest < np.inf else 1
    return np.ldexp(1.0, 1 - exponent)


def _best(name: str, quotients: np.ndarray, levels: np.ndarray, usual: int) -> Block:
    """The level whose quotients differ least from those of its neighbours.

    Quotients of few entries may agree where rounding rules, by chance or because the same digits
    are lost at both steps; so the finest levels say how large rounding is at all others: it grows
    as 1/h.
    """
    if not quotients.size or not np.any(quotients):
        return Block(name, usual, 0.0, 0.0, 0.0, len(quotients))
    apart = np.sqrt(np.mean(np.diff(quotients, axis=1) ** 2, axis=0))
    if not np.isfinite(apart).any():
        return Block(name, usual)
    apart = np.where(np.isfinite(apart), apart, np.inf)
    fine = levels > max(usual, levels[-1] - FINE)  # truncation rules until then
    noise = _rounding(apart[fine[1:]] * np.ldexp(1.0, -levels[fine]))
    neighbours = np.maximum(np.append(apart, np.inf), np.append(np.inf, apart))
    errors = np.maximum(neighbours, np.ldexp(noise, levels))
    best = int(np.argmin(errors))
    return Block(name, int(levels[best]), float(errors[best]), float(noise), sampled=len(quotients))


def _rounding(apart: np.ndarray) -> float:
    """Root mean square of differences that rounding made; 0 without any."""
    finite = apart[np.isfinite(apart)]
    return float(np.sqrt(np.mean(finite**2))) if finite.size else 0.0


def _away_from_kinks(
    block: Block, quotients: np.ndarray, levels: np.ndarray, allowed: float
) -> Block:
    """Shorten the step until rounding has reached what is allowed of it, relative to the size."""
    size = np.sqrt(np.mean(np.square(quotients[np.isfinite(quotients)]))) if block.sampled else 0.0
    if not size > 0:
        return block
    finest = int(levels[-1])
    if block.noise > 0:
        finest = min(int(np.log2(allowed * size / block.noise)), finest)
    if finest <= block.exponent:
        return block
    return replace(block, exponent=finest, error=block.noise * 2.0**finest)


def layered_steps(state: Forward, blocks: Sequence[Block]) -> Steps:
    """Per layer the step of each input's weights, and of the biases last."""
    steps = []
    for layer, weights, biases in zip(state.layers, blocks[::2], blocks[1::2]):
        scales = np.array([scale_of(values) for values in layer.inputs])
        exponents = np.full(len(scales), weights.exponent)
        exponents[-1] = biases.exponent
        steps.append(np.ldexp(scales, -exponents))
    return steps


def node_steps(blocks: Sequence[Block]) -> list[float]:
    """The step of each layer's sums."""
    return [float(np.ldexp(1.0, -block.exponent)) for block in blocks]
