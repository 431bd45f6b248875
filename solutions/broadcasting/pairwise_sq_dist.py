"""(n, 1, d) against (m, d): all differences at once, and no cancellation as in the expanded square."""

import torch

from grader import Exercise, alternative, batch, case, domain, misconception, reference

exercise = Exercise(
    points=2,
    gradients=True,
    forbid=("cdist", "dist", "matrix_norm", "norm", "pairwise_distance", "pdist", "vector_norm"),
    forbid_reason="The distances are the exercise: get them from broadcasting, products and sums.",
    weights={"stability": 2},
)


SIDES = torch.tensor([[1.0], [1.0], [-1.0], [-1.0]], dtype=torch.float64)


@reference
def pairwise_sq_dist(X, Y):
    return ((X[:, None, :] - Y) ** 2).sum(-1)


@alternative
def summed_by_einsum(X, Y):
    differences = X.unsqueeze(1) - Y
    return torch.einsum("nmd,nmd->nm", differences, differences)


@alternative
def features_in_the_middle(X, Y):
    return (X.unsqueeze(-1) - Y.T.unsqueeze(0)).square().sum(1)


@alternative
def one_feature_at_a_time(X, Y):
    return sum((x[:, None] - y) ** 2 for x, y in zip(X.T, Y.T, strict=True))


@alternative
def a_row_times_a_column(X, Y):
    differences = X[:, None] - Y[None]
    return (differences[..., None, :] @ differences[..., None])[..., 0, 0]


@case
def a_few_points(draw):
    return draw.normal(3, 2), draw.normal(4, 2)


@case
def as_many_points_as_features(draw):
    """A mistaken axis keeps the right shape."""
    return draw.normal(3, 3), draw.normal(3, 3)


@case
def a_single_target(draw):
    return draw.normal(4, 5), draw.normal(1, 5)


@case
def points_on_a_line(draw):
    return draw.normal(4, 1), draw.normal(3, 1)


@case
def points_among_themselves(draw):
    X = draw.normal(4, 3)
    return X, X.clone()


@case(aspect="edge", gradients=False)
def no_points(draw):
    return draw.normal(0, 2), draw.normal(4, 2)


@case(aspect="edge")
def the_same_point_everywhere(draw):
    """Every distance is exactly 0: there is no scale behind which rounding could hide."""
    point = draw.normal(1, 5)
    return point.repeat(3, 1), point.repeat(2, 1)


@case(aspect="stability")
def far_from_the_origin(draw):
    """|x|² is near a million and the distances near one: |x|² - 2 x·y + |y|² loses what is asked for."""
    return 500 + draw.normal(5, 3), 500 + draw.normal(6, 3)


@case(aspect="stability", dtypes=("float64",))
def a_tight_cluster_far_away(draw):
    """In float32 the inputs themselves would have two digits left of their distances."""
    return 1e4 + 0.01 * draw.normal(5, 3), 1e4 + 0.01 * draw.normal(6, 3)


@case(aspect="stability", dtypes=("float64",), gradients=False)
def two_clusters_without_a_common_middle(draw):
    """Whatever the origin, one of them is so far from it that |x|² overflows, as does the distance between the two."""
    return 1e160 * SIDES + 1e150 * draw.normal(4, 3), 1e160 * SIDES + 1e150 * draw.normal(4, 3)


@case
def coordinates_in_columns(draw):
    return draw.normal(2, 5).T, draw.normal(2, 3).T


@domain(outside={"huge, tiny": "squares overflow in float32 alone, or vanish"})
def any_points(draw):
    X = draw.any(axes=(2, 2), without="inf huge tiny")
    return X, draw.any(draw.size(), X.shape[1], without="inf huge tiny")


@batch
def many_points(draw, n):
    return draw.normal(n, 3), draw.normal(5, 3)


@batch
def many_points_to_compare_with(draw, n):
    return draw.normal(5, 3), draw.normal(n, 3)


@misconception(
    "X and Y share no axis of their own, so row meets row, and the shapes fit by chance at most. "
    "Insert an axis: (n, 1, d) against (m, d) pairs every point with every other."
)
def row_by_row(X, Y):
    return ((X - Y) ** 2).sum(-1)


@misconception("Rows and columns are exchanged. Row i of the answer belongs to X[i]: the new axis of X comes second.")
def transposed(X, Y):
    return ((X[None] - Y[:, None]) ** 2).sum(-1)


@misconception(
    "You sum over the points of Y. The differences have shape (n, m, d): sum over the features, the last axis."
)
def summed_over_points(X, Y):
    return ((X[:, None] - Y) ** 2).sum(1)


@misconception(
    "These are distances; the task asks for their squares. Leave the root out: its gradient at 0 is infinite, too."
)
def rooted(X, Y):
    return ((X[:, None] - Y) ** 2).sum(-1).sqrt()


@misconception("You add the differences first and square the sum. Square each difference, then add over the features.")
def squared_after_the_sum(X, Y):
    return (X[:, None] - Y).sum(-1) ** 2


@misconception("These are sums of absolute differences. Square the differences before you add them.")
def absolute_differences(X, Y):
    return (X[:, None] - Y).abs().sum(-1)


@misconception("The mean divides by the number of features. The squared distance is the sum over them.")
def averaged_over_features(X, Y):
    return ((X[:, None] - Y) ** 2).mean(-1)


@misconception(
    "|x|² - 2 x·y + |y|² subtracts huge numbers when points lie far from the origin: rounding eats the distance, or "
    "makes it negative. Subtract the points first, then square.",
    keeps="right for points near the origin",
    chance="by luck, the rounding errors may cancel",
)
def expanded_square(X, Y):
    return (X**2).sum(-1)[:, None] + (Y**2).sum(-1) - 2 * X @ Y.T


@misconception(
    "The numbers are right, but Python goes from point to point, so the work grows with n. "
    "One broadcast subtraction yields all differences.",
    keeps="every number is right",
)
def one_point_at_a_time(X, Y):
    return torch.cat([((x[:, None] - Y) ** 2).sum(-1) for x in X.split(1)])
