"""What is behind a failure, and what to do about it, in a sentence."""

from __future__ import annotations

from grader.model.fact import Fact
from grader.model.vocabulary import Cause

_WORDS: dict[Cause, str] = {
    "no_return": "Your function ends without a return, so it gives None. Return the result.",
    "printed": "The result is printed{line}, not returned, so the function gives None. Return it.",
    "some_return": "One way through your function reaches its end without a return, and gives None there.",
    "number": "{name} makes a Python number{line}, and no gradient goes through that. Stay with tensors.",
    "list": "A Python list came back. Build the answer as a tensor, for instance with torch.stack.",
    "numpy": "NumPy cannot carry gradients{line}, and .detach() would only hide that. Use torch's functions.",
    "new_tensor": "torch.{name}(…){line} copies numbers and forgets where they came from. Use the tensor itself.",
    "cut": "{name}{line} cuts the answer off from what it was computed from.",
    "cuda": "The checks run on the CPU. Take the device from an argument, X.device, in the place of a fixed one.",
    "signature": "It should be {name}.",
    "pair_as_tensor": "{name} along a dim returns a pair, (values, indices). Take .values of it.",
    "in_helper": "That line is in {name}, which your function calls.",
    "open_branch": "This way through your function is not written yet.",
    "single_precision": "It is right to the digits of float32 only: something on the way is computed in float32.",
}


def cause_text(fact: Fact) -> str:
    """The sentence; empty where nothing is known."""
    if fact.cause is None:
        return ""
    line = f" in line {fact.line}" if fact.line else ""
    return _WORDS[fact.cause].format(name=fact.functions[0] if fact.functions else "", line=line)
