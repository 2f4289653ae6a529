"""CSV and JSON: the same rows, cell by cell, in a form that spreadsheets cannot misread."""

import csv
import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from app import exports

LISTS: dict[str, type[BaseModel]] = {
    "stats": exports.StatsRow,
    "stats?view=coverage": exports.CoverageRow,
    "stats?view=observations": exports.ObservationOut,
    "observations": exports.ObservationOut,
    "indicators": exports.IndicatorOut,
    "sources": exports.SourceOut,
    "incidents": exports.IncidentOut,
    "places": exports.PlaceOut,
    "releases": exports.ReleaseOut,
}


def table(answer):
    """Header and rows of a CSV answer."""
    header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8"), newline=""))
    return header, rows


def flat(row):
    """A row of JSON as the CSV has it, by the documented rules."""
    cells: dict[str, Any] = {}
    for name, cell in row.items():
        if isinstance(cell, dict):
            cells |= {f"{name}_{inner}": value for inner, value in cell.items()} if name != "links" else {}
        else:
            cells[name] = cell
    return {name: written(cell) for name, cell in cells.items()}


def written(cell):
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    return " ".join(cell) if isinstance(cell, list) else str(cell)


def as_csv_of(path):
    name, mark, query = path.partition("?")
    return f"/api/{name}.csv{mark}{query}"


@pytest.mark.parametrize("path", LISTS)
def test_a_file_holds_what_the_json_holds_cell_by_cell(client, path):
    assert_the_same(client, path)


@pytest.mark.parametrize("path", LISTS)
def test_a_file_of_published_figures_holds_what_the_json_holds(site, path):
    assert_the_same(site, path)


def assert_the_same(reader, path):
    joint = "&" if "?" in path else "?"
    rows = reader.get(f"/api/{path}{joint}limit=1000&lang=ru").json()["data"]
    header, cells = table(reader.get(as_csv_of(f"{path}{joint}limit=1000&lang=ru")))
    assert header == exports.columns(LISTS[path])
    assert [dict(zip(header, row, strict=True)) for row in cells] == [flat(row) for row in rows]
    assert rows


@pytest.mark.parametrize("path", LISTS)
def test_a_file_is_utf_8_with_line_ends_of_rfc_4180_and_a_name(client, path):
    answer = client.get(as_csv_of(path))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.content.endswith(b"\r\n")
    assert b"\n" not in answer.content.replace(b"\r\n", b"")
    assert not answer.content.startswith(b"\xef\xbb\xbf")
    name = path.partition("?")[0]
    assert re.fullmatch(
        rf'attachment; filename="derek-{name}[a-z0-9.-]*-2026\.11\.0\.csv"',
        answer.headers["content-disposition"],
    )
    assert answer.headers["derek-release"] == client.get("/api/health/ready").json()["release"]


def test_the_order_of_columns_is_in_the_contract(client):
    told = client.get("/api/openapi.json").json()["paths"]
    for path, shape in LISTS.items():
        description = told[f"/api/{path.partition('?')[0]}.csv"]["get"]["description"]
        assert " ".join(exports.columns(shape)) in description


def test_no_figure_is_no_zero_in_a_file(client):
    header, rows = table(client.get("/api/stats.csv?indicator=attacks,detained&from=2020&to=2023"))
    value, status = header.index("value"), header.index("status")
    assert [(row[value], row[status]) for row in rows] == [
        ("0", "value"),
        ("", "none_found"),
        ("", "none_found"),
        ("", "none_found"),
        ("", "none_found"),
        ("", "none_found"),
        ("", "no_headline"),
        ("", "unquantified"),
    ]


def test_a_file_says_in_its_name_what_is_in_it_and_whether_that_is_all(client):
    def name(path):
        return (
            client.get(f"/api/{path}").headers["content-disposition"].partition('filename="')[2].rstrip('"')
        )

    assert name("stats.csv?indicator=convicted,detained&from=2019&to=2020") == (
        "derek-stats-convicted-detained-2019-01-01-2020-12-31-2026.11.0.csv"
    )
    assert name("stats.csv?view=coverage") == "derek-stats-coverage-2026.11.0.csv"
    assert name("sources.csv?limit=2") == "derek-sources-incomplete-2026.11.0.csv"
    answer = client.get("/api/sources.csv?limit=2")
    assert answer.headers["derek-total"] == "18"
    onward = re.search(r'<([^>]+)>; rel="next"', answer.headers["link"])
    assert onward
    assert len(table(client.get(onward[1]))[1]) == 2


def test_a_file_holds_more_than_a_page_where_no_limit_is_asked(site):
    everything = site.get("/api/observations?limit=1").json()["meta"]["total"]
    assert len(site.get("/api/observations").json()["data"]) == 200 < everything
    assert len(table(site.get("/api/observations.csv"))[1]) == min(1000, everything)


class Cells(BaseModel):
    text: str
    number: float | None
    words: list[str]
    links: dict[str, str] = {}


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+7", "'+7"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ('"=1', "'\"=1"),
        ("'=1", "''=1"),
        ("\t1", "'\t1"),
        ("\r1", "'\r1"),
        ("＝1", "'＝1"),
        ("-", "'-"),
        ("a-b", "a-b"),
        ("2019-12", "2019-12"),
        ("'quoted'", "'quoted'"),
        ("", ""),
        (" ", " "),
    ],
)
def test_no_text_is_run_as_a_formula(text, cell):
    _, row = csv.reader(
        io.StringIO(exports.as_csv([Cells(text=text, number=1, words=[])], Cells), newline="")
    )
    assert row == [cell, "1.0", ""]


def test_numbers_are_never_touched():
    out = exports.as_csv(
        [Cells(text="", number=-5, words=[]), Cells(text="", number=None, words=["a", "b"])], Cells
    )
    assert out == "text,number,words\r\n,-5.0,\r\n,,a b\r\n"


@given(
    st.text(),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.text("abc-=", min_size=1)),
)
def test_what_was_written_can_be_read_again(text, number, words):
    out = exports.as_csv([Cells(text=text, number=number, words=words)], Cells)
    header, row = csv.reader(io.StringIO(out, newline=""))
    assert header == ["text", "number", "words"]
    assert unmarked(row[0]) == text
    assert row[1] == ("" if number is None else str(number))
    assert unmarked(row[2]) == " ".join(words)


def unmarked(cell):
    """A cell without the apostrophe that keeps a spreadsheet from running it."""
    return cell[1:] if cell.startswith("'") and exports.FORMULA.match(cell[1:]) else cell
