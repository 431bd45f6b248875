# outcome: wrong | died | raised TypeError
# Replaces what the child is made of.
import builtins, json, os, struct
def double(x):
    builtins.isinstance = lambda *args: True
    builtins.len = lambda thing: 0
    json.dumps = lambda *args, **kwargs: "{}"
    struct.Struct.pack = None if False else struct.Struct.pack
    return 2 * x
