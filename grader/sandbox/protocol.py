"""All that the two sides of the sandbox share: the frames between them, and names that both use.

A frame is a JSON header and raw bytes, nothing that can execute.

    frame  = MAGIC, header length (u32), payload length (u64), header, payload
    header = [kind, id, body]

The body is JSON. An array in it is {"$": "float64 2 3"}, its dtype and shape; its bytes stand in the payload in the
order in which the arrays stand in the header, and nothing else does. A float that JSON cannot say is {"$": "nan"},
and a key that begins with "$" has one more in front. The reader trusts nothing: every length, dtype, shape and depth
is checked before memory is taken for it. What `encode` packs, `decode` reads: they hold the same limits.
"""

from __future__ import annotations

import functools
import json
import math
import re
import signal
import struct
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import MappingProxyType, NoneType
from typing import Any, Final, NamedTuple, TypeAlias, cast

import numpy as np

from grader.errors import ProtocolError, UnsendableError
from grader.model.observation import Value

MAGIC: Final = b"GRD2"
STACK_SIGNAL: Final[int | None] = getattr(signal, "SIGUSR1", None)
"""At this signal a worker writes where its code is; None where the platform has no such signal."""
PREFIX: Final = struct.Struct("<4sIQ")
MAX_HEADER_BYTES: Final = 4 << 20
MAX_PAYLOAD_BYTES: Final = 256 << 20
MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 32
MAX_NAME: Final = 200
MAX_DIMENSIONS: Final = 16
MAX_TEXT: Final = 1 << 16
MAX_INTEGER: Final = 1 << 63
MAX_DIGITS: Final = len(f"-{MAX_INTEGER}")
CACHED_FORMS: Final = 4096  # dtypes with shapes: a class hands in the same few hundred again and again
_NUMBERS: Final = "float16 float32 float64 complex64 complex128 int8 int16 int32 int64 uint8 uint16 uint32 uint64"
DTYPES: Final = {name: np.dtype(name) for name in (*_NUMBERS.split(), "bool")}
NAMES: Final = {dtype: name for name, dtype in DTYPES.items()}
MARK: Final = "$"
NOT_FINITE: Final = frozenset({"nan", "inf", "-inf"})
BOOL: Final = DTYPES["bool"]
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_quoted: Final = json.encoder.encode_basestring_ascii
Path: TypeAlias = "tuple[Path, int | str] | None"
"""Where a value stands: what it stands in, and under which index or key. It is put into words where there is need."""
DRIVERS: Final = "drivers.py"
"""The path that the source of the drivers goes by."""
DATA: Final = "data"
"""Where the course's data lie in a worker's folder; a submission's files of that name stay in memory alone."""
NEEDS_LATE_MODULES: Final = 96  # exit code of a worker that lacks a module which its fork server can be had with
SETUP_FAILED: Final = b"setup failed"  # what the fork server writes in place of a worker's first frame


class Message(NamedTuple):
    """One decoded frame."""

    kind: str
    id: int
    body: Value


def mark(number: int) -> bytes:
    """Return what a worker writes behind what one of several calls printed; the request's number is in it."""
    return b"\0%x\0" % number


def frame_length(prefix: bytes | bytearray, max_bytes: int = MAX_PAYLOAD_BYTES) -> int:
    """Return the length of the whole frame that starts with these PREFIX.size bytes.

    Raises:
        ProtocolError: this is no frame, or one that is too large to accept.
    """
    magic, header_bytes, payload_bytes = PREFIX.unpack_from(prefix)
    if magic != MAGIC:
        raise ProtocolError("the answer does not start as a frame")
    if header_bytes > MAX_HEADER_BYTES or payload_bytes > max_bytes:
        # How many it announces stays untold: a number in a message could carry hidden inputs to the student.
        raise ProtocolError(f"the answer announces more than {MAX_HEADER_BYTES} + {max_bytes} bytes")
    return PREFIX.size + int(header_bytes) + int(payload_bytes)


def decode(frame: bytes | bytearray | memoryview) -> Message:
    """Unpack exactly one whole frame, trusting nothing in it.

    Raises:
        ProtocolError: anything at all is not as the format says.
    """
    view = memoryview(frame)
    if len(view) < PREFIX.size:
        raise ProtocolError(f"the frame has {len(view)} bytes, at least {PREFIX.size} are needed")
    magic, header_bytes, payload_bytes = PREFIX.unpack_from(view)
    start = PREFIX.size + header_bytes
    if magic != MAGIC or len(view) != start + payload_bytes:
        raise ProtocolError("the frame's length differs from what it announces")
    payload = _Payload(view[start:])
    kind, number, body = _header(view[PREFIX.size : start], payload)
    if payload.taken != payload_bytes:
        raise ProtocolError("the frame carries bytes that no array uses")
    return Message(kind, number, body)


def _header(encoded: memoryview, payload: _Payload) -> tuple[str, int, Value]:
    parser = json.JSONDecoder(
        object_hook=payload.node, parse_int=_integer_of, parse_float=_float_of, parse_constant=_refuse_constant
    )
    try:
        text = str(encoded, "ascii")
        header, end = parser.raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"the header is not JSON: {type(error).__name__}") from None
    if end != len(text):
        raise ProtocolError("the header is not JSON alone")
    if type(header) is not list or len(header) != 3:
        raise ProtocolError("the header is no list of kind, id and body")
    kind, number, body = header
    if type(kind) is not str or not _is_name(kind) or type(number) is not int:
        raise ProtocolError("the header's kind is no name or its id no integer")
    return kind, number, body if _is_plainly_in_bounds(text, payload.marks) else _Bounds().checked(body, 0)


def _is_plainly_in_bounds(text: str, marks: int) -> bool:
    """Return whether the text alone shows that no limit is passed and nothing in it is to be put otherwise.

    In so short a text there are too few nodes and characters. Without a backslash all texts are plain ASCII; where
    only the marks have a mark's letter, no key is escaped. What opens is counted as if all of it stood in one another.
    """
    opened = text.count("[") + text.count("{") - marks
    return (
        len(text) <= 2 * MAX_NODES <= MAX_TEXT and opened <= MAX_DEPTH and "\\" not in text
        and text.count(MARK) == marks
    )  # fmt: skip


class _Payload:
    """The bytes behind a header, and the marked nodes of the header that stand for them."""

    def __init__(self, payload: memoryview) -> None:
        self._payload = payload
        self.taken = 0
        self.marks = 0

    def node(self, found: dict[str, Any]) -> Value:
        """Take the next array's bytes for a dict that marks one; return any other dict as it is."""
        if MARK not in found:
            return found
        self.marks += 1
        form = found[MARK]
        if type(form) is not str or len(found) != 1 or len(form) > MAX_NAME:
            raise ProtocolError("a marked node is of no known kind")
        if form in NOT_FINITE:
            return float(form)
        dtype, shape, size = _form(form)
        start, self.taken = self.taken, self.taken + size
        if self.taken > len(self._payload):
            raise ProtocolError("an array's shape does not fit its bytes")
        if dtype is BOOL and np.frombuffer(self._payload[start : self.taken], np.uint8).max(initial=0) > 1:
            raise ProtocolError("a bool array holds other bytes than 0 and 1")
        array: np.ndarray = np.ndarray(shape, dtype, self._payload, start)
        return array.copy()


@functools.lru_cache(CACHED_FORMS)
def _form(form: str) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """Read an array's dtype and shape, and say how many bytes that takes."""
    name, *sizes = form.split(" ")
    dtype = DTYPES.get(name)
    if dtype is None:
        raise ProtocolError("an array has a dtype that is not accepted")
    if len(sizes) > MAX_DIMENSIONS or not all(map(_SIZE.fullmatch, sizes)):
        raise ProtocolError("an array's shape is malformed")
    shape = tuple(map(int, sizes))
    size = math.prod(shape)
    if size > MAX_PAYLOAD_BYTES or (size == 0 and _extent(shape) > MAX_PAYLOAD_BYTES):
        raise ProtocolError("an array's shape is malformed")
    return dtype, shape, size * dtype.itemsize


class _Bounds:
    """Hold a body to the limits, counting nodes on the way. What JSON and `_Payload` give is of eight exact types."""

    def __init__(self) -> None:
        self._nodes = 0

    def checked(self, node: Any, depth: int) -> Value:  # noqa: ANN401  # whatever JSON gave; a case for each type
        """Return a node as it is to be read."""
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise ProtocolError(f"the value has over {MAX_NODES} nodes or {MAX_DEPTH} levels")
        kind = type(node)
        if kind is str:
            return _clean_text(node)
        if kind is list:
            return [self.checked(item, depth + 1) for item in node]
        if kind is dict:
            return {_key_of(key): self.checked(item, depth + 1) for key, item in node.items()}
        return cast("Value", node)


def _key_of(key: str) -> str:
    if key.startswith(MARK):
        if not key.startswith(MARK, len(MARK)):
            raise ProtocolError("a key has a mark of no known kind")
        key = key.removeprefix(MARK)
    return _clean_text(key)


def _clean_text(text: str) -> str:
    """Make every string one that can be written as UTF-8, and bounded."""
    if len(text) <= MAX_TEXT and text.isascii():
        return text
    return text[:MAX_TEXT].encode("utf-8", "backslashreplace").decode("utf-8")


def _integer_of(digits: str) -> int:
    if len(digits) <= MAX_DIGITS and abs(number := int(digits)) <= MAX_INTEGER:
        return number
    raise ProtocolError("an integer does not fit into 64 bits")


def _float_of(digits: str) -> float:
    number = float(digits)
    if math.isfinite(number):
        return number
    raise ProtocolError("a number is too large")


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _is_name(kind: str) -> bool:
    return len(kind) <= MAX_NAME and kind.isidentifier()


def _extent(shape: Iterable[int]) -> int:
    """Multiply the sizes that are not zero: numpy refuses an empty array whose other sizes overflow."""
    return math.prod(size for size in shape if size)


def encode(kind: str, id: int, body: object) -> bytes:  # noqa: A002  # "id" is the field's name on the wire
    """Pack a value into one frame.

    Raises:
        UnsendableError: the value holds something other than plain data, arrays and tensors, or too much of it, or
            the kind is no name.
    """
    if not _is_name(kind):
        raise UnsendableError(f"the kind {kind!r} is no name of at most {MAX_NAME} letters")
    packed = _Packed()
    text = f"[{_quoted(kind)},{int(id)},{_tree(body, packed, None, 0)}]".encode("ascii")
    if len(text) > MAX_HEADER_BYTES:
        raise UnsendableError(f"the value has more than {MAX_HEADER_BYTES >> 20} MiB of structure")
    return b"".join((PREFIX.pack(MAGIC, len(text), packed.nbytes), text, *packed.blobs))


@dataclass(slots=True)
class _Packed:
    """What was packed so far."""

    blobs: list[bytes] = field(default_factory=list)
    nbytes: int = 0
    nodes: int = 1

    def enter(self, count: int, depth: int) -> None:
        """Count what a container at some depth holds."""
        self.nodes += count
        if self.nodes > MAX_NODES:
            raise UnsendableError(f"the value has more than {MAX_NODES} numbers, texts and arrays")
        if depth >= MAX_DEPTH and count:
            raise UnsendableError(f"the value is nested more than {MAX_DEPTH} levels deep")


def _tree(value: Any, packed: _Packed, path: Path, depth: int) -> str:  # noqa: ANN401  # a line for each type
    """Write a value as JSON, putting its arrays beside. A tree for `json` to write would take as long again."""
    kind = type(value)
    if kind is np.ndarray:
        return _array_node(value, packed, path)
    write = _PLAIN.get(kind)
    if write is not None:
        return write(value, path)
    if isinstance(value, dict):
        packed.enter(len(value), depth)
        items = [f"{_key(key, path)}:{_tree(item, packed, (path, key), depth + 1)}" for key, item in value.items()]
        return f"{{{','.join(items)}}}"
    if isinstance(value, list | tuple):
        packed.enter(len(value), depth)
        return f"[{','.join([_tree(item, packed, (path, i), depth + 1) for i, item in enumerate(value)])}]"
    if isinstance(value, np.ndarray | np.generic):  # before float: numpy's float64 is one
        return _array_node(np.array(value, copy=None, subok=False), packed, path)
    for plain, write in _PLAIN.items():
        if isinstance(value, plain):
            return write(value, path)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _array_node(_array_of_tensor(value, torch, path), packed, path)
    raise UnsendableError(f"{_named(path)} is of type {kind.__name__}, expected numbers or arrays")


def _constant(value: bool | None, _path: Path) -> str:  # noqa: FBT001  # a value of that type
    return "null" if value is None else "true" if value else "false"


def _integer(value: int, path: Path) -> str:
    number = int(value)
    if abs(number) > MAX_INTEGER:
        raise UnsendableError(f"{_named(path)} is an integer of more than 64 bits")
    return str(number)


def _float(value: float, _path: Path) -> str:
    number = float(value)
    return float.__repr__(number) if math.isfinite(number) else f'{{"{MARK}":"{number}"}}'


def _text(value: str, _path: Path) -> str:
    return _quoted(str.__str__(value)[:MAX_TEXT])


_PLAIN: Final[MappingProxyType[type, Callable[[Any, Path], str]]] = MappingProxyType(
    {NoneType: _constant, bool: _constant, int: _integer, float: _float, str: _text}
)


def _key(key: object, path: Path) -> str:
    if not isinstance(key, str):
        raise UnsendableError(f"{_named(path)} has a key of type {type(key).__name__}, expected text")
    text = str.__str__(key)
    return _quoted(MARK + text if text.startswith(MARK) else text)


def _array_node(array: np.ndarray, packed: _Packed, path: Path) -> str:
    name = NAMES.get(array.dtype)
    if name is None:
        name = NAMES.get(array.dtype.newbyteorder("="))
        if name is None:
            raise UnsendableError(f"{_named(path)} is an array of dtype {array.dtype.name}, expected numbers")
        array = array.astype(DTYPES[name], copy=False)
    if array.ndim > MAX_DIMENSIONS:
        raise UnsendableError(f"{_named(path)} has more than {MAX_DIMENSIONS} dimensions")
    packed.nbytes += array.nbytes
    if array.nbytes == 0 and _extent(array.shape) > MAX_PAYLOAD_BYTES:
        raise UnsendableError(f"{_named(path)} holds no numbers and has a shape that is too large")
    if packed.nbytes > MAX_PAYLOAD_BYTES:
        raise UnsendableError(f"the value has more than {MAX_PAYLOAD_BYTES >> 20} MiB")
    packed.blobs.append(array.tobytes())
    return _marked(name, array.shape)


@functools.lru_cache(CACHED_FORMS)
def _marked(name: str, shape: tuple[int, ...]) -> str:
    return f'{{"{MARK}":"{" ".join((name, *map(str, shape)))}"}}'


def _array_of_tensor(tensor: Any, torch: Any, path: Path) -> np.ndarray:  # noqa: ANN401  # torch is not imported here
    plain = torch.Tensor.detach(tensor)
    if plain.layout is not torch.strided or plain.is_meta or plain.dtype is torch.bfloat16:
        raise UnsendableError(
            f"{_named(path)} is a {plain.dtype} tensor of layout {plain.layout}, expected a dense one"
        )
    plain = plain.as_subclass(torch.Tensor)
    if plain.numel() * plain.element_size() > MAX_PAYLOAD_BYTES:
        raise UnsendableError(f"the value has more than {MAX_PAYLOAD_BYTES >> 20} MiB")
    array: np.ndarray = plain.cpu().resolve_conj().resolve_neg().contiguous().numpy()
    return array


def _named(path: Path) -> str:
    """Name the nearest entry and where in it a value stands."""
    steps = ""
    while path is not None:
        path, key = path
        if not isinstance(key, int):
            return f"{key}{steps}"
        steps = f"[{key}]{steps}"
    return f"the value{steps}"
