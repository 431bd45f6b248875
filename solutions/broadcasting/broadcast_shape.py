"""The three rules themselves: align from the right, fill up with ones, stretch ones only (so 0 beats 1)."""

from itertools import zip_longest

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2, book="sec_ndarray",
    weights={"edge": 2},
    forbid=(
        "broadcast", "broadcast_arrays", "broadcast_shapes", "broadcast_tensors", "broadcast_to", "empty", "expand",
        "full", "ones", "rand", "randn", "zeros",
    ), forbid_reason="The rule is the exercise: compare the sizes from the right, one by one.",
    equivalent={
        "strict=False": "both have one length",
        "max(len(s2), len(s1))": "a maximum has no order",
        "padded(s2, rank), padded(s1, rank)": "broadcasting is symmetric",
    },
)  # fmt: skip


@reference
def broadcast_shape(s1, s2):
    rank = max(len(s1), len(s2))
    pairs = list(zip(padded(s1, rank), padded(s2, rank), strict=True))
    if any(a != b and 1 not in (a, b) for a, b in pairs):
        raise ValueError(f"{s1} and {s2} do not broadcast")
    return tuple(b if a == 1 else a for a, b in pairs)


def padded(shape, rank):
    return (1,) * (rank - len(shape)) + tuple(shape)


@alternative
def sets_without_one(s1, s2):
    common = []
    for pair in zip_longest(reversed(s1), reversed(s2), fillvalue=1):
        sizes = set(pair) - {1}
        if len(sizes) > 1:
            raise ValueError("incompatible")
        common.insert(0, sizes.pop() if sizes else 1)
    return tuple(common)


@alternative
def counted_from_the_end(s1, s2):
    common = []
    for i in range(1, max(len(s1), len(s2)) + 1):
        a = s1[-i] if i <= len(s1) else 1
        b = s2[-i] if i <= len(s2) else 1
        if a != b and a != 1 and b != 1:
            raise ValueError("incompatible")
        common.append(b if a == 1 else a)
    return tuple(common[::-1])


@alternative
def recursively(s1, s2):
    if not s1 or not s2:
        return s1 or s2
    *left1, a = s1
    *left2, b = s2
    if a != b and a != 1 and b != 1:
        raise ValueError("incompatible")
    return (*recursively(tuple(left1), tuple(left2)), a if b == 1 else b)


def sizes(draw, k):
    """k different sizes from 2 to 7."""
    return [2 + i for i in draw.permutation(6)[:k].tolist()]


@case
def both_are_stretched(draw):
    m, n = sizes(draw, 2)
    return (m, 1), (n,)


@case
def the_first_has_more_axes(draw):
    k, m, n = sizes(draw, 3)
    return (k, 1, n), (m, 1)


@case
def the_second_has_more_axes(draw):
    k, m, n = sizes(draw, 3)
    return (k, 1, n), (1, m, 1, 1, n)


@case
def a_vector_and_a_column(draw):
    (n,) = sizes(draw, 1)
    return (n,), (n, 1)


@case
def a_scalar_and_a_matrix(draw):
    m, n = sizes(draw, 2)
    return (), (m, n)


@case(aspect="edge")
def two_scalars(draw):
    return (), ()


@case(aspect="edge")
def empty_axes_beside_ones(draw):
    (n,) = sizes(draw, 1)
    return (1, 0, n), (0, 1, 1)


@case(raises="ValueError")
def an_empty_axis_beside_a_longer_one(draw):
    (n,) = sizes(draw, 1)
    return (0,), (n,)


@case(raises="ValueError")
def fitting_only_from_the_left(draw):
    m, n = sizes(draw, 2)
    return (m, n), (m,)


@case(raises="ValueError")
def a_clash_in_the_first_axis(draw):
    k, m, n = sizes(draw, 3)
    return (k, n), (m, n)


@domain
def any_shapes(draw):
    common = [draw.pick(0, 1, draw.size(least=2), draw.size(least=2)) for _ in range(draw.integer(0, 5))]
    s1, s2 = (tuple(draw.pick(size, size, 1) for size in common[draw.integer(0, len(common) + 1) :]) for _ in range(2))
    clash = draw.pick(False, False, False, True) and s1 and s2
    if clash:
        at = draw.integer(1, min(len(s1), len(s2)) + 1)
        a, b = draw.pick((2, 3), (5, 2), (0, 3), (4, 0))
        s1, s2 = (
            (*shape[: len(shape) - at], size, *shape[len(shape) - at + 1 :]) for shape, size in ((s1, a), (s2, b))
        )
    draw.raises("ValueError", clash)
    return s1, s2


@misconception(
    "You compare the shapes from the left. Broadcasting starts at the last axis and works towards the front.",
    "Reverse both shapes, compare them, and reverse the result; or fill the shorter shape up with ones in front.",
)
def aligned_from_the_left(s1, s2):
    return stretched(list(zip_longest(s1, s2, fillvalue=1)))


@misconception(
    "Shapes of different lengths are refused. They broadcast as well: an axis that is missing in front counts as "
    "size 1.",
    "Fill the shorter shape up: (1,) * (len(s1) - len(s2)) + s2, if s1 is the longer one.",
)
def equal_lengths_only(s1, s2):
    if len(s1) != len(s2):
        raise ValueError("different lengths")
    return stretched(list(zip(s1, s2, strict=True)))


@misconception(
    "zip stops at the end of the shorter shape, so the leading axes of the longer one get lost.",
    "Fill the shorter shape up with ones in front, or use itertools.zip_longest(…, fillvalue=1).",
)
def leading_axes_lost(s1, s2):
    return stretched(list(zip(reversed(s1), reversed(s2), strict=False))[::-1])


@misconception(
    "You go from the last axis to the first and collect the sizes in that order, so the answer comes out back to "
    "front.",
    "Reverse it at the end: tuple(sizes[::-1]).",
)
def result_in_reverse_order(s1, s2):
    return stretched(aligned(s1, s2)[::-1])


@misconception(
    "The larger of two sizes is not always the right one: size 1 beside size 0, an empty axis, gives 0.",
    "Take the size that is not 1: b if a == 1 else a.",
)
def larger_size(s1, s2):
    pairs = aligned(s1, s2)
    stretched(pairs)
    return tuple(max(pair) for pair in pairs)


@misconception(
    "An empty axis, of size 0, is accepted beside a longer one. Only an axis of size exactly 1 can be stretched: 0 "
    "beside 3 is an error.",
    "Test for exactly 1: raise ValueError if a != b and a != 1 and b != 1.",
    keeps="all but one rule is right",
)
def empty_axis_stretched(s1, s2):
    return stretched(aligned(s1, s2), clash=lambda a, b: a != b and min(a, b) > 1)


@misconception(
    "Incompatible shapes get an answer here, although there is no common shape.",
    "Raise ValueError if two sizes differ and neither of them is 1.",
)
def never_refuses(s1, s2):
    return stretched(aligned(s1, s2), clash=lambda a, b: False)


@misconception(
    "Only the last axes are compared. A clash further in front goes unnoticed.",
    "Compare every aligned pair of sizes, in a loop, and raise ValueError at the first clash.",
    keeps="wrong only about clashes in front",
)
def only_the_last_axis_compared(s1, s2):
    pairs = aligned(s1, s2)
    stretched(pairs[-1:])
    return stretched(pairs, clash=lambda a, b: False)


@misconception(
    "Incompatible shapes give None, which the caller is bound to overlook: it is taken for a shape, and the error "
    "shows up somewhere else.",
    'Replace return None by raise ValueError("…").',
)
def none_for_an_error(s1, s2):
    try:
        return stretched(aligned(s1, s2))
    except ValueError:
        return None


@misconception(
    "assert raises AssertionError, and python -O skips it altogether. The task promises a ValueError.",
    'Write the condition as an if, and raise ValueError("…") in it.',
)
def asserted(s1, s2):
    pairs = aligned(s1, s2)
    assert all(a == b or 1 in (a, b) for a, b in pairs)
    return stretched(pairs)


@first_attempt("leading_axes_lost", "larger_size")
def larger_sizes_as_far_as_both_go(s1, s2):
    sizes = []
    for a, b in zip(s1[::-1], s2[::-1], strict=False):
        if a != b and a != 1 and b != 1:
            raise ValueError("sizes differ")
        sizes.insert(0, max(a, b))
    return tuple(sizes)


@first_attempt("larger_size", "never_refuses")
def larger_sizes_without_a_look(s1, s2):
    return tuple(max(pair) for pair in aligned(s1, s2))


@first_attempt("larger_size", "asserted")
def larger_sizes_asserted(s1, s2):
    pairs = aligned(s1, s2)
    for a, b in pairs:
        assert a == b or a == 1 or b == 1
    return tuple(max(pair) for pair in pairs)


def aligned(s1, s2):
    return list(zip_longest(reversed(s1), reversed(s2), fillvalue=1))[::-1]


def stretched(pairs, clash=lambda a, b: a != b and 1 not in (a, b)):
    if any(clash(a, b) for a, b in pairs):
        raise ValueError("incompatible")
    return tuple(b if a == 1 else a for a, b in pairs)
