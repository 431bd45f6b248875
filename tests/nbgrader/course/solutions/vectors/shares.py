"""A sum that keeps its axis broadcasts along the right one."""

from _shared import total

from grader import Exercise, case, misconception, reference

exercise = Exercise(points=2)


@reference
def shares(X, dim):
    return X / total(X, dim)


@case
def rows_of_a_square_matrix(draw):
    return draw.uniform(4, 4, low=1, high=2), 1


@case
def columns(draw):
    return draw.uniform(3, 5, low=1, high=2), 0


@case(hidden=True)
def a_vector(draw):
    return draw.uniform(6, low=1, high=2), 0


@misconception("All entries together sum to one. Sum along dim only, with keepdim=True.")
def of_everything(X, dim):
    return X / X.sum()


@misconception("You always sum along the last axis, whatever dim says.")
def last_axis(X, dim):
    return X / X.sum(-1, keepdim=True)
