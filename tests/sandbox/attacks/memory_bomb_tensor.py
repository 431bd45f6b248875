# outcome: out_of_memory
# Asks for a terabyte.
import torch
def double(x):
    return torch.ones(2**38)
