"""Ways to call what is forbidden: name -> (what is forbidden, the student's file). `f` is the exercise.

The first 28 are for softmax and what contains it. ESCAPES are those that no layer catches, HONEST those that
nothing may be said against.
"""

from __future__ import annotations

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
SOFTMAX, DROPOUT, NORM, ENTROPY = ("softmax",), ("dropout",), ("layer_norm",), ("cross_entropy",)
AUTOGRAD, OPTIMISERS = ("autograd", "backward", "grad"), ("SGD",)

Routes = dict[str, tuple[tuple[str, ...], str]]

OF_THE_STUDY: Routes = {
    "torch.softmax": (SOFTMAX, "def f(X):\n    return torch.softmax(X, -1)"),
    "functional": (SOFTMAX, "def f(X):\n    return F.softmax(X, -1)"),
    "method": (SOFTMAX, "def f(X):\n    return X.softmax(-1)"),
    "torch.special": (SOFTMAX, "def f(X):\n    return torch.special.softmax(X, -1)"),
    "module": (SOFTMAX, "def f(X):\n    return nn.Softmax(-1)(X)"),
    "a name in pieces": (SOFTMAX, "g = getattr(torch, 'soft' + 'max')\ndef f(X):\n    return g(X, -1)"),
    "unbound method": (SOFTMAX, "def f(X):\n    return torch.Tensor.softmax(X, -1)"),
    "torch._C": (SOFTMAX, "def f(X):\n    return torch._C._VariableFunctions.softmax(X, -1)"),
    "torch.ops": (SOFTMAX, "def f(X):\n    return torch.ops.aten.softmax.int(X, -1)"),
    "torch.ops, the kernel": (SOFTMAX, "def f(X):\n    return torch.ops.aten._softmax(X, -1, False)"),
    "exp of log_softmax": (SOFTMAX, "def f(X):\n    return F.log_softmax(X, -1).exp()"),
    "cross_entropy": (SOFTMAX, "def f(X):\n    return F.cross_entropy(X, X.argmax(-1))"),
    "attention": (SOFTMAX, "def f(X):\n    return F.scaled_dot_product_attention(X[None], X[None], X[None])"),
    "attention, the module": (SOFTMAX, "def f(X):\n    return nn.MultiheadAttention(8, 2)(X, X, X)[0]"),
    "softmin": (SOFTMAX, "def f(X):\n    return F.softmin(-X, -1)"),
    "sparse": (SOFTMAX, "def f(X):\n    return torch.sparse.softmax(X.to_sparse(), -1).to_dense()"),
    "vmap": (SOFTMAX, "def f(X):\n    return torch.vmap(lambda row: torch.softmax(row, 0))(X)"),
    "TorchScript": (SOFTMAX, "@torch.jit.script\ndef g(X):\n    return torch.softmax(X, -1)\ndef f(X):\n    return g(X)"),
    "compiled": (SOFTMAX, "g = torch.compile(lambda X: torch.softmax(X, -1), backend='eager')\ndef f(X):\n    return g(X)"),
    "in a backward of one's own": (
        SOFTMAX,
        "class A(torch.autograd.Function):\n    @staticmethod\n    def forward(c, X):\n        c.save_for_backward(X)\n"
        "        return X * 1\n    @staticmethod\n    def backward(c, g):\n        return torch.softmax(c.saved_tensors[0], -1)\n"
        "def f(X):\n    X = X.requires_grad_()\n    A.apply(X).sum().backward()\n    return X.grad",
    ),
    "the gradient of logsumexp": (
        SOFTMAX,
        "def f(X):\n    X = X.requires_grad_()\n    torch.logsumexp(X, -1).sum().backward()\n    return X.grad",
    ),
    "function modes off": (SOFTMAX, "def f(X):\n    with torch._C.DisableTorchFunction():\n        return torch.softmax(X, -1)"),
    "all modes off": (
        SOFTMAX,
        "from torch.utils._python_dispatch import _disable_current_modes\ndef f(X):\n"
        "    with torch._C.DisableTorchFunction(), _disable_current_modes():\n        return torch.softmax(X, -1)",
    ),
    "nn.Dropout": (DROPOUT, "def f(X):\n    return nn.Dropout(0.5)(X)"),
    "nn.Dropout in evaluation": (DROPOUT, "def f(X):\n    return nn.Dropout(0.5).eval()(X)"),
    "nn.LayerNorm": (NORM, "def f(X):\n    return nn.LayerNorm(8)(X)"),
}  # fmt: skip

NEW: Routes = {
    "imported under another name": (SOFTMAX, "from torch import softmax as s\ndef f(X):\n    return s(X, -1)"),
    "imported with a star": (SOFTMAX, "from torch.nn.functional import *\ndef f(X):\n    return softmax(X, -1)"),
    "imported inside": (SOFTMAX, "def f(X):\n    from torch.nn.functional import softmax as s\n    return s(X, -1)"),
    "a helper": (SOFTMAX, "def f(X):\n    return helper(X)\ndef helper(X):\n    return X.softmax(-1)"),
    "a class": (SOFTMAX, "class A:\n    def go(self, X):\n        return X.softmax(-1)\ndef f(X):\n    return A().go(X)"),
    "partial": (SOFTMAX, "from functools import partial\ng = partial(F.softmax, dim=-1)\ndef f(X):\n    return g(X)"),
    "methodcaller": (SOFTMAX, "from operator import methodcaller\ndef f(X):\n    return methodcaller('softmax', -1)(X)"),
    "map": (SOFTMAX, "def f(X):\n    return torch.stack(list(map(nn.Softmax(0), X)))"),
    "eval": (SOFTMAX, "def f(X):\n    return eval('torch.softmax(X, -1)')"),
    "a name computed": (SOFTMAX, "def f(X):\n    return getattr(X, 'xamtfos'[::-1])(-1)"),
    "a distribution": (SOFTMAX, "def f(X):\n    return torch.distributions.Categorical(logits=X).probs"),
    "gumbel": (SOFTMAX, "def f(X):\n    return F.gumbel_softmax(X)"),
    "inside Sequential": (SOFTMAX, "def f(X):\n    return nn.Sequential(nn.Softmax(-1))(X)"),
    "all modes off, a name computed": (
        SOFTMAX,
        "from torch.utils._python_dispatch import _disable_current_modes as off\ndef f(X):\n"
        "    with torch._C.DisableTorchFunction(), off():\n        return getattr(X, 'xamtfos'[::-1])(-1)",
    ),
    "SciPy": (SOFTMAX, "from scipy import special\ndef f(X):\n    return torch.tensor(special.softmax(X.numpy(), -1))"),
    "F.layer_norm": (NORM, "def f(X):\n    return F.layer_norm(X, (8,))"),
    "torch.layer_norm": (NORM, "def f(X):\n    return torch.layer_norm(X, (8,))"),
    "native_layer_norm": (NORM, "def f(X):\n    return torch.native_layer_norm(X, (8,), None, None, 1e-5)[0]"),
    "the kernel of layer_norm": (NORM, "def f(X):\n    return torch.ops.aten.native_layer_norm(X, [8], None, None, 1e-5)[0]"),
    "group_norm": (NORM, "def f(X):\n    return F.group_norm(X, 1)"),
    "batch_norm of the transpose": (NORM, "def f(X):\n    return F.batch_norm(X.T, None, None, training=True).T"),
    "nn.BatchNorm1d": (NORM, "def f(X):\n    return nn.BatchNorm1d(4)(X.T).T"),
    "instance_norm": (NORM, "def f(X):\n    return F.instance_norm(X[None])[0]"),
    "rms_norm": (NORM, "def f(X):\n    return F.rms_norm(X - X.mean(-1, keepdim=True), (8,))"),
    "a transformer's layer": (SOFTMAX, "def f(X):\n    return nn.TransformerEncoderLayer(8, 2, dropout=0.0)(X)"),
    "layer_norm in TorchScript": (
        NORM,
        "@torch.jit.script\ndef g(X):\n    return torch.nn.functional.layer_norm(X, [8])\ndef f(X):\n    return g(X)",
    ),
    "nn.CrossEntropyLoss": (ENTROPY, "def f(X):\n    return nn.CrossEntropyLoss()(X, X.argmax(-1))"),
    "nll_loss": (ENTROPY, "def f(X):\n    return F.nll_loss(X, X.argmax(-1))"),
    "NLLLoss": (ENTROPY, "def f(X):\n    return nn.NLLLoss()(X, X.argmax(-1))"),
    "the kernel of nll_loss": (
        ENTROPY,
        "def f(X):\n    return torch.ops.aten.nll_loss_forward(X, X.argmax(-1), None, 1, -100)[0]",
    ),
    "torch._C._nn": (ENTROPY, "def f(X):\n    return torch._C._nn.cross_entropy_loss(X, X.argmax(-1))"),
    "cross_entropy, a name computed": (ENTROPY, "def f(X):\n    return getattr(F, 'yportne_ssorc'[::-1])(X, X.argmax(-1))"),
    "F.dropout": (DROPOUT, "def f(X):\n    return F.dropout(X)"),
    "torch.dropout": (DROPOUT, "def f(X):\n    return torch.dropout(X, 0.5, True)"),
    "dropout in place": (DROPOUT, "def f(X):\n    return torch.dropout_(X, 0.5, True)"),
    "native_dropout": (DROPOUT, "def f(X):\n    return torch.native_dropout(X, 0.5, True)[0]"),
    "alpha_dropout": (DROPOUT, "def f(X):\n    return nn.AlphaDropout()(X)"),
    "dropout of channels": (DROPOUT, "def f(X):\n    return F.dropout1d(X[None])[0]"),
    "nn.Dropout, a name computed": (DROPOUT, "def f(X):\n    return getattr(nn, 'tuoporD'[::-1])(0.5)(X)"),
    "a module made beforehand, a name computed": (DROPOUT, "m = getattr(nn, 'tuoporD'[::-1])(0.5)\ndef f(X):\n    return m(X)"),
    "torch.optim.SGD": (
        OPTIMISERS,
        "def f(X):\n    w = X.requires_grad_()\n    w.sum().backward()\n    torch.optim.SGD([w], lr=0.1).step()\n    return w.detach()",
    ),
    "NumPy, where it is forbidden": (
        ("numpy",),
        "import numpy as np\ndef f(X):\n    return torch.from_numpy(np.exp(X.detach().numpy()))",
    ),
    "torch.optim.Adam": (
        OPTIMISERS,
        "from torch.optim import Adam as A\ndef f(X):\n    w = X.requires_grad_()\n    w.sum().backward()\n    A([w]).step()\n    return w.detach()",
    ),
    "an optimiser, a name computed": (
        OPTIMISERS,
        "def f(X):\n    w = X.requires_grad_()\n    w.sum().backward()\n    getattr(getattr(torch, 'mitpo'[::-1]), 'DGS'[::-1])([w], lr=0.1).step()\n    return w.detach()",
    ),
    "the function of an optimiser": (
        OPTIMISERS,
        "from torch.optim import sgd as s\ndef f(X):\n    s.sgd([X], [X.clone()], [None], weight_decay=0, momentum=0, lr=0.1, dampening=0, nesterov=False, maximize=False)\n    return X",
    ),
    "Tensor.backward": (AUTOGRAD, "def f(X):\n    X = X.requires_grad_()\n    (X ** 3).sum().backward()\n    return X.grad"),
    "autograd.grad": (AUTOGRAD, "def f(X):\n    X = X.requires_grad_()\n    return torch.autograd.grad((X ** 3).sum(), X)[0]"),
    "autograd.backward": (
        AUTOGRAD,
        "from torch import autograd as a\ndef f(X):\n    X = X.requires_grad_()\n    a.backward((X ** 3).sum())\n    return X.grad",
    ),
    "func.grad": (AUTOGRAD, "def f(X):\n    return torch.func.grad(lambda Z: (Z ** 3).sum())(X)"),
    "func.vjp": (AUTOGRAD, "def f(X):\n    return torch.func.vjp(lambda Z: Z ** 3, X)[1](X)[0]"),
    "func.jvp": (AUTOGRAD, "def f(X):\n    return torch.func.jvp(lambda Z: Z ** 3, (X,), (X,))[1]"),
    "a Jacobian": (AUTOGRAD, "def f(X):\n    return torch.autograd.functional.jacobian(lambda Z: (Z ** 3).sum(), X)"),
    "dual numbers": (
        AUTOGRAD,
        "import torch.autograd.forward_ad as ad\ndef f(X):\n    with ad.dual_level():\n        return ad.unpack_dual(ad.make_dual(X, X) ** 3).tangent",
    ),
    "backward, a name computed": (
        AUTOGRAD,
        "def f(X):\n    X = getattr(X, '_darg_seriuqer'[::-1])()\n    getattr((X ** 3).sum(), 'drawkcab'[::-1])()\n    return getattr(X, 'darg'[::-1])",
    ),
    "the engine itself": (
        AUTOGRAD,
        "import sys\nrun = getattr(sys.modules['hparg.dargotua.hcrot'[::-1]], 'drawkcab_nur_enigne_'[::-1])\n"
        "def f(X):\n    X = X.requires_grad_()\n    y = (X ** 3).sum()\n"
        "    return run((y,), (torch.ones(()),), False, False, (X,), True, accumulate_grad=False)[0]",
    ),
}  # fmt: skip

ESCAPES: Routes = {
    "the same formula in NumPy": (
        SOFTMAX,
        "import numpy as np\ndef f(X):\n    e = np.exp(X.detach().numpy())\n    return torch.from_numpy(e / e.sum(-1, keepdims=True))",
    ),
    "every layer switched off, a name computed": (
        SOFTMAX,
        "import sys\nfrom torch.utils._python_dispatch import _disable_current_modes as off\ndef f(X):\n"
        "    sys.setprofile(None)\n    with torch._C.DisableTorchFunction(), off():\n        return getattr(X, 'xamtfos'[::-1])(-1)",
    ),
    "in a thread, a name computed": (
        DROPOUT,
        "from concurrent.futures import ThreadPoolExecutor as Pool\ndef f(X):\n    with Pool(1) as pool:\n"
        "        return pool.submit(getattr(F, 'tuopord'[::-1]), X).result()",
    ),
    "the answers written over": (
        SOFTMAX,
        "import gc\ndef f(X):\n    for each in gc.get_objects():\n        if type(each).__name__ == 'Watch':\n            each.note = lambda *_: None\n"
        "            each._forbid = ()\n    return getattr(X, 'xamtfos'[::-1])(-1)",
    ),
}  # fmt: skip

HONEST: Routes = {
    "softmax by hand": (SOFTMAX, "def f(X):\n    e = (X - X.amax(-1, keepdim=True)).exp()\n    return e / e.sum(-1, keepdim=True)"),
    "a function of one's own of that name": (SOFTMAX, "def softmax(X):\n    return X.exp() / X.exp().sum(-1, keepdim=True)\ndef f(X):\n    return softmax(X)"),
    "a method of one's own of that name": (
        SOFTMAX,
        "class Net:\n    def softmax(self, X):\n        return X.exp() / X.exp().sum(-1, keepdim=True)\n    def go(self, X):\n        return self.softmax(X)\ndef f(X):\n    return Net().go(X)",
    ),
    "a module of one's own of that name": (
        SOFTMAX,
        "class Softmax(nn.Module):\n    def forward(self, X):\n        return X.exp() / X.exp().sum(-1, keepdim=True)\ndef f(X):\n    return Softmax()(X)",
    ),
    "a word in a text": (SOFTMAX, "def f(X):\n    '''My softmax.'''\n    names = {'softmax': X.exp()}\n    return names['softmax'] / names['softmax'].sum(-1, keepdim=True)"),
    "another exercise uses it": (SOFTMAX, "def g(X):\n    return torch.softmax(X, -1)\ndef f(X):\n    e = X.exp()\n    return e / e.sum(-1, keepdim=True)"),
    "sigmoid": (SOFTMAX, "def f(X):\n    return torch.sigmoid(X) + F.softplus(X) + X.exp().sum(-1, keepdim=True).log()"),
    "layer norm by hand": (NORM, "def f(X):\n    return (X - X.mean(-1, keepdim=True)) / (X.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()"),
    "an attribute called norm": (("norm",), "class A:\n    pass\ndef f(X):\n    a = A()\n    a.norm = (X * X).sum().sqrt()\n    return a.norm"),
    "cross-entropy by hand": (ENTROPY, "def f(X):\n    Z = X - X.exp().sum(-1, keepdim=True).log()\n    return -Z.gather(1, X.argmax(-1)[:, None]).mean()"),
    "dropout by hand": (DROPOUT, "def f(X):\n    return X * torch.bernoulli(torch.full_like(X, 0.5)) / 0.5"),
    "a mask of random numbers": (DROPOUT, "def f(X):\n    return X * (torch.rand_like(X) > 0.5) / 0.5"),
    "steps by hand": (OPTIMISERS, "def f(X):\n    w = X.requires_grad_()\n    (w * w).sum().backward()\n    with torch.no_grad():\n        w -= 0.1 * w.grad\n    return w.detach()"),
    "a gradient by hand": (AUTOGRAD, "@torch.no_grad()\ndef f(X):\n    gradient = 3 * X ** 2\n    return gradient"),
    "a backward of one's own": (
        AUTOGRAD,
        "class Layer:\n    def backward(self, g):\n        self.grad = 2 * g\n        return self.grad\ndef f(X):\n    return Layer().backward(X)",
    ),
    "a finite difference": (AUTOGRAD, "def f(X):\n    g = torch.empty_like(X)\n    for i in range(X.numel()):\n        h = torch.zeros(X.numel())\n        h[i] = 1e-3\n        g.view(-1)[i] = ((X.view(-1) + h) ** 3 - (X.view(-1) - h) ** 3).sum() / 2e-3\n    return g"),
    "NumPy for constants": (SOFTMAX, "import numpy as np\ndef f(X):\n    return (X / np.sqrt(8)).exp()"),
}  # fmt: skip
