# outcome: wrong
# An object that runs code where it is unpickled.
import os
class Payload:
    def __reduce__(self):
        return (os.system, ("touch @OUT@/unpickled",))
def double(x):
    return Payload()
