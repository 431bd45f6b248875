"""A common shift can be taken out of the sum."""

from grader import Exercise, case, misconception, reference

exercise = Exercise(points=2, forbid=("logsumexp",), weights={"stability": 2})


@reference
def log_sum(x):
    top = x.max()
    return (x - top).exp().sum().log() + top


@case
def everyday_scores(draw):
    return draw.normal(5)


@case(aspect="stability")
def large_scores(draw):
    return draw.normal(4) + 2000


@case(hidden=True, aspect="stability")
def small_scores(draw):
    return draw.normal(4) - 2000


@misconception("exp overflows on large scores. Take the maximum out of the sum first.")
def overflowing(x):
    return x.exp().sum().log()
