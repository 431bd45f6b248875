"""Every matrix product is a table of dot products: pair rows with columns, multiply, sum over the shared axis."""

import torch

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    gradients=True,
    shares={"allowed_functions": 0.5},
    book="sec_linear-algebra",
    forbid=(
        "matmul", "mm", "mv", "bmm", "addmm", "addmv", "addbmm", "baddbmm", "addr", "dot", "vdot", "inner", "vecdot",
        "einsum", "tensordot", "linear", "bilinear", "multi_dot", "chain_matmul", "conv1d", "numpy",
        "scaled_dot_product_attention", "kron", "sparse_mm", "smm", "sspaddmm", "hspmm",
    ),
    forbid_reason="The product is the exercise: multiply with *, and add the products with a sum.",
)  # fmt: skip


@reference
def matmul(A, B):
    return (A[:, :, None] * B).sum(1)


@alternative
def rows_with_columns(A, B):
    return torch.sum(A.unsqueeze(1) * B.T.unsqueeze(0), dim=-1)


@alternative
def one_column_at_a_time(A, B):
    columns = [(A * b).sum(1) for b in B.unbind(1)]
    return torch.stack(columns, 1) if columns else A.new_zeros(A.shape[0], 0)


@alternative
def outer_products_added(A, B):
    C = torch.zeros(A.shape[0], B.shape[1], dtype=A.dtype, device=A.device)
    for a, b in zip(A.T, B, strict=True):
        C = C + torch.outer(a, b)
    return C


@alternative
def three_loops(A, B):
    C = A.new_zeros(len(A), B.shape[1])
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            for k in range(len(B)):
                C[i, j] += A[i, k] * B[k, j]
    return C


@case
def sizes_that_differ(draw):
    return draw.normal(2, 3), draw.normal(3, 4)


@case
def square_matrices(draw):
    """A transpose too many has the right shape."""
    return draw.normal(3, 3), draw.normal(3, 3)


@case
def the_middle_is_the_longest(draw):
    return draw.normal(2, 7), draw.normal(7, 3)


@case
def transposed_matrices(draw):
    return draw.normal(4, 2).T, draw.normal(3, 4).T


@case
def a_row_times_a_column(draw):
    return draw.normal(1, 4), draw.normal(4, 1)


@case
def a_column_times_a_row(draw):
    return draw.normal(4, 1), draw.normal(1, 3)


@case(aspect="edge", gradients=False)
def nothing_to_add(draw):
    return draw.normal(2, 0), draw.normal(0, 3)


@case(aspect="edge", gradients=False)
def no_columns(draw):
    return draw.normal(2, 3), draw.normal(3, 0)


@case(aspect="edge", gradients=False)
def no_rows(draw):
    return draw.normal(0, 3), draw.normal(3, 2)


@case(aspect="edge")
def every_second_column(draw):
    return draw.every_second(draw.normal(3, 2)), draw.every_second(draw.normal(2, 5))


@domain(
    dtypes=("float64", "float32"),
    outside={"inf, huge, tiny": "products overflow, or vanish"},
)
def any_two_matrices(draw):
    A = draw.any(axes=(2, 2), without="inf huge tiny")
    return A, draw.any(A.shape[1], draw.size(), without="inf huge tiny")


@misconception(
    "The sum runs over the rows of A. It belongs to the axis that A and B share, which is the one that goes.",
    "Of shape (n, k, m), sum axis 1.",
)
def summed_over_the_rows(A, B):
    return (A[:, :, None] * B).sum(0)


@misconception(
    "You pair rows of A with rows of B. That is A times the transpose of B, and it fits silently where B is square.",
    "Pair rows with columns: A[:, :, None] * B[None, :, :], summed over axis 1.",
)
def rows_with_rows(A, B):
    return (A[:, None, :] * B[None, :, :]).sum(-1)


@misconception(
    "The mean divides by k. A dot product is a sum.",
    "Replace mean with sum.",
)
def mean_of_the_products(A, B):
    return (A[:, :, None] * B).sum(1) / max(A.shape[1], 1)


@misconception(
    "A * B is the Hadamard product: entry times entry, and nothing is added. It wants two matrices of one shape.",
    "Pair every row with every column first: A[:, :, None] * B[None, :, :].",
)
def hadamard_product(A, B):
    return A * B


@misconception(
    "Each row of A meets one row of B only, the one with its own number, so there are n dot products where n times m "
    "are wanted.",
    "Pair every row with every column: give A and B a new axis each.",
)
def one_dot_product_for_each_row(A, B):
    return (A * B).sum(1)


@misconception(
    "The factors have changed places: that is B A. Matrix products do not commute.",
    "Rows are taken from A, columns from B.",
)
def factors_swapped(A, B):
    return matmul(B, A)


@misconception(
    "Rows and columns of the answer are exchanged: its rows belong to the columns of B.",
    "Row i of the answer belongs to row i of A.",
)
def transposed(A, B):
    return matmul(A, B).T


@misconception(
    "Nobody adds the products: the answer still has the axis k.",
    "Sum over axis 1.",
)
def not_summed(A, B):
    return A[:, :, None] * B


@misconception(
    "You give the answer len(B) columns. But len(B) counts the rows of B, and the answer has as many columns as B has.",
    "Let j run over range(B.shape[1]), and make C with as many columns.",
)
def as_many_columns_as_b_has_rows(A, B):
    C = A.new_zeros(len(A), len(B))
    for i in range(len(A)):
        for j in range(len(B)):
            for k in range(A.shape[1]):
                C[i, j] += A[i, k] * B[k, j]
    return C


@misconception(
    "You take one product too few: the last column of A and the last row of B are left out.",
    "Let k run over range(A.shape[1]).",
)
def last_product_left_out(A, B):
    return matmul(A[:, :-1], B[:-1])


@misconception(
    "The first product is added twice: it is what the sum begins with, and the loop begins with it again.",
    "Begin with zeros, or let the loop begin at 1.",
)
def first_product_added_twice(A, B):
    return A[:, :1] * B[:1] + matmul(A, B)


@misconception(
    "item(), float() and tolist() give plain numbers, which are not recorded: no gradient reaches A or B.",
    "Stay with tensors: multiply and add them without taking numbers out.",
    keeps="every value is right, and gradients are half of the checks at most",
)
def numbers_taken_out(A, B):
    C = A.new_zeros(A.shape[0], B.shape[1])
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            C[i, j] = sum(a * b for a, b in zip(A[i].tolist(), B[:, j].tolist(), strict=True))
    return C


@misconception(
    "torch.zeros(n, m) is float32 unless it is told otherwise, and so float64 is rounded.",
    "Say torch.zeros(n, m, dtype=A.dtype, device=A.device), or A.new_zeros(n, m).",
    keeps="only the dtype is wrong",
)
def zeros_in_float32(A, B):
    return matmul(A.float(), B.float())


@misconception(
    "stack and a sum of no tensors raise an error where k or m is 0.",
    "Begin with A.new_zeros(n, m), or let broadcasting do all of it.",
    keeps="right where no size is 0",
)
def fails_on_empty_matrices(A, B):
    columns = [torch.stack([(A[i] * B[:, j]).sum() for i in range(A.shape[0])]) for j in range(B.shape[1])]
    if not A.shape[1]:
        raise ValueError("nothing to add")
    return torch.stack(columns, 1)


@first_attempt("numbers_taken_out", "zeros_in_float32")
def three_loops_over_numbers(A, B):
    C = torch.zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                C[i, j] += A[i, k].item() * B[k, j].item()
    return C


@first_attempt("as_many_columns_as_b_has_rows", "zeros_in_float32")
def three_loops_over_len(A, B):
    C = torch.zeros(len(A), len(B))
    for i in range(len(A)):
        for j in range(len(B)):
            for k in range(len(B)):
                C[i, j] += A[i, k] * B[k, j]
    return C


@first_attempt("rows_with_rows", "mean_of_the_products")
def means_of_rows_with_rows(A, B):
    return (A[:, None, :] * B).mean(-1)


@first_attempt("rows_with_rows", "transposed")
def broadcast_the_other_way(A, B):
    return (A[None, :, :] * B[:, None, :]).sum(2)
