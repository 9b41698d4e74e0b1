"""Whatever a submission hands back is numbers and texts by the time the judge has it, or a failure of its own.

Each kind is what a library offers besides an ordinary array, or what a class can claim to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent
from typing import Final

import numpy as np
import pytest

from grader.model.assignment import Runtime
from grader.model.observation import Value
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.session import Session
from grader.subjects.recordings import call_bytes

DRIVERS: Final = "def call(impl, kind):\n    return impl.load('odd:KINDS')[kind]()\n"
SECONDS: Final = 5.0
MOST_BYTES: Final = 256 << 20

SOURCE: Final = dedent("""\
    import collections, datetime, decimal, fractions, itertools, types, warnings
    import numpy as np
    import torch

    warnings.simplefilter("ignore")


    class Liar(int):
        __index__ = __int__ = __repr__ = __str__ = __hash__ = __eq__ = lambda self, *a: 1 / 0


    class Half(float):
        __float__ = __repr__ = lambda self: 0.5


    class Words(str):
        __str__ = __repr__ = __len__ = encode = lambda self, *a: "\\x1b[2J" * 1_000_000


    class Table(dict):
        items = keys = values = __iter__ = lambda self: itertools.count()
        __len__ = lambda self: 1 << 60


    class Row(list):
        __iter__ = lambda self: itertools.repeat(self)
        __len__ = lambda self: -1


    class Everything:
        __class__ = property(lambda self: np.ndarray)
        __getattr__ = lambda self, name: self
        __call__ = __getitem__ = lambda self, *a, **k: self
        __array__ = lambda self, *a, **k: self
        __array_interface__ = {"shape": (1 << 40,), "typestr": "<f8", "data": (1, False), "version": 3}


    class Leaves:
        def __getattribute__(self, name):
            raise SystemExit(0)


    class Own(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, kinds, arguments=(), named=None):
            return torch.zeros(3)


    class Seen(np.ndarray):
        shape = property(lambda self: (1 << 40, 1 << 40))
        dtype = property(lambda self: np.dtype("float64"))
        tobytes = __array__ = astype = __getitem__ = lambda self, *a, **k: b"0" * 24


    def held(value):
        value.append(value)
        return value


    def deep(depth):
        value = []
        for _ in range(depth):
            value = [value]
        return value


    def fake():
        from torch._subclasses.fake_tensor import FakeTensorMode

        with FakeTensorMode():
            return torch.zeros(3)


    KINDS = {
        "sparse": lambda: torch.eye(3).to_sparse(),
        "sparse rows": lambda: torch.eye(3).to_sparse_csr(),
        "sparse without end": lambda: torch.sparse_coo_tensor([[0]], [1.0], (1 << 40,)),
        "quantized": lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        "meta": lambda: torch.empty(1 << 40, device="meta"),
        "fake": fake,
        "conjugate": lambda: torch.tensor([1 + 2j]).conj(),
        "negative": lambda: torch.tensor([1 + 2j]).conj().imag,
        "expanded": lambda: torch.zeros(1).expand(1 << 40),
        "overlapping": lambda: torch.zeros(9).as_strided((1 << 20, 1 << 20), (0, 0)),
        "with a gradient": lambda: torch.ones(3, requires_grad=True) * 2,
        "bfloat16": lambda: torch.ones(3, dtype=torch.bfloat16),
        "float8": lambda: torch.ones(3).to(torch.float8_e4m3fn),
        "of its own functions": lambda: torch.ones(3).as_subclass(Own),
        "a parameter": lambda: torch.nn.Parameter(torch.ones(3)),
        "a module": lambda: torch.nn.Linear(2, 2),
        "a size": lambda: torch.Size([1, 2]),
        "a dtype": lambda: torch.float32,
        "objects": lambda: np.array([object(), None]),
        "numbers as objects": lambda: np.array([1, 10**400], dtype=object),
        "a structure": lambda: np.zeros(3, dtype=[("a", "f8"), ("b", "U5")]),
        "texts": lambda: np.array(["a", "b" * 1000]),
        "bytes": lambda: np.array([b"a"]),
        "moments": lambda: np.array(["2026-11-30"], dtype="datetime64[D]"),
        "void": lambda: np.zeros(3, dtype="V8"),
        "long": lambda: np.ones(3, dtype=np.longdouble),
        "of the other order": lambda: np.ones(3, dtype=">f8"),
        "broadcast": lambda: np.broadcast_to(np.float64(0), (1 << 40,)),
        "no strides": lambda: np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 20, 1 << 20), (0, 0)),
        "backwards": lambda: np.arange(6.0).reshape(2, 3)[::-1, ::-2],
        "masked": lambda: np.ma.masked_array([1.0, 2.0], [True, False]),
        "a matrix": lambda: np.asmatrix(np.eye(2)),
        "seen otherwise": lambda: np.zeros(3).view(Seen),
        "of sixteen axes and more": lambda: np.zeros((1,) * 40),
        "of no numbers": lambda: np.zeros((0, 1 << 40)),
        "many small ones": lambda: [np.zeros(1) for _ in range(100_000)],
        "keys of all kinds": lambda: {None: 1, 2: 3, (4,): 5, "$": 6, "": 7, b"": 8, float("nan"): 9, "\\udcff": 10},
        "a key of megabytes": lambda: {"k" * 5_000_000: 1},
        "the mark of an array": lambda: {"$": "float64 1099511627776", "$$": "float64"},
        "the mark of a tuple": lambda: {"()": [{"()": []}]},
        "a table without end": lambda: Table(a=1),
        "a list without end": lambda: Row([1]),
        "a list that holds itself": lambda: held([]),
        "a table that holds itself": lambda: (lambda table: table.setdefault("a", table))({}),
        "deep": lambda: deep(100_000),
        "a liar": lambda: Liar(7),
        "half": lambda: Half(7.0),
        "words": lambda: Words("right"),
        "a large number": lambda: 10**5000,
        "not a number": lambda: [float("nan"), float("inf"), -0.0, complex(1, float("nan"))],
        "a generator": lambda: (number for number in itertools.count()),
        "a range": lambda: range(10**12),
        "a set": lambda: {1, 2},
        "raw bytes": lambda: b"\\0" * 1000,
        "a view": lambda: memoryview(bytearray(8)),
        "a decimal": lambda: decimal.Decimal("1e999999"),
        "a fraction": lambda: fractions.Fraction(1, 3),
        "a moment": lambda: datetime.datetime.max,
        "a counter": lambda: collections.Counter("aab"),
        "a function": lambda: print,
        "a namespace": lambda: types.SimpleNamespace(a=1),
        "dots": lambda: ...,
        "everything": lambda: Everything(),
        "what leaves": lambda: Leaves(),
    }
    """)
KINDS: Final = [line.split('"')[1] for line in SOURCE.splitlines() if line.startswith('    "')]


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    server = ForkServer(Runtime(modules=("numpy", "torch"), memory_mb=1024))
    server.wait_until_ready()
    opened = Session(server, {"odd.py": SOURCE}, DRIVERS, Runtime(modules=("numpy", "torch"), memory_mb=1024))
    yield opened
    opened.close()
    server.stop()


def is_plain(value: Value) -> bool:
    """Return whether a value is what the judge may compute with, of exactly these types."""
    if type(value) is np.ndarray:
        return value.dtype.kind in "fciub" and value.nbytes <= MOST_BYTES
    if type(value) in (list, tuple):
        return all(map(is_plain, value))
    if type(value) is dict:
        return all(type(key) is str for key in value) and all(map(is_plain, value.values()))
    return value is None or type(value) in (bool, int, float, str, complex)


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_back_is_plain_or_a_failure(kind: str, session: Session) -> None:
    seen = session.observe(call_bytes("call", {"kind": kind}), SECONDS, 1)
    if seen.failure is None:
        assert is_plain(seen.value), kind
    else:
        assert seen.value is None


def test_a_session_that_saw_them_all_still_answers(session: Session) -> None:
    seen = session.observe(call_bytes("call", {"kind": "backwards"}), SECONDS, 1)
    assert (seen.failure, np.shape(seen.value)) == (None, (2, 2))
