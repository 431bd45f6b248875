"""Honest programs of many kinds do on the simulated device what they do on the CPU: the same numbers, no complaint."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from grader.model.question import Answer, Question, Returned
from grader.model.value import Array
from grader.runner.respond import respond

BODIES = {
    # functorch
    "vmap over rows": "torch.vmap(lambda r: r - r.sum() / 3)(X)",
    "vmap over columns": "torch.vmap(lambda c: 2 * c + 1, in_dims=1, out_dims=1)(X)",
    "vmap of a branch": "torch.vmap(lambda r: torch.where(r > 2, r, 0.5))(X)",
    "vmap in vmap": "torch.vmap(torch.vmap(lambda e: e * 3 - 1))(X)",
    "vmap with a constant": "torch.vmap(lambda r, s: r * s, in_dims=(0, None))(X, 2)",
    "grad": "torch.func.grad(lambda x: (2 * x * x).sum())(X)",
    "grad of grad": "torch.func.grad(lambda x: torch.func.grad(lambda y: (y ** 3).sum())(x).sum())(X)",
    "grad_and_value": "torch.func.grad_and_value(lambda x: x.square().sum() / 2)(X)",
    "jacrev": "torch.func.jacrev(lambda x: 2 * x.dot(x))(X[0])",
    "jacfwd": "torch.func.jacfwd(lambda x: 2 * x * x.sum())(X[0])",
    "hessian": "torch.func.hessian(lambda x: (x ** 3).sum())(X[0])",
    "jvp": "torch.func.jvp(lambda x: 3 * x, (X,), (torch.ones_like(X),))[1]",
    "jvp of a constant": "torch.func.jvp(lambda x: x.detach() * 0 + 1, (X,), (torch.ones_like(X),))[0]",
    "a zero derivative": "torch.func.grad(lambda z: torch.func.jvp(lambda x: 3 * x.sum(), (z,), (X,))[1])(X)",
    "vjp": "torch.func.vjp(lambda x: x.exp() / 2, X)[1](torch.ones_like(X))[0]",
    "rows of a jacobian": "torch.vmap(torch.func.grad(lambda r: (r * r).sum() * 0.5))(X)",
    # complex numbers
    "a modulus": "torch.complex(X, X + 1).abs()",
    "a conjugate product": "(lambda z: (z * z.conj()).real)(torch.complex(X, X + 2))",
    "the imaginary part of a conjugate": "torch.complex(X, X + 2).conj().imag + 0",
    "a conjugate transpose": "(lambda z: (z @ z.mH).real)(torch.complex(X, X + 2))",
    "view as real": "torch.view_as_real(torch.complex(X, -X).conj().resolve_conj())",
    "a product of conjugates": "torch.vdot(torch.complex(X[0], X[1]), torch.complex(X[1], X[0])).real",
    "polar": "torch.polar(X + 1, X).real",
    "an exponential": "(torch.exp(1j * X) + torch.exp(-1j * X)).real",
    "eigenvalues": "torch.linalg.eigvalsh(X @ X.mT)",
    # views
    "a transposed view": "X.T.T + X.mT.mT",
    "expand": "X[:, None].expand(2, 4, 3).sum(1)",
    "a diagonal": "X[:, :2].diagonal().clone()",
    "unfold": "X.unfold(1, 2, 1).mean(-1)",
    "chunks": "torch.cat([c * 2 for c in X.chunk(3, 1)], 1)",
    "unbind and stack": "torch.stack([r + i for i, r in enumerate(X.unbind())])",
    "narrow and flip": "X.narrow(1, 0, 2).flip(0)",
    "movedim": "X.movedim(0, 1).contiguous().view(-1)",
    "as strided": "X.as_strided((2, 2), (3, 1)) * 1",
    "an index": "X[[1, 0]][:, torch.tensor([2, 0])]",
    "a mask": "X[X > 1].sum().reshape(1)",
    "take along": "torch.take_along_dim(X, X.argsort(1, descending=True), 1)",
    "einsum": "torch.einsum('ij,kj->ik', X, X)",
    # in place, on tensors of one's own
    "mul_": "X.clone().mul_(2).add_(1)",
    "a slice": "(lambda Y: (Y.__setitem__((slice(None), 0), 7.0), Y)[1])(X.clone())",
    "masked_fill_": "X.clone().masked_fill_(X < 2, -1)",
    "scatter_": "torch.zeros_like(X).scatter_(1, X.argmax(1, keepdim=True), 1)",
    "index_add_": "torch.zeros_like(X).index_add_(0, torch.tensor([1, 0], device=X.device), X)",
    "unsqueeze_": "X.clone().unsqueeze_(0).squeeze_(0)",
    "transpose_": "X.clone().transpose_(0, 1) + 0",
    "copy_": "torch.empty_like(X).copy_(X)",
    "lerp_": "X.clone().lerp_(torch.ones_like(X), 0.25)",
    "clamp_": "X.clone().clamp_(min=1, max=4)",
    "out": "torch.add(X, 1, out=torch.empty_like(X))",
    # by way of NumPy
    "to NumPy and back": "torch.from_numpy(X.detach().cpu().numpy() * 2).to(X.device)",
    "a NumPy number": "X * float(np.sqrt(2.0))",
    "a NumPy function": "torch.tensor(np.outer(X[0].tolist(), [1.0, 2.0]), device=X.device, dtype=X.dtype)",
    # dtypes
    "double and back": "X.double().sum(1).to(X.dtype)",
    "half and back": "X.half().float().to(X.dtype)",
    "whole numbers": "(X.long() // 2).to(X.dtype)",
    "flags": "(X > 2).to(X.dtype).mean(1)",
    "type promotion": "torch.arange(3, device=X.device) * X",
    "a Python list": "torch.tensor([[float(e) + 1 for e in r] for r in X], device=X.device, dtype=X.dtype)",
}
AROUND = {
    "as it is": "def program(X):\n    return {body}\n",
    "without recording": "@torch.no_grad()\ndef program(X):\n    return {body}\n",
    "for inference": "@torch.inference_mode()\ndef program(X):\n    return {body}\n",
    "recording": "def program(X):\n    with torch.enable_grad():\n        return {body}\n",
}
WITHOUT_RECORDING = ("grad", "hessian", "jac", "jvp", "vjp", "derivative")
PROGRAMS = [
    (around, body)
    for around, body in product(AROUND, BODIES)
    if around != "for inference" or not any(word in body for word in WITHOUT_RECORDING)  # it has no derivatives
]


def answer(source: str, device: str) -> Answer:
    X = Array.of(np.arange(6, dtype=np.float32).reshape(2, 3))
    module: dict[str, object] = {}
    exec(compile(source, "program.py", "exec"), module)
    return respond(module, Question("program", (X,), device=device))


def test_there_are_many() -> None:
    """Two hundred programs at least."""
    assert len(PROGRAMS) >= 200


@pytest.mark.parametrize("around", AROUND)
def test_the_simulated_device_says_what_the_cpu_says(around: str) -> None:
    """Each program answers, and both answers are equal to the last bit."""
    differ = {}
    for name in [body for kind, body in PROGRAMS if kind == around]:
        source = f"import numpy as np\nimport torch\n\n{AROUND[around].format(body=BODIES[name])}"
        on_cpu, simulated = answer(source, "cpu"), answer(source, "sim")
        if not isinstance(on_cpu, Returned) or not isinstance(simulated, Returned) or on_cpu.values != simulated.values:
            differ[name] = (on_cpu, simulated)
    assert differ == {}
