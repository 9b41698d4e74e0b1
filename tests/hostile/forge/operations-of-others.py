"""Send notes of operations, files and steps that are none, thousands of them, before the answer.

outcome = "notes are bounded, and say nothing about points"
status = ["died"]
quick = false
"""
import sys

import numpy as np


def transform(x, w):
    worker = sys.modules["grader.sandbox.guest.worker"]
    for number in range(300):
        for step in ("operation", "imported", "compiled", "passed", "first.py"):
            row = ["operation", "convolution", "torch.conv2d", number, [["first.py", 1, "centre"]] * 50]
            worker.send(worker.protocol.encode("note", 0, row if step == "operation" else [step, f"{number}.py"]))
    return np.zeros((4, 3))
