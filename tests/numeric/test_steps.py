"""Theory's steps against the numbers of the design, and default steps that machines can take."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.numeric.stencils import SCHEMES, fornberg
from difflab.numeric.steps import default_exponent, default_step, optimum, unit_roundoff

# h*, e* for f = F = 1 in float64, then in float32
GOLDEN = {
    "forward": (2.1e-8, 2.1e-8, 4.9e-4, 4.9e-4),
    "central": (6.9e-6, 2.4e-11, 5.6e-3, 1.6e-5),
    "central-4": (1.05e-3, 2.0e-13, 5.8e-2, 1.9e-6),
    "central-6": (9.0e-3, 2.6e-14, 0.16, 8.0e-7),
    "central-8": (3.0e-2, 8.7e-15, 0.28, 5.0e-7),
}
MEASURED_ON_EXP = {
    "forward": (1.5e-8, 2.6e-8),
    "central": (3.8e-6, 2.9e-11),
    "central-4": (9.8e-4, 2.5e-13),
    "central-6": (7.8e-3, 3.5e-14),
    "central-8": (3.1e-2, 9.0e-15),
}


@pytest.mark.parametrize("scheme", GOLDEN)
def test_theory_gives_the_known_optima(scheme: str) -> None:
    stencil = SCHEMES[scheme]
    wide, narrow = optimum(stencil), optimum(stencil, np.float32)
    found = (wide.step, 2 * wide.error / 2, narrow.step, narrow.error)
    expected = GOLDEN[scheme]
    if scheme == "forward":  # the table leaves out the factor (p + 1) / p = 2 times S1 / 2
        found = (wide.step, wide.error / 2, narrow.step, narrow.error / 2)
    np.testing.assert_allclose(found, expected, rtol=0.04)
