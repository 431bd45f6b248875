import math

import torch


def softmax(X, dim):
    X -= X.max(dim, keepdim=True).values
    X.exp_()
    X /= X.sum(dim, keepdim=True)
    return X


def logsumexp(X, dim, keepdim=False):
    m = X.max(dim, keepdim=True).values
    s = (X - m).exp().sum(dim, keepdim=True).log() + m
    if not keepdim:
        s = s.squeeze(dim)
    return s


def log_softmax(X, dim):
    return X - logsumexp(X, dim, True)


def cross_entropy(logits, y):
    total = 0
    for i in range(len(y)):
        row = log_softmax(logits[i], 0)
        total = total - row[y[i]]
    return total / len(y)


def cross_entropy_grad(logits, y):
    n, q = logits.shape
    G = torch.zeros(n, q)
    for i in range(n):
        s = sum(math.exp(logits[i, k]) for k in range(q))
        for j in range(q):
            G[i, j] = math.exp(logits[i, j]) / s
            if j == y[i]:
                G[i, j] -= 1
    return G / n


def smooth_labels(y, q, eps, dtype=torch.float32):
    P = []
    for label in y:
        row = [eps / (q - 1)] * q
        row[label] = 1 - eps
        P.append(row)
    return torch.tensor(P, dtype=dtype)


def soft_cross_entropy(logits, P):
    L = 0
    for i in range(len(P)):
        lp = log_softmax(logits[i], 0)
        for j in range(len(P[i])):
            if P[i, j] != 0:
                L -= P[i, j] * lp[j]
    return L / len(P)


def softmax_vjp(s, g, dim):
    g *= s
    g -= s * g.sum(dim, keepdim=True)
    return g
