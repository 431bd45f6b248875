"""What a student reads about a failed check: where, expected, got. Why is the hint's business.

Of a hidden case only the kind of failure is said: never a value, never a text or a number of a process that has seen
one, for that could carry the inputs.
"""

from __future__ import annotations

import builtins

from grader.judging.findings import Finding
from grader.judging.formatting import call_text, number_text, pair_text
from grader.model.keys.key import FEW, MANY, ExerciseKey
from grader.model.keys.statistic import Statistic
from grader.model.question import DEVICE_ERROR, Failed
from grader.model.result import Mismatch, Verdict

HIDDEN = "a hidden case"
SIMULATED = "a simulated GPU"
KNOWN_ERRORS = frozenset(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
) | {"AcceleratorError", "LinAlgError", "OutOfMemoryError"}
"""All that a student is told of an error on a hidden case: Python's exceptions, and torch's own."""

_INDEPENDENT = (
    "with a coin for every entry, two neighbours in a {} should both be zero in a share of {{expected}}; "
    "yours are in {{seen}}"
)
_INDEPENDENT_OF = (
    "with a coin for every entry, an entry and {} should both be zero in a share of {{expected}}; yours are in {{seen}}"
)
_LAWS = {
    "share_of_zeros": "a share of {expected} should be zero; yours is {seen}",
    "survivors_scaled_by": "survivors should be {expected} times their input; yours are {seen} times",
    "independent_zeros.along_rows": _INDEPENDENT.format("row"),
    "independent_zeros.down_columns": _INDEPENDENT.format("column"),
    "independent_zeros.mirrored_rows": _INDEPENDENT_OF.format("its mirror image in the rows"),
    "independent_zeros.mirrored_columns": _INDEPENDENT_OF.format("its mirror image in the columns"),
    "independent_zeros.turned": _INDEPENDENT_OF.format("the one in its place from the other end"),
    "independent_zeros.half_of_the_rows": _INDEPENDENT_OF.format("the one half of the rows further on"),
    "independent_zeros.half_of_the_columns": _INDEPENDENT_OF.format("the one half of the columns further on"),
    "no_two_rows_alike.rows": (
        "no two rows should have their zeros in the same places; of {expected} rows {seen} differ"
    ),
    "no_two_rows_alike.columns": (
        "no two columns should have their zeros in the same places; of {expected} columns {seen} differ"
    ),
    "gradient_follows_the_zeros": (
        "the gradient should be zero where the answer of this call is, and scaled like it elsewhere; "
        "an entry is off by {seen} of what is due"
    ),
    "neighbours_ascend_as_often_as_they_descend": (
        "a share of {expected} should be followed by a later one, for all orders are equally likely; yours is {seen}"
    ),
    "normally_distributed": "the numbers should be normally distributed; their shares are up to {seen} off",
    "fresh_every_call": (
        "with new coins in every call, a share of {expected} should be zero in two calls in a row; yours is {seen}"
    ),
    "number_of_zeros_varies": "the number of zeros should vary like coins do; yours varies {seen} times as much",
    "same_seed_same_answer": "the same seed should give the same answer; only a share of {seen} is equal",
    "other_seed_other_answer": "another seed should give another answer; a share of {seen} is equal",
    "draws_differ": "two calls should give two answers; a share of {seen} is equal",
    "copies_agree": "entries that share a draw should be equal; yours lie {seen} of the largest apart",
    "mean_is": "the mean should be {expected}; yours is {seen}",
    "spread_is": "the variance should be {expected}; yours is {seen}",
    "columns_average": "the average over many rows is off by {seen} standard errors",
    "columns_spread": "the variance over many rows is {seen} times what it should be",
    "rows_differ": "rows should differ from one another; there are only {seen} different ones",
    "rows_and_columns_centred.rows": "row means should be near zero; one is {seen} standard errors away",
    "rows_and_columns_centred.columns": "column means should be near zero; one is {seen} standard errors away",
    "each_once": "every item should come exactly once",
    "any_item_first.first": "every item should come first equally often; over 100 calls yours do not",
    "any_item_first.last": "every item should come last equally often; over 100 calls yours do not",
    "any_neighbour": "every item should follow every other equally often; over 100 calls yours do not",
    "fixed_points_average_one": "one item, on average, should stay in its place; yours are {seen}",
    "later_as_often_as_earlier": (
        "a share of {expected} should come later than their own place, as many as earlier; yours is {seen}"
    ),
    "within": "expected about {expected}, got {seen}",
    "always": "an exact property holds in a share of {seen} of the calls only",
}


_ENDS = {
    Verdict.TIMED_OUT: "stopped: it took too long",
    Verdict.OUT_OF_MEMORY: "ran out of memory",
    Verdict.DIED: "the process crashed",
    Verdict.NOT_GRADED: "not graded",
}


def explain(key: ExerciseKey, finding: Finding) -> str:
    """The lines about a failed finding, values and all."""
    return "\n".join([*_where(key, finding), *_what(key, finding)])


def explain_hidden(finding: Finding) -> str:
    """The line about a failed finding of a hidden case: its kind, and nothing that tells a value."""
    if finding.failed:
        return f"{HIDDEN}: {_failed_unseen(finding.failed)}"
    mismatch = finding.mismatch
    kinds = {
        "value": "a number is not what is expected",
        "nan": "a number is nan",
        "shape": "the shape is not what is expected",
        "dtype": "the dtype is not what is expected",
        "detached": "no gradient: the answer is detached",
        "raises": "an error was due",
        "mutation": "an argument was changed",
        "state": "global state was changed",
        "forbidden": "a function was called that is not allowed",
        "device": "the answer is on the wrong device",
        "law": "what must hold of random answers does not hold",
    }
    return f"{HIDDEN}: {kinds.get(mismatch.kind, 'the answer is not what is expected') if mismatch else ''}"


def _where(key: ExerciseKey, finding: Finding) -> list[str]:
    entry = finding.entry
    if finding.mismatch and finding.mismatch.kind in ("forbidden", "growth"):
        return []
    if finding.failed and not finding.failed.asked:
        return []
    how = [f"in {entry.dtype}"] if entry.dtype not in (None, "float32") else []
    device = entry.question.device
    how += [f"on {SIMULATED if device == 'sim' else device}"] if device != "cpu" else []
    how += [f"where {' and '.join(entry.special[:2])}"] if entry.special else []
    return ["   ".join(filter(None, [call_text(key.function, entry.question), ", ".join(how)]))]


def _what(key: ExerciseKey, finding: Finding) -> list[str]:
    if finding.failed:
        return [_failed(finding.failed)]
    assert finding.mismatch is not None
    if finding.statistic is not None:
        return [law_text(finding.path, finding.statistic)]
    return [_mismatch(key, finding.mismatch)]


def _failed_unseen(failed: Failed) -> str:
    """A failure of a process that has seen hidden questions: no word of it, and no line, which is a number."""
    if failed.verdict is Verdict.RAISED:
        return f"raised {_known(failed.error)}"
    return "not written yet" if failed.verdict is Verdict.MISSING else _ENDS[failed.verdict]


def _failed(failed: Failed) -> str:
    line = f" (line {failed.line})" if failed.line else ""
    if DEVICE_ERROR in failed.error[:1]:
        return failed.message
    if failed.verdict is Verdict.RAISED:
        error = failed.error[0] if failed.error else "an error"
        text = f": {failed.message}" if failed.message else ""
        return f"raised {error}{text}{line}"
    if failed.verdict is Verdict.MISSING:
        return "not written yet" if failed.error else failed.message
    return failed.message or _ENDS[failed.verdict]


def _known(error: tuple[str, ...]) -> str:
    """Python's own name of an error, or torch's: a class of the student's could be called anything."""
    return next((name for name in error if name in KNOWN_ERRORS), "an error")


def law_text(path: str, statistic: Statistic) -> str:
    """A law as a sentence."""
    expected, seen = pair_text(statistic.expected, statistic.seen)
    if statistic.seen != statistic.seen:
        return f"{path.replace('_', ' ')}: the answer cannot be read (a wrong shape, or nan)"
    return _LAWS.get(path, f"{path}: expected {{expected}}, got {{seen}}").format(expected=expected, seen=seen)


def _mismatch(key: ExerciseKey, m: Mismatch) -> str:
    place = place_text(key, m.path)
    head = f"{place}: " if place else ""
    match m.kind:
        case "value" | "nan":
            return _numbers(place, m)
        case "shape":
            return f"{head}expected shape {m.expected}, got {m.got}"
        case "dtype":
            return f"{head}expected {m.expected}, got {m.got}"
        case "type" if m.path.startswith("gradient"):
            return f"no {place}: the answer has not the right form"
        case "type":
            return f"{head}expected {m.expected}, got {m.got}"
        case "text":
            return f"{head}expected {m.expected!r}, got {m.got!r}"
        case "missing":
            return f"{head}there is no such part in the answer"
        case "extra":
            return f"expected {m.expected} values, got {m.got}"
        case "detached":
            return f"no {place}: the answer is detached from it"
        case "raises":
            return f"expected {m.expected}, got an answer"
        case "mutation":
            return f"{argument_text(key, m.path)} was changed in place; it belongs to the caller"
        case "state":
            return f"{m.got} was changed; the caller's state must stay as it was"
        case "forbidden":
            return _forbidden(key, m)
        case "device":
            return f"{place or 'the answer'} is on the wrong device" + (f". {_capital(str(m.got))}" if m.got else "")
        case "growth":
            return _growth(m)
    return f"{head}not what is expected"


def _forbidden(key: ExerciseKey, m: Mismatch) -> str:
    where = f"{m.path}:{m.line}" if m.path else f"line {m.line}"
    reason = f": {key.forbid_reason}" if key.forbid_reason else ""
    return f"{m.got} is not allowed here{f' ({where})' if m.line else ''}{reason}"


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _numbers(place: str, m: Mismatch) -> str:
    index = f"[{', '.join(map(str, m.index))}]" if m.index else ""
    where = f"{place}{' at ' if place and index else ''}{index}"
    if isinstance(m.expected, bool) or isinstance(m.got, bool):
        expected, got = str(m.expected), str(m.got)
    else:
        expected, got = pair_text(m.expected, m.got)
    count = f"   ({m.count} of {m.size} values differ)" if m.size > 1 else ""
    return f"{where + ': ' if where else ''}expected {expected} got {got}{count}"


def _growth(m: Mismatch) -> str:
    what = "tensor operations" if m.path == "operators" else "Python steps"
    counts = f"{number_text(m.expected)} for {FEW} examples, {number_text(m.got)} for {MANY}"
    return f"{what} grow with the number of examples ({counts}): do without a Python loop"


def place_text(key: ExerciseKey, path: str) -> str:
    """`value['w1']` -> "answer['w1']"; `gradient[0]` -> "gradient with respect to X"; `value` -> ""."""
    if path.startswith("gradient"):
        return f"gradient with respect to {argument_text(key, path.removeprefix('gradient'))}"
    if path.startswith("after"):
        return f"{argument_text(key, path.removeprefix('after'))} after the call"
    rest = path.removeprefix("value")
    return f"answer{rest}" if rest else ""


def argument_text(key: ExerciseKey, path: str) -> str:
    """`[0][1]` -> "params[1]", `['dim']` -> "dim"."""
    first, _, rest = path.removeprefix("[").partition("]")
    if first.isdigit():
        place = int(first)
        name = key.parameters[place] if place < len(key.parameters) else f"argument {place}"
    else:
        name = first.strip("'\"")
    return f"{name}{rest}"
