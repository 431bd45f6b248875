# outcome: raised | died | right | wrong | timed_out
# cudaDeviceReset: everything that this process has on the card is gone. Others' must not be.
import ctypes

import torch


def double(x):
    here = 2 * x.cpu()
    ctypes.CDLL(f"libcudart.so.{torch.version.cuda.split('.')[0]}").cudaDeviceReset()
    return here.to(x.device)
