"""The gradients of a training run: one objective, one provider, prepared once per batch size."""

from __future__ import annotations

import time

import numpy as np

from difflab import providers
from difflab.api import ValueAndGradient
from difflab.providers import GradientProvider, Loss, Preparation, PreparedGradient
from difflab.tree import Nest


class Gradients:
    """Prepared gradients of one objective, kept by batch size.

    Within one run only the number of samples varies, so it tells signatures apart without reading
    them off at every step; each prepared gradient still checks its own.

    Parameters
    ----------
    f : callable
        The objective.
    provider : str or GradientProvider
        How it is differentiated.

    Attributes
    ----------
    preparations : list of Preparation
        In the order they were made.
    seconds : float
        Wall-clock seconds spent on them.

    Raises
    ------
    UnknownNameError, ProviderUnavailableError
        For a provider that does not exist, or cannot run here.

    Examples
    --------
    >>> gradients = Gradients(lambda w, x, y: np.mean((x * w - y) ** 2), "autodiff")
    >>> x = np.ones((3, 1))
    >>> gradients.prepared(2.0, x, x).value_and_gradient(2.0, x, x)
    (np.float64(1.0), np.float64(2.0))
    >>> gradients.prepared(2.0, x, x) is gradients.prepared(2.0, x, x), len(gradients.preparations)
    (True, 1)
    """

    def __init__(self, f: Loss, provider: str | GradientProvider) -> None:
        self._method = ValueAndGradient(f, providers.get(provider))
        self._by_size: dict[int, PreparedGradient] = {}
        self.preparations: list[Preparation] = []
        self.seconds = 0.0

    @property
    def objective(self) -> Loss:
        """What is differentiated."""
        return self._method.f

    @property
    def provider(self) -> GradientProvider:
        """What prepares them."""
        return self._method.provider

    def prepared(self, params: Nest, x: np.ndarray, y: np.ndarray) -> PreparedGradient:
        """Return the gradient for batches of this size, preparing it if necessary."""
        known = self._by_size.get(len(x))
        if known is None:
            before = self._method.preparations
            start = time.perf_counter()
            known = self._method.prepared(params, x, y)
            self.seconds += time.perf_counter() - start
            self._by_size[len(x)] = known
            if self._method.preparations > before:  # else one for any batch size was there
                self.preparations.append(known.preparation)
        return known
