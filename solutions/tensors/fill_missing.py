"""NaN spoils every sum that it enters and equals nothing, not even itself: count and add the others."""

import math

import torch
from _shared import with_holes

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_pandas",
    forbid=("pandas",),
    forbid_reason="The filling is the exercise: find the holes with isnan, and average the rest.",
)


@reference
def fill_missing(X):
    return filled(X, column_means(X))


def filled(X, m):
    return torch.where(X.isnan(), m, X)


def column_means(X):
    known = ~X.isnan()
    return torch.where(known, X, 0).sum(0) / known.sum(0).clamp(min=1)


@alternative
def one_column_at_a_time(X):
    Y = X.clone()
    for j in range(X.shape[1]):
        column = X[:, j]
        missing = column.isnan()
        Y[missing, j] = column[~missing].mean() if (~missing).any() else 0.0
    return Y


@alternative
def nanmean_and_then_the_empty_columns(X):
    means = X.nanmean(0)
    means[X.isnan().all(0)] = 0
    Y = X.clone()
    rows, columns = torch.nonzero(Y != Y, as_tuple=True)
    Y[rows, columns] = means[columns]
    return Y


@alternative
def masked_in_the_transposed_table(X):
    T = X.mT
    known = T == T
    total = T.masked_fill(~known, 0.0).sum(dim=-1, keepdim=True)
    return T.where(known, total / known.sum(-1, keepdim=True).clamp(min=1)).mT


@case
def holes_in_two_columns(draw):
    return with_holes(draw.normal(4, 2), (0, 0), (3, 0), (1, 1), (2, 1))


@case
def as_many_rows_as_columns(draw):
    """A mean along the wrong axis has the right shape."""
    return with_holes(draw.normal(3, 3) + draw.tensor([0.0, 10.0, 20.0]), (0, 0), (1, 2), (2, 2))


@case
def more_columns_than_rows(draw):
    return with_holes(draw.normal(2, 5), (0, 1), (1, 3), (0, 4))


@case
def nothing_is_missing(draw):
    return draw.normal(3, 2)


@case
def zeros_are_numbers_too(draw):
    X = draw.uniform(5, 2, low=1, high=2)
    X[0, 0], X[3, 1], X[4, 1] = 0, 0, 0
    return with_holes(X, (1, 0), (2, 1))


@case
def a_transposed_table(draw):
    return with_holes(draw.normal(3, 4), (0, 1), (2, 1), (2, 3)).T


@case
def one_value_far_from_the_others(draw):
    """A mean is no median."""
    X = draw.normal(5, 2)
    X[4] = draw.uniform(2, low=50, high=90)
    return with_holes(X, (0, 0), (1, 1))


@case(aspect="edge")
def a_column_of_holes(draw):
    return with_holes(draw.normal(2, 3), (0, 1), (1, 1), (0, 2))


@case(aspect="edge")
def a_single_row(draw):
    return with_holes(draw.normal(1, 3), (0, 1))


@case(aspect="edge")
def no_rows(draw):
    return draw.normal(0, 3)


@case(aspect="edge")
def infinities_stay(draw):
    X = draw.normal(4, 3)
    X[1, 0], X[2, 1] = math.inf, -math.inf
    return with_holes(X, (0, 0), (3, 2))


@domain(
    dtypes=("float64", "float32"),
    outside={"huge": "sums of a column may overflow"},
)
def any_table(draw):
    X = draw.any(axes=(2, 2), without="huge")
    missing = draw.mask(*X.shape)
    if draw.pick(True, False, False) and X.numel():
        missing[:, 0] = True
    return X.masked_fill(missing, math.nan)


@batch
def many_rows(draw, n):
    X = draw.normal(n, 3)
    X[::3, 1] = math.nan
    return X


@misconception(
    "The holes are still there. Either NaN entered the mean (one NaN makes all of it NaN), or you looked for holes "
    "with X == nan, which finds none: NaN equals nothing, not even itself.",
    "Find the holes with X.isnan(), and average the other entries: their sum divided by their number, or nanmean.",
)
def holes_stay(X):
    return filled(X, X.mean(0))


@misconception(
    "Every hole gets the mean of the whole table, although an age and an income have little in common.",
    "One mean for each column: reduce along axis 0.",
)
def one_mean_for_all(X):
    return filled(X, X.nanmean().nan_to_num(0))


@misconception(
    "You take means of rows. A row is one example, and its numbers measure different things.",
    "Columns are features: reduce over the rows, which is axis 0.",
)
def means_of_the_rows(X):
    return column_means(X.T)[:, None].where(X.isnan(), X)


@misconception(
    "The holes do not enter the sum, and still they are counted: you divide by all n rows.",
    "Divide by the number of entries that are there: (~X.isnan()).sum(0).",
)
def divided_by_all_rows(X):
    return filled(X, torch.where(X.isnan(), 0, X).sum(0) / max(len(X), 1))


@misconception(
    "Zero is a number like others, and it pulls the column towards 0. It is the filling only where a column holds no "
    "number at all.",
    "Fill with the mean of the column.",
)
def filled_with_zero(X):
    return torch.where(X.isnan(), 0, X)


@misconception(
    "A column without any number has mean 0 / 0, which is NaN again.",
    "Divide by at least 1: count.clamp(min=1), and the sum of nothing, 0, stays 0.",
    keeps="right for every column that holds a number",
)
def empty_columns_stay(X):
    return filled(X, X.nanmean(0))


@misconception(
    "The holes are filled in the caller's table, which is then no longer what it was.",
    "Make a new one: torch.where, or write into X.clone().",
    keeps="every returned number is right",
)
def filled_in_place(X):
    means = column_means(X)
    missing = X.isnan()
    X[missing] = means.expand_as(X)[missing]
    return X


@misconception(
    "You take infinities for missing, too. They are numbers: they stay, and make the mean of their column infinite.",
    "Ask isnan, not isfinite.",
    keeps="right for tables of finite numbers",
)
def infinities_count_as_holes(X):
    return fill_missing(torch.where(X.isfinite(), X, math.nan))


@misconception(
    "nan_to_num replaces more than NaN: infinities become the largest number of the dtype.",
    "Replace NaN alone: torch.where(X.isnan(), 0, X).",
    keeps="right for tables of finite numbers",
)
def infinities_lost(X):
    Y, count = X.nan_to_num(0.0), (~X.isnan()).sum(0)
    return torch.where(X.isnan(), Y.sum(0) / count.clamp(min=1), Y)


@misconception(
    "The median is not the mean: one large value moves the mean and leaves the median where it is.",
    "Add the entries that are there, and divide by their number.",
)
def median(X):
    return filled(X, X.nanmedian(0).values.nan_to_num(0)) if len(X) else X.clone()


@misconception(
    "Rows with a hole are thrown away. That is the other way to treat missing values; here every row stays.",
    "Fill the holes: torch.where(X.isnan(), means, X).",
)
def rows_thrown_away(X):
    return X[~X.isnan().any(1)]


@misconception(
    "Zeros are taken for missing. Only NaN means that nothing was measured.",
    "Count with isnan, not with nonzero.",
    keeps="right for tables without zeros",
)
def zeros_count_as_holes(X):
    Y = torch.where(X.isnan(), 0, X)
    return filled(X, Y.sum(0) / (Y != 0).sum(0).clamp(min=1))


@misconception(
    "The table comes back as float32, whatever it was, and float64 is rounded.",
    "Make new tensors with the dtype of X, or let the operations choose it.",
    keeps="only the dtype is wrong",
)
def forced_to_float32(X):
    return fill_missing(X.float())


@misconception(
    "Python goes from row to row, so the work grows with n.",
    "Fill all holes at once: torch.where(X.isnan(), means, X).",
    keeps="every number is right",
)
def one_row_at_a_time(X):
    means = column_means(X)
    rows = [torch.where(x.isnan(), means, x) for x in X]
    return torch.stack(rows) if rows else X.clone()


@first_attempt("one_mean_for_all", "filled_in_place")
def assigned_where_nan(X):
    X[X.isnan()] = X.nanmean().nan_to_num(0)
    return X


@first_attempt("divided_by_all_rows", "infinities_lost")
def zeros_and_then_the_mean(X):
    Y = X.nan_to_num(0.0)
    return torch.where(X.isnan(), Y.sum(0) / max(len(Y), 1), Y)


@first_attempt("empty_columns_stay", "filled_in_place")
def nanmean_in_place(X):
    missing = X.isnan()
    X[missing] = X.nanmean(0).expand_as(X)[missing]
    return X
