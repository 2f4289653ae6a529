"""The dataset as files: the tools that users have open them, and nothing in them changes unseen."""

import asyncio
import csv
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from html import unescape
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import frictionless
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest
import yaml  # type: ignore[import-untyped]
from csvw import CSVW
from datasette.app import Datasette
from typer.testing import CliRunner

from app import cli, seed
from app.exports import sqlite, titles, verifying
from app.folders import folder
from app.models import TABLES, Observation, Source

ROOT = Path(__file__).parent.parent
WORLD = Path(__file__).parent / "seed"
RUN = CliRunner()

# Readers of the files warn of their own affairs: what they leave open, what they will rename.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


def derek(*arguments: object) -> tuple[int, str, str]:
    answer = RUN.invoke(cli.app, [str(one) for one in arguments], env={"DATABASE_URL": ""})
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer.exit_code, answer.stdout, answer.stderr


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The miniature as a release."""
    target = tmp_path_factory.mktemp("small") / "release"
    assert derek("export", "release", target, "--package", WORLD)[0] == 0
    return target


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published dataset as a release."""
    target = tmp_path_factory.mktemp("whole") / "release"
    assert derek("export", "release", target)[0] == 0
    return target


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    """The miniature's release, to spoil."""
    return Path(shutil.copytree(small, tmp_path / "copy"))


@pytest.fixture(params=["small", "whole"])
def released(request: pytest.FixtureRequest) -> tuple[Path, seed.Package]:
    """Both, each with the package that it was made of."""
    package = {"small": "world", "whole": "published"}[request.param]
    return request.getfixturevalue(request.param), request.getfixturevalue(package)


def contents(place: Path) -> dict[str, bytes]:
    files = (file for file in place.rglob("*") if file.is_file())
    return {file.relative_to(place).as_posix(): file.read_bytes() for file in files}


# --- The same bytes -------------------------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_bytes_on_another_machine(whole, tmp_path):
    """Another clock, language, mask, order of sets and folder, and files in another order on the disk."""
    package = tmp_path / "elsewhere" / "seed"
    package.mkdir(parents=True)
    for file in sorted(folder("seed").iterdir(), reverse=True):
        shutil.copyfile(file, package / file.name)
    for name in ("CHANGELOG.md", "LICENSE-DATA.md"):
        shutil.copyfile(ROOT / name, package / name)
    unlike = {"TZ": "Asia/Almaty", "LC_ALL": "C", "LANG": "kk_KZ.UTF-8", "PYTHONHASHSEED": "4711"}
    done = subprocess.run(
        [sys.executable, "-m", "app", "export", "release", tmp_path / "made", "--package", package],
        cwd=ROOT,
        env={**os.environ, **unlike, "DATABASE_URL": ""},
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "made") == contents(whole)


def test_neither_the_order_of_rows_nor_how_numbers_are_written_plays_a_part(small, tmp_path):
    """What has the same digest has the same bytes."""
    package = Path(shutil.copytree(WORLD, tmp_path / "package"))
    file = package / "observations.csv"
    header, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join([header, *reversed(rows)]), encoding="utf-8")
    assert derek("export", "release", tmp_path / "made", "--package", package)[0] == 0
    assert contents(tmp_path / "made") == contents(small)


def test_what_the_library_would_say_of_itself_is_written_over(whole):
    header = (whole / "derek.db").read_bytes()[:100]
    assert {at: int.from_bytes(header[at : at + 4], "big") for at in sqlite.HEADER} == sqlite.HEADER
    with opened(whole) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for file in sorted((whole / "parquet").iterdir()):
        content = file.read_bytes()
        assert content.count(b"parquet-cpp-arrow") == 1
        assert pyarrow.parquet.read_metadata(file).created_by == "parquet-cpp-arrow version 26.0.0"


def test_what_a_library_leaves_in_unused_parts_of_pages_is_emptied(whole):
    """And nothing else: the rows and the index of words are still there."""
    content = (whole / "derek.db").read_bytes()
    spoilt = bytearray(content)
    for start in range(0, len(content), sqlite.PAGE):
        head = start + (100 if start == 0 else 0)
        if content[head] == 13:  # a leaf with rows
            listed = head + 8 + 2 * int.from_bytes(content[head + 3 : head + 5], "big")
            cells = start + int.from_bytes(content[head + 5 : head + 7], "big")
            spoilt[listed:cells] = b"?" * (cells - listed)
    assert spoilt != content
    sqlite._clear(spoilt)
    assert spoilt == content
    with sqlite3.connect(":memory:") as connection:
        connection.deserialize(bytes(spoilt))
        for name in sqlite.SEARCHED:  # raises where the index is not that of the texts
            connection.execute(f"INSERT INTO {name}_fts ({name}_fts, rank) VALUES ('integrity-check', 1)")  # noqa: S608
    connection.close()


def test_a_writer_of_another_name_is_given_the_same_one(whole):
    """As if pyarrow 26.10.0 had written the file: its name is longer by a letter."""
    content = (whole / "parquet" / "changes.parquet").read_bytes()
    size = int.from_bytes(content[-8:-4], "little")
    ours, theirs = b"parquet-cpp-arrow version 26.0.0", b"parquet-cpp-arrow version 26.10.0"
    footer = content[-8 - size : -8].replace(bytes([len(ours)]) + ours, bytes([len(theirs)]) + theirs)
    other = content[: -8 - size] + footer + (size + 1).to_bytes(4, "little") + b"PAR1"
    assert pyarrow.parquet.read_metadata(io.BytesIO(other)).created_by == theirs.decode()
    from app.exports.release import _by_one_writer

    assert _by_one_writer(other, theirs) == content


def test_the_canonical_rows_are_those_of_the_package(released):
    place, package = released
    for table in TABLES:
        name = str(table.__tablename__)
        with (place / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert tuple(header) == table.columns()
        assert [tuple(row) for row in rows] == sorted(package.text()[name])


def test_the_release_says_which_it_is(released):
    place, package = released
    told = json.loads((place / "release.json").read_bytes())
    assert (told["version"], told["dated"], told["digest"]) == (
        package.version,
        package.dated.isoformat(),
        package.digest,
    )
    cited = yaml.safe_load((place / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == package.version
    assert cited["date-released"] == package.dated.isoformat()
    assert cited["identifiers"][0]["value"] == f"sha256:{package.digest}"
    assert package.digest in (place / "README.md").read_text(encoding="utf-8")


def test_the_changelog_tells_of_the_data_only(whole):
    text = (whole / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "748 figures first published" in text
    assert "Version 2026.11.4; no figure changed." in text
    assert "Time travel" not in text


def test_the_changelog_tells_each_change_with_its_reason(world_folder, tmp_path):
    published = next(csv.DictReader((world_folder / "published.csv").open(encoding="utf-8")), None)
    if published is None:
        assert derek("publish", "--package", world_folder)[0] == 0
        published = next(csv.DictReader((world_folder / "published.csv").open(encoding="utf-8")))
    figure = published["observation"]
    withdrawn = derek("withdraw", figure, "--reason", "A slip.", "--package", world_folder)
    assert withdrawn[0] == 0, withdrawn
    assert derek("export", "release", tmp_path / "made", "--package", world_folder)[0] == 0
    text = (tmp_path / "made" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"withdrawal: `{figure}` status: `current` became `withdrawn`. A slip." in text


# --- Tools ----------------------------------------------------------------------------------------------------


def test_sha256sum_finds_every_file(released):
    place, _ = released
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=place, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
    listed = {line.split()[1] for line in (place / "SHA256SUMS").read_text().splitlines()}
    assert listed == contents(place).keys() - {"SHA256SUMS"}


def test_frictionless_takes_the_package_with_digests_keys_and_references(released, monkeypatch):
    place, package = released
    monkeypatch.chdir(place)
    report = frictionless.validate("datapackage.json")
    assert report.valid, report.flatten(["title", "message"])
    assert len(report.tasks) == len(TABLES)
    described = json.loads((place / "datapackage.json").read_bytes())
    assert described["version"] == package.version
    assert len(described["sources"]) == len(package.tables[Source])
    for resource in described["resources"]:
        content = (place / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_frictionless_finds_a_figure_that_was_changed(copy, monkeypatch):
    monkeypatch.chdir(copy)
    file = copy / "data" / "observations.csv"
    file.write_bytes(file.read_bytes().replace(b"140", b"141", 1))
    assert not frictionless.validate("datapackage.json").valid


def test_csvw_reads_types_keys_references_and_titles_in_three_languages(released):
    place, package = released
    described = CSVW(str(place / "data" / "csv-metadata.json"), validate=True)
    assert described.is_valid, described.warnings
    tables = {table.local_name: table for table in described.tables}
    assert set(tables) == {f"{table.__tablename__}.csv" for table in TABLES}
    assert_typed(tables["observations.csv"], package)
    columns = {column.name: column.titles for column in tables["observations.csv"].tableSchema.columns}
    told = {language: columns["value"].getfirst(language) for language in ("und", "en", "ru", "kk")}
    assert told == {"und": "value", "en": "Figure", "ru": "Число", "kk": "Сан"}


def test_csvw_finds_the_description_beside_a_file_on_the_web(small, world):
    """From the address of the CSV alone, as the standard says where to look."""
    with served(partial(Quiet, directory=str(small))) as root:
        (table,) = [
            table
            for table in CSVW(f"{root}/data/observations.csv").tables
            if table.local_name.endswith("observations.csv")
        ]
        assert_typed(table, world)


def assert_typed(table, package):
    figures = {figure.id: figure for figure in package.tables[Observation]}
    rows = list(table.iterdicts(strict=True))
    assert len(rows) == len(figures)
    for row in rows:
        for column in ("value", "low", "high", "period_start", "period_end", "qualifier", "incident"):
            cell = row[column].date() if isinstance(row[column], datetime) else row[column]
            assert cell == getattr(figures[row["id"]], column), (row["id"], column)


def test_every_file_and_column_has_a_title_in_three_languages():
    for table in TABLES:
        assert table.__tablename__ in titles.FILES
        for column in table.columns():
            told = titles.in_every_language(titles.COLUMNS[column])
            assert all(re.search("[а-яәғқңөұүһі]", told[language]) for language in ("ru", "kk")), told
            assert not re.search("[а-я]", told["en"])
    assert set(titles.COLUMNS) == {column for table in TABLES for column in table.columns()}


def figures_of_the_api(reader):
    """Every figure by its id, from all pages of the list."""
    address, rows = "/api/observations?limit=1000", dict[str, Any]()
    while address:
        answer = reader.get(address).json()
        rows |= {row["id"]: row for row in answer["data"]}
        address = answer["links"]["next"]
    return rows


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_pandas_reads_the_figures_of_the_api(whole, site, kind):
    if kind == "csv":
        table = pd.read_csv(
            whole / "data" / "observations.csv",
            keep_default_na=False,
            na_values=[""],
            dtype={"as_of": "string"},
        )
    else:
        table = pd.read_parquet(whole / "parquet" / "observations.parquet")
    rows = figures_of_the_api(site)
    assert len(table) == len(rows) == 748
    for found in table.to_dict("records"):
        row = rows[found["id"]]
        told = {**row, **{f"period_{name}": cell for name, cell in row["period"].items()}}
        for column, cell in found.items():
            right = told[column]
            if pd.isna(cell):
                assert right in (None, ""), (found["id"], column)
            elif isinstance(right, str):
                assert str(cell) == right, (found["id"], column)
            else:
                assert cell == right, (found["id"], column)


def test_parquet_is_typed_and_says_which_release_it_is(released):
    place, package = released
    table = pyarrow.parquet.read_table(place / "parquet" / "observations.parquet")
    assert table.schema.field("period_start").type == pyarrow.date32()
    assert table.schema.field("value").type == pyarrow.float64()
    incidents = pyarrow.parquet.read_schema(place / "parquet" / "incidents.parquet")
    assert incidents.field("borderline").type == pyarrow.bool_()
    assert pyarrow.parquet.read_schema(place / "parquet" / "places.parquet").field("tile_row").type == "int64"
    assert table.schema.metadata[b"derek.release"].decode() == package.digest
    assert table.schema.metadata[b"derek.version"].decode() == package.version
    assert "never zero" in json.loads(table.schema.metadata[b"derek.columns"])["value"]


def test_every_form_holds_the_same_rows(released):
    """CSV, Parquet and SQLite, cell by cell, as the text of which the digest is taken."""
    place, package = released
    database = (place / "derek.db").read_bytes()
    for table in TABLES:
        name = str(table.__tablename__)
        right = sorted(package.text()[name])
        columns, cells = sqlite.cells_of(database, name)
        assert columns == table.columns()
        assert sorted(tuple(map(as_text, row)) for row in cells) == right
        read = pyarrow.parquet.read_table(place / "parquet" / f"{name}.parquet").to_pylist()
        assert [tuple(map(as_text, row.values())) for row in read] == right


def as_text(cell):
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


@contextmanager
def opened(place: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{place / 'derek.db'}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("words", "view", "expected"),
    [
        ("сотталған*", "figures_kk", "s001-convicted"),
        ("осужден*", "figures_ru", "s001-convicted"),
        ("convicted", "figures", "s001-convicted"),
        ("ҰҚК", "figures_kk", "s001-convicted"),
    ],
)
def test_sqlite_finds_figures_by_words_in_each_language(whole, view, words, expected):
    with opened(whole) as connection:
        found = connection.execute(
            f"SELECT id FROM {view} WHERE number IN (SELECT rowid FROM figures_fts WHERE figures_fts MATCH ?)",  # noqa: S608
            (words,),
        ).fetchall()
    assert (expected,) in found
    assert len(found) < 748


def test_sqlite_finds_documents_and_incidents_by_words(whole):
    asked = "SELECT id FROM {0}_texts WHERE number IN (SELECT rowid FROM {0}_fts WHERE {0}_fts MATCH ?)"
    with opened(whole) as connection:
        for name, words in (("sources", "Tengrinews"), ("incidents", "Актобе"), ("incidents", "Ақтөбе*")):
            assert connection.execute(asked.format(name), (words,)).fetchall(), (name, words)


def test_a_figure_of_the_view_stands_with_unit_body_and_document(whole, site):
    with opened(whole) as connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM figures WHERE id = 's001-convicted'").fetchone())
        kazakh = dict(connection.execute("SELECT * FROM figures_kk WHERE id = 's001-convicted'").fetchone())
    source = site.get(f"/api/sources/{row['source']}").json()["data"]
    assert (row["value"], row["unit_name"], row["stated_by_name"]) == (
        140,
        "people",
        "Anti-Terrorism Centre (at the KNB)",
    )
    assert (row["source_title"], row["source_url"]) == (source["title"], source["url"])
    assert kazakh["unit_name"] == "адамдар"
    assert kazakh["paraphrase"] != row["paraphrase"]


def test_sqlite_declares_keys_references_and_what_a_column_means(released):
    place, _ = released
    with opened(place) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for table in TABLES:
            name = str(table.__tablename__)
            info = connection.execute(f"PRAGMA table_info({name})").fetchall()
            keys = tuple(row[1] for row in sorted(info, key=lambda row: row[5]) if row[5])
            assert keys == table.key
            references = connection.execute(f"PRAGMA foreign_key_list({name})").fetchall()
            assert {(row[3], row[2]) for row in references} == {
                (column, str(target.__tablename__))
                for owner, column, target in seed.REFERENCES
                if owner is table
            }
            sql = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
            assert all(str(table.model_fields[column].description) in sql for column in table.columns())


def test_datasette_shows_titles_units_sources_and_licence(whole, apart):
    described = json.loads((whole / "metadata.json").read_bytes())

    async def read() -> None:
        shown = Datasette([str(whole / "derek.db")], metadata=described)
        await shown.invoke_startup()

        async def page(address: str) -> str:
            answer = await shown.client.get(address, follow_redirects=True)
            assert answer.status_code == 200, (address, answer.text[:300])
            return unescape(answer.text)

        title = described["title"]
        assert "2026.11.5" in title
        for address in (
            "/",
            "/derek",
            "/derek/figures",
            "/derek/observations",
            "/derek/sources",
            "/derek/figures_kk",
        ):
            text = await page(address)
            assert "Creative Commons Attribution 4.0" in text, address
            assert 'href="https://creativecommons.org/licenses/by/4.0/"' in text, address
            assert described["source"] in text, address
        assert title in await page("/derek")

        figures = await page("/derek/figures?id=s001-convicted")
        assert "Figures with indicator, unit, body and document" in figures
        assert re.search(r'col-value[^>]*>140</td>\s*<td class="col-unit_name[^>]*>people<', figures)
        assert "The figure; empty is never zero." in figures
        assert re.search(r'col-source_url[^>]*><a href="https?://', await page("/derek/figures?_size=50"))
        assert re.search(r"col-lat[^>]*>48\s*deg", await page("/derek/places?code=KZ"))

        record = await page("/derek/observations?id=s001-convicted")
        # A reference leads on, by the document's title.
        assert re.search(r'col-source [^>]*><a href="/derek/sources/[^"]+">[^<]{20}', record)
        for address in ("/derek/figures_kk?_search=сотталған", "/derek/observations?_search=осуждены"):
            assert "s0" in await page(address), address
        assert "Search" in await page("/derek/sources")

        asked = "/derek/figures_ru.json?_shape=objects&id=s001-convicted"
        row = (await shown.client.get(asked)).json()["rows"][0]
        assert (row["value"], row["stated_by"]) == (140, "knb_atc")
        assert row["source_title"]
        credited = (await shown.client.get("/derek/figures.json?_size=1&_extra=metadata")).json()
        assert credited["license"] == "Creative Commons Attribution 4.0"
        assert credited["source"] == described["source"]

    apart(asyncio.run, read())


@pytest.mark.parametrize("view", ["figures", "figures_kk", "incidents_in_words", "incidents_in_words_ru"])
def test_datasette_is_told_of_a_view_its_own_columns_once_each(small, view):
    told = json.loads((small / "metadata.json").read_bytes())["databases"]["derek"]["tables"][view]["columns"]
    with closing(sqlite3.connect(small / "derek.db")) as database:
        named = [row[1] for row in database.execute(f"PRAGMA table_info({view})")]
    assert list(told) == named
    for said in told.values():
        name, _, rest = said.partition(". ")
        assert not rest.casefold().startswith(name.casefold()), said


def test_datasette_answers_for_every_table_and_view(small, apart):
    described = json.loads((small / "metadata.json").read_bytes())

    async def read() -> None:
        shown = Datasette([str(small / "derek.db")], metadata=described)
        await shown.invoke_startup()
        names = described["databases"]["derek"]["tables"]
        assert {str(table.__tablename__) for table in TABLES} <= names.keys()
        for name in names:
            answer = await shown.client.get(f"/derek/{name}")
            assert answer.status_code == 200, (name, answer.text[:300])

    apart(asyncio.run, read())


def test_the_examples_of_the_readme_run(whole):
    text = (whole / "README.md").read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(programs) == 2
    for program in programs:
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=whole, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "convicted" in done.stdout or "arrested" in done.stdout
    (query,) = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    with opened(whole) as connection:
        assert len(connection.execute(query).fetchall()) > 20
    (program,) = re.findall(r"```r\n(.*?)```", text, re.DOTALL)
    if rscript := shutil.which("Rscript"):
        done = subprocess.run(
            [rscript, "-e", program], cwd=whole, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "140" in done.stdout


# --- Verified -------------------------------------------------------------------------------------------------


def test_a_release_is_found_sound(released):
    place, package = released
    code, out, _ = derek("verify", place)
    assert code == 0
    assert out.startswith("sound: ")
    assert package.digest in out


def test_a_flipped_bit_anywhere_is_found(copy):
    """In each file at its beginning, its middle and its end."""
    for name, content in contents(copy).items():
        for at in {0, len(content) // 2, len(content) - 1}:
            (copy / name).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            code, out, told = derek("verify", copy)
            assert (code, out) == (1, ""), (name, at)
            assert name in told, (name, at)
        (copy / name).write_bytes(content)
    assert derek("verify", copy)[0] == 0


def test_a_changed_row_is_named(copy):
    file = copy / "data" / "observations.csv"
    header, first, *rest = file.read_text(encoding="utf-8").splitlines(keepends=True)
    name = first.partition(",")[0]
    file.write_text("".join([header, first.replace(name, "another-id", 1), *rest]), encoding="utf-8")
    code, _, told = derek("verify", copy)
    assert code == 1
    assert "data/observations.csv: not a row of this release: another-id" in told
    assert f"data/observations.csv: a row is missing: {name}" in told
    assert "rows: their digest is" in told


def resummed(place: Path, change: str | None = None) -> None:
    """Make the sums of a release anew, as somebody would who had changed a file and wanted it to be taken for sound."""
    told = json.loads((place / "release.json").read_bytes())
    for name, file in told["files"].items():
        content = (place / name).read_bytes()
        file |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    if change:
        told["digest"] = change
    (place / "release.json").write_text(json.dumps(told))
    lines = [
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted(contents(place).items())
        if name != "SHA256SUMS"
    ]
    (place / "SHA256SUMS").write_text("".join(lines))


def test_new_sums_over_changed_rows_do_not_deceive(copy):
    file = copy / "data" / "observations.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("140", "141", 1), encoding="utf-8")
    resummed(copy)
    code, _, told = derek("verify", copy)
    assert code == 1
    assert told.startswith("rows: their digest is")
    right = json.loads((copy / "release.json").read_bytes())["digest"]
    resummed(copy, re.search(r"digest is ([0-9a-f]{64})", told)[1])
    assert derek("verify", copy)[0] == 0  # another release, whole in itself, and not the one that was cited
    code, _, told = derek("verify", copy, "--release", right[:12])
    assert code == 1
    assert f"not {right[:12]}" in told


def test_what_is_missing_or_listed_by_one_only_is_named(copy):
    (copy / "data" / "texts.csv").unlink()
    assert "data/texts.csv: is missing" in derek("verify", copy)[2]
    (copy / "SHA256SUMS").unlink()
    assert "SHA256SUMS: is missing" in derek("verify", copy)[2]


def test_what_was_added_to_a_release_is_named(copy):
    (copy / "data" / "more.csv").write_text("id\r\n")
    (copy / "odd\nname").write_text("")
    code, _, told = derek("verify", copy)
    assert code == 1
    assert told.splitlines()[:2] == [
        "data/more.csv: is no file of this release",
        "odd\N{REPLACEMENT CHARACTER}name: is no file of this release",
    ]
    assert "2 faults" in told


def test_a_name_never_leads_out_of_the_folder(copy):
    (copy.parent / "secret").write_text("outside")
    told = json.loads((copy / "release.json").read_bytes())
    for name in ("../secret", "/etc/passwd", "data/../../secret", "http://127.0.0.1/", ".hidden"):
        files = {**told["files"], name: {"sha256": "0" * 64, "bytes": 7}}
        (copy / "release.json").write_text(json.dumps({**told, "files": files}))
        code, _, said = derek("verify", copy)
        assert code == 1
        assert "is no name of a file of a release" in said


@pytest.mark.parametrize("content", ["", "{", "[]", '{"files": 1}', "\xff", '{"files": {}, "tables": {}}'])
def test_a_broken_description_is_a_fault_and_no_failure(copy, content):
    (copy / "release.json").write_bytes(content.encode("latin-1"))
    code, _, told = derek("verify", copy)
    assert code == 1
    assert "release.json: cannot be understood" in told


def test_where_there_is_no_release_a_sentence_says_so(tmp_path, copy):
    for place, reason in (
        (tmp_path, "there is no release in"),
        (tmp_path / "none", "there is no folder"),
        (copy / "README.md", "is a file; name the folder of a release"),
    ):
        code, _, told = derek("verify", place)
        assert code == 3
        assert reason in told
    assert derek("verify", copy, "--release", "latest")[0] == 2


# --- Over the web ---------------------------------------------------------------------------------------------


@contextmanager
def served(handler) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def test_a_served_folder_is_verified_over_http(copy):
    with served(partial(Quiet, directory=str(copy.parent))) as root:
        for address in (f"{root}/copy", f"{root}/copy/", f"{root}/copy/release.json"):
            code, out, told = derek("verify", address)
            assert (code, told) == (0, "")
            assert out.startswith("sound: ")
        file = copy / "derek.db"
        file.write_bytes(file.read_bytes()[:-1] + b"!")
        code, _, told = derek("verify", f"{root}/copy")
        assert code == 1
        assert told.startswith("derek.db: is not the file of this release")
        file.write_bytes(file.read_bytes() + b"more")
        assert "derek.db: is longer than" in derek("verify", f"{root}/copy")[2]
        file.unlink()
        assert "derek.db: is missing" in derek("verify", f"{root}/copy")[2]
        code, _, told = derek("verify", f"{root}/elsewhere")
        assert code == 3
        assert "there is no release at" in told


def answering(answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *arguments):
            pass

    return Handler


def test_redirects_are_followed_on_the_web_and_nowhere_else(copy):
    with served(partial(Quiet, directory=str(copy))) as there:

        def moved(request):
            request.send_response(302)
            request.send_header("Location", there + request.path.removeprefix("/latest"))
            request.end_headers()

        with served(answering(moved)) as root:
            assert derek("verify", f"{root}/latest")[0] == 0

    for aim in ("file:///etc/passwd", "ftp://127.0.0.1/release.json"):

        def astray(request, aim=aim):
            request.send_response(302)
            request.send_header("Location", aim)
            request.end_headers()

        with served(answering(astray)) as root:
            code, _, told = derek("verify", root)
            assert code == 3
            assert "is not followed" in told or "not allowed" in told

    def round_and_round(request):
        request.send_response(302)
        request.send_header("Location", request.path)
        request.end_headers()

    with served(answering(round_and_round)) as root:
        assert derek("verify", root)[0] == 3


def test_an_address_that_fails_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr(verifying, "PATIENCE", 2)
    monkeypatch.setattr(verifying, "MOST", 1000)

    def broken(request):
        request.send_response(500)
        request.end_headers()

    def silent(request):
        threading.Event().wait(5)

    def cut(request):
        request.send_response(200)
        request.send_header("Content-Length", "500")
        request.end_headers()
        request.wfile.write(b"{")

    def endless(request):
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b" " * 5000)

    def rubbish(request):
        request.wfile.write(b"hello\r\n\r\n")

    for answer, expected, reason in (
        (broken, 3, "answers 500"),
        (silent, 3, "does not answer in time"),
        (cut, 3, "ends before its time"),
        (endless, 1, "is longer than 1000 bytes"),
        (rubbish, 3, "gives no answer that can be read"),
    ):
        with served(answering(answer)) as root:
            code, out, told = derek("verify", root)
            assert (code, out) == (expected, ""), told
            assert reason in told
    code, _, told = derek("verify", "http://127.0.0.1:9")
    assert code == 3
    assert "cannot be reached" in told
    for address in ("ftp://127.0.0.1/", "file:///tmp", "https://"):
        code, _, told = derek("verify", address)
        assert code == 1
        assert "is no address that begins with" in told


def test_a_running_site_is_told_from_a_release(site):
    """Its API gives no rows as the digest takes them; the command says what it takes instead."""

    def relayed(request):
        answer = site.get(request.path)
        request.send_response(answer.status_code)
        request.end_headers()
        request.wfile.write(answer.content)

    with served(answering(relayed)) as root:
        code, _, told = derek("verify", root)
    assert code == 1
    assert "is a running site of Derek" in told
    assert "derek export release" in told
    assert f"{root}/api/releases" in told


# --- Refused --------------------------------------------------------------------------------------------------


def test_nothing_is_written_over(tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("mine")
    file = tmp_path / "file"
    file.write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    before = sorted(tmp_path.rglob("*"))
    for place, expected, reason in (
        (full, 1, "is not empty, and nothing is written over"),
        (file, 1, "is no folder; name a new or an empty one"),
        (tmp_path / "link", 1, "is no folder; name a new or an empty one"),
        (tmp_path / "none" / "release", 3, "there is no folder"),
    ):
        code, out, told = derek("export", "release", place, "--package", WORLD)
        assert (code, out) == (expected, "")
        assert reason in told
        assert len(told.splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_and_a_link_to_one_are_taken(small, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    assert derek("export", "release", tmp_path / "link", "--package", WORLD)[0] == 0
    assert contents(tmp_path / "empty") == contents(small)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["empty", "link"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    """Also in the middle: then nothing is left."""

    def refused(file, *arguments, **named):
        raise PermissionError(13, "Permission denied", str(file))

    for name in ("mkdir", "rename"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, name, refused)
            code, _, told = derek("export", "release", tmp_path / "release", "--package", WORLD)
        assert code == 3
        assert f"{tmp_path / 'release'} cannot be written: Permission denied" in told
        assert list(tmp_path.iterdir()) == []
    if os.geteuid():
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        assert derek("export", "release", locked / "release", "--package", WORLD)[0] == 3


def test_a_package_that_is_not_sound_is_not_exported(world_folder, tmp_path):
    file = world_folder / "observations.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("exact", "exactly"), encoding="utf-8")
    code, _, told = derek("export", "release", tmp_path / "release", "--package", world_folder)
    assert code == 1
    assert "observations.csv:" in told
    assert not (tmp_path / "release").exists()


def test_without_pyarrow_parquet_is_left_out_knowingly_only(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, _, told = derek("export", "release", tmp_path / "release", "--package", WORLD)
    assert code == 3
    assert "derek[export]" in told
    assert list(tmp_path.iterdir()) == []
    assert derek("export", "release", tmp_path / "release", "--package", WORLD, "--without-parquet")[0] == 0
    found, full = contents(tmp_path / "release"), contents(small)
    assert {name for name in full if not name.startswith("parquet/")} == set(found)
    assert "parquet" not in found["README.md"].decode()
    assert derek("verify", tmp_path / "release")[0] == 0


def test_another_package_brings_its_own_licence_or_none(small, world_folder, tmp_path):
    assert "names no licence" in (small / "LICENSE-DATA.md").read_text(encoding="utf-8")
    assert "license" not in json.loads((small / "metadata.json").read_bytes())
    described = json.loads((world_folder / "datapackage.json").read_text(encoding="utf-8"))
    described["licenses"] = [
        {"name": "CC0-1.0", "path": "https://creativecommons.org/publicdomain/zero/1.0/"}
    ]
    (world_folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    assert derek("export", "release", tmp_path / "release", "--package", world_folder)[0] == 0
    assert "zero/1.0" in (tmp_path / "release" / "LICENSE-DATA.md").read_text(encoding="utf-8")
    assert yaml.safe_load((tmp_path / "release" / "CITATION.cff").read_text())["license"] == "CC0-1.0"
