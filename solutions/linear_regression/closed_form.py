"""The pseudoinverse needs neither full rank nor X^T X; the column of ones is a feature like any other."""

import torch

from grader import (
    EPSILONS,
    Exercise,
    alternative,
    arguments,
    case,
    domain,
    driver,
    first_attempt,
    misconception,
    reference,
)

exercise = Exercise(
    points=2,
    weights={"stability": 2},
    parts={"arguments unchanged": "mutation"},
    book="sec_linear_regression",
)


@driver
def with_features_repeated(closed_form, X, y, columns_repeated=()):
    """Some columns of X stand in it once more, as its last ones: exact copies, whatever the numbers."""
    if columns_repeated:
        X = torch.cat([X, X[:, list(columns_repeated)]], dim=1)
    before = X.clone(), y.clone()
    answer = closed_form(X, y)
    return {"answer": answer, "arguments unchanged": all(map(torch.equal, (X, y), before))}


def with_ones(X):
    return torch.cat([X, torch.ones_like(X[:, :1])], dim=1)


@reference
def closed_form(X, y):
    theta = torch.linalg.pinv(with_ones(X)) @ y
    return theta[:-1], theta[-1]


@alternative
def in_double_precision(X, y):
    Z = torch.nn.functional.pad(X, (0, 1), value=1.0).double()
    theta = torch.linalg.pinv(Z).mv(y.double()).to(X.dtype)
    return theta[:-1], theta[-1]


@alternative
def by_singular_values(X, y):
    """Directions that X does not know stay zero, so the norm is the smallest."""
    Z = torch.hstack([torch.ones(len(X), 1, dtype=X.dtype, device=X.device), X])
    U, S, Vh = torch.linalg.svd(Z, full_matrices=False)
    known = S / S[0] > max(Z.shape) * torch.finfo(X.dtype).eps
    inverse = torch.where(known, 1 / torch.where(known, S, torch.ones_like(S)), torch.zeros_like(S))
    theta = torch.einsum("kd,k,nk,n->d", Vh, inverse, U, y)
    return theta[1:], theta[0]


@alternative
def by_least_squares(X, y):
    """Only this driver knows of missing rank, and only the CPU has it."""
    Z = with_ones(X).cpu()
    theta = torch.linalg.lstsq(Z, y.cpu().unsqueeze(1), driver="gelsd").solution.squeeze(1).to(X.device)
    return theta[:-1], theta[-1]


@alternative
def as_a_list_of_two(X, y):
    *w, b = torch.linalg.pinv(with_ones(X).mT).mT.matmul(y[:, None]).flatten().unbind()
    return [torch.stack(w), b]


def noisy(draw, n, d):
    """Examples on a plane, and noise."""
    X = draw.normal(n, d)
    return X, X @ draw.uniform(d, low=0.5, high=2) + draw.uniform(low=1, high=3) + 0.3 * draw.normal(n)


@case
def a_plane_with_noise(draw):
    return noisy(draw, 12, 3)


@case
def a_plane_without_noise(draw):
    X = draw.normal(8, 2)
    return X, X @ draw.tensor([2.0, -3.4]) + 4.2


@case
def as_many_features_as_examples_but_one(draw):
    """With the column of ones the matrix is square, and the plane meets every point."""
    X = 3 * torch.eye(5, dtype=torch.float64)[:, :4] + 0.5 * draw.normal(5, 4)
    return X, 3 + draw.normal(5)


@case
def far_from_the_origin(draw):
    """The bias is large, and so is what is wrong without it."""
    places = draw.tensor([-1.5, 0.0, 1.5])
    X = torch.cartesian_prod(places, places) + draw.uniform(9, 2, low=-0.4, high=0.4)
    return 5 + X, X @ draw.normal(2) + 40 + 0.3 * draw.normal(9)


@case
def features_in_rows_of_memory(draw):
    X = draw.normal(3, 10).T
    return X, draw.every_second(3 + draw.normal(10))


@case(aspect="edge")
def fewer_examples_than_features(draw):
    X = draw.normal(2, 4) + draw.tensor([[3.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0]])
    return X, 2 + draw.normal(2)


@case(aspect="edge")
def a_feature_twice(draw):
    X, y = noisy(draw, 10, 2)
    return arguments(X, y, columns_repeated=(0,))


@case(aspect="edge")
def all_features_three_times(draw):
    X, y = noisy(draw, 9, 2)
    return arguments(X, y, columns_repeated=(0, 1, 1, 0))


@case(aspect="edge")
def one_example(draw):
    return 1 + draw.uniform(1, 3), 3 + draw.normal(1)


@case(aspect="edge")
def one_feature(draw):
    return noisy(draw, 7, 1)


@case(aspect="edge")
def a_feature_that_is_always_zero(draw):
    X, y = noisy(draw, 8, 3)
    return X * draw.tensor([1.0, 0.0, 1.0]), y


@case(aspect="edge")
def a_feature_that_never_changes(draw):
    """It says the same as the column of ones, so the two share the bias."""
    X, y = noisy(draw, 9, 3)
    X[:, 1] = 3
    return X, 10 + y


@case(aspect="stability")
def features_of_different_scales(draw):
    X, y = noisy(draw, 12, 3)
    return X * draw.tensor([30.0, 1.0, 0.5]), 20 + y


@case(aspect="stability", dtypes=("float64",))
def two_features_nearly_alike(draw):
    """X^T X has the square of the condition number, and half of the digits are lost.

    There is no noise: its square would enter into honest errors as well.
    """
    X = draw.normal(12, 2)
    X = torch.cat([X, X[:, :1] + 1e-5 * draw.normal(12, 1)], dim=1)
    return X, X @ (draw.tensor([2.0, 1.0, -1.0]) * draw.uniform(3, low=0.8, high=1.2)) + 3


@domain(
    dtypes=("float64", "float32"),
    outside={"inf, huge, tiny, apart, far, large": "X is far from singular, where it is not exactly singular"},
)
def any_data(draw):
    n, d = draw.size(least=1, most=9), draw.size(least=1)
    X = draw.any(n, d, without="inf huge tiny apart far large")
    if draw.pick(True, False):
        X = X * draw.pick(100.0, 0.1)
    y = draw.any(n, without="inf huge tiny")
    S = torch.linalg.svdvals(with_ones(X))
    S = S[S > 0]
    draw.require(S[-1] > 3e-3 * S[0] and X.dim() == 2)
    repeat = draw.pick(draw.left_out, draw.left_out, (0,), (0, 0))
    return X, y, repeat


def solved(Z, y):
    """By the pseudoinverse, to build mistakes on."""
    return torch.linalg.pinv(Z) @ y


@misconception(
    "The bias is missing: every plane goes through the origin. The bias is the weight of a feature that is always 1.",
    "Z = torch.cat([X, torch.ones_like(X[:, :1])], 1), then solve with Z; the last weight is b.",
)
def no_bias(X, y):
    return solved(X, y), torch.zeros_like(y[0])


@misconception(
    "The column of ones stands first, so the first number that you get is the bias; you return the last one as if it "
    "were.",
    "return theta[1:], theta[0]",
)
def ones_first_bias_last(X, y):
    theta = solved(torch.cat([torch.ones_like(X[:, :1]), X], 1), y)
    return theta[:-1], theta[-1]


@misconception(
    "The column of ones stands last, so the last number that you get is the bias; you return the first one as if it "
    "were.",
    "return theta[:-1], theta[-1]",
)
def ones_last_bias_first(X, y):
    theta = solved(with_ones(X), y)
    return theta[1:], theta[0]


@misconception(
    "That is ridge regression: the term added to the diagonal pulls all weights towards zero, so the answer is no "
    "longer the minimiser.",
    "Add nothing. The pseudoinverse needs no term on the diagonal: torch.linalg.pinv(Z) @ y",
)
def ridge(X, y):
    Z = with_ones(X)
    theta = torch.linalg.solve(Z.T @ Z + 0.1 * torch.eye(Z.shape[1], dtype=Z.dtype, device=Z.device), Z.T @ y)
    return theta[:-1], theta[-1]


@misconception(
    "A tiny term on the diagonal hides the singular matrix and still moves every answer a little; where directions "
    "are missing, rounding errors are divided by it.",
    "Work on Z itself: torch.linalg.pinv(Z) @ y",
    also=EPSILONS,
)
def a_tiny_ridge(X, y, *, eps=1e-6):
    Z = with_ones(X)
    theta = torch.linalg.solve(Z.T @ Z + eps * torch.eye(Z.shape[1], dtype=Z.dtype, device=Z.device), Z.T @ y)
    return theta[:-1], theta[-1]


@misconception(
    "Z^T Z has no inverse when features repeat one another or examples are few: solve and inv raise an error then, or "
    "return noise. And it squares the condition number.",
    "Use the pseudoinverse of Z itself: torch.linalg.pinv(Z) @ y",
)
def normal_equations(X, y):
    Z = with_ones(X)
    theta = torch.linalg.solve(Z.T @ Z, Z.T @ y)
    return theta[:-1], theta[-1]


@misconception(
    "On the CPU lstsq has several drivers, and the usual one does not notice a feature that stands there twice: "
    "rounding errors pass for a direction of their own, and weights become arbitrary.",
    'Name the driver that looks at singular values, torch.linalg.lstsq(Z, y[:, None], driver="gelsd"), or use pinv.',
    keeps="right where features are independent",
    chance="by luck a rounding error is small enough",
)
def least_squares_with_the_usual_driver(X, y):
    theta = torch.linalg.lstsq(with_ones(X), y[:, None]).solution[:, 0]
    return theta[:-1], theta[-1]


@misconception(
    "The pseudoinverse of Z^T Z survives singular data, but that product squares the condition number: small singular "
    "values drown in rounding errors, or are cut off as zeros.",
    "Use the pseudoinverse of Z itself: torch.linalg.pinv(Z) @ y",
    keeps="right where no two features are nearly alike",
    chance="rounding errors may be small by luck where scales differ",
)
def pseudoinverse_of_the_gram_matrix(X, y):
    Z = with_ones(X)
    theta = torch.linalg.pinv(Z.T @ Z) @ (Z.T @ y)
    return theta[:-1], theta[-1]


@misconception(
    "Where many solutions fit equally well, yours is not the smallest: centring first makes w as short as possible "
    "and leaves b whatever remains. The task counts b among the unknowns.",
    "Append the ones and take the pseudoinverse: torch.linalg.pinv(Z) @ y",
    keeps="right where there is only one solution",
    chance="where two features are nearly alike, rounding errors of the weights reach the bias, and are small by luck",
)
def smallest_weights_after_centring(X, y):
    w = solved(X - X.mean(0), y - y.mean())
    return w, y.mean() - X.mean(0) @ w


@misconception(
    "You fit weights without a bias, and then take the mean of what is left as the bias. The two must be found "
    "together: weights without a bias have already bent to make up for it.",
    "Append a column of ones and solve once.",
)
def bias_afterwards(X, y):
    w = solved(X, y)
    return w, (y - X @ w).mean()


@misconception(
    "You centre the data, which is a way to find w, but then the mean of y is the bias only if the features have mean "
    "zero.",
    "b = y.mean() - X.mean(0) @ w; better, append a column of ones and take the pseudoinverse.",
)
def mean_target_as_bias(X, y):
    return solved(X - X.mean(0), y - y.mean()), y.mean()


@misconception(
    "You solve for fewer directions than the data have: the cut-off for small singular values is far too high, and a "
    "feature of a small scale is thrown away.",
    "Leave rcond alone: torch.linalg.pinv(Z) @ y",
    keeps="right where the features are of one scale",
)
def cut_off_too_high(X, y):
    theta = torch.linalg.pinv(with_ones(X), rcond=5e-3) @ y
    return theta[:-1], theta[-1]


@misconception(
    "Your weights form a matrix with one column, because y was given one. The task asks for shapes (d,) and ().",
    "theta = (torch.linalg.pinv(Z) @ y[:, None]).squeeze(1)",
)
def weights_in_a_column(X, y):
    theta = solved(with_ones(X), y[:, None])
    return theta[:-1], theta[-1]


@misconception(
    "The bias is a vector with one entry, because you cut a slice out of the solution. Its shape is (), that of a "
    "number.",
    "An index removes the axis: theta[-1]",
)
def bias_as_a_slice(X, y):
    theta = solved(with_ones(X), y)
    return theta[:-1], theta[-1:]


@misconception(
    "You return all unknowns in one tensor. The task asks for two: the weights and the bias.",
    "return theta[:-1], theta[-1]",
)
def all_in_one(X, y):
    return solved(with_ones(X), y)


@misconception(
    "Bias and weights are exchanged: the first of the pair has to be w.",
    "return w, b",
)
def bias_before_the_weights(X, y):
    w, b = closed_form(X, y)
    return b, w


@misconception(
    "A few thousand steps of gradient descent come near the minimum and do not reach it, least of all along features "
    "of a small scale. There is a formula here.",
    "torch.linalg.pinv(Z) @ y",
    chance="small or well-rounded data may converge in time",
)
def gradient_descent(X, y):
    Z = with_ones(X)
    theta = torch.zeros_like(Z[0])
    lr = 1 / Z.square().sum()
    for _ in range(200):
        theta = theta - lr * Z.T @ (Z @ theta - y)
    return theta[:-1], theta[-1]


@misconception(
    "The answer is forced to float32, which rounds float64. Weights and bias have the dtype of X.",
    "Leave the dtype to the operations: no .float().",
    keeps="the numbers are right to seven digits",
)
def forced_to_float32(X, y):
    return closed_form(X.float(), y.float())


@misconception(
    "You compute in float64 and return it, whatever the dtype of X is.",
    "Convert at the end: theta.to(X.dtype)",
    keeps="every number is right",
)
def left_in_float64(X, y):
    return closed_form(X.double(), y.double())


@misconception(
    "-= centres the caller's data in place, and whoever uses X next has another table.",
    "Make a new tensor: X - X.mean(0)",
    keeps="the answer is right",
)
def data_centred_in_place(X, y):
    answer = closed_form(X, y)
    X -= X.mean(0)
    return answer


@first_attempt("no_bias", "normal_equations")
def the_formula_of_the_book(X, y):
    return torch.linalg.inv(X.T @ X) @ X.T @ y, torch.zeros_like(y[0])


@first_attempt("ones_first_bias_last", "normal_equations")
def the_formula_with_ones_in_front(X, y):
    Z = torch.cat([torch.ones_like(X[:, :1]), X], 1)
    theta = torch.linalg.solve(Z.T @ Z, Z.T @ y)
    return theta[:-1], theta[-1]


@first_attempt("weights_in_a_column", "normal_equations")
def everything_as_matrices(X, y):
    Z = with_ones(X)
    theta = torch.linalg.inv(Z.T @ Z) @ Z.T @ y.reshape(-1, 1)
    return theta[:-1], theta[-1]


@first_attempt("a_tiny_ridge", "bias_as_a_slice")
def an_epsilon_and_a_slice(X, y):
    Z = with_ones(X)
    theta = torch.linalg.solve(Z.T @ Z + 1e-6 * torch.eye(Z.shape[1], dtype=Z.dtype, device=Z.device), Z.T @ y)
    return theta[:-1], theta[-1:]
