"""What is copied on the way forward is summed on the way back: the adjoint of broadcasting."""

from grader import Exercise, alternative, case, domain, misconception, reference

exercise = Exercise(
    points=2,
    forbid=("backward", "grad", "sum_to_size", "vjp"),
    forbid_reason="Undoing the broadcast is the exercise: sum over the axes that were stretched.",
    equivalent={
        "keepdim=False": "the reshape puts the axes back",
        "g.sum(copied) if": "the reshape puts the axes back",
    },
)


@reference
def unbroadcast(g, shape):
    aligned = (1,) * (g.dim() - len(shape)) + tuple(shape)
    copied = [axis for axis, size in enumerate(aligned) if size == 1]
    return (g.sum(copied, keepdim=True) if copied else g).reshape(shape)


@alternative
def axis_by_axis(g, shape):
    while g.dim() > len(shape):
        g = g.sum(0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis, keepdim=True)
    return g


@alternative
def leading_axes_first(g, shape):
    g = without_leading_axes(g, shape)
    copied = tuple(axis for axis, size in enumerate(shape) if size == 1 and g.shape[axis] != 1)
    return g.sum(copied, keepdim=True) if copied else g


@alternative
def leading_axes_merged(g, shape):
    """One long leading axis, which is there even if nothing leads."""
    lead = g.dim() - len(shape)
    g = g.reshape(g.shape[:lead].numel(), *g.shape[lead:]).sum(0)
    for axis in reversed(range(len(shape))):
        if shape[axis] != g.shape[axis]:
            g = g.sum(axis).unsqueeze(axis)
    return g


def without_leading_axes(g, shape):
    lead = g.dim() - len(shape)
    return g.sum(tuple(range(lead))) if lead else g


@case
def the_bias_of_a_batch(draw):
    return draw.normal(2, 3, 4), (4,)


@case
def a_column(draw):
    return draw.normal(3, 5), (3, 1)


@case
def a_leading_and_a_last_axis(draw):
    return draw.normal(2, 3, 4), (3, 1)


@case
def three_equal_axes(draw):
    """A sum over the wrong axes keeps the right shape."""
    return draw.normal(3, 3, 3), (3,)


@case
def a_scalar(draw):
    return draw.uniform(3, 4, low=1, high=2), ()


@case
def a_matrix_with_one_entry(draw):
    return draw.uniform(2, 3, 4, low=1, high=2), (1, 1)


@case
def a_permuted_gradient(draw):
    return draw.normal(4, 3, 2).permute(2, 1, 0), (2, 1, 4)


@case(aspect="edge")
def nothing_was_broadcast(draw):
    return draw.normal(3, 4), (3, 4)


@case(aspect="edge")
def an_axis_of_one_on_both_sides(draw):
    return draw.normal(5, 1, 4), (1, 4)


@case(aspect="edge")
def an_empty_batch(draw):
    """A sum of nothing is 0."""
    return draw.normal(0, 3), (1, 3)


@case(aspect="edge")
def no_features(draw):
    return draw.normal(2, 0), (0,)


@domain(
    dtypes=("float64", "float32", "float16"),
    outside={"bfloat16": "NumPy has none, and a detour through it is right", "inf": "inf - inf hangs on the order"},
)
def any_broadcast(draw):
    g = draw.any(axes=(0, 4), without="inf")
    kept = g.shape[draw.integer(0, g.dim() + 1) :]
    return g, tuple(draw.pick(size, 1) for size in kept)


@misconception(
    "The leading axes are summed, but the axes of size 1 were stretched too. Sum over them as well, with keepdim=True."
)
def only_leading_axes(g, shape):
    return without_leading_axes(g, shape)


@misconception("Broadcasting adds axes in front, and you sum away the last ones. Remove the leading axes.")
def trailing_axes_removed(g, shape):
    while g.dim() > len(shape):
        g = g.sum(-1)
    return axis_by_axis(g, shape)


@misconception("A summed axis of size 1 must stay: the result has exactly the shape asked for. Use keepdim=True there.")
def axes_of_one_lost(g, shape):
    g = without_leading_axes(g, shape)
    copied = [axis for axis, size in enumerate(shape) if size == 1]
    return g.sum(copied) if copied else g


@misconception("The leading axes are summed but stay as size 1. The result has exactly the shape asked for: drop them.")
def leading_axes_kept(g, shape):
    aligned = (1,) * (g.dim() - len(shape)) + tuple(shape)
    copied = [axis for axis, size in enumerate(aligned) if size == 1]
    return g.sum(copied, keepdim=True) if copied else g


@misconception(
    "sum(dim=()) reduces over all axes, not over none, so whatever has no leading axes collapses. "
    "Skip the sum if there is no axis to sum over."
)
def an_empty_list_of_axes(g, shape):
    g = g.sum(tuple(range(g.dim() - len(shape))))
    copied = [axis for axis, size in enumerate(shape) if size == 1]
    return g.sum(copied, keepdim=True) if copied else g


@misconception("Each copy sends a gradient back; you keep that of the first copy. Add them all up.")
def first_copy(g, shape):
    g = g[(0,) * (g.dim() - len(shape))]
    for axis, size in enumerate(shape):
        if size == 1:
            g = g[(slice(None),) * axis + (slice(1),)]
    return g


@misconception("The copies' gradients add up; a mean makes them too small. Replace mean by sum.")
def averaged(g, shape):
    aligned = (1,) * (g.dim() - len(shape)) + tuple(shape)
    copied = [axis for axis, size in enumerate(aligned) if size == 1]
    return (g.mean(copied, keepdim=True) if copied else g).reshape(shape)


@misconception("You sum over everything and hand the total to each entry. Sum only over the axes that were copied.")
def everything_summed(g, shape):
    return g.sum().expand(shape)
