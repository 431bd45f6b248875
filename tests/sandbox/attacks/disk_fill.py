# outcome: raised OSError
# Fills the disk, wherever it can write.
import os
def double(x):
    for place in ("@OUT@", "/tmp", "/var/tmp", "/dev/shm", ".", os.path.expanduser("~"), os.path.dirname(os.__file__)):
        try:
            with open(os.path.join(place, "breach"), "wb") as file:
                file.write(bytes(1 << 20))
        except OSError as error:
            last = error
        else:
            return "BREACH: wrote into " + place
    raise last
