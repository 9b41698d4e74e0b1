"""Leave a thread behind that reads the next request and answers it with zeros.

outcome = "it answers for its own submission only, and wrongly"
status = ["failed"]
spares = false
seconds = 20
quick = false
"""
import os
import threading

import numpy as np
from grader import wire


def answer():
    while True:
        data = b""
        while len(data) < 16:
            data += os.read(3, 16 - len(data))
        length = wire.frame_length(data)
        while len(data) < length:
            data += os.read(3, length - len(data))
        os.write(4, wire.encode("value", wire.decode(data).id, {"y": np.zeros((4, 3))}))


def transform(x, w):
    threading.Thread(target=answer, daemon=True).start()
    return np.zeros((4, 3))
