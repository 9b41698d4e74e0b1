"""Hand in one file that is a tar to some readers and a zip to others.

outcome = "it is read as what it begins with"
status = ["passed"]
points = 5
published = true
quick = false
"""
import io
import tarfile
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path, evil = folder / "both.tar", {name: "raise SystemExit\n" for name in HONEST["numbers"]}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in HONEST["numbers"].items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    path.write_bytes(buffer.getvalue() + zip_of(evil))
    return path
