"""A release as one SQLite file with an index of its words, and how Datasette is to show it.

The same rows give the same bytes, whichever SQLite writes them: rows go in sorted, nothing of the clock is stored,
and the places of the header where the library leaves its own version are written over (`HEADER`).
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.exports.titles import COLUMNS, FILES
from app.i18n import LANGUAGES

Rows = Mapping[str, Sequence[tuple[str, ...]]]
"""The rows of each table as text, as the digest takes them; an empty cell is no value."""
Resources = Sequence[Mapping[str, Any]]
"""How a Data Package describes the tables, in their order."""

PAGE = 4096
HEADER = {24: 1, 92: 1, 96: 3_040_000}
"""What stands in the file's header at an offset, where each library would leave a number of its own: how often the file
was changed, for which change its size is valid, and the version of the library that wrote it. No reader acts on the
last; the first two have to be equal (https://www.sqlite.org/fileformat2.html)."""
TYPES = {"date": "TEXT", "boolean": "INTEGER", "integer": "INTEGER", "number": "NUMERIC", "string": "TEXT"}
"""NUMERIC keeps 140 whole and 91.7 as it is."""

NAMED = {
    "indicator_name": ("indicator", "indicator"),
    "unit_name": ("unit", None),
    "scope_name": ("scope", "scope"),
    "population_name": ("population", "population"),
    "place_name": ("place", "place"),
    "stated_by_name": ("body", "stated_by"),
}
"""Columns of the views of figures with the text of a code: of which list it is, and in which column it stands."""


def database(resources: Resources, rows: Rows, about: Mapping[str, str]) -> bytes:
    """The file. `about` fills its table `release`, so that a copy without its folder still says what it is.

    Raises `OSError` where the machine's SQLite was built without what it takes.
    """
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("PRAGMA encoding = 'UTF-8'")
        # What is moved is overwritten, as some libraries do by themselves and others do not.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("BEGIN")
        for resource in resources:
            connection.execute(_table(resource))
            # Text is enough, since SQLite makes numbers of it by the columns' types.
            cells = [[cell or None for cell in row] for row in rows[resource["name"]]]
            places = ", ".join("?" * len(resource["schema"]["fields"]))
            connection.executemany(f"INSERT INTO {resource['name']} VALUES ({places})", cells)  # noqa: S608
        for statement in _indexes(resources):
            connection.execute(statement)
        connection.execute("CREATE TABLE release (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)")
        connection.executemany("INSERT INTO release VALUES (?, ?)", sorted(about.items()))
        for statement in _views():
            connection.execute(statement)
        for statement in _words():
            connection.execute(statement)
        connection.execute("COMMIT")
        dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
        if dangling:
            raise ValueError(f"a reference leads nowhere: {dangling[0]}")
        connection.execute("VACUUM")
        content = bytearray(connection.serialize())
    except sqlite3.OperationalError as error:
        if "fts5" not in str(error):
            raise
        raise OSError(
            "the SQLite of this Python has no full-text search (FTS5); use another Python"
        ) from None
    finally:
        connection.close()
    for offset, number in HEADER.items():
        content[offset : offset + 4] = number.to_bytes(4, "big")
    _clear(content)
    return bytes(content)


def _clear(content: bytearray) -> None:
    """Empty what no page uses: libraries leave there what they had moved, each in its own way.

    A page of a tree begins with its kind, how many cells it has and where they begin, and the unused part lies between
    the list of cells and the cells. A page of another sort begins with a page's number, so with a zero.
    """
    for start in range(0, len(content), PAGE):
        head = start + (100 if start == 0 else 0)
        kind = content[head]
        if kind in (2, 5, 10, 13):
            listed = (
                head + (12 if kind in (2, 5) else 8) + 2 * int.from_bytes(content[head + 3 : head + 5], "big")
            )
            cells = start + int.from_bytes(content[head + 5 : head + 7], "big")
            content[listed:cells] = bytes(cells - listed)


def cells_of(content: bytes, table: str) -> tuple[tuple[str, ...], Sequence[tuple[Any, ...]]]:
    """The columns and the cells of one table of such a file. Raises `sqlite3.Error` where it is none."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(content)
        found = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # a table of ours
        return tuple(column[0] for column in found.description), found.fetchall()
    finally:
        connection.close()


def _table(resource: Mapping[str, Any]) -> str:
    """SQLite keeps the statement as it is written, so the columns' descriptions stand in the file's own schema."""
    schema = resource["schema"]
    key = schema["primaryKey"]
    lines = []
    for field in schema["fields"]:
        constraints = field.get("constraints", {})
        parts = [f'"{field["name"]}"', TYPES[field["type"]]]
        if constraints.get("required") or field["name"] in key:
            parts.append("NOT NULL")
        if "enum" in constraints:
            parts.append(f'CHECK ("{field["name"]}" IN ({", ".join(map(_quoted, constraints["enum"]))}))')
        if field["type"] == "boolean":
            parts.append(f'CHECK ("{field["name"]}" IN (0, 1))')
        lines.append((" ".join(parts), field["description"]))
    lines.append((f"PRIMARY KEY ({', '.join(key)})", ""))
    for reference in schema.get("foreignKeys", ()):
        target = reference["reference"]["resource"] or resource["name"]
        column, aim = reference["fields"][0], reference["reference"]["fields"][0]
        lines.append((f"FOREIGN KEY ({column}) REFERENCES {target} ({aim})", ""))
    last = len(lines) - 1
    written = (
        f"  {line}{',' if number < last else ''}{f' -- {told}' if told else ''}\n"
        for number, (line, told) in enumerate(lines)
    )
    return f"CREATE TABLE {resource['name']} (\n{''.join(written)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _indexes(resources: Resources) -> Iterator[str]:
    for resource in resources:
        name, key = resource["name"], resource["schema"]["primaryKey"]
        for reference in resource["schema"].get("foreignKeys", ()):
            column = reference["fields"][0]
            if column != key[0]:
                yield f"CREATE INDEX {name}_{column} ON {name} ({column})"


# --- Views and words ------------------------------------------------------------------------------------------


def _text(listed: str, code: str, language: str, field: str = "name") -> str:
    return f"(SELECT {language} FROM texts WHERE list = '{listed}' AND code = {code} AND field = '{field}')"  # noqa: S608


def _told(column: str, language: str) -> str:
    """The editors' words in a language; in English where they have no translation."""
    if language == "en":
        return column
    return f"COALESCE((SELECT {language} FROM translations WHERE translations.en = {column}), {column})"  # noqa: S608


def _suffix(language: str) -> str:
    return "" if language == "en" else f"_{language}"


def _views() -> Iterator[str]:
    for language in LANGUAGES:
        yield _figures(language)
        yield _incidents(language)


def _figures(language: str) -> str:
    """Every figure with what it takes to repeat it: its words, its body, its document."""
    joined = "observations o JOIN indicators i ON i.code = o.indicator JOIN sources s ON s.id = o.source"
    lines = ",\n  ".join(_figure_columns(language))
    return f"CREATE VIEW figures{_suffix(language)} AS SELECT\n  {lines}\nFROM {joined}"


def _figure_columns(language: str) -> tuple[str, ...]:

    def name(column: str) -> str:
        listed, code = NAMED[column]
        return f"{_text(listed, f'o.{code}' if code else 'i.unit', language)} AS {column}"

    def own(column: str) -> str:
        return f"{_told(f'o.{column}', language)} AS {column}"

    return (
        "o.id",
        name("indicator_name"),
        "o.value",
        name("unit_name"),
        "o.low, o.high, o.qualifier, o.period_start, o.period_end, o.period_kind",
        own("period_words"),
        "o.as_of",
        name("stated_by_name"),
        name("scope_name"),
        name("population_name"),
        name("place_name"),
        own("place_stated"),
        "o.extent",
        own("paraphrase"),
        own("note"),
        own("stated_as"),
        "s.publisher AS source_publisher",
        f"CASE WHEN s.title LIKE '[%' THEN {_told('s.title', language)} ELSE s.title END AS source_title",
        "s.url AS source_url, s.published AS source_published",
        own("locator"),
        "o.status, o.confidence, o.recorded, o.indicator, i.unit, o.scope, o.population, o.place, o.stated_by",
        "o.source, o.origin, o.incident, o.part_of, o.rowid AS number",
    )


def _incidents(language: str) -> str:
    """Every incident with its title, its summary and how many figures belong to it."""
    lines = ",\n  ".join(_incident_columns(language))
    return f"CREATE VIEW incidents_in_words{_suffix(language)} AS SELECT\n  {lines}\nFROM incidents n"


def _incident_columns(language: str) -> tuple[str, ...]:
    return (
        "n.id",
        f"{_text('incident', 'n.id', language, 'title')} AS title",
        f"{_text('incident', 'n.id', language, 'summary')} AS summary",
        "n.date_start, n.date_end, n.date_precision, n.disclosed, n.outcome, n.in_scope, n.borderline",
        f"{_text('place', 'n.place', language)} AS place_name",
        f"{_told('n.place_stated', language)} AS place_stated",
        f"{_text('target_type', 'n.target_type', language)} AS target_type_name",
        f"{_told('n.note', language)} AS note",
        "(SELECT count(*) FROM observations WHERE incident = n.id) AS figures",
        "n.place, n.target_type, n.rowid AS number",
    )


def _named(columns: Sequence[str]) -> list[str]:
    """What the columns of a view are called."""
    names = []
    for column in columns:
        plain = column.split(", ") if "(" not in column else [column]
        names += [one.rpartition(" AS ")[2].rpartition(".")[2] for one in plain]
    return names


SEARCHED: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "figures": (
        "observations r",
        {
            "text": (
                *(_text(listed, f"r.{code}", "{}") for listed, code in NAMED.values() if code),
                *(f"<r.{name}>" for name in ("period_words", "place_stated", "stated_as")),
                *(f"<r.{name}>" for name in ("paraphrase", "note")),
            ),
        },
    ),
    "sources": (
        "sources r",
        {"published": ("r.publisher", "r.title", "r.url"), "text": ("<r.title>", "<r.note>")},
    ),
    "incidents": (
        "incidents r",
        {
            "text": (
                _text("incident", "r.id", "{}", "title"),
                _text("incident", "r.id", "{}", "summary"),
                _text("place", "r.place", "{}"),
                *(f"<r.{name}>" for name in ("place_stated", "target_stated", "note")),
            ),
        },
    ),
}
"""What is found by its words: rows of which table, and which of their texts. {} stands for a language, <> for words of the
editors that are translated."""


def _words() -> Iterator[str]:
    """For each kind of row a view with its texts by language and an index over that view.

    The index holds no text of its own, and refers to rows by the number that the views of figures and incidents have.
    Signs are overlooked in Latin letters and kept in Cyrillic ones, where they make another letter.
    """
    for name, (table, texts) in SEARCHED.items():
        columns = {}
        if "published" in texts:
            columns["published"] = texts["published"]
        for language in LANGUAGES:
            columns[language] = tuple(
                _told(text[1:-1], language) if text.startswith("<") else text.format(language)
                for text in texts["text"]
            )
        shown = ",\n  ".join(
            " || ' · ' || ".join(f"COALESCE({text}, '')" for text in parts) + f" AS {column}"
            for column, parts in columns.items()
        )
        yield f"CREATE VIEW {name}_texts AS SELECT r.rowid AS number, r.id,\n  {shown}\nFROM {table}"
        listed = ", ".join(columns)
        yield (
            f"CREATE VIRTUAL TABLE {name}_fts USING fts5({listed}, "
            f'content="{name}_texts", content_rowid="number", tokenize=\'unicode61 remove_diacritics 2\')'
        )
        yield (
            f"INSERT INTO {name}_fts (rowid, {listed}) SELECT number, {listed} FROM {name}_texts ORDER BY number"  # noqa: S608
        )
        yield f"INSERT INTO {name}_fts ({name}_fts) VALUES ('optimize')"  # noqa: S608


# --- Datasette ------------------------------------------------------------------------------------------------

WARNING = (
    "An empty cell is never zero. Two rows are often one figure in two documents: never add or average them."
)
FACETS = {
    "observations": ["indicator", "stated_by", "qualifier", "status"],
    "sources": ["kind", "language", "read"],
    "origins": ["stated_by"],
    "incidents": ["outcome", "place"],
    "classifications": ["label"],
    "texts": ["list"],
    "changes": ["kind"],
}
SORTS = {
    "observations": {"sort": "id"},
    "sources": {"sort_desc": "published"},
    "origins": {"sort_desc": "stated_on"},
    "incidents": {"sort_desc": "date_start"},
    "changes": {"sort_desc": "changed_on"},
}
LABELS = {"sources": "title", "origins": "event"}
"""The column whose text stands for a row where another refers to it."""
UNITS = {"lat": "degree", "lon": "degree"}


def _once(title: str, description: str) -> str:
    """What a column is called and what it holds, without saying its name twice."""
    return description if description.casefold().startswith(title.casefold()) else f"{title}. {description}"


def _of_view(columns: Sequence[str], told: Mapping[str, str]) -> dict[str, str]:
    """What the columns of a view hold, and of no other."""
    return {name: told[name] for name in _named(columns) if name in told}


def datasette(
    resources: Resources,
    *,
    title: str,
    description: str,
    source: str,
    source_address: str,
    licences: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """What `datasette derek.db --metadata metadata.json` shows beside the rows."""
    credited = {"source": source, **({"source_url": source_address} if source_address else {})}
    if licences:
        licence = licences[0]
        credited["license"] = licence.get("title") or licence["name"]
        if "path" in licence:
            credited["license_url"] = licence["path"]
    tables: dict[str, Any] = {}
    described: dict[str, dict[str, str]] = {}
    for resource in resources:
        name, fields = resource["name"], resource["schema"]["fields"]
        told = {
            field["name"]: _once(COLUMNS[field["name"]], field["description"])
            for field in fields
            if field["name"] in COLUMNS
        }
        described[name] = told
        tables[name] = {
            "title": FILES.get(name, name),
            "description": resource["description"],
            "columns": told,
            **credited,
            **({"facets": FACETS[name]} if name in FACETS else {}),
            **SORTS.get(name, {}),
            **({"label_column": LABELS[name]} if name in LABELS else {}),
        }
        if units := {field["name"]: UNITS[field["name"]] for field in fields if field["name"] in UNITS}:
            tables[name]["units"] = units
    for name, index in (("observations", "figures"), ("sources", "sources"), ("incidents", "incidents")):
        tables[name] |= {"fts_table": f"{index}_fts", "fts_pk": "rowid"}
    views = {
        "unit_name": "What one of the figure is: people, attacks, percent.",
        "source_publisher": "Who published the document.",
        "source_title": "Title of the document.",
        "source_url": "Address of the document.",
        "source_published": "When the document was published.",
        "number": "Number of the row, by which the index of words refers to it.",
        **{f"{name}_name": f"{COLUMNS[name]}, in words." for name in ("indicator", "scope", "population")},
        **{f"{name}_name": f"{COLUMNS[name]}, in words." for name in ("place", "stated_by", "target_type")},
        "title": "What the incident is called here.",
        "summary": "What is known of it.",
        "figures": "How many figures belong to it.",
        "unit": "Unit. A code of the list unit in texts.",
    }
    for language, said in zip(LANGUAGES, ("", ", in Russian", ", in Kazakh"), strict=True):
        tables[f"figures{_suffix(language)}"] = {
            "title": f"Figures with indicator, unit, body and document{said}",
            "description": f"Each figure as one document states it, its unit beside it. {WARNING}",
            "columns": _of_view(_figure_columns(language), described.get("observations", {}) | views),
            "facets": ["indicator_name", "stated_by_name", "qualifier", "status"],
            "fts_table": "figures_fts",
            "fts_pk": "number",
            **credited,
        }
        tables[f"incidents_in_words{_suffix(language)}"] = {
            "title": f"Incidents with title and summary{said}",
            "description": "One event or plot of which sources speak as terrorism; a plot reported foiled is a claim.",
            "columns": _of_view(_incident_columns(language), described.get("incidents", {}) | views),
            "facets": ["outcome", "place_name"],
            "fts_table": "incidents_fts",
            "fts_pk": "number",
            **credited,
        }
    tables["release"] = {
        "title": "This release",
        "description": "What this file is: version, digest, licence and how to cite it.",
        **credited,
    }
    for name in SEARCHED:
        tables[f"{name}_texts"] = {"title": f"Texts that {name}_fts searches", "hidden": True, **credited}
        tables[f"{name}_fts"] = {"hidden": True}
    return {
        "title": title,
        "description": f"{description} {WARNING}",
        **credited,
        "databases": {
            "derek": {"title": title, "description": description, **credited, "tables": tables},
        },
    }
