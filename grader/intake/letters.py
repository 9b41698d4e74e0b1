"""Read names again that a program unpacked in other letters than they were packed in. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

# What zip programs take names for that do not say in which letters they are: old DOS, Windows, macOS.
TAKEN_FOR: Final = ("cp437", "cp850", "cp1252", "mac_roman")
# And what they are packed in: macOS and Linux, Windows in the West, in Central Europe, in Cyrillic, Greek and Turkish,
# old DOS there and macOS, and the writing of China, Taiwan, Japan and Korea.
PACKED_IN: Final = (
    "utf-8", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp437", "cp850", "cp852", "cp866", "cp737", "cp857",
    "mac_roman", "gb18030", "big5",
    "shift_jis", "euc_kr",
)  # fmt: skip
SIGNS_IN_NAMES: Final = frozenset(" -_'.,()\u2019")


def in_other_letters(name: str) -> Iterator[str]:
    """Give what a name may have been before it was unpacked, as far as that could be a name."""
    if name.isascii():
        return
    seen = {name}
    for wrong in TAKEN_FOR:
        try:
            packed = unicodedata.normalize("NFC", name).encode(wrong)
        except UnicodeEncodeError:
            continue
        for right in PACKED_IN:
            try:
                text = packed.decode(right)
            except UnicodeDecodeError:
                continue
            if text not in seen and all(char in SIGNS_IN_NAMES or _is_of_a_word(char) for char in text):
                seen.add(text)
                yield text


def _is_of_a_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char) in ("Mn", "Mc")
