"""One bump is no reason to stop, and nobody can see the future: remember the best epoch, and how long ago it was."""

import math

from grader import Exercise, alternative, arguments, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book=("sec_generalization_basics", "sec_model_selection"),
    equivalent={
        "epoch - best == patience": "the first epoch that lies far enough behind is the one that lies exactly so far",
        "range(0, len(val))": "epoch 0 neither improves on itself nor ends anything",
    },
)


@reference
def early_stop(val, patience, min_delta=0.0):
    best = 0
    for epoch in range(1, len(val)):
        if val[epoch] < val[best] - min_delta:
            best = epoch
        elif epoch - best >= patience:
            return epoch, best
    return len(val) - 1, best


@alternative
def a_counter_of_epochs_without_improvement(val, patience, min_delta=0.0):
    lowest, best, waited = math.inf, 0, 0
    for i, loss in enumerate(val):
        if not math.isnan(loss) and lowest - loss > min_delta:
            lowest, best, waited = loss, i, 0
        else:
            waited += 1
        if waited >= patience:
            return i, best
    return i, best


@alternative
def patience_that_runs_out(val, patience, min_delta=0.0):
    goal, best, left = val[0] - min_delta, 0, patience
    e = 0
    while left and e + 1 < len(val):
        e += 1
        left -= 1
        if val[e] < goal:
            goal, best, left = val[e] - min_delta, e, patience
    return e, best


@alternative
def recursively_from_best_to_best(val, patience, min_delta=0.0):
    def continued(best):
        for e in range(best + 1, min(best + patience, len(val) - 1) + 1):
            if val[e] + min_delta < val[best]:
                return continued(e)
        return min(best + patience, len(val) - 1), best

    return continued(0)


def eighths(draw, *numbers):
    """Losses that differ by multiples of 1/8, which are exact; all of them shifted alike, and none a whole number."""
    shift = draw.integer(1, 9) + 0.5
    return [(number + shift) / 8 for number in numbers]


@case
def a_bump_that_patience_outlasts(draw):
    return eighths(draw, 8, 5, 7, 3, 4, 1), 2


@case
def two_bad_epochs_are_enough(draw):
    return eighths(draw, 8, 5, 6, 7, 0, 1), 2


@case
def the_best_comes_after_the_stop(draw):
    """Whoever looks at all epochs first sees a better loss that training never reaches."""
    return eighths(draw, 9, 6, 8, 7, 8, 0, 0), 3


@case
def falling_all_the_way(draw):
    return eighths(draw, 40, 31, 23, 16, 9), 2


@case
def better_than_the_last_but_not_than_the_best(draw):
    """Losses fall from epoch to epoch, and yet none is as good as epoch 1 was."""
    return eighths(draw, 9, 2, 7, 6, 5, 4), 3


@case(weight=3)
def small_improvements_do_not_count(draw):
    return eighths(draw, 40, 38, 37, 36, 35), 2, 0.5


@case(weight=3)
def small_improvements_add_up(draw):
    """None of the steps is large enough, but the third one lies far enough below the best epoch."""
    return eighths(draw, 40, 38, 36, 34, 33, 32, 31, 27), 4, 0.625


@case(weight=2)
def a_little_worse_is_not_better(draw):
    return eighths(draw, 20, 22, 23, 10), 2, 0.5


@case(weight=3)
def improvements_as_large_as_it_takes(draw):
    """They are small beside the losses themselves."""
    return eighths(draw, 80, 74, 75, 69, 68, 63, 62, 61, 60), 2, 0.5


@case(weight=2)
def patience_counts_from_the_best_epoch(draw):
    """Bad epochs before the last improvement are forgotten."""
    return eighths(draw, 9, 7, 8, 6, 7, 5, 6, 7, 8), 3


@case
def the_last_epoch_is_the_best(draw):
    return eighths(draw, 9, 7, 8, 3), 2


@case
def the_last_epoch_stops(draw):
    return eighths(draw, 9, 5, 6, 7), 2


@case
def a_long_patience(draw):
    return eighths(draw, 8, 4, 5, 6, 5, 7, 6), 9


@case(aspect="edge")
def a_plateau(draw):
    """A loss that is equal to the best is no improvement."""
    return eighths(draw, 6, 6, 6, 6, 6), 2


@case(aspect="edge", weight=2)
def exactly_min_delta_better(draw):
    return eighths(draw, 20, 18, 16, 14, 12), 3, 0.25


@case(aspect="edge")
def the_first_epoch_stays_the_best(draw):
    return eighths(draw, 1, 5, 4, 3, 2), 3


@case(aspect="edge")
def patience_of_one(draw):
    return eighths(draw, 9, 6, 4, 5, 1), 1


@case(aspect="edge")
def a_single_epoch(draw):
    return eighths(draw, 4), 1


@case(aspect="edge")
def losses_that_are_not_numbers(draw):
    """NaN is no improvement, and no comparison with it says so by itself."""
    losses = eighths(draw, 9, 8, 7, 1)
    return [losses[0], losses[1], math.nan, losses[2], math.nan, math.nan, losses[3]], 2


@case(aspect="edge")
def nan_until_the_end(draw):
    return [*eighths(draw, 9, 4), math.nan, math.nan, math.nan, math.nan], 3


@case(aspect="edge")
def an_infinite_loss_between(draw):
    first, second, *later = eighths(draw, 9, 6, 0, 5)
    return [first, second, math.inf, *later], 2


@case(aspect="edge")
def losses_below_zero(draw):
    """A likelihood may well be above 1."""
    return [-loss for loss in eighths(draw, 1, 4, 3, 2, 9)], 2


@domain
def any_losses(draw):
    kind = draw.pick("falling", "any", "any", "rising", "flat")
    steps = {"falling": (-4, 0), "any": (-3, 4), "rising": (0, 3), "flat": (0, 1)}[kind]
    level = draw.integer(4, 30)
    val = [level / 8]
    for _ in range(draw.integer(0, 9)):
        level += draw.integer(*steps)
        val.append(draw.pick(level / 8, level / 8, level / 8, level / 8, math.nan, math.inf))
    return arguments(val, draw.pick(1, 2, 3, 5), min_delta=draw.pick(draw.left_out, 0.0, 0.125, 0.25, 0.5))


@misconception(
    "A single bad epoch stops your training. A bump in the losses is nothing unusual, and patience is there to "
    "outlast it.",
    "Stop only when epoch - best >= patience.",
)
def stops_at_the_first_bump(val, patience, min_delta=0.0):
    return early_stop(val, 1, min_delta)


@misconception(
    "You look into the future: the best of all epochs is chosen, also if training has stopped long before it.",
    "Go through the epochs one by one, and return as soon as patience has run out.",
)
def the_best_of_all(val, patience, min_delta=0.0):
    best = min((e for e in range(len(val)) if not math.isnan(val[e])), key=lambda e: val[e])
    return min(best + patience, len(val) - 1), best


@misconception(
    "Each loss is compared with the one before it. Losses may fall for a while and still be worse than the best.",
    "Compare with the best loss so far: val[best].",
)
def compared_with_the_epoch_before(val, patience, min_delta=0.0):
    best, waited = 0, 0
    for e in range(1, len(val)):
        if val[e] < val[e - 1] - min_delta:
            best, waited = e, 0
        else:
            waited += 1
        if waited >= patience:
            return e, best
    return len(val) - 1, best


@misconception(
    "min_delta is ignored: any improvement counts, however small it is.",
    "Ask for val[e] < val[best] - min_delta.",
    keeps="right wherever min_delta is 0 or left out",
)
def any_improvement_counts(val, patience, min_delta=0.0):
    return early_stop(val, patience)


@misconception(
    "A loss that is just as good as it has to be counts as an improvement. Less than that is asked for.",
    "Compare with < and not with <=.",
    keeps="right unless losses are equal",
)
def equal_counts_as_better(val, patience, min_delta=0.0):
    best = 0
    for e in range(1, len(val)):
        if val[e] <= val[best] - min_delta:
            best = e
        elif e - best >= patience:
            return e, best
    return len(val) - 1, best


@misconception(
    "Training goes on for one epoch too many. It stops at the epoch that lies `patience` epochs behind the best one.",
    "Compare with >= and not with >.",
)
def one_epoch_too_many(val, patience, min_delta=0.0):
    return early_stop(val, patience + 1, min_delta)


@misconception(
    "All bad epochs are counted, also those before the last improvement. An improvement starts the patience anew.",
    "Count from the best epoch: e - best >= patience.",
    keeps="right where no bad epoch lies before the last improvement",
)
def patience_never_renewed(val, patience, min_delta=0.0):
    best, bad = 0, 0
    for e in range(1, len(val)):
        if val[e] < val[best] - min_delta:
            best = e
        else:
            bad += 1
            if bad >= patience:
                return e, best
    return len(val) - 1, best


@misconception(
    "NaN counts as an improvement here: you ask whether the loss is no worse, and every comparison with NaN is False.",
    "Ask whether it is better, val[e] < val[best] - min_delta, and treat everything else as not better.",
    keeps="right as long as all losses are numbers",
)
def nan_for_better(val, patience, min_delta=0.0):
    best = 0
    for e in range(1, len(val)):
        if not val[e] >= val[best] - min_delta:
            best = e
        elif e - best >= patience:
            return e, best
    return len(val) - 1, best


@misconception(
    "Losses that are NaN are passed over. Such an epoch has not improved, so it counts against the patience.",
    "Do not skip them: only val[e] < val[best] - min_delta is an improvement, and NaN never is.",
    keeps="right as long as all losses are numbers",
)
def nan_skipped(val, patience, min_delta=0.0):
    kept = [e for e in range(len(val)) if not math.isnan(val[e])]
    stop, best = early_stop([val[e] for e in kept], patience, min_delta)
    return (kept[stop], kept[best]) if stop < len(kept) - 1 else (len(val) - 1, kept[best])


@misconception(
    "min_delta acts in the wrong direction: losses that are a little worse than the best pass for better.",
    "Subtract it from the best loss: val[e] < val[best] - min_delta.",
    keeps="right wherever min_delta is 0 or left out",
)
def min_delta_added(val, patience, min_delta=0.0):
    best = 0
    for e in range(1, len(val)):
        if val[e] < val[best] + min_delta:
            best = e
        elif e - best >= patience:
            return e, best
    return len(val) - 1, best


@misconception(
    "The epochs are counted from 1. Here the first is epoch 0.",
    "Use range(len(val)), or enumerate(val) without a start.",
)
def counted_from_one(val, patience, min_delta=0.0):
    stop, best = early_stop(val, patience, min_delta)
    return stop + 1, best + 1


@misconception(
    "The best epoch is always the one `patience` epochs before the end, also where training ran to the last epoch.",
    "Remember the best epoch, and return it.",
)
def best_counted_back(val, patience, min_delta=0.0):
    stop, _ = early_stop(val, patience, min_delta)
    return stop, max(stop - patience, 0)


@misconception(
    "Where patience never runs out you return the number of epochs, or no answer. The last epoch is len(val) - 1.",
    "return len(val) - 1, best",
)
def number_of_epochs(val, patience, min_delta=0.0):
    stop, best = early_stop(val, patience, min_delta)
    return (len(val), best) if stop - best < patience else (stop, best)


@misconception(
    "The order is wrong: first the epoch at which training stops, then the best one.",
    "return stop_epoch, best_epoch",
)
def order_reversed(val, patience, min_delta=0.0):
    return early_stop(val, patience, min_delta)[::-1]


@misconception(
    "You return the best loss. The question is in which epoch it came.",
    "Return best, not val[best].",
)
def the_best_loss(val, patience, min_delta=0.0):
    stop, best = early_stop(val, patience, min_delta)
    return stop, val[best]


@misconception(
    "The loss has to fall by a share of the best one. min_delta is an absolute amount.",
    "val[e] < val[best] - min_delta",
    keeps="right wherever min_delta is 0 or left out",
)
def relative_improvement(val, patience, min_delta=0.0):
    best = 0
    for e in range(1, len(val)):
        if val[e] < val[best] * (1 - min_delta):
            best = e
        elif e - best >= patience:
            return e, best
    return len(val) - 1, best


@first_attempt("compared_with_the_epoch_before", "any_improvement_counts")
def two_losses_at_a_time(val, patience, min_delta=0.0):
    return compared_with_the_epoch_before(val, patience)


@first_attempt("one_epoch_too_many", "counted_from_one")
def off_by_one_twice(val, patience, min_delta=0.0):
    return counted_from_one(val, patience + 1, min_delta)
