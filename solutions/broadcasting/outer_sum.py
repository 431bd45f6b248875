"""Giving each vector an axis of its own makes every entry meet every other: the first trick of broadcasting."""

import torch

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, picture, reference

exercise = Exercise(
    points=1,
    book="sec_ndarray",
    forbid=("cartesian_prod", "vmap"),
    forbid_reason="Broadcasting alone does it: give the two vectors shapes that fit.",
)


@reference
def outer_sum(a, b):
    return a[:, None] + b


@alternative
def added_along_a_new_axis(a, b):
    return torch.add(a.unsqueeze(1), b)


@alternative
def both_written_out(a, b):
    return a.reshape(-1, 1).expand(-1, len(b)) + b.repeat(len(a), 1)


@alternative
def all_pairs_in_one_row(a, b):
    return (a.repeat_interleave(len(b)) + b.repeat(len(a))).reshape(len(a), len(b))


@alternative
def the_transpose_of_the_other_sum(a, b):
    return (b[:, None] + a).T


@case
def vectors_of_different_lengths(draw):
    return draw.normal(4), draw.normal(3)


@case
def vectors_of_equal_length(draw):
    """Here a + b raises no error."""
    return draw.normal(5), draw.normal(5)


@case(aspect="edge")
def an_empty_vector(draw):
    return draw.normal(0), draw.normal(3)


@case(aspect="edge")
def one_entry_each(draw):
    return draw.uniform(1, low=1, high=2), draw.uniform(1, low=1, high=2)


@case
def two_integer_vectors(draw):
    """Of every size: beyond 2**53 there are integers that no float64 holds."""
    powers, odd = torch.tensor([1, -(10**4), 10**17]), 2 * draw.integers(4, low=-9, high=10) + 1
    return powers * draw.integers(3, low=1, high=10), odd


@case
def an_integer_and_a_float_vector(draw):
    return draw.integers(3, low=-9, high=10), draw.normal(2)


@case
def every_second_entry_of_a_longer_vector(draw):
    return draw.every_second(draw.normal(4)), draw.normal(3)


@case(aspect="edge", dtypes=("float64", "float32", "bfloat16"))
def half_precision(draw):
    return draw.normal(3), draw.normal(2)


@domain
def any_two_vectors(draw):
    a, b = (draw.pick(draw.any(axes=(1, 1), without="inf"), draw.whole(draw.size())) for _ in range(2))
    both = a.is_floating_point() and b.is_floating_point()
    return a, draw.kept(b, torch.float64, torch.float32, torch.float16) if both and draw.pick(True, False) else b


@batch
def many_rows(draw, n):
    return draw.normal(n), draw.normal(3)


@batch
def many_columns(draw, n):
    return draw.normal(3), draw.normal(n)


@picture("image", x="b", y="a")
def a_column_beside_a_row(draw):
    """Every entry of a meets every entry of b: rows go with a, columns with b."""
    return torch.arange(12.0), 3 * torch.arange(8.0)


@misconception(
    "Shapes (m,) and (n,) are aligned from the right, so a + b pairs entry with entry, or does not fit at all. For "
    "every entry to meet every other, the two vectors need axes of their own.",
    "Write a[:, None] + b: with shape (m, 1), a meets every entry of b.",
)
def without_a_new_axis(a, b):
    return a + b


@misconception(
    "You multiply every pair, but the task adds them: a product table is another table than a sum table.",
    "Keep the shapes (m, 1) and (n,), and put a plus between them: a[:, None] + b.",
)
def outer_product(a, b):
    return torch.outer(a, b)


@misconception(
    "Rows and columns are exchanged. S[i, j] is a[i] + b[j], so a runs down the rows; in your table b does.",
    "Give the new axis to a: a[:, None] + b.",
)
def transposed(a, b):
    return b[:, None] + a


@misconception(
    "The new axis stands in front of a, whose shape is (1, m) now. Aligned from the right, a and b still share the "
    "last axis, so entry meets entry, or the shapes do not fit.",
    "The new axis belongs behind a's own: a[:, None], or a.unsqueeze(1), has shape (m, 1).",
)
def new_axis_in_front(a, b):
    return a[None] + b


@misconception(
    "Your answer is one long row, and nobody can see which entry belongs to which pair.",
    "Leave the table as it is, with shape (m, n): no flatten, no reshape(-1).",
)
def flattened(a, b):
    return (a[:, None] + b).flatten()


@misconception(
    "Python adds row after row, so the number of operations grows with the number of rows. One broadcast addition "
    "does all rows at once, and much faster.",
    "Write a[:, None] + b, without a loop.",
    keeps="every number is right",
)
def one_row_at_a_time(a, b):
    return torch.cat([x[:, None] + b for x in a.split(1)])


@misconception(
    "The result is always float32, whatever the inputs are. This turns integers into floats and rounds float64 "
    "numbers.",
    "Leave the dtype to the addition: no float(), and no table made by torch.zeros without dtype.",
    keeps="only the dtype is wrong",
)
def forced_to_float32(a, b):
    return (a[:, None] + b).float()


@first_attempt("transposed", "forced_to_float32")
def transposed_in_float32(a, b):
    return (a + b[:, None]).float()


@first_attempt("one_row_at_a_time", "forced_to_float32")
def two_loops_over_a_table_of_zeros(a, b):
    table = torch.zeros(len(a), len(b))
    for i in range(len(a)):
        for j in range(len(b)):
            table[i, j] = a[i] + b[j]
    return table
