"""What the pages of this topic have in common: forbidden names."""

AUTOGRAD = (
    "autograd",
    "backward",
    "enable_grad",
    "grad",
    "grad_and_value",
    "gradcheck",
    "hessian",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "requires_grad",
    "Variable",
    "vjp",
)
