# Mia Schmidt – Übung 1
import torch
import torch.nn.functional as F
from torch import logsumexp as lse
from torch import nn


def softmax(X, dim):
    return torch.softmax(X, dim)


def logsumexp(X, dim, keepdim=False):
    return lse(X, dim, keepdim=keepdim)


def log_softmax(X, dim):
    return F.log_softmax(X, dim=dim)


def cross_entropy(logits, y):
    criterion = nn.CrossEntropyLoss()
    return criterion(logits, y)


def cross_entropy_grad(logits, y):
    logits = logits.clone().requires_grad_(True)
    F.cross_entropy(logits, y).backward()
    return logits.grad


def smooth_labels(y, q, eps, dtype=torch.float32):
    P = F.one_hot(y, q).to(dtype)
    return P * (1 - eps) + (1 - P) * eps / (q - 1)


def soft_cross_entropy(logits, P):
    return F.cross_entropy(logits, P)


def softmax_vjp(s, g, dim):
    return torch._softmax_backward_data(g, s, dim, s.dtype)
