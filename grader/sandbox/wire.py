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

from dataclasses import dataclass
from typing import Any, TypeVar

from grader.question import Answer, Failed, Observed, Question, Returned
from grader.sandbox.frame import ClosedError, Read, WireError, read_frame, write_frame
from grader.value import Array, NotAValue, Opaque, decode, encode, leaves
from grader.verdict import Verdict

__all__ = ["Ask", "ClosedError", "Load", "Read", "Reply", "Request", "WireError"]

MAX_HEADER = 1 << 20
MAX_REQUEST = 1 << 34
MAX_MESSAGE = 2_000
MAX_NAME = 200
MAX_NAMES = 1_000

# What is left out where it is empty.
_NOT_ASKED: dict[str, Any] = {
    "kwargs": {"dict": []}, "seed": 0, "calls": [], "gradients": [], "cotangents": {"tuple": []}, "after": [],
    "driver": "", "count": False, "forbid": [],
}  # fmt: skip
_NOT_ANSWERED: dict[str, Any] = {
    "values": {"tuple": []}, "gradients": {"tuple": []}, "after": {"tuple": []}, "changed": [], "state": [],
    "operators": 0, "opcodes": 0, "forbidden": [], "elsewhere": [],
}  # fmt: skip
KNOWN_TO_A_CHILD = (Verdict.RAISED, Verdict.MISSING, Verdict.OUT_OF_MEMORY)

T = TypeVar("T")


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


def encode_question(question: Question, arrays: list[Array]) -> dict[str, Any]:
    """A question as a JSON tree, without what is empty; its arrays are appended to `arrays`."""
    tree = {
        "function": question.function,
        "args": encode(question.args, arrays),
        "kwargs": question.kwargs and encode(dict(question.kwargs), arrays),
        "seed": question.seed,
        "calls": question.calls,
        "gradients": question.gradients,
        "cotangents": question.cotangents and encode(question.cotangents, arrays),
        "after": question.after,
        "driver": question.driver,
        "count": question.count,
        "forbid": question.forbid,
        "device": question.device,
    }
    return {name: part for name, part in tree.items() if part}


def encode_answer(answer: Answer, arrays: list[Array]) -> dict[str, Any]:
    """An answer as a JSON tree; its arrays are appended to `arrays`."""
    if isinstance(answer, Failed):
        return {
            "verdict": answer.verdict,
            "error": [text[:MAX_NAME] for text in answer.error[:MAX_NAMES]],
            "message": answer.message[:MAX_MESSAGE],
            "line": answer.line,
        }
    observed = answer.observed
    tree = {
        "values": answer.values and encode(answer.values, arrays),
        "gradients": answer.gradients and encode(answer.gradients, arrays),
        "after": answer.after and encode(answer.after, arrays),
        "changed": observed.changed[:MAX_NAMES],
        "state": observed.state[:MAX_NAMES],
        "operators": observed.operators,
        "opcodes": observed.opcodes,
        "forbidden": observed.forbidden[:MAX_NAMES],
        "elsewhere": [[path[:MAX_NAME], text[:MAX_MESSAGE]] for path, text in observed.elsewhere[:MAX_NAMES]],
    }
    return {name: part for name, part in tree.items() if part}


# Frames to messages.


def read_request(read: Read) -> Request:
    """The next request; the parent is trusted, so strides are welcome and sizes generous."""
    tree, arrays = read_frame(read, MAX_REQUEST, MAX_REQUEST, strides=True)
    number, topic = _integer(tree, "number"), _field(tree, "topic", str)
    if "source" in tree:
        return Load(number, topic, _field(tree, "source", str))
    questions = _field(tree, "questions", list)
    return Ask(number, topic, tuple(decode_question(question, arrays) for question in questions))


def read_reply(read: Read, most: int) -> Reply:
    """The next reply, whose arrays take at most `most` bytes. The child is not trusted."""
    tree, arrays = read_frame(read, MAX_HEADER, most, strides=False)
    answer = tree.get("answer")
    decoded = None if answer is None else decode_answer(answer, arrays)
    named = _arrays_of(decoded) if isinstance(decoded, Returned) else []
    if len(named) != len(arrays) or any(a is not b for a, b in zip(named, arrays, strict=True)):
        raise WireError("arrays that are not named once each")
    printed = plain(_field({"printed": "", **tree}, "printed", str), MAX_MESSAGE)
    return Reply(_integer(tree, "number"), _integer(tree, "place"), decoded, printed)


def array_bytes(answer: Answer | None) -> int:
    """How much of the room for arrays an answer takes."""
    return sum(len(array.data) for array in _arrays_of(answer)) if isinstance(answer, Returned) else 0


def _arrays_of(answer: Returned) -> list[Array]:
    parts = (answer.values, answer.gradients, answer.after)
    return [leaf for _, leaf in leaves(parts) if isinstance(leaf, Array)]


def _value(tree: Any, arrays: list[Array]) -> Any:
    try:
        return decode(tree, arrays)
    except NotAValue as error:
        raise WireError(str(error)) from None


def decode_question(tree: Any, arrays: list[Array]) -> Question:
    """The question that a JSON tree spells."""
    if not isinstance(tree, dict):
        raise WireError("a malformed question")
    tree = {**_NOT_ASKED, **tree}
    return Question(
        function=_field(tree, "function", str),
        args=_tuple(tree, "args", arrays),
        kwargs=_kwargs(tree, arrays),
        seed=_integer(tree, "seed"),
        calls=tuple(_number_or_none(call, "a call") for call in _field(tree, "calls", list)),
        gradients=_names(tree, "gradients"),
        cotangents=_tuple(tree, "cotangents", arrays, Array),
        after=_names(tree, "after"),
        driver=_field(tree, "driver", str),
        count=_field(tree, "count", bool),
        forbid=_names(tree, "forbid"),
        device=_field(tree, "device", str),
    )


def decode_answer(tree: Any, arrays: list[Array]) -> Answer:
    """The answer that a JSON tree spells, made fit to be shown."""
    if not isinstance(tree, dict):
        raise WireError("a malformed answer")
    if "verdict" in tree:
        return Failed(
            _verdict(tree["verdict"]),
            tuple(plain(name, MAX_NAME) for name in _names(tree, "error")),
            plain(_field(tree, "message", str), MAX_MESSAGE),
            _number_or_none(tree.get("line"), "a line"),
        )
    tree = {**_NOT_ANSWERED, **tree}
    observed = Observed(
        changed=tuple(plain(name, MAX_NAME) for name in _names(tree, "changed")),
        state=tuple(plain(name, MAX_NAME) for name in _names(tree, "state")),
        operators=_integer(tree, "operators"),
        opcodes=_integer(tree, "opcodes"),
        forbidden=tuple(_call(call) for call in _field(tree, "forbidden", list)[:MAX_NAMES]),
        elsewhere=tuple(_stray(stray) for stray in _field(tree, "elsewhere", list)[:MAX_NAMES]),
    )
    return Returned(
        values=_tuple(tree, "values", arrays),
        gradients=_tuple(tree, "gradients", arrays, Array, Opaque, type(None)),
        after=_tuple(tree, "after", arrays),
        observed=observed,
    )


def plain(text: str, most: int) -> str:
    """A text that does nothing to a terminal: no control characters, no invisible ones, not too long."""
    shown = (char if char.isprintable() or char in "\n\t" else " " * char.isspace() for char in text[:most])
    return "".join(shown)


def _verdict(name: Any) -> Verdict:
    for verdict in KNOWN_TO_A_CHILD:
        if name == verdict.value:
            return verdict
    raise WireError("a verdict that no child can know")


def _call(tree: Any) -> tuple[str, int | None]:
    if not isinstance(tree, list) or len(tree) != 2 or not isinstance(tree[0], str):
        raise WireError("a malformed call")
    return plain(tree[0], MAX_NAME), _number_or_none(tree[1], "a line")


def _stray(tree: Any) -> tuple[str, str]:
    if not isinstance(tree, list) or len(tree) != 2 or not all(isinstance(text, str) for text in tree):
        raise WireError("a malformed stray")
    return plain(tree[0], MAX_NAME), plain(tree[1], MAX_MESSAGE)


def _field(tree: dict[str, Any], name: str, kind: type[T]) -> T:
    found = tree.get(name)
    if type(found) is not kind:
        raise WireError(f"a malformed {name}")
    return found


def _integer(tree: dict[str, Any], name: str) -> int:
    number = _number_or_none(tree.get(name), name)
    if number is None:
        raise WireError(f"no {name}")
    return number


def _number_or_none(number: Any, name: str) -> int | None:
    if number is None or (type(number) is int and -(2**63) <= number < 2**63):
        return number
    raise WireError(f"{name} that is not a number")


def _names(tree: dict[str, Any], name: str) -> tuple[str, ...]:
    names = _field(tree, name, list)
    if len(names) > MAX_NAMES or not all(isinstance(each, str) for each in names):
        raise WireError(f"malformed {name}")
    return tuple(names)


def _tuple(tree: dict[str, Any], name: str, arrays: list[Array], *kinds: type) -> tuple[Any, ...]:
    found = _value(tree.get(name), arrays)
    if not isinstance(found, tuple) or (kinds and not all(isinstance(item, kinds) for item in found)):
        raise WireError(f"malformed {name}")
    return found


def _kwargs(tree: dict[str, Any], arrays: list[Array]) -> dict[str, Any]:
    found = _value(tree.get("kwargs"), arrays)
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise WireError("malformed kwargs")
    return found
