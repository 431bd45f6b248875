"""Products go entry by entry."""

from grader import Exercise, case, misconception, reference

exercise = Exercise(points=1)


@reference
def scale(X, factor):
    return X * factor


@case
def a_matrix(draw):
    return draw.normal(3, 4), 2.5


@case(hidden=True)
def a_vector(draw):
    return draw.normal(5), -3.5


@misconception("That is a sum. Multiply: X * factor.")
def added(X, factor):
    return X + factor
