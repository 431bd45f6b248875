"""feedback/<student>.md: what one student reads, where Markdown is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from grader.model.printable import clean, one_line
from grader.model.result import SubmissionResult
from grader.report.marks import is_settled
from grader.report.student_view import Failure, Item, TopicView, digest_rows, topics_of
from grader.report.wording import notice, points_so_far, remark


def to_feedback_markdown(
    submission: SubmissionResult, course_title: str, titles: Mapping[str, str] = MappingProxyType({})
) -> str:
    """What people wrote stands in code, where nothing is markup."""
    lines = [f"# {one_line(course_title)}", "", f"Feedback for {_code(submission.student)}", ""]
    said = notice(submission), *_block(remark(submission), 4)
    if any(said):
        lines += [*filter(None, said[:1]), *said[1:], ""]
    if submission.status == "graded" or is_settled(submission):
        lines += [f"**{points_so_far(submission)}**", ""]
        lines += [line for topic in topics_of(submission, titles) for line in _topic(topic)]
    if digests := digest_rows(submission):
        lines += ["", "What was graded (`d2l-check receipt` compares it with your files):", ""]
        lines += [f"    {topic}  {digest}" for topic, digest in digests]
    return "\n".join(lines).rstrip() + "\n"


def _topic(topic: TopicView) -> Iterator[str]:
    yield from (f"## {topic.title}: {topic.points or '?'} of {topic.max_points} points", "")
    if topic.note:
        yield from (*_block(topic.note, 4), "")
    for item in topic.items:
        yield from _item(item)
    yield ""


def _item(item: Item) -> Iterator[str]:
    tally = f", {item.tally}" if item.tally else ""
    yield f"* {item.symbol} **{item.function}**  {item.points or '?'}  {item.verdict}{tally}"
    for failure in item.failures:
        yield from ("", f"  {_title(failure)}", *_block(failure.detail, 6))
        for hint in failure.hints:
            yield from ("", f"  {hint}")
    yield from _block(item.note, 6)
    for line in item.said:
        yield from _block(line, 6)
    yield from ("",) if item.failures or item.note or item.said else ()


def _title(failure: Failure) -> str:
    title = failure.others or ", ".join(map(_code, failure.names))
    return f"{title}: {failure.verdict}" if failure.verdict else title


def _code(text: str) -> str:
    return f"`{one_line(text).replace('`', chr(39))}`"


def _block(text: str, indent: int) -> list[str]:
    """A block of code, by its indentation."""
    return ["", *(" " * indent + line for line in clean(text).splitlines())] if text else []
