# outcome: raised OSError
# Changes files without opening them.
import os, torch
def double(x):
    folder = os.path.dirname(torch.__file__)
    for change in (lambda: os.chmod(folder, 0o777), lambda: os.utime(folder), lambda: os.rename(folder, folder + "2"),
                   lambda: os.unlink(torch.__file__), lambda: os.symlink("/", "@OUT@/link"), lambda: os.mkdir("@OUT@/new"),
                   lambda: os.mkfifo("@OUT@/fifo"), lambda: os.link(torch.__file__, "@OUT@/hard")):
        try:
            change()
        except OSError as error:
            last = error
        else:
            return "BREACH: changed"
    raise last
