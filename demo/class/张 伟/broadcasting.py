# 张伟 学号 20210233
# 作业一：广播机制
import torch


def outer_sum(a, b):
    # 形状 (m,1) 与 (n,) 相加
    return a.reshape(len(a), 1) + b


def center(X, dim):
    # 均值要保留维度
    return X - X.mean(dim, keepdim=True)


def pairwise_sq_dist(X, Y):
    # 每次只处理一个特征，省内存
    D = torch.zeros(len(X), len(Y), dtype=X.dtype)
    for k in range(X.shape[1]):
        D = D + (X[:, k, None] - Y[:, k]) ** 2
    return D


def broadcast_shape(s1, s2):
    结果 = []
    for i in range(1, max(len(s1), len(s2)) + 1):
        a = s1[-i] if i <= len(s1) else 1
        b = s2[-i] if i <= len(s2) else 1
        if a != b and a != 1 and b != 1:
            raise ValueError('形状不匹配')
        结果.append(b if a == 1 else a)
    return tuple(reversed(结果))


def unbroadcast(g, shape):
    # 前面多出来的轴求和，大小为 1 的轴也求和
    n = g.dim() - len(shape)
    轴 = list(range(n)) + [n + i for i, k in enumerate(shape) if k == 1]
    if not 轴:
        return g
    return g.sum(轴, keepdim=True).reshape(shape)


def masked_mean(X, lengths):
    # 填充的地方可能是 nan，不能用乘法
    n, t, d = X.shape
    掩码 = torch.arange(t).expand(n, t) < lengths.reshape(n, 1)
    和 = X.masked_fill(~掩码.unsqueeze(-1), 0).sum(1)
    return 和 / lengths.reshape(n, 1)


def normalize_channels(img, mean, std):
    return (img - mean[..., None, None]) / std[..., None, None] ** 2
