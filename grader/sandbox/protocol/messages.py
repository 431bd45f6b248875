"""What the parent and a child say to each other: every message, every field.

Theory of the format. Parent and child share one stream socket. Either direction is a sequence of frames:

    frame   = header length (u32) | body length (u64) | number (u32) | place (u32) | header | body      little-endian
    header  = JSON in UTF-8: the fields of one message, and "arrays": [[dtype, shape, strides | null], …]
    body    = the bytes of those arrays, back to back

    message   direction    number, place                         fields
    Load      to child     its own, 0                            topic, source, modules, endless
    Ask       to child     its own, 0                            topic, questions
    Reply     to parent    its request's, that of the question   answer | null, printed (where that is wanted)
    Pulse     to parent    2**32 - 1, 0                          computed, importing

Of a question and of an answer, the fields that are empty are left out. A Pulse is what a child says of itself at any
time. Only a child that runs one's own code, or code that is trusted, is believed; from all others it is no message.

A child's first word is a Reply to request 0, which nobody sent: it is ready. A Load is replied to with null in the
place of each statement that could take long, before it runs; then with what stopped the file, in a place of the file,
if anything did; last in place 0, with null when the module can be asked. An Ask is replied to once for each question,
in order.

The child's words are the only thing of a student's that reaches the trusted parent, so the decoder believes nothing.
Lengths are checked before memory is allocated, the arrays' sizes must add up to the body's before the body is read,
every array must be named exactly once and in order (one large array named a thousand times costs nothing to send),
a child may claim only the verdicts that a child can know, and its texts are capped and cleaned.
Nothing is unpickled. Whatever is wrong raises `WireError`, and nothing else.

A class is asked the same and mostly answers the same, so what was spelt or read lately is not spelt or read again.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from grader.model.identity import Same
from grader.model.printable import clean
from grader.model.question import Answer, Question, arrays_of
from grader.model.statements import StatementPlace
from grader.model.value import Array
from grader.sandbox.protocol import fields
from grader.sandbox.protocol.codec import decode_answer, decode_question, encode_answer, encode_question
from grader.sandbox.protocol.frames import (
    ClosedError,
    Read,
    WireError,
    exactly,
    frame_of,
    read_arrays,
    read_head,
    read_tree,
    spelt,
)

__all__ = ["AskRequest", "ClosedError", "Load", "Pulse", "Read", "Reply", "Request", "WireError"]

MAX_HEADER = 1 << 20
MAX_REQUEST = 1 << 34
IN_A_LINE = 1 << 10
PULSE = (1 << 32) - 1  # in the place of a request's number
SMALL, REPLIES, REQUESTS = 1 << 10, 4096, 64  # bytes of a reply that is kept; how many of them are, and of requests


@dataclass(frozen=True, slots=True)
class Load:
    """Run a module's source under the name of its topic.

    modules: what it can import of its own, name -> source. endless: the statements that are left out, because they
    never end, or end the process.
    """

    number: int
    topic: str
    source: str
    modules: Mapping[str, str] = field(default_factory=dict)
    endless: tuple[StatementPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class AskRequest:
    """Answer these questions about a topic that is loaded."""

    number: int
    topic: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, and what was printed on the way; None where a module was loaded, or the child is ready.

    size: the bytes of its arrays, where it was read.
    """

    number: int
    place: int
    answer: Answer | None
    printed: str = ""
    size: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Pulse:
    """Seconds that the child has had on a processor, and whether it imports a part of torch now."""

    computed: float
    importing: bool


Request = Load | AskRequest


def packed(place: StatementPlace) -> int:
    """A place in a source as the place of a reply, which is never 0."""
    line, number = place
    return line * IN_A_LINE + min(number, IN_A_LINE - 1)


def unpacked(place: int) -> StatementPlace:
    """The place in a source that a reply is about."""
    return divmod(place, IN_A_LINE)


# Messages to frames.


def encode_request(request: Request) -> bytes:
    """The frame of a request."""
    if isinstance(request, Load):
        tree = {
            "topic": request.topic,
            "source": request.source,
            "modules": dict(request.modules),
            "endless": list(request.endless),
        }
        return frame_of(request.number, 0, *spelt(tree, [], MAX_REQUEST))
    return frame_of(request.number, 0, *_asked(request.topic, Same((request.questions,))))


@lru_cache(REQUESTS)
def _asked(topic: str, same: Same) -> tuple[bytes, list[bytes]]:
    arrays: list[Array] = []
    (questions,) = same.things
    tree = {"topic": topic, "questions": [encode_question(question, arrays) for question in questions]}
    return spelt(tree, arrays, MAX_REQUEST)


def encode_pulse(pulse: Pulse) -> bytes:
    """The frame of a pulse."""
    tree = {"computed": pulse.computed, "importing": pulse.importing}
    return frame_of(PULSE, 0, *spelt(tree, [], MAX_HEADER))


def encode_reply(reply: Reply) -> bytes:
    """The frame of a reply. Raises `NotAValue` where the answer is outside the closed set or beyond its bounds."""
    arrays: list[Array] = []
    tree: dict[str, Any] = {"answer": None if reply.answer is None else encode_answer(reply.answer, arrays)}
    if reply.printed:
        tree["printed"] = reply.printed[: fields.MAX_MESSAGE]
    return frame_of(reply.number, reply.place, *spelt(tree, arrays, MAX_HEADER))


# Frames to messages.


def read_request(read: Read) -> Request:
    """The next request; the parent is trusted, so strides are welcome and sizes generous."""
    number, _, header, size = read_head(read, MAX_REQUEST, MAX_REQUEST)
    tree, sizes = read_tree(header, size, strides=True)
    arrays, topic = read_arrays(read, tree, sizes), fields.field(tree, "topic", str)
    if "source" in tree:
        modules, endless = fields.field(tree, "modules", dict), fields.field(tree, "endless", list)
        return Load(number, topic, fields.field(tree, "source", str), modules, tuple(map(_place, endless)))
    questions = fields.field(tree, "questions", list)
    return AskRequest(number, topic, tuple(decode_question(question, arrays) for question in questions))


def _place(numbers: Any) -> StatementPlace:
    if not isinstance(numbers, list) or len(numbers) != 2 or not all(isinstance(number, int) for number in numbers):
        raise WireError("a malformed place in a source")
    return numbers[0], numbers[1]


def read_reply(read: Read, most: int, pulses: bool = False) -> Reply | Pulse:
    """The next reply, whose arrays take at most `most` bytes, or a pulse, where they are wanted.

    The child is not trusted.
    """
    number, place, header, size = read_head(read, MAX_HEADER, most)
    if pulses and number == PULSE:
        tree, _ = read_tree(header, size, strides=False)
        computed = fields.field(tree, "computed", float)
        if not math.isfinite(computed):
            raise WireError("a malformed computed")
        return Pulse(computed, fields.field(tree, "importing", bool))
    if len(header) + size <= SMALL:
        return Reply(number, place, *_known(header, exactly(read, size)), size)
    return Reply(number, place, *_told(header, size, read), size)


@lru_cache(REPLIES)
def _known(header: bytes, body: bytes) -> tuple[Answer | None, str]:
    return _told(header, len(body), io.BytesIO(body).read)


def _told(header: bytes, size: int, read: Read) -> tuple[Answer | None, str]:
    """The answer of a reply, and what was printed."""
    tree, sizes = read_tree(header, size, strides=False)
    arrays = read_arrays(read, tree, sizes)
    answer = tree.get("answer")
    decoded = None if answer is None else decode_answer(answer, arrays)
    named = list(arrays_of(decoded))
    if len(named) != len(arrays) or any(a is not b for a, b in zip(named, arrays, strict=True)):
        raise WireError("arrays that are not named once each")
    return decoded, clean(fields.field({"printed": "", **tree}, "printed", str)[: fields.MAX_MESSAGE])
