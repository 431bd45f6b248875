"""What is true of all wrong answers alike, in a sentence."""

from __future__ import annotations

from grader.model.digits import number_text
from grader.model.fact import Fact

_RIGHT, _MISTAKEN = "what is expected", "what this mistake gives"
_WORDS = {
    "transposed": "the transpose of {}",
    "negated": "the negative of {}",
    "reversed": "{} in reverse order",
    "squared": "the square of {}",
    "rooted": "the square root of {}",
    "summed": "the sum of all entries of {}",
    "averaged": "the mean of all entries of {}",
}

_OF_SHAPES = {
    "ones_left": "Your answer has an axis of size 1 more than it should, {mine} for {right}: keepdim=True, unsqueeze, "
    "reshape, or a slice where an index should be leaves one.",
    "ones_missing": "Your answer lacks an axis of size 1, {mine} for {right}: keepdim=True or unsqueeze keeps one.",
    "single": "Your answer is a single number where the shape {right} is due: sum, mean or max without dim take all "
    "axes together.",
    "outer": "Your answer has the shape {mine}, which is what {parts} give together: one part has kept an "
    "axis of size 1, another has lost it, and broadcasting makes a table of them.",
    "permuted": "Your answer has the right sizes in another order, {mine} for {right}.",
    "one_short": "Your answer is one too short along an axis, {mine} for {right}.",
    "one_long": "Your answer is one too long along an axis, {mine} for {right}.",
    "axis_gone": "Your answer lacks a whole axis, {mine} for {right}: as if it had been summed over, or one entry "
    "picked.",
    "axis_left": "Your answer has a whole axis more than it should, {mine} for {right}: as if nothing had been summed "
    "over.",
}


def pattern_text(fact: Fact) -> str:
    """The sentence, which is true of the answers whatever the code looks like."""
    if fact.law in _OF_SHAPES:
        return _OF_SHAPES[fact.law].format(right=fact.expected, mine=fact.got, parts=fact.text)
    where = "Wherever it is finite, your" if fact.special else "Your"
    beside = _MISTAKEN if fact.functions else _RIGHT
    return f"{where} answer is {_relation(fact).format(beside)}."


def _relation(fact: Fact) -> str:
    if fact.law != "scaled":
        return _WORDS[fact.law]
    if fact.text.startswith("1 / "):
        return f"{{}} divided by {fact.text.removeprefix('1 / ')}"
    if fact.text:
        return f"{fact.text} times {{}}"
    assert isinstance(fact.got, float)
    return f"{number_text(fact.got)} times {{}}"
