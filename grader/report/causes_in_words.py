"""What is behind a failure, and what to do about it, in a sentence."""

from __future__ import annotations

from grader.model.fact import Fact
from grader.model.vocabulary import Cause
from grader.report.operands_text import shapes_below_another, shapes_in_a_list

_WORDS: dict[Cause, str] = {
    "no_return": "Your function ends without a return, so it gives None. Return the result.",
    "printed": "The result is printed{line}, not returned, so the function gives None. Return it.",
    "some_return": "One way through your function reaches its end without a return, and gives None there.",
    "no_grad_attribute": "The .grad that you return is None. Only a leaf gets one, and clone() or any other operation "
    "makes a tensor that is no leaf: start from x.detach().clone(), and require gradients of that.",
    "returned_none": "What you return{line} is None there.",
    "truth_value": "A tensor of several numbers is neither true nor false, so if, and, or cannot ask it, and neither "
    "can what compares by ==: in, index, remove. Choose entry by entry with torch.where, ask for .any() or .all(), or "
    "compare positions.",
    "several_outputs": "A backward pass starts from one number. Sum the outputs first, or weight them: "
    "y.backward(gradient=…), torch.autograd.grad(y, x, grad_outputs=…).",
    "graph_freed": "The first backward pass frees the graph. Keep it with retain_graph=True, or compute anew.",
    "no_graph": "Nothing that this was computed from requires a gradient, so there is nothing to go back through.",
    "none_used": "Something in that line is None: what a function without a return gives, or a .grad that no backward "
    "pass has filled.",
    "complex": "The numbers there are complex: torch.linalg.eig and eigvals give complex ones even of real matrices. "
    "Of a symmetric matrix, eigh and eigvalsh give real ones.",
    "assertion": "An assert is a note to yourself. A caller's mistake is told by an exception: raise {name}.",
    "sizes": "The sizes that meet in that line do not fit. Print the shapes of both sides just before it.",
    "inner_sizes": "A matrix product needs as many columns on its left as there are rows on its right.",
    "tuple_of_gradients": "torch.autograd.grad{line} returns a tuple, with one gradient for each input. Take the one "
    "you want: [0].",
    "number": "{name} makes a Python number{line}, and no gradient goes through that. Stay with tensors.",
    "list": "A Python list came back. Build the answer as a tensor, for instance with torch.stack.",
    "numpy": "NumPy cannot carry gradients{line}, and .detach() would only hide that. Use torch's functions.",
    "numpy_array": "A NumPy array came back. Return a tensor: stay with torch's functions, and leave out .numpy().",
    "lazy": "It is lazy, of type {name}: nothing of it is computed until somebody asks. Return a list of its items.",
    "new_tensor": "torch.{name}(…){line} copies numbers and forgets where they came from. Use the tensor itself.",
    "cut": "{name}{line} cuts the answer off from what it was computed from.",
    "cuda": "The checks run on the CPU. Take the device from an argument, X.device, in the place of a fixed one.",
    "signature": "It should be {name}.",
    "pair_as_tensor": "{name} along a dim returns a pair, (values, indices). Take .values of it.",
    "in_helper": "That line is in {name}, which your function calls.",
    "open_branch": "This way through your function is not written yet.",
    "uncalled": "{name}{line} is a function that is not called: add () to call it.",
    "single_precision": "It is right to the digits of float32 only: something on the way loses digits. Look for "
    "float32, for a small number that is added, and for a difference of large numbers.",
}

_AS_WRITTEN = {name: f".{name}()" for name in ("item", "tolist", "detach")} | {
    "data": ".data",
    "no_grad": "torch.no_grad()",
    "inference_mode": "torch.inference_mode()",
}
"""What a student has written, where the fact holds its bare name."""
BELOW_ANOTHER = "Sizes that stand below one another, counted from the last axis, must be equal, or one of them 1."


def cause_text(fact: Fact) -> str:
    """The sentence; empty where nothing is known."""
    source = [f"    {fact.source}"] if fact.source else []
    if fact.cause is None:
        return "\n".join(source)
    line = f" in line {fact.line}" if fact.line else ""
    name = fact.functions[0] if fact.functions else "Something"
    if fact.cause in ("number", "cut"):
        name = _AS_WRITTEN.get(name, f"{name}()")
    words = _WORDS[fact.cause].format(name=name, line=line)
    shapes: list[str] = []
    if fact.cause == "inner_sizes":
        shapes = shapes_in_a_list(fact.operands)
    elif fact.cause == "sizes" and (shapes := shapes_below_another(fact.operands)):
        words = BELOW_ANOTHER
    return "\n".join([*source, *(f"      {shape}" for shape in shapes), words])
