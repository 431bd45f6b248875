"""feedback/<student>.txt: what one student reads, as the text of an e-mail."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from grader.model.printable import clean, one_line
from grader.model.result import SubmissionResult
from grader.report.marks import is_settled
from grader.report.student_view import Failure, Item, TopicView, digest_rows, topics_of
from grader.report.wording import notice, points_so_far, remark

WIDTH = 76


def to_feedback_text(
    submission: SubmissionResult, course_title: str, titles: Mapping[str, str] = MappingProxyType({})
) -> str:
    """No markup at all. Sentences are wrapped; what code and numbers say keeps its lines."""
    lines = [one_line(course_title), f"Feedback for {one_line(submission.student)}", ""]
    if said := (*_wrapped(notice(submission)), *_wrapped(one_line(remark(submission)))):
        lines += [*said, ""]
    if submission.status == "graded" or is_settled(submission):
        lines += [points_so_far(submission), ""]
        lines += [line for topic in topics_of(submission, titles) for line in (*_topic(topic), "")]
    if digests := digest_rows(submission):
        lines += ["What was graded (d2l-check receipt compares it with your files):"]
        lines += [f"    {topic}  {digest}" for topic, digest in digests]
    return "\n".join(lines).rstrip() + "\n"


def _topic(topic: TopicView) -> Iterator[str]:
    head = f"{topic.title}: {topic.points or '?'} of {topic.max_points} points"
    yield from (head, "-" * min(len(head), WIDTH))
    said, *code = topic.note.splitlines() or [""]
    yield from _wrapped(one_line(said))
    yield from (f"    {clean(line)}".rstrip() for line in code)
    longest = max((len(item.function) for item in topic.items), default=0)
    for item in topic.items:
        tally = f", {item.tally}" if item.tally else ""
        yield f"{item.symbol} {item.function:{longest}}  {item.points or '?':>9}  {item.verdict}{tally}"
        yield from (f"    {line}".rstrip() for line in item_lines(item))


def item_lines(item: Item) -> Iterator[str]:
    """What lies behind one exercise's verdict: the failures, each with the hints that explain it, and the note."""
    for failure in item.failures:
        yield _title(failure)
        yield from (f"    {line}" for line in failure.detail.splitlines())
        for hint in failure.hints:
            yield from _wrapped(f"Hint: {hint}")
    yield from _wrapped(item.note)
    for line in item.said:
        yield from _wrapped(line)


def _title(failure: Failure) -> str:
    title = clean(failure.others or ", ".join(failure.names))
    return f"{title}: {failure.verdict}" if failure.verdict else title


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH - 4, break_long_words=False)
