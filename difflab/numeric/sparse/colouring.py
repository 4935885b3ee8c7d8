"""Colouring: which parameters may move together, so that few evaluations give a sparse matrix.

Columns of a Jacobian that share no row can be differenced at once (Curtis, Powell and Reid 1974,
"On the estimation of sparse Jacobian matrices", J. Inst. Math. Appl. 13). To group them is to
colour a graph, and greedy colouring in a good order comes close to the least number (Coleman and
Moré 1983, "Estimation of sparse Jacobian matrices and graph coloring problems", SIAM J. Numer.
Anal. 20). A Hessian is symmetric: an entry that is lost in one column may be read off its mirror
image, and a star colouring is enough (Coleman and Moré 1984, Math. Programming 28; Gebremedhin,
Manne and Pothen 2005, "What color is your Jacobian?", SIAM Review 47).

Sets of colours are Python integers, one bit per colour: a union is one ``|``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from difflab.numeric.sparse.pattern import Pattern


@dataclass(frozen=True, eq=False)
class Colouring:
    """A group for every column.

    Attributes
    ----------
    colours : ndarray of int, shape (n,)
        From 0 on.
    """

    colours: np.ndarray

    @property
    def groups(self) -> int:
        """How many colours there are."""
        return int(self.colours.max(initial=-1)) + 1

    def members(self) -> list[np.ndarray]:
        """Columns of every colour.

        Examples
        --------
        >>> Colouring(np.array([0, 1, 0])).members()
        [array([0, 2]), array([1])]
        """
        order = np.argsort(self.colours, kind="stable")
        borders = np.searchsorted(self.colours[order], np.arange(1, self.groups))
        return np.split(order, borders) if self.groups else []


def column_colouring(pattern: Pattern) -> Colouring:
    """Group columns so that no two of a group share a row.

    Greedy, in the given order and with the longest columns first; the better of the two is taken.
    At least as many colours are needed as the fullest row has entries.

    Examples
    --------
    >>> tridiagonal = abs(np.subtract.outer(range(1000), range(1000))) <= 1
    >>> column_colouring(Pattern.of(tridiagonal, (1000, 1000))).groups
    3
    """
    # how many other entries a column meets in its rows
    met = np.bincount(pattern.cols, _row_lengths(pattern), pattern.shape[1])
    return _best(lambda order: _greedy_columns(pattern, order), met, pattern.longest_row)


def star_colouring(pattern: Pattern) -> Colouring:
    """Group the columns of a symmetric pattern so that every entry is alone somewhere.

    No neighbours of one colour, and no path over four columns with only two: then of every entry
    (i, j) off the diagonal, row i has no other entry in the group of j, or row j none in that
    of i.

    Parameters
    ----------
    pattern : Pattern
        With mirror images and diagonal; see `Pattern.symmetric`.

    Examples
    --------
    >>> arrow = Pattern.of(([0] * 1000, np.arange(1000)), (1000, 1000)).symmetric()
    >>> star_colouring(arrow).groups, column_colouring(arrow).groups
    (2, 1000)
    """
    degrees = np.diff(pattern.by_row.starts)
    return _best(lambda order: _greedy_star(pattern, order), degrees, 1)


def _best(
    colour: Callable[[Iterable[int]], Colouring], weights: np.ndarray, fewest: int
) -> Colouring:
    """Colour in natural order; unless that is already the least, also heaviest first."""
    natural = colour(range(len(weights)))
    if natural.groups <= fewest:
        return natural
    heaviest_first = colour(np.argsort(-weights, kind="stable").tolist())
    return min(natural, heaviest_first, key=lambda found: found.groups)


def _row_lengths(pattern: Pattern) -> np.ndarray:
    """For every entry, how many its row has."""
    return np.diff(pattern.by_row.starts)[pattern.rows]


def _lowest_free(taken: int) -> int:
    return (~taken & (taken + 1)).bit_length() - 1


def _greedy_columns(pattern: Pattern, order: Iterable[int]) -> Colouring:
    colours = np.zeros(pattern.shape[1], int)
    in_row = [0] * pattern.shape[0]
    for column in order:
        rows = pattern.by_column.of(column).tolist()
        taken = 0
        for row in rows:
            taken |= in_row[row]
        colours[column] = colour = _lowest_free(taken)
        for row in rows:
            in_row[row] |= 1 << colour
    return Colouring(colours)


def _greedy_star(pattern: Pattern, order: Iterable[int]) -> Colouring:
    """Give each column the first colour that closes no path w - x - y - z of two colours.

    ``around[w]`` are the colours of w's neighbours: forbidden across an uncoloured w, so that the
    neighbours of a column coloured later all differ. ``hubs[w]`` are the colours of those
    neighbours x of w that have another neighbour of w's colour: a column beside w that took the
    colour of x would end a path of two colours.
    """
    n = pattern.shape[0]
    neighbours = [[j for j in pattern.by_row.of(i).tolist() if j != i] for i in range(n)]
    colours = [-1] * n
    around, hubs = [0] * n, [0] * n
    alike: list[dict[int, list[int]]] = [{} for _ in range(n)]  # neighbours by colour
    for v in order:
        taken = 0
        for w in neighbours[v]:
            taken |= around[w] if colours[w] < 0 else 1 << colours[w] | hubs[w]
        colours[v] = colour = _lowest_free(taken)
        for w in neighbours[v]:
            around[w] |= 1 << colour
            same = alike[w].setdefault(colour, [])
            same.append(v)
            if len(same) > 1:  # w is coloured, or v would have another colour
                for leaf in same if len(same) == 2 else [v]:
                    hubs[leaf] |= 1 << colours[w]
    return Colouring(np.array(colours, int))
