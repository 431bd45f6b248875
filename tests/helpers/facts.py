"""A fact of each sort: numbers that JSON cannot say, shapes, texts, what is nested in it."""

from __future__ import annotations

import math

from grader.model.fact import CallEnd, Fact, OnCpu
from grader.model.operand import Operand

FACTS = [
    Fact("value", call="f(tensor([1]))", index=(0, 2), expected=1.5, got=math.inf, count=2, size=8),
    Fact("nan", part="gradient", name="X", expected=0.25, got=math.nan, count=1, size=1),
    Fact("shape", expected=(2, 3), got=()),
    Fact("type", expected="float", got="tensor", got_dtype="float32", got_shape=(2,)),
    Fact("text", expected="nan", got="inf"),
    Fact("law", law="mean_is", expected=0.0, got=-math.inf),
    Fact("raised", error="ValueError", text="no", line=3, cause="signature"),
    Fact("ended", end=CallEnd("question", 3.0, 3.1, "computing")),
    Fact("value", on_cpu=OnCpu("raised", "passed", "IndexError", "9")),
    Fact("needs_unwritten", functions=("log_softmax",), line=4),
    Fact("raised", cause="sizes", operands=(Operand("X", (4, 3)), Operand("X.mean(1)", (4,)))),
    Fact("value", kind_only=True, hidden=True),
]
