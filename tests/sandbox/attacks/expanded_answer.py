# outcome: out_of_memory
# One number, seen a terabyte long: small here, huge on the wire.
import torch
def double(x):
    return torch.zeros(1).expand(2**38)
