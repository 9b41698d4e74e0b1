"""Hand in a PDF whose pages hold each other, a billion by their own account.

outcome = "a PDF is read in the worker; of its pages a bounded number is read"
status = ["failed", "unwritten", "raised", "out_of_memory", "timed_out", "died"]
course = "theory"
check = "review_words"
seconds = 120
quick = false
"""
from pathlib import Path


def pdf(objects: list[bytes], root: str = "1 0 R") -> bytes:
    body, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root {root} >>\nstartxref\n{len(body)}\n%%EOF\n".encode()
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end


def build(folder: Path) -> Path:
    nested = b"[" * 50_000 + b"]" * 50_000
    objects = [b"<< /Type /Catalog /Pages 2 0 R /Names " + nested + b" >>",
               b"<< /Type /Pages /Kids [2 0 R 3 0 R 2 0 R] /Count 999999999 /Parent 3 0 R >>",
               b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 999999999 /Parent 2 0 R /Resources 3 0 R >>"]
    (folder / "theory.py").write_text("def conv_matrix(*given):\n    raise NotImplementedError\n", encoding="utf-8")
    (folder / "review.pdf").write_bytes(pdf(objects))
    return folder
