"""Start processes, pools and managers of the multiprocessing module.

outcome = "no process can be started"
status = ["failed", "raised"]
"""
import concurrent.futures
import multiprocessing

import numpy as np


def transform(x, w):
    for method in ("fork", "spawn", "forkserver"):
        try:
            process = multiprocessing.get_context(method).Process(target=print, args=("got through",))
            process.start()
            process.join()
        except (OSError, RuntimeError, EOFError):
            continue
    try:
        concurrent.futures.ProcessPoolExecutor(2).submit(print, "got through").result(0.2)
    except (OSError, RuntimeError, TimeoutError):
        pass
    return np.zeros((4, 3))
