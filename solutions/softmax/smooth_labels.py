"""What the true class gives away, the q - 1 others share: rows of a target still sum to one."""

import torch

from grader import (
    Exercise,
    alternative,
    arguments,
    batch,
    case,
    domain,
    first_attempt,
    misconception,
    picture,
    reference,
)

exercise = Exercise(
    book="sec_softmax",
    points=1,
    forbid=("cross_entropy",),
    forbid_reason="The targets are the exercise: write the probabilities into a tensor yourself.",
    weights={"type": 2},
)


@reference
def smooth_labels(y, q, eps, dtype=torch.float32):
    P = torch.full((len(y), q), eps / (q - 1), dtype=dtype, device=y.device)
    return P.scatter_(1, y[:, None], 1 - eps)


@alternative
def blend_of_one_hot_rows_and_their_complement(y, q, eps, dtype=torch.float32):
    one_hot = torch.eye(q, dtype=dtype, device=y.device)[y]
    return one_hot * (1 - eps) + (1 - one_hot) * (eps / (q - 1))


@alternative
def chosen_by_comparison(y, q, eps, dtype=torch.float32):
    right = y[:, None] == torch.arange(q, device=y.device)
    return right.to(dtype) * (1 - eps - eps / (q - 1)) + eps / (q - 1)


@alternative
def rows_of_a_table(y, q, eps, dtype=torch.float32):
    table = torch.full((q, q), eps / (q - 1), dtype=dtype, device=y.device)
    return table.fill_diagonal_(1 - eps)[y]


@case
def everyday_labels(draw):
    return torch.tensor([0, 2, 1, 3, 2]), 4, 0.1


@case
def another_dtype(draw):
    return arguments(torch.tensor([1, 0, 1]), 3, 0.3, dtype=draw.dtype)


@case
def as_many_examples_as_classes(draw):
    return draw.permutation(4), 4, 0.2, draw.dtype


@case
def classes_that_never_occur(draw):
    return torch.tensor([5, 1, 5]), 7, 0.25


@case(aspect="edge")
def no_smoothing(draw):
    return draw.permutation(3), 3, 0.0


@case(aspect="edge")
def two_classes(draw):
    return torch.tensor([0, 1, 1]), 2, 0.2


@case(aspect="edge")
def all_classes_alike(draw):
    """So much is given away that nothing is left of the label."""
    return torch.tensor([3, 0]), 4, 0.75


@case(aspect="edge")
def no_examples(draw):
    return torch.zeros(0, dtype=torch.int64), 4, 0.1


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return torch.tensor([2, 0]), 5, 0.1, draw.dtype


@domain
def any_labels(draw):
    n, q = draw.size(), draw.size(least=2)
    return draw.labels(n, q), q, draw.number(0, 1), draw.pick(draw.dtype, draw.left_out)


@batch
def more_examples(draw, n):
    return draw.integers(n, high=3), 3, 0.1


@picture("bars", x="class", y="target")
def three_strengths(draw):
    """Smoothing takes a share from the true class and shares it among the others."""
    return range(5), {f"eps = {eps}": (torch.tensor([2]), 5, eps) for eps in (0.0, 0.1, 0.5)}


@misconception(
    "Each other class gets eps / q, so a row sums to less than one. The true class takes no part in sharing what "
    "it has given away.",
    "Only the q - 1 others share: each gets eps / (q - 1).",
)
def shared_among_one_too_many(y, q, eps, dtype=torch.float32):
    P = torch.full((len(y), q), eps / q, dtype=dtype, device=y.device)
    return P.scatter_(1, y[:, None], 1 - eps)


@misconception(
    "You spread eps over all q classes, the true one included, as label_smoothing does in torch. Here the true "
    "class gives all of eps to the others.",
    "The true class keeps exactly 1 - eps, and each of the others gets eps / (q - 1).",
)
def spread_over_all_classes(y, q, eps, dtype=torch.float32):
    P = torch.full((len(y), q), eps / q, dtype=dtype, device=y.device)
    return P.scatter_(1, y[:, None], 1 - eps + eps / q)


@misconception(
    "Every other class gets the whole eps, so with more than two classes a row sums to more than one. The others "
    "have to share it.",
    "Divide eps among them: eps / (q - 1).",
)
def not_shared(y, q, eps, dtype=torch.float32):
    P = torch.full((len(y), q), eps, dtype=dtype, device=y.device)
    return P.scatter_(1, y[:, None], 1 - eps)


@misconception(
    "[:, y] fills whole columns, in every row, but each row has one true class only.",
    "Index pairs (i, y[i]): P.scatter_(1, y[:, None], 1 - eps), or P[torch.arange(n), y] = 1 - eps.",
)
def whole_columns(y, q, eps, dtype=torch.float32):
    P = torch.full((len(y), q), eps / (q - 1), dtype=dtype, device=y.device)
    P[:, y] = 1 - eps
    return P


@misconception(
    "You do not use eps, so your rows are one-hot.",
    "Give the true class 1 - eps, and each of the others eps / (q - 1).",
)
def not_smoothed(y, q, eps, dtype=torch.float32):
    return torch.eye(q, dtype=dtype, device=y.device)[y]


@misconception(
    "The true class keeps its full 1 although the others get something, so a row sums to more than one.",
    "The true class keeps 1 - eps.",
)
def true_class_gives_nothing(y, q, eps, dtype=torch.float32):
    P = torch.full((len(y), q), eps / (q - 1), dtype=dtype, device=y.device)
    return P.scatter_(1, y[:, None], 1.0)


@misconception(
    "The roles of eps and 1 - eps are swapped. eps is what the true class gives away, a small number as a rule, "
    "not what it keeps.",
    "The true class gets 1 - eps, each of the others eps / (q - 1).",
)
def roles_swapped(y, q, eps, dtype=torch.float32):
    return smooth_labels(y, q, 1 - eps, dtype)


@misconception(
    "The answer is float32 whatever the argument dtype says.",
    "Pass dtype on to the function that makes the tensor, as in torch.full((n, q), …, dtype=dtype).",
    keeps="right in the default dtype",
)
def dtype_ignored(y, q, eps, dtype=torch.float32):
    return smooth_labels(y, q, eps)


@misconception(
    "The numbers went through float32 on their way, for torch.where makes float32 of Python numbers. A cast to "
    "another dtype at the end does not bring lost digits back.",
    "Use dtype where the numbers enter: torch.full((n, q), eps / (q - 1), dtype=dtype), or right.to(dtype) "
    "before you multiply.",
    keeps="right in float32",
)
def through_float32(y, q, eps, dtype=torch.float32):
    right = y[:, None] == torch.arange(q, device=y.device)
    return torch.where(right, 1 - eps, eps / (q - 1)).to(dtype)


@misconception(
    "[y] alone indexes the first axis: it fills whole rows, as if the labels were numbers of examples. Labels "
    "are numbers of columns, one for each row.",
    "Index pairs (i, y[i]): P.scatter_(1, y[:, None], 1 - eps), or P[torch.arange(n), y] = 1 - eps.",
)
def whole_rows(y, q, eps, dtype=torch.float32):
    P = torch.full((len(y), q), eps / (q - 1), dtype=dtype, device=y.device)
    P[y] = 1 - eps
    return P


@first_attempt("spread_over_all_classes", "dtype_ignored")
def as_torch_smooths(y, q, eps, dtype=torch.float32):
    return torch.nn.functional.one_hot(y, q) * (1 - eps) + eps / q
