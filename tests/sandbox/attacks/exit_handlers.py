# outcome: right
# Leaves something to do for later.
import atexit, weakref
class Late:
    def __del__(self):
        open("@OUT@/late", "w").write("BREACH")
late = Late()
atexit.register(lambda: open("@OUT@/late", "w").write("BREACH"))
weakref.finalize(late, lambda: open("@OUT@/late", "w").write("BREACH"))
def double(x):
    return 2 * x
