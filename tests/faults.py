"""A program for tests/test_loads.py: `derek load` over and over, each time with a fault of the machine at another moment.

It counts the calls that a load makes to the system for its files, or its line to a server, through libfiu (Debian's
`fiu-utils`), and lets the Nth of them fail, or that and all after it, or kills the process there. After each it looks at what
is left and loads again. A line of JSON for each fault says what came of it; the last says how many calls there are.

    LD_PRELOAD=... python tests/faults.py ADDRESS PACKAGE MOST
"""

import ctypes
import errno
import itertools
import json
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from typer.testing import CliRunner

from app import cli, seed
from app import database as databases
from app.database import Database

OF_FILES = (
    *("oc/open", "dir/rename", "dir/unlink", "sync/fsync", "sync/fdatasync"),
    *("rw/read", "rw/pread", "rw/write", "rw/pwrite", "rw/ftruncate"),
)
OF_A_LINE = tuple(f"net/{name}" for name in ["socket", "connect", "send", "sendto", "recv", "recvfrom"])
FAULTS_OF_FILES = {"once": errno.EIO, "from there on": errno.ENOSPC, "killed": 0}
FAULTS_OF_A_LINE = {"from there on": errno.ECONNRESET, "killed": 0}
"""How calls fail, and with what. A line that failed once does not come back."""


class Calls:
    """The calls of a load, in their order, and which of them fails."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = [f"posix/io/{name}".encode() for name in names]
        self.made: list[str] = []
        self.number, self.how = 0, ""
        self.fiu = ctypes.CDLL("libfiu.so.0")
        self.fiu.fiu_init(0)
        pointer = ctypes.c_void_p
        self.called = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, pointer, pointer, pointer)(self._called)

    def _called(self, name: bytes, *_: object) -> int:
        self.made.append(name.decode().removeprefix("posix/io/"))
        now, over = len(self.made) == self.number, len(self.made) > self.number > 0
        if now and self.how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        return now or (over and self.how == "from there on")

    @contextmanager
    def failing(self, number: int, how: str, error: int = 0) -> Iterator[None]:
        self.made, self.number, self.how = [], number, how
        real = seed.load

        def load(*given: Any) -> seed.Loaded:
            for name in self.names:
                self.fiu.fiu_enable_external(name, 1, ctypes.c_void_p(error), 0, self.called)
            try:
                return real(*given)
            finally:
                for name in self.names:
                    self.fiu.fiu_disable(name)

        with patch.object(seed, "load", load):
            yield


def derek_load(folder: Path) -> tuple[int, str]:
    """Its exit code and what it says to whoever watches."""
    answer = CliRunner().invoke(cli.app, ["load", str(folder)])
    if answer.exception and not isinstance(answer.exception, SystemExit):
        return -1, "".join(traceback.format_exception(answer.exception))
    return answer.exit_code, answer.stderr


def in_a_process_of_its_own(folder: Path) -> tuple[int, str]:
    if process := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), ""
    os._exit(derek_load(folder)[0])


def held(address: str) -> str:
    """The version that a reader would be shown; none where its rows are not those that were loaded."""
    database = Database(address)
    with database.reading() as session:
        release = databases.release(session)
        assert release
        found = release.version if seed.is_whole(session, release) else ""
    database.close()
    return found


def main(address: str, folder: Path, every: int) -> None:
    os.environ["DATABASE_URL"] = address
    file = Database(address).file
    names, faults = (OF_FILES, FAULTS_OF_FILES) if file else (OF_A_LINE, FAULTS_OF_A_LINE)
    calls = Calls(names)
    versions = map("v{}".format, itertools.count())

    def load_next(load: Callable[[Path], tuple[int, str]] = derek_load) -> dict[str, Any]:
        descriptor = json.loads((folder / "datapackage.json").read_text())
        version = descriptor["version"] = next(versions)
        (folder / "datapackage.json").write_text(json.dumps(descriptor))
        code, said = load(folder)
        return {"version": version, "code": code, "said": said, "held": held(address)}

    load_next()
    kept = file.read_bytes() if file else b""
    with calls.failing(0, ""):
        load_next()
    made = calls.made
    print(json.dumps(Counter(made)))
    ends = {made.index(name) for name in made} | {len(made) - 1 - made[::-1].index(name) for name in made}
    for place, (how, error) in enumerate(faults.items()):
        for number in sorted(ends | {*range(place % every, len(made), every)}):
            if file:
                file.write_bytes(kept)
            former = held(address)
            with calls.failing(number + 1, how, error):
                met = load_next(in_a_process_of_its_own if how == "killed" else derek_load)
            after = load_next()
            if after["code"] == cli.BUSY:  # a server needs a moment to see that a client is gone
                time.sleep(0.2)
                after = load_next()
            print(json.dumps({"call": made[number], "how": how, "former": former, **met, "next": after}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
