"""What a statistical law demands, and what was seen instead, as a sentence."""

from __future__ import annotations

from grader.model.digits import pair_text
from grader.model.fact import Fact

_INDEPENDENT = (
    "with a coin for every entry, two neighbours in a {} should both be zero in a share of {{expected}}; "
    "yours are in {{seen}}"
)
_INDEPENDENT_OF = (
    "with a coin for every entry, an entry and {} should both be zero in a share of {{expected}}; yours are in {{seen}}"
)
_LAWS = {
    "share_of_zeros": "a share of {expected} should be zero; yours is {seen}",
    "survivors_scaled_by": "survivors should be {expected} times their input; yours are {seen} times",
    "independent_zeros.along_rows": _INDEPENDENT.format("row"),
    "independent_zeros.down_columns": _INDEPENDENT.format("column"),
    "independent_zeros.mirrored_rows": _INDEPENDENT_OF.format("its mirror image in the rows"),
    "independent_zeros.mirrored_columns": _INDEPENDENT_OF.format("its mirror image in the columns"),
    "independent_zeros.turned": _INDEPENDENT_OF.format("the one in its place from the other end"),
    "independent_zeros.half_of_the_rows": _INDEPENDENT_OF.format("the one half of the rows further on"),
    "independent_zeros.half_of_the_columns": _INDEPENDENT_OF.format("the one half of the columns further on"),
    "no_two_rows_alike.rows": (
        "no two rows should have their zeros in the same places; of {expected} rows {seen} differ"
    ),
    "no_two_rows_alike.columns": (
        "no two columns should have their zeros in the same places; of {expected} columns {seen} differ"
    ),
    "gradient_follows_the_zeros": (
        "the gradient should be zero where the answer of this call is, and scaled like it elsewhere; "
        "an entry is off by {seen} of what is due"
    ),
    "neighbours_ascend_as_often_as_they_descend": (
        "a share of {expected} should be followed by a later one, for all orders are equally likely; yours is {seen}"
    ),
    "normally_distributed": "the numbers should be normally distributed; their shares are up to {seen} off",
    "fresh_every_call": (
        "with new coins in every call, a share of {expected} should be zero in two calls in a row; yours is {seen}"
    ),
    "number_of_zeros_varies": "the number of zeros should vary like coins do; yours varies {seen} times as much",
    "same_seed_same_answer": "the same seed should give the same answer; only a share of {seen} is equal",
    "other_seed_other_answer": "another seed should give another answer; a share of {seen} is equal",
    "draws_differ": "two calls should give two answers; a share of {seen} is equal",
    "copies_agree": "entries that share a draw should be equal; yours lie {seen} of the largest apart",
    "mean_is": "the mean should be {expected}; yours is {seen}",
    "spread_is": "the variance should be {expected}; yours is {seen}",
    "columns_average": "the average over many rows is off by {seen} standard errors",
    "columns_spread": "the variance over many rows is {seen} times what it should be",
    "rows_differ": "rows should differ from one another; there are only {seen} different ones",
    "rows_and_columns_centred.rows": "row means should be near zero; one is {seen} standard errors away",
    "rows_and_columns_centred.columns": "column means should be near zero; one is {seen} standard errors away",
    "each_once": "every item should come exactly once",
    "any_item_first.first": "every item should come first equally often; over 100 calls yours do not",
    "any_item_first.last": "every item should come last equally often; over 100 calls yours do not",
    "any_neighbour": "every item should follow every other equally often; over 100 calls yours do not",
    "fixed_points_average_one": "one item, on average, should stay in its place; yours are {seen}",
    "later_as_often_as_earlier": (
        "a share of {expected} should come later than their own place, as many as earlier; yours is {seen}"
    ),
    "within": "expected about {expected}, got {seen}",
    "always": "an exact property holds in a share of {seen} of the calls only",
}


def law_text(fact: Fact) -> str:
    """A law as a sentence."""
    expected, seen = pair_text(fact.expected, fact.got)
    if fact.got != fact.got:
        return f"{fact.law.replace('_', ' ')}: the answer cannot be read (a wrong shape, or nan)"
    return _LAWS.get(fact.law, f"{fact.law}: expected {{expected}}, got {{seen}}").format(expected=expected, seen=seen)
