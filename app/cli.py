"""Derek in a terminal: serve the site, look at the record, and keep the dataset."""

import csv
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from sqlmodel import Session

from app import database as databases
from app import exports, listings, seed, series
from app.database import Busy, Database, Empty, Unavailable
from app.deps import terms
from app.i18n import LANGUAGES, Words
from app.main import create_app
from app.models import Cell, Indicator, Panel, Release, edtf, last_day
from app.settings import PACKAGE, Settings, folder

EXIT_CODES = """Exit codes: 0 done; 1 refused, the data or the edit is not sound and nothing was changed; 2 the command
was not understood; 3 something needed is not available (database, settings, files); 4 another load is under way."""

app = typer.Typer(
    help=__doc__,
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)

Folder = Annotated[
    Path | None, typer.Argument(help="Folder of the package; the packaged dataset without one.")
]

Checkout = Annotated[
    Path | None, typer.Option("--package", help="Folder of the package; seed/ of the checkout without it.")
]

REFUSED, UNAVAILABLE, BUSY = 1, 3, 4
"""Exit codes. 2 is typer's own, for a command that was not understood."""
MOST = 200
"""Most rows of a difference that are told, unless all are asked for."""


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"derek {version('derek')}, dataset {seed.read(folder('seed')).version}")
        raise typer.Exit


@app.callback()
def _every_command(
    asked: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Say the version and that of the dataset."
        ),
    ] = False,
) -> None:
    pass


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
        settings.host = host or settings.host
        settings.port = settings.port if port is None else port
        try:
            site = create_app(settings)
        except ValueError as error:
            raise Unavailable(str(error)) from None
    uvicorn.run(
        site,
        host=settings.host,
        port=settings.port,
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
    everything: Annotated[bool, typer.Option("--all", help=f"Tell more than {MOST} changed rows.")] = False,
) -> None:
    """Load a package as a new release into the database that DATABASE_URL names."""
    with _told():
        found = seed.read(package or folder("seed"))
        database = _database()
        if dry_run:
            _preview(found, database, None if everything else MOST)
            return
        with _progress("rows loaded") as progress:
            loaded = seed.load(found, database, progress)
    typer.echo(f"{loaded.did}: version {loaded.version}, release {loaded.release}")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """The current release of the database, or of the packaged dataset without DATABASE_URL."""
    with _told(), _record() as (session, release):
        found: dict[str, Any] = {
            "release": release.digest,
            "version": release.version,
            "dated": release.dated.isoformat(),
            "figures": series.count(session, release, series.Question()),
            "documents": len(listings.sources(session, release, listings.SourceQuestion())),
            "incidents": len(listings.incidents(session, release, listings.IncidentQuestion())),
            "changes": len(listings.changes(session, release)),
            "releases": len(series.releases(session)),
        }
        due = [
            row.code for row in series.all_of(session, release, Indicator) if row.review_on <= date.today()
        ]
        found["due"] = due
    if as_json:
        typer.echo(json.dumps(found))
        return
    for name, value in found.items():
        shown = ", ".join(value) or "none" if isinstance(value, list) else value
        typer.echo(f"{'search again' if name == 'due' else name:12} {shown}")


def _indicator_codes(incomplete: str) -> list[str]:
    """For completion: quick, so it reads no more than one file."""
    with (folder("seed") / "indicators.csv").open(encoding="utf-8", newline="") as file:
        return [row["code"] for row in csv.DictReader(file) if row["code"].startswith(incomplete)]


@app.command()
def stats(
    indicator: Annotated[
        str | None,
        typer.Argument(help="Which; without one they are listed.", autocompletion=_indicator_codes),
    ] = None,
    lang: Annotated[str, typer.Option(help=f"Language of the words: {', '.join(LANGUAGES)}.")] = "en",
    as_of: Annotated[str | None, typer.Option(help="Only what had been stated by this day.")] = None,
) -> None:
    """Figures of an indicator by year, each with its days, who stated it, and in which document."""
    if lang not in LANGUAGES:
        raise typer.BadParameter(f"'{lang}' is none of {', '.join(LANGUAGES)}", param_hint="--lang")
    try:
        day = last_day(edtf(as_of)) if as_of else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--as-of") from None
    with _told(), _record() as (session, release):
        words = Words(lang, terms(session, release))
        if indicator is None:
            _list_indicators(session, release, words)
            return
        asked = series.Question(indicator=(indicator,), as_of=day)
        found = series.panels(session, release, asked)
        if not found:
            known = [row.code for row in series.all_of(session, release, Indicator)]
            raise typer.BadParameter(f"'{indicator}' is no indicator{seed.meant(indicator, known)}")
        _print_panel(found[0], words)


@app.command()
def sources(
    text: Annotated[str, typer.Argument(help="Words of publisher, title or id.")] = "",
    kind: Annotated[str | None, typer.Option(help="Kind of document, such as official_statement.")] = None,
    unread: Annotated[bool, typer.Option("--unread", help="Only those read in their opening only.")] = False,
) -> None:
    """Documents, newest first, with how many figures were taken from each."""
    with _told(), _record() as (session, release):
        asked = listings.SourceQuestion(
            kind=(kind,) if kind else (), read=("opening",) if unread else (), words=text
        )
        taken = listings.figures_taken(session, release)
        table = _table("id", "published", "publisher", "kind", "read", "figures", "title")
        found = listings.sources(session, release, asked)
        for one in sorted(found, key=lambda one: (one.published or "", one.id), reverse=True):
            table.add_row(
                one.id, one.published or "", one.publisher, one.kind, one.read, str(taken[one.id]), one.title
            )
        _print(table)


# --- Keeping the dataset --------------------------------------------------------------------------------------


@app.command()
def new_source(
    id: Annotated[str, typer.Option(prompt=True, help="Short name: publisher-2026-12-03-subject.")],
    publisher: Annotated[str, typer.Option(prompt=True, help="Who published it.")],
    title: Annotated[str, typer.Option(prompt=True, help="As published; in square brackets if ours.")],
    published: Annotated[str, typer.Option(prompt=True, help="2026-12-03, 2026-12, 2026, or empty.")],
    url: Annotated[str, typer.Option(prompt=True, help="Address; if empty the note says why.")],
    language: Annotated[str, typer.Option(prompt=True, help="Two letters.")],
    kind: Annotated[str, typer.Option(prompt=True, help="Such as news or official_statement.")],
    read: Annotated[str, typer.Option(prompt=True, help="full or opening.")],
    note: Annotated[str, typer.Option(help="What to know about it.")] = "",
    package: Checkout = None,
) -> None:
    """Add a document to the dataset. What is not given is asked for."""
    cells = {
        "id": id,
        "publisher": publisher,
        "title": title,
        "published": published,
        "url": url,
        "language": language,
        "kind": kind,
        "read": read,
        "note": note,
    }
    with _told():
        seed.add_source(_editable(package), cells)
    typer.echo(f"added {id} to sources.csv")


@app.command()
def withdraw(
    id: Annotated[str, typer.Argument(help="The figure.")],
    reason: Annotated[str, typer.Option(help="What was wrong, in a sentence.")],
    on: Annotated[str | None, typer.Option(help="Day of the withdrawal; today without it.")] = None,
    package: Checkout = None,
) -> None:
    """Withdraw a published figure: it stays, marked, with the reason in the list of changes."""
    try:
        day = date.fromisoformat(on) if on else date.today()
    except ValueError:
        raise typer.BadParameter(f"'{on}' is no day such as 2026-12-03", param_hint="--on") from None
    with _told():
        edited = seed.withdraw(_editable(package), id, reason, day)
    typer.echo(f"withdrew {id}; the dataset is now version {edited.version} of {edited.dated}")


@app.command()
def publish(package: Checkout = None) -> None:
    """Enter every new figure into the list of what has been published; from then on it changes only with an entry."""
    with _told():
        count = seed.publish(_editable(package))
    typer.echo(f"entered {count} {'figure' if count == 1 else 'figures'} into published.csv")


def _editable(package: Path | None) -> Path:
    """The folder to edit. An installed dataset is nobody's to edit: the next update would undo it."""
    found = package or folder("seed")
    if found.is_relative_to(PACKAGE):
        raise Unavailable("the installed dataset is not edited; name a checkout's with --package")
    return found


# --- For the repository ---------------------------------------------------------------------------------------


@app.command()
def headlines(package: Folder = None) -> None:
    """Print docs/headlines.md: for each indicator, year and body the figure that the rule puts first."""
    with _told(), _loaded(seed.read(package or folder("seed"))) as (session, release):
        panels = series.panels(session, release, series.Question())
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
    try:
        return Database(url)
    except ValueError as error:
        raise Unavailable(str(error)) from None


@contextmanager
def _record() -> Iterator[tuple[Session, Release]]:
    """What the database holds, or without DATABASE_URL the packaged dataset."""
    if not Settings().database_url:
        with _loaded(seed.read(folder("seed"))) as found:
            yield found
        return
    database = _database()
    try:
        with database.reading() as session:
            current = databases.release(session)
            assert current  # noqa: S101  # else the session had been refused
            yield session, current
    except Empty:
        raise Unavailable("the database is empty; run `derek load`") from None
    finally:
        database.close()


@contextmanager
def _loaded(package: seed.Package) -> Iterator[tuple[Session, Release]]:
    """A package in a database of its own, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="derek-") as private:
        database = Database(f"sqlite:///{private}/derek.db")
        seed.load(package, database)
        try:
            with database.reading() as session:
                release = databases.release(session)
                assert release  # noqa: S101  # it has just been loaded
                yield session, release
        finally:
            database.close()


def _preview(found: seed.Package, database: Database, most: int | None) -> None:
    try:
        with database.reading() as session:
            current = databases.release(session)
            stored = seed.stored(session, current) if current else {}
            lines = list(seed.difference(stored, found.tables))
    except Empty:
        lines = list(seed.difference({}, found.tables))
    if not lines:
        typer.echo("no row would change")
        return
    counts = Counter((line.split(" ", 2)[1], line[0]) for line in lines)
    names = {"+": "added", "-": "gone", "~": "cells changed"}
    for table in dict.fromkeys(name for name, _ in counts):
        told = ", ".join(
            f"{counts[table, sign]} {said}" for sign, said in names.items() if counts[table, sign]
        )
        typer.echo(f"{table}: {told}")
    shown = lines if most is None else lines[:most]
    typer.echo("\n".join(shown))
    if len(shown) < len(lines):
        typer.echo(f"and {len(lines) - len(shown)} more; --all tells them")
    typer.echo(f"this would be release {found.digest}, version {found.version}")


# --- In the terminal ------------------------------------------------------------------------------------------


def _list_indicators(session: Session, release: Release, words: Words) -> None:
    figures = series.observations(session, release, series.Question())
    counts = Counter(one.indicator for one in figures)
    table = _table("indicator", "figures", "name")
    for row in series.all_of(session, release, Indicator):
        table.add_row(row.code, str(counts[row.code]), words.name("indicator", row.code))
    _print(table)


def _print_panel(panel: Panel, words: Words) -> None:
    code = panel.indicator.code
    typer.echo(f"{words.name('indicator', code)}. {words.name('indicator', code, 'definition')}")
    typer.echo(words.name("indicator", code, "beware"))
    table = _table("year", "figure", "days", "scope", "stated by", "document", "id")
    for cell in panel.on_axis:
        _add_cell(table, str(cell.year), cell, panel, words)
    for cell in panel.beside_axis:
        _add_cell(table, "", cell, panel, words)
    _print(table)
    typer.echo(
        f"release {panel.release.version} {panel.release.digest[:12]}; never add or compare unlike figures"
    )


def _add_cell(table: Table, year: str, cell: Cell, panel: Panel, words: Words) -> None:
    one = cell.shown
    if one is None:
        table.add_row(year, "-", words.instead(cell, panel), "", "", "", "")
        return
    scope, document = words.name("scope", one.scope), panel.documents[one.source].publisher
    table.add_row(year, words.figure(one), words.period(one), scope, words.stated(one), document, one.id)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold", justify="right" if name in ("figure", "figures") else "left")
    return table


def _print(table: Table) -> None:
    """In a terminal as wide as it is; into a file or a pipe with every row on one line."""
    console = Console(
        width=None if sys.stdout.isatty() else 400, soft_wrap=False, highlight=False, markup=False
    )
    console.print(table)


@contextmanager
def _progress(what: str) -> Iterator[seed.Told]:
    """A bar for whoever watches a terminal, from the second second on; silence for everybody else."""
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn()
    shown = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
    task = shown.add_task(what, total=None)

    def tell(done: int, total: int) -> None:
        shown.update(task, completed=done, total=total)
        if not shown.live.is_started and (shown.tasks[0].elapsed or 0) > 1:
            shown.start()

    shown.start_task(task)
    try:
        yield tell
    finally:
        shown.stop()


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
    except ValueError as error:
        typer.echo(str(error), err=True)
        sys.exit(REFUSED)
    except BrokenPipeError:
        # Whoever read the output has seen enough; what is left in the buffer is nobody's.
        sys.stderr.close()
        sys.exit(0)
    except (Unavailable, OSError) as error:
        typer.echo(str(error), err=True)
        sys.exit(UNAVAILABLE)


def main() -> None:
    """Entry point of the `derek` command."""
    app()
