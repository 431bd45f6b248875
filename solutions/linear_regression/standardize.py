"""Mean and deviation are learnt from the training set, and used on the test set; what is constant has no deviation."""

import torch

from grader import EPSILONS, Exercise, alternative, batch, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    parts={"sets unchanged": "mutation"},
    equivalent={"deviation != 0": "a deviation is never negative"},
    book="sec_kaggle_house",
)


@driver
def with_constant_features(standardize, train, test, constant_in_training=None):
    """The features in `constant_in_training` have this number in every example of the training set."""
    if constant_in_training:
        train = train.clone()
        for feature, number in constant_in_training.items():
            train[:, feature] = number
    before = train.clone(), test.clone()
    answer = standardize(train, test)
    return {"answer": answer, "sets unchanged": all(map(torch.equal, (train, test), before))}


@reference
def standardize(train, test):
    mean = train.mean(0)
    deviation = (train - mean).square().mean(0).sqrt()
    deviation = torch.where(deviation > 0, deviation, torch.ones_like(deviation))
    return (train - mean) / deviation, (test - mean) / deviation


@alternative
def centred_first(train, test):
    m = train.sum(0) / len(train)
    c = train - m
    s = (c * c).mean(0).sqrt()
    s = s.masked_fill(s == 0, 1)
    return c / s, (test - m) / s


@alternative
def features_in_rows(train, test):
    A, B = train.T, test.T
    variance, mean = torch.var_mean(A, dim=1, correction=0, keepdim=True)
    s = torch.sqrt(variance)
    s[s == 0] = 1.0
    return [((A - mean) / s).T, ((B - mean) / s).T]


@alternative
def both_sets_at_once(train, test):
    n = train.shape[0]
    both = torch.cat([train, test]) - train.mean(dim=0, keepdim=True)
    s = torch.std(train, 0, unbiased=False)
    both = both / (s + (s == 0).to(s.dtype))
    return both[:n], both[n:]


@alternative
def by_einsum(train, test):
    n, d = train.shape
    mean = torch.einsum("nd->d", train) / n
    c = train - mean
    scale = (n / torch.einsum("nd,nd->d", c, c)).sqrt()
    scale = torch.where(scale.isinf(), torch.ones_like(scale), scale)
    return c.mul(scale), torch.sub(test, mean) * scale.expand(len(test), d)


def features(draw, n, d):
    """Features with means and deviations of their own."""
    return draw.normal(n, d) * draw.uniform(d, low=0.5, high=5) + 3 * draw.normal(d)


@case
def more_training_than_test_examples(draw):
    return features(draw, 6, 3), features(draw, 4, 3)


@case
def as_many_examples_as_features(draw):
    """Statistics of rows fit the columns in silence."""
    return features(draw, 3, 3), features(draw, 3, 3)


@case
def more_test_than_training_examples(draw):
    return features(draw, 3, 2), features(draw, 7, 2)


@case
def a_test_set_from_elsewhere(draw):
    """Its own mean is far from that of the training set."""
    return features(draw, 5, 2), 20 + 3 * draw.normal(4, 2)


@case
def features_in_rows_of_memory(draw):
    return features(draw, 6, 4).T.contiguous().T, draw.every_second(features(draw, 3, 4))


@case(aspect="edge", weight=5)
def a_constant_feature(draw):
    return features(draw, 4, 3), features(draw, 3, 3), {1: 3}


@case(aspect="edge", weight=5)
def two_constant_features_and_a_feature_of_zeros(draw):
    train = features(draw, 8, 4) * draw.tensor([1.0, 1.0, 1.0, 0.0])
    return train, features(draw, 2, 4), {0: -2, 2: 1}


@case(aspect="edge")
def one_training_example(draw):
    """No feature has a deviation then."""
    return features(draw, 1, 3), features(draw, 4, 3)


@case(aspect="edge")
def one_feature(draw):
    return features(draw, 5, 1), features(draw, 2, 1)


@case(aspect="edge")
def one_test_example(draw):
    return features(draw, 5, 2), features(draw, 1, 2)


@case(aspect="edge")
def no_test_examples(draw):
    return features(draw, 4, 2), draw.normal(0, 2)


@case(aspect="stability")
def features_far_from_zero(draw):
    """The mean of squares minus the square of the mean loses what is asked for."""
    signs = (-1) ** torch.arange(6)[:, None]
    return 1000 + signs * draw.uniform(6, 2, low=0.5, high=1.5), 1000 + draw.normal(3, 2)


@case(aspect="stability")
def features_of_a_millionth(draw):
    """An epsilon would show, and so would whoever takes them for constant."""
    return 1e-6 * features(draw, 5, 2), 1e-6 * features(draw, 3, 2)


@case(aspect="stability")
def features_in_tiny_units(draw):
    """A variance of 1e-24 is one: only that of a constant is 0."""
    return 1e-12 * features(draw, 4, 2), 1e-12 * features(draw, 2, 2)


@domain(dtypes=("float64", "float32"), outside={"inf, huge, tiny": "squares neither overflow nor underflow"})
def any_sets(draw):
    n, d = draw.size(least=1), draw.size(least=1)
    train = draw.any(n, d, without="inf huge tiny")
    test = draw.any(draw.size(), d, without="inf huge tiny")
    constant = draw.pick(draw.left_out, None, {0: 2}, {0: -3})
    if isinstance(constant, dict):
        draw.require(n in (1, 2, 4))  # the mean is exact, however it is computed
    spread = train.std(0, correction=0)
    vary = train.ne(0).any(0) & (n > 1)
    draw.require(bool((spread > 2e-3 * train.abs().amax(0))[vary].all()))  # chance makes none constant, or nearly so
    return train, test, constant


@batch
def more_training_examples(draw, n):
    return draw.normal(n, 3), draw.normal(4, 3)


@batch
def more_test_examples(draw, n):
    return draw.normal(4, 3), draw.normal(n, 3)


@batch
def more_features(draw, n):
    return draw.normal(4, n), draw.normal(5, n)


def scaled(train, test, mean, deviation, test_mean=None, test_deviation=None):
    """Both sets with these statistics, a deviation of 0 taken for 1."""
    of_test = deviation if test_deviation is None else test_deviation
    divisors = [s.masked_fill(s == 0, 1) for s in (deviation, of_test)]
    return (train - mean) / divisors[0], (test - (mean if test_mean is None else test_mean)) / divisors[1]


def statistics(x):
    return x.mean(0), x.std(0, correction=0)


@misconception(
    "The test set is scaled by statistics of its own. Then one and the same house gets other numbers in another "
    "company, and the model was trained on none of them.",
    "Subtract the mean of train from test, too, and divide by the deviation of train.",
)
def test_set_by_its_own_statistics(train, test):
    if not len(test):
        return standardize(train, test)
    return scaled(train, test, *statistics(train), *statistics(test))


@misconception(
    "The test set is centred by its own mean. What the model knows of the features, it knows from the training set: "
    "their means as well.",
    "(test - train.mean(0)) / deviation",
)
def test_set_centred_by_itself(train, test):
    mean, deviation = statistics(train)
    return scaled(train, test, mean, deviation, test.mean(0) if len(test) else mean)


@misconception(
    "The statistics are those of both sets together, so the training set knows something of the test set: the test "
    "error no longer tells what new data would do.",
    "mean = train.mean(0), and the deviation of train alone",
)
def test_set_leaks(train, test):
    return scaled(train, test, *statistics(torch.cat([train, test])))


@misconception(
    "std() and var() divide by n - 1 unless they are told otherwise. The task has the variance of the population, "
    "with 1/n; and of a single example n - 1 makes nan.",
    "train.std(0, correction=0)",
)
def divided_by_n_minus_1(train, test):
    return scaled(train, test, train.mean(0), train.std(0))


@misconception(
    "You have one mean and one deviation for the whole table. Square metres and years have nothing in common: each "
    "feature has its own.",
    "Give the axis of the examples: train.mean(0)",
)
def one_scale_for_all_features(train, test):
    return scaled(train, test, train.mean(), train.std(correction=0))


@misconception(
    "You take means and deviations over the features of an example (axis 1). A feature is a column: average over the "
    "examples.",
    "train.mean(0)",
)
def examples_standardized(train, test):
    both = [x - x.mean(1, keepdim=True) for x in (train, test)]
    deviations = [x.square().mean(1, keepdim=True).sqrt() for x in both]
    return tuple(x / s.masked_fill(s == 0, 1) for x, s in zip(both, deviations, strict=True))


@misconception(
    "You divide by the variance, so the deviation of a feature becomes 1 over what it was, and not 1.",
    "Take the root: divide by the deviation.",
)
def divided_by_the_variance(train, test):
    return scaled(train, test, train.mean(0), train.var(0, correction=0))


@misconception(
    "You divide by the length of the centred column, the root of the sum of squares. The deviation is the root of "
    "their mean.",
    "Divide the sum of squares by n before the root.",
)
def divided_by_the_length(train, test):
    return scaled(train, test, train.mean(0), (train - train.mean(0)).square().sum(0).sqrt())


@misconception(
    "The deviation of a constant feature is 0, and you divide by it: 0/0 is nan, and any other number over 0 is "
    "infinite. Such a feature is not to be divided at all.",
    "deviation = torch.where(deviation > 0, deviation, torch.ones_like(deviation))",
)
def constant_divided_by_zero(train, test):
    mean, deviation = statistics(train)
    return (train - mean) / deviation, (test - mean) / deviation


@misconception(
    "The epsilon in the denominator moves every answer a little. And a feature that is constant in training explodes "
    "in the test set, divided by the epsilon alone.",
    "Replace deviations that are 0 by 1, and add nothing to the others.",
    also=EPSILONS,
)
def epsilon_added(train, test, *, eps=1e-8):
    mean, deviation = statistics(train)
    return (train - mean) / (deviation + eps), (test - mean) / (deviation + eps)


@misconception(
    "A lower bound saves the training set from 0/0, but in the test set a feature that was constant is divided by "
    "that bound, and explodes.",
    "Replace deviations that are 0 by 1.",
    also=EPSILONS,
)
def deviation_bounded(train, test, *, eps=1e-30):
    mean, deviation = statistics(train)
    deviation = deviation.clamp(min=eps)
    return (train - mean) / deviation, (test - mean) / deviation


@misconception(
    "You take features with a small deviation for constant. A length in kilometres may vary by a millionth and yet "
    "say everything.",
    "Compare with 0 exactly: deviation > 0",
    keeps="right where deviations are not small",
)
def small_deviations_taken_for_none(train, test):
    mean, deviation = statistics(train)
    return scaled(train, test, mean, deviation.masked_fill(deviation < 1e-4, 0))


@misconception(
    "A feature that is constant in training becomes 0 in the test set, too, whatever it is there. Only its mean is to "
    "be subtracted.",
    "Divide such a feature by 1: (test - mean) / 1",
)
def constant_features_erased(train, test):
    a, b = standardize(train, test)
    constant = train.std(0, correction=0) == 0
    return a, b.masked_fill(constant, 0)


@misconception(
    "You leave a constant feature as it is. Its mean is subtracted like that of any other, so in training it becomes "
    "0.",
    "Subtract the mean everywhere; only the division is left out.",
)
def constant_features_left_alone(train, test):
    constant = train.std(0, correction=0) == 0
    return tuple(torch.where(constant, x, z) for x, z in zip((train, test), standardize(train, test), strict=True))


@misconception(
    "You only subtract the mean. The features still differ in scale, and the steepest of them dictates the learning "
    "rate.",
    "Divide by the deviation of train as well.",
)
def only_centred(train, test):
    return train - train.mean(0), test - train.mean(0)


@misconception(
    "You only divide by the deviation. Every feature keeps its offset, and none has mean 0.",
    "Subtract the mean of train first.",
)
def only_divided(train, test):
    return scaled(train, test, torch.zeros_like(train[0]), train.std(0, correction=0))


@misconception(
    "You divide by the range, which scales to numbers from 0 to 1. The task asks for mean 0 and variance 1.",
    "(train - train.mean(0)) / train.std(0, correction=0)",
)
def scaled_to_the_range(train, test):
    return scaled(train, test, train.amin(0), train.amax(0) - train.amin(0))


@misconception(
    "The mean of squares minus the square of the mean subtracts two large numbers when features lie far from zero: "
    "digits are lost, or the variance becomes negative.",
    "Subtract the mean first: (train - mean).square().mean(0)",
    keeps="right near zero",
    chance="by luck the rounding errors may be small",
)
def mean_of_squares_minus_square_of_mean(train, test):
    mean = train.mean(0)
    variance = train.square().mean(0) - mean.square()
    varies = (train != train[:1]).any(0)
    return scaled(train, test, mean, torch.where(varies, variance, torch.zeros_like(variance)).sqrt())


@misconception(
    "-= and /= write into the caller's training set, which is lost then.",
    "Make new tensors: (train - mean) / deviation",
    keeps="the answer is right",
)
def training_set_overwritten(train, test):
    mean, deviation = statistics(train)
    deviation = deviation.masked_fill(deviation == 0, 1)
    train -= mean
    return train / deviation, (test - mean) / deviation


@misconception(
    "Only the training set comes back. The task asks for both sets.",
    "return (train - mean) / deviation, (test - mean) / deviation",
)
def training_set_alone(train, test):
    return standardize(train, test)[0]


@misconception(
    "The two sets are exchanged. The scaled training set comes first.",
    "return scaled_train, scaled_test",
)
def sets_exchanged(train, test):
    a, b = standardize(train, test)
    return b, a


@misconception(
    "The answer is forced to float32, which rounds float64. Both sets keep their dtype.",
    "Leave the dtype to the operations: no .float().",
    keeps="the numbers are right to seven digits",
)
def forced_to_float32(train, test):
    return standardize(train.float(), test.float())


@misconception(
    "Python goes from feature to feature, so the work grows with d. One mean along axis 0 serves all features at once.",
    "train.mean(0), and train.std(0, correction=0)",
    keeps="every number is right",
)
def one_feature_at_a_time(train, test):
    pairs = [standardize(a, b) for a, b in zip(train.split(1, dim=1), test.split(1, dim=1), strict=True)]
    return torch.cat([a for a, _ in pairs], 1), torch.cat([b for _, b in pairs], 1)


@first_attempt("divided_by_n_minus_1", "test_set_by_its_own_statistics", "constant_divided_by_zero")
def each_set_for_itself(train, test):
    return tuple((x - x.mean(0)) / x.std(0) for x in (train, test))


@first_attempt("divided_by_n_minus_1", "constant_divided_by_zero")
def mean_and_std_as_they_come(train, test):
    mean, deviation = train.mean(0), train.std(0)
    return (train - mean) / deviation, (test - mean) / deviation


@first_attempt("test_set_leaks", "divided_by_n_minus_1")
def all_features_of_both_sets(train, test):
    both = torch.cat([train, test])
    both = (both - both.mean(0)) / both.std(0)
    return both[: len(train)], both[len(train) :]


@first_attempt("one_scale_for_all_features", "divided_by_n_minus_1")
def one_mean_and_one_std(train, test):
    return scaled(train, test, train.mean(), train.std())
