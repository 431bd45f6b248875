"""What is told of a file that did not run to its end: once, with the line and the reason."""

from __future__ import annotations

from grader.grading.source_state import NOT_IMPLEMENTED, NOTHING, statements_at
from grader.intake.references import ModuleSources, references_of, unwritten_among
from grader.model.printable import one_line
from grader.model.question import Failed
from grader.model.result import Verdict
from grader.report.ends_in_words import end_text

MOST_TEXT = 200
RELATIVE = "attempted relative import"


def stop_note(topic: str, stop: Failed, sources: ModuleSources) -> str:
    """Makes the sentence about the line that stopped a topic's file, or about an import of it that failed."""
    file, where = f"{topic}.py", f"line {stop.line}" if stop.line else "one of its lines"
    text = _unwritten(topic, stop, sources) or _text(stop)
    if "ModuleNotFoundError" in stop.error:
        return f"{file}, {where}: {text}. It is not installed where this ran: copy into your file what you use of it"
    if "ImportError" in stop.error:
        repair = "Import it without the dot: the file is in no package" if RELATIVE in text else "What uses it fails"
        return f"{file}, {where}: {text}. {repair}"
    below = "only functions, classes, imports and assignments were run of what is below"
    return f"{file} stopped at {where} ({text.removeprefix('stopped ')}); {below}"


def _unwritten(topic: str, stop: Failed, sources: ModuleSources) -> str:
    """Which function the line calls that is not written yet, where that is why it failed."""
    if not stop.line or not (NOT_IMPLEMENTED in stop.error or NOTHING in stop.message):
        return ""
    statements = statements_at(sources.get(topic, ""), stop.line)
    unwritten = unwritten_among(sources, references_of(sources, topic, statements))
    return f"it calls {unwritten[0][1]}, which is not written yet" if unwritten else ""


def _text(stop: Failed) -> str:
    text = one_line(end_text(stop.end, stop.message) if stop.end else stop.message)
    if stop.verdict is Verdict.RAISED and "ImportError" not in stop.error:
        text = f"{' '.join(stop.error[:1])}: {text}".removesuffix(": ")
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"
