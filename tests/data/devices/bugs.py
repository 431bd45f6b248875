"""Device bugs: right on the CPU, wrong wherever X lies elsewhere. The guilty line ends in `# here`."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

MADE_AT_IMPORT = torch.ones(4)


def a_vector_added(X):
    return X + torch.ones(4)  # here


def rows_written_into_zeros(X):
    rows = torch.zeros(3, 4)  # here
    for i in range(3):
        rows[i] = X[i]
    return rows


def zeros_returned(X):
    return torch.zeros(X.shape)  # here


def a_mask_in_where(X):
    return torch.where(torch.ones(3, 4, dtype=torch.bool), X, -X)  # here


def a_causal_mask(X):
    lower = torch.tril(torch.ones(3, 3))  # here
    return (X @ X.T).masked_fill(lower == 0, -1e9)


def a_row_appended(X):
    return torch.cat([X, torch.zeros(1, 4)])  # here


def a_matrix_multiplied(X):
    return X @ torch.eye(4)  # here


class PlainAttribute(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.offset = torch.arange(4.0)  # here

    def forward(self, X):
        return self.linear(X) + self.offset


def a_tensor_that_is_no_buffer(X):
    return PlainAttribute().to(X.device)(X)


class LayersInAList(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(4, 4)]  # here: that in a list

    def forward(self, X):
        return self.layers[0](X)


def modules_in_a_python_list(X):
    return LayersInAList().to(X.device)(X)


def a_module_never_moved(X):
    return nn.Linear(4, 2)(X)  # here


def one_hot_rows_scattered(X):
    return torch.zeros(3, 4).scatter_(1, X.argmax(1, keepdim=True), 1.0)  # here


def a_table_of_embeddings(X):
    return F.embedding(X.argmax(1), torch.randn(4, 2))  # here


def through_numpy(X):
    return torch.from_numpy(2 * X.numpy())  # here


def a_device_by_number(X):
    return X + torch.zeros(4, device="cuda:7")  # here


def always_to_cuda(X):
    return 2 * X.cuda()  # here


def a_generator_on_the_cpu(X):
    generator = torch.Generator().manual_seed(0)
    return X + torch.randn(4, device=X.device, generator=generator)  # here


def labels_of_a_loss(X):
    return F.cross_entropy(X, torch.tensor([0, 1, 2]))  # here


def a_constant_vector(X):
    return X[:, 0] * torch.full((3,), 0.5)  # here


def rows_selected(X):
    return X.index_select(0, torch.tensor([0, 2]))  # here


def entries_gathered(X):
    return X.gather(1, torch.zeros(3, 1, dtype=torch.long))  # here


def added_in_place_to_a_number(X):
    total = torch.tensor(0.0)  # here
    for row in X:
        total += row.sum()
    return total


def numbers_stacked(X):
    return torch.stack([torch.tensor(float(row.sum())) for row in X])  # here


def coins_of_a_full_tensor(X):
    keep = torch.bernoulli(torch.full(X.shape, 0.5))  # here
    return X * keep


def a_dropout_mask(X):
    mask = torch.rand(X.shape) > 0.5  # here
    return X * mask / 0.5


def an_order_drawn_on_the_cpu(X, generator):
    order = torch.randperm(len(X), generator=generator)  # here
    return X[order]


def an_embedding_never_moved(X):
    embedding = nn.Embedding(4, 2)  # here
    return embedding(X.argmax(1))


def one_hot_rows_of_an_identity(X):
    return torch.eye(4)[X.argmax(1)]  # here


def rows_repeated(X):
    return X.repeat_interleave(torch.tensor([1, 0, 2]), dim=0)  # here


def buckets(X):
    return torch.bucketize(X, torch.linspace(0, 9, 4))  # here


def losses_made_a_tensor(X):
    losses = [row.square().mean().item() for row in X]
    return torch.tensor(losses)  # here


def never_brought_back(X):
    quiet = X.detach().cpu()  # here
    return quiet.exp()


def a_ufunc_of_numpy(X):
    return torch.as_tensor(np.exp(X))  # here


def weights_drawn_with_normal(X):
    w = torch.normal(0, 0.01, size=(4, 2), requires_grad=True)  # here
    loss = (X @ w).square().mean()
    loss.backward()
    return w.grad


def written_into_an_empty_tensor(X):
    out = torch.empty(3, 4)  # here
    return torch.mul(X, 2, out=out)


def a_vector_under_a_mask(X):
    Y = X.clone()
    Y[torch.tensor([0, 2])] = torch.zeros(4)  # here
    return Y


def a_hidden_state_of_zeros(X):
    state = torch.zeros(4)  # here
    for row in X:
        state = torch.tanh(row + state)
    return state


def a_kernel_of_ones(X):
    return F.conv2d(X[None, None], torch.ones(1, 1, 2, 2))[0, 0]  # here


def a_constant_of_the_module(X):
    return X * MADE_AT_IMPORT  # here


def weights_of_classes(X):
    return F.cross_entropy(X, X.argmax(1), weight=torch.ones(4))  # here


def lengths_compared_with_places(X):
    lengths = X.argmax(1)
    return torch.arange(4) < lengths[:, None]  # here
