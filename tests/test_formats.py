"""The forms of a list beside JSON, each opened with the tool that its users have."""

import csv
import io
import json
import zipfile
from typing import Any

import openpyxl
import pandas as pd
import pytest
from csvw import CSVW
from pyjstat import pyjstat

from app.exports import SDMX
from app.settings import Settings

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {
    "csv": "text/csv",
    "xlsx": SHEET,
    "jsonstat": "application/json",
    "sdmx.csv": "application/vnd.sdmx.data+csv",
    "csv-metadata.json": "application/csvm+json",
}
LISTS = ("stats", "observations", "indicators", "sources", "incidents", "places", "releases", "disagreements")


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def workbook(site: Any, address: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(site.get(address).content))


# --- Which form -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [one for one in FORMS if one != "jsonstat"])
def test_accept_and_suffix_give_the_same_bytes(site, suffix):
    if suffix == "csv-metadata.json":
        address, kind = "/api/sources?limit=3", "application/csvm+json"
    else:
        address, kind = "/api/stats?indicator=convicted&lang=kk", FORMS[suffix]
    by_accept = site.get(address, headers={"accept": f"text/html;q=0.3, {kind};q=0.9, */*;q=0.1"})
    by_suffix = site.get(address.replace("?", f".{suffix}?", 1))
    assert by_accept.headers["content-type"] == by_suffix.headers["content-type"]
    assert by_accept.headers["content-type"].startswith(kind)
    assert "accept" in by_accept.headers["vary"].lower().split(", ")
    if suffix != "csv-metadata.json":
        assert by_accept.content == by_suffix.content
        assert by_accept.headers["etag"] == by_suffix.headers["etag"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("text/csv", "text/csv"),
        ("text/csv;q=0", "application/json"),
        ("text/csv;q=0.4, application/json;q=0.5", "application/json"),
        ("image/png", "application/json"),
        ("text/csv;q=x, ;;,,", "text/csv"),
    ],
)
def test_what_accept_likes_best_is_given_and_json_where_it_likes_nothing_of_ours(client, accept, kind):
    answer = client.get("/api/stats", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
    assert (
        client.get("/api/stats.json", headers={"accept": accept}).headers["content-type"]
        == "application/json"
    )


@pytest.mark.parametrize("name", LISTS)
def test_json_names_every_other_form_and_each_answers(site, name):
    answer = site.get(f"/api/{name}?limit=2")
    links = answer.json()["links"]
    told = {address: link for address, link in links.items() if address not in ("self", "next")}
    assert set(told) == {"csv", "xlsx", "csvw"} | (
        {"jsonstat", "sdmx"} if name == "stats" else {"sdmx"} if name == "observations" else set()
    )
    for address in told.values():
        assert site.get(address).status_code == 200
        assert address in answer.headers["link"]


def test_a_view_that_a_form_cannot_hold_is_refused_and_not_offered(site):
    answer = site.get("/api/stats?view=coverage&indicator=convicted")
    assert not {"jsonstat", "sdmx"} & set(answer.json()["links"])
    for suffix in ("jsonstat", "sdmx.csv"):
        refused = site.get(f"/api/stats.{suffix}?view=coverage")
        assert refused.status_code == 422
        assert [(fault["name"], fault["code"]) for fault in refused.json()["errors"]] == [
            ("view", "does_not_fit")
        ]
    assert site.get("/api/stats.jsonstat?view=observations").status_code == 422
    assert site.get("/api/stats.sdmx.csv?view=observations").status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_the_first_version_of_the_api_has_a_second_name(client, name):
    for suffix in ("", ".csv", ".xlsx"):
        one, other = client.get(f"/api/{name}{suffix}"), client.get(f"/api/v1/{name}{suffix}")
        assert (one.status_code, one.content) == (200, other.content)
        assert one.headers["etag"] == other.headers["etag"]
    assert client.get("/api/v1/nothing").headers["content-type"] == "application/problem+json"
    assert client.get("/api/v10/stats").status_code == 404


# --- How long it stays --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["", ".csv", ".xlsx", ".jsonstat", ".sdmx.csv", ".csv-metadata.json"])
def test_an_answer_of_a_named_release_stays_for_ever_and_is_named_by_it(site, published, suffix):
    now = site.get(f"/api/stats{suffix}?indicator=detained")
    assert "immutable" not in now.headers["cache-control"]
    links = dict(reversed(one.split("; rel=")[:2]) for one in now.headers["link"].split(", "))
    lasting = links['"cite-as"'].strip("<>")
    assert lasting == f"/api/stats{suffix}?indicator=detained&release={published.digest[:12]}"
    kept = site.get(lasting)
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = site.get(lasting, headers={"if-none-match": kept.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == kept.headers["cache-control"]


# --- CSV ----------------------------------------------------------------------------------------------------------


def test_a_spreadsheet_is_told_that_a_file_is_in_utf8(site):
    plain, marked = (site.get(f"/api/indicators.csv?lang=kk&bom={bom}").content for bom in "01")
    assert marked == b"\xef\xbb\xbf" + plain
    assert "Сотталғандар" in plain.decode()
    assert site.get("/api/indicators?bom=1").status_code == 422
    onward = site.get("/api/sources.csv?bom=1&limit=2").links["next"]["url"]
    assert "bom=1" in onward
    assert site.get(onward).content.startswith(b"\xef\xbb\xbf")


def test_pandas_reads_the_csv_with_nothing_said_to_it(site):
    table = pd.read_csv(io.BytesIO(site.get("/api/stats.csv?indicator=convicted").content))
    shown = site.get("/api/stats?indicator=convicted").json()["data"]
    assert list(table["year"].dropna().astype(int)) == [row["year"] for row in shown if row["year"]]
    values = {row["observations"][0]: row["value"] for row in shown if row["value"] is not None}
    read = table.dropna(subset=["value"])
    assert dict(zip(read["observations"].str.split().str[0], read["value"], strict=True)) == values
    assert len(values) > 8


@pytest.mark.parametrize("name", LISTS)
def test_what_describes_a_csv_file_stands_beside_it_and_describes_it(site, name, tmp_path):
    """As the W3C's reader finds it: by the file's address and `-metadata.json`."""
    query = "?limit=20&lang=ru"
    file, beside = site.get(f"/api/{name}.csv{query}"), site.get(f"/api/{name}.csv-metadata.json{query}")
    described = beside.json()
    assert file.links["describedby"]["url"] == f"/api/{name}.csv-metadata.json{query}"
    assert described["url"] == f"{name}.csv{query}"
    assert [column["name"] for column in described["tableSchema"]["columns"]] == file.text.splitlines()[
        0
    ].split(",")
    assert all(column["dc:description"] for column in described["tableSchema"]["columns"])

    (tmp_path / f"{name}.csv").write_bytes(file.content)
    (tmp_path / "m.json").write_text(json.dumps({**described, "url": f"{name}.csv"}), encoding="utf-8")
    (table,) = CSVW(str(tmp_path / "m.json"), validate=True).tables
    rows = list(table)
    assert len(rows) == len(csv_rows(file.text)) > 0
    given = site.get(f"/api/{name}?limit=20&lang=ru").json()["data"]
    for read, row in zip(rows, given, strict=True):
        for column, cell in row.items():
            if column in ("value", "observations", "borderline", "current", "year"):
                assert read[column] == cell or (cell in (None, []) and not read[column])


# --- Workbook -----------------------------------------------------------------------------------------------------


def test_a_workbook_has_the_rows_what_to_know_of_them_and_what_its_columns_hold(site, published):
    book = workbook(site, "/api/stats.xlsx?indicator=convicted&lang=ru")
    assert book.sheetnames == ["data", "notes", "columns"]
    rows = list(book["data"].values)
    expected = csv_rows(site.get("/api/stats.csv?indicator=convicted&lang=ru").text)
    assert list(rows[0]) == list(expected[0])
    assert len(rows) == len(expected) + 1
    year, value = rows[0].index("year"), rows[0].index("value")
    numbers = [row[value] for row in rows[1:]]
    assert [None if not one["value"] else float(one["value"]) for one in expected] == numbers
    assert {type(one) for one in numbers} == {int, type(None)}
    assert {type(row[year]) for row in rows[1:]} <= {int, type(None)}

    notes = dict(list(book["notes"].values))
    assert published.digest in notes["Выпуск"]
    base = Settings().base
    assert notes["Адрес"] == (
        f"{base}/api/stats.xlsx?indicator=convicted&lang=ru&release={published.digest[:12]}"
    )
    total = len(expected)
    assert notes["Строк в этом файле"] == f"{total} из {total}"
    assert any("складывать строки нельзя" in str(said) for said in notes.values())
    told = dict(list(book["columns"].values))
    assert list(told) == list(rows[0])
    assert all(told.values())


def test_a_workbook_has_no_formula_and_no_link_and_the_same_bytes_each_time(client):
    one, other = (client.get("/api/observations.xlsx").content for _ in range(2))
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as parts:
        text = b"".join(parts.read(name) for name in parts.namelist())
    assert b"<f>" not in text
    assert b"hyperlink" not in text


# --- JSON-stat and SDMX -------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Shouldn't use this function anymore:DeprecationWarning")
def test_a_reader_of_json_stat_gets_every_figure_that_has_a_year(site):
    answer = site.get("/api/stats.jsonstat?lang=kk")
    cube = answer.json()
    assert (cube["version"], cube["class"], cube["id"]) == (
        "2.0",
        "dataset",
        ["indicator", "year", "stated_by"],
    )
    read = pyjstat.Dataset.read(answer.text).write("dataframe", naming="id").dropna(subset=["value"])
    shown = site.get("/api/stats?limit=1000").json()["data"]
    expected = {
        (row["indicator"], str(row["year"]), row["stated_by"]): row["value"]
        for row in shown
        if row["year"] and row["value"] is not None
    }
    keys = zip(read["indicator"], read["year"], read["stated_by"], strict=True)
    assert dict(zip(keys, read["value"], strict=True)) == expected
    assert len(expected) > 60
    assert cube["dimension"]["indicator"]["category"]["label"]["convicted"] == "Сотталғандар"
    assert cube["dimension"]["indicator"]["category"]["unit"]["convicted"] == {"label": "адамдар"}


def test_a_cell_of_the_cube_says_what_the_cube_would_hide(site):
    cube = site.get("/api/stats.jsonstat?indicator=convicted").json()
    size, dimension = cube["size"], cube["dimension"]
    years = dimension["year"]["category"]["index"]
    bodies = dimension["stated_by"]["category"]["index"]

    def at(year: str, body: str) -> str:
        return str(years.index(year) * size[2] + bodies.index(body))

    assert cube["value"][at("2019", "knb")] == 140
    assert cube["status"][at("2019", "knb")] == "part_year"
    assert cube["status"][at("2024", "knb")] == "calendar_year"
    assert cube["status"][at("2020", "knb")] == "none_found"
    assert at("2020", "knb") not in cube["value"]
    cell = cube["extension"]["cells"][at("2019", "knb")]
    assert cell["scope"] == "terrorism_religious_extremism"
    assert cell["period"]["end"] == "2019-12-12"
    assert cell["observations"][0] == "s001-convicted"
    assert any("never add rows" in note for note in cube["note"])


def test_sdmx_names_its_concepts_and_says_of_which_days_a_figure_is(site):
    text = site.get("/api/observations.sdmx.csv?limit=1000").text
    rows = csv_rows(text)
    assert tuple(rows[0]) == SDMX
    assert len(rows) == site.get("/api/observations").json()["meta"]["total"]
    one = next(row for row in rows if row["OBS_ID"] == "s001-convicted")
    assert (one["TIME_PERIOD"], one["OBS_VALUE"], one["OBS_STATUS"]) == ("2019-01-01/P346D", "140", "A")
    assert (one["INDICATOR"], one["REF_AREA"], one["STATED_BY"]) == ("convicted", "KZ", "knb_atc")
    assert (one["STRUCTURE"], one["STRUCTURE_ID"], one["ACTION"]) == ("dataflow", "DEREK:FIGURES(1.0)", "I")
    assert one["COMMENT_OBS"] == "Kazinform retells the same number as detained and jailed."
    notes = csv_rows(site.get("/api/observations.csv?limit=1000").text)
    assert {row["OBS_ID"]: row["COMMENT_OBS"] for row in rows} == {row["id"]: row["note"] for row in notes}
    whole = next(row for row in rows if row["OBS_ID"] == "s000-convicted-2024")
    assert (whole["TIME_PERIOD"], whole["UNIT_MEASURE"], whole["UNIT_MULT"]) == ("2024", "people", "0")
    assert {row["OBS_STATUS"] for row in rows} == {"A", "U", "O"}
    for row in rows:
        assert (row["OBS_STATUS"] == "O") == (
            not row["OBS_VALUE"] and not row["OBS_LOW"] and not row["OBS_HIGH"]
        )
        assert row["TIME_PERIOD"] or row["PERIOD_KIND"] in (
            "undefined",
            "part_year",
            "point",
            "multi_year",
            "event",
        )


@pytest.mark.parametrize("name", ["stats", "observations"])
def test_no_description_of_another_file_is_given_for_sdmx(site, name):
    assert "describedby" not in site.get(f"/api/{name}.sdmx.csv").headers["link"]
    assert "describedby" in site.get(f"/api/{name}.csv").headers["link"]


@pytest.mark.parametrize("suffix", [".jsonstat", ".csv-metadata.json"])
def test_notes_that_travel_with_a_file_give_a_whole_address(site, suffix):
    told = site.get(f"/api/stats{suffix}?indicator=convicted").json()
    said = told["note"] if suffix == ".jsonstat" else [note["said"] for note in told["notes"]]
    assert any(note.startswith(f"{Settings().base}/api/stats.") and "release=" in note for note in said)


def test_a_year_without_a_figure_is_no_zero_in_sdmx(site):
    rows = csv_rows(site.get("/api/stats.sdmx.csv?indicator=convicted").text)
    empty = next(row for row in rows if row["TIME_PERIOD"] == "2020")
    assert (empty["OBS_VALUE"], empty["OBS_STATUS"], empty["RECORD_STATUS"]) == ("", "O", "none_found")
    assert "2020" in empty["COMMENT_OBS"] or empty["COMMENT_OBS"]


# --- Changes ------------------------------------------------------------------------------------------------------


def test_changes_say_what_a_copy_has_to_add_and_to_mend(client):
    rows = client.get("/api/changes").json()["data"]
    mended = [row for row in rows if row["kind"] == "correction"]
    assert [(row["observation"], row["field"], row["version"]) for row in mended] == [
        ("prosecuted-2016", "value", "2026.11.0")
    ]
    assert all(row["field"] is None and row["reason"] is None for row in rows if row["kind"] == "addition")
    assert len(rows) == 1 + 24
    assert client.get("/api/changes?since=2026.11.0").json()["data"] == []
    assert len(client.get("/api/changes?since=2026-11-21").json()["data"]) == 24
    assert client.get("/api/changes?since=2999-01-01").json()["meta"]["total"] == 0
    assert client.get("/api/changes?kind=correction,withdrawal").json()["data"] == mended
    assert client.get("/api/changes?kind=gone").status_code == 422
    assert client.get("/api/changes?since=a%20b").status_code == 422


@pytest.mark.parametrize(
    "since",
    [
        "abc",
        "v2026.11.0",
        "2026.11",
        "2026-11",
        "2026-13-45",
        "2026-02-30",
        "2026.11.10",
        "2027.1.1",
        "2026.10.9",
    ],
)
def test_changes_since_nothing_that_is_known_are_refused(client, since):
    """Whoever keeps a copy would take every row for new, or none."""
    answer = client.get(f"/api/changes?since={since}")
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["name"] == "since"
    assert "2026.11.0" in fault["reason"]
    assert client.get(f"/api/changes.csv?since={since}").status_code == 422


def test_a_version_that_is_nearly_written_right_is_suggested(client):
    (fault,) = client.get("/api/changes?since=v2026.11.0").json()["errors"]
    assert fault["did_you_mean"] == "2026.11.0"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Nothing was added or changed since 2026.11.0."),
        ("ru", "Ничего не добавлено и не изменено после 2026.11.0."),
        ("kk", "2026.11.0 кейін ештеңе қосылмады және өзгертілмеді."),
    ],
)
def test_a_copy_that_is_up_to_date_is_told_so(client, language, said):
    assert client.get(f"/api/changes?since=2026.11.0&lang={language}").json()["meta"]["notes"] == [said]
    digest = client.get("/api/releases").json()["meta"]["release"]
    assert client.get(f"/api/changes?since={digest[:12]}").json()["meta"]["total"] == 0


def test_a_withdrawn_figure_leaves_a_tombstone(serve, tmp_path, world_folder):
    from datetime import date

    from app import seed
    from app.database import Database

    withdrawn = seed.withdraw(
        world_folder, "prosecuted-2016", "It was read from another year.", date(2026, 11, 23)
    )
    with serve(Database(f"sqlite:///{tmp_path}/derek.db"), withdrawn) as client:
        (row,) = client.get("/api/changes?kind=withdrawal").json()["data"]
        assert (row["observation"], row["tombstone"]) == ("prosecuted-2016", True)
        assert row["reason"] == "It was read from another year."
        there = client.get(row["links"]["observation"]).json()["data"]
        assert there["status"] == "withdrawn"
