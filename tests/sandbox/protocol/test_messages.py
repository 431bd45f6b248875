"""The wire: everything that may be said gets through unchanged, and nothing else gets through."""

from __future__ import annotations

import io
import json
import math
import random
import time
from copy import copy
from typing import Any

import numpy as np
import pytest

from grader.model import operand
from grader.model.encoding import NotAValue
from grader.model.operand import LONGEST, MAX_AXES, Operand
from grader.model.question import Answer, Failed, Observed, Question, Returned
from grader.model.result import Verdict
from grader.model.value import Array, Device, Dtype, Generator, Opaque
from grader.sandbox.protocol import messages
from grader.sandbox.protocol.codec import KNOWN_TO_A_CHILD, MAX_MESSAGE, MAX_NAME, MAX_NAMES
from grader.sandbox.protocol.frames import HEAD
from grader.sandbox.protocol.messages import (
    AskRequest,
    ClosedError,
    Load,
    Reply,
    WireError,
    encode_reply,
    encode_request,
)

MOST = 1 << 20
MATRIX = Array.of(np.arange(6, dtype="float32").reshape(2, 3))
STRIDED = Array("float64", (2, 2), np.arange(4.0).tobytes(), (1, 2))
OBSERVED = Observed(("[0]",), ("grad mode",), 12, 345, (("softmax", 7), ("exp", None)), (("value[0]", "line 3"),))
RETURNED = Returned(({"w": [MATRIX, 1, None]}, (2.5, "text", True)), (MATRIX, None), (Opaque("list"),), OBSERVED)
FAILED = Failed(
    Verdict.RAISED, ("ValueError", "Exception"), "no such axis", 3, operands=(Operand("X", (4, 3)), Operand("y", (4,)))
)


def reply_from(frame: bytes, most: int = MOST) -> Reply:
    return messages.read_reply(io.BytesIO(frame).read, most)


def frame_of(header: Any, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return HEAD.pack(len(text), len(body), 1, 0) + text + body


def header_of(frame: bytes) -> dict[str, Any]:
    size, *_ = HEAD.unpack(frame[: HEAD.size])
    return dict(json.loads(frame[HEAD.size : HEAD.size + size]))


def body_of(frame: bytes) -> bytes:
    _, size, *_ = HEAD.unpack(frame[: HEAD.size])
    return frame[len(frame) - size :]


def changed(answer: Answer, **fields: Any) -> bytes:
    """The frame of an answer with some of its fields replaced."""
    frame = encode_reply(Reply(1, 0, answer))
    header = header_of(frame)
    header["answer"] |= fields
    return frame_of(header, body_of(frame))


@pytest.mark.parametrize(
    "answer", [RETURNED, FAILED, None, Returned(()), Returned((math.inf, -0.0, 2**70, -(2**4000)))]
)
def test_replies_get_through(answer: Answer | None) -> None:
    """What a child says arrives as it was said."""
    assert reply_from(encode_reply(Reply(7, 3, answer))) == Reply(7, 3, answer)


def test_nan_gets_through() -> None:
    """NaN is an answer, and equals nothing: so it is looked at by itself."""
    reply = reply_from(encode_reply(Reply(1, 0, Returned((math.nan,)))))
    assert isinstance(reply.answer, Returned)
    assert math.isnan(reply.answer.values[0])


def test_requests_get_through() -> None:
    """Questions arrive with every field, strided arrays and sources in any script included."""
    question = Question(
        "f", (MATRIX, [STRIDED, 3], Dtype("question"), Device("cpu"), Generator(5)), {"dim": -1}, 42, (0, None, 2),
        ("[0]", "[1][0]"), (MATRIX,), ("[0]",), "def drive(f): return f()", True, ("softmax",), "sim",
    )  # fmt: skip
    for request in (
        Load(1, "softmax", "# 注释\nx = '\\N{BOM}'\r\n"),
        Load(2, "softmax", "import helpers; helpers.loop()", {"helpers": "def loop(): ..."}, ((1, 1), (30, 0))),
        AskRequest(2, "softmax", (question, Question("g"))),
    ):
        assert messages.read_request(io.BytesIO(encode_request(request)).read) == request


def test_two_frames_in_a_row_are_two_replies() -> None:
    """A frame ends where its lengths say, whatever follows."""
    stream = io.BytesIO(encode_reply(Reply(1, 0, RETURNED)) + encode_reply(Reply(1, 1, FAILED)))
    assert [messages.read_reply(stream.read, MOST).place for _ in range(2)] == [0, 1]


def test_bytes_may_come_one_by_one() -> None:
    """A stream cuts its messages wherever it likes."""
    stream = io.BytesIO(encode_reply(Reply(1, 0, RETURNED)))
    assert messages.read_reply(lambda most: stream.read(1), MOST).answer == RETURNED


@pytest.mark.parametrize("verdict", [v for v in Verdict if v not in KNOWN_TO_A_CHILD])
def test_a_child_judges_nothing(verdict: Verdict) -> None:
    """No child can say that it passed, nor that it was stopped: those verdicts are the parent's."""
    with pytest.raises(WireError):
        reply_from(encode_reply(Reply(1, 0, Failed(verdict))))


NOT_REPLIES: dict[str, bytes] = {
    "a header that is not JSON": frame_of(b"{'number': 1}"),
    "a header that is not UTF-8": frame_of(b'{"number": "\xff"}'),
    "a header that is a list": frame_of([]),
    "a header that is a number": frame_of(7),
    "an empty header": frame_of(b""),
    "no arrays": frame_of({"answer": None}),
    "an answer that is a text": frame_of({"answer": "passed", "arrays": []}),
    "a body without arrays": frame_of({"answer": None, "arrays": []}, b"four"),
    "arrays without an answer": frame_of({"answer": None, "arrays": [["bool", [1], None]]}, b"\1"),
    "a deep header": frame_of(b'{"answer": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "a number of five thousand digits": frame_of(b'{"number": ' + b"9" * 5000 + b"}"),
    "values that are a list": changed(RETURNED, values={"list": []}),
    "values that are missing": changed(RETURNED, values=None),
    "a float outside of a tag": changed(RETURNED, values={"tuple": [1.5]}),
    "an unknown tag": changed(RETURNED, values={"tuple": [{"pickle": "gASV"}]}),
    "a tag that is a list": changed(RETURNED, values={"tuple": [{"dict": [[{"list": []}, 1]]}]}),
    "an integer that nobody can print": changed(RETURNED, values={"tuple": [{"int": "0x" + "f" * 4000}]}),
    "an array that is not there": changed(RETURNED, values={"tuple": [{"array": 9}]}),
    "a negative array": changed(RETURNED, values={"tuple": [{"array": -1}]}),
    "an array named twice": changed(RETURNED, values={"tuple": [{"array": 0}, {"array": 0}]}),
    "arrays in the wrong order": changed(RETURNED, values={"tuple": [{"array": 1}]}, gradients={"tuple": [{"array": 0}]}),
    "a gradient that is a number": changed(RETURNED, gradients={"tuple": [1]}),
    "a number of operators that is a text": changed(RETURNED, operators="12"),
    "a forbidden call without a line": changed(RETURNED, forbidden=[["softmax"]]),
    "a stray without a text": changed(RETURNED, elsewhere=[["value"]]),
    "a stray that is a number": changed(RETURNED, elsewhere=[["value", 3]]),
    "observations that are numbers": changed(RETURNED, changed=[1]),
    "too many observations": changed(RETURNED, state=["x"] * (MAX_NAMES + 1)),
    "a message that is a list": changed(FAILED, message=["x"]),
    "error names that are numbers": changed(FAILED, error=[1]),
    "a line that is a text": changed(FAILED, line="3"),
    "operands that are a text": changed(FAILED, operands="X"),
    "an operand without a shape": changed(FAILED, operands=[["X"]]),
    "an operand whose sizes are texts": changed(FAILED, operands=[["X", ["4"]]]),
    "an operand without a name": changed(FAILED, operands=[[4, [4]]]),
    "a verdict that is a list": changed(FAILED, verdict=["raised"]),
}  # fmt: skip


@pytest.mark.parametrize("frame", NOT_REPLIES.values(), ids=list(NOT_REPLIES))
def test_what_is_not_a_reply_is_a_wire_error(frame: bytes) -> None:
    """Whatever is malformed raises the decoder's own error and no other."""
    with pytest.raises(WireError) as caught:
        reply_from(frame)
    assert not isinstance(caught.value, ClosedError)


def array_frame(spec: Any, body: bytes) -> bytes:
    answer = {"values": {"tuple": [{"array": 0}]}, "gradients": {"tuple": []}, "after": {"tuple": []}}
    answer |= {"changed": [], "state": [], "operators": 0, "opcodes": 0, "forbidden": [], "elsewhere": []}
    return frame_of({"answer": answer, "arrays": [spec]}, body)


def test_an_array_gets_through() -> None:
    """The malformed arrays below differ from this one, which is fine."""
    answer = reply_from(array_frame(["float32", [2, 3], None], MATRIX.data)).answer
    assert answer == Returned((MATRIX,))


@pytest.mark.parametrize(
    ("spec", "body"),
    [
        (["float32", [2, 3], None], bytes(23)),
        (["float32", [2, 4], None], bytes(24)),
        (["float32", [2, -3], None], bytes(24)),
        (["float32", [2.0, 3], None], bytes(24)),
        (["float32", [True, 6], None], bytes(24)),
        (["float32", 6, None], bytes(24)),
        (["float32", [2, 3]], bytes(24)),
        (["float32", [2, 3], [3, 1]], bytes(24)),
        (["float32", [1000, 1000], [0, 0]], bytes(4)),
        (["object", [1], None], bytes(8)),
        ([["float32"], [2, 3], None], bytes(24)),
        (["complex64", [3], None], bytes(24)),
        (["bool", [2], None], b"\0\2"),
        (["float32", [0, 2**39, 2**39], None], b""),
        (["float32", [2**39, 2**39], None], b""),
        (["float32", [1] * 17, None], bytes(4)),
        ("float32", bytes(4)),
    ],
)
def test_an_array_is_exactly_its_bytes(spec: Any, body: bytes) -> None:
    """Dtype, shape and bytes must agree; a child sends no strides, whose views overlap; NumPy must take the shape."""
    with pytest.raises(WireError):
        reply_from(array_frame(spec, body))


@pytest.mark.parametrize(
    "head",
    [HEAD.pack(10, MOST + 1, 1, 0), HEAD.pack(messages.MAX_HEADER + 1, 0, 1, 0), HEAD.pack(2**32 - 1, 2**64 - 1, 1, 0)],
)
def test_lengths_are_checked_before_anything_is_read(head: bytes) -> None:
    """A frame that says it is huge is refused by its first twelve bytes: nothing is allocated for it."""
    stream = io.BytesIO(head + bytes(100))
    with pytest.raises(WireError):
        messages.read_reply(stream.read, MOST)
    assert stream.tell() == len(head)


def test_sizes_are_checked_before_the_body_is_read() -> None:
    """Arrays that do not add up to a large body cost no more than the header."""
    frame = array_frame(["float32", [1], None], bytes(10_000))
    stream = io.BytesIO(frame)
    with pytest.raises(WireError):
        messages.read_reply(stream.read, MOST)
    assert stream.tell() == len(frame) - 10_000


def test_no_header_takes_long() -> None:
    """Nobody multiplies the sizes of seventy thousand axes: a header costs what it is long."""
    text = frame_of({"answer": None, "arrays": [["bool", [2**39] * 70_000, None]]})
    began = time.process_time()
    with pytest.raises(WireError):
        reply_from(text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("end", [0, 5, 12, 40, -1])
def test_a_stream_that_ends_is_closed(end: int) -> None:
    """Silence within a frame is an error of its own kind: the child is gone."""
    with pytest.raises(ClosedError):
        reply_from(encode_reply(Reply(1, 0, RETURNED))[:end])


def test_texts_do_nothing_to_a_terminal() -> None:
    """Control characters, directions and other invisible ones are spelt out; what can be read stays."""
    nasty = "a\x1b[31m\x07b\r\n\t\u202e\u200b\ufeffé 中\u3000\u00a0🙂\ud800"
    failed = reply_from(encode_reply(Reply(1, 0, Failed(Verdict.RAISED, (nasty,), nasty)))).answer
    assert isinstance(failed, Failed)
    assert failed.message == "a␛[31m␇b\n\t\ufffd\ufffd\ufffdé 中\u3000\u00a0🙂?"
    assert failed.error == (failed.message,)


def test_half_a_character_is_replaced() -> None:
    """JSON can spell half a character, which no file takes: it must not travel on in a value."""
    header = header_of(encode_reply(Reply(1, 0, Returned(("HALF",)))))
    frame = frame_of(json.dumps(header).replace("HALF", "\\ud800").encode())
    answer = reply_from(frame).answer
    assert isinstance(answer, Returned)
    assert answer.values == ("?",)


def test_texts_are_capped() -> None:
    """A message of a megabyte is cut on both sides of the wire."""
    frame = encode_reply(Reply(1, 0, Failed(Verdict.RAISED, ("E" * 10_000,), "m" * 1_000_000)))
    assert len(frame) < 10_000
    forged = reply_from(changed(FAILED, message="m" * 500_000, error=["E" * 10_000])).answer
    assert isinstance(forged, Failed)
    many = reply_from(changed(FAILED, operands=[["X\x1b" * 1_000, [2] * 1_000]] * 20)).answer
    assert isinstance(many, Failed)
    assert [(len(each.text), len(each.shape)) for each in many.operands] == [(LONGEST, MAX_AXES)] * operand.MOST
    assert (len(forged.message), len(forged.error[0])) == (MAX_MESSAGE, MAX_NAME)


@pytest.mark.parametrize("answer", [Returned((object(),)), Returned((10**2000,)), Returned(([0] * 600_000,))])
def test_an_answer_out_of_all_measure_is_not_sent(answer: Answer) -> None:
    """The child learns that its answer is no value before it breaks a rule of the wire."""
    with pytest.raises(NotAValue):
        encode_reply(Reply(1, 0, answer))


def mutated(frame: bytes, source: random.Random) -> bytes:
    """A frame with something wrong: in its bytes, its length or its JSON."""
    data = bytearray(frame)
    (kind,) = source.choices(range(5), weights=(1, 1, 1, 6, 1))
    if kind == 0:
        for _ in range(source.randint(1, 8)):
            data[source.randrange(len(data))] = source.randrange(256)
    elif kind == 1:
        del data[source.randrange(len(data)) :]
    elif kind == 2:
        place = source.randrange(len(data))
        data[place:place] = source.randbytes(source.randint(1, 16))
    elif kind == 3:
        return frame_of(_grafted(header_of(frame), source), body_of(frame))
    else:
        text = bytearray(json.dumps(header_of(frame)).encode())
        for _ in range(source.randint(1, 4)):
            text[source.randrange(len(text))] = source.choice(b'{}[]":,0123456789ntf.-e\\u')
        return frame_of(bytes(text), body_of(frame))
    return bytes(data)


LEAVES: list[Any] = [
    None, True, 0, -1, 1.5, 2**40, 2**63, 10**400, "", "x" * 300, "\ud800", [], {}, [[]], {"array": 0}, {"array": 1},
    {"float": "nan"}, {"float": "0x"}, {"int": "0x" + "f" * 5000}, {"tuple": []}, {"list": [{"array": 0}] * 3},
    {"dict": [[1, 2]]}, {"dict": [[{"tuple": []}, 2]]}, {"opaque": ""}, {"generator": 2**64}, {"array": True},
    "float32", "bfloat16", "object", "passed", [2**39, 2**39], [0, 2**39, 2**39], [3, 1],
]  # fmt: skip


def _grafted(tree: Any, source: random.Random) -> Any:
    """The tree with one of its nodes replaced: most often one far down, where the values are."""
    if source.random() < 0.1 or not isinstance(tree, (list, dict)) or not tree:
        return source.choice(LEAVES)
    places = list(tree) if isinstance(tree, dict) else range(len(tree))
    (place,) = source.choices(places, weights=[len(repr(tree[place])) for place in places])
    graft = copy(tree)
    graft[place] = _grafted(tree[place], source)
    return graft


def fuzz(count: int, seed: int) -> int:
    """Decodes `count` mutated replies and requests; how many were refused."""
    source = random.Random(seed)
    replies = [encode_reply(Reply(1, 0, answer)) for answer in (RETURNED, FAILED, None, Returned((MATRIX, {"a": 1})))]
    question = Question("f", (MATRIX, STRIDED), {"dim": 1}, gradients=("[0]",), cotangents=(MATRIX,), forbid=("exp",))
    requests = [encode_request(AskRequest(1, "t", (question,))), encode_request(Load(1, "t", "x = 1"))]
    refused = 0
    for number in range(count):
        read_reply = number % 4
        frame = mutated(source.choice(replies if read_reply else requests), source)
        try:
            if read_reply:
                reply = reply_from(frame)
                if isinstance(reply.answer, Returned):
                    _walk(reply.answer)
            else:
                messages.read_request(io.BytesIO(frame).read)
        except WireError:
            refused += 1
    return refused


def _walk(answer: Returned) -> None:
    """A judge looks at every array and prints every text."""
    for value in (*answer.values, *answer.gradients, *answer.after):
        if isinstance(value, Array):
            value.numpy()
        repr(value).encode()


def test_mutated_frames_raise_nothing_but_wire_errors() -> None:
    """A few thousand frames with something wrong: each is a reply all the same, or a `WireError`."""
    assert fuzz(4_000, seed=1) > 2_000


@pytest.mark.soak
def test_a_hundred_thousand_mutated_frames() -> None:
    """The same, long enough to find what is rare."""
    assert fuzz(120_000, seed=2) > 60_000
