"""Hand in devices and pipes in place of the module, which never end or never begin.

outcome = "what is no plain file is named and never opened; whoever imports it is told"
status = ["raised"]
"""
import os
import socket
import stat
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    os.mkfifo(folder / "attacked.py")
    os.mkfifo(folder / "helper.py")
    try:
        os.mknod(folder / "zero.py", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pass  # only root makes devices
    end = socket.socket(socket.AF_UNIX)
    end.bind(f"/proc/self/fd/{os.open(folder, os.O_RDONLY)}/socket.py")
    return folder
