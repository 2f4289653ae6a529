"""Readers for measurements and for the bar: many lines to one server, and what came back on each of them.

A load is open where questions come at their time whether or not earlier ones are answered, as readers do: how long one
took is then counted from when it was due. It is closed where each line asks again as soon as it has its answer: that
finds the most that a server can do, and says nothing of how long readers wait.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """One answer as it came over the line."""

    path: str
    due: float
    """When it was to be asked, in seconds of the loop's clock."""
    seconds: float
    """From when it was due until its last byte."""
    status: int
    """0 where no whole answer came."""
    headers: dict[str, str]
    body: bytes


@dataclass
class Load:
    """Lines to one port of this machine, on which the same paths are asked in turn."""

    port: int
    paths: tuple[str, ...]
    lines: int = 20
    asked_with: str = ""
    """More header lines, each ended by CR and LF."""
    answers: int = 0
    failed: list[Answer] = field(default_factory=list)
    """Those that did not come, or came with a status that nobody expects."""
    longest: float = 0.0
    waits: list[float] = field(default_factory=list)
    """Seconds of each answer of an open load."""
    expected: tuple[int, ...] = (200, 304)

    def open(self, rate: float, seconds: float, seen: Callable[[Answer], None] | None = None) -> "Load":
        """Asks `rate` times a second."""
        return self._apart(_in_time(rate, seconds), seen)

    def closed(self, questions: int, seen: Callable[[Answer], None] | None = None) -> "Load":
        """Asks as fast as answers come."""
        return self._apart(itertools.repeat(0.0, questions), seen)

    def share(self, part: float) -> float:
        """The seconds within which that part of an open load was answered."""
        return sorted(self.waits)[min(len(self.waits) - 1, int(part * len(self.waits)))]

    def _apart(self, times: Iterable[float], seen: Callable[[Answer], None] | None) -> "Load":
        """In a thread of its own: in this one a browser may hold the loop of events."""
        with ThreadPoolExecutor(1) as alone:
            alone.submit(asyncio.run, self._run(times, seen)).result()
        return self

    async def _run(self, times: Iterable[float], seen: Callable[[Answer], None] | None) -> None:
        questions = zip(times, itertools.cycle(self.paths), strict=False)
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for _ in range(self.lines):
                group.create_task(self._line(questions, began, seen))

    async def _line(
        self, questions: Iterator[tuple[float, str]], began: float, seen: Callable[[Answer], None] | None
    ) -> None:
        """Whoever of the lines is free takes the next question."""
        clock = asyncio.get_running_loop().time
        way: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        for after, path in questions:
            due = began + after if after else clock()
            if due > clock():
                await asyncio.sleep(due - clock())
            status, body = 0, b""
            headers: dict[str, str] = {}
            with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout(60):
                    way = way or await asyncio.open_connection("127.0.0.1", self.port, limit=2**22)
                    status, headers, body = await self._ask(*way, path)
            answer = Answer(path, due, clock() - due, status, headers, body)
            if (not status or headers.get("connection") == "close") and way:
                way[1].close()
                way = None
            self.answers += 1
            self.longest = max(self.longest, answer.seconds)
            if after:
                self.waits.append(answer.seconds)
            if status not in self.expected:
                self.failed.append(answer)
            if seen:
                seen(answer)
        if way:
            way[1].close()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
    ) -> tuple[int, dict[str, str], bytes]:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{self.asked_with}\r\n"
        writer.write(head.encode())
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        return int(first.split()[1]), headers, await reader.readexactly(int(headers.get("content-length", 0)))


def _in_time(rate: float, seconds: float) -> Iterator[float]:
    for number in range(1, int(rate * seconds) + 1):
        yield number / rate
