"""Unpack a tar of a gigabyte of zeros.

outcome = "refused when more is unpacked than is allowed"
status = ["refused"]
seconds = 10
quick = false
"""
import gzip
from pathlib import Path

from archives import tar_header


def build(folder: Path) -> Path:
    path = folder / "bomb.tar.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(tar_header("zeros.bin", 256 << 20).tobuf())
        for _ in range(256):
            file.write(bytes(1 << 20))
    return path
