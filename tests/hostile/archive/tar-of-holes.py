"""Hand in a tar with a sparse member of eight gigabytes, and members whose times are no numbers.

outcome = "what is no plain member is left out, times mean nothing, and the honest modules are graded"
status = ["passed"]
points = 5
published = true
"""
import io
import tarfile
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, text in HONEST["numbers"].items():
            member = tarfile.TarInfo(name)
            member.size, member.pax_headers = len(text), {"mtime": "nan", "uid": "-1", "atime": "1e400"}
            archive.addfile(member, io.BytesIO(text.encode()))
    hole = tarfile.TarInfo("helper.py")
    header = bytearray(hole.tobuf(tarfile.GNU_FORMAT))
    header[156:157] = b"S"
    header[386:410] = b"00000000000\0" * 2
    header[483:495] = b"77777777777\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    body = plain.getvalue().rstrip(b"\0")
    body += bytes(-len(body) % 512)
    (folder / "submission.tar").write_bytes(body + bytes(header) + bytes(1024))
    return folder / "submission.tar"
