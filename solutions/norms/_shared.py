"""What the pages of this topic have in common: forbidden names, and right answers to build on."""

from grader import stand_in

NORMS = (
    "norm",
    "vector_norm",
    "matrix_norm",
    "normalize",
    "renorm",
    "dist",
    "cdist",
    "pdist",
    "pairwise_distance",
    "cosine_similarity",
    "clip_grad_norm_",
    "get_total_norm",
)


@stand_in
def lp_norm(x, p):
    a = x.abs()
    largest = a.max() if a.numel() else a.sum()
    if largest == 0:
        return largest
    return largest * ((a / largest) ** p).sum() ** (1 / p)


@stand_in
def axis_norm(X, dim, keepdim=False):
    return (X * X).sum(dim, keepdim=keepdim).sqrt()
