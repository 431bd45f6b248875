"""What the pages of this topic have in common: tables with missing values."""

import math


def with_holes(X, *holes):
    """A copy of the table with NaN at these places, (row, column) each."""
    X = X.clone()
    for i, j in holes:
        X[i, j] = math.nan
    return X
