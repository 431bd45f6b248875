"""With one covariance for both classes the quadratic terms cancel, and Bayes' rule is a sigmoid of a line."""

import math

import torch

from grader import EPSILONS, Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=3,
    forbid=("sklearn",),
    equivalent={"y >= 1": "classes are 0 and 1"},
    book=("sec_naive_bayes", "sec_prob"),
)


@reference
def gaussian_classifier(X, y):
    one = y == 1
    m1, m0 = X[one].mean(0), X[~one].mean(0)
    C = X - torch.where(one[:, None], m1, m0)
    S = C.T @ C / len(X)
    w = torch.linalg.solve(S, m1 - m0)
    n1, n0 = int(one.sum()), int((~one).sum())
    return w, math.log(n1 / n0) - (m1 + m0) @ w / 2


@alternative
def covariances_weighed_by_their_examples(X, y):
    A, B = X[y == 1], X[y == 0]
    S = torch.atleast_2d(torch.cov(A.T, correction=0) * len(A) + torch.cov(B.T, correction=0) * len(B)) / len(X)
    P = torch.linalg.inv(S)
    a, b = A.mean(0), B.mean(0)
    return P @ (a - b), 0.5 * (b @ P @ b) - 0.5 * (a @ P @ a) + math.log(len(A) / len(B))


@alternative
def by_cholesky(X, y):
    t = y.to(X.dtype)
    n, n1 = len(t), t.sum()
    means = torch.stack([(1 - t) @ X / (n - n1), t @ X / n1])
    centred = X - means[y]
    L = torch.linalg.cholesky(torch.einsum("ni,nj->ij", centred, centred) / n)
    w = torch.cholesky_solve((means[1] - means[0])[:, None], L)[:, 0]
    return w, -w.dot(means.sum(0)) / 2 + (n1 / (n - n1)).log()


@alternative
def with_bincount(X, y):
    counts = torch.bincount(y, minlength=2)
    sums = torch.zeros(2, X.shape[1], dtype=X.dtype, device=X.device).index_add(0, y, X)
    means = sums / counts[:, None]
    D = X - means.index_select(0, y)
    S = (D.unsqueeze(2) * D.unsqueeze(1)).mean(0)
    prior = counts.to(X.dtype) / len(X)
    w = torch.linalg.solve(S, means[1]) - torch.linalg.solve(S, means[0])
    return [w, torch.log(prior[1]) - torch.log(prior[0]) - torch.stack([w @ m for m in means]).mean()]


@alternative
def centred_at_the_middle(X, y):
    """Scores of both classes at the origin are compared."""
    A, B = X[y.bool()], X[torch.logical_not(y)]
    a, b = A.sum(0) / len(A), B.sum(0) / len(B)
    within = (A - a).mT.matmul(A - a) + (B - b).mT.matmul(B - b)
    w = len(X) * torch.linalg.solve(within, (a - b).unsqueeze(-1)).squeeze(-1)
    middle = torch.lerp(a, b, 0.5)
    return w, (w * -middle).sum() + math.log(len(A)) - math.log(len(B))


def clouds(draw, n0, n1, d, spread=1.0, apart=1.0):
    """Two clouds of points, whose features are correlated; that of class 1 is `spread` times as wide.

    Both lie on the same side of the origin, so the bias is no small difference of large numbers.
    """
    L = torch.eye(d, dtype=torch.float64) + 0.5 * draw.uniform(d, d, low=-1).tril(-1)
    signs = 1 - 2 * (torch.arange(d) % 2)
    shift = apart * draw.uniform(d, low=0.5, high=1.5) * signs
    X = torch.cat([draw.normal(n0, d), spread * draw.normal(n1, d)]) @ L.T
    y = (torch.arange(n0 + n1) >= n0).long()
    order = draw.permutation(n0 + n1)
    return (X + y[:, None] * shift + 1.5 * signs)[order], y[order]


@case
def two_clouds(draw):
    return clouds(draw, 9, 9, 2)


@case
def a_rare_class(draw):
    """The prior shifts the line."""
    return clouds(draw, 16, 4, 2)


@case
def a_wide_cloud_with_many_points(draw):
    """The covariance of the larger class counts more."""
    return clouds(draw, 5, 15, 2, spread=3.0, apart=3.0)


@case
def a_wide_cloud_with_few_points(draw):
    return clouds(draw, 20, 6, 3, spread=4.0, apart=3.0)


@case
def as_many_examples_as_features_but_two(draw):
    X, y = clouds(draw, 6, 5, 3)
    return 2 * X, y


@case
def features_in_rows_of_memory(draw):
    X, y = clouds(draw, 8, 10, 3)
    return X.T.contiguous().T, y


@case
def every_second_column_of_a_wider_table(draw):
    X, y = clouds(draw, 10, 8, 2)
    return draw.every_second(X), y


@case(aspect="edge")
def one_feature(draw):
    """A covariance of one feature is a number, and some functions return it without axes."""
    return clouds(draw, 7, 4, 1)


@case(aspect="edge")
def one_example_in_class_1(draw):
    """It is its own mean, and says nothing about the covariance."""
    return clouds(draw, 9, 1, 2, apart=2.0)


@case(aspect="stability")
def far_from_the_origin(draw):
    X, y = clouds(draw, 8, 7, 2, apart=2.0)
    return X + draw.tensor([30.0, -30.0]), y


@case(aspect="stability")
def features_of_different_scales(draw):
    X, y = clouds(draw, 9, 12, 3)
    return X * draw.tensor([10.0, 1.0, 0.5]), y


@case(aspect="stability", dtypes=("float64",))
def one_feature_in_kilometres_and_one_in_metres(draw):
    """The small variance counts as much as the large one: S has an inverse."""
    X, y = clouds(draw, 8, 9, 2)
    return X * draw.tensor([1000.0, 1.0]), y


@domain(
    dtypes=("float64", "float32"),
    outside={"inf, huge, tiny, apart, far, large, zero, ties": "S has an inverse, far from singular"},
)
def any_clouds(draw):
    d, n0, n1 = draw.size(least=1, most=4), draw.integer(1, 9), draw.integer(1, 9)
    if draw.pick(True, False):
        X, y = clouds(draw, n0 + d + 2, n1, d, spread=draw.pick(1.0, 3.0), apart=draw.pick(1.0, 3.0))
        X = draw.laid_out(X * draw.pick(1.0, 100.0, 0.01))
    else:
        n = n0 + n1 + 2 * d + 2
        X = draw.any(n, d, without="inf huge tiny apart far large zero ties")
        y = draw.permutation(n).lt(draw.integer(1, n)).long()
    A, B = X[y == 1], X[y == 0]
    a, b = A.mean(0), B.mean(0)
    S = torch.cat([A - a, B - b]).T.cov(correction=0).reshape(d, d)
    values = torch.linalg.svdvals(S)
    w = torch.linalg.pinv(S) @ (a - b)
    line = abs(math.log(len(A) / len(B)) - float((a + b) @ w) / 2)
    draw.require(values[-1] > 0.02 * values[0])
    draw.require(line > 0.05 and line > 0.02 * float((a + b).abs() @ w.abs()))  # less is all rounding
    return X, y


def fitted(X, y, S=None, prior=None):
    """The right classifier but for its covariance, or its logarithm of the priors."""
    A, B = X[y == 1], X[y == 0]
    a, b = A.mean(0), B.mean(0)
    w = torch.linalg.solve(within(X, y) if S is None else S, a - b)
    return w, (math.log(len(A) / len(B)) if prior is None else prior) - (a + b) @ w / 2


def within(X, y):
    A, B = X[y == 1], X[y == 0]
    A, B = A - A.mean(0), B - B.mean(0)
    return (A.T @ A + B.T @ B) / len(X)


def covariance(X, correction=0):
    C = X - X.mean(0)
    return C.T @ C / (len(X) - correction)


@misconception(
    "The prior is missing: your line takes both classes for equally frequent. The logarithm of P(1) / P(0) belongs to "
    "b.",
    "b = math.log(n1 / n0) - (m1 + m0) @ w / 2",
)
def prior_forgotten(X, y):
    return fitted(X, y, prior=0.0)


@misconception(
    "The prior has the wrong sign, or its fraction stands upside down: a frequent class 1 makes class 1 more probable.",
    "math.log(n1 / n0)",
)
def prior_upside_down(X, y):
    A, B = X[y == 1], X[y == 0]
    return fitted(X, y, prior=math.log(len(B) / len(A)))


@misconception(
    "You add the logarithm of P(1) alone. What counts is its odds, P(1) / P(0): the evidence cancels, and the prior "
    "of class 0 stays.",
    "math.log(n1 / n0)",
)
def logarithm_of_one_prior(X, y):
    return fitted(X, y, prior=math.log(int((y == 1).sum()) / len(y)))


@misconception(
    "You average the two covariances, so a class of four examples counts as much as one of forty. Each example counts "
    "once.",
    "Weigh with the counts: (n1 * S1 + n0 * S0) / n",
)
def covariances_not_weighed(X, y):
    return fitted(X, y, S=(covariance(X[y == 1]) + covariance(X[y == 0])) / 2)


@misconception(
    "You take the covariance of all examples around their common mean. The distance between the classes is part of it "
    "then. Every example is centred by the mean of its own class.",
    "C = X - torch.where(y[:, None] == 1, m1, m0)",
)
def covariance_around_the_common_mean(X, y):
    return fitted(X, y, S=covariance(X))


@misconception(
    "You divide by n - 1, or n - 2: an estimate without bias, but maximum likelihood divides by n.",
    "S = C.T @ C / len(X)",
)
def covariance_without_bias(X, y):
    return fitted(X, y, S=within(X, y) * len(X) / (len(X) - 2))


@misconception(
    "torch.cov divides each class by its own count less one. Maximum likelihood divides by the counts: correction=0.",
    "torch.cov(A.T, correction=0)",
)
def covariances_of_cov(X, y):
    A, B = X[y == 1], X[y == 0]
    S = (covariance(A, min(1, len(A) - 1)) * len(A) + covariance(B, min(1, len(B) - 1)) * len(B)) / len(X)
    return fitted(X, y, S=S)


@misconception(
    "You forget the 1/n: the sum of the outer products is not yet a covariance.",
    "S = C.T @ C / len(X)",
)
def scatter_not_divided(X, y):
    return fitted(X, y, S=within(X, y) * len(X))


@misconception(
    "The difference of the means alone is right only if the features are uncorrelated and have variance 1. The "
    "covariance turns and stretches it.",
    "w = torch.linalg.solve(S, m1 - m0)",
)
def covariance_ignored(X, y):
    return fitted(X, y, S=torch.eye(X.shape[1], dtype=X.dtype, device=X.device))


@misconception(
    "You use the variances alone, as naive Bayes does, as if features were independent within a class. S has its "
    "entries off the diagonal, too.",
    "w = torch.linalg.solve(S, m1 - m0)",
)
def features_taken_for_independent(X, y):
    return fitted(X, y, S=torch.diag(within(X, y).diagonal()))


@misconception(
    "You multiply by S. The density has its inverse: large variances make a difference less telling, not more.",
    "w = torch.linalg.solve(S, m1 - m0)",
)
def multiplied_by_the_covariance(X, y):
    return fitted(X, y, S=torch.linalg.inv(within(X, y)))


@misconception(
    "You take the covariance of one class for that of both. All examples have a say in S, each with the mean of its "
    "own class.",
    "C = X - torch.where(y[:, None] == 1, m1, m0), then S = C.T @ C / len(X)",
)
def covariance_of_one_class(X, y):
    larger = X[y == 1] if (y == 1).sum() > (y == 0).sum() else X[y == 0]
    return fitted(X, y, S=covariance(larger))


@misconception(
    "The line belongs to class 0: you subtract the mean of class 1 from that of class 0. Here P(1 | x) is asked.",
    "w = torch.linalg.solve(S, m1 - m0), and b accordingly",
)
def classes_exchanged(X, y):
    w, b = gaussian_classifier(X, y)
    return -w, -b


@misconception(
    "The middle of the two means is half of their sum. You leave the 1/2 out of b.",
    "b = math.log(n1 / n0) - (m1 + m0) @ w / 2",
)
def half_forgotten(X, y):
    w, b = gaussian_classifier(X, y)
    return w, b - (X[y == 1].mean(0) + X[y == 0].mean(0)) @ w / 2


@misconception(
    "The sign of the quadratic terms is wrong. At the middle of the two means both densities are equal, so w . x + b "
    "is the logarithm of the priors there.",
    "b = math.log(n1 / n0) - (m1 + m0) @ w / 2",
)
def middle_added(X, y):
    w, b = gaussian_classifier(X, y)
    return w, b + (X[y == 1].mean(0) + X[y == 0].mean(0)) @ w


@misconception(
    "You put the line through the mean of all examples. It passes where both densities are equal, halfway between the "
    "means of the classes.",
    "b = math.log(n1 / n0) - (m1 + m0) @ w / 2",
)
def through_the_mean_of_all(X, y):
    w, _ = gaussian_classifier(X, y)
    return w, math.log(int((y == 1).sum()) / int((y == 0).sum())) - X.mean(0) @ w


@misconception(
    "A small term on the diagonal makes every matrix invertible, and moves every answer. S has an inverse here.",
    "w = torch.linalg.solve(S, m1 - m0)",
    also=EPSILONS,
)
def a_small_ridge(X, y, *, eps=1e-3):
    return fitted(X, y, S=within(X, y) + eps * torch.eye(X.shape[1], dtype=X.dtype, device=X.device))


@misconception(
    "The bias has the wrong form: an axis of size 1 is left. Its shape is (), that of a number.",
    "Multiply vectors, not matrices with one column: (m1 + m0) @ w / 2",
)
def bias_with_an_axis(X, y):
    w, b = gaussian_classifier(X, y)
    return w, b.reshape(1)


@misconception(
    "The weights stand in a column. The task asks for the shape (d,).",
    "torch.linalg.solve(S, m1 - m0) takes a vector, and returns one.",
)
def weights_in_a_column(X, y):
    w, b = gaussian_classifier(X, y)
    return w[:, None], b


@misconception(
    "X is centred in place, and the caller's table is lost.",
    "Make a new tensor: C = X - …",
    keeps="the answer is right",
)
def table_overwritten(X, y):
    answer = gaussian_classifier(X, y)
    X -= X.mean(0)
    return answer


@misconception(
    "The answer is forced to float32, which rounds float64. Both parts have the dtype of X.",
    "Leave the dtype to the operations: no .float().",
    keeps="the numbers are right to seven digits",
)
def forced_to_float32(X, y):
    return gaussian_classifier(X.float(), y)


@first_attempt("prior_forgotten", "covariance_around_the_common_mean")
def one_covariance_of_everything(X, y):
    return fitted(X, y, S=covariance(X), prior=0.0)


@first_attempt("covariances_not_weighed", "covariances_of_cov")
def mean_of_two_calls_of_cov(X, y):
    A, B = X[y == 1], X[y == 0]
    return fitted(X, y, S=(covariance(A, min(1, len(A) - 1)) + covariance(B, min(1, len(B) - 1))) / 2)


@first_attempt("prior_forgotten", "half_forgotten")
def means_and_nothing_else(X, y):
    w, _ = gaussian_classifier(X, y)
    return w, -(X[y == 1].mean(0) + X[y == 0].mean(0)) @ w


@first_attempt("prior_forgotten", "covariance_ignored")
def halfway_between_the_means(X, y):
    return fitted(X, y, S=torch.eye(X.shape[1], dtype=X.dtype, device=X.device), prior=0.0)
