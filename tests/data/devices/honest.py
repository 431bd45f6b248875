"""Right on every device: nothing here may be called a device bug, and the numbers are those of the CPU."""

from __future__ import annotations

import copy

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn


def indices_on_the_cpu(X):
    return X[torch.arange(3), torch.tensor([0, 1, 1])]


def a_number_in_a_tensor(X):
    return X * torch.tensor(2.0)


class WithBuffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.register_buffer("offset", torch.arange(4.0))

    def forward(self, X):
        return self.linear(X) + self.offset


def a_module_with_a_buffer(X):
    return WithBuffer().to(X.device)(X)


def noise_like_x(X):
    return X + torch.randn_like(X)


def zeros_with_a_device(X):
    return X + torch.zeros(4, device=X.device)


def zeros_of_x(X):
    return X + X.new_zeros(4)


def through_numpy_and_back(X):
    return torch.from_numpy(2 * X.cpu().numpy()).to(X.device)


def a_python_number(X):
    return X / X.max().item()


def numbers_from_a_list(X):
    return torch.stack([row * scale for row, scale in zip(X, X[:, 0].tolist(), strict=True)])


def a_branch(X):
    return X if X.sum() > 0 else -X


def entries_under_a_mask(X):
    return X[X > 2]


def different_entries(X):
    return torch.unique(X).numel() + X.sum()


def a_float_of_a_tensor(X):
    return X * float(X.std())


def printed(X):
    print(X, f"{X.mean():.3f}", repr(X[0]))
    assert X.shape == (3, 4), f"{X}"
    return X + 1


def compared(X):
    return X if torch.allclose(X, X.clone()) and torch.equal(X, X) else -X


def a_gradient(X):
    Z = X.clone().requires_grad_()
    return torch.autograd.grad(Z.square().sum(), Z)[0]


def ready_made_softmax(X):
    return F.softmax(X, dim=-1)


def another_dtype(X):
    return X + torch.zeros(4, dtype=torch.float64, device=X.device)


def gradients_of_a_module(X):
    model = WithBuffer().to(X.device)
    model(X).sum().backward()
    return model.linear.weight.grad


def moved_after_it_was_made(X):
    return torch.ones(4).to(X.device) + X


def a_step_of_an_optimiser(X):
    model = nn.Linear(4, 4).to(X.device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.1)
    F.mse_loss(model(X), X).backward()
    optimiser.step()
    return model.weight


def ready_made_attention(X):
    return F.scaled_dot_product_attention(X[None], X[None], X[None], is_causal=True)


def a_row_overwritten_from_the_cpu(X):
    Y = X.clone()
    Y[0] = torch.zeros(4)
    return Y


def a_mask_on_the_cpu_as_index(X):
    return X[torch.tensor([True, False, True])]


def data_with_a_device(X):
    return X + torch.tensor([1.0, 2.0, 3.0, 4.0], device=X.device)


def data_of_x(X):
    return X + X.new_tensor([1.0, 2.0, 3.0, 4.0])


def a_list_as_index(X):
    return X[[0, 2]] + X[:, [0, 1, 2, 3]][:2] + X[[True, False, True]]


def an_array_as_index(X):
    return X[np.array([2, 0])]


def a_generator_of_the_device(X):
    generator = torch.Generator(device=X.device).manual_seed(3)
    return X[torch.randperm(len(X), generator=generator, device=X.device)]


def a_generator_that_is_given(X, generator):
    noise = torch.empty_like(X).normal_(generator=generator)
    return X + noise + torch.rand(4, generator=generator, device=generator.device)


def a_device_for_all_that_follows(X):
    with torch.device(X.device):
        return X + torch.ones(4) + torch.tensor([1.0, 2.0, 3.0, 4.0])


def mapped_over_rows(X):
    return torch.vmap(lambda row: row / row.sum() + torch.ones(4, device=row.device))(X)


def gradients_of_functions(X):
    slope = torch.func.grad(lambda Z: Z.square().sum())(X)
    rows = torch.func.jacrev(lambda Z: Z.square().sum(1))(X)
    _, along = torch.func.jvp(torch.func.grad(lambda Z: (Z**3).sum()), (X,), (torch.ones_like(X),))
    return slope, rows, along


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(context, X):
        context.save_for_backward(X)
        return X.exp()

    @staticmethod
    def backward(context, gradient):
        (X,) = context.saved_tensors
        return gradient * X.exp()


def a_gradient_of_ones_own(X):
    Z = X.clone().requires_grad_()
    Doubled.apply(Z).sum().backward()
    return Z.grad


def moved_after_the_optimiser_was_made(X):
    model = nn.Linear(4, 4)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model.to(X.device)
    for _ in range(3):
        optimiser.zero_grad()
        F.mse_loss(model(X), X).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    return model.weight


def parameters_moved_by_their_data(X):
    model = nn.Linear(4, 2)
    for parameter in model.parameters():
        parameter.data = parameter.data.to(X.device)
    return model(X)


def minibatches(X):
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, X[:, 0]), batch_size=2)
    return torch.cat([examples * labels[:, None] for examples, labels in loader])


def a_copy_of_a_model(X):
    model = nn.Linear(4, 2, device=X.device)
    return copy.deepcopy(model)(X) - model(X)


def shapes_changed_in_place(X):
    Y = X.clone().unsqueeze_(0)
    Y.squeeze_(0).t_()
    return Y @ X


def an_output_on_the_device(X):
    return torch.mul(X, 2, out=torch.empty_like(X)) + torch.mul(X, 2, out=torch.empty(0, device=X.device))


def sums_in_python(X):
    return sum(X) + max(X[0]) + sum(row.sum() for row in X)


def a_picture_through_a_network(X):
    layers = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    return layers.to(X.device)(X[None, None])


def a_sequence_through_a_network(X):
    return nn.LSTM(4, 3).to(X.device)(X[None])[0]


def numbers_from_the_cpu(X):
    zero, total = torch.tensor(0.0), torch.tensor(1.0)
    Y = torch.where(X > 3, X, zero) + X.masked_fill(X > 3, zero) + torch.clamp(X, min=zero)
    return Y, total + X.sum()


def moved_to_where_x_is(X):
    return torch.ones(4).to(X) + torch.ones(4).type_as(X) + X.double().to(X.dtype)


def a_training_loop(X):
    w = torch.zeros(4, 1, device=X.device, requires_grad=True)
    for _ in range(3):
        loss = (X @ w - 1).square().mean()
        loss.backward()
        with torch.no_grad():
            w -= 0.01 * w.grad
            w.grad.zero_()
    return w


def written_in_many_ways(X):
    Y = X.clone()
    Y[X > 3] = 0
    Y[0, 1] = 5.0
    Y[1:, 2] += X[1:, 2]
    Y[[0, 1]] = X[[1, 0]]
    Y[X.argmax(0)[0]] = X[0]
    return Y


def a_state_on_the_device(X):
    state = torch.zeros(4, device=X.device)
    for row in X:
        state = torch.tanh(row + state)
    return state


def labels_compared(X):
    labels = X.argmax(1)
    right = labels[:, None] == torch.arange(4, device=X.device)
    return torch.where(right, X - 1, X), F.one_hot(labels, 4)


def a_system_solved(X):
    A = X[:, :3] + 9 * torch.eye(3, device=X.device)
    return torch.linalg.solve(A, X), torch.einsum("ij,kj->ik", X, X)
