"""What is told of a file that did not run to its end: once, with the line and the reason."""

from __future__ import annotations

from grader.model.printable import one_line
from grader.model.question import Failed
from grader.model.result import Verdict
from grader.report.ends_in_words import end_text

MOST_TEXT = 200


def stop_note(file: str, stop: Failed) -> str:
    """Makes the sentence about the line that stopped a file, or about an import of it that failed."""
    where, text = f"line {stop.line}" if stop.line else "one of its lines", _text(stop)
    if "ModuleNotFoundError" in stop.error:
        return f"{file}, {where}: {text}. It is not installed where this ran: copy into your file what you use of it"
    if "ImportError" in stop.error:
        return f"{file}, {where}: {text}. What uses it fails"
    below = "only functions, classes, imports and assignments were run of what is below"
    return f"{file} stopped at {where} ({text}); {below}"


def _text(stop: Failed) -> str:
    text = one_line(end_text(stop.end, stop.message) if stop.end else stop.message)
    if stop.verdict is Verdict.RAISED and "ImportError" not in stop.error:
        text = f"{' '.join(stop.error[:1])}: {text}".removesuffix(": ")
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"
