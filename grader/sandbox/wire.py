"""What the parent and a child say to each other: every message, every field.

Theory of the format. Parent and child share one stream socket. Either direction is a sequence of frames:

    frame   = header length (u32) | body length (u64) | header | body        little-endian
    header  = JSON in UTF-8: the fields of one message, and "arrays": [[dtype, shape, strides | null], …]
    body    = the bytes of those arrays, back to back

    message   direction    fields
    Load      to child     number, topic, source
    Ask       to child     number, topic, questions
    Reply     to parent    number (of the request it answers), place (of the question), answer | null,
                           printed (where that is wanted)

Of a question and of an answer, the fields that are empty are left out.

A child's first word is a Reply to request 0, which nobody sent: it is ready. A Load is replied to once, with null when
the module runs; an Ask once for each question, in order.

The child's words are the only thing of a student's that reaches the trusted parent, so the decoder believes nothing.
Lengths are checked before memory is allocated, the arrays' sizes must add up to the body's before the body is read,
every array must be named exactly once and in order (one large array named a thousand times costs nothing to send),
a child may claim only the verdicts that a child can know, and its texts are capped and lose their control characters.
Nothing is unpickled. Whatever is wrong raises `WireError`, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.question import Answer, Question, Returned
from grader.sandbox.fields import MAX_MESSAGE, field, integer, plain
from grader.sandbox.frame import ClosedError, Read, WireError, read_frame, write_frame
from grader.sandbox.spelling import decode_answer, decode_question, encode_answer, encode_question
from grader.value import Array, Value

__all__ = ["Ask", "ClosedError", "Load", "Read", "Reply", "Request", "WireError"]

MAX_HEADER = 1 << 20
MAX_REQUEST = 1 << 34


@dataclass(frozen=True, slots=True)
class Load:
    """Run a module's source under the name of its topic."""

    number: int
    topic: str
    source: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Answer these questions about a topic that is loaded."""

    number: int
    topic: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, and what was printed on the way; None where a module was loaded, or the child is ready."""

    number: int
    place: int
    answer: Answer | None
    printed: str = ""


Request = Load | Ask


# Messages to frames.


def encode_request(request: Request) -> bytes:
    """The frame of a request."""
    arrays: list[Array] = []
    tree: dict[str, Any] = {"number": request.number, "topic": request.topic}
    if isinstance(request, Load):
        tree["source"] = request.source
    else:
        tree["questions"] = [encode_question(question, arrays) for question in request.questions]
    return write_frame(tree, arrays, MAX_REQUEST)


def encode_reply(reply: Reply) -> bytes:
    """The frame of a reply. Raises `NotAValue` where the answer is outside the closed set, or out of all measure."""
    arrays: list[Array] = []
    answer = None if reply.answer is None else encode_answer(reply.answer, arrays)
    tree: dict[str, Any] = {"number": reply.number, "place": reply.place, "answer": answer}
    if reply.printed:
        tree["printed"] = reply.printed[:MAX_MESSAGE]
    return write_frame(tree, arrays, MAX_HEADER)


# Frames to messages.


def read_request(read: Read) -> Request:
    """The next request; the parent is trusted, so strides are welcome and sizes generous."""
    tree, arrays = read_frame(read, MAX_REQUEST, MAX_REQUEST, strides=True)
    number, topic = integer(tree.get("number"), "number"), field(tree, "topic", str)
    if "source" in tree:
        return Load(number, topic, field(tree, "source", str))
    questions = field(tree, "questions", list)
    return Ask(number, topic, tuple(decode_question(question, arrays) for question in questions))


def read_reply(read: Read, most: int) -> Reply:
    """The next reply, whose arrays take at most `most` bytes. The child is not trusted."""
    tree, arrays = read_frame(read, MAX_HEADER, most, strides=False)
    answer = tree.get("answer")
    decoded = None if answer is None else decode_answer(answer, arrays)
    named = list(_arrays_of(decoded))
    if len(named) != len(arrays) or any(a is not b for a, b in zip(named, arrays, strict=True)):
        raise WireError("arrays that are not named once each")
    printed = plain(field({"printed": "", **tree}, "printed", str), MAX_MESSAGE)
    return Reply(integer(tree.get("number"), "number"), integer(tree.get("place"), "place"), decoded, printed)


def array_bytes(answer: Answer | None) -> int:
    """How much of the room for arrays an answer takes."""
    return sum(len(array.data) for array in _arrays_of(answer))


def _arrays_of(answer: Answer | None) -> Iterator[Array]:
    return _arrays_in((answer.values, answer.gradients, answer.after)) if isinstance(answer, Returned) else iter(())


def _arrays_in(value: Value) -> Iterator[Array]:
    if isinstance(value, Array):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _arrays_in(item)
