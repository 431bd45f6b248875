"""An answer where an error was due, in a sentence."""

from __future__ import annotations

from grader.model.fact import Fact


def error_due_text(fact: Fact) -> str:
    """What was expected, what came back, and what that means where it is None or the very error."""
    got = with_article(str(fact.got)) if isinstance(fact.got, str) else "an answer"
    if got == "None":
        return f"expected {fact.expected}, got None: no way through your function raises it there"
    if str(fact.got).casefold() == str(fact.expected).casefold():
        return f"expected {fact.expected} to be raised, and it is returned: write raise, not return"
    return f"expected {fact.expected}, got {got}"


def with_article(noun: str) -> str:
    """A type with its article: a tensor, an int, None."""
    if noun == "None" or noun.partition(" ")[0] in ("a", "an", "something"):
        return noun
    name = {"str": "text", "lists": "list"}.get(noun, noun)
    return f"{'an' if name[:1].lower() in tuple('aeiou') else 'a'} {name}"
