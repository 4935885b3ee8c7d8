"""What machine and software the measurements were made on."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import difflab

PACKAGES = (
    "numpy", "sympy", "mpmath", "scipy", "pandas", "matplotlib", "scikit-learn", "torch", "jax",
)  # fmt: skip
"""Packages whose version a report states."""

SINGLE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}
"""Environment for one BLAS thread; has to be set before NumPy is imported."""

FIXED_ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(1 << 26),
}
"""Environment for glibc: large arrays come from the heap, not from a fresh mmap at every call.

Without it, page faults cost as much as the arithmetic, and ratios depend on luck.
"""


def cpu_name() -> str:
    """Return the processor's name as the operating system gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def package_versions() -> dict[str, str]:
    """Return the version of every package of `PACKAGES`, or "not installed"."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def blas() -> str:
    """Return the name and version of the BLAS that NumPy was built with."""
    import numpy as np

    config: dict[str, Any] = np.show_config(mode="dicts")  # type: ignore[assignment]
    found = config.get("Build Dependencies", {}).get("blas", {})
    return f"{found.get('name', 'unknown')} {found.get('version', '')}".strip()


def environment() -> dict[str, str]:
    """Return what a reader needs to judge a timing: machine, software, thread count."""
    return {
        "cpu": cpu_name(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": sys.version.split()[0],
        "blas": blas(),
        "difflab": difflab.__version__,
        **package_versions(),
    }


@cache
def fingerprint() -> str:
    """Return a short hash of `environment`: timings are comparable where it is the same."""
    text = "\n".join(f"{name}={value}" for name, value in sorted(environment().items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@cache
def code_version() -> str:
    """Return a short hash of difflab's own source: measurements are reused while it is the same."""
    digest = hashlib.sha256()
    root = Path(difflab.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).parts[0] != "report":  # drawing does not change a measurement
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
