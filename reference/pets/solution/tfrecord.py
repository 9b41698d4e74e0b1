"""Records of TFRecord files and the features of a `tf.train.Example`, read and written without TensorFlow.

Only what such files need of protocol buffers is here: https://protobuf.dev/programming-guides/encoding. Provided.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

Feature = bytes | int
VARINT: Final = 0
WIDTHS: Final = {1: 8, 5: 4}  # bytes of the wire types of fixed width
BYTES: Final = 2
POLYNOMIAL: Final = 0x82F63B78  # CRC-32C, reflected: RFC 3720, appendix B.4
MASK: Final = 0xA282EAD8  # https://www.tensorflow.org/tutorials/load_data/tfrecord


class RecordError(ValueError):
    """A file is no TFRecord file, or a record no `tf.train.Example`."""


def places(file: Path) -> list[tuple[int, int]]:
    """Find the records of a file without reading what they hold; return offset and length of each, in bytes.

    Raises:
        RecordError: a record is cut off, or its length does not have the checksum that stands behind it.
    """
    found: list[tuple[int, int]] = []
    size = file.stat().st_size
    with file.open("rb") as stream:
        while head := stream.read(12):
            length = int.from_bytes(head[:8], "little")
            place = stream.tell()
            if len(head) < 12 or checksum(head[:8]) != int.from_bytes(head[8:], "little"):
                raise RecordError(f"record {len(found)} of {file.name} has no length, expected a TFRecord file")
            if place + length + 4 > size:
                raise RecordError(f"record {len(found)} of {file.name} is cut off, expected {length} bytes")
            found.append((place, length))
            stream.seek(length + 4, 1)
    return found


def write(file: Path, records: Iterable[bytes]) -> int:
    """Write records as a TFRecord file; return how many."""
    count = 0
    with file.open("wb") as stream:
        for record in records:
            _write_record(stream, record)
            count += 1
    return count


def _write_record(stream: BinaryIO, record: bytes) -> None:
    length = struct.pack("<Q", len(record))
    stream.write(length + struct.pack("<I", checksum(length)) + record + struct.pack("<I", checksum(record)))


def _table() -> tuple[int, ...]:
    rows = []
    for value in range(256):
        remainder = value
        for _ in range(8):
            remainder = remainder >> 1 ^ (POLYNOMIAL if remainder & 1 else 0)
        rows.append(remainder)
    return tuple(rows)


_TABLE: Final = _table()


def checksum(data: bytes) -> int:
    """Return the masked CRC-32C of bytes, as TFRecord files have it."""
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder = _TABLE[(remainder ^ byte) & 0xFF] ^ remainder >> 8
    remainder ^= 0xFFFFFFFF
    return ((remainder >> 15 | remainder << 17) + MASK) & 0xFFFFFFFF


def features(record: bytes) -> dict[str, Feature]:
    """Return the first value of each feature of a `tf.train.Example`, bytes or a whole number.

    Raises:
        RecordError: the record is no such message.
    """
    found: dict[str, Feature] = {}
    try:
        for message in _all(record, 1):
            for entry in _all(message, 1):
                fields = dict(_fields(entry))
                value = _feature(_bytes(fields[2]))
                if value is not None:
                    found[_bytes(fields[1]).decode("utf-8")] = value
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise RecordError("a record is damaged, expected a tf.train.Example") from error
    return found


def _feature(data: bytes) -> Feature | None:
    """Return the first value of a Feature: bytes_list is field 1, int64_list field 3, packed or not."""
    for number, content in _fields(data):
        for key, value in _fields(_bytes(content)):
            if number == 1 and key == 1:
                return _bytes(value)
            if number == 3 and key == 1:  # the field's number, see above
                whole = value if isinstance(value, int) else _varint(value, 0)[0]
                return whole - (1 << 64) if whole >> 63 else whole
    return None


def _all(data: bytes, number: int) -> Iterator[bytes]:
    for key, value in _fields(data):
        if key == number:
            yield _bytes(value)


def _bytes(value: Feature) -> bytes:
    if isinstance(value, int):
        raise RecordError("a record holds a number, expected a tf.train.Example")
    return value


def _fields(data: bytes) -> Iterator[tuple[int, Feature]]:
    """Go through the fields of a message: number, and bytes or a whole number."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, place = _varint(data, place)
            yield number, value
            continue
        if kind == BYTES:
            length, place = _varint(data, place)
        elif kind in WIDTHS:
            length = WIDTHS[kind]
        else:
            raise RecordError(f"a record has the wire type {kind}, expected a tf.train.Example")
        if place + length > len(data):
            raise RecordError("a record is cut off, expected a tf.train.Example")
        yield number, data[place : place + length]
        place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # the bit that says that more follows
            return value & 0xFFFFFFFFFFFFFFFF, place


def example(values: Mapping[str, Feature]) -> bytes:
    """Return a `tf.train.Example` of bytes and whole numbers of at least 0."""
    entries = b""
    for name, value in values.items():
        packed = _field(3, _field(1, _number(value))) if isinstance(value, int) else _field(1, _field(1, value))
        entries += _field(1, _field(1, name.encode()) + _field(2, packed))
    return _field(1, entries)


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | BYTES]) + _number(len(data)) + data


def _number(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:  # seven bits a byte
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
