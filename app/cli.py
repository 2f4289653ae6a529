"""Derek in a terminal: serve the site, look at the record, and keep the dataset.

Each command imports what it needs when it runs, so that asking for help or for the version waits for none of it.
"""

from __future__ import annotations

import csv
import errno
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from io import TextIOBase, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from typer.core import TyperGroup

from app.folders import PACKAGE, document, folder

if TYPE_CHECKING:
    from app import seed
    from app.database import Database
    from app.i18n import Words
    from app.models import Cell, Panel
    from app.series import Vintage

EXIT_CODES = """Exit codes: 0 done; 1 refused, the data or the edit is not sound and nothing was changed; 2 the command
was not understood; 3 something needed is not available (database, settings, files); 4 another load is under way."""

REFUSED, UNAVAILABLE, BUSY, INTERRUPTED = 1, 3, 4, 130
"""Exit codes. 2 is typer's own, for a command that was not understood."""
MOST = 200
"""Most rows of a difference that are told, unless all are asked for."""


class Nowhere(TextIOBase):
    """Standard output where the shell has closed it: only who writes there is told so."""

    def write(self, text: str) -> int:
        raise OSError("standard output is closed: nothing can be written to it")


class Told(TyperGroup):
    """Commands of which each ends in a sentence and an exit code, also before it has begun and after its last word."""

    def main(self, *arguments: Any, **named: Any) -> Any:
        _open_streams()
        try:
            super().main(*arguments, **named)
            code: Any = 0
        except SystemExit as ended:
            # Typer has its own code for a reader who has seen enough, and it is that of a refusal.
            code = 0 if isinstance(ended.__context__, BrokenPipeError) else ended.code
        except KeyboardInterrupt:
            code = INTERRUPTED
        except Exception as error:  # noqa: BLE001  # what nobody foresaw is raised again
            code = _failed(error)
        try:
            sys.stdout.flush()
        except OSError as error:
            code = _failed(error)
        sys.exit(code)

    def get_params(self, ctx: Any) -> Any:
        return _plain(super().get_params(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if found := super().get_command(ctx, cmd_name):
            _plain(found.get_params(ctx))
        return found


def _plain(options: Any) -> Any:
    """Typer would write a type behind an option that takes no value."""
    for option in options:
        if getattr(option, "is_flag", False):
            option.metavar = ""
    return options


def _open_streams() -> None:
    """Streams that take every letter. A closed one stays closed to us: the next file opened must not take its place."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)
    sys.stdout = sys.stdout or Nowhere()
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115  # it ends with the program
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _failed(error: Exception) -> int:
    """Say what failed, and give the exit code of it. What nobody foresaw goes on as it is."""
    if isinstance(error, OSError):
        _drop_output()
        if isinstance(error, BrokenPipeError):
            return 0  # whoever read the output has seen enough
        _say(_in_words(error))
        return UNAVAILABLE
    from pydantic import ValidationError

    from app import seed
    from app.database import Busy, Unavailable

    if isinstance(error, seed.Refused):
        count = len(error.faults)
        _say(f"{error}\nrefused: {count} {'fault' if count == 1 else 'faults'}, nothing was changed")
        return REFUSED
    if isinstance(error, ValidationError) and error.title == "Settings":
        from app.settings import RIGHT

        for detail in error.errors():
            name = str(detail["loc"][0])
            _say(
                f"{name.upper()}: '{detail['input']}' will not do; right is {RIGHT.get(name, detail['msg'])}"
            )
        return UNAVAILABLE
    if isinstance(error, (Busy, Unavailable, ValueError)):
        _say(str(error))
        return BUSY if isinstance(error, Busy) else UNAVAILABLE if isinstance(error, Unavailable) else REFUSED
    raise error


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _in_words(error: OSError) -> str:
    if error.errno == errno.ENOSPC and not error.filename:
        return "the output cannot be written: no space left on device"
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)


def _drop_output() -> None:
    """What could not be written is not tried again when the program ends."""
    try:
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, sys.stdout.fileno())
        os.close(handle)
    except (OSError, ValueError):
        pass  # it is no file, and nothing is kept for it


app = typer.Typer(
    cls=Told,
    help=(__doc__ or "").partition("\n")[0],
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


export = typer.Typer(cls=Told, help="Write the dataset as files.", no_args_is_help=True)
app.add_typer(export, name="export")


def _say_version(wanted: bool) -> None:
    if wanted:
        import json
        from importlib.metadata import version

        described = json.loads((folder("seed") / "datapackage.json").read_text(encoding="utf-8-sig"))
        typer.echo(f"derek {version('derek')}, dataset {described['version']}")
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
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that serve; WORKERS or 1 without it.")
    ] = None,
) -> None:
    """Serve the site. Without DATABASE_URL it serves the packaged dataset, with no step before."""
    from app import serving
    from app.settings import Settings

    settings = Settings()
    settings.host = host or settings.host
    settings.port = settings.port if port is None else port
    settings.workers = workers or settings.workers
    sockets = serving.places(settings)
    if not (serving.supervise if settings.workers > 1 else serving.run)(settings, sockets):
        raise typer.Exit(UNAVAILABLE)


@app.command()
def check(package: Folder = None) -> None:
    """Check a package: every fault is listed as file:row:column."""
    found = _read(package)
    rows = sum(map(len, found.tables.values()))
    typer.echo(f"sound: version {found.version} of {found.dated}, {rows} rows, release {found.digest}")
    missing, idle = found.translations()
    if missing:
        _say(f"without a translation, so that pages show it in English: {len(missing)} (derek untranslated)")
    if idle:
        _say(f"translations of no text, such as '{idle[0]}': {len(idle)}; take them out")


@app.command()
def untranslated(package: Folder = None) -> None:
    """The editors' texts that have no translation yet, as lines for translations.csv."""
    missing, _ = _read(package).translations()
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerows((text, "", "") for text in missing)


@app.command()
def load(
    package: Folder = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help=f"Tell more than {MOST} changed rows.")] = False,
) -> None:
    """Load a package as a new release into the database that DATABASE_URL names."""
    from app import seed

    with closing(_database()) as database:
        found = _read(package)
        if dry_run:
            _preview(found, database, None if everything else MOST)
            return
        with _progress("loading") as progress:
            loaded = seed.load(found, database, progress)
    typer.echo(f"{loaded.did}: version {loaded.version}, release {loaded.release}")
    for line in loaded.changed:
        typer.echo(line)


def _read(package: Path | None) -> seed.Package:
    """A package, checked. A date in the future is sound, since the clock of a machine decides on no dataset."""
    from app import seed

    with _progress("reading and checking") as progress:
        found = seed.read(package or folder("seed"), progress)
    if found.dated > (datetime.now(UTC) + timedelta(days=1)).date():
        _say(f'warning: the package is dated {found.dated}, and that day is yet to come; is "created" right?')
    return found


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """The current release of the database, or of the packaged dataset without DATABASE_URL."""
    import json

    from app import listings, series
    from app.models import Indicator

    with _record() as vintage:
        found: dict[str, Any] = {
            "release": vintage.release.digest,
            "version": vintage.release.version,
            "dated": vintage.release.dated.isoformat(),
            "figures": series.count(vintage, series.Question()),
            "documents": len(listings.sources(vintage, listings.SourceQuestion())),
            "incidents": len(listings.incidents(vintage, listings.IncidentQuestion())),
            "changes": len(listings.changes(vintage)),
            "releases": len(series.releases(vintage.session)),
        }
        due = [row.code for row in series.all_of(vintage, Indicator) if row.review_on <= date.today()]
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
    lang: Annotated[str, typer.Option(help="Language of the words: en, ru, kk.")] = "en",
    as_of: Annotated[str | None, typer.Option(help="Only what had been stated by this day.")] = None,
) -> None:
    """Figures of an indicator by year, each with its days, who stated it, and in which document."""
    from app import seed, series
    from app.deps import terms
    from app.i18n import LANGUAGES, Words
    from app.models import Indicator, edtf, last_day

    if lang not in LANGUAGES:
        raise typer.BadParameter(f"'{lang}' is none of {', '.join(LANGUAGES)}", param_hint="--lang")
    try:
        day = last_day(edtf(as_of)) if as_of else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--as-of") from None
    with _record() as vintage:
        words = Words(lang, terms(vintage.session, vintage.release))
        if indicator is None:
            _list_indicators(vintage, words)
            return
        known_then = replace(vintage, as_of=day)
        found = series.panels(known_then, series.Question(indicator=(indicator,)))
        if not found:
            known = [row.code for row in series.all_of(vintage, Indicator)]
            raise typer.BadParameter(f"'{indicator}' is no indicator{seed.meant(indicator, known)}")
        if day and not any(cell.shown for cell in (*found[0].on_axis, *found[0].beside_axis)):
            _say(f"no figure of {indicator} had been stated by {as_of}")
            return
        _print_panel(found[0], words)


@app.command()
def sources(
    text: Annotated[str, typer.Argument(help="Words of publisher, title or id.")] = "",
    kind: Annotated[str | None, typer.Option(help="Kind of document, such as official_statement.")] = None,
    unread: Annotated[bool, typer.Option("--unread", help="Only those read in their opening only.")] = False,
) -> None:
    """Documents, newest first, with how many figures were taken from each."""
    from app import listings, seed
    from app.models import SourceKind

    kinds = get_args(SourceKind)
    if kind and kind not in kinds:
        reason = f"'{kind}' is no kind of document{seed.meant(kind, kinds)}; right are {', '.join(kinds)}"
        raise typer.BadParameter(reason, param_hint="--kind")
    with _record() as vintage:
        asked = listings.SourceQuestion(
            kind=(kind,) if kind else (), read=("opening",) if unread else (), words=text
        )
        taken = listings.figures_taken(vintage)
        found = listings.sources(vintage, asked)
    if not found:
        _say("no document fits")
        return
    rows = [
        (one.id, one.published or "", one.publisher, one.kind, one.read, str(taken[one.id]), one.title)
        for one in sorted(found, key=lambda one: (one.published or "", one.id), reverse=True)
    ]
    columns = ("id", "published", "publisher", "kind", "read", "figures", "title")
    _print(
        columns,
        rows,
        flowing=("publisher", "title"),
        drop=("read", "kind", "figures", "publisher", "published", "title"),
    )


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
    from app import seed

    with _progress("reading and checking"):
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
    from app import seed

    try:
        day = date.fromisoformat(on) if on else date.today()
    except ValueError:
        raise typer.BadParameter(f"'{on}' is no day such as 2026-12-03", param_hint="--on") from None
    with _progress("reading and checking"):
        edited = seed.withdraw(_editable(package), id, reason, day)
    typer.echo(f"withdrew {id}; the dataset is now version {edited.version} of {edited.dated}")


@app.command()
def publish(package: Checkout = None) -> None:
    """Enter every new figure into the list of what has been published; from then on it changes only with an entry."""
    from app import seed

    with _progress("reading and checking"):
        count = seed.publish(_editable(package))
    typer.echo(f"entered {count} {'figure' if count == 1 else 'figures'} into published.csv")


def _editable(package: Path | None) -> Path:
    """The folder to edit. An installed dataset is nobody's to edit: the next update would undo it."""
    from app.database import Unavailable

    found = package or folder("seed")
    if found.is_relative_to(PACKAGE):
        raise Unavailable("the installed dataset is not edited; name a checkout's with --package")
    return found


# --- Taking it away -------------------------------------------------------------------------------------------


@export.command("release")
def export_release(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write: a new or an empty one.")],
    package: Annotated[
        Path | None, typer.Option("--package", help="Folder of the package; the packaged dataset without it.")
    ] = None,
    without_parquet: Annotated[
        bool, typer.Option("--without-parquet", help="Leave Parquet out, where pyarrow is not installed.")
    ] = False,
) -> None:
    """Write the dataset as a release: CSV, Parquet, SQLite, their descriptions and digests."""
    from app.database import Unavailable

    target = _vacant(directory)
    found = _read(package)
    try:
        files = _released(found, package, parquet=not without_parquet)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pyarrow":
            raise
        raise Unavailable(
            "Parquet is written by pyarrow, which is not installed: install derek[export], or leave Parquet out with "
            "--without-parquet"
        ) from None
    with _finished(target) as place:
        for name, content in files.items():
            file = place / name
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
    _tell_written(found, directory)


@export.command("site")
def export_site(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write: a new or an empty one.")],
    base: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Where the files will be, such as https://mirror.example/derek; for sitemap, feeds, citations, embeds and "
            "pictures of links. PUBLIC_URL without it.",
        ),
    ] = "",
    live: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="A site of Derek that can be asked: links to what the files do not hold lead there.",
        ),
    ] = "",
    language: Annotated[
        list[str] | None, typer.Option(help="Only this language, or these: en, ru, kk.", show_default=False)
    ] = None,
    package: Annotated[
        Path | None, typer.Option("--package", help="Folder of the package; the packaged dataset without it.")
    ] = None,
) -> None:
    """Write the whole site as plain files: every page, chart and list of one release, for any file server."""
    from app import mirror, seed
    from app.database import Database
    from app.i18n import LANGUAGES
    from app.settings import Settings

    for name, address in (("--base", base), ("--live", live)):
        if address and not re.fullmatch(r"https?://[^\s?#\"'<>]+", address):
            raise typer.BadParameter(
                f"'{address}' is no address that begins with https:// or http://", param_hint=name
            )
    if odd := [one for one in language or () if one not in LANGUAGES]:
        raise typer.BadParameter(f"'{odd[0]}' is none of {', '.join(LANGUAGES)}", param_hint="--language")
    settings = Settings()
    named = base.rstrip("/") or settings.origin
    settings = settings.model_copy(update={"public_url": named})
    live = live.rstrip("/")
    if live and f"{live}/".startswith(f"{settings.base}/"):
        raise typer.BadParameter(
            f"'{live}' is where the files will be; a site that can be asked is elsewhere", param_hint="--live"
        )
    target = _vacant(directory)
    found = _read(package)
    plan = mirror.Plan(
        settings.base,
        live,
        found.digest,
        found.version,
        tuple(one for one in LANGUAGES if one in (language or LANGUAGES)),
        bool(named),
    )
    if not named:
        _say(
            f"warning: nobody said where the files will be, so sitemap, feeds and citations name {settings.base}; "
            "say it with --base"
        )
    with tempfile.TemporaryDirectory(prefix="derek-") as private, _finished(target) as place:
        address = f"sqlite:///{private}/derek.db"
        database = Database(address)
        with _progress("loading") as progress:
            # The day of the release, not of the export: the same release gives the same files.
            seed.load(found, database, progress, datetime.combine(found.dated, time(), UTC))
        database.close()
        with _progress("writing the site") as progress:
            mirror.export(place, plan, settings, address, _released(found, package), progress)
    _tell_written(found, directory)


def _released(found: seed.Package, package: Path | None, *, parquet: bool = False) -> dict[str, bytes]:
    """The files of a package as a release."""
    import json

    from app import exports, seed

    source = package or folder("seed")
    ours = source.resolve() == folder("seed").resolve()

    def beside(name: str) -> str:
        file = document(name) if ours else source / name
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    return exports.release(
        json.loads(seed.described(source)),
        found.text(),
        dated=found.dated,
        digest=found.digest,
        changelog=beside("CHANGELOG.md"),
        licence=beside("LICENSE-DATA.md"),
        parquet=parquet,
    )


def _tell_written(found: seed.Package, directory: Path) -> None:
    sizes = [file.stat().st_size for file in directory.rglob("*") if file.is_file()]
    typer.echo(f"wrote version {found.version} of {found.dated}, release {found.digest}")
    typer.echo(f"{len(sizes)} files, {sum(sizes)} bytes, in {directory}")


def _vacant(directory: Path) -> Path:
    """A folder that is not there yet, or is empty: nothing of anybody's is written over."""
    target = Path(os.path.abspath(directory))
    if target.is_symlink() or target.exists():
        if not target.is_dir():
            raise ValueError(f"{directory} is no folder; name a new or an empty one")
        target = target.resolve()
        try:
            full = any(target.iterdir())
        except PermissionError:
            raise PermissionError(f"the folder {directory} cannot be read by this user") from None
        if full:
            raise ValueError(f"{directory} is not empty, and nothing is written over; name a new folder")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {directory.parent} to make {target.name} in")
    return target


@contextmanager
def _finished(target: Path) -> Iterator[Path]:
    """A folder beside the target, which gets its name at the end: the target is there whole, or not at all."""
    import shutil

    place = target.parent / f".{target.name}.{os.getpid()}"
    try:
        place.mkdir()
        yield place
        for file in place.rglob("*"):
            if file.is_file():
                with file.open("rb") as opened:
                    os.fsync(opened.fileno())
        place.rename(target)
    except OSError as error:
        # Its own message would name a folder that nobody knows.
        raise type(error)(f"{target} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(place, ignore_errors=True)


@app.command()
def verify(
    place: Annotated[str, typer.Argument(metavar="DIR|URL", help="Folder or web address of a release.")],
    release: Annotated[
        str | None,
        typer.Option(help="Digest it has to have, as known from elsewhere; its beginning is enough."),
    ] = None,
) -> None:
    """Take the digests of a release again: of every file, and of the rows. In a folder each file that the release does not
    list is a fault too; an address of the web does not say what else lies there."""
    from app import exports, seed

    if release and not re.fullmatch(r"[0-9a-f]{8,64}", release):
        raise typer.BadParameter(
            f"'{release}' is no digest, nor the first 8 letters of one", param_hint="--release"
        )
    with _progress("taking the digests"):
        if "://" in place:
            found = exports.verified(exports.at_address(place), seed.digest_of_text)
        else:
            folder = Path(place)
            found = exports.verified(exports.in_folder(folder), seed.digest_of_text, exports.all_in(folder))
    told, faults = found.told, list(found.faults)
    if release and told and not told.digest.startswith(release):
        faults.append(f"release: is {told.digest}, not {release}")
    if faults or told is None:
        count = len(faults)
        _say("\n".join(faults) + f"\nnot sound: {count} {'fault' if count == 1 else 'faults'}")
        raise typer.Exit(REFUSED)
    rows = sum(told.tables.values())
    typer.echo(
        f"sound: version {told.version} of {told.dated}, {rows} rows in {len(told.files)} files, release {told.digest}"
    )


# --- For the repository ---------------------------------------------------------------------------------------


@app.command()
def headlines(
    package: Folder = None,
    output: Annotated[
        Path | None, typer.Option(help="File to write; it stays as it is where the package is not sound.")
    ] = None,
) -> None:
    """Print docs/headlines.md: for each indicator, year and body the figure that the rule puts first."""
    from app import exports, series

    with _loaded(_read(package)) as vintage:
        text = exports.headlines(series.panels(vintage, series.Question()))
    if output:
        output.write_text(text, encoding="utf-8", newline="")
    else:
        typer.echo(text, nl=False)


@app.command()
def openapi() -> None:
    """Print tests/openapi.json: the API's contract as OpenAPI tells it."""
    import json

    from app.main import create_app
    from app.settings import Settings

    site = create_app(Settings(database_url="sqlite:///never-opened.db"))
    typer.echo(json.dumps(site.openapi(), ensure_ascii=False, indent=2))


def _database() -> Database:
    from app.database import Database, Unavailable
    from app.settings import Settings

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
def _record() -> Iterator[Vintage]:
    """What the database holds, or without DATABASE_URL the packaged dataset."""
    from app import database as databases
    from app.database import Empty, Unavailable
    from app.series import Vintage
    from app.settings import Settings

    if not Settings().database_url:
        with _loaded(_read(None)) as found:
            yield found
        return
    database = _database()
    try:
        with database.reading() as session:
            current = databases.release(session)
            assert current  # noqa: S101  # else the session had been refused
            yield Vintage(session, current)
    except Empty:
        raise Unavailable("the database is empty; run `derek load`") from None
    finally:
        database.close()


@contextmanager
def _loaded(package: seed.Package) -> Iterator[Vintage]:
    """A package in a database of its own, gone at the end."""
    from app import database as databases
    from app import seed
    from app.database import Database
    from app.series import Vintage

    with tempfile.TemporaryDirectory(prefix="derek-") as private:
        database = Database(f"sqlite:///{private}/derek.db")
        with _progress("loading") as progress:
            seed.load(package, database, progress)
        try:
            with database.reading() as session:
                release = databases.release(session)
                assert release  # noqa: S101  # it has just been loaded
                yield Vintage(session, release)
        finally:
            database.close()


def _preview(found: seed.Package, database: Database, most: int | None) -> None:
    from app import database as databases
    from app import seed
    from app.database import Empty, Missing

    try:
        with database.reading() as session:
            seed.hold_version(found, session)
            current = databases.release(session)
            stored = seed.stored(session, current) if current else {}
            lines = list(seed.difference(stored, found.tables))
    except (Empty, Missing):
        lines = list(seed.difference({}, found.tables))
        typer.echo("the database holds nothing yet: everything would be added")
    if not lines:
        typer.echo("no row would change")
        return
    for line in seed.counted(lines):
        typer.echo(line)
    shown = lines if most is None else lines[:most]
    typer.echo("\n".join(shown))
    if len(shown) < len(lines):
        typer.echo(f"and {len(lines) - len(shown)} more; --all tells them")
    typer.echo(f"this would be release {found.digest}, version {found.version}")


# --- In the terminal ------------------------------------------------------------------------------------------


def _list_indicators(vintage: Vintage, words: Words) -> None:
    from app import series
    from app.models import Indicator

    figures = series.observations(vintage, series.Question())
    counts = Counter(one.indicator for one in figures)
    rows = [
        (row.code, str(counts[row.code]), words.name("indicator", row.code))
        for row in series.all_of(vintage, Indicator)
    ]
    _print(("indicator", "figures", "name"), rows, flowing=("name",), drop=("figures", "name"))


def _print_panel(panel: Panel, words: Words) -> None:
    code = panel.indicator.code
    typer.echo(f"{words.name('indicator', code)}. {words.name('indicator', code, 'definition')}")
    typer.echo(words.name("indicator", code, "beware"))
    rows = [_cell(str(cell.year), cell, panel, words) for cell in panel.on_axis]
    rows += [_cell("", cell, panel, words) for cell in panel.beside_axis]
    columns = ("year", "figure", "days", "scope", "stated by", "document", "id")
    # A figure never stands without its days and without who said it.
    _print(
        columns,
        rows,
        flowing=("figure", "days", "scope", "stated by", "document"),
        drop=("document", "scope", "id"),
    )
    typer.echo(
        f"release {panel.release.version} {panel.release.digest[:12]}; never add or compare unlike figures"
    )


def _cell(year: str, cell: Cell, panel: Panel, words: Words) -> tuple[str, ...]:
    one = cell.shown
    if one is None:
        return (year, "-", words.instead(cell, panel), "", "", "", "")
    scope, document = words.name("scope", one.scope), panel.documents[one.source].publisher
    return (year, words.figure(one), words.period(one), scope, words.stated(one), document, one.id)


NARROWEST = 10
"""Columns below which words that may be broken over lines are no longer read with ease."""


def _print(
    names: Sequence[str], rows: Sequence[Sequence[str]], flowing: Sequence[str], drop: Sequence[str]
) -> None:
    """In a terminal as wide as it is; into a file or a pipe with every row on one line.

    Where a terminal is too narrow, the columns named in `drop` are left out, the first of them first, until the
    others fit. Only cells of the columns in `flowing` are broken over lines.
    """
    from io import StringIO

    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table

    terminal = sys.stdout.isatty()
    columns = list(zip(*([names, *rows]), strict=True))
    widths = {name: max(map(cell_len, cells)) for name, cells in zip(names, columns, strict=True)}
    width = Console().width if terminal else sum(widths.values()) + 2 * len(names)
    least = {
        name: min(NARROWEST, wide) if terminal and name in flowing else wide for name, wide in widths.items()
    }
    dropped: list[str] = []
    for name in drop:
        if sum(least.values()) + 2 * (len(least) - 1) > width:
            del least[name]
            dropped.append(name)
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False, padding=(0, 2, 0, 0))
    for name, wide in least.items():
        aligned: Any = "right" if name in ("figure", "figures") else "left"
        table.add_column(name, justify=aligned, no_wrap=wide == widths[name], min_width=wide, overflow="fold")
    for row in rows:
        table.add_row(*(cell for name, cell in zip(names, row, strict=True) if name in least))
    drawn = StringIO()
    Console(
        file=drawn,
        width=max(width, sum(least.values()) + 2 * (len(least) - 1)),
        highlight=False,
        markup=False,
    ).print(table)
    typer.echo("\n".join(line.rstrip() for line in drawn.getvalue().splitlines()))
    if dropped:
        left = [name for name in names if name in dropped]
        typer.echo(f"(left out, since the terminal is narrow: {', '.join(left)})")


@contextmanager
def _progress(what: str) -> Iterator[seed.Told]:
    """A bar for whoever watches a terminal, soon, since a command has several such steps; silence for everybody else."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from threading import Timer

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    task = shown.add_task(what, total=None)
    # A clock of its own: a step that takes long is the one to be told of.
    later = Timer(0.5, shown.start)
    later.start()
    try:
        yield lambda done, total: shown.update(task, completed=done, total=total)
    finally:
        later.cancel()
        later.join()
        shown.stop()
