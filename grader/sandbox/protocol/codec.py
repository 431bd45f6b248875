"""Questions and answers as JSON trees, and back; their arrays stand in a list beside the tree.

An answer comes from a child that is not trusted: whatever is malformed raises `WireError`, a verdict that only the
parent can know too, and texts are made fit to be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.model.encoding import NotAValue, checked_array, decode, encode
from grader.model.operand import LONGEST, MAX_AXES, MOST, Operand
from grader.model.printable import clean
from grader.model.question import Answer, Failed, Observed, Question, Returned
from grader.model.result import Verdict
from grader.model.value import Array, Opaque, Value
from grader.model.vocabulary import PHASES, Phase, one_of
from grader.sandbox.protocol.fields import (
    MAX_MESSAGE,
    MAX_NAME,
    MAX_NAMES,
    FieldReader,
    Tree,
    each,
    field,
    flag,
    integer,
    line,
    named,
    names,
    of,
    parts,
    shown_names,
    text,
    tuple_of,
)
from grader.sandbox.protocol.frames import WireError

KNOWN_TO_A_CHILD = (Verdict.RAISED, Verdict.MISSING, Verdict.OUT_OF_MEMORY)
_NOTHING = Observed()


def encode_question(question: Question, arrays: list[Array]) -> Tree:
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
        "with_value": question.with_value,
    }
    return {name: part for name, part in tree.items() if part}


def encode_answer(answer: Answer, arrays: list[Array]) -> Tree:
    """An answer as a JSON tree; its arrays are appended to `arrays`.

    Raises `NotAValue` for an answer that would not be decoded: an honest one, however odd, must not look forged.
    """
    if isinstance(answer, Failed):
        return {
            "verdict": answer.verdict,
            "error": [name[:MAX_NAME] for name in answer.error[:MAX_NAMES]],
            "message": answer.message[:MAX_MESSAGE],
            "line": answer.line,
            **({"phase": answer.phase} if answer.phase != "call" else {}),
            **({"operands": [[each.text, each.shape] for each in answer.operands]} if answer.operands else {}),
        }
    observed = answer.observed
    tree = {
        "values": answer.values and _sendable(answer.values, arrays),
        "gradients": answer.gradients and _sendable(answer.gradients, arrays),
        "after": answer.after and _sendable(answer.after, arrays),
        "changed": observed.changed[:MAX_NAMES],
        "state": observed.state[:MAX_NAMES],
        "operators": observed.operators,
        "opcodes": observed.opcodes,
        "forbidden": observed.forbidden[:MAX_NAMES],
        "elsewhere": [[path[:MAX_NAME], said[:MAX_MESSAGE]] for path, said in observed.elsewhere[:MAX_NAMES]],
    }
    return {name: part for name, part in tree.items() if part}


def _sendable(values: tuple[Value, ...], arrays: list[Array]) -> Tree:
    known = len(arrays)
    tree = encode(values, arrays)
    if len(arrays) - known < len(values):  # not arrays alone, which are looked at below
        decode(tree, arrays)
    for array in arrays[known:]:
        if array.strides is not None:
            raise NotAValue("an array with strides")
        checked_array(array.dtype, array.shape, None, array.data)
    return dict(tree)


def decode_question(tree: Any, arrays: list[Array]) -> Question:
    """The question that a JSON tree spells."""
    if not isinstance(tree, dict) or not {"function", "args"} <= tree.keys():
        raise WireError("a malformed question")
    return Question(**{"calls": (), **parts(tree, _OF_QUESTIONS, arrays)})


def decode_answer(tree: Any, arrays: list[Array]) -> Answer:
    """The answer that a JSON tree spells, made fit to be shown."""
    if not isinstance(tree, dict):
        raise WireError("a malformed answer")
    if "verdict" in tree:
        return Failed(
            _verdict(tree["verdict"]),
            tuple(clean(name[:MAX_NAME]) for name in names(tree.get("error"), "error")),
            clean(field(tree, "message", str)[:MAX_MESSAGE]),
            line(tree.get("line")),
            _phase(tree.get("phase", "call")),
            tuple(map(_operand, of(tree.get("operands", []), "operands", list)[:MOST])),
        )
    observed = parts(tree, _OF_OBSERVED, arrays)
    returned = {"values": (), **parts(tree, _OF_RETURNED, arrays)}
    return Returned(**returned, observed=Observed(**observed) if observed else _NOTHING)


def _verdict(name: Any) -> Verdict:
    for verdict in KNOWN_TO_A_CHILD:
        if name == verdict.value:
            return verdict
    raise WireError("a verdict that no child can know")


def _phase(word: Any) -> Phase:
    try:
        return one_of(PHASES, word)
    except ValueError as error:
        raise WireError(str(error)) from None


def _operand(tree: Any) -> Operand:
    if not isinstance(tree, list) or len(tree) != 2 or not isinstance(tree[0], str):
        raise WireError("a malformed operand")
    sizes = tuple(integer(size, "a size") for size in of(tree[1], "a shape", list)[:MAX_AXES])
    return Operand(clean(tree[0][:LONGEST]), sizes)


def _call(tree: Any) -> tuple[str, int | None]:
    if not isinstance(tree, list) or len(tree) != 2 or not isinstance(tree[0], str):
        raise WireError("a malformed call")
    return clean(tree[0][:MAX_NAME]), line(tree[1])


def _stray(tree: Any) -> tuple[str, str]:
    if not isinstance(tree, list) or len(tree) != 2 or not all(isinstance(part, str) for part in tree):
        raise WireError("a malformed stray")
    return clean(tree[0][:MAX_NAME]), clean(tree[1][:MAX_MESSAGE])


_OF_QUESTIONS: Mapping[str, FieldReader] = {
    "function": text,
    "args": tuple_of(),
    "kwargs": named,
    "seed": integer,
    "calls": each(lambda call: None if call is None else integer(call, "a call")),
    "gradients": names,
    "cotangents": tuple_of(Array),
    "after": names,
    "driver": text,
    "count": flag,
    "forbid": names,
    "device": text,
    "with_value": flag,
}
_OF_OBSERVED: Mapping[str, FieldReader] = {
    "changed": shown_names,
    "state": shown_names,
    "operators": integer,
    "opcodes": integer,
    "forbidden": each(_call, MAX_NAMES),
    "elsewhere": each(_stray, MAX_NAMES),
}
_OF_RETURNED: Mapping[str, FieldReader] = {
    "values": tuple_of(),
    "gradients": tuple_of(Array, Opaque, type(None)),
    "after": tuple_of(),
}
