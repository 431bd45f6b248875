# outcome: raised
# More bytes than an answer may have.
import torch
def double(x):
    return torch.zeros(5 << 20)
