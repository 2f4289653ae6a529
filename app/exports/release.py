"""A release of the dataset as a folder of files: for each reader the form that its tools open without a question.

It is handed rows as text, as the digest takes them, and their description, and asks for nothing else: neither the day,
the machine, its language nor the order of files plays a part, so that the same dataset gives the same bytes.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from app.exports import sqlite
from app.exports.sqlite import Resources, Rows
from app.exports.titles import COLUMNS, FILES, in_every_language

RELEASE, SUMS = "release.json", "SHA256SUMS"
NAME = re.compile(r"(?!.*(?:^|/)\.)[A-Za-z0-9_.\-]+(?:/[A-Za-z0-9_.\-]+)*")
"""A file's name within a release: it never leads out of the folder."""
CREATED_BY = b"parquet-cpp-arrow version 26.0.0"
"""Who wrote a Parquet file, as it says itself: the first of the versions that write these bytes, whichever did."""


class FileOf(BaseModel):
    """One file of a release."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class ReleaseFile(BaseModel):
    """What release.json holds."""

    title: str
    version: str
    dated: date
    digest: str = Field(description="SHA-256 over the canonical rows.", pattern=r"^[0-9a-f]{64}$")
    tables: dict[str, int] = Field(description="Rows of each table, in the order of the digest.")
    files: dict[str, FileOf] = Field(description="Every file but this one and SHA256SUMS.")


def release(
    described: Mapping[str, Any],
    rows: Rows,
    *,
    dated: date,
    digest: str,
    changelog: str = "",
    licence: str = "",
    parquet: bool = True,
) -> dict[str, bytes]:
    """Every file of a release by its name. `described` is a Data Package; its resources are the tables, in order.

    `changelog` is that of the project, of which the sections Data are taken; `licence` the text of the data's licence.
    Raises `ModuleNotFoundError` where Parquet is asked for and pyarrow is not installed.
    """
    resources: Resources = described["resources"]
    rows = {resource["name"]: sorted(rows[resource["name"]]) for resource in resources}
    facts = _facts(described, dated, digest)
    files: dict[str, bytes] = {}
    for resource in resources:
        files[f"data/{resource['name']}.csv"] = as_text(resource, rows[resource["name"]])
    files["data/csv-metadata.json"] = _json(_csvw(described, facts))
    if parquet:
        for resource in resources:
            name = resource["name"]
            files[f"parquet/{name}.parquet"] = _parquet(resource, rows[name], facts)
    files["derek.db"] = sqlite.database(resources, rows, facts)
    files["metadata.json"] = _json(
        sqlite.datasette(
            resources,
            title=f"{facts['title']} ({facts['version']})",
            description=described.get("description", ""),
            source=facts["cite"],
            source_address=described.get("homepage", ""),
            licences=described.get("licenses", ()),
        )
    )
    files["datapackage.json"] = _json(_datapackage(described, rows, files))
    files["CITATION.cff"] = _citation(described, facts).encode()
    files["CHANGELOG.md"] = _changelog(changelog, rows, facts).encode()
    files["LICENSE-DATA.md"] = (licence or _licence(facts)).encode()
    files["README.md"] = _readme(described, rows, facts, parquet).encode()
    listed = {name: FileOf(sha256=sha256(files[name]), bytes=len(files[name])) for name in sorted(files)}
    told = ReleaseFile(
        title=facts["title"],
        version=facts["version"],
        dated=dated,
        digest=digest,
        tables={name: len(cells) for name, cells in rows.items()},
        files=listed,
    )
    return files | sealed(told)


def sealed(told: ReleaseFile) -> dict[str, bytes]:
    """The two files that say what all others are."""
    told = told.model_copy(update={"files": dict(sorted(told.files.items()))})
    content = _json(told.model_dump(mode="json"))
    digests = {name: one.sha256 for name, one in told.files.items()}
    return {RELEASE: content, SUMS: sums(digests | {RELEASE: sha256(content)})}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sums(digests: Mapping[str, str]) -> bytes:
    """The file that `sha256sum --check` takes."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()


def _json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _facts(described: Mapping[str, Any], dated: date, digest: str) -> dict[str, str]:
    """What every form of a release says of itself."""
    title, version = described.get("title") or described["name"], described["version"]
    licences = described.get("licenses", ())
    authors = [one["title"] for one in described.get("contributors", ()) if one.get("title")]
    by = ", ".join(authors)
    facts = {
        "title": title,
        "version": version,
        "dated": dated.isoformat(),
        "release": digest,
        "cite": f"{by + ', ' if by else ''}{title}, version {version} of {dated.isoformat()}, release {digest[:12]}",
    }
    if licences:
        facts["licence"] = licences[0].get("title") or licences[0]["name"]
        facts["licence_address"] = licences[0].get("path", "")
    return facts


# --- CSV ------------------------------------------------------------------------------------------------------


def as_text(resource: Mapping[str, Any], rows: Sequence[tuple[str, ...]]) -> bytes:
    """One table as CSV: UTF-8, commas, quotes where they are needed, LF. Every cell is the canonical one, untouched."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(field["name"] for field in resource["schema"]["fields"])
    writer.writerows(rows)
    return out.getvalue().encode()


def _datapackage(described: Mapping[str, Any], rows: Rows, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The package's own description with where the files are now, their digests, and the documents it was made of."""
    resources = []
    for resource in described["resources"]:
        path = f"data/{resource['name']}.csv"
        fields = [
            {"name": field["name"], "title": COLUMNS.get(field["name"], field["name"]), **field}
            for field in resource["schema"]["fields"]
        ]
        resources.append(
            {
                **resource,
                "path": path,
                "title": FILES.get(resource["name"], resource["name"]),
                "bytes": len(files[path]),
                "hash": f"sha256:{sha256(files[path])}",
                "schema": {**resource["schema"], "fields": fields},
            }
        )
    kept = {name: told for name, told in described.items() if name not in ("resources", "sources")}
    return {**kept, "sources": _sources(described, rows), "resources": resources}


def _sources(described: Mapping[str, Any], rows: Rows) -> list[dict[str, str]]:
    schema = next(one["schema"] for one in described["resources"] if one["name"] == "sources")
    names = [field["name"] for field in schema["fields"]]
    documents = [dict(zip(names, row, strict=True)) for row in rows["sources"]]
    return [
        {"title": f"{one['publisher']}: {one['title']}", **({"path": one["url"]} if one["url"] else {})}
        for one in documents
    ]


CSVW_TYPES = {"date": "date", "integer": "integer", "number": "number"}


def _csvw(described: Mapping[str, Any], facts: Mapping[str, str]) -> dict[str, Any]:
    """The tables as CSV on the Web tells them (https://www.w3.org/TR/tabular-metadata/), beside the files."""
    group: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": facts["title"],
        "dc:description": described.get("description", ""),
        "dc:issued": {"@value": facts["dated"], "@type": "xsd:date"},
        "dc:identifier": f"sha256:{facts['release']}",
        "dcat:version": facts["version"],
        "dc:bibliographicCitation": facts["cite"],
    }
    if facts.get("licence_address"):
        group["dc:license"] = {"@id": facts["licence_address"]}
    group["dialect"] = {"encoding": "utf-8", "delimiter": ",", "header": True, "lineTerminators": ["\n"]}
    group["tables"] = [_csvw_table(resource) for resource in described["resources"]]
    return group


def _csvw_table(resource: Mapping[str, Any]) -> dict[str, Any]:
    schema = resource["schema"]
    needed = {field["name"] for field in schema["fields"] if field.get("constraints", {}).get("required")}
    keys = [
        {
            "columnReference": reference["fields"][0],
            "reference": {
                "resource": f"{reference['reference']['resource'] or resource['name']}.csv",
                "columnReference": reference["reference"]["fields"][0],
            },
        }
        for reference in schema.get("foreignKeys", ())
        # By its letter every row has to refer to one; the Data Package and derek.db tell also those that may be empty.
        if reference["fields"][0] in needed
    ]
    title = in_every_language(FILES.get(resource["name"], resource["name"]))
    return {
        "url": f"{resource['name']}.csv",
        "dc:title": [{"@value": told, "@language": language} for language, told in title.items()],
        "dc:description": resource["description"],
        "tableSchema": {
            "columns": [_csvw_column(field) for field in schema["fields"]],
            "primaryKey": schema["primaryKey"],
            **({"foreignKeys": keys} if keys else {}),
        },
    }


def _csvw_column(field: Mapping[str, Any]) -> dict[str, Any]:
    constraints = field.get("constraints", {})
    datatype: Any = CSVW_TYPES.get(field["type"], "string")
    if field["type"] == "boolean":
        datatype = {"base": "boolean", "format": "1|0"}
    elif "enum" in constraints:
        datatype = {"base": "string", "format": "|".join(map(re.escape, constraints["enum"]))}
    elif "pattern" in constraints:
        datatype = {"base": "string", "format": constraints["pattern"].removeprefix("^").removesuffix("$")}
    name = field["name"]
    return {
        "name": name,
        # Without a language the name that stands in the file, to which the column is matched.
        "titles": {"und": name, **in_every_language(COLUMNS.get(name, name))},
        "dc:description": field["description"],
        "datatype": datatype,
        "null": "",
        **({"required": True} if constraints.get("required") else {}),
    }


# --- Parquet --------------------------------------------------------------------------------------------------


def _parquet(resource: Mapping[str, Any], rows: Sequence[tuple[str, ...]], facts: Mapping[str, str]) -> bytes:
    """One table as Parquet, typed: days, whole numbers, doubles, yes and no, text. An empty cell is null.

    It is written without compression, since compressors choose their instructions, and so their bytes, by the machine.
    """
    import pyarrow
    import pyarrow.parquet

    kinds: dict[str, tuple[Any, Callable[[str], Any]]] = {
        "date": (pyarrow.date32(), date.fromisoformat),
        "boolean": (pyarrow.bool_(), lambda cell: cell == "1"),
        "integer": (pyarrow.int64(), int),
        "number": (pyarrow.float64(), float),
        "string": (pyarrow.string(), str),
    }
    fields, columns = [], []
    for number, field in enumerate(resource["schema"]["fields"]):
        kind, made = kinds[field["type"]]
        needed = bool(field.get("constraints", {}).get("required"))
        fields.append(pyarrow.field(field["name"], kind, nullable=not needed))
        cells = [made(row[number]) if row[number] else None for row in rows]
        columns.append(pyarrow.array(cells, kind))
    told = {
        **{f"derek.{name}": text for name, text in facts.items()},
        "derek.table": resource["name"],
        "derek.description": resource["description"],
        "derek.columns": json.dumps(
            {field["name"]: field["description"] for field in resource["schema"]["fields"]},
            ensure_ascii=False,
        ),
    }
    table = pyarrow.Table.from_arrays(columns, schema=pyarrow.schema(fields))
    out = io.BytesIO()
    with pyarrow.parquet.ParquetWriter(
        out, table.schema, version="2.6", compression="none", store_schema=False
    ) as writer:
        writer.write_table(table, row_group_size=1_000_000)
        writer.add_key_value_metadata(told)
    return _by_one_writer(out.getvalue(), f"parquet-cpp-arrow version {pyarrow.__version__}".encode())


def _by_one_writer(content: bytes, written: bytes) -> bytes:
    """A Parquet file whose footer names `CREATED_BY`: a text in Thrift's compact form is its length, then its bytes.

    The footer is the file's last part: then come its length in four bytes, and four letters.
    """
    size = int.from_bytes(content[-8:-4], "little")
    body, footer = content[: -8 - size], content[-8 - size : -8]
    head, found, tail = footer.rpartition(bytes([len(written)]) + written)
    if not found:
        return content
    footer = head + bytes([len(CREATED_BY)]) + CREATED_BY + tail
    return body + footer + len(footer).to_bytes(4, "little") + content[-4:]


# --- Texts ----------------------------------------------------------------------------------------------------


def _citation(described: Mapping[str, Any], facts: Mapping[str, str]) -> str:
    """How to cite it, in the Citation File Format. A text in JSON's quotes is one in YAML's."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    authors = [one["title"] for one in described.get("contributors", ()) if one.get("title")]
    lines = [
        "cff-version: 1.2.0",
        "message: If you use these figures, please cite the dataset, and the body that stated the figure.",
        "type: dataset",
        f"title: {quoted(facts['title'])}",
        *([f"abstract: {quoted(described['description'])}"] if described.get("description") else []),
        "authors:",
        *(f"  - name: {quoted(author)}" for author in authors or [f"The editors of {facts['title']}"]),
        f"version: {quoted(facts['version'])}",
        f"date-released: {quoted(facts['dated'])}",
        *([f"license: {quoted(described['licenses'][0]['name'])}"] if described.get("licenses") else []),
        "identifiers:",
        "  - type: other",
        f"    value: {quoted('sha256:' + facts['release'])}",
        "    description: SHA-256 over the canonical rows",
        *(["keywords:"] if described.get("keywords") else []),
        *(f"  - {quoted(word)}" for word in described.get("keywords", ())),
    ]
    return "\n".join(lines) + "\n"


def _changelog(project: str, rows: Rows, facts: Mapping[str, str]) -> str:
    """What the record itself knows of its changes, and what the project told of its data."""
    upto = f"Up to version {facts['version']} of {facts['dated']}."
    every = "Every change of a published figure, with its reason, is a row of `data/changes.csv`."
    lines = ["# Changelog of the data", "", f"{upto} {every}"]
    published, changes = rows.get("published", ()), rows.get("changes", ())
    versions = sorted(
        {row[1] for row in published} | {row[3] for row in changes} | {facts["version"]},
        key=lambda version: ([int(part) for part in re.findall(r"\d+", version)], version),
        reverse=True,
    )
    lines += ["", "## Figures, by the version that first held them", ""]
    for version in versions:
        new = sum(row[1] == version for row in published)
        changed = [row for row in changes if row[3] == version]
        told = f"{new} {'figure' if new == 1 else 'figures'} first published" if new else "no new figure"
        lines.append(
            f"- **{version}**: {told}, {len(changed) or 'no'} {'cell' if len(changed) == 1 else 'cells'} changed"
        )
        lines += [
            f"  - {row[2]}, {row[4]}: `{row[0]}` {row[1]}: {_or_empty(row[5])} became {_or_empty(row[6])}. {row[7]}"
            for row in changed
        ]
    told_by_project = list(_data_sections(project))
    if told_by_project:
        lines += ["", "## As the editors tell it"]
        for heading, text in told_by_project:
            lines += ["", f"### {heading}", "", text]
    return "\n".join(lines) + "\n"


def _or_empty(cell: str) -> str:
    return f"`{cell}`" if cell else "nothing"


def _data_sections(project: str) -> list[tuple[str, str]]:
    """The sections Data of a changelog, each with the version of the program under which it stands."""
    found = []
    for part in re.split(r"^## ", project, flags=re.MULTILINE)[1:]:
        heading = part.partition("\n")[0].strip()
        for section in re.split(r"^### ", part, flags=re.MULTILINE)[1:]:
            name, _, text = section.partition("\n")
            if name.strip() == "Data" and text.strip():
                unreleased = heading.strip("[]") == "Unreleased"
                found.append(
                    ("Since the last release of the program" if unreleased else heading, text.strip())
                )
    return found


def _licence(facts: Mapping[str, str]) -> str:
    if "licence" not in facts:
        return (
            "# Licence of the data\n\nThe package names no licence: ask its editors before you pass it on.\n"
        )
    address = facts["licence_address"]
    return f"# Licence of the data\n\n{facts['licence']}{': <' + address + '>' if address else ''}\n"


README = """# {title}

Version {version} of {dated}, release `{release}`{licensed}.

{description}

## Before you use it

- **Never add or average rows.** Two observations are often one figure in two documents; `origin` tells. Statements of
  different stages, scopes, bodies or periods are not comparable.
- An empty cell means not known or not applicable. It is never zero.
- `value` belongs to `qualifier`: `over` 280 is not 280, and `unspecified` means the source gave no number.
- What is counted and in which unit is said by `indicator`; its definition and warnings are in `texts`. The view `figures`
  of `derek.db` has them side by side.
- `as_of`, `published`, `stated_on` and `disclosed` may be a month or a year (`2016-10`, `2017`): they are text.

## What is here

| file | what it is |
|---|---|
| `data/*.csv` | the tables: UTF-8, comma, one header row; the cells of which the release's digest is taken |
| `datapackage.json` | the same described for data-package tools, with digests, licence and documents |
| `data/csv-metadata.json` | the same described for CSV on the Web, with titles in English, Russian and Kazakh |
{parquet_row}| `derek.db` | all tables in one SQLite file, with keys, views and an index of words |
| `metadata.json` | how Datasette shows `derek.db` |
| `CHANGELOG.md`, `CITATION.cff`, `LICENSE-DATA.md` | what changed, how to cite it, what you may do with it |
| `release.json`, `SHA256SUMS` | version, digest, and the SHA-256 of every file |

| table | rows | one row is |
|---|---|---|
{tables}

## Open it

In pandas, with empty cells as missing and dates that may be a year as text:

```python
import pandas as pd

observations = pd.read_csv(
    "data/observations.csv",
    keep_default_na=False,
    na_values=[""],
    dtype={{"as_of": "string"}},
    parse_dates=["period_start", "period_end", "recorded"],
)
sources = pd.read_csv("data/sources.csv", keep_default_na=False, na_values=[""], dtype={{"published": "string"}})
told = observations.merge(sources, left_on="source", right_on="id", suffixes=("", "_of_source"))
print(told[["indicator", "qualifier", "value", "low", "high", "status", "confidence", "stated_by"]].head())
print(told[["publisher", "title", "note"]].head())
```
{parquet_example}
In R:

```r
observations <- read.csv("data/observations.csv", na.strings = "", encoding = "UTF-8",
                         colClasses = c(as_of = "character"))
convicted <- subset(observations, indicator == "convicted" & extent == "national")
convicted[, c("qualifier", "value", "low", "high", "period_start", "period_end", "status", "confidence",
              "stated_by", "source", "note")]
```

In a spreadsheet: import `data/observations.csv` (in Excel *Data*, *From Text/CSV*; in LibreOffice *Open*) as UTF-8 with
commas, and set `as_of`, `period_start` and `period_end` to text, or some dates become others.

In Datasette, with titles, units, sources and search:

```sh
datasette derek.db --metadata metadata.json
```

In SQLite, by words in English, Russian or Kazakh; a star finds every ending:

```sql
SELECT id, value, qualifier, unit_name, period_words, stated_by_name, source_title, source_url
FROM figures
WHERE number IN (SELECT rowid FROM figures_fts WHERE figures_fts MATCH 'сотталған*');
```

`figures_ru` and `figures_kk` say the same in Russian and Kazakh; so do `incidents_in_words_ru` and `_kk`.

## Is it whole

```sh
sha256sum --check SHA256SUMS
derek verify .
```

The second also takes the digest of the rows again. It is SHA-256 over lines of JSON (no spaces, UTF-8, LF): first
`["derek", version, date]`; then for each table, in the order of `release.json`, its name and columns, and each of its
rows, sorted. The same rows have the same digest in every form and on every machine.

## Cite it

{cite}. Name also the body that stated the figure, and the document: `data/sources.csv` has its publisher, title and
address.
"""
PARQUET_ROW = "| `parquet/*.parquet` | the same tables, typed: days, numbers, yes and no; empty is null |\n"
PARQUET_EXAMPLE = """
Or typed already:

```python
import pandas as pd

observations = pd.read_parquet("parquet/observations.parquet")
convicted = observations[(observations["indicator"] == "convicted") & (observations["extent"] == "national")]
print(convicted[["value", "qualifier", "period_start", "period_end", "stated_by", "source"]])
```
"""


def _readme(described: Mapping[str, Any], rows: Rows, facts: Mapping[str, str], parquet: bool) -> str:
    tables = "\n".join(
        f"| `{resource['name']}` | {len(rows[resource['name']])} | {resource['description']} |"
        for resource in described["resources"]
    )
    licence, address = facts.get("licence"), facts.get("licence_address")
    linked = f"[{licence}]({address})" if address else licence
    return README.format(
        **{name: facts[name] for name in ("title", "version", "dated", "release", "cite")},
        licensed=f", licensed under {linked}" if licence else "",
        description=described.get("description", ""),
        tables=tables,
        parquet_row=PARQUET_ROW if parquet else "",
        parquet_example=PARQUET_EXAMPLE if parquet else "",
    )
