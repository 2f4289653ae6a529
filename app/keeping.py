"""Finished answers, kept for the next reader who asks the same.

The record changes only with a release, so an answer is the same for everybody until the next one. What is kept are
messages that are ready to go out, in each coding that somebody has asked for, as many as fit.
"""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import NamedTuple

import brotli  # type: ignore[import-untyped]
from starlette.types import Message

PLAIN = ""
"""A body as it was made, without a coding."""
CODINGS = ("br", "gzip")
"""What a body can be compressed to, the smaller first."""
RawHeaders = Sequence[tuple[bytes, bytes]]


class Sent(NamedTuple):
    """An answer in one coding, as it goes out."""

    tag: str
    """Its strong name (ETag); empty where it may not be kept by anybody."""
    start: Message
    body: Message
    unchanged: Message
    """What a reader who has it already is told in the place of `start`."""
    lines: bytes
    """The headers of `start` as they stand on the line."""
    unchanged_lines: bytes


class Finished:
    """An answer: one body, in every coding that was asked for."""

    def __init__(self, status: int, headers: RawHeaders, body: bytes, *, compressible: bool = False) -> None:
        self.status = status
        self.headers = headers
        self.compressible = compressible
        self.digest = hashlib.sha256(body).hexdigest()
        self.length = len(body)
        self.named = False
        """Whether it has a strong name, by which a reader may ask for it again."""
        self.thorough = False
        """Whether it stays so long that compressing it well is worth the time."""
        self.kept = False
        """Whether it may be kept for others."""
        self.aged: Finished | None = None
        """The same while the record cannot be read."""
        self.since = ""
        """Since when `aged` says that is."""
        self._body: bytes | None = body
        self._sent: dict[str, Sent] = {}

    @property
    def size(self) -> int:
        """Bytes that it holds, about."""
        aged = self.aged.size if self.aged else 0
        return aged + sum(len(one.body["body"]) + OVERHEAD for one in self._sent.values())

    @property
    def body(self) -> bytes:
        if (body := self._body) is not None:  # another thread may let go of it
            return body
        if PLAIN in self._sent:
            return bytes(self._sent[PLAIN].body["body"])
        if "gzip" in self._sent:
            return gzip.decompress(self._sent["gzip"].body["body"])
        return bytes(brotli.decompress(self._sent["br"].body["body"]))

    def sent(self, coding: str) -> Sent | None:
        """How it goes out in a coding; None where nobody has asked for that yet."""
        return self._sent.get(coding if self.compressible else PLAIN)

    def code(self, coding: str) -> Sent:
        """How it goes out in a coding. Once it is compressed, it is kept that way only."""
        coding = coding if self.compressible else PLAIN
        if coding in self._sent:
            return self._sent[coding]
        body = self.body
        if coding == "br":
            body = brotli.compress(body, quality=9 if self.thorough else 5)
        elif coding == "gzip":
            body = gzip.compress(body, 6, mtime=0)
        headers = list(self.headers)
        if coding:
            headers.append((b"content-encoding", coding.encode()))
        # Other bytes under the same address need another strong name.
        tag = f'"{self.digest[:24]}{"-" if coding else ""}{coding}"' if self.named else ""
        if tag:
            headers.append((b"etag", tag.encode()))
        unchanged = [one for one in headers if one[0] not in OF_A_BODY]
        if self.status != 204:
            headers.append((b"content-length", str(len(body)).encode()))
        self._sent[coding] = Sent(
            tag,
            {"type": "http.response.start", "status": self.status, "headers": headers},
            {"type": "http.response.body", "body": body},
            {"type": "http.response.start", "status": 304, "headers": unchanged},
            _lines(headers),
            _lines(unchanged),
        )
        self._body = None
        return self._sent[coding]


def _lines(headers: RawHeaders) -> bytes:
    return b"".join(b"%b: %b\r\n" % one for one in headers)


OF_A_BODY = (b"content-length", b"content-type", b"content-encoding", b"content-disposition")
"""Headers that an answer without a body does not have."""
OVERHEAD = 4000
"""Bytes that an answer in one coding takes beside its body, about: its headers and its place."""


class Kept:
    """Finished answers of one state of the record: those asked for last, as many as fit."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._of: Hashable = None
        self._kept: OrderedDict[Hashable, tuple[Finished, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, state: Hashable, key: Hashable) -> Finished | None:
        """What was kept of this state; another state has nothing of it."""
        if state != self._of:
            self._kept.clear()
            self._of, self.size = state, 0
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, state: Hashable, key: Hashable, finished: Finished) -> None:
        """Keep it, or tell that it has grown. What is so large that little else would fit is not kept."""
        if state != self._of or finished.size > self.most // 4:
            return
        _, before = self._kept.pop(key, (None, 0))
        weight = finished.size
        self._kept[key] = finished, weight
        self.size += weight - before
        while self.size > self.most:
            self.size -= self._kept.popitem(last=False)[1][1]


@lru_cache(1000)
def coding(accepted: str) -> str:
    """Which coding a reader wants, by Accept-Encoding: the most wanted, of those the smaller."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.replace(" ", "").startswith("q="):
                try:
                    weight = float(parameter.partition("=")[2])
                except ValueError:
                    weight = 0
        weights[name] = weight
    wanted = [name for name in CODINGS if weights.get(name, 0) > 0]
    return max(wanted, key=lambda name: weights[name], default=PLAIN)


def has(wanted: str, tag: str) -> bool:
    """Whether If-None-Match names this body."""
    return wanted.strip() == "*" or tag in (name.strip().removeprefix("W/") for name in wanted.split(","))
