# 张伟 学号 20210233
# 作业一：暂退法
import torch


def dropout(X, p, generator=None):
    # 注意：p 是丢弃的概率
    if not 0 <= p <= 1:
        raise ValueError('p 应该在 0 和 1 之间')
    mask = torch.rand(X.shape, generator=generator) >= p
    return X * mask


def dropout_layer(X, p, training, generator=None):
    # 测试时不丢弃
    if not training:
        return X
    return dropout(X, p, generator)


def vanilla_dropout(X, p, training, generator=None):
    if training:
        return dropout(X, p, generator)
    return X * (1 - p)


def dropout_backward(dY, mask, p):
    # 链式法则
    return torch.where(mask, dY / max(1 - p, 1e-12), torch.zeros_like(dY))


def dropout_moments(mu, var, p, inverted=True):
    均值 = (1 - p) * mu
    方差 = (1 - p) * (var + p * mu ** 2)
    if inverted:
        return mu, 方差 / (1 - p)
    return 均值, 方差


def mlp_dropout(X, W1, b1, W2, b2, p, training, generator=None):
    H = torch.relu(X @ W1 + b1)
    if training:
        H = dropout(H, p, generator)
    return H @ W2 + b2


def dropconnect(X, W, p, generator=None):
    # 丢弃权重而不是激活值
    return X @ dropout(W, p, generator)
