"""The product rule in two dimensions: x stands on both sides of A, and only a symmetric A makes the two alike."""

import torch
from _shared import AUTOGRAD, BY_HAND

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    shares={"allowed_functions": 0.5},
    book="sec_calculus",
    forbid=AUTOGRAD,
    forbid_reason=BY_HAND,
    equivalent={"(A.T + A)": "a sum has no order"},
)


@reference
def quad_grad(A, x):
    return (A + A.T) @ x


@alternative
def two_products(A, x):
    return A @ x + A.T.matmul(x)


@alternative
def by_einsum(A, x):
    return torch.einsum("ij,j->i", A, x) + torch.einsum("ij,i->j", A, x)


@alternative
def row_on_the_left(A, x):
    return torch.mv(A, x).add(x @ A)


@alternative
def twice_the_symmetric_part(A, x):
    symmetric = (A + A.mT) / 2
    return 2 * (symmetric * x).sum(-1)


@alternative
def entry_by_entry(A, x):
    g = torch.zeros_like(x)
    for k in range(x.shape[0]):
        g[k] = (A[k] * x).sum() + (A[:, k] * x).sum()
    return g


@case
def three_variables(draw):
    return draw.normal(3, 3), draw.normal(3)


@case
def five_variables(draw):
    return draw.normal(5, 5), draw.normal(5)


@case
def the_identity(draw):
    """f is the squared length, and its gradient is 2 x."""
    return torch.eye(4, dtype=torch.float64), draw.normal(4)


@case
def a_symmetric_matrix(draw):
    A = draw.normal(4, 4)
    return A + A.T, draw.normal(4)


@case
def above_the_diagonal_only(draw):
    return draw.normal(4, 4).triu(), draw.normal(4)


@case
def a_transposed_matrix(draw):
    return draw.normal(3, 3).T, draw.every_second(draw.normal(3))


@case(aspect="stability")
def small_entries(draw):
    """Far from symmetric, though A and its transpose differ by less than 1e-8."""
    return draw.normal(3, 3) * 1e-10, draw.normal(3)


@case(aspect="edge")
def one_variable(draw):
    return draw.uniform(1, 1, low=1, high=2), draw.uniform(1, low=2, high=3)


@case(aspect="edge")
def at_the_origin(draw):
    return draw.normal(3, 3), draw.full(3, value=0.0)


@case(aspect="edge")
def no_variables(draw):
    return draw.normal(0, 0), draw.normal(0)


@domain(
    dtypes=("float64", "float32"),
    outside={
        "inf, huge, tiny": "products overflow, or vanish",
        "apart": "small ones drown in the rounding of large ones",
    },
)
def any_form(draw):
    n = draw.size()
    return draw.any(n, n, without="inf huge tiny apart"), draw.any(n, without="inf huge tiny apart")


@misconception(
    "2 A x is right where A is symmetric. In general x[k] meets row k of A as well as column k, and they differ.",
    "Add the transpose: (A + A.T) @ x.",
)
def as_if_symmetric(A, x):
    return 2 * A @ x


@misconception(
    "You have only the half that comes from the x on the left. The product rule has a second half for the x on the "
    "right.",
    "Add A.T @ x.",
)
def left_half_only(A, x):
    return A @ x


@misconception(
    "You have only the half that comes from the x on the right. The product rule has a second half for the x on the "
    "left.",
    "Add A @ x.",
)
def right_half_only(A, x):
    return A.T @ x


@misconception(
    "Twice the transpose is right where A is symmetric, and only there.",
    "Take one of each: (A + A.T) @ x.",
)
def twice_the_transpose(A, x):
    return 2 * A.T @ x


@misconception(
    "* multiplies entry by entry, so x scales the columns of A and nothing is added: a matrix comes out.",
    "Multiply matrix and vector with @.",
)
def entry_times_entry(A, x):
    return (A + A.T) * x


@misconception(
    "You halve it, as for f = 1/2 x^T A x. There is no 1/2 in this f.",
    "Leave the factor out: (A + A.T) @ x.",
)
def halved(A, x):
    return (A + A.T) @ x / 2


@misconception(
    "That is the matrix of second derivatives. It does not depend on x, and the gradient does.",
    "Multiply it by x: (A + A.T) @ x.",
)
def hessian(A, x):
    return A + A.T


@misconception(
    "That is f itself, one number. Its gradient has an entry for each entry of x.",
    "Differentiate: (A + A.T) @ x.",
)
def value_of_f(A, x):
    return x @ A @ x


@misconception(
    "x[i] x[j] is how f changes with A[i, j]. Asked for is how it changes with x.",
    "Differentiate with respect to x: (A + A.T) @ x.",
)
def gradient_for_the_matrix(A, x):
    return torch.outer(x, x)


@misconception(
    "2 x is the gradient of x^T x, where A is the identity.",
    "A belongs into it: (A + A.T) @ x.",
)
def as_if_identity(A, x):
    return 2 * x


@misconception(
    "A += A.T changes the caller's matrix, and reads A.T while it is being overwritten.",
    "Make a new matrix: A + A.T.",
    keeps="the gradient is right",
)
def in_place(A, x):
    g = (A + A.T) @ x
    A += A.T.clone()
    return g


@misconception(
    "The answer is float32, whatever A and x are, and float64 is rounded.",
    "Leave the dtype to the operations.",
    keeps="only the dtype is wrong",
)
def forced_to_float32(A, x):
    return quad_grad(A.float(), x.float())


@misconception(
    "Differences are approximations, and their error shows beside a closed form.",
    "Compute (A + A.T) @ x.",
    chance="central differences of a quadratic form are off by rounding errors only",
)
def central_differences(A, x, h=1e-3):
    units = torch.eye(len(x), dtype=x.dtype, device=x.device)
    slopes = [((x + h * e) @ A @ (x + h * e) - (x - h * e) @ A @ (x - h * e)) / (2 * h) for e in units]
    return torch.stack(slopes) if slopes else x.clone()


@first_attempt("as_if_symmetric", "entry_times_entry")
def as_for_a_number(A, x):
    return 2 * A * x


@first_attempt("left_half_only", "entry_times_entry")
def half_and_entry_by_entry(A, x):
    return A * x
