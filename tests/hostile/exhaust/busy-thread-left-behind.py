"""Answer, and leave threads behind that use the processor.

outcome = "they end with the worker, when its submission has been judged"
status = ["failed"]
spares = false
"""
import hashlib
import threading

import numpy as np


def spin():
    while True:
        hashlib.sha256(bytes(1 << 16))


def transform(x, w):
    for _ in range(2):
        threading.Thread(target=spin, daemon=True).start()
    return np.zeros((4, 3))
