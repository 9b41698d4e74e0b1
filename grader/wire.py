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
from typing import Any, Final, cast

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
FIELDS: Final = frozenset({"kind", "id", "body", "blobs"})
ARRAY_FIELDS: Final = frozenset({"array", "dtype", "shape"})


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
    lengths = ",".join([str(len(blob)) for blob in packed.blobs])
    text = f'{{"kind":{_quoted(kind)},"id":{int(id)},"body":{tree},"blobs":[{lengths}]}}'.encode("ascii")
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
    reader = _Reader(view[PREFIX.size + header_bytes :], _blobs(header["blobs"], payload_bytes))
    body = reader.value(header["body"], 0)
    if len(reader.taken) != len(reader.blobs):
        raise WireError("the frame carries bytes that no array uses")
    return Message(header["kind"], header["id"], body)


def _header(text: bytes) -> dict[str, Any]:
    try:
        header, end = _PARSER.raw_decode(text.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise WireError(f"the header is not JSON: {type(error).__name__}") from None
    if end != len(text):
        raise WireError("the header is not JSON alone")
    if type(header) is not dict or header.keys() != FIELDS:
        raise WireError("the header has other fields than kind, id, body and blobs")
    if type(header["kind"]) is not str or not _is_name(header["kind"]) or type(header["id"]) is not int:
        raise WireError("the header's kind is no name or its id no integer")
    return header


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


_PARSER: Final = json.JSONDecoder(parse_constant=_refuse_constant)  # made once: json.loads makes one for each text
_quoted: Final = json.encoder.encode_basestring_ascii


def _blobs(lengths: object, payload_bytes: int) -> list[tuple[int, int]]:
    """Say where each array's bytes begin and end."""
    if type(lengths) is not list or len(lengths) > MAX_NODES:
        raise WireError("the list of array lengths is malformed")
    blobs, end = [], 0
    for length in lengths:
        if type(length) is not int or length < 0:
            raise WireError("the list of array lengths is malformed")
        blobs.append((end, end + length))
        end += length
    if end != payload_bytes:
        raise WireError("the array lengths do not add up to the payload")
    return blobs


class _Reader:
    """Rebuild a tree, counting nodes as it goes. What JSON gives is of seven exact types."""

    def __init__(self, payload: memoryview, blobs: list[tuple[int, int]]) -> None:
        self.payload = payload
        self.blobs = blobs
        self.taken: set[int] = set()
        self.nodes = 0

    def value(self, node: Any, depth: int) -> Value:  # noqa: ANN401  # whatever JSON gave; a case for each type
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise WireError(f"the value has over {MAX_NODES} nodes or {MAX_DEPTH} levels")
        kind = type(node)
        if kind is dict:
            return self.compound(node, depth)
        if kind is int:
            if abs(node) > MAX_INTEGER:
                raise WireError("an integer does not fit into 64 bits")
        elif kind is float:
            if not math.isfinite(node):
                raise WireError("a number is too large")
        elif kind is str:
            return _clean_text(node)
        elif kind is list:
            return [self.value(item, depth + 1) for item in node]
        return cast("Value", node)

    def compound(self, node: dict[str, Any], depth: int) -> Value:
        if node.keys() == ARRAY_FIELDS:
            return self.array(node["array"], node["dtype"], node["shape"])
        if len(node) == 1:
            items = node.get("dict")
            if type(items) is dict:
                return {_clean_text(key): self.value(item, depth + 1) for key, item in items.items()}
            if node.get("float") in ("nan", "inf", "-inf"):
                return float(node["float"])
        raise WireError("a node is of no known kind")

    def array(self, index: Any, name: Any, shape: Any) -> np.ndarray:  # noqa: ANN401  # whatever JSON gave
        if type(index) is not int or not 0 <= index < len(self.blobs) or index in self.taken:
            raise WireError("an array points to no bytes of its own")
        dtype = DTYPES.get(name) if type(name) is str else None
        if dtype is None:
            raise WireError("an array has a dtype that is not accepted")
        if type(shape) is not list or len(shape) > MAX_DIMENSIONS:
            raise WireError("an array's shape is malformed")
        size = 1
        for extent in shape:
            if type(extent) is not int or extent < 0:
                raise WireError("an array's shape is malformed")
            size *= extent
        if size > MAX_PAYLOAD_BYTES or (size == 0 and _extent(shape) > MAX_PAYLOAD_BYTES):
            raise WireError("an array's shape is malformed")
        start, end = self.blobs[index]
        if size * dtype.itemsize != end - start:
            raise WireError("an array's shape does not fit its bytes")
        self.taken.add(index)
        if name == "bool" and np.frombuffer(self.payload[start:end], np.uint8).max(initial=0) > 1:
            raise WireError("a bool array holds other bytes than 0 and 1")
        array: np.ndarray = np.ndarray(shape, dtype, self.payload, start)
        return array.copy()


def _clean_text(text: str) -> str:
    """Make every string one that can be written as UTF-8, and bounded."""
    if len(text) <= MAX_TEXT and text.isascii():
        return text
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


def _tree(value: Any, packed: _Packed, where: str, depth: int) -> str:  # noqa: ANN401  # a line for each type
    """Write a value as JSON, putting its arrays beside. A tree for `json` to write would take as long again."""
    packed.nodes += 1
    if packed.nodes > MAX_NODES:
        raise UnsendableError(f"the value has more than {MAX_NODES} numbers, texts and arrays")
    if depth > MAX_DEPTH:
        raise UnsendableError(f"the value is nested more than {MAX_DEPTH} levels deep")
    kind = type(value)
    if kind is np.ndarray:
        return _array_node(value, packed, where)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if isinstance(value, int):
        return _integer(int(value), where)
    if isinstance(value, np.ndarray | np.generic):  # before float: numpy's float64 is one
        return _array_node(np.array(value, copy=None, subok=False), packed, where)
    if isinstance(value, float):
        number = float(value)
        return float.__repr__(number) if math.isfinite(number) else f'{{"float":"{number}"}}'
    if isinstance(value, str):
        return _quoted(str.__str__(value)[:MAX_TEXT])
    if isinstance(value, list | tuple):
        return f"[{','.join([_tree(item, packed, f'{where}[{i}]', depth + 1) for i, item in enumerate(value)])}]"
    if isinstance(value, dict):
        items = [f"{_key(key, where)}:{_tree(item, packed, str(key), depth + 1)}" for key, item in value.items()]
        return f'{{"dict":{{{",".join(items)}}}}}'
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _array_node(_array_of_tensor(value, torch, where), packed, where)
    raise UnsendableError(f"{where} is of type {kind.__name__}, expected numbers or arrays")


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise UnsendableError(f"{where} has a key of type {type(key).__name__}, expected text")
    return _quoted(str.__str__(key))


def _integer(value: int, where: str) -> str:
    if abs(value) > MAX_INTEGER:
        raise UnsendableError(f"{where} is an integer of more than 64 bits")
    return str(value)


def _array_node(array: np.ndarray, packed: _Packed, where: str) -> str:
    name = NAMES.get(array.dtype)
    if name is None:
        name = NAMES.get(array.dtype.newbyteorder("="))
        if name is None:
            raise UnsendableError(f"{where} is an array of dtype {array.dtype.name}, expected numbers")
        array = array.astype(DTYPES[name], copy=False)
    if array.ndim > MAX_DIMENSIONS:
        raise UnsendableError(f"{where} has more than {MAX_DIMENSIONS} dimensions")
    packed.nbytes += array.nbytes
    if packed.nbytes > MAX_PAYLOAD_BYTES or (array.nbytes == 0 and _extent(array.shape) > MAX_PAYLOAD_BYTES):
        raise UnsendableError(f"the value has more than {MAX_PAYLOAD_BYTES >> 20} MiB")
    packed.blobs.append(array.tobytes())
    return f'{{"array":{len(packed.blobs) - 1},"dtype":"{name}","shape":[{",".join(map(str, array.shape))}]}}'


def _array_of_tensor(tensor: Any, torch: Any, where: str) -> np.ndarray:  # noqa: ANN401  # torch is not imported here
    plain = torch.Tensor.detach(tensor)
    if plain.layout is not torch.strided or plain.is_meta or plain.dtype is torch.bfloat16:
        raise UnsendableError(f"{where} is a {plain.dtype} tensor of layout {plain.layout}, expected a dense one")
    plain = plain.as_subclass(torch.Tensor)
    if plain.numel() * plain.element_size() > MAX_PAYLOAD_BYTES:
        raise UnsendableError(f"the value has more than {MAX_PAYLOAD_BYTES >> 20} MiB")
    array: np.ndarray = plain.cpu().resolve_conj().resolve_neg().contiguous().numpy()
    return array
