"""How wrong a gradient is: four numbers and a name, because no single one of them is enough.

A relative error alone hides a wrong small block; ``|x - y| / max(1, |x| + |y|)`` alone is blind to
small gradients (an all-zero gradient passes it). So an error is always reported as relative L2, as
largest error over largest component, as cosine, and by the name of its worst entry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from difflab.tree import Nest, entry_name, flatten, ravel


@dataclass(frozen=True, slots=True)
class GradientError:
    """The difference between a gradient and a reference.

    Attributes
    ----------
    relative_l2 : float
        ||g - r|| / ||r||; NaN where a component is not finite, inf where only r is zero.
    scaled_max : float
        max |g - r| / max |r|.
    cosine : float
        Cosine of the angle between the two; NaN where one of them is zero.
    worst_entry : str
        Name of the component with the largest error, such as ``params[0][1][3]``.
    worst_value, worst_reference : float
        That component in both.
    mixed_max : float
        max |g - r| / max(1, |g| + |r|), the measure of ADBench (Šrajer, Kukelova, Fitzgibbon 2018),
        for comparison with published tables only.
    """

    relative_l2: float
    scaled_max: float
    cosine: float
    worst_entry: str
    worst_value: float
    worst_reference: float
    mixed_max: float


def gradient_error(gradient: Nest, reference: Nest) -> GradientError:
    """Compare a gradient with a reference of the same nest and shapes.

    Examples
    --------
    >>> error = gradient_error([np.array([3.0, 4.1])], [np.array([3.0, 4.0])])
    >>> round(error.relative_l2, 3), error.worst_entry
    (0.02, 'gradient[0][1]')
    """
    g = ravel(flatten(gradient)[0]).astype(float)
    r = ravel(flatten(reference)[0]).astype(float)
    if g.shape != r.shape:
        raise ValueError(f"gradient has {g.size} entries, reference {r.size}")
    difference = np.abs(g - r)
    worst = int(np.argmax(np.where(np.isnan(difference), np.inf, difference))) if g.size else 0
    return GradientError(
        relative_l2=_ratio(float(np.linalg.norm(difference)), float(np.linalg.norm(r))),
        scaled_max=_ratio(
            float(np.max(difference, initial=0)), float(np.max(np.abs(r), initial=0))
        ),
        cosine=_cosine(g, r),
        worst_entry=entry_name(gradient, worst).replace("params", "gradient") if g.size else "",
        worst_value=float(g[worst]) if g.size else 0.0,
        worst_reference=float(r[worst]) if g.size else 0.0,
        mixed_max=float(np.max(difference / np.maximum(1, np.abs(g) + np.abs(r)), initial=0)),
    )


def _ratio(part: float, whole: float) -> float:
    if np.isnan(part):
        return float("nan")
    if whole == 0:
        return 0.0 if part == 0 else float("inf")
    return part / whole


def _cosine(g: np.ndarray, r: np.ndarray) -> float:
    lengths = float(np.linalg.norm(g) * np.linalg.norm(r))
    return float(g @ r / lengths) if lengths > 0 else float("nan")
