"""Giving each vector an axis of its own makes every entry meet every other: the first trick of broadcasting."""

import torch

from grader import Exercise, alternative, batch, case, domain, misconception, reference

exercise = Exercise(
    points=1,
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
    return draw.integers(3, low=-9, high=10), draw.integers(4, low=-9, high=10)


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


@misconception(
    "Shapes (m,) and (n,) are aligned from the right, so a + b pairs entry with entry, or fails. "
    "Give a an axis of its own: as (m, 1) it meets every entry of b."
)
def without_a_new_axis(a, b):
    return a + b


@misconception("This multiplies every pair; the task adds them. Use the same two shapes, (m, 1) and (n,), with a plus.")
def outer_product(a, b):
    return torch.outer(a, b)


@misconception(
    "Rows and columns are exchanged: S[i, j] = a[i] + b[j], so a runs down the rows. The new axis belongs to a."
)
def transposed(a, b):
    return b[:, None] + a


@misconception("All sums are there, but in one long row. Leave them as a table of shape (m, n).")
def flattened(a, b):
    return (a[:, None] + b).flatten()


@misconception(
    "The numbers are right, but Python adds row after row, so the work grows with m. One broadcast addition will do.",
    keeps="every number is right",
)
def one_row_at_a_time(a, b):
    return torch.cat([x[:, None] + b for x in a.split(1)])


@misconception(
    "The result is forced to float32, which turns integers into floats and rounds float64. "
    "Leave the dtype to the addition.",
    keeps="only the dtype is wrong",
)
def forced_to_float32(a, b):
    return (a[:, None] + b).float()
