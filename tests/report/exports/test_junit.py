"""junit.xml, read by a parser of the format, and held against the common schema (Jenkins's junit-10.xsd)."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from junitparser import JUnitXml

from grader.model.result import Verdict
from grader.report.exports.junit import junit_parts
from tests.helpers.results import NAMES, a_class, check, demo, exercise, overflowing, submission

SCHEMA = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set(), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time"}, {"name", "tests", "failures", "errors"},
        {"testcase", "properties", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "time", "classname", "group"}, {"name"}, {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"type", "message"}, set(), set()),
    "error": ({"type", "message"}, set(), set()),
    "skipped": ({"type", "message"}, set(), set()),
}  # fmt: skip
"""Element -> attributes that it may have, that it must have, and elements that it may hold."""


def breaches(element):
    """Where a document leaves the schema."""
    if element.tag not in SCHEMA:
        return [f"<{element.tag}>"]
    may, must, holds = SCHEMA[element.tag]
    found = [f"{element.tag}: {name}" for name in (set(element.attrib) - may) | (must - set(element.attrib))]
    found += [f"{element.tag} in it: {child.tag}" for child in element if child.tag not in holds]
    return found + [breach for child in element for breach in breaches(child)]


def document(*submissions, **changes):
    return "".join(junit_parts(a_class(*submissions, **changes)))


def test_the_demo_class_keeps_to_the_schema():
    """Everything that can happen, and names that bite."""
    assert breaches(ElementTree.fromstring("".join(junit_parts(demo(60, 3))).encode())) == []


def test_a_breach_is_seen():
    """The test above can fail."""
    broken = '<testsuites><testsuite name="a"><testcase><oops/></testcase></testsuite></testsuites>'
    assert len(breaches(ElementTree.fromstring(broken))) >= 4


def test_a_parser_counts_what_happened():
    """Suites are students, cases are checks; mistakes are failures, ours are errors, who is absent is skipped."""
    ours = exercise("softmax.logsumexp", Verdict.NOT_GRADED, checks=(check(verdict=Verdict.NOT_GRADED),))
    text = document(
        submission("ada", overflowing(), ours, seconds=1.25),
        submission("eve", status="absent", reason="no folder"),
        submission("zoe", status="not_graded", reason="a zip bomb"),
    )
    [ada, eve, zoe] = JUnitXml.fromstring(text.encode())
    assert (ada.name, ada.tests, ada.failures, ada.errors, ada.skipped, ada.time) == ("ada", 5, 1, 1, 0, 1.25)
    assert (eve.tests, eve.skipped, eve.failures) == (1, 1, 0)
    assert (zoe.tests, zoe.errors) == (1, 1)
    [failed] = [case for case in ada if any(result.type == "wrong" for result in case.result)]
    assert (failed.classname, failed.name) == ("softmax.softmax", "a_large_row_beside_a_small_one")
    assert "expected 0.7668 got nan" in failed.result[0].text
    assert [result.message for case in eve for result in case.result] == ["no folder"]


def test_counts_agree_with_the_cases():
    """What a suite says of itself is what is in it."""
    for suite in JUnitXml.fromstring("".join(junit_parts(demo(60, 3))).encode()):
        kinds = [type(result).__name__ for case in suite for result in case.result]
        assert suite.tests == len(list(suite))
        counted = [kinds.count(name) for name in ("Failure", "Error", "Skipped")]
        assert counted == [suite.failures, suite.errors, suite.skipped]


@pytest.mark.parametrize("name", [*NAMES, "]]>", "&amp;", "\x00\x08\x1b[31m", "\ufffe\uffff", "\udce9", "a\nb"])
def test_whatever_people_write_is_text(name):
    """Markup and characters that XML forbids, in names and in what code said."""
    wrong = exercise(f"t.{name}", Verdict.WRONG, checks=(check(name, Verdict.WRONG, detail=f"{name}\nline 2"),))
    text = document(submission(name, wrong), submission("eve", status="absent", reason=name), title=name)
    tree = ElementTree.fromstring(text.encode())
    assert breaches(tree) == []
    assert [each.tag for each in tree.iter()].count("failure") == 1
    assert "line 2" in tree.find(".//failure").text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text)
