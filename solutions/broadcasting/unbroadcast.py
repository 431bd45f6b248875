"""What is copied on the way forward is summed on the way back: the adjoint of broadcasting."""

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_ndarray",
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
    "Broadcasting does not only add leading axes: it stretches axes of size 1, too, and yours still have the size "
    "that they have in g.",
    "Sum over the axes where shape has 1 and g has more as well, with keepdim=True.",
)
def only_leading_axes(g, shape):
    return without_leading_axes(g, shape)


@misconception(
    "Broadcasting adds axes in front, and you sum away the last ones.",
    "Sum over axis 0 until g has as many axes as shape.",
)
def trailing_axes_removed(g, shape):
    while g.dim() > len(shape):
        g = g.sum(-1)
    return axis_by_axis(g, shape)


@misconception(
    "Each sum removes an axis, so the ones behind it move forward by one. A loop over axes 0, 1, 2, … therefore "
    "skips every second one.",
    "Sum over all leading axes at once, g.sum(tuple(range(lead))), or over axis 0 again and again.",
)
def axes_shift_while_summing(g, shape):
    for axis in range(g.dim() - len(shape)):
        g = g.sum(axis)
    return axis_by_axis(g, shape)


@misconception(
    "You always sum over the first axis, as for the bias of a batch. Which axes were copied depends on the shape: "
    "there may be several, they may stand elsewhere, or there may be none.",
    "Compare g.shape with shape, aligned from the right, and sum over the axes that shape lacks or has as 1.",
)
def first_axis_always(g, shape):
    return g.sum(0)


@misconception(
    "An axis of size 1 has been summed away altogether, and the result has fewer axes than shape.",
    "Use keepdim=True for the axes that have size 1 in shape.",
)
def axes_of_one_lost(g, shape):
    g = without_leading_axes(g, shape)
    copied = [axis for axis, size in enumerate(shape) if size == 1]
    return g.sum(copied) if copied else g


@misconception(
    "The leading axes are still there as size 1, so the result has more axes than shape.",
    "Sum the leading axes without keepdim, or reshape the result to shape at the end.",
)
def leading_axes_kept(g, shape):
    aligned = (1,) * (g.dim() - len(shape)) + tuple(shape)
    copied = [axis for axis, size in enumerate(aligned) if size == 1]
    return g.sum(copied, keepdim=True) if copied else g


@misconception(
    "sum(dim=()) reduces over all axes, not over none. Where shape has no axis less than g, everything collapses to"
    " one number.",
    "Skip the sum if there is no axis to sum over.",
)
def an_empty_list_of_axes(g, shape):
    g = g.sum(tuple(range(g.dim() - len(shape))))
    copied = [axis for axis, size in enumerate(shape) if size == 1]
    return g.sum(copied, keepdim=True) if copied else g


@misconception(
    "Each copy sends a gradient back, and you keep that of the first copy only.",
    "Add the gradients of all copies up: replace the index 0 by a sum over the axis.",
)
def first_copy(g, shape):
    g = g[(0,) * (g.dim() - len(shape))]
    for axis, size in enumerate(shape):
        if size == 1:
            g = g[(slice(None),) * axis + (slice(1),)]
    return g


@misconception(
    "A mean makes the gradient too small. Each copy of an entry has its own share in the loss, and these shares add"
    " up.",
    "Replace mean by sum.",
)
def averaged(g, shape):
    aligned = (1,) * (g.dim() - len(shape)) + tuple(shape)
    copied = [axis for axis, size in enumerate(aligned) if size == 1]
    return (g.mean(copied, keepdim=True) if copied else g).reshape(shape)


@misconception(
    "You sum over everything and hand the total to each entry. An entry is to get only what comes from its own copies.",
    "Sum only over the axes that were copied: those that shape lacks, and those where it has 1.",
)
def everything_summed(g, shape):
    return g.sum().expand(shape)


@first_attempt("only_leading_axes", "axes_shift_while_summing")
def leading_axes_in_a_loop(g, shape):
    for axis in range(g.dim() - len(shape)):
        g = g.sum(axis)
    return g


@first_attempt("only_leading_axes", "an_empty_list_of_axes")
def leading_axes_in_one_sum(g, shape):
    return g.sum(tuple(range(g.dim() - len(shape))))
