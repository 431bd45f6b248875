"""The remainder is spread over the first folds: no example is lost, and none is held out twice."""

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_kaggle_house",
    forbid=("KFold", "sklearn"),
    forbid_reason="The folds are the exercise: find out where each of them begins.",
    equivalent={"range(k + 2)": "a start too many is never asked for", "min(n % k, i)": "a minimum has no order"},
)


@reference
def kfold(n, k):
    starts = [i * (n // k) + min(i, n % k) for i in range(k + 1)]
    return [([*range(starts[i]), *range(starts[i + 1], n)], list(range(starts[i], starts[i + 1]))) for i in range(k)]


@alternative
def parts_without_one(n, k):
    import numpy as np

    parts = np.array_split(np.arange(n), k)
    return [(np.concatenate([np.arange(0), *parts[:i], *parts[i + 1 :]]).tolist(), parts[i].tolist()) for i in range(k)]


@alternative
def a_fold_for_every_number(n, k):
    m, extra = divmod(n, k)
    fold = [i // (m + 1) if i < extra * (m + 1) else extra + (i - extra * (m + 1)) // m for i in range(n)]
    return [([i for i in range(n) if fold[i] != f], [i for i in range(n) if fold[i] == f]) for f in range(k)]


@alternative
def cut_off_one_by_one(n, k):
    left, folds = list(range(n)), []
    for more in range(k, 0, -1):
        size = -(-len(left) // more)
        folds.append(left[:size])
        left = left[size:]
    return [(sorted(set(range(n)) - set(held_out)), held_out) for held_out in folds]


@alternative
def split_by_torch(n, k):
    import torch

    pairs = []
    for part in torch.tensor_split(torch.arange(n), k):
        held_out = part.tolist()
        pairs.append(([i for i in range(n) if i not in held_out], held_out))
    return pairs


def numbers(draw, k, remainder):
    """A number of examples that leaves this remainder when it is divided by k; two or three in a fold."""
    return k * draw.integer(2, 4) + remainder, k


@case
def folds_of_one_size(draw):
    return numbers(draw, 5, 0)


@case
def one_number_more(draw):
    return numbers(draw, 3, 1)


@case
def one_number_too_few(draw):
    """All folds but the last one get one more."""
    return 4 * (2 + 2 * draw.integer(0, 2)) + 3, 4


@case
def a_remainder_of_several(draw):
    """A larger last fold would be three too large, and a smaller one would be missing altogether."""
    return numbers(draw, 7, 3)


@case
def two_folds(draw):
    """Of so many numbers a set does not keep the order."""
    return 2 * draw.integer(16, 18) + 1, 2


@case
def many_folds_of_one_or_two(draw):
    return draw.integer(11, 14), 9


@case(aspect="edge")
def each_number_alone(draw):
    n = draw.integer(3, 7)
    return n, n


@case(aspect="edge")
def more_folds_than_numbers(draw):
    n = draw.integer(2, 5)
    return n, n + 2


@case(aspect="edge")
def a_single_fold(draw):
    """Everything is held out, and nothing is left to train on."""
    return draw.integer(3, 8), 1


@case(aspect="edge")
def a_single_number(draw):
    return 1, draw.integer(2, 5)


@case(aspect="edge")
def no_numbers(draw):
    return 0, draw.integer(2, 5)


@domain
def any_split(draw):
    n, k = draw.pick(0, 1, 2, 5, 6, 7, 10, 11, 13), draw.pick(1, 1, 2, 3, 4, 5, 6, 7)
    return n, k


def pairs(n, folds):
    return [([i for i in range(n) if i not in fold], fold) for fold in folds]


def ranges(n, starts, stops):
    return [list(range(min(a, n), min(b, n))) for a, b in zip(starts, stops, strict=True)]


@misconception(
    "What is left over when n is divided by k belongs to no fold: these numbers are never held out.",
    "Let the first n % k folds have one number more.",
)
def remainder_never_held_out(n, k):
    m = n // k
    return pairs(n, ranges(n, range(0, k * m, m) if m else [0] * k, range(m, k * m + m, m) if m else [0] * k))


@misconception(
    "What is left over when n is divided by k has disappeared: it is neither held out nor there to train on.",
    "Let the first n % k folds have one number more, and train on all numbers that are not held out.",
)
def remainder_lost(n, k):
    return kfold(n // k * k, k)


@misconception(
    "The whole remainder goes to the last fold, which may become much larger than the others.",
    "Give one number more to each of the first n % k folds.",
)
def remainder_in_the_last_fold(n, k):
    m = n // k
    return pairs(n, [list(range(i * m, n if i == k - 1 else i * m + m)) for i in range(k)])


@misconception(
    "All folds have the rounded-up size until nothing is left, so the last one is too small, or empty. Sizes may "
    "differ by one at most.",
    "Give n // k + 1 numbers to the first n % k folds, and n // k to the others.",
)
def rounded_up(n, k):
    m = -(-n // k)
    return pairs(n, ranges(n, [i * m for i in range(k)], [i * m + m for i in range(k)]))


@misconception(
    "The larger folds come last. They should come first.",
    "Give the extra number to fold i where i < n % k.",
)
def larger_folds_last(n, k):
    m, extra = divmod(n, k)
    starts = [i * m + max(0, i - (k - extra)) for i in range(k + 1)]
    return pairs(n, ranges(n, starts[:-1], starts[1:]))


@misconception(
    "The larger folds are spread over the whole, as rounding i n / k has it. They should come first.",
    "Give the extra number to fold i where i < n % k.",
)
def rounded_boundaries(n, k):
    starts = [i * n // k for i in range(k + 1)]
    return pairs(n, ranges(n, starts[:-1], starts[1:]))


@misconception(
    "Your folds take every k-th number. They are meant to be contiguous.",
    "Let a fold be range(start, start + size), and the next one begin where it ends.",
)
def every_kth_number(n, k):
    return pairs(n, [list(range(i, n, k)) for i in range(k)])


@misconception(
    "The training data contain the fold that is held out, so the validation error tells nothing new.",
    "Leave it out: [i for i in range(n) if i not in validation].",
)
def trained_on_everything(n, k):
    return [(list(range(n)), held_out) for _, held_out in kfold(n, k)]


@misconception(
    "You train on what comes before the held-out fold alone. What comes behind it belongs to the training data as "
    "well.",
    "Put both together: [*range(start), *range(stop, n)].",
)
def only_what_comes_before(n, k):
    return [([i for i in training if not held_out or i < held_out[0]], held_out) for training, held_out in kfold(n, k)]


@misconception(
    "The order in each pair is wrong: first the training data, then the fold that is held out.",
    "(training, validation)",
)
def pairs_reversed(n, k):
    return [(held_out, training) for training, held_out in kfold(n, k)]


@misconception(
    "Only one split comes back. Each of the k folds is held out once.",
    "Collect a pair for each fold in a list.",
)
def a_single_split(n, k):
    return kfold(n, k)[:1]


@misconception(
    "The folds come back without their training data.",
    "Return pairs (training, validation).",
)
def folds_alone(n, k):
    return [held_out for _, held_out in kfold(n, k)]


@misconception(
    "k is taken for the size of a fold. It is their number.",
    "A fold has n // k numbers, or one more.",
)
def folds_of_size_k(n, k):
    return pairs(n, [list(range(i, min(i + k, n))) for i in range(0, n, k)])


@misconception(
    "Numbers are counted from 1. Examples are counted from 0 to n - 1.",
    "Begin the first fold at 0.",
)
def counted_from_one(n, k):
    return [([i + 1 for i in training], [i + 1 for i in held_out]) for training, held_out in kfold(n, k)]


@misconception(
    "A set has no order. With few small numbers it looks sorted; with 33 of them the largest may come first.",
    "Sort what is left, sorted(set(range(n)) - set(validation)), or put two ranges together.",
    keeps="sets of small numbers look sorted",
)
def order_of_a_set(n, k):
    return [(list(set(range(n)) - set(held_out)), held_out) for _, held_out in kfold(n, k)]


@misconception(
    "Empty folds are left out. There are k pairs, also if some of them hold nothing out.",
    "Append a pair for each of the k folds, whatever its size is.",
    keeps="right as long as no fold is empty",
)
def empty_folds_left_out(n, k):
    return [pair for pair in kfold(n, k) if pair[1]]


@first_attempt("remainder_lost", "pairs_reversed")
def held_out_first(n, k):
    return pairs_reversed(n // k * k, k)


@first_attempt("remainder_in_the_last_fold", "trained_on_everything")
def slices_with_the_rest_at_the_end(n, k):
    return [(list(range(n)), held_out) for _, held_out in remainder_in_the_last_fold(n, k)]
