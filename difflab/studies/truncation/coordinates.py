"""Exhibit 6: the coordinates of a network, layer by layer, with one step or a step per block.

A block is the weights, or the biases, of one layer. Rounding is the same for all coordinates of a
loss, eps_f / h; their slopes are not, so that the relative errors spread over decades.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from difflab.nn.mlp import leaf_labels
from difflab.numeric.quotient import difference
from difflab.numeric.stencils import SCHEMES
from difflab.studies.measurement import Measurement
from difflab.studies.problem import Problem
from difflab.studies.truncation.networks import Coordinate, along
from difflab.studies.truncation.oracle import by_complex_plane
from difflab.tree import flatten, size

PER_BLOCK = 40
"""Coordinates that are looked at in each block, seeded; all of them where there are fewer."""

SAMPLED = 8
"""Coordinates of a block that decide about its step."""

SHORTEST = 4
"""So many of the shortest steps show the rounding."""

SHARES = np.linspace(0.0, 1.0, 21)
"""Quantiles that describe a distribution."""

SEED = 0


@dataclass(frozen=True, eq=False)
class Sweep:
    """Central differences of some coordinates at all steps, beside the truth.

    Attributes
    ----------
    labels : tuple of str
        Of the blocks: "layer 1 weights".
    block : ndarray of int, shape (c,)
        Which block a coordinate belongs to.
    steps : ndarray, shape (s,)
        Powers of two, increasing.
    quotients : ndarray, shape (c, s)
    truth : ndarray, shape (c,)
        In float64.
    """

    labels: tuple[str, ...]
    block: np.ndarray
    steps: np.ndarray
    quotients: np.ndarray
    truth: np.ndarray

    @property
    def relative_errors(self) -> np.ndarray:
        """|error| / |truth|, shape (c, s); NaN for coordinates whose slope is 0."""
        truth = np.where(self.truth == 0, np.nan, self.truth)[:, None]
        return np.asarray(np.abs(self.quotients - truth) / np.abs(truth))


def steps_of(dtype: str) -> np.ndarray:
    """Powers of two from a few spacings of 1 up to 1/4.

    Examples
    --------
    >>> len(steps_of("float64")), float(steps_of("float32")[-1])
    (38, 0.25)
    """
    finest = int(np.finfo(dtype).nmant) - 13
    return np.asarray(2.0 ** np.arange(-finest if finest > 20 else -19, -1))


def chosen(here: Problem, per_block: int = PER_BLOCK) -> list[Coordinate]:
    """Seeded coordinates of every leaf, in order.

    Examples
    --------
    >>> from difflab.studies.problem import problem
    >>> len(chosen(problem("sincos-small"), 5))
    23
    """
    rng = np.random.default_rng(SEED)
    found = []
    for leaf, value in enumerate(flatten(here.params)[0]):
        count = int(np.size(value))
        taken = np.sort(rng.permutation(count)[:per_block])
        for position in taken:
            index = np.unravel_index(int(position), np.shape(value))
            found.append(Coordinate(leaf, tuple(int(i) for i in index)))
    return found


def sweep(here: Problem, scheme: str = "central", per_block: int = PER_BLOCK) -> Sweep:
    """Difference the loss along seeded coordinates with all steps.

    Examples
    --------
    >>> from difflab.studies.problem import problem
    >>> found = sweep(problem("sincos-small", samples=4), per_block=3)
    >>> bool(np.nanmedian(found.relative_errors, axis=0).min() < 1e-8)
    True
    """
    leaves = [np.asarray(leaf) for leaf in flatten(here.params)[0]]
    steps = steps_of(leaves[0].dtype.name)
    coordinates = chosen(here, per_block)
    quotients, truth = [], []
    for moved in coordinates:
        loss, home = along(here, moved), leaves[moved.leaf][moved.entry]
        with np.errstate(all="ignore"):
            quotients.append(difference(loss, np.full(steps.shape, home), steps, SCHEMES[scheme]))
            truth.append(by_complex_plane(loss, float(home), 1)[1])
    block = np.array([moved.leaf for moved in coordinates])
    labels = tuple(leaf_labels(here.params))
    return Sweep(labels, block, steps, np.array(quotients), np.array(truth))


def best_shared(found: Sweep) -> int:
    """Position of the one step with the least median error: the best that any one step can do."""
    return int(np.argmin(np.nanmedian(found.relative_errors, axis=0)))


def chosen_per_block(found: Sweep) -> np.ndarray:
    """Position of the step of every block, chosen without the truth; shape (blocks,).

    By a few coordinates: the step whose quotients differ least from those of its neighbours, or
    from what rounding does to them, whichever is more. Rounding is read off the shortest steps, as
    differences times h; neighbours alone can be equal by chance.

    Examples
    --------
    >>> lucky = np.array([[9.0, 5.0, 5.0, 6.0, 6.1, 6.2, 6.0, 6.01, 6.02]])
    >>> steps = 2.0 ** np.arange(-9, 0)
    >>> found = Sweep(("all",), np.zeros(1, int), steps, lucky, np.array([6.0]))
    >>> chosen_per_block(found)
    array([8])
    """
    rng = np.random.default_rng(SEED)
    best = []
    for block in range(len(found.labels)):
        mine = np.flatnonzero(found.block == block)
        mine = rng.permutation(mine)[:SAMPLED]
        apart = np.sqrt(np.nanmean(np.diff(found.quotients[mine], axis=1) ** 2, axis=0))
        noise = float(np.max((apart * found.steps[:-1])[:SHORTEST]))
        unsettled = np.maximum(np.append(apart, np.inf), np.append(np.inf, apart))
        unsettled[-1] = apart[-1]  # nothing longer was tried, which is no reason against it
        best.append(int(np.argmin(np.maximum(unsettled, noise / found.steps))))
    return np.array(best)


def measure_coordinates(name: str, here: Problem) -> list[Measurement]:
    """Return exhibit 6 as rows: per block the quantiles of the relative error, ``at`` = share.

    Examples
    --------
    >>> from difflab.studies.problem import problem
    >>> rows = measure_coordinates("a net", problem("sincos-small", samples=2))
    >>> {row.quantity for row in rows} >= {"layer 1 weights, one step", "layer 1 weights, step"}
    True
    """
    found = sweep(here)
    shape = {"parameters": size(here.params), "batch": here.samples}
    shared, own = best_shared(found), chosen_per_block(found)
    rows = [
        Measurement("network", name, "", **shape),
        Measurement("one step", float(found.steps[shared]), "1", **shape),
    ]
    errors = found.relative_errors
    for block, label in enumerate(found.labels):
        mine = errors[found.block == block]
        for how, position in (("one step", shared), ("own step", int(own[block]))):
            quantiles = _quantiles(mine[:, position])
            rows += [
                Measurement(f"{label}, {how}", float(value), "1", at=float(share), **shape)
                for share, value in zip(SHARES, quantiles)
            ]
        step = float(found.steps[own[block]])
        rows.append(Measurement(f"{label}, step", step, "1", **shape))
    return rows


def _quantiles(errors: np.ndarray) -> np.ndarray:
    usable = errors[np.isfinite(errors)]
    return np.quantile(usable, SHARES) if len(usable) else np.full(SHARES.shape, np.nan)
