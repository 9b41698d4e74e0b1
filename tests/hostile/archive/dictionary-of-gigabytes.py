"""Hand in a zip whose member asks its decompressor for a dictionary of four gigabytes.

outcome = "a zip is unpacked by deflate alone, whose memory is bounded"
status = ["refused"]
"""
import struct
import zipfile
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "submission.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in HONEST["numbers"].items():
            archive.writestr(name, text, compress_type=zipfile.ZIP_LZMA)
    data = bytearray(path.read_bytes())
    place = 0
    while (place := data.find(b"PK\x03\x04", place)) >= 0:
        start = place + 30 + struct.unpack("<H", data[place + 26 : place + 28])[0]
        data[start + 5 : start + 9] = b"\xff\xff\xff\xff"
        place += 4
    path.write_bytes(bytes(data))
    return path
