"""What is counted while the site is served, for whoever runs it: how many answers of which kind, and nothing about a reader
or about what was read.

Several processes may serve one site. Each counts in a place of its own in memory that all of them see, so any of them can
tell what all have counted; whoever takes the place of one that ended goes on from its numbers.
"""

import fcntl
import mmap
import os
from pathlib import Path
from typing import NamedTuple


class Metric(NamedTuple):
    name: str
    kind: str
    """As Prometheus has it: a counter only grows."""
    said: str
    label: str = ""
    values: tuple[str, ...] = ("",)


METRICS = (
    Metric(
        "derek_answers_total",
        "counter",
        "Answers, by class of status.",
        "status",
        ("2xx", "3xx", "4xx", "5xx"),
    ),
    Metric(
        "derek_kept_total", "counter", "Questions whose answer was kept, and others.", "kept", ("yes", "no")
    ),
    Metric(
        "derek_refused_total",
        "counter",
        "Requests refused before they were read as a question, and questions for want of room.",
        "why",
        ("malformed", "late", "long", "large", "version", "crowded", "busy"),
    ),
    Metric("derek_lines_total", "counter", "Connections.", "what", ("opened", "closed", "dropped")),
    Metric("derek_kept_bytes", "gauge", "Bytes of kept answers, in all processes."),
    Metric("derek_stale_seconds", "gauge", "Seconds since when the record cannot be read; 0 where it can."),
    Metric(
        "derek_loads", "gauge", "Times that the release changed while the process that saw most of it ran."
    ),
)
CELLS = [(metric.name, value) for metric in METRICS for value in metric.values]
ADDED = ("derek_kept_bytes",)
"""Gauges of which the whole is the sum of all processes', and not the greatest."""
PLACES = 256
"""More than the processes that serve one site, even while each is replaced."""


def cell(name: str, value: str = "") -> int:
    return CELLS.index((name, value))


class Counts:
    """The counts of one process, beside those of others where there is a file that they share."""

    def __init__(self, shared: Path | None = None) -> None:
        size, place = 8 * len(CELLS), 0
        if shared is None:
            memory = mmap.mmap(-1, size)
        else:
            self._file = os.open(shared, os.O_RDWR)  # the place is ours for as long as this is open
            place = next(place for place in range(PLACES) if self._is_free(place * size, size))
            memory = mmap.mmap(self._file, PLACES * size)
        self._all = memoryview(memory).cast("Q")
        self._own = self._all[place * len(CELLS) : (place + 1) * len(CELLS)]
        for metric in METRICS:
            if metric.kind == "gauge":
                self.put(cell(metric.name), 0)

    def _is_free(self, at: int, size: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, size, at)
        except OSError:
            return False
        return True

    @staticmethod
    def share(file: Path) -> None:
        """Makes the file in which several processes count."""
        file.write_bytes(bytes(PLACES * 8 * len(CELLS)))

    def add(self, which: int) -> None:
        self._own[which] += 1

    def put(self, which: int, value: int) -> None:
        self._own[which] = value

    def told(self, **facts: str) -> str:
        """The counts of all processes as text that Prometheus reads. What is a word is a fact, with the value 1."""
        lines = [
            "# HELP derek_info What is served.",
            "# TYPE derek_info gauge",
            "derek_info{" + ",".join(f'{name}="{value}"' for name, value in facts.items()) + "} 1",
        ]
        for metric in METRICS:
            lines += [f"# HELP {metric.name} {metric.said}", f"# TYPE {metric.name} {metric.kind}"]
            for value in metric.values:
                found = self._all[cell(metric.name, value) :: len(CELLS)].tolist()
                whole = sum(found) if metric.kind == "counter" or metric.name in ADDED else max(found)
                labels = f'{{{metric.label}="{value}"}}' if metric.label else ""
                lines.append(f"{metric.name}{labels} {whole}")
        return "\n".join(lines) + "\n"
