"""Derek in a terminal: serve, load, check, status, headlines, openapi."""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError

from app import database as databases
from app import exports, seed, series
from app.database import Busy, Database, Empty, Unavailable
from app.main import create_app
from app.settings import Settings, folder

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False)

Folder = Annotated[
    Path | None, typer.Argument(help="Folder of the package; the packaged dataset without one.")
]

REFUSED, UNAVAILABLE, BUSY = 1, 3, 4
"""Exit codes. 2 is typer's own, for a command that was not understood."""


@app.command()
def serve(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; PORT or 8000 without it.")
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; HOST or 127.0.0.1 without it.")
    ] = None,
) -> None:
    """Serve the site. Without DATABASE_URL it serves the packaged dataset, with no step before."""
    with _told():
        settings = Settings()
        site = create_app(settings)
    uvicorn.run(
        site,
        host=host or settings.host,
        port=settings.port if port is None else port,
        # Who reads what is nobody's business: no address, query or agent goes into a log.
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


@app.command()
def check(package: Folder = None) -> None:
    """Check a package: every fault is listed as file:row:column."""
    with _told():
        found = seed.read(package or folder("seed"))
    rows = sum(map(len, found.tables.values()))
    typer.echo(f"sound: version {found.version} of {found.dated}, {rows} rows, release {found.digest}")


@app.command()
def load(
    package: Folder = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
) -> None:
    """Load a package as a new release into the database that DATABASE_URL names."""
    with _told():
        found = seed.read(package or folder("seed"))
        database = _database()
        if dry_run:
            _preview(found, database)
            return
        loaded = seed.load(found, database)
    typer.echo(f"{loaded.did}: version {loaded.version}, release {loaded.release}")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """The current release of the database, or of the packaged dataset without DATABASE_URL."""
    with _told():
        if Settings().database_url:
            with _database().reading() as session:
                current = databases.release(session)
            if current is None:
                raise Unavailable("the database is empty; run `derek load`")
            found = {
                "release": current.digest,
                "version": current.version,
                "dated": current.dated.isoformat(),
            }
        else:
            package = seed.read(folder("seed"))
            found = {
                "release": package.digest,
                "version": package.version,
                "dated": package.dated.isoformat(),
            }
    typer.echo(
        json.dumps(found) if as_json else "\n".join(f"{name:8} {value}" for name, value in found.items())
    )


@app.command()
def headlines(package: Folder = None) -> None:
    """Print docs/headlines.md: for each indicator, year and body the figure that the rule puts first."""
    with _told(), tempfile.TemporaryDirectory(prefix="derek-") as private:
        database = Database(f"sqlite:///{private}/derek.db")
        seed.load(seed.read(package or folder("seed")), database)
        with database.reading() as session:
            release = databases.release(session)
            panels = series.panels(session, release, series.Question()) if release else []
        database.close()
    typer.echo(exports.headlines(panels), nl=False)


@app.command()
def openapi() -> None:
    """Print tests/openapi.json: the API's contract as OpenAPI tells it."""
    site = create_app(Settings(database_url="sqlite:///never-opened.db"))
    typer.echo(json.dumps(site.openapi(), ensure_ascii=False, indent=2))


def _database() -> Database:
    url = Settings().database_url
    if not url:
        raise Unavailable(
            "DATABASE_URL is not set; name a database, such as sqlite:////var/lib/derek/derek.db"
        )
    return Database(url)


def _preview(found: seed.Package, database: Database) -> None:
    try:
        with database.reading() as session:
            current = databases.release(session)
            stored = seed.stored(session, current) if current else {}
            lines = list(seed.difference(stored, found.tables))
    except Empty:
        lines = list(seed.difference({}, found.tables))
    typer.echo("\n".join(lines) if lines else "no row would change")


@contextmanager
def _told() -> Iterator[None]:
    """Failures as sentences and exit codes, without a traceback."""
    try:
        yield
    except seed.Refused as error:
        typer.echo(str(error), err=True)
        count = len(error.faults)
        typer.echo(f"refused: {count} {'fault' if count == 1 else 'faults'}, nothing was changed", err=True)
        sys.exit(REFUSED)
    except Busy as error:
        typer.echo(str(error), err=True)
        sys.exit(BUSY)
    except ValidationError as error:
        for detail in error.errors():
            typer.echo(f"{str(detail['loc'][0]).upper()}: {detail['msg']}, not '{detail['input']}'", err=True)
        sys.exit(UNAVAILABLE)
    except (Unavailable, ValueError) as error:
        typer.echo(str(error), err=True)
        sys.exit(UNAVAILABLE)


def main() -> None:
    """Entry point of the `derek` command."""
    app()
