"""Hessian-vector products by each provider's own means.

Automatic differentiation pushes a tangent through its gradient, matrix calculus differentiates the
gradient's program again, and for everything else two gradients of the provider are subtracted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.providers import GradientProvider, Loss, PreparedGradient
from difflab.tree import Nest, flatten, map_leaves


@dataclass(frozen=True)
class HessianProduct:
    """A function ``(params, tangent, *contexts) -> nest``, and how it works.

    Attributes
    ----------
    how : str
        In words, for a report.
    product : callable
    exact : bool
        Whether it is right to rounding; differences are not.
    """

    how: str
    product: Callable[..., Nest]
    exact: bool

    def __call__(self, params: Nest, tangent: Nest, *contexts: Any) -> Nest:
        """Return the Hessian at ``params`` times the tangent."""
        return self.product(params, tangent, *contexts)


def hessian_vector_product(
    provider: GradientProvider, objective: Loss, prepared: PreparedGradient
) -> HessianProduct:
    """Return the Hessian-vector product that belongs to a provider.

    Parameters
    ----------
    provider : GradientProvider
    objective : callable
        ``objective(params, *contexts)``: what ``prepared`` differentiates.
    prepared : PreparedGradient
        The provider's gradient.

    Examples
    --------
    >>> from difflab import providers
    >>> f, w = lambda w: np.sum(w**3), np.array([1.0, 2.0])
    >>> for name in ("autodiff", "symbolic:matrix", "finite-difference"):
    ...     provider = providers.get(name)
    ...     product = hessian_vector_product(provider, f, provider.prepare(f, w))
    ...     print(product(w, np.array([1.0, 1.0])).round(4), product.how)
    [ 6. 12.] forward over reverse
    [ 6. 12.] the gradient's program, differentiated again
    [ 6. 12.] central difference of two gradients, step 0.00033 times max(1, |params|) / |tangent|
    """
    own = getattr(prepared, "hessian_vector_product", None)
    if own is not None:
        return HessianProduct("the gradient's program, differentiated again", own(), True)
    if provider.name.split(":")[0] == "autodiff":
        from difflab.autodiff import hvp

        def push(params: Nest, tangent: Nest, *contexts: Any) -> Nest:
            return hvp(objective, params, tangent, *contexts)

        return HessianProduct("forward over reverse", push, True)
    return _differenced(provider, prepared)


def _differenced(provider: GradientProvider, prepared: PreparedGradient) -> HessianProduct:
    # a central difference of noisy gradients is best at the cube root of their relative noise;
    # differences of the loss have its noise to the power 2/3, all others about that of rounding
    noise = 2 / 3 if provider.name.startswith("finite-difference") else 1.0

    def difference(params: Nest, tangent: Nest, *contexts: Any) -> Nest:
        eps = max(float(np.finfo(np.asarray(leaf).dtype).eps) for leaf in flatten(params)[0])
        length = norm(tangent)
        if length == 0:
            return map_leaves(lambda leaf: np.zeros_like(leaf)[()], params)
        h = eps ** (noise / 3) * max(1.0, norm(params)) / length
        ahead = map_leaves(lambda p, t: p + h * t, params, tangent)
        behind = map_leaves(lambda p, t: p - h * t, params, tangent)
        after = prepared.value_and_gradient(ahead, *contexts)[1]
        after = map_leaves(np.array, after)  # a provider may use its arrays again
        before = prepared.value_and_gradient(behind, *contexts)[1]
        return map_leaves(lambda a, b: ((a - b) / (2 * h))[()], after, before)

    step = float(np.finfo(np.float64).eps) ** (noise / 3)
    how = "central difference of two gradients, "
    how += f"step {step:.2g} times max(1, |params|) / |tangent|"
    return HessianProduct(how, difference, False)


def norm(nest: Nest) -> float:
    """L2 norm of all numbers in a nest.

    Examples
    --------
    >>> norm([3.0, np.array([4.0])])
    5.0
    """
    squares = [float(np.vdot(leaf, leaf)) for leaf in flatten(nest)[0]]
    return float(np.sqrt(sum(squares)))
