"""Ask whether files are there, how large they are and when they were changed, without opening them.

outcome = "no call that takes a path is allowed"
status = ["failed"]
"""
import os

import numpy as np

PLACES = ("/tmp/grade-canary", "/tmp/grade-canary/secret.py", "/etc/passwd", "/root", "/proc/self/maps", ".", "/")


def transform(x, w):
    for place in PLACES:
        for road in (os.stat, os.lstat, os.path.exists, os.path.getsize, os.statvfs, os.readlink, os.listdir):
            try:
                got = road(place)
            except Exception:
                continue
            if got:
                print("got through:", road, place, got)
    return np.zeros((4, 3))
