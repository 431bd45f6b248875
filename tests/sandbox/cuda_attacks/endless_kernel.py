# outcome: timed_out
# A kernel that does not end: the process waits for it inside the driver.
import torch


def double(x):
    while True:
        torch.cuda._sleep(1 << 40)
        torch.cuda.synchronize()
