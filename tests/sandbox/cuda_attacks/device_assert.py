# outcome: raised RuntimeError
# An index that is out of bounds: the card stops, and every later call of CUDA's fails in this process.
import torch


def double(x):
    x.flatten()[torch.tensor([10**6], device=x.device)]
    return 2 * x
