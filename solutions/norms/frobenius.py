"""A matrix is measured over two axes at once; every axis in front of them only counts matrices."""

import torch
from _shared import NORMS

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_linear-algebra",
    forbid=NORMS,
    forbid_reason="A norm is the exercise: build it from abs, powers, sums and roots.",
)


@reference
def frobenius(A):
    return A.square().sum((-2, -1)).sqrt()


@alternative
def summed_by_einsum(A):
    return torch.einsum("...ij,...ij->...", A, A).sqrt()


@alternative
def from_singular_values(A):
    return torch.linalg.svdvals(A).square().sum(-1).sqrt()


@alternative
def trace_of_a_transpose_a(A):
    return (A.mT @ A).diagonal(dim1=-2, dim2=-1).sum(-1).sqrt()


@alternative
def one_long_vector(A):
    return (A.flatten(-2) ** 2).sum(-1) ** 0.5


@alternative
def one_axis_after_the_other(A):
    return (A * A).sum(-1).sum(-1).sqrt()


@case
def a_single_matrix(draw):
    return draw.normal(3, 5)


@case
def a_square_matrix(draw):
    return draw.normal(4, 4)


@case
def a_batch(draw):
    return draw.normal(2, 3, 4)


@case
def as_many_matrices_as_rows_and_columns(draw):
    """Mistaken axes keep the right shape."""
    return draw.normal(3, 3, 3)


@case
def a_table_of_transposed_matrices(draw):
    return draw.normal(3, 2, 4, 5).mT


@case
def a_large_matrix_beside_a_small_one(draw):
    return draw.normal(2, 2, 3) * draw.tensor([[[1000.0]], [[1.0]]])


@case(aspect="edge")
def one_negative_entry(draw):
    return -draw.uniform(2, 1, 1, low=2, high=3)


@case(aspect="edge")
def a_zero_matrix_in_between(draw):
    return draw.normal(3, 2, 3) * draw.tensor([[[1.0]], [[0.0]], [[1.0]]])


@case(aspect="edge")
def no_rows(draw):
    return draw.normal(2, 0, 3)


@domain(
    dtypes=("float64", "float32"),
    outside={
        "half precision": "singular values are not there",
        "huge, tiny, inf": "squares neither over- nor underflow",
    },
)
def any_batch(draw):
    return draw.any(axes=(2, 4), without="inf tiny huge")


@batch
def many_matrices(draw, n):
    return draw.normal(n, 3, 4)


@misconception(
    "You have a number for each row. A matrix has two axes, and its norm takes the entries of both together.",
    "Sum over both axes, .sum((-2, -1)), before the root.",
)
def one_norm_per_row(A):
    return A.square().sum(-1).sqrt()


@misconception(
    "The square root is missing: the norm is the root of the sum of the squares.",
    "Take the root once, after the sum: .sqrt().",
)
def root_missing(A):
    return A.square().sum((-2, -1))


@misconception(
    "You add magnitudes, which is the entrywise 1-norm. The Frobenius norm adds squares.",
    "Square the entries, add, and take the root: A.square().sum((-2, -1)).sqrt().",
)
def magnitudes_added(A):
    return A.abs().sum((-2, -1))


@misconception(
    "All entries of A^T A are added, and off its diagonal stand the products of different columns. The squares are on "
    "the diagonal alone.",
    "Square the entries of A themselves: A.square().sum((-2, -1)).sqrt().",
)
def all_products_of_columns_added(A):
    return (A.mT @ A).sum((-2, -1)).abs().sqrt()


@misconception(
    "The entries are added first, so those of opposite sign cancel. Squaring the sum and taking the root leaves "
    "only its magnitude.",
    "Square each entry before the sum: (A * A).sum((-2, -1)).sqrt().",
)
def squared_after_the_sum(A):
    return A.sum((-2, -1)).square().sqrt()


@misconception(
    "The mean divides by the number of entries, and its root is the RMS, the size of a typical entry. A norm sums.",
    "Replace the mean by a sum.",
)
def averaged(A):
    return A.square().sum((-2, -1)).sqrt() / max(A.shape[-2:].numel(), 1) ** 0.5


@misconception(
    "All matrices share one norm here. The axes before the last two count matrices, and they stay.",
    "Sum over the last two axes only: .sum((-2, -1)).",
)
def whole_batch(A):
    return A.square().sum().sqrt()


@misconception(
    "You sum over the first two axes. In a batch the matrix is in the last two.",
    "Count the axes from the back: .sum((-2, -1)).",
)
def first_two_axes(A):
    return A.square().sum((0, 1)).sqrt()


@misconception(
    "You sum over axes 1 and 2, which are the matrix only if exactly one axis counts matrices. A single matrix has "
    "no axis 2.",
    "Count the axes from the back: .sum((-2, -1)) are the last two, however many stand before them.",
)
def axes_one_and_two(A):
    return A.square().sum((1, 2)).sqrt()


@misconception(
    "That is the spectral norm, the largest singular value. The Frobenius norm takes all singular values, or simply"
    " all entries, together.",
    "Square the entries, add, and take the root: A.square().sum((-2, -1)).sqrt().",
)
def largest_singular_value(A):
    return torch.linalg.svdvals(A).amax(-1) if A.numel() else frobenius(A)


@misconception(
    "A @ A is a matrix product: it pairs rows with columns, and it does not exist unless A is square. The norm "
    "needs the square of each entry.",
    "Square entry by entry: A * A, or A ** 2.",
)
def matrix_product_for_a_square(A):
    return (A @ A).diagonal(dim1=-2, dim2=-1).sum(-1).sqrt()


@misconception(
    "The two summed axes are still there, as size 1. The result has the shape of the leading axes only.",
    "Leave out keepdim=True.",
)
def axes_kept(A):
    return A.square().sum((-2, -1), keepdim=True).sqrt()


@misconception(
    "*= squares the entries of A, which is the caller's tensor: after your function the original numbers are lost.",
    "Compute a new tensor: A * A.",
    keeps="every returned number is right",
)
def in_place(A):
    A *= A
    return A.sum((-2, -1)).sqrt()


@misconception(
    "The result is always float32, which rounds float64 numbers.",
    "Leave the dtype to the operations: no float(), and no new tensor without dtype=A.dtype.",
    keeps="only the dtype is wrong",
)
def forced_to_float32(A):
    return A.float().square().sum((-2, -1)).sqrt()


@misconception(
    "Python goes from matrix to matrix, so the number of operations grows with their number. One sum over two axes "
    "does all of them.",
    "Write A.square().sum((-2, -1)).sqrt(), without a loop.",
    keeps="every number is right",
)
def one_matrix_at_a_time(A):
    matrices = A.flatten(0, -3) if A.dim() > 2 else A[None]
    return torch.stack([(B * B).sum().sqrt() for B in matrices]).reshape(A.shape[:-2])


@first_attempt("first_two_axes", "root_missing")
def squares_over_the_first_two_axes(A):
    return (A * A).sum((0, 1))


@first_attempt("whole_batch", "root_missing")
def all_squares_in_one_sum(A):
    return (A**2).sum()
