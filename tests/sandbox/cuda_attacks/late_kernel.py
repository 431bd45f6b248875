# outcome: right | raised | died | wrong
# A thread breaks CUDA after the answer is given, for the question that comes next.
import threading
import time

import torch


def later():
    time.sleep(0.3)
    torch.zeros(3, device="cuda")[torch.tensor([10**6], device="cuda")]
    torch.cuda.synchronize()


def double(x):
    threading.Thread(target=later, daemon=True).start()
    return 2 * x
