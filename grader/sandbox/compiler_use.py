"""Whether submitted code may use torch's compiler, which is seconds to import.

A child that imports it late would do so on the student's time. So code in which one of these words stands gets a child
that is forked where it has been imported; a word in a comment costs one more such process and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

WORDS = (
    "compile", "_dynamo", "_inductor", "use_deterministic_algorithms", "deterministic", "checkpoint",
    "checkpoint_sequential", "assert_close",
    "jvp", "jacfwd", "hessian", "forward_ad", "linearize", "make_fx", "sympy", "onnx", "export",
)  # fmt: skip
"""What imports it, or sympy, in torch 2.13."""
_ANY = re.compile(rf"\b({'|'.join(WORDS)})\b")


def may_use_compiler(sources: Iterable[str]) -> bool:
    """Whether any of these sources has a word of what imports it."""
    return any(_ANY.search(source) for source in sources)
