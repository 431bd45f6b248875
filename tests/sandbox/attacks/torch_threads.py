# outcome: right
# Asks torch for threads, which would abort where there can be none.
import torch
def double(x):
    torch.set_num_threads(4)
    (torch.ones(600, 600) @ torch.ones(600, 600)).sum()
    return 2 * x
