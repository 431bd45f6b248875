# outcome: raised | out_of_memory
# The same large array a thousand times.
import torch
def double(x):
    return [torch.zeros(1 << 20)] * 1500
