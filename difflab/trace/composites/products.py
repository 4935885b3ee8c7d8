"""Compositions of products: cross, kron, powers of matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {}
