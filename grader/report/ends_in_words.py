"""What ended a call from outside of its code, as a sentence."""

from __future__ import annotations

import signal

from grader.model.fact import CallEnd
from grader.model.vocabulary import EndKind

_LIMIT_OF: dict[EndKind, str] = {
    "question": "one question",
    "import": "running the module's source",
    "exercise": "one exercise",
    "start": "the start of a process",
}
_ACTIVITY = {
    "computing": "it was computing",
    "waiting": "it was waiting, for a sleep to end, a lock or an input, and not computing",
    "stopped": "its process was stopped by a signal",
}
_IN_SHORT: dict[EndKind, str] = {
    **dict.fromkeys(("question", "import", "exercise", "submission", "processor"), "stopped: it took too long"),
    **dict.fromkeys(("memory", "card_memory", "machine_memory"), "ran out of memory"),
    **dict.fromkeys(("start", "busy_machine", "late_import"), "not graded"),
}
MOST_SIGNALS = 65


def end_text(end: CallEnd, text: str = "") -> str:
    """The sentence; text: what an exception said beside it."""
    said = _end_text(end)
    if end.activity and end.kind in (*_LIMIT_OF, "submission"):
        said += f"; {_ACTIVITY[end.activity]}"
    return f"{said}: {text}" if text else said


def end_in_short(end: CallEnd | None) -> str:
    """The sentence for a hidden case, of which nothing else may be told."""
    return _IN_SHORT.get(end.kind, "the process crashed") if end else "ran out of memory"


def _end_text(end: CallEnd) -> str:
    match end.kind:
        case "submission":
            return f"the {end.allowed or 0:g} s of the whole submission are used up"
        case "processor":
            return f"stopped after {end.used or 0:.0f} s of processor time, of {end.allowed or 0:g} that it may use"
        case "memory" | "card_memory":
            return _memory(end)
        case "machine_memory":
            return "the machine's memory ran short"
        case "threads":
            return f"the process was stopped: it had {end.used:g} threads, {end.allowed:g} is the limit"
        case "exited":
            return f"the process ended itself (exit code {end.code})"
        case "signalled":
            return f"the process crashed ({_signal(end.code or 0)})"
        case "broke_off":
            return f"the process broke off: instead of its answer it sent {end.text}"
        case "killed_from_outside":
            return f"the process was killed from outside, {end.used or 0:g} times"
        case "busy_machine":
            return f"the machine was too busy: in {end.used or 0:.0f} s there was hardly a processor free"
        case "late_import":
            return f"a part of torch was not imported within {end.used or 0:.0f} s"
    return f"stopped after {end.allowed or 0:g} s, which is what {_LIMIT_OF[end.kind]} may take"


def _memory(end: CallEnd) -> str:
    of_what = "memory" if end.kind == "memory" else "the card's memory"
    limit = f"the limit is {end.allowed:g} MB of {of_what}" if end.allowed else f"there was not enough of {of_what}"
    return f"{limit}, {end.used:.0f} MB were in use" if end.used is not None else limit


def _signal(number: int) -> str:
    """A signal's name; what Windows says is no signal's number."""
    return (number < MOST_SIGNALS and signal.strsignal(number)) or f"{number:#x}"
