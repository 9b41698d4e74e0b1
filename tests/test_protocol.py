"""What crosses the trust line: whatever the bytes are, a reader gets a message or a ProtocolError."""

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

from grader.errors import ProtocolError, UnsendableError
from grader.model.observation import Value
from grader.sandbox import protocol
from grader.sandbox.protocol import DTYPES, MAGIC, PREFIX, Message, decode, encode, frame_length

calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other tests share the cores
dtypes = st.sampled_from(sorted(DTYPES)).map(np.dtype)
shapes = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
arrays = dtypes.flatmap(lambda dtype: npst.arrays(dtype, shapes))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(["$", "$$", "$x", "{", "[$"])
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | texts | arrays
trees = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
                     max_leaves=12)  # fmt: skip
names = st.text(st.characters(categories=["Ll", "Lu"]), min_size=1, max_size=20).filter(str.isidentifier)


def frame_of(header: object, payload: bytes = b"") -> bytes:
    """Frame a header as a hostile writer would: nothing about it is checked."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return PREFIX.pack(MAGIC, len(text), len(payload)) + text + payload


def frame_with(body: object, payload: bytes = b"") -> bytes:
    return frame_of(["value", 1, body], payload)


def array_frame(payload: bytes, form: object = "float64 1") -> bytes:
    return frame_with({"$": form}, payload)


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
@given(body=trees, kind=names, number=st.integers(-(2**63), 2**63))
def test_every_tree_comes_back_as_it_was(body: Any, kind: str, number: int) -> None:  # noqa: ANN401  # a tree
    frame = encode(kind, number, body)
    message = decode(frame)
    assert (message.kind, message.id) == (kind, number)
    assert same(message.body, body)
    assert frame_length(frame[: PREFIX.size]) == len(frame)


@calm
@given(garbage=st.binary(max_size=200))
def test_random_bytes_are_no_message(garbage: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(garbage)


@calm
@given(text=st.binary(max_size=80) | st.text(max_size=40).map(lambda text: json.dumps(text).encode()))
def test_a_random_header_is_no_message(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(frame_of(text))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["$", "$$", "$x", "x"]), inner, max_size=4)
    ),
    max_leaves=10,
)
forms = st.builds(
    lambda name, sizes: " ".join([name, *map(str, sizes)]),
    st.sampled_from([*DTYPES, "object", "O", "float128", "str", "V8", "", " "]),
    st.lists(st.integers(-2, 3) | st.sampled_from([2**28, 10**30, "01", "x", ""]), max_size=18),
)
nodes = json_values | st.fixed_dictionaries({"$": forms | st.sampled_from(["nan", "inf", "-inf", "1"]) | json_values})


def outcome(frame: bytes) -> Message | ProtocolError:
    """Read a frame; anything but a message or a ProtocolError fails the test that asked."""
    try:
        return decode(frame)
    except ProtocolError as error:
        return error


@calm
@given(body=st.lists(nodes, max_size=3) | nodes, payload=st.binary(max_size=24), kind=json_values | names,
       number=json_values)  # fmt: skip
def test_a_header_of_the_right_form_with_anything_in_it_is_a_message_or_refused(
    body: object, payload: bytes, kind: object, number: object
) -> None:
    assert outcome(frame_of([kind, number, body], payload))


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


DEEP = protocol.MAX_DEPTH + 2


BROKEN = {
    "nothing": (b"", "the frame has 0 bytes"),
    "half a prefix": (MAGIC + bytes(8), "the frame has 12 bytes"),
    "another magic": (PREFIX.pack(b"EVIL", 0, 0), "length differs"),
    "shorter than announced": (PREFIX.pack(MAGIC, 9, 0) + b"{}", "length differs"),
    "longer than announced": (PREFIX.pack(MAGIC, 2, 0) + b"{}{}", "length differs"),
    "deep lists": (frame_of(b"[" * 100_000 + b"]" * 100_000), "is not JSON"),
    "deep dicts": (frame_of(b'{"a":' * 50_000), "is not JSON"),
    "a number of 100,000 digits": (frame_of(b"9" * 100_000), "does not fit into 64 bits"),
    "the constant NaN": (frame_of(b'["value",1,NaN]'), "is not JSON"),
    "the constant -Infinity": (frame_of(b'["value",1,-Infinity]'), "is not JSON"),
    "UTF-8": (frame_of('["é",1,1]'.encode()), "is not JSON"),
    "UTF-16": (frame_of('["value",1,1]'.encode("utf-16")), "is not JSON"),
    "an empty header": (frame_of(b""), "is not JSON"),
    "two headers": (frame_of(b'["value",1,1]["value",1,1]'), "is not JSON alone"),
    "a dict for a header": (frame_of({}), "no list of kind, id and body"),
    "a field less": (frame_of(["value", 1]), "no list of kind, id and body"),
    "a field more": (frame_of(["value", 1, 1, 10]), "no list of kind, id and body"),
    "an empty kind": (frame_of(["", 1, 1]), "the header's kind is no name"),
    "two words for a kind": (frame_of(["a b", 1, 1]), "the header's kind is no name"),
    "a surrogate for a kind": (frame_of(["\ud800", 1, 1]), "the header's kind is no name"),
    "a long kind": (frame_of(["a" * 1000, 1, 1]), "the header's kind is no name"),
    "no kind": (frame_of([None, 1, 1]), "the header's kind is no name"),
    "an array for a kind": (frame_of([{"$": "uint8 1"}, 1, 1], b"a"), "the header's kind is no name"),
    "truth for an id": (frame_of(["value", True, 1]), "its id no integer"),
    "a float for an id": (frame_of(["value", 1.0, 1]), "its id no integer"),
    "a large id": (frame_of(["value", 2**64, 1]), "does not fit into 64 bits"),
    "unused bytes": (frame_with(1, b"ab"), "bytes that no array uses"),
    "a large integer": (frame_with(2**64), "does not fit into 64 bits"),
    "a large negative integer": (frame_with(-(2**64)), "does not fit into 64 bits"),
    "a float beyond infinity": (frame_of(b'["value",1,1e999]'), "a number is too large"),
    "many nodes": (frame_with([0] * protocol.MAX_NODES), "over 20000 nodes"),
    "many levels": (frame_with(json.loads("[" * DEEP + "]" * DEEP)), "32 levels"),
    "many levels of dicts": (frame_with(json.loads('{"a":' * DEEP + "1" + "}" * DEEP)), "32 levels"),
    "another name for a float": (frame_with({"$": "infinity"}), "dtype that is not accepted"),
    "a float for a float's name": (frame_with({"$": 1.0}), "of no known kind"),
    "nothing that is marked": (frame_with({"$": None}), "of no known kind"),
    "a marked node with a neighbour": (array_frame(bytes(8)).replace(b'"}', b'","x":1}'), "length differs"),
    "a neighbour of the announced length": (frame_with({"$": "uint8 1", "x": 1}, b"a"), "of no known kind"),
    "a long form": (array_frame(b"", f"uint8{' 0' * 100}"), "of no known kind"),
    "a key with another mark": (frame_with({"$x": 1}), "a key has a mark of no known kind"),
    "objects": (array_frame(bytes(8), "object 1"), "dtype that is not accepted"),
    "objects by their letter": (array_frame(bytes(8), "O 1"), "dtype that is not accepted"),
    "a byte order": (array_frame(bytes(8), "<f8 1"), "dtype that is not accepted"),
    "long doubles": (array_frame(bytes(16), "float128 1"), "dtype that is not accepted"),
    "a list for a dtype": (array_frame(bytes(8), ["float64", 1]), "of no known kind"),
    "a negative size": (array_frame(bytes(8), "float64 -1"), "shape is malformed"),
    "a size with a sign": (array_frame(bytes(8), "float64 +1"), "shape is malformed"),
    "a size with a zero before it": (array_frame(bytes(8), "float64 01"), "shape is malformed"),
    "a size in other digits": (array_frame(bytes(8), "float64 \u0661"), "shape is malformed"),
    "two spaces": (array_frame(bytes(8), "float64  1"), "shape is malformed"),
    "a float for a size": (array_frame(bytes(8), "float64 1.0"), "shape is malformed"),
    "17 dimensions": (array_frame(bytes(8), f"float64{' 1' * 17}"), "shape is malformed"),
    "a huge size": (array_frame(bytes(8), f"float64 {10**30}"), "shape is malformed"),
    "huge sizes beside a zero": (array_frame(b"", f"float64 0{f' {2**28}' * 3}"), "shape is malformed"),
    "a shape over the bytes": (array_frame(bytes(8), "float64 2"), "does not fit its bytes"),
    "a shape within the bytes": (array_frame(bytes(16), "float64 1"), "bytes that no array uses"),
    "bytes between two shapes": (array_frame(bytes(7)), "does not fit its bytes"),
    "bytes for an empty shape": (array_frame(bytes(8), "float64 0"), "bytes that no array uses"),
    "a truth value of 2": (array_frame(b"\x02", "bool 1"), "other bytes than 0 and 1"),
}


@pytest.mark.parametrize(("frame", "words"), BROKEN.values(), ids=BROKEN)
def test_each_break_of_the_format_is_told(frame: bytes, words: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode(frame)
    assert words in str(caught.value)


@pytest.mark.parametrize("frame", [frame for frame, _ in BROKEN.values()], ids=BROKEN)
def test_a_complaint_repeats_nothing_of_the_frame(frame: bytes) -> None:
    """It reaches the student, and what a frame says is the worker's choice."""
    assert not re.search(r"\d{6}|score|EVIL|aaa|infinity", str(outcome(frame)))


def test_two_arrays_cannot_share_their_bytes() -> None:
    node = {"$": "uint8 1"}
    with pytest.raises(ProtocolError, match="does not fit its bytes"):
        decode(frame_with([node, node], b"a"))


def test_arrays_take_their_bytes_in_the_order_in_which_they_stand() -> None:
    first, second = np.arange(3.0), np.arange(2, dtype=np.int8)
    assert same(decode(encode("value", 1, {"a": [first], "b": second})).body, {"a": [first], "b": second})


def test_an_array_that_a_key_of_the_same_name_hides_has_taken_its_bytes() -> None:
    body = b'{"x":{"$":"uint8 1"},"x":{"$":"uint8 1"}}'
    message = decode(frame_of(b'["value",1,' + body + b"]", b"ab"))
    assert same(message.body, {"x": np.array([98], np.uint8)})


@pytest.mark.parametrize("text", ["\\u0024", "$", "$$", "\\u0024x"])
def test_a_key_that_begins_with_a_mark_is_never_taken_for_one(text: str) -> None:
    """A reader that looks at the text for marks must not overlook those that are written in another way."""
    body = f'{{"{text}":"float64 1"}}'.encode()
    read = outcome(frame_of(b'["value",1,' + body + b"]"))
    assert isinstance(read, ProtocolError) or (read.body == {"$": "float64 1"} and text == "$$")


BOMBS = {
    "lists": frame_of(b"[" + b"[]," * 200_000 + b"[]]"),
    "dicts": frame_of(b"[" + b"{}," * 200_000 + b"{}]"),
    "shape": array_frame(bytes(1 << 16), f"float64 {2**14} {2**14}"),
}


@pytest.mark.parametrize("frame", BOMBS.values(), ids=BOMBS)
def test_a_frame_takes_at_most_32_times_its_own_memory(frame: bytes) -> None:
    """A list of two million array lengths, 4 MiB, became two million views of 200 bytes each."""
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError):
            decode(frame)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * len(frame)


@pytest.mark.parametrize(
    "prefix",
    [
        PREFIX.pack(b"GRD1", 10, 10),
        PREFIX.pack(MAGIC, protocol.MAX_HEADER_BYTES + 1, 0),
        PREFIX.pack(MAGIC, 10, protocol.MAX_PAYLOAD_BYTES + 1),
        PREFIX.pack(MAGIC, 10, 2**64 - 1),
    ],
)
def test_a_frame_that_announces_too_much_is_refused_before_it_is_read(prefix: bytes) -> None:
    with pytest.raises(ProtocolError):
        frame_length(prefix)


def test_a_refused_announcement_is_not_repeated_because_it_could_carry_hidden_inputs() -> None:
    """The number that a worker announces reached the student's message: 64 bits of whatever it wanted to tell."""
    with pytest.raises(ProtocolError) as caught:
        frame_length(PREFIX.pack(MAGIC, 10, 1234567890123456789))
    assert "1234567890" not in str(caught.value)


def test_lone_surrogates_become_text_that_can_be_written() -> None:
    message = decode(frame_with({"\udc80": "\ud800x"}))
    assert message.body == {"\\udc80": "\\ud800x"}


def test_long_text_is_cut() -> None:
    body = decode(encode("value", 1, "x" * (protocol.MAX_TEXT + 1))).body
    assert body == "x" * protocol.MAX_TEXT


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
    "a huge empty array": (lambda: np.zeros((0, 2**20, 2**20)), "holds no numbers and has a shape that is too large"),
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


@pytest.mark.parametrize("levels", [protocol.MAX_DEPTH, protocol.MAX_DEPTH + 1])
@pytest.mark.parametrize("count", [protocol.MAX_NODES - protocol.MAX_DEPTH - 1, protocol.MAX_NODES])
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
