"""A package becomes a release of a database, in one step."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, insert, select

from app.database import Database
from app.models import LAYOUT, TABLES, Current, Observation, Release, Row, last_day
from app.seed.package import Package, Told, canonical, canonical_cell, digest_in_order


@dataclass(frozen=True)
class Loaded:
    """What a load did: took a release in, made a former one current again, or nothing, since it is current."""

    release: str
    version: str
    did: str
    changed: tuple[str, ...] = ()
    """Where a former release became current again, what that changed, counted."""


def load(
    package: Package, database: Database, told: Told | None = None, loaded: datetime | None = None
) -> Loaded:
    """Take a package in as a release and make it current, in one step.

    `loaded` says when that is: without it now. Raises `database.Busy`, and `ValueError` where its version has been given to other rows.
    """
    with database.writing() as session:
        wanted = package.digest
        current = session.get(Current, 1)
        known = session.exec(select(Release).where(Release.digest == wanted)).one_or_none()
        new = known is None
        if known and current and current.release == known.number:
            return Loaded(wanted, package.version, "nothing: this release is current already")
        if not known:
            hold_version(package, session)
            known = _take_in(package, wanted, session, told, loaded or datetime.now(UTC))
        assert known.number is not None  # noqa: S101  # it has been flushed
        if current is None:
            session.add(Current(release=known.number, layout=LAYOUT))
            return Loaded(wanted, package.version, "took in the first release")
        former, current.release = current.release, known.number
        session.add(current)
        if new:
            return Loaded(wanted, package.version, "took in a new release")
        replaced = session.exec(select(Release).where(Release.number == former)).one()
        did = (
            "made a former release current again"
            if known.number < former
            else "went forward again to a stored release"
        )
        changed = counted(difference(stored(session, replaced), package.tables))
        return Loaded(wanted, package.version, did, (f"in place of version {replaced.version}", *changed))


def hold_version(package: Package, session: Session) -> None:
    """A version is a name that readers cite: in one database it is given to the same rows for ever."""
    same = select(Release).where(Release.version == package.version, Release.digest != package.digest)
    if session.exec(same.limit(1)).first():
        raise ValueError(
            f"version {package.version} is already taken by other rows in this database; "
            "raise version in datapackage.json"
        )


def _take_in(package: Package, name: str, session: Session, told: Told | None, loaded: datetime) -> Release:
    last = session.exec(select(Release.number).order_by(col(Release.number).desc()).limit(1)).one_or_none()
    release = Release(
        number=(last or 0) + 1,
        digest=name,
        version=package.version,
        dated=package.dated,
        loaded=loaded.replace(microsecond=0),
    )
    session.add(release)
    session.flush()
    total, done = sum(map(len, package.tables.values())), 0
    for table in TABLES:
        rows = [{**row.model_dump(), "release": release.number} for row in package.tables[table]]
        for row in rows if table is Observation else ():
            row["public_on"] = last_day(row["as_of"]) if row["as_of"] else None
        for start in range(0, len(rows), 5000):
            session.execute(insert(table), rows[start : start + 5000])
            done += len(rows[start : start + 5000])
            if told:
                told(done, total)
    return release


def stored(session: Session, release: Release) -> dict[type[Row], tuple[Row, ...]]:
    """The rows of a release as the database holds them."""
    return {
        table: tuple(session.exec(select(table).where(table.release == release.number)).all())
        for table in TABLES
    }


def is_whole(session: Session, release: Release) -> bool:
    """Whether the rows of a release are those that were loaded, by its digest; and whether a file agrees with its indexes,
    through which they are read."""
    if session.get_bind().dialect.name == "sqlite":
        try:
            told = session.connection().exec_driver_sql("PRAGMA integrity_check").scalars().all()
        except DatabaseError:
            return False
        if told != ["ok"]:
            return False
    try:
        tables = [
            (str(table.__tablename__), table.columns(), _in_order(session, release, table))
            for table in TABLES
        ]
        return digest_in_order(release.version, release.dated, tables) == release.digest
    except (ValueError, TypeError, LookupError):
        return False  # what stands there cannot be read as what it should be


def _in_order(session: Session, release: Release, table: type[Row]) -> Iterator[tuple[str, ...]]:
    """The rows of a table as text, sorted by it: the columns of a key are text, and stand before all others."""
    columns = [getattr(table, name) for name in table.columns()]
    last = max(map(table.columns().index, table.key))
    asked = select(*columns).where(table.release == release.number).order_by(*columns[: last + 1])
    derived = [Observation.public_on] if table is Observation else []
    with session.exec(asked.add_columns(*derived).execution_options(yield_per=1000)) as rows:
        for cells in rows:
            *own, public_on = cells if derived else (*cells, None)
            if derived and public_on != (
                last_day(as_of) if (as_of := own[table.columns().index("as_of")]) else None
            ):
                raise ValueError("public_on")
            yield tuple(map(canonical_cell, own))


def difference(old: dict[type[Row], tuple[Row, ...]], new: dict[type[Row], tuple[Row, ...]]) -> Iterator[str]:
    """What a load would change, one line a row: + added, - gone, ~ a cell that is another."""
    for table in TABLES:
        before = {tuple(getattr(row, name) for name in table.key): row for row in old.get(table, ())}
        after = {tuple(getattr(row, name) for name in table.key): row for row in new[table]}
        name = table.__tablename__
        for key in sorted(before.keys() | after.keys(), key=str):
            label = f"{name} {' '.join(map(str, key))}"
            if key not in before:
                yield f"+ {label}"
            elif key not in after:
                yield f"- {label}"
            else:
                for column, was, now in zip(
                    table.columns(), canonical(before[key]), canonical(after[key]), strict=True
                ):
                    if was != now:
                        yield f"~ {label} {column}: '{was}' -> '{now}'"


def counted(lines: Iterable[str]) -> tuple[str, ...]:
    """A difference in a line for each table: how many rows were added, how many are gone, how many cells changed."""
    counts = Counter((line.split(" ", 2)[1], line[0]) for line in lines)

    def told(table: str, sign: str, word: str) -> str:
        count = counts[table, sign]
        return f"{count} {word}" if sign != "~" else f"{count} {'cell' if count == 1 else 'cells'} changed"

    signs = {"+": "added", "-": "gone", "~": ""}
    return tuple(
        f"{table}: "
        + ", ".join(told(table, sign, word) for sign, word in signs.items() if counts[table, sign])
        for table in dict.fromkeys(name for name, _ in counts)
    )
