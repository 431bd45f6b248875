# outcome: out_of_memory
# Allocates with torch, which has been told how much there is.
import torch

kept = []


def double(x):
    while True:
        kept.append(torch.empty(1 << 28, dtype=torch.uint8, device="cuda"))
