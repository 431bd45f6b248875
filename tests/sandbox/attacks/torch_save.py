# outcome: raised RuntimeError | raised OSError
# Writes through torch's own zip writer.
import torch
def double(x):
    torch.save(x, "@OUT@/saved.pt")
    return "BREACH: saved"
