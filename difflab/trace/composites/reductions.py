"""Compositions that reduce: medians, averages, ranges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {}
