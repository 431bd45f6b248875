"""(n, 1, d) against (m, d): all differences at once, and no cancellation as in the expanded square."""

import torch

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_ndarray",
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
    "X and Y have shapes (n, d) and (m, d), so X - Y pairs row i with row i, or does not fit. Every point is to "
    "meet every other, and for that the two sets of points need axes of their own.",
    "Insert an axis: X[:, None, :] - Y pairs shape (n, 1, d) with (m, d), and has shape (n, m, d).",
)
def row_by_row(X, Y):
    return ((X - Y) ** 2).sum(-1)


@misconception(
    "Rows and columns are exchanged: row i of the answer belongs to the point X[i], and in yours it belongs to Y[i].",
    "Give X the new axis in the middle: X[:, None] - Y.",
)
def transposed(X, Y):
    return ((X[None] - Y[:, None]) ** 2).sum(-1)


@misconception(
    "The differences have shape (n, m, d), and you have summed over axis 1, the points of Y. A distance adds up the"
    " features of one pair of points.",
    "Sum over the features, which are the last axis: .sum(-1).",
)
def summed_over_points(X, Y):
    return ((X[:, None] - Y) ** 2).sum(1)


@misconception(
    "The differences have shape (n, m, d), and you have summed over axis 0, the points of X. A distance adds up the"
    " features of one pair of points.",
    "Sum over the features, which are the last axis: .sum(-1).",
)
def summed_over_the_points_of_x(X, Y):
    return ((X[:, None] - Y) ** 2).sum(0)


@misconception(
    "You take the square root, and the task asks for squares. Besides, the root has an infinite slope at 0, so "
    "equal points get the gradient NaN.",
    "Leave out the square root.",
)
def rooted(X, Y):
    return ((X[:, None] - Y) ** 2).sum(-1).sqrt()


@misconception(
    "The differences are added first and the sum is squared, so differences of opposite sign cancel.",
    "Square each difference, and then add over the features: ((X[:, None] - Y) ** 2).sum(-1).",
)
def squared_after_the_sum(X, Y):
    return (X[:, None] - Y).sum(-1) ** 2


@misconception(
    "You add absolute differences, which is the taxi distance. The Euclidean one adds squares.",
    "Replace abs() by ** 2, before the sum.",
)
def absolute_differences(X, Y):
    return (X[:, None] - Y).abs().sum(-1)


@misconception(
    "The mean divides by the number of features. The squared distance is the sum over them.",
    "Replace mean(-1) by sum(-1).",
)
def averaged_over_features(X, Y):
    return ((X[:, None] - Y) ** 2).mean(-1)


@misconception(
    "|x|² - 2 x·y + |y|² subtracts huge numbers from each other when points lie far from the origin. Rounding then "
    "eats up the distance, or makes it negative.",
    "Subtract the points first, and square then: ((X[:, None] - Y) ** 2).sum(-1).",
    keeps="right for points near the origin",
    chance="by luck, the rounding errors may cancel",
)
def expanded_square(X, Y):
    return (X**2).sum(-1)[:, None] + (Y**2).sum(-1) - 2 * X @ Y.T


@misconception(
    "The answer is float32 whatever the inputs are, so float64 points lose half their digits.",
    "torch.zeros(n, m) is float32. Compute the table by one expression in X and Y, or create it with dtype=X.dtype "
    "and device=X.device.",
)
def a_float32_table(X, Y):
    return pairwise_sq_dist(X, Y).float()


@misconception(
    "Python goes from point to point, so the number of operations grows with the number of points. One broadcast "
    "subtraction yields all differences.",
    "Write ((X[:, None] - Y) ** 2).sum(-1), without a loop.",
    keeps="every number is right",
)
def one_point_at_a_time(X, Y):
    return torch.cat([((x[:, None] - Y) ** 2).sum(-1) for x in X.split(1)])


@first_attempt("transposed", "rooted")
def transposed_distances(X, Y):
    return ((Y[:, None] - X) ** 2).sum(-1).sqrt()


@first_attempt("expanded_square", "rooted")
def root_of_the_expanded_square(X, Y):
    return ((X**2).sum(1, keepdim=True) - 2 * X @ Y.T + (Y**2).sum(1)).sqrt()


@first_attempt("one_point_at_a_time", "a_float32_table")
def two_loops_over_a_table_of_zeros(X, Y):
    table = torch.zeros(len(X), len(Y))
    for i in range(len(X)):
        for j in range(len(Y)):
            table[i, j] = ((X[i] - Y[j]) ** 2).sum()
    return table
