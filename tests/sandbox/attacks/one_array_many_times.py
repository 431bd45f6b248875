# outcome: raised | out_of_memory | timed_out
# The same large array a thousand times.
import torch
def double(x):
    return [torch.zeros(1 << 20)] * 1500
