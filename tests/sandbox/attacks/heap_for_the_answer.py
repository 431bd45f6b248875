# outcome: raised LookupError
# Looks through every object of the process for the answer, as a tensor, as bytes or as an array.
import gc, torch
def double(x):
    bytes_ = (x + x).numpy().tobytes()
    mine = id(bytes_)
    for thing in gc.get_objects():
        if isinstance(thing, torch.Tensor) and thing.shape == x.shape and torch.equal(thing, x + x):
            return "BREACH: tensor"
        for part in gc.get_referents(thing):
            if isinstance(part, (bytes, bytearray)) and id(part) != mine and bytes_ in bytes(part):
                return "BREACH: bytes"
    raise LookupError("no answer here")
