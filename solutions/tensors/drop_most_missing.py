"""Counting along the right axis, and the two questions that every maximum asks: what of ties, and what of none?"""

import math

import torch
from _shared import with_holes

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_pandas",
    forbid=("pandas",),
    forbid_reason="Counting and choosing is the exercise: isnan, a sum along an axis, and an index.",
)


@reference
def drop_most_missing(X):
    return without_the_most(X, X.isnan().sum(0))


def without_the_most(X, counts):
    """Without the first column of the largest count, if that is not 0."""
    if not counts.any():
        return X
    worst = int(counts.argmax())
    return torch.cat([X[:, :worst], X[:, worst + 1 :]], dim=1)


@alternative
def chosen_by_a_mask(X):
    missing = (X != X).sum(dim=0)
    if missing.sum() == 0:
        return X.clone()
    keep = torch.arange(X.shape[1], device=X.device) != missing.argmax()
    return X[:, keep]


@alternative
def columns_in_a_list(X):
    columns = list(X.unbind(1))
    counts = [int(torch.isnan(column).sum()) for column in columns]
    if max(counts, default=0) > 0:
        columns.pop(counts.index(max(counts)))
    return torch.stack(columns, 1) if columns else X.new_zeros(len(X), 0)


@alternative
def sorted_by_their_holes(X):
    known = X.isnan().logical_not().sum(0).tolist()
    order = sorted(range(len(known)), key=lambda j: known[j])
    stay = sorted(order[1:]) if order and known[order[0]] < len(X) else list(range(len(known)))
    return X.index_select(1, torch.tensor(stay, dtype=torch.int64, device=X.device))


@case
def one_column_is_the_worst(draw):
    return with_holes(draw.normal(4, 3), (0, 1), (2, 1), (3, 2), (1, 1))


@case
def the_last_column(draw):
    return with_holes(draw.normal(3, 5), (0, 4), (1, 4), (2, 0))


@case
def as_many_rows_as_columns(draw):
    """The worst row is not the worst column."""
    return with_holes(draw.normal(4, 4), (0, 0), (0, 1), (0, 3), (2, 3), (3, 1), (1, 3))


@case
def a_transposed_table(draw):
    return with_holes(draw.normal(3, 5), (0, 1), (0, 2), (2, 1)).T


@case
def zeros_are_numbers_too(draw):
    X = draw.normal(4, 4)
    X[:3, 0] = 0
    return with_holes(X, (3, 0), (1, 1), (2, 1), (3, 2))


@case(aspect="edge")
def two_that_are_equally_bad(draw):
    return with_holes(draw.normal(3, 4), (0, 1), (1, 1), (2, 3), (1, 3), (0, 0))


@case(aspect="edge")
def nothing_is_missing(draw):
    return draw.normal(3, 2)


@case(aspect="edge")
def no_columns(draw):
    return draw.normal(3, 0)


@case(aspect="edge")
def a_single_column(draw):
    return with_holes(draw.normal(3, 1), (1, 0))


@case(aspect="edge")
def a_single_row(draw):
    return with_holes(draw.normal(1, 4), (0, 2))


@case(aspect="edge")
def no_rows(draw):
    return draw.normal(0, 3)


@case(aspect="edge")
def as_many_holes_as_a_byte_cannot_count(draw):
    """256 of them are 0 in eight bits."""
    X = draw.full(256, 2, value=1.0)
    X[:, 0], X[draw.integer(0, 256), 1] = math.nan, math.nan
    return X


@case(aspect="edge")
def infinities_are_no_holes(draw):
    X = draw.normal(4, 4)
    X[:3, 0], X[2, 1] = math.inf, -math.inf
    return with_holes(X, (3, 0), (0, 2), (1, 2), (3, 1))


@domain(dtypes=("float64", "float32"))
def any_table(draw):
    X = draw.any(axes=(2, 2))
    return X.masked_fill(draw.pick(draw.mask(*X.shape), torch.zeros(X.shape, dtype=torch.bool)), math.nan)


@batch
def many_rows(draw, n):
    X = draw.normal(n, 3)
    X[::2, 1] = math.nan
    return X


@misconception(
    "You count the holes of each row. Features are columns, so count down the rows.",
    "Sum along axis 0: X.isnan().sum(0).",
)
def holes_of_rows_counted(X):
    counts = X.isnan().sum(1)
    worst = int(counts.argmax()) if len(X) and counts.any() else X.shape[1]
    return torch.cat([X[:, :worst], X[:, worst + 1 :]], dim=1)


@misconception(
    "You leave out the worst row. A row is an example; the column that was hardly ever measured stays.",
    "Count along axis 0, and index the second axis: X[:, keep].",
)
def worst_row_dropped(X):
    return without_the_most(X.T, X.isnan().sum(1)).T


@misconception(
    "Every column with a hole goes, and much that was measured goes with it. Only the worst one should.",
    "Find the largest count, and leave out one column.",
)
def every_column_with_a_hole(X):
    return X[:, ~X.isnan().any(0)]


@misconception(
    "Of several columns with the same number of holes all go. Only the first one should.",
    "Take one index, that of the first maximum: counts.argmax().",
    keeps="right where one column is the worst",
)
def all_of_the_worst(X):
    counts = X.isnan().sum(0)
    return X[:, counts != counts.max()] if counts.any() else X


@misconception(
    "Of several columns with the same number of holes you leave out the last. The first one should go.",
    "Take the first maximum: counts.argmax(), or > and not >= in a loop.",
    keeps="right where one column is the worst",
)
def last_of_the_worst(X):
    return without_the_most(X.flip(1), X.isnan().sum(0).flip(0)).flip(1)


@misconception(
    "A table without any hole loses a column all the same: argmax of nothing but zeros is 0.",
    "Return the whole table where no count is above 0.",
    keeps="right for all tables with a hole",
)
def complete_tables_lose_one(X):
    return without_the_most(X, X.isnan().sum(0) + 1)


@misconception(
    "The column with the fewest holes goes: that is the best one.",
    "Take the largest count: argmax, not argmin.",
)
def best_column_dropped(X):
    counts = X.isnan().sum(0)
    return without_the_most(X, counts.max() + 1 - counts) if counts.any() else X


@misconception(
    "NaN equals nothing, not even itself, so X == nan is False everywhere and no hole is counted.",
    "Ask X.isnan().",
)
def compared_with_nan(X):
    return without_the_most(X, (math.nan == X).sum(0))


@misconception(
    "You count zeros as holes, too. Only NaN means that nothing was measured.",
    "Count with isnan.",
    keeps="right for tables without zeros",
)
def zeros_count_as_holes(X):
    return without_the_most(X, (X.isnan() | (X == 0)).sum(0))


@misconception(
    "You count infinities as holes, too. They are numbers.",
    "Ask isnan, not isfinite.",
    keeps="right for tables of finite numbers",
)
def infinities_count_as_holes(X):
    return without_the_most(X, (~X.isfinite()).sum(0))


@misconception(
    "The column is still there, filled with zeros. It shall go.",
    "Index with the columns that stay: X[:, keep].",
)
def filled_with_zeros(X):
    counts = X.isnan().sum(0)
    Y = X.clone()
    if counts.any():
        Y[:, int(counts.argmax())] = 0
    return Y


@misconception(
    "That is the column that should go. The others were asked for.",
    "Index with the columns that stay: X[:, keep].",
)
def the_column_itself(X):
    counts = X.isnan().sum(0)
    return X[:, int(counts.argmax())] if counts.any() else X


@misconception(
    "The table comes back as float32, whatever it was, and float64 is rounded.",
    "Index the table as it is.",
    keeps="only the dtype is wrong",
)
def forced_to_float32(X):
    return drop_most_missing(X.float())


@misconception(
    "Python goes from row to row, so the work grows with n.",
    "Count all rows at once: X.isnan().sum(0).",
    keeps="every number is right",
)
def one_row_at_a_time(X):
    counts = torch.zeros(X.shape[1], dtype=torch.int64, device=X.device)
    for row in X:
        counts = counts + row.isnan()
    return without_the_most(X, counts)


@first_attempt("holes_of_rows_counted", "complete_tables_lose_one")
def counted_along_the_second_axis(X):
    worst = int(X.isnan().sum(1).argmax())
    return torch.cat([X[:, :worst], X[:, worst + 1 :]], dim=1)


@first_attempt("best_column_dropped", "last_of_the_worst", "complete_tables_lose_one")
def the_last_of_a_sorted_list(X):
    order = X.isnan().sum(0).argsort(descending=True, stable=True)
    return X[:, order[:-1].sort().values]
