"""The frames between judge and worker: a JSON header and raw bytes, nothing that can execute.

    frame  = MAGIC, header length (u32), payload length (u64), header, payload
    header = {"kind": name, "id": int, "body": tree, "blobs": [bytes of each array]}

A tree is JSON; an array in it is {"array": blob, "dtype": name, "shape": [...]}, a dict {"dict": {...}} and a
float that JSON cannot say {"float": "nan"}. The reader trusts nothing: every length, dtype, shape and depth is
checked before memory is taken for it. What `encode` packs, `decode` reads: they hold the same limits.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from grader.model import Value

MAGIC: Final = b"GRD1"
PREFIX: Final = struct.Struct("<4sIQ")
MAX_HEADER_BYTES: Final = 4 << 20
MAX_PAYLOAD_BYTES: Final = 256 << 20
MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 32
MAX_NAME: Final = 200
MAX_DIMENSIONS: Final = 16
MAX_TEXT: Final = 1 << 16
MAX_INTEGER: Final = 1 << 63

DTYPES: Final = {
    name: np.dtype(name)
    for name in (
        *("float16", "float32", "float64", "complex64", "complex128", "bool"),
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    )
}
NAMES: Final = {dtype: name for name, dtype in DTYPES.items()}


class WireError(Exception):
    """A frame that breaks the format; the text says how."""


class UnsendableError(Exception):
    """A value that has no place in a frame; the text names its type and where it stands."""


@dataclass(frozen=True, slots=True)
class Message:
    """One decoded frame."""

    kind: str
    id: int
    body: Value


def encode(kind: str, id: int, body: object) -> bytes:  # noqa: A002  # "id" is the field's name on the wire
    """Pack a value into one frame.

    Raises:
        UnsendableError: the value holds something other than plain data, arrays and tensors, or too much of it, or
            the kind is no name.
    """
    if not _is_name(kind):
        raise UnsendableError(f"the kind {kind!r} is no name of at most {MAX_NAME} letters")
    packed = _Packed()
    tree = _tree(body, packed, "the value", 0)
    header = {"kind": kind, "id": id, "body": tree, "blobs": [len(blob) for blob in packed.blobs]}
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(text) > MAX_HEADER_BYTES:
        raise UnsendableError(f"the value has more than {MAX_HEADER_BYTES >> 20} MiB of structure")
    prefix = PREFIX.pack(MAGIC, len(text), sum(map(len, packed.blobs)))
    return b"".join((prefix, text, *packed.blobs))


def frame_length(prefix: bytes | bytearray, max_bytes: int = MAX_PAYLOAD_BYTES) -> int:
    """Give the length of the whole frame that starts with these PREFIX.size bytes.

    Raises:
        WireError: this is no frame, or one that is too large to accept.
    """
    magic, header_bytes, payload_bytes = PREFIX.unpack_from(prefix)
    if magic != MAGIC:
        raise WireError("the answer does not start as a frame")
    if header_bytes > MAX_HEADER_BYTES or payload_bytes > max_bytes:
        # How many it announces stays untold: a number in a message could carry hidden inputs to the student.
        raise WireError(f"the answer announces more than {MAX_HEADER_BYTES} + {max_bytes} bytes")
    return PREFIX.size + int(header_bytes) + int(payload_bytes)


def decode(frame: bytes | bytearray | memoryview) -> Message:
    """Unpack exactly one whole frame, trusting nothing in it.

    Raises:
        WireError: anything at all is not as the format says.
    """
    view = memoryview(frame)
    if len(view) < PREFIX.size:
        raise WireError(f"the frame has {len(view)} bytes, at least {PREFIX.size} are needed")
    magic, header_bytes, payload_bytes = PREFIX.unpack_from(view)
    if magic != MAGIC or len(view) != PREFIX.size + header_bytes + payload_bytes:
        raise WireError("the frame's length differs from what it announces")
    header = _header(bytes(view[PREFIX.size : PREFIX.size + header_bytes]))
    blobs = _blobs(header["blobs"], view[PREFIX.size + header_bytes :])
    reader = _Reader(blobs)
    body = reader.value(header["body"], 0)
    if len(reader.taken) != len(blobs):
        raise WireError("the frame carries bytes that no array uses")
    return Message(header["kind"], header["id"], body)


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text.decode("ascii"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the header is not JSON: {type(error).__name__}") from None
    if type(header) is not dict or set(header) != {"kind", "id", "body", "blobs"}:
        raise WireError("the header has other fields than kind, id, body and blobs")
    if type(header["kind"]) is not str or not _is_name(header["kind"]) or type(header["id"]) is not int:
        raise WireError("the header's kind is no name or its id no integer")
    return header


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _blobs(lengths: object, payload: memoryview) -> list[memoryview]:
    if type(lengths) is not list or len(lengths) > MAX_NODES:
        raise WireError("the list of array lengths is malformed")
    if not all(type(length) is int and length >= 0 for length in lengths):
        raise WireError("the list of array lengths is malformed")
    if sum(lengths) != len(payload):
        raise WireError("the array lengths do not add up to the payload")
    blobs, start = [], 0
    for length in lengths:
        blobs.append(payload[start : start + length])
        start += length
    return blobs


class _Reader:
    """Rebuild a tree, counting nodes as it goes."""

    def __init__(self, blobs: list[memoryview]) -> None:
        self.blobs = blobs
        self.taken: set[int] = set()
        self.nodes = 0

    def value(self, node: object, depth: int) -> Value:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise WireError(f"the value has over {MAX_NODES} nodes or {MAX_DEPTH} levels")
        match node:
            case None | bool():
                return node
            case float():
                if not math.isfinite(node):
                    raise WireError("a number is too large")
                return node
            case int():
                if abs(node) > MAX_INTEGER:
                    raise WireError("an integer does not fit into 64 bits")
                return node
            case str():
                return _clean_text(node)
            case list():
                return [self.value(item, depth + 1) for item in node]
            case {"array": index, "dtype": dtype, "shape": shape, **rest} if not rest:
                return self.array(index, dtype, shape)
            case {"dict": dict() as items, **rest} if not rest:
                return {_clean_text(key): self.value(item, depth + 1) for key, item in items.items()}
            case {"float": ("nan" | "inf" | "-inf") as text, **rest} if not rest:
                return float(text)
        raise WireError("a node is of no known kind")

    def array(self, index: object, dtype: object, shape: object) -> np.ndarray:
        if type(index) is not int or not 0 <= index < len(self.blobs) or index in self.taken:
            raise WireError("an array points to no bytes of its own")
        if type(dtype) is not str or dtype not in DTYPES:
            raise WireError("an array has a dtype that is not accepted")
        if type(shape) is not list or len(shape) > MAX_DIMENSIONS:
            raise WireError("an array's shape is malformed")
        if not all(type(size) is int and size >= 0 for size in shape) or _extent(shape) > MAX_PAYLOAD_BYTES:
            raise WireError("an array's shape is malformed")
        blob = self.blobs[index]
        if math.prod(shape) * DTYPES[dtype].itemsize != len(blob):
            raise WireError("an array's shape does not fit its bytes")
        self.taken.add(index)
        if dtype == "bool" and np.frombuffer(blob, np.uint8).max(initial=0) > 1:
            raise WireError("a bool array holds other bytes than 0 and 1")
        return np.frombuffer(blob, DTYPES[dtype]).reshape(shape).copy()


def _clean_text(text: str) -> str:
    """Make every string one that can be written as UTF-8, and bounded."""
    return text[:MAX_TEXT].encode("utf-8", "backslashreplace").decode("utf-8")


def _is_name(kind: str) -> bool:
    return len(kind) <= MAX_NAME and kind.isidentifier()


def _extent(shape: Iterable[int]) -> int:
    """Multiply the sizes that are not zero: numpy refuses an empty array whose other sizes overflow."""
    return math.prod(size for size in shape if size)


@dataclass(slots=True)
class _Packed:
    """What was packed so far."""

    blobs: list[bytes] = field(default_factory=list)
    nbytes: int = 0
    nodes: int = 0


def _tree(value: object, packed: _Packed, where: str, depth: int) -> object:
    packed.nodes += 1
    if packed.nodes > MAX_NODES:
        raise UnsendableError(f"the value has more than {MAX_NODES} numbers, texts and arrays")
    if depth > MAX_DEPTH:
        raise UnsendableError(f"the value is nested more than {MAX_DEPTH} levels deep")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return _array_node(np.array(value, copy=None, subok=False), packed, where)
    if isinstance(value, int):
        return _integer(int(value), where)
    if isinstance(value, float):
        number = float(value)
        return number if math.isfinite(number) else {"float": str(number)}
    if isinstance(value, str):
        return str.__str__(value)[:MAX_TEXT]
    if isinstance(value, list | tuple):
        return [_tree(item, packed, f"{where}[{i}]", depth + 1) for i, item in enumerate(value)]
    if isinstance(value, dict):
        return {"dict": {_key(key, where): _tree(item, packed, str(key), depth + 1) for key, item in value.items()}}
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _array_node(_array_of_tensor(value, torch, where), packed, where)
    raise UnsendableError(f"{where} is of type {type(value).__name__}, expected numbers or arrays")


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise UnsendableError(f"{where} has a key of type {type(key).__name__}, expected text")
    return str.__str__(key)


def _integer(value: int, where: str) -> int:
    if abs(value) > MAX_INTEGER:
        raise UnsendableError(f"{where} is an integer of more than 64 bits")
    return value


def _array_node(array: np.ndarray, packed: _Packed, where: str) -> dict[str, object]:
    name = NAMES.get(array.dtype) or NAMES.get(array.dtype.newbyteorder("="))
    if name is None:
        raise UnsendableError(f"{where} is an array of dtype {array.dtype.name}, expected numbers")
    if array.ndim > MAX_DIMENSIONS:
        raise UnsendableError(f"{where} has more than {MAX_DIMENSIONS} dimensions")
    packed.nbytes += array.nbytes
    if packed.nbytes > MAX_PAYLOAD_BYTES or _extent(array.shape) > MAX_PAYLOAD_BYTES:
        raise UnsendableError(f"the value has more than {MAX_PAYLOAD_BYTES >> 20} MiB")
    packed.blobs.append(array.astype(DTYPES[name], copy=False).tobytes())
    return {"array": len(packed.blobs) - 1, "dtype": name, "shape": list(array.shape)}


def _array_of_tensor(tensor: Any, torch: Any, where: str) -> np.ndarray:  # noqa: ANN401  # torch is not imported here
    plain = torch.Tensor.detach(tensor)
    if plain.layout is not torch.strided or plain.is_meta or plain.dtype is torch.bfloat16:
        raise UnsendableError(f"{where} is a {plain.dtype} tensor of layout {plain.layout}, expected a dense one")
    plain = plain.as_subclass(torch.Tensor)
    if plain.numel() * plain.element_size() > MAX_PAYLOAD_BYTES:
        raise UnsendableError(f"the value has more than {MAX_PAYLOAD_BYTES >> 20} MiB")
    array: np.ndarray = plain.cpu().resolve_conj().resolve_neg().contiguous().numpy()
    return array
