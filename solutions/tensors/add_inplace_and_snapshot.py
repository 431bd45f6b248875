"""Which memory is written to, and which is shared: X = X + Y takes new memory, numpy() takes none."""

import numpy as np
import torch

from grader import Exercise, alternative, arguments, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_ndarray",
    parts={"X itself is returned": "type", "the snapshot is a NumPy array": "type", "Y afterwards": "mutation"},
)


@reference
def add_inplace_and_snapshot(X, Y):
    X += Y
    return X, X.cpu().numpy().copy()


@alternative
def written_into_a_slice(X, Y):
    X[...] = X + Y
    return X, X.cpu().clone().numpy()


@alternative
def through_a_list(X, Y):
    result = torch.add(X, Y, out=X)
    shape, dtype = tuple(X.shape), str(X.dtype).removeprefix("torch.")
    return [result, np.array(X.tolist(), dtype=dtype).reshape(shape)]


@alternative
def copied_before_and_then_written(X, Y):
    total = torch.clone(X).add(Y)
    X.copy_(total)
    return X, np.ascontiguousarray(total.cpu().numpy())


@driver
def on_a_view(add_inplace_and_snapshot, table, X_is, Y, calls=1):
    """X is a view of a table. Once all calls are made X is set to zero, and so is what was returned in its place."""
    views = {
        "table": lambda M: M,
        "table[1:3]": lambda M: M[1:3],
        "table[-1]": lambda M: M[-1],
        "table[:, ::2]": lambda M: M[:, ::2],
        "table[:, 1:2]": lambda M: M[:, 1:2],
        "table[..., 0:1]": lambda M: M[..., 0:1],
        "table.T": lambda M: M.T,
        "table.view(-1)": lambda M: M.view(-1),
    }
    table = table.clone()
    X = views[X_is](table)
    results, snapshots = [], []
    for _ in range(calls):
        result, snapshot = add_inplace_and_snapshot(X, Y)
        results.append(result)
        snapshots.append(snapshot)
    after = table.clone()
    for tensor in (X, *results):
        if isinstance(tensor, torch.Tensor):
            tensor.zero_()
    seen = [torch.tensor(x, device=table.device) if isinstance(x, np.ndarray) else x for x in snapshots]
    which = ["the snapshot"] if calls == 1 else [f"snapshot {number}" for number in range(1, calls + 1)]
    names = [f"after X was set to zero, {snapshot}" for snapshot in which]
    return {
        "the table afterwards": after,
        "Y afterwards": Y,
        "X itself is returned": all(each is X for each in results),
        "the snapshot is a NumPy array": all(isinstance(each, np.ndarray) for each in snapshots),
        **dict(zip(names, seen, strict=True)),
    }


@case
def two_matrices(draw):
    return draw.normal(4, 3), "table", draw.normal(4, 3)


@case
def square_matrices(draw):
    return draw.normal(3, 3), "table", draw.normal(3, 3)


@case
def some_rows_of_a_table_and_one_vector(draw):
    return draw.normal(4, 3), "table[1:3]", draw.normal(3)


@case
def every_second_column_and_a_column(draw):
    return draw.normal(3, 5), "table[:, ::2]", draw.normal(3, 1)


@case
def a_transposed_matrix(draw):
    return draw.normal(2, 4), "table.T", draw.normal(4, 2)


@case
def two_calls_in_a_row(draw):
    """The first snapshot is not that of the second."""
    return arguments(draw.normal(3, 2), "table", draw.normal(3, 2), calls=2)


@case
def whole_numbers(draw):
    return draw.integers(3, 4, low=-9, high=10), "table[-1]", draw.integers(4, low=1, high=10)


@case(aspect="edge")
def one_number_for_all(draw):
    return draw.normal(2, 3, 2), "table", draw.normal()


@case(aspect="edge")
def one_column(draw):
    return draw.normal(3, 3), "table[:, 1:2]", draw.normal(3, 1)


@case(aspect="edge")
def no_rows(draw):
    return draw.normal(0, 3), "table", draw.normal(3)


@domain(
    dtypes=("float64", "float32"),
    outside={
        "0 axes": "X[:] = … does not work there, though it is right everywhere else",
        "inf, huge": "a sum of such numbers may overflow",
    },
)
def any_view(draw):
    if draw.pick(True, *[False] * 4):
        table = draw.integers(3, 4, low=-(2**40), high=2**40)
        return arguments(table, draw.pick("table", "table[-1]"), draw.integers(4, high=2**40), calls=draw.pick(1, 2))
    table = draw.any(axes=(1, 4), without="inf huge strided")
    n = table.dim()
    views = ["table", "table", "table.view(-1)", "table[..., 0:1]"]
    views += ["table[-1]"] * (n > 1 and len(table) > 0) + ["table[1:3]"]
    views += ["table[:, ::2]", "table.T"] * (n == 2)
    view = draw.pick(*views)
    X = seen(table, view)
    kept = X.shape[draw.integer(0, X.dim() + 1) :]
    sizes = [draw.pick(size, size, 1) for size in kept]
    return arguments(table, view, draw.any(*sizes, without="inf huge"), calls=draw.pick(1, 2, draw.left_out))


def seen(table, view):
    if view == "table.view(-1)":
        return table.reshape(-1)
    if view == "table.T":
        return table.T
    index = {"table[-1]": -1, "table[1:3]": slice(1, 3), "table[:, ::2]": (slice(None), slice(None, None, 2))}
    return table[..., 0:1] if view == "table[..., 0:1]" else table[index.get(view, ...)]


@misconception(
    "X = X + Y makes a new tensor and gives it the name X. The caller's X, and the table that it is a view of, keep "
    "their old numbers.",
    "Write into the old memory: X += Y, or X[:] = X + Y.",
)
def rebound(X, Y):
    X = X + Y
    return X, X.cpu().numpy().copy()


@misconception(
    "numpy() does not copy: on the CPU the array is another name for the memory of X. As soon as X changes, so does "
    "your snapshot.",
    "Copy it: X.cpu().numpy().copy().",
)
def shares_memory(X, Y):
    X += Y
    return X, X.cpu().numpy()


@misconception(
    "The snapshot was taken before the addition, so it shows the old numbers.",
    "Add first, and copy afterwards.",
)
def taken_before(X, Y):
    snapshot = X.cpu().numpy().copy()
    X += Y
    return X, snapshot


@misconception(
    "A clone shares no memory, and it is still a tensor. A NumPy array was asked for.",
    "Return X.cpu().numpy().copy() as the snapshot.",
    keeps="the memory and all numbers are right, only the kind is wrong",
)
def snapshot_is_a_tensor(X, Y):
    X += Y
    return X, X.clone()


@misconception(
    "The tensor that you return is not X, though it holds the same numbers. Whoever writes to it does not reach X.",
    "Return X itself.",
    keeps="the numbers and the memory are right",
)
def returns_a_copy(X, Y):
    X += Y
    return X.clone(), X.cpu().numpy().copy()


@misconception(
    "You add X to Y, in the memory of Y. X is the one that shall change.",
    "Swap them: X += Y.",
)
def added_into_the_other(X, Y):
    Y += X
    return X, Y.cpu().numpy().copy()


@misconception(
    "X.data = … hangs new memory into X. The table that X was a view of still holds the old memory and sees nothing.",
    "Write into the memory that is there: X += Y.",
)
def new_memory_for_x(X, Y):
    X.data = X + Y
    return X, X.cpu().numpy().copy()


@misconception(
    "Y is added twice: once to X, and once more when the snapshot is taken.",
    "After X += Y the sum is in X already: copy X.",
)
def added_twice(X, Y):
    X += Y
    return X, (X + Y).cpu().numpy()


@misconception(
    "The pair is the wrong way round.",
    "Return the tensor first, then the array.",
)
def swapped(X, Y):
    X += Y
    return X.cpu().numpy().copy(), X


@misconception(
    "float() turns every snapshot into float32, which rounds float64 and makes floats of integers.",
    "Leave the dtype alone: numpy() keeps it.",
    keeps="the memory is right, and so are the numbers in float32",
)
def snapshot_in_float32(X, Y):
    X += Y
    return X, X.float().cpu().numpy().copy()


@misconception(
    "zip goes through X and Y row by row, and so Y must have as many rows as X. It may have fewer, and broadcast.",
    "Leave that to the addition: X += Y.",
    keeps="right where Y has all rows of X",
)
def row_by_row(X, Y):
    for x, y in zip(X, Y, strict=True):
        x += y
    return X, X.cpu().numpy().copy()


@misconception(
    "tolist() gives a list of Python numbers, which has neither shape nor dtype.",
    "Take the array: X.cpu().numpy().copy().",
)
def snapshot_is_a_list(X, Y):
    X += Y
    return X, X.tolist()


@misconception(
    "numpy() only works on the CPU: for a tensor on a graphics card it raises an error.",
    "Fetch it first: X.cpu().numpy().copy().",
    keeps="right on the CPU",
)
def numpy_without_cpu(X, Y):
    X += Y
    return X, X.numpy().copy()


@first_attempt("rebound", "shares_memory")
def as_one_writes_it_first(X, Y):
    X = X + Y
    return X, X.cpu().numpy()


@first_attempt("taken_before", "snapshot_is_a_tensor")
def clone_before_the_addition(X, Y):
    old = X.clone()
    X += Y
    return X, old


@first_attempt("rebound", "snapshot_is_a_tensor")
def all_new(X, Y):
    Z = X + Y
    return Z, Z.clone()
