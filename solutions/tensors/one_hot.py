"""One comparison of shapes (..., 1) and (q,) codes labels of any shape; q is given and not read off the labels."""

import torch

from grader import Exercise, alternative, arguments, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_softmax",
    forbid=("one_hot",),
    forbid_reason="The code is the exercise: compare the labels with all classes, or pick rows of an identity matrix.",
)


@reference
def one_hot(y, q, dtype=torch.float32):
    return (y.unsqueeze(-1) == torch.arange(q, device=y.device)).to(dtype)


@alternative
def rows_of_the_identity(y, q, dtype=torch.float32):
    return torch.eye(q, dtype=dtype, device=y.device)[y]


@alternative
def scattered(y, q, dtype=torch.float32):
    Y = torch.zeros(*y.shape, q, dtype=dtype, device=y.device)
    return Y.scatter_(-1, y[..., None], 1)


@alternative
def class_by_class(y, q, dtype=torch.float32):
    return torch.stack([(y == k).type(dtype) for k in range(q)], dim=-1)


@alternative
def places_in_one_long_row(y, q, dtype=torch.float32):
    Y = y.new_zeros(y.numel() * q, dtype=dtype)
    Y[torch.arange(y.numel(), device=y.device) * q + y.reshape(-1)] = True
    return Y.view(*y.size(), q)


def in_any_order(draw, *labels):
    return torch.tensor(labels)[draw.permutation(len(labels))]


@case
def as_many_labels_as_classes(draw):
    """[:, y] has the right shape then."""
    return in_any_order(draw, 0, 3, 3, 1), 4


@case
def more_classes_than_labels(draw):
    return in_any_order(draw, 0, 2, 4), 7


@case
def more_labels_than_classes(draw):
    return in_any_order(draw, 0, 1, 2, 2, 1, 2), 3, torch.float64


@case
def the_last_class_does_not_occur(draw):
    return draw.integers(5, high=3), 4


@case
def a_table_of_labels(draw):
    return arguments(in_any_order(draw, 0, 1, 3, 2, 3, 1).reshape(2, 3), q=4)


@case
def a_square_table_of_labels(draw):
    return in_any_order(draw, 0, 0, 1, 1, 1, 2, 2, 2, 2).reshape(3, 3).T, 4, torch.int64


@case(aspect="edge")
def a_single_label(draw):
    return torch.tensor(1), 3


@case(aspect="edge")
def no_labels(draw):
    return torch.zeros(0, dtype=torch.int64), 3


@case(aspect="edge")
def a_single_class(draw):
    return torch.zeros(4, dtype=torch.int64), 1


@case(aspect="edge")
def true_and_false(draw):
    return arguments(draw.every_second(in_any_order(draw, 0, 1, 2, 0, 3)), 4, dtype=torch.bool)


@domain(outside={"labels below 0 or from q on": "they name no class"})
def any_labels(draw):
    shape = draw.any(axes=(0, 4)).shape
    q = draw.pick(1, 2, *[draw.size(least=3)] * 4)
    y = draw.labels(shape.numel(), q).reshape(shape)
    dtype = draw.pick(draw.left_out, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool)
    return draw.laid_out(y), q, dtype


@batch
def many_labels(draw, n):
    return draw.integers(n, high=3), 3


@misconception(
    "[:, y] picks whole columns: each class that occurs anywhere is set in every row.",
    "Pair each row with its own label: Y[torch.arange(n), y] = 1, or compare y[..., None] with torch.arange(q).",
)
def whole_columns(y, q, dtype=torch.float32):
    Y = torch.zeros(*y.shape, q, dtype=dtype, device=y.device)
    Y[..., y.reshape(-1)] = 1
    return Y


@misconception(
    "Classes are numbered from 0. You count from 1, so each one stands a place too early, and class 0 has none.",
    "Compare with torch.arange(q).",
)
def counted_from_one(y, q, dtype=torch.float32):
    return (y.unsqueeze(-1) == torch.arange(1, q + 1, device=y.device)).to(dtype)


@misconception(
    "A comparison gives True and False, and numbers of a certain dtype were asked for.",
    "Convert at the end: .to(dtype).",
    keeps="only the dtype is wrong",
)
def left_as_bool(y, q, dtype=torch.float32):
    return y.unsqueeze(-1) == torch.arange(q, device=y.device)


@misconception(
    "The answer is float32 whatever dtype says.",
    "Pass dtype on to torch.zeros or torch.eye, or convert at the end: .to(dtype).",
    keeps="only the dtype is wrong, and only where it is not the default",
)
def dtype_ignored(y, q, dtype=torch.float32):
    return one_hot(y, q)


@misconception(
    "You take the number of classes from the labels. Where the last class does not occur, columns are missing.",
    "Make q columns.",
)
def classes_counted_in_the_labels(y, q, dtype=torch.float32):
    return one_hot(y, int(y.max()) + 1, dtype)


@misconception(
    "The classes run along the first axis, but a row should belong to a label, and its columns to the classes.",
    "Put the classes last: compare y[..., None] with torch.arange(q).",
)
def classes_first(y, q, dtype=torch.float32):
    return one_hot(y, q, dtype).movedim(-1, 0)


@misconception(
    "len(y) and torch.arange(len(y)) are made for one axis. Labels may come as a table, or alone.",
    "Let indexing carry the shape: torch.eye(q)[y], or compare y[..., None] with torch.arange(q).",
    keeps="right for one axis of labels",
)
def one_axis_only(y, q, dtype=torch.float32):
    Y = torch.zeros(len(y), q, dtype=dtype, device=y.device)
    Y[torch.arange(len(y), device=y.device), y] = 1
    return Y


@misconception(
    "The shape of y is lost: there is one row for each label, in one long table.",
    "Keep the axes of y, and add one of size q behind them.",
    keeps="right for one axis of labels",
)
def shape_lost(y, q, dtype=torch.float32):
    return one_hot(y.reshape(-1), q, dtype)


@misconception(
    "The number of the class stands where a 1 should, so class 3 counts three times as much as class 1, and class 0 "
    "leaves no trace.",
    "Write 1 into the column of the class.",
)
def class_number_for_a_one(y, q, dtype=torch.float32):
    return one_hot(y, q, dtype) * y.unsqueeze(-1).to(dtype)


@misconception(
    "Zeros and ones have changed places.",
    "1 belongs where the label equals the class: compare with ==.",
)
def inverted(y, q, dtype=torch.float32):
    return (y.unsqueeze(-1) != torch.arange(q, device=y.device)).to(dtype)


@misconception(
    "All classes up to the label are set. That is a code for ordered classes, and these have no order.",
    "Compare with ==, not with >=.",
)
def all_classes_up_to_the_label(y, q, dtype=torch.float32):
    return (y.unsqueeze(-1) >= torch.arange(q, device=y.device)).to(dtype)


@misconception(
    "torch.arange and torch.eye make their tensor on the CPU, wherever y is.",
    "Say where: device=y.device.",
    keeps="right on the CPU",
)
def made_on_the_cpu(y, q, dtype=torch.float32):
    return (y.unsqueeze(-1) == torch.arange(q)).to(dtype)


@misconception(
    "Python goes from label to label, so the work grows with their number.",
    "Code them all at once: compare y[..., None] with torch.arange(q).",
    keeps="every number is right",
)
def one_label_at_a_time(y, q, dtype=torch.float32):
    Y = torch.zeros(y.numel(), q, dtype=dtype, device=y.device)
    for row, label in zip(Y, y.reshape(-1).tolist(), strict=True):
        row[label] = 1
    return Y.reshape(*y.shape, q)


@first_attempt("one_axis_only", "one_label_at_a_time", "dtype_ignored")
def a_loop_over_rows(y, q, dtype=torch.float32):
    Y = torch.zeros(len(y), q, device=y.device)
    for i in range(len(y)):
        Y[i, y[i]] = 1
    return Y


@first_attempt("whole_columns", "dtype_ignored")
def all_rows_at_once(y, q, dtype=torch.float32):
    Y = torch.zeros(*y.shape, q, device=y.device)
    Y[..., y.reshape(-1)] = 1
    return Y


@first_attempt("classes_counted_in_the_labels", "dtype_ignored")
def from_the_largest_label(y, q, dtype=torch.float32):
    return torch.eye(int(y.max()) + 1, device=y.device)[y]
