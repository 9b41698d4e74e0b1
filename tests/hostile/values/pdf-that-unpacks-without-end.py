"""Hand in a PDF whose streams unpack to gigabytes, in several layers.

outcome = "a PDF is read in the worker, whose time and memory end"
status = ["failed", "unwritten", "raised", "out_of_memory", "timed_out", "died"]
course = "theory"
check = "review_words"
seconds = 120
quick = false
"""
import zlib
from pathlib import Path


def pdf(objects: list[bytes], root: str = "1 0 R") -> bytes:
    body, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root {root} >>\nstartxref\n{len(body)}\n%%EOF\n".encode()
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end


def stream(data: bytes, filters: str = "/FlateDecode") -> bytes:
    return f"<< /Length {len(data)} /Filter {filters} >>\nstream\n".encode() + data + b"\nendstream"


def build(folder: Path) -> Path:
    once = zlib.compress(b"0" * (64 << 20), 9)
    packer = zlib.compressobj(9)
    many = b"".join(packer.compress(once) for _ in range(200)) + packer.flush()
    page = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 9 9] >>"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page,
               stream(many, "[/FlateDecode /FlateDecode]")]
    (folder / "theory.py").write_text("def conv_matrix(*given):\n    raise NotImplementedError\n", encoding="utf-8")
    (folder / "review.pdf").write_bytes(pdf(objects))
    return folder
