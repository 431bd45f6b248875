"""Whether submitted code may use torch's compiler, which is seconds to import.

A child that imports it late would do so on the student's time. So code in which one of these names stands gets a child
that is forked where it has been imported. What comments and docstrings say does not count: stubs name what they forbid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import StringIO
from tokenize import NAME, TokenError, generate_tokens

WORDS = (
    "compile", "_dynamo", "_inductor", "use_deterministic_algorithms", "deterministic", "checkpoint",
    "checkpoint_sequential", "assert_close",
    "jvp", "jacfwd", "hessian", "forward_ad", "linearize", "make_fx", "sympy", "onnx", "export",
)  # fmt: skip
"""What imports it, or sympy, in torch 2.13."""
_ANY = re.compile(rf"\b({'|'.join(WORDS)})\b")


def may_use_compiler(sources: Iterable[str]) -> bool:
    """Whether the code of any of these sources has a name of what imports it; one that is no Python may have."""
    return any(_ANY.search(source) and _names_it(source) for source in sources)


def _names_it(source: str) -> bool:
    try:
        tokens = generate_tokens(StringIO(source).readline)
        return any(token.type == NAME and token.string in WORDS for token in tokens)
    except (TokenError, SyntaxError):
        return True
