# outcome: raised
# Maps torch's own library into memory, shared and for writing, through torch and through NumPy.
import os, torch, numpy
def double(x):
    library = os.path.join(os.path.dirname(torch.__file__), "version.py")
    try:
        numpy.memmap(library, mode="r+")[:1] = 0
        return "BREACH: written through NumPy"
    except OSError:
        pass
    torch.from_file(library, shared=True, size=16, dtype=torch.uint8).zero_()
    return "BREACH: written through torch"
