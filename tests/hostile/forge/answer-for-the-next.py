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
from grader.sandbox import protocol


def answer():
    while True:
        data = b""
        while len(data) < 16:
            data += os.read(3, 16 - len(data))
        length = protocol.frame_length(data)
        while len(data) < length:
            data += os.read(3, length - len(data))
        os.write(4, protocol.encode("value", protocol.decode(data).id, {"y": np.zeros((4, 3))}))


def transform(x, w):
    threading.Thread(target=answer, daemon=True).start()
    return np.zeros((4, 3))
