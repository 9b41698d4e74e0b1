"""What crosses the trust line: whatever the bytes are, a reader gets a message or a WireError."""

from __future__ import annotations

import json
import math
import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from grader import wire
from grader.model import Value
from grader.wire import DTYPES, MAGIC, PREFIX, Message, UnsendableError, WireError, decode, encode, frame_length

calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other tests share the cores
dtypes = st.sampled_from(sorted(DTYPES)).map(np.dtype)
shapes = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
arrays = dtypes.flatmap(lambda dtype: npst.arrays(dtype, shapes))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | texts | arrays
trees = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
                     max_leaves=12)  # fmt: skip
names = st.text(st.characters(categories=["Ll", "Lu"]), min_size=1, max_size=20).filter(str.isidentifier)


def frame_of(header: object, payload: bytes = b"") -> bytes:
    """Frame a header as a hostile writer would: nothing about it is checked."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return PREFIX.pack(MAGIC, len(text), len(payload)) + text + payload


def frame_with(body: object, payload: bytes = b"", blobs: object = ()) -> bytes:
    return frame_of({"kind": "value", "id": 1, "body": body, "blobs": blobs}, payload)


def header(**fields: object) -> bytes:
    return frame_of({"kind": "value", "id": 1, "body": None, "blobs": [], **fields})


def array_frame(payload: bytes, dtype: object = "float64", shape: object = (1,), index: object = 0) -> bytes:
    return frame_with({"array": index, "dtype": dtype, "shape": shape}, payload, [len(payload)])


def same(got: Value, wanted: Value) -> bool:
    """Whether two trees are alike to the bit, tuples counting as lists."""
    if isinstance(wanted, np.ndarray):
        return (
            isinstance(got, np.ndarray)
            and (got.dtype, got.shape) == (wanted.dtype.newbyteorder("="), wanted.shape)
            and got.tobytes() == wanted.astype(got.dtype).tobytes()
        )
    if isinstance(wanted, dict):
        return isinstance(got, dict) and [*got] == [*wanted] and all(same(got[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list | tuple):
        return isinstance(got, list) and len(got) == len(wanted) and all(map(same, got, wanted))
    if isinstance(wanted, float) and math.isnan(wanted):
        return isinstance(got, float) and math.isnan(got)
    return type(got) is type(wanted) and got == wanted and str(got) == str(wanted)


@calm
@given(body=trees, kind=names, number=st.integers(-(2**64), 2**64))
def test_every_tree_comes_back_as_it_was(body: Any, kind: str, number: int) -> None:  # noqa: ANN401  # a tree
    frame = encode(kind, number, body)
    message = decode(frame)
    assert (message.kind, message.id) == (kind, number)
    assert same(message.body, body)
    assert frame_length(frame[: PREFIX.size]) == len(frame)


@calm
@given(garbage=st.binary(max_size=200))
def test_random_bytes_are_no_message(garbage: bytes) -> None:
    with pytest.raises(WireError):
        decode(garbage)


@calm
@given(text=st.binary(max_size=80) | st.text(max_size=40).map(lambda text: json.dumps(text).encode()))
def test_a_random_header_is_no_message(text: bytes) -> None:
    with pytest.raises(WireError):
        decode(frame_of(text))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["array", "dtype", "shape", "dict", "float", "x"]), inner, max_size=4)
    ),
    max_leaves=10,
)
nodes = json_values | st.fixed_dictionaries({
    "array": st.integers(-2, 3) | json_values,
    "dtype": st.sampled_from([*DTYPES, "object", "O", "float128", "str", "V8"]) | json_values,
    "shape": st.lists(st.integers(-2, 3) | st.just(2**28) | st.just(10**30), max_size=18) | json_values,
})  # fmt: skip


def outcome(frame: bytes) -> Message | WireError:
    """Read a frame; anything but a message or a WireError fails the test that asked."""
    try:
        return decode(frame)
    except WireError as error:
        return error


@calm
@given(
    body=st.lists(nodes, max_size=3) | nodes,
    blobs=st.lists(st.integers(-1, 9) | json_values, max_size=4) | json_values,
    payload=st.binary(max_size=24),
    kind=json_values | names,
    number=json_values,
)
def test_a_header_of_the_right_form_with_anything_in_it_is_a_message_or_refused(
    body: object, blobs: object, payload: bytes, kind: object, number: object
) -> None:
    assert outcome(frame_of({"kind": kind, "id": number, "body": body, "blobs": blobs}, payload))


@calm
@given(
    body=trees,
    position=st.integers(0, 10**6),
    patch=st.binary(min_size=1, max_size=6),
    form=st.sampled_from(["set", "insert", "cut"]),
)
def test_a_mutated_frame_is_a_message_or_refused(body: object, position: int, patch: bytes, form: str) -> None:
    frame = encode("value", 7, body)
    at = position % len(frame)
    kept = {"set": frame[at + len(patch) :], "insert": frame[at:], "cut": b""}[form]
    assert outcome(frame[:at] + patch + kept)


@calm
@given(body=trees, position=st.integers(0, 10**6), patch=st.binary(min_size=1, max_size=6))
def test_a_mutated_header_of_the_announced_length_is_a_message_or_refused(
    body: object, position: int, patch: bytes
) -> None:
    frame = encode("value", 7, body)
    _, header_bytes, _ = PREFIX.unpack_from(frame)
    text = bytearray(frame[PREFIX.size : PREFIX.size + header_bytes])
    at = position % len(text)
    text[at : at + len(patch)] = patch
    assert outcome(frame_of(bytes(text), frame[PREFIX.size + header_bytes :]))


DEEP = wire.MAX_DEPTH + 2


BROKEN = {
    "nothing": (b"", "the frame has 0 bytes"),
    "half a prefix": (b"GRD1" + bytes(8), "the frame has 12 bytes"),
    "another magic": (PREFIX.pack(b"EVIL", 0, 0), "length differs"),
    "shorter than announced": (PREFIX.pack(MAGIC, 9, 0) + b"{}", "length differs"),
    "longer than announced": (PREFIX.pack(MAGIC, 2, 0) + b"{}{}", "length differs"),
    "deep lists": (frame_of(b"[" * 100_000 + b"]" * 100_000), "is not JSON"),
    "deep dicts": (frame_of(b'{"a":' * 50_000), "is not JSON"),
    "a number of 100,000 digits": (frame_of(b"9" * 100_000), "is not JSON"),
    "the constant NaN": (frame_of(b'{"kind":"value","id":1,"blobs":[],"body":NaN}'), "is not JSON"),
    "the constant -Infinity": (frame_of(b'{"kind":"value","id":1,"blobs":[],"body":-Infinity}'), "is not JSON"),
    "UTF-8": (frame_of('{"kind":"é","id":1,"blobs":[],"body":1}'.encode()), "is not JSON"),
    "UTF-16": (frame_of('{"kind":"value","id":1,"blobs":[],"body":1}'.encode("utf-16")), "is not JSON"),
    "an empty header": (frame_of(b""), "is not JSON"),
    "a list for a header": (frame_of([]), "other fields"),
    "a field less": (frame_of({"kind": "value", "id": 1, "body": None}), "other fields"),
    "a field more": (frame_of({"kind": "value", "id": 1, "body": 1, "blobs": [], "score": 10}), "other fields"),
    "an empty kind": (header(kind=""), "the header's kind is no name"),
    "two words for a kind": (header(kind="a b"), "the header's kind is no name"),
    "a surrogate for a kind": (header(kind="\ud800"), "the header's kind is no name"),
    "a long kind": (header(kind="a" * 1000), "the header's kind is no name"),
    "no kind": (header(kind=None), "the header's kind is no name"),
    "truth for an id": (header(id=True), "its id no integer"),
    "a float for an id": (header(id=1.0), "its id no integer"),
    "no lengths": (header(blobs=None), "the list of array lengths is malformed"),
    "truth for a length": (header(blobs=[True]), "the list of array lengths is malformed"),
    "a float for a length": (header(blobs=[1.0]), "the list of array lengths is malformed"),
    "a negative length": (frame_with(1, b"ab", [3, -1]), "the list of array lengths is malformed"),
    "a list of many lengths": (frame_with(1, b"", [0] * 30_000), "the list of array lengths is malformed"),
    "lengths under the payload": (frame_with(1, b"ab", [1]), "do not add up"),
    "lengths over the payload": (frame_with(1, b"ab", [10**30]), "do not add up"),
    "unused bytes": (frame_with(1, b"ab", [2]), "bytes that no array uses"),
    "an unused empty array": (frame_with(1, b"", [0]), "bytes that no array uses"),
    "a large integer": (frame_with(2**64), "does not fit into 64 bits"),
    "a large negative integer": (frame_with(-(2**64)), "does not fit into 64 bits"),
    "a float beyond infinity": (frame_of(b'{"kind":"value","id":1,"blobs":[],"body":1e999}'), "a number is too large"),
    "many nodes": (frame_with([0] * wire.MAX_NODES), "over 20000 nodes"),
    "many levels": (frame_with(json.loads("[" * DEEP + "]" * DEEP)), "32 levels"),
    "another name for a float": (frame_with({"float": "infinity"}), "of no known kind"),
    "a float for a float's name": (frame_with({"float": 1.0}), "of no known kind"),
    "a list for a dict": (frame_with({"dict": []}), "of no known kind"),
    "a dict with a neighbour": (frame_with({"dict": {}, "x": 1}), "of no known kind"),
    "an empty node": (frame_with({}), "of no known kind"),
    "an array without a shape": (frame_with({"array": 0, "dtype": "float64"}, bytes(8), [8]), "of no known kind"),
    "objects": (array_frame(bytes(8), "object"), "dtype that is not accepted"),
    "objects by their letter": (array_frame(bytes(8), "O"), "dtype that is not accepted"),
    "a byte order": (array_frame(bytes(8), "<f8"), "dtype that is not accepted"),
    "long doubles": (array_frame(bytes(16), "float128"), "dtype that is not accepted"),
    "a list for a dtype": (array_frame(bytes(8), ["float64"]), "dtype that is not accepted"),
    "an array past the last": (array_frame(bytes(8), index=1), "points to no bytes of its own"),
    "an array before the first": (array_frame(bytes(8), index=-1), "points to no bytes of its own"),
    "truth for an array": (array_frame(bytes(8), index=False), "points to no bytes of its own"),
    "no shape": (array_frame(bytes(8), shape=None), "shape is malformed"),
    "a negative size": (array_frame(bytes(8), shape=[-1]), "shape is malformed"),
    "two negative sizes": (array_frame(bytes(8), shape=[-1, -1]), "shape is malformed"),
    "truth for a size": (array_frame(bytes(8), shape=[True]), "shape is malformed"),
    "a float for a size": (array_frame(bytes(8), shape=[1.0]), "shape is malformed"),
    "17 dimensions": (array_frame(bytes(8), shape=[1] * 17), "shape is malformed"),
    "a huge size": (array_frame(bytes(8), shape=[10**30]), "shape is malformed"),
    "huge sizes beside a zero": (array_frame(b"", shape=[0, 2**28, 2**28, 2**28]), "shape is malformed"),
    "a shape over the bytes": (array_frame(bytes(8), shape=[2]), "does not fit its bytes"),
    "bytes between two shapes": (array_frame(bytes(7), shape=[1]), "does not fit its bytes"),
    "bytes for an empty shape": (array_frame(bytes(8), shape=[0]), "does not fit its bytes"),
    "a truth value of 2": (array_frame(b"\x02", "bool"), "other bytes than 0 and 1"),
}


@pytest.mark.parametrize(("frame", "words"), BROKEN.values(), ids=BROKEN)
def test_each_break_of_the_format_is_told(frame: bytes, words: str) -> None:
    with pytest.raises(WireError) as caught:
        decode(frame)
    assert words in str(caught.value)


@pytest.mark.parametrize("frame", [frame for frame, _ in BROKEN.values()], ids=BROKEN)
def test_a_complaint_repeats_nothing_of_the_frame(frame: bytes) -> None:
    """It reaches the student, and what a frame says is the worker's choice."""
    assert not re.search(r"\d{6}|score|EVIL|aaa|infinity", str(outcome(frame)))


def test_two_arrays_cannot_share_their_bytes() -> None:
    node = {"array": 0, "dtype": "uint8", "shape": [1]}
    with pytest.raises(WireError, match="points to no bytes of its own"):
        decode(frame_with([node, node], b"a", [1]))


BOMBS = {
    "array lengths": header(blobs=[0] * 200_000),
    "lists": frame_of(b"[" + b"[]," * 200_000 + b"[]]"),
    "dicts": frame_of(b"[" + b"{}," * 200_000 + b"{}]"),
    "shape": array_frame(bytes(1 << 16), shape=[2**14, 2**14]),
}


@pytest.mark.parametrize("frame", BOMBS.values(), ids=BOMBS)
def test_a_frame_takes_at_most_32_times_its_own_memory(frame: bytes) -> None:
    """A list of two million array lengths, 4 MiB, became two million views of 200 bytes each."""
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            decode(frame)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * len(frame)


@pytest.mark.parametrize(
    "prefix",
    [
        PREFIX.pack(b"GRD2", 10, 10),
        PREFIX.pack(MAGIC, wire.MAX_HEADER_BYTES + 1, 0),
        PREFIX.pack(MAGIC, 10, wire.MAX_PAYLOAD_BYTES + 1),
        PREFIX.pack(MAGIC, 10, 2**64 - 1),
    ],
)
def test_a_frame_that_announces_too_much_is_refused_before_it_is_read(prefix: bytes) -> None:
    with pytest.raises(WireError):
        frame_length(prefix)


def test_a_refused_announcement_is_not_repeated_because_it_could_carry_hidden_inputs() -> None:
    """The number that a worker announces reached the student's message: 64 bits of whatever it wanted to tell."""
    with pytest.raises(WireError) as caught:
        frame_length(PREFIX.pack(MAGIC, 10, 1234567890123456789))
    assert "1234567890" not in str(caught.value)


def test_lone_surrogates_become_text_that_can_be_written() -> None:
    message = decode(frame_with({"dict": {"\udc80": "\ud800x"}}))
    assert message.body == {"\\udc80": "\\ud800x"}


def test_long_text_is_cut() -> None:
    body = decode(encode("value", 1, "x" * (wire.MAX_TEXT + 1))).body
    assert body == "x" * wire.MAX_TEXT


@calm
@given(array=arrays)
@example(array=np.arange(6.0).reshape(2, 3).T)
@example(array=np.arange(6.0)[::-2])
@example(array=np.arange(3, dtype=">f8"))
@example(array=np.broadcast_to(np.int16(3), (2, 2)))
def test_an_array_is_sent_whatever_its_memory_looks_like(array: np.ndarray) -> None:
    assert same(decode(encode("value", 1, array)).body, np.array(array))


def test_an_array_that_comes_back_can_be_written_and_is_nobody_elses() -> None:
    frame = bytearray(encode("value", 1, np.zeros(3)))
    body = decode(frame).body
    assert isinstance(body, np.ndarray)
    body += 1
    frame[-8:] = b"\xff" * 8
    assert body.tolist() == [1, 1, 1]


@pytest.mark.parametrize("scalar", [np.float64(0.1), np.int8(-3), np.bool_(True), np.complex64(1j)])
def test_a_numpy_scalar_comes_back_as_an_array_without_dimensions(scalar: np.generic) -> None:
    assert same(decode(encode("value", 1, scalar)).body, np.array(scalar))


def test_a_tuple_comes_back_as_a_list() -> None:
    assert decode(encode("value", 1, {"pair": (1, (2.0, None))})).body == {"pair": [1, [2.0, None]]}


class Forged(np.ndarray):
    """An array of a student's own class, which claims to be something else."""

    dtype = np.dtype(object)  # type: ignore[assignment]  # the lie
    shape = (10**9,)


def test_a_subclass_cannot_lie_about_what_it_holds() -> None:
    forged = np.arange(3.0).view(Forged)
    assert same(decode(encode("value", 1, forged)).body, np.arange(3.0))


def nested(levels: int) -> object:
    tree: object = 1
    for _ in range(levels):
        tree = [tree]
    return tree


UNSENDABLE: dict[str, tuple[Callable[[], object], str]] = {
    "an object": (object, "the value is of type object, expected numbers or arrays"),
    "a set in a list": (lambda: {"dx": [1, {2, 3}]}, "dx[1] is of type set, expected numbers or arrays"),
    "a complex number": (lambda: 1j, "the value is of type complex, expected numbers or arrays"),
    "bytes": (lambda: b"x", "the value is of type bytes, expected numbers or arrays"),
    "a number for a key": (lambda: {1: 2}, "the value has a key of type int, expected text"),
    "a large integer": (lambda: 2**64, "the value is an integer of more than 64 bits"),
    "objects": (lambda: np.array([None]), "the value is an array of dtype object, expected numbers"),
    "text in an array": (lambda: np.array(["a"]), "the value is an array of dtype str32, expected numbers"),
    "records": (lambda: np.zeros(1, [("a", float)]), "the value is an array of dtype void64, expected numbers"),
    "17 dimensions": (lambda: np.zeros((1,) * 17), "the value has more than 16 dimensions"),
    "a huge array": (lambda: np.broadcast_to(0.0, (2**14, 2**14)), "the value has more than 256 MiB"),
    "many large arrays": (lambda: [np.zeros((2**13, 2**11))] * 3, "the value has more than 256 MiB"),
    "a huge empty array": (lambda: np.zeros((0, 2**20, 2**20)), "the value has more than 256 MiB"),
    "many levels": (lambda: nested(40), "the value is nested more than 32 levels deep"),
    "many numbers": (lambda: [0] * 20_000, "the value has more than 20000 numbers, texts and arrays"),
    "much text": (lambda: ["x" * 2**16] * 65, "the value has more than 4 MiB of structure"),
}


@pytest.mark.parametrize(("value", "complaint"), UNSENDABLE.values(), ids=UNSENDABLE)
def test_what_cannot_be_sent_is_named(value: Callable[[], object], complaint: str) -> None:
    with pytest.raises(UnsendableError) as caught:
        encode("value", 1, value())
    assert complaint in str(caught.value)


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(UnsendableError, match="nested more than 32 levels deep"):
        encode("value", 1, loop)


@pytest.mark.parametrize("kind", ["", "<lambda>", "a b", "a" * 201, "\ud800"])
def test_a_kind_that_a_reader_would_refuse_is_not_sent(kind: str) -> None:
    with pytest.raises(UnsendableError, match="is no name"):
        encode(kind, 1, None)


@pytest.mark.parametrize("levels", [wire.MAX_DEPTH, wire.MAX_DEPTH + 1])
@pytest.mark.parametrize("count", [wire.MAX_NODES - wire.MAX_DEPTH - 1, wire.MAX_NODES])
def test_writer_and_reader_hold_the_same_limits(levels: int, count: int) -> None:
    """A list of 20,001 numbers was sent and then refused by the judge, which ended the worker as if it had cheated."""
    for tree in (nested(levels), [0] * count):
        try:
            frame = encode("value", 1, tree)
        except UnsendableError:
            continue
        assert same(decode(frame).body, tree)  # type: ignore[arg-type]  # a tree


def tensors() -> dict[str, Any]:
    torch = pytest.importorskip("torch")
    grown = torch.arange(6.0).reshape(2, 3).requires_grad_()
    return {
        "plain": (torch.arange(4), np.arange(4)),
        "with a gradient": (grown, np.arange(6.0, dtype=np.float32).reshape(2, 3)),
        "transposed": (grown.detach().T, np.arange(6.0, dtype=np.float32).reshape(2, 3).T),
        "a parameter": (torch.nn.Parameter(torch.ones(2)), np.ones(2, np.float32)),
        "conjugated": (torch.tensor([1 + 2j]).conj(), np.array([1 - 2j], np.complex64)),
        "without dimensions": (torch.tensor(True), np.array(True)),
    }


@pytest.mark.parametrize(
    "name", ["plain", "with a gradient", "transposed", "a parameter", "conjugated", "without dimensions"]
)
def test_a_tensor_is_sent_as_an_array(name: str) -> None:
    tensor, array = tensors()[name]
    assert same(decode(encode("value", 1, {"t": tensor})).body, {"t": array})


@pytest.mark.parametrize("form", ["bfloat16", "sparse", "meta", "huge"])
def test_a_tensor_without_plain_numbers_is_refused(form: str) -> None:
    torch = pytest.importorskip("torch")
    made = {
        "bfloat16": lambda: torch.ones(2, dtype=torch.bfloat16),
        "sparse": lambda: torch.eye(2).to_sparse(),
        "meta": lambda: torch.ones(2, device="meta"),
        "huge": lambda: torch.zeros(1).expand(2**30),
    }[form]()
    with pytest.raises(UnsendableError):
        encode("value", 1, made)
