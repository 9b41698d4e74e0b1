"""Write files, folders and links wherever that might be possible.

outcome = "no call that takes a path is allowed"
status = ["failed"]
"""
import os
import pathlib
import shutil
import site
import sys
import tempfile

import numpy as np


def transform(x, w):
    done = []
    places = ["/tmp", "/tmp/grade-canary", "/var/tmp", "/dev/shm", os.path.expanduser("~"), ".", "/run", *sys.path]
    places += site.getsitepackages()
    for place in places:
        for act in (
            lambda p: open(f"{p}/escaped.pth", "w").write("import os"), lambda p: os.mkdir(f"{p}/escaped"),
            lambda p: os.symlink("/etc/passwd", f"{p}/escaped-link"), lambda p: os.mkfifo(f"{p}/escaped-pipe"),
            lambda p: os.open(p, os.O_TMPFILE | os.O_RDWR), lambda p: pathlib.Path(f"{p}/escaped.txt").touch(),
            lambda p: tempfile.mkstemp(dir=p), lambda p: np.save(f"{p}/escaped.npy", x),
        ):  # fmt: skip
            try:
                done.append(act(place) or place)
            except OSError:
                continue
    for act in (
        lambda: os.unlink("/tmp/grade-canary/secret.py"), lambda: shutil.rmtree("/tmp/grade-canary"),
        lambda: os.rename("/tmp/grade-canary/secret.py", "/tmp/grade-canary/other"),
        lambda: os.chmod("/tmp/grade-canary/secret.py", 0), lambda: os.utime("/tmp/grade-canary/secret.py", (0, 0)),
        lambda: os.truncate("/tmp/grade-canary/secret.py", 0), lambda: os.chown("/tmp/grade-canary/secret.py", 0, 0),
        lambda: os.link("/tmp/grade-canary/secret.py", "/tmp/grade-canary/hard"), lambda: os.chdir("/tmp"),
        lambda: os.chroot("/tmp"), lambda: os.setxattr("/tmp/grade-canary/secret.py", "user.x", b"1"),
    ):  # fmt: skip
        try:
            done.append(act() or "changed")
        except OSError:
            continue
    if done:
        print("got through:", done)
    return np.zeros((4, 3))
