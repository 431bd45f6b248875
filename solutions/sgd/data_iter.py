"""A permutation cut into pieces: random, complete, in pairs, and not made before it is asked for."""

import random

import torch

from grader import Exercise, alternative, case, domain, driver, first_attempt, law, laws, misconception, reference

exercise = Exercise(
    points=2,
    book=("sec_synthetic-regression-data", "sec_linear_scratch"),
    dtypes=("float32",),
    forbid=(
        "BatchSampler",
        "DataLoader",
        "Dataset",
        "RandomSampler",
        "SubsetRandomSampler",
        "TensorDataset",
        "random_split",
    ),
    forbid_reason="The minibatches are the exercise: shuffle the indices, and take them in turn.",
    parts={
        "an iterator, which next() accepts": "type",
        "made one by one, not in a list": "type",
        "dtypes are those of X and y": "type",
        "data unchanged": "mutation",
    },
    weights={"law": 2},
    shares={"type": 0.5},
)


MANY = 12_000


@reference
def data_iter(batch_size, X, y, generator=None):
    order = torch.randperm(len(X), generator=generator, device=X.device)
    for i in range(0, len(X), batch_size):
        chosen = order[i : i + batch_size]
        yield X[chosen], y[chosen]


@alternative
def sorted_random_numbers(batch_size, X, y, generator=None):
    order = torch.rand(len(X), generator=generator, device=X.device).argsort()
    for chosen in order.split(batch_size):
        if len(chosen):
            yield X.index_select(0, chosen), y.index_select(0, chosen)


@alternative
def an_expression_of_batches(batch_size, X, y, generator=None):
    n = len(X)
    order = torch.multinomial(torch.ones(n, device=X.device), n, generator=generator) if n else y.long()
    return ((X[chosen], y[chosen]) for chosen in order.split(batch_size) if n)


@alternative
def drawn_from_what_is_left(batch_size, X, y, generator=None):
    left, batch = list(range(len(X))), []
    for u in torch.rand(len(X), generator=generator, dtype=torch.float64, device=X.device).tolist():
        batch.append(left.pop(int(u * len(left))))
        if len(batch) == batch_size or not left:
            yield X[batch], y[batch]
            batch = []


@alternative
def shuffled_copies(batch_size, X, y, generator=None):
    order = torch.randperm(X.shape[0], generator=generator, device=X.device)
    return zip(X[order].split(batch_size), y[order].split(batch_size), strict=True) if len(y) else iter(())


@driver
def one_epoch(data_iter, batch_size, X, y, generator, compared="batches"):
    """Labels are all different, so they tell which examples came, and in which order: there they are 0 … n-1."""
    if compared == "order":
        places = torch.arange(len(y), device=y.device)
        return {"order": torch.cat([labels for _, labels in data_iter(batch_size, X, places, generator)])}
    before, global_state = (X.clone(), y.clone()), torch.get_rng_state()
    batches = data_iter(batch_size, X, y, generator)
    is_iterator, is_list = hasattr(batches, "__next__"), isinstance(batches, (list, tuple))
    batches = [batch for batch, _ in zip(batches, range(len(y) + 2), strict=False)]
    if generator is None:
        torch.set_rng_state(global_state)
    sizes = [len(labels) for _, labels in batches]
    order = [before[1].tolist().index(label) for _, labels in batches for label in labels.tolist()]
    examples = torch.cat([before[0][:0], *(examples for examples, _ in batches)])
    return {
        "sizes of the minibatches": torch.tensor(sorted(sizes, reverse=True), dtype=torch.int64, device=X.device),
        "the smallest comes last": not sizes or sizes[-1] == min(sizes),
        "each example once": sorted(order) == list(range(len(y))),
        "labels with their examples": torch.equal(examples, before[0][order]),
        "well mixed": int((torch.tensor(order).diff() == 1).sum()) <= len(order) / 2,
        "dtypes are those of X and y": all(a.dtype == X.dtype and b.dtype == y.dtype for a, b in batches),
        "an iterator, which next() accepts": is_iterator,
        "made one by one, not in a list": not is_list,
        "data unchanged": torch.equal(X, before[0])
        and torch.equal(y, before[1])
        and not (X.requires_grad or y.requires_grad),
    }


def labels(draw, n):
    return 10 * torch.arange(n) + draw.integer(1, 10)


@case(dtypes=("float32", "float64"))
def a_last_batch_that_is_smaller(draw):
    return 4, draw.normal(30, 2), labels(draw, 30), draw.generator()


@case
def images_in_even_batches(draw):
    return 6, draw.normal(24, 2, 3), labels(draw, 24), draw.generator()


@case
def whole_numbers_with_fractions_for_labels(draw):
    return 5, draw.integers(25, 3, high=100), draw.permutation(25) + 0.5, draw.generator()


@case
def orders_of_thirty_examples(draw):
    return 7, torch.arange(30), torch.arange(30), draw.generator(), "order"


@case
def a_hundred_orders_of_five_examples(draw):
    """One order looks as random as another; a hundred of them tell."""
    return 2, torch.arange(5), torch.arange(5), draw.generator(), "order"


@case
def an_order_of_many_examples(draw):
    """Swap each with any other, and more than half of them end up before their own place: a little more."""
    blank = torch.zeros(MANY, dtype=torch.int64)
    return 1100, blank, blank.clone(), draw.generator(), "order"


@case(aspect="edge")
def everything_in_one_batch(draw):
    return 24, draw.normal(24, 2), labels(draw, 24), draw.generator()


@case(aspect="edge")
def a_batch_larger_than_the_data(draw):
    return 40, draw.normal(25, 2), labels(draw, 25), draw.generator()


@case(aspect="edge", weight=2)
def batches_of_one(draw):
    """Shuffling inside them is not shuffling."""
    return 1, draw.normal(24, 2), labels(draw, 24), draw.generator()


@case(aspect="edge")
def no_examples(draw):
    return 3, draw.normal(0, 2), labels(draw, 0), draw.generator()


@case(aspect="edge")
def without_a_generator(draw):
    return 7, draw.normal(28, 3), labels(draw, 28), None


@domain(
    outside={
        "order": "what must be true of one order is a law of the cases",
        "3 to 20 examples": "a few are well mixed by luck",
        "generator is None": "where an order comes from is a law of the cases, with a generator and without",
    }
)
def any_data(draw):
    n = draw.pick(0, 1, 2, 24, 30)
    shape = (n, draw.size(), draw.size(least=1))[: draw.integer(1, 4)]
    X = draw.pick(draw.any(*shape), draw.whole(*shape), draw.mask(*shape))
    batch_size = draw.pick(1, 4, 7, max(n, 1), n + 3)
    return (
        batch_size,
        X,
        draw.pick(labels(draw, n), labels(draw, n) + 0.5, labels(draw, n).int()),
        draw.generator(left_out=False),
    )


@case
def orders_without_a_generator(draw):
    return 7, torch.arange(30), torch.arange(30), None, "order"


@laws
def what_must_hold(batch_size, X, y, generator, compared="batches"):
    if compared != "order":
        return []
    n = len(y)
    if n == MANY:
        return [
            law.later_as_often_as_earlier(of="order", n=n),
            law.neighbours_ascend_as_often_as_they_descend(of="order", n=n),
        ]
    if generator is None:
        return [law.same_seed_same_answer(of="order"), law.draws_differ(of="order", at_most=0.7)]
    if n == 5:
        return [each(of="order", n=n) for each in (law.any_item_first, law.any_neighbour, law.fixed_points_average_one)]
    return [
        law.each_once(of="order", n=n),
        law.same_seed_same_answer(of="order"),
        law.other_seed_other_answer(of="order", at_most=0.7),
        law.draws_differ(of="order", at_most=0.7),
    ]


def batches(order, batch_size, X, y):
    for i in range(0, len(order), batch_size):
        chosen = order[i : i + batch_size]
        yield X[chosen], y[chosen]


def randperm(X, generator):
    return torch.randperm(len(X), generator=generator, device=X.device)


@misconception(
    "The last minibatch is lost unless n is a multiple of batch_size. It is to have what is left.",
    "Let the loop run up to n, range(0, n, batch_size): a slice may be shorter.",
)
def last_batch_dropped(batch_size, X, y, generator=None):
    n = len(X)
    return batches(randperm(X, generator)[: n - n % batch_size], batch_size, X, y)


@misconception(
    "You draw with replacement: some examples come twice in an epoch, others never.",
    "Draw one permutation, torch.randperm(n, generator=generator, device=X.device), and cut it into pieces.",
)
def with_replacement(batch_size, X, y, generator=None):
    for i in range(0, len(X), batch_size):
        size = (min(batch_size, len(X) - i),)
        chosen = torch.randint(len(X), size, generator=generator, device=X.device)
        yield X[chosen], y[chosen]


@misconception(
    "The examples always come in the order of the data set.",
    "Go through a random permutation: torch.randperm(n, generator=generator, device=X.device).",
)
def not_shuffled(batch_size, X, y, generator=None):
    return batches(torch.arange(len(X), device=X.device), batch_size, X, y)


@misconception(
    "A rotation keeps neighbours together: only n of the n! orders can occur.",
    "Draw a permutation: torch.randperm(n, generator=generator, device=X.device).",
    chance="of thirty rotations one comes twice now and then",
)
def rotated(batch_size, X, y, generator=None):
    shift = int(torch.randint(max(len(X), 1), (), generator=generator, device=X.device))
    return batches(torch.arange(len(X), device=X.device).roll(shift), batch_size, X, y)


@misconception(
    "You shuffle inside each minibatch, but the same examples stay together in every epoch.",
    "Shuffle all of them before you cut.",
    keeps="sizes and pairs are right, and examples move a little",
)
def shuffled_inside_the_batches(batch_size, X, y, generator=None):
    for start in range(0, len(X), batch_size):
        A, target = X[start : start + batch_size], y[start : start + batch_size]
        order = randperm(A, generator)
        yield A[order], target[order]


@misconception(
    "You shuffle the minibatches, but the same examples stay together in every epoch.",
    "Shuffle all examples before you cut.",
    chance="of five examples in pairs one stays in place now and then",
)
def whole_batches_shuffled(batch_size, X, y, generator=None):
    starts = torch.arange(0, len(X), batch_size, device=X.device)
    for i in starts[randperm(starts, generator)].tolist():
        yield X[i : i + batch_size], y[i : i + batch_size]


@misconception(
    "Examples and labels are shuffled separately, so they no longer belong together.",
    "Use one permutation for both: X[chosen], y[chosen].",
)
def shuffled_apart(batch_size, X, y, generator=None):
    first, second = randperm(X, generator), randperm(X, generator)
    return (
        (A, target)
        for (A, _), (_, target) in zip(batches(first, batch_size, X, y), batches(second, batch_size, X, y), strict=True)
    )


@misconception(
    "The examples are shuffled and the labels come in their old order, so they no longer belong together.",
    "Pick both with the same indices: X[chosen], y[chosen].",
)
def labels_not_shuffled(batch_size, X, y, generator=None):
    order = randperm(X, generator)
    for i in range(0, len(X), batch_size):
        yield X[order[i : i + batch_size]], y[i : i + batch_size]


@misconception(
    "All minibatches are made at once, in a list, before the first is used. Of a large data set that is a second "
    "copy in memory.",
    "Make them one by one: write yield X[chosen], y[chosen] in the loop, and no list.",
    keeps="every minibatch is right",
)
def all_batches_at_once(batch_size, X, y, generator=None):
    return list(data_iter(batch_size, X, y, generator))


@misconception(
    "Your answer can be iterated over, but it is no iterator: next() does not accept it, because its class has "
    "__iter__ and no __next__.",
    "Return iter(…) of it, or write a function with yield, whose answer is an iterator.",
    keeps="every minibatch is right",
)
def an_iterable_without_next(batch_size, X, y, generator=None):
    class Epoch:
        def __iter__(self):
            return data_iter(batch_size, X, y, generator)

    return Epoch()


@misconception(
    "You return the first minibatch and stop: a function ends at its first return.",
    "Use yield, which goes on from there when the next minibatch is asked for.",
)
def returned_in_the_loop(batch_size, X, y, generator=None):
    order = randperm(X, generator)
    for i in range(0, len(X), batch_size):
        chosen = order[i : i + batch_size]
        return iter([(X[chosen], y[chosen])])
    return iter([])


@misconception(
    "chunk(k) makes k pieces, and batch_size is how many examples are in a piece.",
    "Use split(batch_size).",
)
def as_many_batches_as_batch_size(batch_size, X, y, generator=None):
    for chosen in randperm(X, generator).chunk(batch_size):
        if len(chosen):
            yield X[chosen], y[chosen]


@misconception(
    "Your generator starts anew in each call, so all epochs have the same order.",
    "Draw from the argument: generator=generator.",
)
def a_generator_of_its_own(batch_size, X, y, generator=None):
    return data_iter(batch_size, X, y, torch.Generator(device=X.device).manual_seed(0))


@misconception(
    "Your order comes from torch's global generator, so nobody can repeat it with the argument `generator`.",
    "Pass generator=generator to the function that draws.",
    keeps="the orders are right",
)
def drawn_from_the_global_generator(batch_size, X, y, generator=None):
    return data_iter(batch_size, X, y, None)


@misconception(
    "Your order comes from a generator outside torch, that of Python's random or NumPy. Its state is the caller's, and "
    "it does not know the argument `generator`: nobody can repeat the order with it.",
    "Draw with torch.randperm(n, generator=generator, device=X.device).",
    keeps="the orders are right",
)
def drawn_outside_torch(batch_size, X, y, generator=None):
    indices = list(range(len(X)))
    random.shuffle(indices)
    yield from batches(torch.tensor(indices, dtype=torch.int64, device=X.device), batch_size, X, y)


@misconception(
    "From an empty data set comes an empty minibatch, for split always makes a piece.",
    "Yield nothing if there is no example: if len(chosen).",
    keeps="right as long as there are examples",
)
def an_empty_batch(batch_size, X, y, generator=None):
    for chosen in randperm(X, generator).split(batch_size):
        yield X[chosen], y[chosen]


@misconception(
    "The caller's data are shuffled in place.",
    "Shuffle a list of places, and pick with it: X[chosen], y[chosen].",
    keeps="every minibatch is right",
)
def shuffled_in_place(batch_size, X, y, generator=None):
    order = randperm(X, generator)
    X[:], y[:] = X[order], y[order]
    return batches(torch.arange(len(X), device=X.device), batch_size, X, y)


@first_attempt("all_batches_at_once", "drawn_from_the_global_generator")
def a_list_from_the_global_generator(batch_size, X, y, generator=None):
    return list(data_iter(batch_size, X, y, None))


@first_attempt("all_batches_at_once", "drawn_outside_torch")
def a_list_in_pythons_order(batch_size, X, y, generator=None):
    return list(drawn_outside_torch(batch_size, X, y, generator))


@first_attempt("all_batches_at_once", "not_shuffled")
def a_list_in_the_order_of_the_data(batch_size, X, y, generator=None):
    return [(X[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(X), batch_size)]
