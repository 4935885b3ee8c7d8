"""scikit-learn's own checks of an estimator, all of them, by each of the three engines."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.utils.estimator_checks import check_fit_idempotent, parametrize_with_checks

from difflab import MLPClassifier, MLPRegressor

QUICK: dict[str, Any] = {"hidden_widths": (6,), "learning_rate": 0.1, "epochs": 6}
"""A few steps, which are enough for the scores that the checks ask for."""

ENGINES = ("autodiff", "symbolic:matrix", "finite-difference")


@parametrize_with_checks(
    [
        estimator(**QUICK, gradient=gradient)
        for gradient in ENGINES
        for estimator in (MLPRegressor, MLPClassifier)
    ]
)
def test_every_check_of_scikit_learn_passes(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


EVERYTHING = """
import warnings
from sklearn.utils.estimator_checks import check_estimator
from difflab import MLPClassifier, MLPRegressor
warnings.simplefilter("error")
for estimator in (MLPRegressor, MLPClassifier):
    found = check_estimator(estimator(hidden_widths=(6,), learning_rate=0.1, epochs=6))
    print(len(found), {row["status"] for row in found})
"""


def test_none_is_skipped_or_expected_to_fail() -> None:
    """One check needs an environment variable before SciPy is imported."""
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    finished = subprocess.run(
        [sys.executable, "-c", EVERYTHING], capture_output=True, text=True, env=environment
    )
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    assert len(lines) == 2
    for line in lines:
        count, statuses = line.split(maxsplit=1)
        assert int(count) > 50
        assert statuses == "{'passed'}"


class Moody(MLPRegressor):
    """Does not follow its random state."""

    def predict(self, X: Any) -> np.ndarray:
        return super().predict(X) + np.random.default_rng().normal()


def test_the_checks_can_fail() -> None:
    with pytest.raises(AssertionError):
        check_fit_idempotent("Moody", Moody(**QUICK))
