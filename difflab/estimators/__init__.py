"""Networks as scikit-learn estimators: `MLPRegressor` and `MLPClassifier` with ``gradient=``.

They go into pipelines, grid searches and cross-validation, and pass scikit-learn's own
``check_estimator``. `regressor` and `classifier` are the two faces; `settings` makes a trainer of
their parameters, `validation` sets samples apart, and `training` runs it and keeps what it found.
"""

from difflab.estimators.classifier import MLPClassifier
from difflab.estimators.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
