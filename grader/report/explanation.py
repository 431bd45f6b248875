"""The sentences about a failed check: where, expected, got. Why is the hint's business.

Every reader (terminal, feedback, notebook, Gradescope, validate, JUnit, tables) takes them from here.
"""

from __future__ import annotations

from dataclasses import replace

from grader.model.digits import number_text, pair_text
from grader.model.fact import Fact, OnCpu
from grader.model.keys.key import FEW, MANY
from grader.model.printable import clean
from grader.model.question import DEVICE_ERROR
from grader.model.result import CheckResult, ExerciseResult
from grader.report.causes_in_words import cause_text
from grader.report.ends_in_words import end_in_short, end_text
from grader.report.error_due_in_words import error_due_text, with_article
from grader.report.laws_in_words import law_text
from grader.report.patterns_in_words import pattern_text
from grader.report.wording import HIDDEN, plural

MOST_SPECIAL = 2
SIMULATED = "a simulated GPU"
IS_THE_DEVICE = "On the CPU it is right: the mathematics is fine, it is the device."
IS_THE_PRECISION = "On the CPU it {}, but is right in float64: the mathematics is fine, it is the precision."
IS_THE_MATHEMATICS = "On the CPU it {}, in float64 as well: it is the mathematics, not the device."
IS_NOT_THE_DEVICE = "On the CPU it {}: it is not the device."
NOT_ON_DEVICES = "not asked on another device: the first case is wrong on the CPU already"
DEFINITIONS_ONLY = "A cell stopped the whole notebook, so functions, classes, imports and assignments were run alone."

_KINDS = {
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
    "no_function": "there is no such function",
}


def explanation(check: CheckResult) -> str:
    """The lines that a student may read about a failed check; empty where it passed."""
    return _lines(check, check.fact)


def full_explanation(check: CheckResult) -> str:
    """The lines for the instructor, values of hidden cases and all."""
    return _lines(check, check.full_fact or check.fact)


def note_of(exercise: ExerciseResult) -> str:
    """What there is to know of an exercise beside its checks."""
    return sentence(exercise.note) if exercise.note else ""


def _lines(check: CheckResult, fact: Fact | None) -> str:
    if fact is None:
        return ""
    if fact.kind == "not_judged" and check.aspect == "device":
        return NOT_ON_DEVICES
    return clean("\n".join(filter(None, (_call(check, fact), sentence(fact), cause_text(fact), _on_cpu(fact)))))


def _call(check: CheckResult, fact: Fact) -> str:
    """The call with the dtype and the device, where they are not the usual ones."""
    if not fact.call:
        return ""
    how = [f"in {check.dtype}"] if check.dtype not in (None, "float32") else []
    how += [f"on {SIMULATED if check.device == 'sim' else check.device}"] if check.device != "cpu" else []
    how += [f"where {' and '.join(fact.special[:MOST_SPECIAL])}"] if fact.special else []
    return "   ".join(filter(None, [fact.call, ", ".join(how)]))


def sentence(fact: Fact) -> str:
    """What a fact says, in one sentence; a syntax error shows its line too."""
    if fact.kind_only:
        return f"{HIDDEN}: {_by_kind(fact)}" if fact.hidden else _by_kind(fact)
    match fact.kind:
        case "raised" | "always_raised" | "cannot_run":
            return _raised(fact)
        case "ended":
            return end_text(fact.end, fact.text) if fact.end else f"ran out of memory: {fact.text}".removesuffix(": ")
        case "not_asked":
            return f"not asked: {_before(fact)}"
        case "not_judged":
            return "there was no answer to judge"
        case "told" | "unread":
            return fact.text
        case "unwritten" | "needs_unwritten" | "raise_left" | "no_function" | "no_file":
            return _unwritten(fact)
        case "definitions_only" | "graded_beside" | "repair_first":
            return _note(fact)
        case "pattern":
            return pattern_text(fact)
        case "law":
            return law_text(fact)
        case "unfit" if fact.error == "TimeoutError":  # the exercise's own count of steps
            return f"it was stopped: {_before(fact)}"
        case "unfit":
            return f"what came back cannot be used as the exercise says: {_before(fact)}"
    return _mismatch(fact)


def _by_kind(fact: Fact) -> str:
    if fact.kind == "raised":
        return f"raised {fact.error or 'an error'}"
    if fact.kind == "ended":
        return end_in_short(fact.end)
    return _KINDS.get(fact.kind, "the answer is not what is expected")


def _raised(fact: Fact) -> str:
    if fact.error == DEVICE_ERROR and fact.kind == "raised":
        return fact.text
    line = f" (line {fact.line})" if fact.line else ""
    if fact.kind == "cannot_run":
        text = ": ".join(filter(None, (fact.error, fact.text)))
        return f"{fact.file} cannot be run: {text}{line}{_caret(fact)}"
    every = "every call raised" if fact.kind == "always_raised" else "raised"
    return f"{every} {fact.error or 'an error'}{f': {fact.text}' if fact.text else ''}{line}"


def _caret(fact: Fact) -> str:
    """The line of a syntax error, and where in it."""
    if not isinstance(fact.got, str) or not fact.got.strip():
        return ""
    mark = f"\n    {' ' * (fact.column - 1)}^" if fact.column and fact.column <= len(fact.got) + 1 else ""
    return f"\n    {fact.got}{mark}"


def _before(fact: Fact) -> str:
    return end_text(fact.end) if fact.end else ": ".join(filter(None, (fact.error, fact.text)))


def _unwritten(fact: Fact) -> str:
    functions = " and ".join(fact.functions)
    match fact.kind:
        case "no_file":
            return f"there is no {fact.file}"
        case "no_function":
            near = f"; {functions} is there: is it misnamed?" if functions else ""
            if fact.text:
                line = f" in line {fact.line}" if fact.line else ""
                near = f": its definition{line} is inside {fact.text}. Move it out of there, to the left margin"
            where = f" in {fact.file}" if fact.file else ""
            return f"there is no function {fact.name}{where}{near}"
        case "needs_unwritten":
            line = f" (line {fact.line})" if fact.line else ""
            return f"it calls {functions}, which is not written yet{line}: write that first"
        case "raise_left":
            return f"line {fact.line} still raises NotImplementedError: delete it once the code above it is finished"
    return "not written yet"


def _note(fact: Fact) -> str:
    functions, several = " and ".join(fact.functions), len(fact.functions) > 1
    if fact.kind == "definitions_only":
        return DEFINITIONS_ONLY
    if fact.kind == "repair_first":
        them, fail = ("them", "fail") if several else ("that", "fails")
        line = f" (line {fact.line})" if fact.line else ""
        return f"It calls {functions}{line}, which {fail}: repair {them} first."
    them, do = ("them", "Their mistakes do") if several else ("that", "Its mistake does")
    return f"Graded with a right {functions}: repair {them} first. {do} not count here."


def _mismatch(fact: Fact) -> str:
    place = place_text(fact)
    head = f"{place}: " if place else ""
    match fact.kind:
        case "value" | "nan":
            return _numbers(place, fact)
        case "shape":
            return f"{head}expected shape {fact.expected}, got {fact.got}"
        case "dtype":
            return f"{head}expected {fact.expected}, got {fact.got}"
        case "form":
            return f"no {place}: the answer is no tensor of the right shape"
        case "type":
            return f"{head}expected {with_article(str(fact.expected))}, got {_got_type(fact)}"
        case "one_for_several":
            return f"{head}expected {_values(fact)}, got {with_article(str(fact.got))}"
        case "text":
            return f"{head}expected {fact.expected!r}, got {fact.got!r}"
        case "missing":
            return f"{head}there is no such part in the answer"
        case "extra":
            unasked = f": nobody asked for {fact.name[1:-1]}" if fact.name.startswith("['") else ""
            whole = place_text(replace(fact, name=fact.name.rpartition("[")[0])) if not unasked else ""
            return f"{f'{whole}: ' if whole else ''}expected {_values(fact)}, got {fact.got}{unasked}"
        case "detached":
            return f"no {place}: the answer is detached from it"
        case "raises":
            return error_due_text(fact)
        case "mutation" if fact.text == "requires_grad":
            return f"{fact.name} requires a gradient now; it belongs to the caller. Ask one of {fact.name}.clone()"
        case "mutation":
            return f"{fact.name} was changed in place; it belongs to the caller"
        case "state":
            return f"{fact.text} was changed; the caller's state must stay as it was"
        case "forbidden":
            return _forbidden(fact)
        case "device":
            return f"{place or 'the answer'} is on the wrong device" + (f". {_capital(fact.text)}" if fact.text else "")
        case "growth":
            return _growth(fact)
    return f"{head}not what is expected"


def _values(fact: Fact) -> str:
    return plural(fact.expected, "value") if isinstance(fact.expected, int) else f"{fact.expected} values"


def place_text(fact: Fact) -> str:
    """answer['w1'], gradient with respect to X, X after the call; empty for the answer itself."""
    if fact.part == "gradient":
        return f"gradient with respect to {fact.name}"
    if fact.part == "after":
        return f"{fact.name} after the call"
    if fact.part == "driven":
        return fact.name
    return f"answer{fact.name}" if fact.name else ""


def _numbers(place: str, fact: Fact) -> str:
    index = f"[{', '.join(map(str, fact.index))}]" if fact.index else ""
    where = f"{place}{' at ' if place and index else ''}{index}"
    if isinstance(fact.expected, bool) or isinstance(fact.got, bool):
        expected, got = str(fact.expected), str(fact.got)
    else:
        expected, got = pair_text(fact.expected, fact.got)
    count = f"   ({fact.count} of {fact.size} values differ)" if fact.size > 1 else ""
    return f"{where + ': ' if where else ''}expected {expected} got {got}{count}"


def _got_type(fact: Fact) -> str:
    if fact.got_dtype:
        shape = f" and shape {fact.got_shape}" if fact.expected != "tensor" and fact.got_shape is not None else ""
        return f"a {fact.got} of {fact.got_dtype}{shape}"
    return with_article(str(fact.got))


def _forbidden(fact: Fact) -> str:
    where = f"{fact.file}:{fact.line}" if fact.file else f"line {fact.line}"
    reason = f": {fact.text}" if fact.text else ""
    cost = f" It costs {number_text(fact.cost)} points." if fact.cost else ""
    said = f"{fact.got} is not allowed here{f' ({where})' if fact.line else ''}{reason}"
    return f"{said.removesuffix('.')}.{cost}" if cost else said


def _growth(fact: Fact) -> str:
    what = "tensor operations" if fact.law == "operators" else "Python steps"
    counts = f"{number_text(fact.expected)} for {FEW} examples, {number_text(fact.got)} for {MANY}"
    return f"{what} grow with the number of examples ({counts}): do without a Python loop"


def _on_cpu(fact: Fact) -> str:
    """Whether the device is to blame, where a case failed on another one than the CPU."""
    if fact.on_cpu is None:
        return ""
    if fact.on_cpu.verdict == "passed":
        return IS_THE_DEVICE
    said = IS_NOT_THE_DEVICE
    if fact.on_cpu.exact == "passed":
        said = IS_THE_PRECISION
    elif fact.on_cpu.exact in ("wrong", "raised"):
        said = IS_THE_MATHEMATICS
    return said.format(_failure_on_cpu(fact.on_cpu))


def _failure_on_cpu(there: OnCpu) -> str:
    """What it does on the CPU; in its own words where the device had others, as for an index that is out of bounds."""
    if there.verdict == "wrong":
        return "is wrong too"
    if not there.error:
        return "fails too"
    line = f" (line {there.line})" if there.line else ""
    return f"fails too (raised {there.error}{f': {there.text}' if there.text else ''}{line})"


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
