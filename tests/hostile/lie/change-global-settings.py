"""Change the settings of Python, numpy and the generators for all that comes after.

outcome = "other modules are graded as ever: what changed is set anew, or reaches nothing that counts"
status = ["failed"]
"""
import gc
import random
import sys
import warnings

import numpy as np


def transform(x, w):
    np.seterr(all="raise")
    np.set_printoptions(threshold=1)
    warnings.simplefilter("error")
    sys.setswitchinterval(100)
    sys.set_int_max_str_digits(640)
    gc.disable()
    np.random.seed(0)
    random.seed(0)
    np.random.default_rng = lambda *_given: None
    return np.zeros((4, 3))
