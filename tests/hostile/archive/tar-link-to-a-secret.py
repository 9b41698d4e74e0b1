"""Hand in a symbolic and a hard link to a file of the judge's, in a tar.

outcome = "links are named and never opened; whoever imports it is told"
status = ["raised"]
"""
import gzip
import tarfile
from pathlib import Path

from archives import raw_tar, tar_header
from hostile.course import CANARY_FOLDER, HONEST


def build(folder: Path) -> Path:
    path, secret = folder / "link.tar.gz", str(CANARY_FOLDER / "secret.py")
    honest = [(tar_header(name, len(text)), text.encode()) for name, text in HONEST["numbers"].items() if name != "attacked.py"]
    links = [(tar_header("attacked.py", 0, tarfile.SYMTYPE, secret), b""), (tar_header("helper.py", 0, tarfile.LNKTYPE, secret), b"")]
    path.write_bytes(gzip.compress(raw_tar([*honest, *links])))
    return path
