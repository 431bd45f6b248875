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


def pattern_text(fact: Fact) -> str:
    """The sentence, which is true of the answers whatever the code looks like."""
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
