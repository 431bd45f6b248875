# outcome: right
# Decides what anybody imports from here on.
import sys
class Hook:
    def find_spec(self, name, path, target=None):
        raise ImportError("mine")
def double(x):
    sys.meta_path.insert(0, Hook())
    return 2 * x
