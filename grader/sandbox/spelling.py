"""Questions and answers as JSON trees, and back; their arrays stand in a list beside the tree.

An answer comes from a child that is not trusted: whatever is malformed raises `WireError`, a verdict that only the
parent can know too, and texts are made fit to be shown.
"""

from __future__ import annotations

from typing import Any, TypeVar

from grader.question import Answer, Failed, Observed, Question, Returned
from grader.sandbox.frame import WireError
from grader.tree import NotAValue, decode, encode
from grader.value import Array, Opaque
from grader.verdict import Verdict

MAX_MESSAGE = 2_000
MAX_NAME = 200
MAX_NAMES = 1_000

KNOWN_TO_A_CHILD = (Verdict.RAISED, Verdict.MISSING, Verdict.OUT_OF_MEMORY)
# What is left out where it is empty.
_NOT_ASKED: dict[str, Any] = {
    "kwargs": {"dict": []}, "seed": 0, "calls": [], "gradients": [], "cotangents": {"tuple": []}, "after": [],
    "driver": "", "count": False, "forbid": [],
}  # fmt: skip
_NOT_ANSWERED: dict[str, Any] = {
    "values": {"tuple": []}, "gradients": {"tuple": []}, "after": {"tuple": []}, "changed": [], "state": [],
    "operators": 0, "opcodes": 0, "forbidden": [], "elsewhere": [],
}  # fmt: skip

T = TypeVar("T")


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


def decode_question(tree: Any, arrays: list[Array]) -> Question:
    """The question that a JSON tree spells."""
    if not isinstance(tree, dict):
        raise WireError("a malformed question")
    tree = {**_NOT_ASKED, **tree}
    return Question(
        function=field(tree, "function", str),
        args=_tuple(tree, "args", arrays),
        kwargs=_kwargs(tree, arrays),
        seed=integer(tree, "seed"),
        calls=tuple(_number_or_none(call, "a call") for call in field(tree, "calls", list)),
        gradients=_names(tree, "gradients"),
        cotangents=_tuple(tree, "cotangents", arrays, Array),
        after=_names(tree, "after"),
        driver=field(tree, "driver", str),
        count=field(tree, "count", bool),
        forbid=_names(tree, "forbid"),
        device=field(tree, "device", str),
    )


def decode_answer(tree: Any, arrays: list[Array]) -> Answer:
    """The answer that a JSON tree spells, made fit to be shown."""
    if not isinstance(tree, dict):
        raise WireError("a malformed answer")
    if "verdict" in tree:
        return Failed(
            _verdict(tree["verdict"]),
            tuple(plain(name, MAX_NAME) for name in _names(tree, "error")),
            plain(field(tree, "message", str), MAX_MESSAGE),
            _number_or_none(tree.get("line"), "a line"),
        )
    tree = {**_NOT_ANSWERED, **tree}
    observed = Observed(
        changed=tuple(plain(name, MAX_NAME) for name in _names(tree, "changed")),
        state=tuple(plain(name, MAX_NAME) for name in _names(tree, "state")),
        operators=integer(tree, "operators"),
        opcodes=integer(tree, "opcodes"),
        forbidden=tuple(_call(call) for call in field(tree, "forbidden", list)[:MAX_NAMES]),
        elsewhere=tuple(_stray(stray) for stray in field(tree, "elsewhere", list)[:MAX_NAMES]),
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


def field(tree: dict[str, Any], name: str, kind: type[T]) -> T:
    """What stands in a tree under a name. Raises `WireError` unless it is of this very kind."""
    found = tree.get(name)
    if type(found) is not kind:
        raise WireError(f"a malformed {name}")
    return found


def integer(tree: dict[str, Any], name: str) -> int:
    """The number that stands in a tree under a name. Raises `WireError` where there is none."""
    number = _number_or_none(tree.get(name), name)
    if number is None:
        raise WireError(f"no {name}")
    return number


def _number_or_none(number: Any, name: str) -> int | None:
    if number is None or (type(number) is int and -(2**63) <= number < 2**63):
        return number
    raise WireError(f"{name} that is not a number")


def _names(tree: dict[str, Any], name: str) -> tuple[str, ...]:
    names = field(tree, name, list)
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


def _value(tree: Any, arrays: list[Array]) -> Any:
    try:
        return decode(tree, arrays)
    except NotAValue as error:
        raise WireError(str(error)) from None
