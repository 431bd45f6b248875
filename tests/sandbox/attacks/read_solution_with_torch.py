# outcome: raised RuntimeError | raised FileNotFoundError | raised PermissionError
# Maps it into memory from C++, which no patched open would see.
import torch
def double(x):
    return "BREACH: " + bytes(torch.from_file("@SECRET@", size=8, dtype=torch.uint8).tolist()).decode()
