"""Hand in a symbolic link to a file of the judge's in place of the module.

outcome = "links are named and never opened; whoever imports it is told"
status = ["raised"]
"""
from pathlib import Path

from archives import LINK, ZipEntry, raw_zip
from hostile.course import CANARY_FOLDER, HONEST


def build(folder: Path) -> Path:
    path = folder / "link.zip"
    honest = [ZipEntry(name.encode(), text.encode()) for name, text in HONEST["numbers"].items() if name != "attacked.py"]
    link = ZipEntry(b"attacked.py", str(CANARY_FOLDER / "secret.py").encode(), attributes=LINK)
    path.write_bytes(raw_zip([*honest, link]))
    return path
