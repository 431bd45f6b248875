"""The closed vocabularies of keys and results, each in one place: a type checker sees a word that is none of them.

What comes from a file is compared with them by `one_of`.
"""

from __future__ import annotations

from typing import Literal, TypeVar, get_args

Word = TypeVar("Word", bound=str)

Purpose = Literal["value", "gradient", "few", "many", "device"]
"""What a question is for: a case, its gradients, few or many examples, or a case once more on the simulated device."""

LeafKind = Literal["tensor", "float", "int", "bool", "exact"]
"""What a leaf of the right answer is; exact: None, a text, a dtype, a device."""

Aspect = Literal["value", "gradient", "edge", "stability", "type", "mutation", "law", "rule", "device"]
"""What a check says something about."""

MismatchKind = Literal[
    "value", "nan", "shape", "dtype", "type", "missing", "extra", "detached", "text", "raises", "law", "mutation",
    "state", "forbidden", "growth", "device",
]  # fmt: skip
"""In which way an answer leaves the truth."""

Status = Literal["graded", "not_graded", "absent"]
"""What became of a submission."""

Source = Literal["read", "absent", "unread", "unreadable_notebook"]
"""What there was of an exercise to be asked: its source; neither its file nor its function; something that nobody has
read, so that there is no mark. The last stands in what was stored earlier: a notebook that is none, with a mark."""

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
LEAF_KINDS: tuple[LeafKind, ...] = get_args(LeafKind)
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)
STATUSES: tuple[Status, ...] = get_args(Status)
SOURCES: tuple[Source, ...] = get_args(Source)


def one_of(words: tuple[Word, ...], word: object) -> Word:
    """The word, if it is one of these. Raises `ValueError` where it is not."""
    if word in words:
        return word
    raise ValueError(f"{str(word)[:40]!r} is none of {', '.join(words)}")
