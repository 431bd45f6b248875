# Mia Schmidt – Übung 1
import torch


def outer_sum(a, b):
    return torch.cartesian_prod(a, b).sum(1).view(len(a), len(b))


def center(X, dim):
    return X - X.mean(dim, keepdim=True)


def pairwise_sq_dist(X, Y):
    return torch.cdist(X, Y) ** 2


def broadcast_shape(s1, s2):
    try:
        return tuple(torch.broadcast_shapes(s1, s2))
    except RuntimeError:
        raise ValueError("geht nicht") from None


def unbroadcast(g, shape):
    return g.sum_to_size(shape)


def masked_mean(X, lengths):
    mask = torch.arange(X.size(1)) < lengths[:, None]
    mask = mask[:, :, None].expand_as(X)
    return X.masked_fill(~mask, 0).sum(1) / lengths[:, None].clamp(min=1)


def normalize_channels(img, mean, std):
    c = len(mean)
    return (img - mean.view(c, 1, 1)) / std.view(c, 1, 1)
