"""The API over HTTP: what each address gives, and what it refuses in which words."""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app import seed
from app.database import Database
from app.deps import AskedStats
from app.i18n import LANGUAGES
from app.models import Observation, Text
from app.watching import GLANCE

LISTS = (
    "stats", "observations", "indicators", "sources", "incidents", "places", "releases", "disagreements", "changes",
)  # fmt: skip
SINGLES = (
    "observations/convicted-2024",
    "indicators/convicted",
    "sources/knb-2025",
    "incidents/2017-04-shymkent",
)
COMPARE_NOTHING = (
    "Figures of different stages, scopes, populations, bodies or kinds of period are not comparable; "
    "never add rows."
)
NULL_IS_NO_ZERO = "A null value is never zero: status or qualifier says what it is."


def data(client, path, status=200):
    answer = client.get(f"/api/{path}")
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def ids(client, path):
    return [row.get("id") or row.get("code") for row in data(client, path)]


def faults(client, path):
    """The faults of a refusal, by parameter: code and what was likely meant."""
    answer = client.get(f"/api/{path}")
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return [(one["name"], one["code"], one.get("did_you_mean")) for one in answer.json()["errors"]]


# --- What is given ------------------------------------------------------------------------------------------


def test_an_answer_holds_rows_what_it_is_made_of_and_where_to_go_on(client, world):
    answer = client.get("/api/stats?indicator=convicted&from=2024&to=2024")
    assert answer.json() == {
        "data": [
            {
                "indicator": "convicted",
                "year": 2024,
                "value": 84,
                "low": 84,
                "high": 84,
                "qualifier": "exact",
                "unit": "people",
                "status": "value",
                "period": {
                    "start": "2024-01-01",
                    "end": "2024-12-31",
                    "kind": "calendar_year",
                    "words": "the year 2024",
                },
                "scope": "terrorism",
                "population": "all",
                "place": "KZ",
                "extent": "national",
                "stated_by": "knb",
                "as_of": "2025-01-30",
                "rule": "official_latest",
                "observations": ["convicted-2024"],
                "n_origins": 1,
                "others": ["convicted-2024-ytd"],
                "retold": [],
                "searched_on": "2026-11-22",
                "caveat": None,
                "label": "People convicted",
                "links": {
                    "indicator": "/api/indicators/convicted",
                    "observation": "/api/observations/convicted-2024",
                    "source": "/api/sources/knb-2025",
                    "page": "/en/sources/knb-2025#convicted-2024",
                },
            }
        ],
        "meta": {
            "release": world.digest,
            "version": "2026.11.0",
            "dated": "2026-11-22",
            "as_of": None,
            "lang": "en",
            "view": "series",
            "rule": "official_latest",
            "count": 1,
            "total": 1,
            "hidden_by_as_of": None,
            "units": {"people": "people"},
            "license": "CC-BY-4.0",
            "notes": [NULL_IS_NO_ZERO, COMPARE_NOTHING],
        },
        "links": {
            "self": "/api/stats?indicator=convicted&from=2024&to=2024",
            "next": None,
            **{
                name: f"/api/stats.{suffix}?indicator=convicted&from=2024&to=2024"
                for name, suffix in {
                    "csv": "csv",
                    "xlsx": "xlsx",
                    "jsonstat": "jsonstat",
                    "sdmx": "sdmx.csv",
                    "csvw": "csv-metadata.json",
                }.items()
            },
        },
    }
    assert answer.headers["derek-release"] == world.digest
    assert answer.headers["content-language"] == "en"
    asked = "indicator=convicted&from=2024&to=2024"
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert answer.headers["link"].split(", ") == [
        f'</api/stats.csv?{asked}>; rel="alternate"; type="text/csv"',
        f'</api/stats.xlsx?{asked}>; rel="alternate"; type="{sheet}"',
        f'</api/stats.jsonstat?{asked}>; rel="alternate"; type="application/json"',
        f'</api/stats.sdmx.csv?{asked}>; rel="alternate"; type="application/vnd.sdmx.data+csv"',
        f'</api/stats.csv-metadata.json?{asked}>; rel="describedby"; type="application/csvm+json"',
        f'</api/stats?{asked}&release={world.digest[:12]}>; rel="cite-as"',
        '<https://creativecommons.org/licenses/by/4.0/>; rel="license"',
        '</api/openapi.json>; rel="service-desc"',
    ]


def test_an_observation_says_who_said_it_when_about_which_days_and_where_in_which_document(client):
    assert data(client, "observations/convicted-past-years") == {
        "id": "convicted-past-years",
        "indicator": "convicted",
        "value": None,
        "low": 20,
        "high": 30,
        "qualifier": "range",
        "unit": "people",
        "extent": "national",
        "period": {"start": None, "end": None, "kind": "undefined", "words": "the past few years"},
        "as_of": None,
        "as_of_basis": "unknown",
        "scope": "terrorism_extremism",
        "population": "all",
        "place": "KZ",
        "place_stated": "",
        "stated_by": "knb_atc",
        "stated_as": "",
        "source": "atc-undated",
        "locator": "paragraph 2",
        "origin": "or-atc-undated",
        "incident": None,
        "part_of": None,
        "status": "current",
        "recorded": "2026-11-22",
        "confidence": "medium",
        "paraphrase": "From 20 to 30 people were convicted in the past few years.",
        "note": "",
        "links": {
            "observation": "/api/observations/convicted-past-years",
            "source": "/api/sources/atc-undated",
            "page": "/en/sources/atc-undated#convicted-past-years",
        },
    }


def test_zero_none_found_no_number_and_no_headline_stay_apart(client):
    def told(path):
        rows = data(client, f"stats?{path}")
        return [(row["year"], row["value"], row["status"], row["qualifier"], row["others"]) for row in rows]

    assert told("indicator=attacks&from=2020&to=2021") == [
        (2020, 0, "value", "exact", []),
        (2021, None, "none_found", None, []),
    ]
    assert told("indicator=detained&from=2020&to=2023") == [
        (2020, None, "none_found", None, ["detained-2020-operation"]),
        (2021, None, "none_found", None, []),
        (2022, None, "no_headline", None, ["detained-2022"]),
        (2023, None, "unquantified", "unspecified", []),
    ]


def test_what_no_year_can_hold_has_no_year(client):
    assert [
        (row["year"], row["period"]["kind"], row["value"], row["low"], row["high"], row["rule"])
        for row in data(client, "stats?indicator=convicted,foiled_plots,prisoners_held,gti_score")
        if row["year"] is None
    ] == [
        (None, "undefined", None, 20, 30, "latest_alike"),
        (None, "multi_year", 60, None, None, "latest_alike"),
        (None, "point", 2.5, 2.5, 2.5, "latest_alike"),
        (None, "point", 200, None, 200, "latest_alike"),
    ]


def test_one_briefing_retold_is_one_origin_and_the_other_stage_is_named(client):
    (row,) = data(client, "stats?indicator=convicted&from=2019&to=2019")
    assert (row["value"], row["observations"], row["n_origins"]) == (140, ["convicted-2019-ytd"], 1)
    assert row["retold"] == ["detained-2019-retold"]
    assert "another legal stage" in row["caveat"]


def test_coverage_says_how_well_each_year_is_known(client):
    rows = data(client, "stats?view=coverage&indicator=convicted&from=2013-06&to=2015-02")
    assert [(row["year"], row["state"], row["observations"]) for row in rows] == [
        (2013, "none_found", []),
        (2014, "other_body", ["convicted-2014-court"]),
        (2015, "none_found", []),
    ]
    assert set(rows[0]) == {"indicator", "year", "state", "observations", "searched_on", "label", "links"}
    assert client.get("/api/stats?view=coverage").json()["meta"]["notes"] == [COMPARE_NOTHING]


def test_all_observations_come_in_the_order_of_their_ids(client, world):
    everything = sorted(one.id for one in world.tables[Observation])
    assert ids(client, "observations") == everything
    assert ids(client, "stats?view=observations") == everything


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("indicator=attacks,prosecuted", ["attacks-2020", "prosecuted-2016"]),
        ("indicator=attacks&indicator=prosecuted", ["attacks-2020", "prosecuted-2016"]),
        ("scope=terrorism_extremism", ["convicted-past-years"]),
        ("population=foreigners", ["convicted-2024-foreigners"]),
        (
            "place=KZ-15,ABROAD&indicator=detained,foiled_plots",
            ["detained-2020-operation", "foiled-2024-abroad"],
        ),
        ("stated_by=knb_atc", ["convicted-past-years", "detained-2025-ytd"]),
        ("stated_by=knb&from=2025", ["convicted-2023-again", "detained-2025-ytd"]),
        ("source=pgo-2017", ["links-2016", "prosecuted-2016"]),
        ("incident=2016-06-aktobe", ["killed-first-day", "killed-third-day"]),
        ("period_kind=multi_year", ["foiled-2013-2017"]),
        ("from=2013&to=2015", ["convicted-2014-court", "foiled-2013-2017"]),
        ("to=2014", ["convicted-2014-court", "foiled-2013-2017"]),
        ("from=2025-07", ["detained-2025-ytd"]),
        ("as_of=2015-02-27", []),
        ("as_of=2015-02", ["convicted-2014-court"]),
    ],
)
def test_a_filter_leaves_what_fits(client, filters, expected):
    assert ids(client, f"observations?{filters}") == expected
    assert ids(client, f"stats?view=observations&{filters}") == expected


def test_what_had_not_been_said_by_a_day_is_hidden_and_counted(client):
    answer = client.get("/api/stats?indicator=convicted&as_of=2024-12-31&from=2024").json()
    assert [(row["year"], row["value"]) for row in answer["data"]] == [(2024, 71)]
    assert answer["meta"]["as_of"] == "2024-12-31"
    assert answer["meta"]["hidden_by_as_of"] == 3
    meta = client.get("/api/observations?indicator=convicted&as_of=2019-12-12").json()["meta"]
    assert (meta["count"], meta["hidden_by_as_of"]) == (2, 7)


def test_years_without_a_figure_are_not_made_up_where_a_filter_may_have_left_it_out(client):
    years = {row["year"] for row in data(client, "stats?indicator=convicted&from=2013&to=2016")}
    assert years == {2013, 2014, 2015, 2016}
    assert data(client, "stats?indicator=convicted&from=2013&to=2016&gaps=0") == data(
        client, "stats?indicator=convicted&from=2013&to=2016&scope=terrorism"
    )
    notes = client.get("/api/stats?indicator=convicted&scope=terrorism").json()["meta"]["notes"]
    assert notes[2:] == [
        "Each figure was picked among those that fit the filters; years without one are left out."
    ]


def test_what_an_indicator_counts(client):
    found = data(client, "indicators/detained?lang=ru")
    assert found["name"] == "Задержаны"
    assert {name: found[name] for name in ("code", "unit", "kind", "legal_stage", "leading_body")} == {
        "code": "detained",
        "unit": "people",
        "kind": "flow",
        "legal_stage": "detained",
        "leading_body": "knb",
    }
    assert found in data(client, "indicators?lang=ru")


def test_a_document_comes_with_the_figures_taken_from_it(client):
    found = data(client, "sources/knb-2025")
    figures = found.pop("observations")
    assert found in data(client, "sources")
    assert [one["id"] for one in figures] == [
        "convicted-2024",
        "convicted-2024-foreigners",
        "foiled-2024",
        "foiled-2024-abroad",
    ]
    assert figures[0] == data(client, "observations/convicted-2024")


def test_an_incident_comes_with_who_called_it_what(client):
    found = data(client, "incidents/2017-04-shymkent")
    assert found.pop("observations") == []
    assert found.pop("sources") == ["programme"]
    assert found.pop("classifications") == [
        {
            "label": "other",
            "by": "defence lawyers",
            "as_of": "2018",
            "source": "programme",
            "locator": "paragraph 41",
            "note": "They deny that there was a plot.",
        },
        {
            "label": "terrorism",
            "by": "the Government",
            "as_of": "2018-03-15",
            "source": "programme",
            "locator": "paragraph 40",
            "note": "",
        },
    ]
    assert found in data(client, "incidents?outcome=foiled")
    assert ids(client, "incidents?from=2016-06-05&to=2016-06-05") == ["2016-06-aktobe"]
    assert ids(client, "incidents?place=KZ-79") == ["2017-04-shymkent"]


def test_a_former_region_names_those_on_its_ground(client):
    places = {row["code"]: row for row in data(client, "places")}
    assert places["KZ-YUZ"]["successors"]
    assert set(places["KZ-YUZ"]["successors"]) <= set(places)
    assert places["KZ"]["lat"] == 48.0


def test_codes_stay_in_every_language_and_labels_change(client):
    english, russian, kazakh = (
        data(client, f"stats?indicator=attacks&lang={lang}") for lang in ("en", "ru", "kk")
    )
    wordy = ("label", "caveat", "links")
    for rows in (russian, kazakh):
        assert [{k: v for k, v in row.items() if k not in wordy} for row in rows] == [
            {k: v for k, v in row.items() if k not in wordy} for row in english
        ]
    assert len({rows[0]["label"] for rows in (english, russian, kazakh)}) == 3
    answer = client.get("/api/stats?indicator=attacks&lang=kk")
    assert answer.headers["content-language"] == answer.json()["meta"]["lang"] == "kk"


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_the_same_with_json_after_its_path(client, name):
    plain, suffixed = client.get(f"/api/{name}?limit=3"), client.get(f"/api/{name}.json?limit=3")
    assert suffixed.status_code == 200
    assert suffixed.json()["data"] == plain.json()["data"]
    assert suffixed.json()["links"]["csv"] == plain.json()["links"]["csv"] == f"/api/{name}.csv?limit=3"


@pytest.mark.parametrize(
    ("path", "reasons"),
    [
        ("stats?place=KZ-15&from=1950&to=1951", ["place=KZ-15, from=1950-01-01, to=1951-12-31", "no date"]),
        (
            "observations?indicator=convicted&as_of=2014",
            ["indicator=convicted, as_of=2014-12-31", "as_of, since stated later or on a day not known: 9"],
        ),
        ("stats?indicator=killed_total", ["indicator=killed_total", "view=observations: 2"]),
        ("incidents?outcome=failed", ["outcome=failed"]),
    ],
)
def test_an_empty_answer_says_why(client, path, reasons):
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    notes = " ".join(answer.json()["meta"]["notes"])
    for reason in reasons:
        assert reason in notes


# --- Pages of a list, and releases --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [*LISTS, "stats?view=coverage", "stats?view=observations", "stats?as_of=2019&lang=ru"]
)
@pytest.mark.parametrize("most", [7, 40])
def test_pages_of_a_list_follow_each_other_without_gap_or_overlap(client, path, most):
    whole = client.get(f"/api/{path}").json()
    joined, address = [], f"/api/{path}{'&' if '?' in path else '?'}limit={most}"
    while address:
        answer = client.get(address)
        page = answer.json()
        assert page["meta"]["count"] == len(page["data"]) <= most
        assert page["meta"]["total"] == whole["meta"]["total"] == len(whole["data"])
        assert (f'<{page["links"]["next"]}>; rel="next"' in answer.headers["link"]) == bool(
            page["links"]["next"]
        )
        joined += page["data"]
        address = page["links"]["next"]
    unpinned = json.loads(
        json.dumps(joined)
        .replace(f"?release={whole['meta']['release'][:12]}", "")
        .replace(f"&release={whole['meta']['release'][:12]}", "")
    )
    if not path.startswith("releases"):
        assert unpinned == whole["data"]
    assert len(joined) == len(whole["data"])


@pytest.fixture
def two(database: Database, world: seed.Package, revised: Any, serve: Any) -> Iterator[TestClient]:
    """A reader of a site that holds two releases, the second of them current."""
    with serve(database, world, revised(world, "2026.11.1", 1000)) as client:
        yield client


def test_an_old_release_stays_readable_by_digest_its_beginning_and_version(two, world):
    current = data(two, "observations/convicted-2024")
    assert current["value"] == 1084
    for name in (world.digest, world.digest[:8], "2026.11.0"):
        answer = two.get(f"/api/observations/convicted-2024?release={name}").json()
        assert (answer["data"]["value"], answer["meta"]["release"]) == (84, world.digest)
        (row,) = data(two, f"stats?indicator=convicted&from=2024&to=2024&release={name}")
        assert row["value"] == 84
    for name in (world.digest[:7], world.digest[:-1] + "x", "2026.11", "", "%00", "%25", "_" * 8):
        assert faults(two, f"stats?release={name}") == [("release", "unknown_release", None)]


def test_an_unknown_release_is_refused_with_those_there_are(two, world):
    (fault,) = two.get("/api/stats?release=2026.10").json()["errors"]
    (newest, _) = data(two, "releases")
    known = f"2026.11.1 ({newest['release'][:12]}), 2026.11.0 ({world.digest[:12]})"
    assert fault["reason"] == f"is no release of this server; there is {known}"


def test_links_of_an_answer_stay_in_the_release_that_was_named(two):
    for path in (
        "stats?release=2026.11.0",
        "sources/knb-2025?release=2026.11.0",
        "incidents?release=2026.11.0",
    ):
        for link in links(two.get(f"/api/{path}").json()["data"]):
            if link.startswith("/api/"):
                assert two.get(link).json()["meta"]["version"] == "2026.11.0", link
            else:
                assert "2026.11.0" in two.get(link).text, link


def test_releases_come_newest_first(two, world):
    rows = data(two, "releases")
    assert [(row["version"], row["current"]) for row in rows] == [("2026.11.1", True), ("2026.11.0", False)]
    assert {name: rows[1][name] for name in ("release", "dated")} == {
        "release": world.digest,
        "dated": "2026-11-22",
    }
    first = two.get("/api/releases?limit=1").json()
    assert first["data"] == rows[:1]
    assert [row["version"] for row in two.get(first["links"]["next"]).json()["data"]] == ["2026.11.0"]


@pytest.mark.parametrize("path", ["observations?limit=5", "stats?limit=5", "sources?limit=5"])
def test_a_list_goes_on_in_the_release_it_began_in(database, world, path, revised, serve):
    with serve(database, world) as client:
        first = client.get(f"/api/{path}").json()
        then = client.get(first["links"]["next"]).json()
        seed.load(revised(world, "2026.11.1", 1000), database)
        assert client.get("/api/health/ready").json()["version"] == "2026.11.1"
        assert client.get(first["links"]["next"]).json() == then
        assert then["meta"]["release"] == world.digest
        pinned = f"{first['links']['next']}&release={world.digest[:8]}"
        assert client.get(pinned).json()["data"] == then["data"]
        (fault,) = client.get(f"{first['links']['next']}&release=2026.11.1").json()["errors"]
        assert (fault["name"], fault["code"]) == ("cursor", "other_release")


def test_a_list_of_releases_goes_on_where_it_was_although_one_has_come_in_front(
    database, world, revised, serve
):
    with serve(database, world, revised(world, "2026.11.1", 1000)) as client:
        onward = client.get("/api/releases?limit=1").json()["links"]["next"]
        seed.load(revised(world, "2026.11.2", 2000), database)
        assert [row["version"] for row in client.get(onward).json()["data"]] == ["2026.11.0"]


def cursor(client, path):
    return client.get(f"/api/{path}").json()["links"]["next"].partition("cursor=")[2]


def test_a_cursor_fits_the_question_it_came_from(client):
    mark = cursor(client, "observations?limit=1&indicator=convicted")
    assert (
        client.get(f"/api/observations?indicator=convicted&lang=kk&limit=2&cursor={mark}").status_code == 200
    )
    assert client.get(f"/api/observations.csv?indicator=convicted&cursor={mark}").status_code == 200
    for path in (
        "observations",
        "observations?indicator=detained",
        "stats?indicator=convicted",
        "sources",
        "releases",
    ):
        joint = "&" if "?" in path else "?"
        assert faults(client, f"{path}{joint}cursor={mark}") == [("cursor", "other_question", None)]


@pytest.mark.parametrize(
    "place",
    [-1, 10**9, True, None, 1.5, [], "", "\x00", "a b", "\ud800", "x" * 121, {"a": 1}, "convicted'--"],
)
def test_a_cursor_that_was_made_up_is_refused(client, place):
    release, question, _ = json.loads(base64.urlsafe_b64decode(cursor(client, "observations?limit=1") + "=="))
    mark = base64.urlsafe_b64encode(json.dumps([release, question, place]).encode()).decode().rstrip("=")
    (fault,) = faults(client, f"observations?limit=1&cursor={mark}")
    assert fault[0] == "cursor"


@pytest.mark.parametrize(
    "mark", ["", "x", "....", "%00", "%ED%A0%80", "WzFd", "bnVsbA", "9" * 4000, "қ", "=" * 9]
)
def test_a_cursor_that_is_none_is_refused(client, mark):
    assert {name for name, _, _ in faults(client, f"sources?cursor={mark}")} == {"cursor"}


def test_a_cursor_of_a_release_that_is_not_here_is_refused(client):
    _, question, place = json.loads(base64.urlsafe_b64decode(cursor(client, "sources?limit=1") + "=="))
    mark = base64.urlsafe_b64encode(json.dumps(["0" * 16, question, place]).encode()).decode()
    assert faults(client, f"sources?cursor={mark}") == [("cursor", "unknown_release", None)]


# --- What is refused ----------------------------------------------------------------------------------------


def test_a_refusal_lists_every_fault_with_what_was_likely_meant(client, world):
    address = "/api/stats?indcator=convicted&from=20x9&limit=1e3&scope=terorism&view=covrage&gaps=1&gaps=0&release=1"
    answer = client.get(address)
    assert answer.status_code == 422
    assert answer.json() == {
        "type": "/problems/bad-parameter",
        "title": "Some parameters cannot be used",
        "status": 422,
        "detail": "7 faults; nothing was guessed.",
        "instance": address,
        "errors": [
            {"in": "query", "name": "gaps", "code": "repeated", "reason": "stands 2 times; once is right"},
            {
                "in": "query",
                "name": "limit",
                "code": "bad_value",
                "reason": "'1e3' is not a whole number from 1 to 1000",
            },
            {
                "in": "query",
                "name": "from",
                "code": "bad_date",
                "reason": "'20x9' is no date; write 2019-12-12, or 2019-12 or 2019 where no more is known",
            },
            {
                "in": "query",
                "name": "view",
                "code": "unknown_code",
                "reason": "is one of series, observations, coverage",
                "did_you_mean": "coverage",
            },
            {
                "in": "query",
                "name": "indcator",
                "code": "unknown_parameter",
                "reason": "is not a parameter of this address",
                "did_you_mean": "indicator",
            },
            {
                "in": "query",
                "name": "release",
                "code": "unknown_release",
                "reason": f"is no release of this server; there is 2026.11.0 ({world.digest[:12]})",
            },
            {
                "in": "query",
                "name": "scope",
                "code": "unknown_code",
                "reason": "'terorism' is no scope of this release",
                "did_you_mean": "terrorism",
            },
        ],
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("stats?yaer=2020", [("yaer", "unknown_parameter", None)]),
        ("stats?indicators=convicted", [("indicators", "unknown_parameter", "indicator")]),
        ("stats?format=csv", [("format", "unknown_parameter", None)]),
        ("indicators?indicator=convicted", [("indicator", "unknown_parameter", None)]),
        ("indicators/convicted?limit=1", [("limit", "unknown_parameter", None)]),
        ("incidents?indicator=convicted", [("indicator", "unknown_parameter", None)]),
        ("stats?since=2019", [("since", "unknown_parameter", None)]),
        ("stats?indicator=convictd", [("indicator", "unknown_code", "convicted")]),
        ("stats?indicator=", [("indicator", "unknown_code", None)]),
        ("stats?indicator=convicted,", [("indicator", "unknown_code", None)]),
        ("stats?indicator=Convicted", [("indicator", "unknown_code", "convicted")]),
        ("stats?population=foreigner", [("population", "unknown_code", "foreigners")]),
        ("stats?place=KZ-99", [("place", "unknown_code", "KZ-79")]),
        ("stats?stated_by=kbn", [("stated_by", "unknown_code", "knb")]),
        ("stats?source=knb-2052", [("source", "unknown_code", "knb-2025")]),
        ("stats?incident=2017-04-shimkent", [("incident", "unknown_code", "2017-04-shymkent")]),
        ("stats?period_kind=calender_year", [("period_kind", "unknown_code", "calendar_year")]),
        ("incidents?outcome=foild", [("outcome", "unknown_code", "foiled")]),
        ("stats?lang=kz", [("lang", "unknown_code", None)]),
        ("stats?lang=", [("lang", "unknown_code", None)]),
        ("stats?gaps=true", [("gaps", "unknown_code", None)]),
        ("stats?limit=0", [("limit", "bad_value", None)]),
        ("stats?limit=1001", [("limit", "bad_value", None)]),
        ("stats?limit=-1", [("limit", "bad_value", None)]),
        ("stats?limit=1_000", [("limit", "bad_value", None)]),
        ("stats?limit=%2B5", [("limit", "bad_value", None)]),
        ("stats?limit=5.0", [("limit", "bad_value", None)]),
        ("stats?limit=", [("limit", "bad_value", None)]),
        ("stats?limit=-175146927001730751135744", [("limit", "bad_value", None)]),
        ("stats?limit=" + "9" * 300, [("limit", "bad_value", None)]),
        ("stats?limit=%D9%A1", [("limit", "bad_value", None)]),
        ("stats?from=0000", [("from", "bad_date", None)]),
        ("stats?from=2019-13", [("from", "bad_date", None)]),
        ("stats?from=2019-02-30", [("from", "bad_date", None)]),
        ("stats?from=12.12.2019", [("from", "bad_date", None)]),
        ("stats?from=2019-1-1", [("from", "bad_date", None)]),
        ("stats?from=", [("from", "bad_date", None)]),
        ("stats?from=2019%0A", [("from", "bad_date", None)]),
        ("stats?from=%D9%A2%D9%A0%D9%A1%D9%A9", [("from", "bad_date", None)]),
        ("stats?to=99999", [("to", "bad_date", None)]),
        ("stats?as_of=now", [("as_of", "bad_date", None)]),
        ("stats?from=2020&to=2019", [("to", "bad_range", None)]),
        ("incidents?from=2020&to=2019", [("to", "bad_range", None)]),
        ("stats?lang=en&lang=en", [("lang", "repeated", None)]),
        ("stats?view=coverage&stated_by=knb", [("stated_by", "does_not_fit", None)]),
        ("observations/convicted-2024?release=x", [("release", "unknown_release", None)]),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(client, path, expected):
    assert faults(client, path) == expected


@pytest.mark.parametrize(
    "path",
    ["stats?from=9999", "stats?to=0001", "stats?as_of=9999-12-31", "stats?limit=1000", "incidents?to=9999"],
)
def test_what_is_far_off_can_still_be_asked(client, path):
    assert client.get(f"/api/{path}").status_code == 200


def test_a_list_of_codes_has_an_end_however_often_one_stands_in_it(client):
    many = ",".join(f"c{number}" for number in range(101))
    assert ("indicator", "too_many", None) in faults(client, f"stats?indicator={many}")
    assert len(faults(client, f"stats?indicator={many[: many.rindex(',')]}")) == 100
    # The contract promises at most so many items, whether or not they are the same.
    again = ",".join(["convicted"] * 100)
    assert client.get(f"/api/stats?indicator={again}").status_code == 200
    assert ("indicator", "too_many", None) in faults(client, f"stats?indicator={again},convicted")


def test_a_refusal_of_many_codes_takes_no_longer_than_an_answer(site):
    began = time.perf_counter()
    for name in ("source", "incident", "indicator"):
        many = ",".join(f"knb-2019-12-12-atc-work-rep{number}" for number in range(100))
        assert site.get(f"/api/stats?{name}={many}").status_code == 422
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("indicators/convictd", "No indicator is called 'convictd'. Did you mean 'convicted'?"),
        ("sources/knb-2052", "No source is called 'knb-2052'. Did you mean 'knb-2025'?"),
        ("incidents/x", "No incident is called 'x'."),
        (
            "observations/convicted-2042",
            "No observation is called 'convicted-2042'. Did you mean 'convicted-2024'?",
        ),
        ("nowhere", None),
        ("stats/", None),
        ("", None),
        ("stats.xml", None),
        ("sources/a%2Fb", None),
        ("sources/%00", None),
        ("sources/knb-2025%00", None),
        ("sources/%2e%2e", None),
        ("sources/..%2f..%2fetc%2fpasswd", None),
        ("sources/%ED%A0%80", None),
        ("sources/%F0%9F%92%A9", None),
        ("sources/" + "x" * 121, None),
        ("sources/knb 2025", None),
    ],
)
def test_what_is_not_there_is_said_so(client, path, detail):
    answer = client.get(f"/api/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["type"], told["title"], told["status"]) == ("/problems/not-found", "Not found", 404)
    if detail:
        assert told["detail"] == detail


HOSTILE = [
    "%00",
    "%ED%A0%80",
    "%FF%FE",
    "%E2%80%AE",
    "%0D%0AX-Injected:1",
    "'%20OR%201=1--",
    "%25",
    "_",
    "{{7*7}}",
    "9" * 400,
]


@pytest.mark.parametrize("path", ["stats", "stats.csv", "releases", "observations/convicted-2024"])
def test_no_parameter_takes_what_could_harm(client, path):
    for name in (*AskedStats.model_json_schema()["properties"], "nonsense", "%00", "%ED%A0%80"):
        for value in HOSTILE:
            answer = client.get(f"/api/{path}?{name}={value}")
            assert answer.status_code == 422, (name, value)
            assert answer.headers["content-type"] == "application/problem+json"
            assert "x-injected" not in answer.headers


@given(
    st.dictionaries(
        st.sampled_from([*AskedStats.model_json_schema()["properties"], "x"]),
        st.text(max_size=40),
        max_size=4,
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_an_answer(client, parameters):
    answer = client.get("/api/stats", params=parameters)
    assert answer.status_code in (200, 422)


@given(st.text(min_size=1, max_size=60))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_key_breaks_an_answer(client, key):
    for room in ("observations", "indicators", "sources", "incidents"):
        assert client.get(f"/api/{room}/{quote(key, safe='')}").status_code in (200, 404)


@pytest.mark.parametrize(
    ("path", "kind"), [("/api/stats", "application/problem+json"), ("/ru/", "text/html; charset=utf-8")]
)
def test_an_address_that_is_too_long_is_refused_unread(client, path, kind):
    for size in (4097, 60_000):
        answer = client.get(f"{path}?release={'x' * (size - 8)}")
        assert (answer.status_code, answer.headers["content-type"]) == (414, kind)
        assert len(answer.content) < 10_000
    assert client.get(f"{path}?release={'x' * 4000}").status_code == 422
    assert client.get("/api/sources/" + "x" * 5000).status_code == 414


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE"])
def test_nothing_can_be_written(client, method):
    for path in (
        *(f"/api/{name}" for name in (*LISTS, *SINGLES, "openapi.json", "health/ready")),
        "/en/",
        "/",
        "/static/app.css",
    ):
        answer = client.request(method, path, content=b"x")
        assert answer.status_code == 405, path
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        if path.startswith("/api/"):
            assert answer.json()["type"] == "/problems/method-not-allowed"


def test_a_program_on_another_site_may_read_and_is_told_so(client):
    asked = {
        "origin": "https://example.org",
        "access-control-request-method": "GET",
        "access-control-request-headers": "if-none-match",
    }
    answer = client.options("/api/stats", headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    told = {
        name: answer.headers[name]
        for name in answer.headers
        if name == "allow" or name.startswith("access-control")
    }
    assert told == {
        "allow": "GET, HEAD, OPTIONS",
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, HEAD, OPTIONS",
        "access-control-allow-headers": "Accept, If-None-Match",
        "access-control-max-age": "86400",
        "access-control-expose-headers": "Derek-Release, Derek-Stale, Derek-Total, ETag, Link, Retry-After",
    }
    assert client.options("/api/nowhere").status_code == 404
    assert "access-control-allow-origin" not in client.get("/en/").headers


@pytest.mark.parametrize(
    "header",
    [
        "host",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-forwarded-prefix",
        "x-original-url",
        "forwarded",
        "x-rewrite-url",
    ],
)
@pytest.mark.parametrize(
    "path", ["/api/stats?limit=1", "/api/nowhere", "/en/sources", "/en/nowhere", "/en", "/"]
)
def test_no_header_of_a_request_gets_into_an_answer(client, header, path):
    usual = client.get(path)
    for forged in ("evil.example", "[", "evil.example:x", "a b", "\xff", "[::1]:99999", "/en/sources"):
        answer = client.get(path, headers={header: forged.encode("latin-1")})
        assert (answer.status_code, answer.content, answer.headers) == (
            usual.status_code,
            usual.content,
            usual.headers,
        )


def raw(client, path, query):
    """Ask for what no ordinary client would send."""
    sent: list[dict[str, Any]] = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(errors="replace"),
        "root_path": "",
        "query_string": query,
        "headers": [],
        "client": None,
        "server": ("testserver", 80),
    }
    client.portal.call(client.app, scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


def test_a_query_in_raw_letters_is_read_like_an_encoded_one(client):
    status, body = raw(client, "/api/stats", "indicator=қ".encode())
    assert (status, json.loads(body)["errors"][0]["reason"]) == (422, "'қ' is no indicator of this release")
    for broken in (b"indicator=\xff", b"\xed\xa0\x80=1", b"indicator=\x00"):
        assert raw(client, "/api/stats", broken)[0] == raw(client, "/en/", broken)[0] == 422


def test_what_no_browser_sends_is_refused_too(client):
    assert raw(client, "/api/stats", b"x" * 1_000_000)[0] == 414
    assert raw(client, "/en/", b"x" * 1_000_000)[0] == 414
    assert raw(client, "/" + "x" * 1_000_000, b"")[0] == 414
    for path in (
        "*",
        "",
        "//",
        "//evil.example/en/",
        "/api//stats",
        "/en//",
        "/en/\x00",
        "/static/\x00",
        "/static/../app/main.py",
        "/\ud800",
    ):
        assert raw(client, path, b"")[0] == 404, path


# --- Pages refuse in the reader's language ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "lost", "bad"),
    [("en", "There is no such page", "cannot be used"), ("ru", "", ""), ("kk", "", "")],
)
def test_a_page_refuses_in_its_language(client, language, lost, bad):
    for path, status, said in (
        ("nowhere", 404, lost),
        ("sources/knb-2052", 404, lost),
        ("?yaer=1", 422, bad),
        ("sources/%00", 404, lost),
    ):
        answer = client.get(f"/{language}/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert f'<html lang="{language}">' in answer.text
        assert said in answer.text
        assert answer.headers["cache-control"] == "no-store"


# --- When there is nothing to read --------------------------------------------------------------------------


@pytest.fixture(params=["empty file", "no file", "no database", "server away", "broken file"])
def unreadable(request: pytest.FixtureRequest, tmp_path: Path, serve: Any) -> Iterator[TestClient]:
    """A reader of a site whose database holds nothing, or is away."""
    address = f"sqlite:///{tmp_path}/derek.db"
    if request.param == "empty file":
        (tmp_path / "derek.db").touch()
    elif request.param == "broken file":
        (tmp_path / "derek.db").write_bytes(b"no database " * 1000)
    elif request.param == "no database":
        address = request.getfixturevalue("postgresql_address")
    elif request.param == "server away":
        address = "postgresql://nobody:secret@127.0.0.1:1/derek"
    with serve(Database(address)) as client:
        yield client


def test_without_a_release_every_address_says_so_and_when_to_come_again(unreadable):
    for path in (*LISTS, *SINGLES, "stats.csv"):
        answer = unreadable.get(f"/api/{path}")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/problems/unavailable"
        assert answer.headers["cache-control"] == "no-store"
        assert "secret" not in answer.text
        assert "127.0.0.1" not in answer.text
    for language in ("en", "ru", "kk"):
        answer = unreadable.get(f"/{language}/")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert f'<html lang="{language}">' in answer.text
    assert unreadable.get("/api/health/live").json() == {"status": "ok"}
    ready = unreadable.get("/api/health/ready")
    assert ready.status_code == 503
    assert ready.json()["status"] in ("no release", "unavailable")
    assert unreadable.get("/api/openapi.json").status_code == 200


def test_a_site_becomes_ready_when_a_release_is_loaded(database, world, serve):
    with serve(database) as client:
        assert client.get("/api/health/ready").status_code == 503
        seed.load(world, database)
        assert client.get("/api/health/ready").json() == {
            "status": "ok",
            "release": world.digest,
            "version": "2026.11.0",
        }
        assert data(client, "observations/convicted-2024")["value"] == 84


def test_health_is_never_kept(client):
    for path in ("live", "ready"):
        answer = client.get(f"/api/health/{path}")
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_a_database_that_goes_away_is_told_and_its_return_is_noticed(tmp_path, world, serve):
    file = tmp_path / "derek.db"
    with serve(Database(f"sqlite:///{file}"), world) as client:
        assert client.get("/api/stats").status_code == 200
        file.rename(tmp_path / "away.db")
        time.sleep(2 * GLANCE)
        assert "derek-stale" in client.get("/api/stats").headers
        assert client.get("/api/sources").status_code == 503
        (tmp_path / "away.db").rename(file)
        time.sleep(2 * GLANCE)
        assert "derek-stale" not in client.get("/api/stats").headers
        assert client.get("/api/sources").status_code == 200


def test_a_fault_of_our_own_is_told_without_saying_what_it_is(tmp_path, world, monkeypatch, caplog, serve):
    with serve(Database(f"sqlite:///{tmp_path}/derek.db"), world) as client:
        monkeypatch.setattr("app.series.panels", lambda *asked: 1 / 0)
        for path, kind in (("/api/stats", "application/problem+json"), ("/kk/", "text/html; charset=utf-8")):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (500, kind)
            assert "ZeroDivisionError" not in answer.text
            assert answer.headers["x-content-type-options"] == "nosniff"
    assert "ZeroDivisionError" in caplog.text


def test_a_broken_release_of_texts_never_answers_for_another(tmp_path, world, serve):
    """A database put in another's place has releases of its own under the same numbers."""
    address = f"sqlite:///{tmp_path}/derek.db"
    texts = tuple(
        one.model_copy(update={"en": one.en.replace("Attacks", "Assaults")}) for one in world.tables[Text]
    )
    renamed = replace(world, version="2026.11.1", tables={**world.tables, Text: texts})
    with serve(Database(address), world) as client:
        assert data(client, "indicators/attacks")["name"] == "Attacks"
        (tmp_path / "derek.db").unlink()
        seed.load(renamed, Database(address))
        assert data(client, "indicators/attacks")["name"] == "Assaults"


# --- Links --------------------------------------------------------------------------------------------------


def links(value):
    """Every link of an answer."""
    if isinstance(value, list):
        return {link for one in value for link in links(one)}
    if not isinstance(value, dict):
        return set()
    own = value["links"].values() if isinstance(value.get("links"), dict) else ()
    return {link for link in own if link} | {link for one in value.values() for link in links(one)}


def test_every_link_of_every_answer_leads_somewhere(client):
    found = set()
    for path in (
        *(f"{name}?limit=1000" for name in LISTS),
        *SINGLES,
        "stats?view=coverage",
        "observations?limit=1",
    ):
        found |= links(client.get(f"/api/{path}").json())
    assert len(found) > 100
    pages = {}
    for link in sorted(found):
        address, _, fragment = link.partition("#")
        if address not in pages:
            pages[address] = client.get(address)
        assert pages[address].status_code == 200, link
        if fragment:
            assert f'id="{fragment}"' in pages[address].text, link


def test_every_link_of_a_page_of_published_figures_leads_somewhere(site):
    for path in (
        "stats?indicator=convicted,detained,foiled_plots",
        "observations?limit=60",
        "incidents?limit=20",
        "places",
    ):
        for link in links(site.get(f"/api/{path}").json()):
            assert site.get(link.partition("#")[0]).status_code == 200, link


def test_every_address_of_the_api_is_tried_here(client, addresses):
    tried = {f"{name}{suffix}" for name in LISTS for suffix in ("", ".json", ".csv")}
    tried |= {f"{name}{suffix}" for name in LISTS for suffix in (".xlsx", ".csv-metadata.json")}
    tried |= {"stats.jsonstat", "stats.sdmx.csv", "observations.sdmx.csv"}
    keyed = {
        "observations/{id}",
        "indicators/{code}",
        "sources/{id}",
        "incidents/{id}",
        "disagreements/{id}",
    }
    others = {"health/live", "health/ready", "openapi.json"}
    served = {path for path in addresses(client) if path.startswith("/api")}
    assert served == {f"/api/{path}" for path in tried | keyed | others}


def test_the_language_translates_what_the_contract_says_and_not_the_words_of_the_editors(site):
    asked = {
        language: site.get(f"/api/observations/s001-convicted?lang={language}") for language in LANGUAGES
    }
    data = {language: answer.json()["data"] for language, answer in asked.items()}
    assert {json.dumps({**one, "links": None}) for one in data.values()} == {
        json.dumps({**data["en"], "links": None})
    }
    (told,) = [
        one["description"]
        for one in site.get("/api/openapi.json").json()["paths"]["/api/observations/{id}"]["get"][
            "parameters"
        ]
        if one["name"] == "lang"
    ]
    words = {"paraphrase", "note", "locator", "place_stated", "stated_as"}
    assert words <= data["en"].keys()
    assert all(f"{name}," in told or f"{name} and" in told for name in words)
