"""Layered layout of a directed graph: rows by depth, few crossings, short arrows.

Sugiyama, Tagawa and Toda (1981) in its simplest form: longest-path layers, barycentres to order
each layer, then a relaxation that moves nodes towards their neighbours. Long graphs are folded into
several bands side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Edge = tuple[int, int]
"""From a node to one that comes later; by index."""


GUTTER = 0.3
"""Free space between two bands, in widths of a node."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where things are drawn, in units of one node with its gap.

    Attributes
    ----------
    at : tuple of (x, y)
        Centre of every node.
    routes : tuple of tuple of (x, y)
        For every edge the points that it passes, from centre to centre.
    gutters : tuple of float
        For every band the x of the free column on its left, where arrows from other bands go up.
    columns, rows : float
        Size of the drawing.
    """

    at: tuple[tuple[float, float], ...]
    routes: tuple[tuple[tuple[float, float], ...], ...]
    gutters: tuple[float, ...]
    columns: float
    rows: int


def layout(count: int, edges: Sequence[Edge], band: int = 12) -> Placement:
    """Place the nodes of an acyclic graph.

    Parameters
    ----------
    count : int
        Nodes, in an order in which every edge points forward.
    edges : sequence of (int, int)
    band : int
        Rows after which the graph goes on at the top, to the right.

    Examples
    --------
    >>> placement = layout(3, [(0, 2), (1, 2)])
    >>> placement.at
    ((0.0, 0.0), (1.0, 0.0), (0.5, 1.0))
    """
    depth = _depths(count, edges)
    paths: list[list[int]] = []  # every edge as a chain through one dummy node per layer it skips
    for start, end in edges:
        chain = [start]
        for layer in range(depth[start] + 1, depth[end]):
            chain.append(len(depth))
            depth.append(layer)
        paths.append([*chain, end])
    nodes = list(range(len(depth)))
    above: list[list[int]] = [[] for _ in nodes]
    below: list[list[int]] = [[] for _ in nodes]
    for path in paths:
        for start, end in pairwise(path):
            above[end].append(start)
            below[start].append(end)
    layers: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
    for node in nodes:
        layers[depth[node]].append(node)
    width = [1.0 if node < count else 0.35 for node in nodes]
    weight = [8.0 if above[node] else 1.0 for node in nodes]  # the spine stays straight
    x = _order(layers, above, below)
    for _ in range(60):
        for row in (*layers, *reversed(layers)):
            _relax(row, x, width, weight, above, below)
    return _folded(count, depth, x, paths, band)


def _depths(count: int, edges: Sequence[Edge]) -> list[int]:
    """Layer of every node: longest path from a source; sources right above what needs them."""
    depth = [0] * count
    for start, end in sorted(edges, key=lambda edge: edge[1]):
        depth[end] = max(depth[end], depth[start] + 1)
    has_parent = {end for _, end in edges}
    for node in range(count):
        if node not in has_parent:
            needed = [depth[end] for start, end in edges if start == node]
            depth[node] = min(needed, default=1) - 1
    return depth


def _order(layers: list[list[int]], above: list[list[int]], below: list[list[int]]) -> list[float]:
    """Order each layer by the mean position of its neighbours, down and up; return positions."""
    position = [0.0] * sum(map(len, layers))
    for layer in layers:
        for place, node in enumerate(layer):
            position[node] = float(place)
    for _ in range(8):
        for sweep, neighbours in ((layers, above), (layers[::-1], below)):
            for layer in sweep:
                layer.sort(key=lambda node: _mean(neighbours[node], position, position[node]))
                for place, node in enumerate(layer):
                    position[node] = float(place)
    return position


def _relax(
    layer: list[int],
    x: list[float],
    width: list[float],
    weight: list[float],
    above: list[list[int]],
    below: list[list[int]],
) -> None:
    """Move the nodes of a layer towards their neighbours, in order and without overlap."""
    wish = []
    for node in layer:
        near = [n for n in above[node] + below[node] for _ in range(int(weight[n]))]
        wish.append(_mean(near, x, x[node]))
    gaps = [0.0]
    for left, right in pairwise(layer):
        gaps.append(gaps[-1] + (width[left] + width[right]) / 2)
    # with the least gaps taken off, "in order without overlap" means non-decreasing
    level = _nondecreasing([w - g for w, g in zip(wish, gaps)], [weight[node] for node in layer])
    for node, value, gap in zip(layer, level, gaps):
        x[node] = value + gap


def _nondecreasing(values: list[float], weights: list[float]) -> list[float]:
    """Closest non-decreasing sequence in weighted least squares: pool adjacent violators."""
    pools: list[tuple[float, float, int]] = []  # weighted mean, weight, members
    for value, weight in zip(values, weights):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, v, m), (b, w, n) = pools[-2:]
            pools[-2:] = [((a * v + b * w) / (v + w), v + w, m + n)]
    return [mean for mean, _, members in pools for _ in range(members)]


def _mean(nodes: Sequence[int], x: Sequence[float], default: float) -> float:
    return sum(x[node] for node in nodes) / len(nodes) if nodes else default


def _folded(
    count: int, depth: Sequence[int], x: Sequence[float], paths: Sequence[Sequence[int]], band: int
) -> Placement:
    """Cut the layers into bands of equal height, and put the bands side by side."""
    rows = max(depth, default=-1) + 1
    bands = -(-rows // band) or 1
    height = -(-rows // bands)
    left = [0.0] * bands
    edges: list[float] = []  # where each band begins
    start = 0.0
    for number in range(bands):
        mine = [x[node] for node, layer in enumerate(depth) if layer // max(height, 1) == number]
        edges.append(start)
        left[number] = start - min(mine, default=0.0)
        start += max(mine, default=0.0) - min(mine, default=0.0) + 1.0 + GUTTER
    at = [
        (round(x[node] + left[layer // height], 4), float(layer % height))
        for node, layer in enumerate(depth)
    ]
    routes = tuple(tuple(at[node] for node in path) for path in paths)
    gutters = tuple(round(edge - (1.0 + GUTTER) / 2, 4) for edge in edges)
    return Placement(tuple(at[:count]), routes, gutters, max(start - GUTTER, 1.0), height)
