"""Count hits and examples, and divide once: batches differ in size, and a generator yields them but once."""

import torch

from grader import Exercise, alternative, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    forbid=("sklearn", "torchmetrics", "accuracy_score"),
    forbid_reason="Counting is the exercise.",
    accuracy=1e-6,  # a quotient of counts in float32 is as right as one in float64
    book=("sec_classification", "sec_softmax_scratch"),
)


@driver
def in_any_form(evaluate_accuracy, batches, given_as="list"):
    """The batches come in a list or a tuple, or one by one and only once."""
    batches = [tuple(batch) for batch in batches]
    forms = {"list": list, "tuple": tuple, "iterator": iter, "generator": lambda xs: (x for x in xs)}
    return evaluate_accuracy(forms[given_as](batches))


@reference
def evaluate_accuracy(batches):
    hits = examples = 0
    for scores, labels in batches:
        hits += int((scores.argmax(1) == labels).sum())
        examples += len(labels)
    return hits / examples if examples else 0.0


@alternative
def all_batches_kept(batches):
    kept = [(scores, labels) for scores, labels in batches if len(labels)]
    if not kept:
        return 0.0
    return float(torch.cat([scores.max(1).indices == labels for scores, labels in kept]).double().mean())


@alternative
def summed_as_tensors(batches):
    totals = [torch.tensor([float((s.argmax(dim=-1) == y).sum()), float(y.numel())]) for s, y in batches]
    if not totals:
        return 0.0
    hits, examples = torch.stack(totals).double().sum(0).tolist()
    return hits / max(examples, 1.0)


@alternative
def one_example_at_a_time(batches):
    right = [
        bool(row.argmax() == label) for scores, labels in batches for row, label in zip(scores, labels, strict=True)
    ]
    return sum(right) / len(right) if right else 0.0


@alternative
def by_the_score_of_the_label(batches):
    hits, n = 0.0, 0
    for scores, labels in batches:
        own = scores.gather(1, labels.long()[:, None])
        hits += torch.einsum("i->", (own >= scores).all(1).double()).item()
        n += labels.shape[0]
    return 0.0 if n == 0 else hits / n


def batch(draw, n, q, right, dtype=torch.int64):
    """n examples of q classes, of which the first `right` are classified right."""
    predicted = draw.integers(n, high=q)
    labels = torch.where(torch.arange(n) < right, predicted, (predicted + 1) % q)
    scores = draw.uniform(n, q, low=-2, high=1)
    scores[torch.arange(n), predicted] = 2 + draw.uniform(n)
    order = draw.permutation(n)
    return scores[order], labels[order].to(dtype)


@case
def a_smaller_last_batch(draw):
    return [batch(draw, 6, 3, 4), batch(draw, 6, 3, 5), batch(draw, 2, 3, 0)]


@case
def a_larger_batch_with_many_hits(draw):
    return [batch(draw, 2, 4, 0), batch(draw, 8, 4, 7)]


@case
def as_many_examples_as_classes(draw):
    """Predicting along the wrong axis gives as many numbers."""
    return [batch(draw, 4, 4, 3), batch(draw, 4, 4, 2), batch(draw, 3, 4, 1)]


@case
def from_a_generator(draw):
    """Whoever walks through it twice finds nothing the second time."""
    return [batch(draw, 3, 2, 2), batch(draw, 5, 2, 1)], "generator"


@case
def from_an_iterator(draw):
    return [batch(draw, 5, 3, 1), batch(draw, 3, 3, 3)], "iterator"


@case
def labels_of_a_shorter_dtype(draw):
    return [batch(draw, 4, 3, 3, torch.int32), batch(draw, 2, 3, 0, torch.int32)]


@case
def only_negative_scores(draw):
    scores, labels = batch(draw, 5, 3, 3)
    return [(scores - 10, labels), batch(draw, 2, 3, 1)]


@case
def scores_in_rows_of_memory(draw):
    scores, labels = batch(draw, 5, 3, 2)
    return [(scores.T.contiguous().T, labels), batch(draw, 2, 3, 2)], "tuple"


@case(aspect="edge")
def an_empty_batch(draw):
    return [batch(draw, 4, 3, 3), (draw.normal(0, 3), draw.integers(0, high=3)), batch(draw, 1, 3, 0)]


@case(aspect="edge", dtypes=("float64",))
def scores_that_float32_cannot_tell_apart(draw):
    """The label's is larger by a billionth, and stands behind its equals."""
    scores = torch.ones(6, 3, dtype=torch.float64) + draw.uniform(6, 1)
    scores[:, 2] += 1e-9
    return [(scores, torch.tensor([2, 2, 0, 2, 1, 2])), batch(draw, 2, 3, 1)]


@case(aspect="edge", dtypes=("float16",))
def more_hits_than_half_precision_can_count(draw):
    """From 2048 on, float16 holds every second number only."""
    return [batch(draw, 2601, 2, 2501)]


@case(aspect="edge")
def no_batches(draw):
    return []


@case(aspect="edge")
def only_empty_batches(draw):
    return [(draw.normal(0, 2), draw.integers(0, high=2))], "generator"


@case(aspect="edge")
def all_right(draw):
    return [batch(draw, 3, 3, 3), batch(draw, 2, 3, 2)]


@case(aspect="edge")
def one_example_and_one_class(draw):
    return [(draw.normal(1, 1), torch.zeros(1, dtype=torch.int64))]


@domain(outside={"inf": "no row has two largest scores"})
def any_batches(draw):
    q = draw.size(least=1)
    sizes = [draw.size(most=6) for _ in range(draw.integer(0, 4))]
    dtype = draw.pick(torch.int64, torch.int64, torch.int32, torch.uint8)
    batches = []
    for n in sizes:
        scores, labels = batch(draw, n, q, draw.integer(0, n + 1), dtype)
        batches.append((draw.laid_out(draw.pick(1.0, 1.0, -50.0, 60.0) + scores), labels))
    return batches, draw.pick(draw.left_out, "list", "tuple", "iterator", "generator")


def counted(batches, hit=lambda scores, labels: scores.argmax(1) == labels):
    """Hits and examples, of those that the batches have."""
    batches = list(batches)
    return sum(int(hit(s, y).sum()) for s, y in batches), sum(len(y) for _, y in batches)


@misconception(
    "You average the accuracies of the batches, so each example of a small batch counts more than one of a large "
    "batch. Accuracy counts examples, not batches.",
    "Add up hits and examples over all batches, and divide once.",
)
def mean_of_batch_means(batches):
    means = [float((s.argmax(1) == y).double().mean()) for s, y in batches if len(y)]
    return sum(means) / len(means) if means else 0.0


@misconception(
    "argmax(0) looks for the best example of each class. A prediction is the best class of an example: the largest "
    "score of a row.",
    "scores.argmax(1)",
)
def largest_of_each_column(batches):
    batches = list(batches)
    hits = sum(int((s.argmax(0) == y).sum()) for s, y in batches if len(y))
    n = sum(len(y) for _, y in batches)
    return hits / n if n else 0.0


@misconception(
    "You count hits and do not divide. An accuracy is a share: divide by the number of all examples.",
    "return hits / examples if examples else 0.0",
)
def hits_not_divided(batches):
    return float(counted(batches)[0])


@misconception(
    "You divide by the number of batches. The accuracy is a share of the examples, and would exceed 1 otherwise.",
    "Count the examples too: examples += len(labels)",
)
def divided_by_the_number_of_batches(batches):
    batches = list(batches)
    return counted(batches)[0] / len(batches) if batches else 0.0


@misconception(
    "You take the size of the first batch for that of all. The last one is usually smaller, and one may be empty.",
    "Count the examples of each batch: examples += len(labels)",
)
def all_batches_as_large_as_the_first(batches):
    batches = list(batches)
    n = len(batches[0][1]) * len(batches) if batches else 0
    return counted(batches)[0] / n if n else 0.0


@misconception(
    "Your sums start anew in every batch, so only the last one counts.",
    "Set both counters to 0 once, before the loop.",
)
def last_batch_only(batches):
    accuracy = 0.0
    for scores, labels in batches:
        accuracy = counted([(scores, labels)])[0] / max(len(labels), 1)
    return accuracy


@misconception(
    "You return inside the loop, so only the first batch counts.",
    "Put the return behind the loop, one level further left.",
)
def first_batch_only(batches):
    for scores, labels in batches:
        return counted([(scores, labels)])[0] / max(len(labels), 1)
    return 0.0


@misconception(
    "You walk through the batches twice, once for the hits and once for the examples. A generator yields them only "
    "once: the second time nothing is left.",
    "Count both in one loop.",
    keeps="right for lists",
)
def walked_through_twice(batches):
    hits = sum(int((s.argmax(1) == y).sum()) for s, y in batches)
    n = sum(len(y) for _, y in batches)
    return hits / n if n else 0.0


@misconception(
    "You ask for the length of the batches, or for one of them by its number. A generator has neither.",
    "Only loop: for scores, labels in batches",
    keeps="right for lists",
)
def len_of_a_generator(batches):
    hits = n = 0
    for k in range(len(batches)):
        hits += int((batches[k][0].argmax(1) == batches[k][1]).sum())
        n += len(batches[k][1])
    return hits / n if n else 0.0


@misconception(
    "Without any example you divide 0 by 0, which is an error. The stub promises 0.0 there.",
    "return hits / examples if examples else 0.0",
    keeps="right where there are examples",
)
def nothing_divided_by_nothing(batches):
    hits, n = counted(batches)
    return hits / n


@misconception(
    "The mean over an empty batch is nan, and nan times 0 is nan, too: one empty batch spoils everything.",
    "Count hits instead of means: hits += int((scores.argmax(1) == labels).sum())",
    keeps="right where no batch is empty",
)
def mean_of_an_empty_batch(batches):
    hits = n = 0
    for scores, labels in batches:
        hits += float((scores.argmax(1) == labels).double().mean()) * len(labels)
        n += len(labels)
    return hits / n if n else 0.0


@misconception(
    "You divide by the number of scores, which is q times the number of examples.",
    "Count the labels: examples += len(labels)",
)
def divided_by_all_scores(batches):
    batches = list(batches)
    n = sum(s.numel() for s, _ in batches)
    return counted(batches)[0] / n if n else 0.0


@misconception(
    "You count wrong predictions, which gives the error rate. The accuracy is the share of the right ones.",
    "Count where the prediction equals the label: scores.argmax(1) == labels",
)
def error_rate(batches):
    hits, n = counted(batches)
    return 1 - hits / n if n else 0.0


@misconception(
    "You multiply by 100, which gives a percentage. The accuracy lies between 0.0 and 1.0.",
    "Do not multiply by 100.",
)
def percentage(batches):
    return 100 * evaluate_accuracy(batches)


@misconception(
    "You compare the largest score with the label. What counts is where it stands: its index is the predicted class.",
    "scores.argmax(1), or the indices of scores.max(1)",
)
def score_compared_with_the_label(batches):
    hits, n = counted(batches, lambda s, y: s.amax(1) == y)
    return hits / n if n else 0.0


PAIR_COMPARED = (
    "scores.max(1) is a pair of tensors, values and indices. Compared with the labels as a whole it gives a single "
    "False, which has no sum() or float().",
    "Take the indices, scores.max(1).indices, or scores.argmax(1).",
)


@misconception(*PAIR_COMPARED)
def pair_compared_with_the_labels(batches):
    hits, n = counted(batches, lambda s, y: s.max(1) == y)
    return hits / n if n else 0.0


@misconception(*PAIR_COMPARED)
def pair_compared_and_made_floats(batches):
    hits, n = 0, 0
    for scores, labels in batches:
        hits += float((scores.max(1) == labels).float().sum())
        n += len(labels)
    return hits / n if n else 0.0


@misconception(
    "A prediction is right for you if the score of the label is positive. Right is the largest score of the row, and "
    "even that may be negative.",
    "scores.argmax(1) == labels",
    chance="signs and labels may agree by luck",
)
def positive_scores(batches):
    hits, n = counted(batches, lambda s, y: s.gather(1, y.long()[:, None])[:, 0] > 0)
    return hits / n if n else 0.0


@misconception(
    "You round the accuracy. Two or three digits are enough to read, but not to compare models.",
    "Return the quotient as it is.",
)
def rounded(batches):
    return round(evaluate_accuracy(batches), 2)


@first_attempt("mean_of_batch_means", "mean_of_an_empty_batch")
def means_of_all_batches(batches):
    means = [float((s.argmax(1) == y).double().mean()) for s, y in batches]
    return sum(means) / len(means) if means else 0.0


@first_attempt("mean_of_batch_means", "nothing_divided_by_nothing")
def sum_of_means_over_their_number(batches):
    means = [float((s.argmax(1) == y).double().sum()) / max(len(y), 1) for s, y in batches]
    return sum(means) / len(means)


@first_attempt("len_of_a_generator", "divided_by_the_number_of_batches", "nothing_divided_by_nothing")
def hits_over_len(batches):
    return sum(int((s.argmax(1) == y).sum()) for s, y in batches) / len(batches)


@first_attempt("walked_through_twice", "nothing_divided_by_nothing")
def two_sums(batches):
    return sum(int((s.argmax(1) == y).sum()) for s, y in batches) / sum(len(y) for _, y in batches)
