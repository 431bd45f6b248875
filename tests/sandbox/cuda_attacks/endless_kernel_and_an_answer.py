# outcome: timed_out
# The answer lies behind the kernel on the same stream.
import torch


def double(x):
    torch.cuda._sleep(1 << 50)
    return 2 * x
