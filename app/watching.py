"""Which release is current, whether it can be read, and whether it is whole: looked at beside the answers.

An answer must not wait to learn that a server is away, and a reader must never be shown a row that was changed after it
was loaded. So a thread looks once a second, and before anything is answered from a file that has changed, that is looked
at at once. Until a record is found whole, the answers made before go on, and say that they do.
"""

import logging
import time
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from threading import Event, Lock, Thread

from sqlmodel import Session

from app import database as databases
from app import seed
from app.database import Database, Empty, Unavailable
from app.models import Release

logger = logging.getLogger("derek")

PAUSE = 1.0
"""Seconds from one look to the next."""
GLANCE = 0.02
"""Seconds in which a file is not looked at again."""
WHOLE_AGAIN = 30.0
"""Seconds after which a release that was found whole is examined anew, or more where that takes long: it may take a
fiftieth of the time."""
SIZE = 2
"""Where in the identity of a file its size stands."""
SMALL = 64 * 2**20
"""Bytes of a file up to which it is examined before anything is answered from it; a larger one is meanwhile."""


class Tampered(Unavailable):
    """The rows are not those that were loaded."""


@dataclass(frozen=True)
class Seen:
    """What the last look found."""

    state: Hashable
    """Another one whenever answers may be other ones; None before any release was seen."""
    release: str = ""
    fault: Unavailable | None = None
    since: str = ""
    """Since when there is a fault."""


class Watch:
    """Looks after one database. `seen` is always there at once."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._seen = Seen(None)
        self.changes = 0
        """How often another release took the place of one."""
        self._looked_at: Hashable = ()
        """The state of the file and the loads of this process when it was last looked."""
        self._glanced = -inf
        self._whole: dict[str, tuple[Hashable, float]] = {}
        self._lock = Lock()
        self._woken = Event()
        self._ended = False
        self._thread: Thread | None = None

    def start(self) -> None:
        self._thread = Thread(target=self._keep_looking, name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended = True
        self.wake()
        if self._thread:
            self._thread.join()

    @property
    def seen(self) -> Seen:
        """What holds now. A file is glanced at; of a server it is what the last look found."""
        now = time.monotonic()
        if now - self._glanced > GLANCE:
            self._glanced = now
            if self._looked_at != self._outside():
                self.look(at_once=True)
        return self._seen

    def _outside(self) -> Hashable:
        return self.database.identity(), self.database.loads

    def _keep_looking(self) -> None:
        while True:
            self._woken.wait(PAUSE)
            self._woken.clear()
            if self._ended:
                return
            self.look()

    def wake(self) -> None:
        """Look at once: there are news."""
        self._woken.set()

    def look(self, at_once: bool = False) -> None:
        """Raises nothing: what it finds stands in `seen`. With `at_once` it leaves out what takes long."""
        outside = self.database.identity()
        small = outside is not None and outside[SIZE] <= SMALL
        if not self._lock.acquire(blocking=small or not at_once):
            return
        try:
            at, before = self._outside(), self._seen
            if at_once and at == self._looked_at:
                return  # somebody else was looking
            try:
                with self.database.reading() as session:
                    current = databases.release(session)
                    assert current is not None  # noqa: S101  # else there would be no session
                    if small or not at_once:
                        self._examine(session, current, at)
            except Unavailable as error:
                self._looked_at = at
                if before.fault is None:
                    if not isinstance(error, Empty) or before.state is not None:
                        logger.error("the record cannot be read: %s", error)
                    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
                elif str(before.fault) == str(error):
                    return
                else:
                    since = before.since
                self._seen = Seen(before.state, before.release, error, since)
                return
            if before.fault and before.state:
                logger.warning("the record can be read again: release %s", current.digest[:12])
            self.changes += before.release not in ("", current.digest)
            self._seen = Seen((current.digest, at), current.digest)
            self._looked_at = at
        finally:
            self._lock.release()

    def _examine(self, session: Session, current: Release, outside: Hashable) -> None:
        """Raises `Tampered` where the rows of the current release are not those that were loaded."""
        at, due = self._whole.get(current.digest, (None, 0.0))
        now = time.monotonic()
        if at == outside and now < due:
            return
        if not seed.is_whole(session, current):
            raise Tampered(f"the rows of release {current.digest[:12]} are not those that were loaded")
        took = time.monotonic() - now
        self._whole = {current.digest: (outside, now + max(WHOLE_AGAIN, 50 * took))}
