"""Answers to the exercises of softmax, written from the stubs alone."""

import torch
from torch import Tensor


def _log_of_sum(X: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """Scores relative to the largest, and the logarithm of the sum of their exponentials."""
    shifted = X - X.detach().amax(dim, keepdim=True)
    return shifted, shifted.exp().sum(dim, keepdim=True).log()


def softmax__shifted(X: Tensor, dim: int) -> Tensor:
    weights = torch.exp(X - torch.max(X, dim, keepdim=True).values)
    return weights / weights.sum(dim, keepdim=True)


def softmax__from_logarithms(X: Tensor, dim: int) -> Tensor:
    shifted, total = _log_of_sum(X, dim)
    return (shifted - total).exp()


def wrong_softmax__in_float32(X: Tensor, dim: int) -> Tensor:
    return softmax__shifted(X.float(), dim).to(X.dtype)


def wrong_softmax__stray_epsilon(X: Tensor, dim: int) -> Tensor:
    weights = torch.exp(X - X.amax(dim, keepdim=True))
    return weights / (weights.sum(dim, keepdim=True) + 1e-8)


def wrong_softmax__clipped(X: Tensor, dim: int) -> Tensor:
    weights = X.clamp(-80, 80).exp()
    return weights / weights.sum(dim, keepdim=True)


def wrong_softmax__largest_of_all(X: Tensor, dim: int) -> Tensor:
    weights = torch.exp(X - X.max())
    return weights / weights.sum(dim, keepdim=True)


def logsumexp__guarded(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    if X.numel() == 0:
        return X.exp().sum(dim, keepdim=keepdim).log()
    largest = X.detach().amax(dim, keepdim=True)
    largest = largest.masked_fill(largest == -torch.inf, 0.0)
    y = (X - largest).exp().sum(dim, keepdim=True).log() + largest
    return y if keepdim else y.squeeze(dim)


def logsumexp__log1p(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    if X.numel() == 0:
        return torch.log(torch.sum(torch.exp(X), dim, keepdim=keepdim))
    largest, place = X.max(dim, keepdim=True)
    base = torch.where(torch.isinf(largest), torch.zeros_like(largest), largest)
    rest = torch.exp(X - base).scatter(dim, place, 0.0)
    y = largest + torch.log1p(rest.sum(dim, keepdim=True))
    return y if keepdim else y.squeeze(dim)


def wrong_logsumexp__squeezes_all(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    y = logsumexp__guarded(X, dim, keepdim=True)
    return y if keepdim else y.squeeze()


def wrong_logsumexp__nan_for_nothing(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    largest = X.amax(dim, keepdim=True)
    y = (X - largest).exp().sum(dim, keepdim=True).log() + largest
    return y if keepdim else y.squeeze(dim)


def wrong_logsumexp__finite_for_nothing(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    largest = X.amax(dim, keepdim=True).clamp(min=torch.finfo(X.dtype).min)
    y = ((X - largest).exp().sum(dim, keepdim=True) + 1e-30).log() + largest
    return y if keepdim else y.squeeze(dim)


def log_softmax__shifted(X: Tensor, dim: int) -> Tensor:
    shifted, total = _log_of_sum(X, dim)
    return shifted - total


def log_softmax__moved_axis(X: Tensor, dim: int) -> Tensor:
    rows = X.movedim(dim, -1)
    rows = rows - rows.max(-1, keepdim=True)[0]
    return (rows - torch.log(torch.einsum("...k->...", rows.exp()))[..., None]).movedim(-1, dim)


def log_softmax__less_the_whole(X: Tensor, dim: int) -> Tensor:
    return X - logsumexp__guarded(X, dim, keepdim=True)


def wrong_log_softmax__log_of_tiny(X: Tensor, dim: int) -> Tensor:
    weights = (X - X.amax(dim, keepdim=True)).exp()
    return (weights / weights.sum(dim, keepdim=True)).log()


def wrong_log_softmax__stray_epsilon(X: Tensor, dim: int) -> Tensor:
    shifted = X - X.amax(dim, keepdim=True)
    return shifted - (shifted.exp().sum(dim, keepdim=True) + 1e-8).log()


def wrong_log_softmax__finite_for_ruled_out(X: Tensor, dim: int) -> Tensor:
    shifted, total = _log_of_sum(X, dim)
    return (shifted - total).clamp(min=torch.finfo(X.dtype).min)


def cross_entropy__gathered(logits: Tensor, y: Tensor) -> Tensor:
    shifted, total = _log_of_sum(logits, 1)
    return (total - shifted.gather(1, y.unsqueeze(1))).mean()


def cross_entropy__relative_to_the_label(logits: Tensor, y: Tensor) -> Tensor:
    n, q = logits.shape
    chosen = torch.arange(q, device=y.device) == y[:, None]
    margins = logits - (logits * chosen).sum(1, keepdim=True)
    largest = margins.amax(1)
    return (largest + (margins - largest[:, None]).exp().sum(1).log()).sum() / n


def cross_entropy__whole_less_chosen(logits: Tensor, y: Tensor) -> Tensor:
    chosen = logits[torch.arange(len(y), device=logits.device), y]
    return logsumexp__log1p(logits, 1).sub(chosen).mean()


def wrong_cross_entropy__stray_epsilon(logits: Tensor, y: Tensor) -> Tensor:
    weights = (logits - logits.amax(1, keepdim=True)).exp()
    P = weights / weights.sum(1, keepdim=True)
    return -(P[torch.arange(len(y), device=y.device), y] + 1e-9).log().mean()


def wrong_cross_entropy__base_two(logits: Tensor, y: Tensor) -> Tensor:
    shifted, total = _log_of_sum(logits, 1)
    return (total - shifted.gather(1, y[:, None])).mean() / torch.log(torch.tensor(2.0, dtype=logits.dtype))


def wrong_cross_entropy__all_pairs(logits: Tensor, y: Tensor) -> Tensor:
    shifted, total = _log_of_sum(logits, 1)
    return -(shifted - total)[:, y].mean()


def cross_entropy_grad__subtract_at(logits: Tensor, y: Tensor) -> Tensor:
    G = softmax__shifted(logits, 1)
    G[torch.arange(len(y), device=y.device), y] -= 1.0
    return G / len(y)


def cross_entropy_grad__one_hot(logits: Tensor, y: Tensor) -> Tensor:
    n, q = logits.shape
    target = torch.eye(q, dtype=logits.dtype, device=logits.device)[y]
    shifted, total = _log_of_sum(logits, -1)
    return torch.sub((shifted - total).exp(), target).mul(1 / n)


def wrong_cross_entropy_grad__not_averaged(logits: Tensor, y: Tensor) -> Tensor:
    G = softmax__shifted(logits, 1)
    return G.scatter_add(1, y[:, None], torch.full_like(G[:, :1], -1.0))


def wrong_cross_entropy_grad__per_probability(logits: Tensor, y: Tensor) -> Tensor:
    P = softmax__shifted(logits, 1)
    hot = torch.nn.functional.one_hot(y, logits.shape[1])
    return -hot / P / len(y)


def wrong_cross_entropy_grad__divided_by_entries(logits: Tensor, y: Tensor) -> Tensor:
    hot = torch.nn.functional.one_hot(y, logits.shape[1]).to(logits.dtype)
    return (softmax__shifted(logits, 1) - hot) / logits.numel()


def smooth_labels__scattered(y: Tensor, q: int, eps: float, dtype: torch.dtype = torch.float32) -> Tensor:
    P = torch.full((len(y), q), eps / (q - 1), dtype=dtype, device=y.device)
    return P.scatter_(1, y.view(-1, 1), 1 - eps)


def smooth_labels__rows_of_a_table(y: Tensor, q: int, eps: float, dtype: torch.dtype = torch.float32) -> Tensor:
    eye = torch.eye(q, dtype=torch.float64, device=y.device)
    return (eye * (1 - eps) + (1 - eye) * eps / (q - 1)).to(dtype)[y]


def wrong_smooth_labels__over_all_classes(y: Tensor, q: int, eps: float, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.nn.functional.one_hot(y, q).to(dtype) * (1 - eps) + eps / q


def wrong_smooth_labels__through_float32(y: Tensor, q: int, eps: float, dtype: torch.dtype = torch.float32) -> Tensor:
    hot = torch.eye(q, device=y.device)[y]
    return torch.where(hot > 0, torch.tensor(1 - eps, device=y.device), torch.tensor(eps / (q - 1))).to(dtype)


def soft_cross_entropy__masked(logits: Tensor, P: Tensor) -> Tensor:
    shifted, total = _log_of_sum(logits, 1)
    surprise = (total - shifted).masked_fill(P == 0, 0.0)
    return torch.einsum("ij,ij->", P, surprise) / len(P)


def soft_cross_entropy__where_twice(logits: Tensor, P: Tensor) -> Tensor:
    largest = logits.max(dim=1, keepdim=True).values
    total = largest + torch.log(torch.exp(logits - largest).sum(dim=1, keepdim=True))
    finite = torch.where(P > 0, logits, largest)
    return torch.where(P > 0, P * (total - finite), torch.zeros_like(P)).sum(1).mean()


def soft_cross_entropy__nan_becomes_zero(logits: Tensor, P: Tensor) -> Tensor:
    shifted, total = _log_of_sum(logits, 1)
    return (P * (total - shifted)).nan_to_num(0.0).sum(1).mean()


def wrong_soft_cross_entropy__mean_of_entries(logits: Tensor, P: Tensor) -> Tensor:
    shifted, total = _log_of_sum(logits, 1)
    return (P * (total - shifted).masked_fill(P == 0, 0)).mean()


def wrong_soft_cross_entropy__stray_epsilon(logits: Tensor, P: Tensor) -> Tensor:
    return -(P * (softmax__shifted(logits, 1) + 1e-12).log()).sum(1).mean()


def softmax_vjp__inner_product(s: Tensor, g: Tensor, dim: int) -> Tensor:
    inner = (s * g).sum(dim, keepdim=True)
    return s * (g - inner)


def softmax_vjp__jacobian(s: Tensor, g: Tensor, dim: int) -> Tensor:
    rows, up = s.movedim(dim, -1), g.movedim(dim, -1)
    J = torch.diag_embed(rows) - rows.unsqueeze(-1) * rows.unsqueeze(-2)
    return torch.einsum("...k,...kj->...j", up, J).movedim(-1, dim)


def wrong_softmax_vjp__diagonal(s: Tensor, g: Tensor, dim: int) -> Tensor:
    return g * s * (1 - s)


def wrong_softmax_vjp__last_axis(s: Tensor, g: Tensor, dim: int) -> Tensor:
    return s * (g - (s * g).sum(-1, keepdim=True))
