"""Read the text that people wrote into a mail or a file, however a mail program or an editor saved it."""

from __future__ import annotations

import email
import html
import re
from email.policy import default
from typing import Final

from grader.errors import UsageError, WorksheetError
from grader.exports.delimited import decoded

# A mail begins with its headers, of which one of these is.
_MAIL: Final = re.compile(
    rb"\A(?:From |[A-Za-z-]+:.*\n)(?:.*\n)*?(?:From|Subject|Content-Type|MIME-Version):", re.IGNORECASE
)
_LINE_ENDS: Final = re.compile(r"(?i)<(?:br|/p|/div|/pre|/li)\b[^>]*>")
_TAG: Final = re.compile(r"<[^>]*>")


def mail_text(data: bytes) -> str:
    """Return the text of a mail, of its HTML where that is all there is, or of a file.

    Raises:
        UsageError: it holds no text; the sentence begins with a verb.
    """
    if _MAIL.match(data[:1000]) and (text := _body(data)):
        return text
    try:
        return decoded(data)
    except WorksheetError:
        raise UsageError("holds no text, expected a mail or a text file") from None


def _body(data: bytes) -> str:
    message = email.message_from_bytes(data, policy=default)
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, ValueError):  # letters that nobody knows
        return ""
    return text if part.get_content_subtype() == "plain" else html.unescape(_TAG.sub("", _LINE_ENDS.sub("\n", text)))
