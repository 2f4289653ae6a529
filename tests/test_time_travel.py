"""The two clocks: a page as of a day knows what had been stated by then, and says what had not; a former release says so."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from urllib.parse import parse_qs, urlparse

import pytest
from starlette.testclient import TestClient

from app import listings, seed, series
from app.database import Database, release
from app.i18n import LANGUAGES
from app.models import Incident, Observation, Source, last_day
from app.series import Vintage

DAYS = ("2000-01-01", "2011-12-31", "2016-12-31", "2019-12-12", "2024-12-31", "2030-01-01")
OF_THE_RECORD = (
    "/",
    "/indicators",
    "/indicators/convicted",
    "/indicators/killed_total",
    "/indicators/citizens_abroad_fighters",
    "/incidents",
    "/incidents/2016-07-almaty",
    "/places",
    "/places/KZ-75",
    "/sources",
    "/sources/knb-2019-12-12-atc-work-report",
    "/coverage",
    "/search?q=almaty",
    "/search?q=140",
    "/disagreements",
    "/disagreements/convicted.2019",
    "/figures/s001-convicted",
    "/tensions",
    "/disclosure",
    "/compare?figure=knb-convicted-2022,kps-sent-2022",
)
TIMELESS = ("/methodology", "/corrections", "/glossary", "/data", "/api", "/changes", "/about")


def at(path: str, day: str, language: str = "en") -> str:
    return f"/{language}{path}{'&' if '?' in path else '?'}as_of={day}"


def public(package: seed.Package) -> dict[str, date | None]:
    return {
        one.id: last_day(one.as_of) if one.as_of else None
        for one in package.tables[Observation]
        if isinstance(one, Observation)
    }


def shown(text: str) -> set[str]:
    """Every figure a page leads to, at its document or at its card."""
    return {
        *re.findall(r'/sources/[^"?#]+[^"#]*#([^"]+)"', text),
        *(id.removesuffix(".social.png") for id in re.findall(r'/figures/([^"?#]+)', text)),
    }


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("path", OF_THE_RECORD)
def test_a_page_as_of_a_day_shows_no_figure_that_was_stated_later(site, published, path, day):
    answer = site.get(at(path, day))
    assert answer.status_code == 200
    known = public(published)
    later = {id for id in shown(answer.text) if not (known[id] and known[id] <= date.fromisoformat(day))}
    if path.startswith(("/figures/", "/compare")):
        later -= set(re.findall(r"[\w.-]+", path))
    assert later == set()


@pytest.mark.parametrize("path", OF_THE_RECORD)
def test_a_reader_stays_in_the_day_from_link_to_link(site, path):
    text = site.get(at(path, "2016-12-31")).text
    links = [unescape(link) for link in re.findall(r'<a [^>]*href="(/en/[^"]*)"', text)]
    assert len(links) > 20
    elsewhere = {
        link for link in links if "2016-12-31" not in parse_qs(urlparse(link).query).get("as_of", [])
    }
    ways_out = set(re.findall(r'<a (?:rel="\w+" )?href="([^"]*)"', text[text.index('class="ways"') :][:600]))
    told = {unescape(link) for link in ways_out}
    allowed = told | {"/en/changes.atom", "/en/changes"} | {link for link in elsewhere if "as_of=" in link}
    assert elsewhere <= allowed, elsewhere - allowed


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("code", ["convicted", "detained", "foiled_plots", "killed_total"])
def test_page_and_api_answer_one_question(site, code, day):
    """What leads each year on the page is what the API says of that day, and the counts of both agree."""
    answer = site.get(f"/api/stats?indicator={code}&as_of={day}").json()
    text = site.get(at(f"/indicators/{code}", day)).text
    for row in answer["data"]:
        for id in row["observations"]:
            assert f'#{id}"' in text
    told = re.search(r"Stated by then: ([\d,  ]+) of ([\d,  ]+) figures", text)
    assert told
    total = site.get(f"/api/observations?indicator={code}&as_of={day}&limit=1").json()["meta"]
    assert int(told[1]) == total["total"]
    assert int(told[2]) == total["total"] + total["hidden_by_as_of"]


def test_what_the_public_knew_on_31_december_2016_is_one_page(site):
    text = site.get(at("/", "2016-12-31")).text
    assert "As known on 31 December 2016." in text
    assert re.search(r"Stated by then: 311 of 748 figures\.", text)
    assert "Not yet stated: 430." in text
    assert "the day of their statement is not known: 7." in text
    convicted = text[text.index('id="convicted"') : text.index('id="detained"')]
    assert "57 people" in convicted
    assert "140" not in re.sub(r'="[^"]*"', "", convicted)


def test_what_is_known_only_to_a_month_or_year_may_have_been_stated_before_its_end(site, published):
    text = site.get(at("/", "2026-11-26")).text
    assert "Not yet stated" not in text
    assert "Perhaps stated, since only the month or year is known: 1." in text
    then = date(2016, 9, 15)
    told = [one.as_of for one in published.tables[Observation] if one.as_of]
    perhaps = [day for day in told if date.fromisoformat(f"{day}-01-01"[:10]) <= then < last_day(day)]
    assert len(perhaps) == 10
    assert f"known: {len(perhaps)}." in site.get(at("/", "2016-09-15")).text


@pytest.mark.parametrize("day", ["2016-12-31", "2011-12-31"])
def test_what_was_stated_later_is_not_sold_as_something_nobody_found(site, day):
    text = site.get(at("/coverage", day)).text
    assert "not yet stated" in text
    everything = {(row["indicator"], row["year"]): row["state"] for row in coverage(site, "")}
    for row in coverage(site, f"&as_of={day}"):
        found_later = everything[row["indicator"], row["year"]] not in (
            "none_found",
            "parts_only",
            "cases_only",
        )
        if row["state"] == "none_found":
            assert not found_later, row
        if row["state"] == "not_yet":
            assert found_later, row


def coverage(site: TestClient, asked: str) -> list[dict[str, object]]:
    rows, address = [], f"/api/stats?view=coverage&limit=1000{asked}"
    while address:
        answer = site.get(address).json()
        rows += answer["data"]
        address = answer["links"]["next"]
    return rows


def test_an_incident_made_public_between_two_statements_counts_from_its_day(tmp_path, published):
    """What is kept for a day must not be served for another on which more was public."""
    late, day = "2016-10-almaty-group", date(2021, 3, 15)
    rows = tuple(
        row.model_copy(update={"disclosed": day.isoformat()}) if row.id == late else row
        for row in published.tables[Incident]
    )
    database = Database(f"sqlite:///{tmp_path}/derek.db")
    package = seed.Package("2026.11.99", published.dated, {**published.tables, Incident: rows})
    seed.load(package, database)
    with database.reading() as session:
        current = release(session)
        assert current is not None
        before, on = (Vintage(session, current, at) for at in (day - timedelta(1), day))
        assert series.last_said(before) == series.last_said(on)
        told = [
            {one.id for check in listings.compared(vintage).checks for one in check.incidents}
            for vintage in (before, on)
        ]
    assert told[1] - told[0] == {late}
    database.close()


def test_the_first_page_keeps_its_day_on_the_way_to_a_language(site):
    answer = site.get("/?as_of=2016-12-31", follow_redirects=False)
    assert answer.headers["location"] == "/en/?as_of=2016-12-31"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", TIMELESS)
def test_a_page_that_is_not_about_a_day_says_so_and_keeps_the_day(site, path, language):
    text = site.get(at(path, "2016-12-31", language)).text
    assert f'href="/{language}/indicators?as_of=2016-12-31"' in text
    assert 'type="range"' not in text
    english = "This page is the same on every day." in text
    assert english == (language == "en")


@pytest.mark.parametrize(
    ("path", "day", "on"),
    [
        ("/incidents/2016-07-almaty", "2016-07-17", "18 July 2016"),
        ("/sources/knb-2019-12-12-atc-work-report", "2019-12-11", "12 December 2019"),
        ("/figures/s001-convicted", "2016-12-31", None),
        ("/disagreements/convicted.2019", "2016-12-31", None),
    ],
)
def test_a_thing_nobody_had_spoken_of_is_neither_missing_nor_shown(site, path, day, on):
    text = site.get(at(path, day)).text
    assert "the public had not been told of this" in text
    if on:
        assert f"It was on: {on}." in text
        after = re.search(r'<a href="([^"]*)">See it as it was known then', text)
        assert after
        assert "had not been told" not in site.get(unescape(after[1])).text
    assert site.get(f"/en{path}-nonsense?as_of={day}").status_code == 404


def test_the_days_before_and_after_are_those_on_which_something_was_stated(site, published):
    told = {one.as_of for one in published.tables[Observation] if one.as_of}
    days = {
        day for day in (date.fromisoformat(one) for one in told if len(one) == 10) if day <= published.dated
    }
    text = site.get(at("/", "2016-12-31")).text
    ways = re.findall(r"as_of=([\d-]+)", text[text.index('class="ways"') :][:500])
    now = date(2016, 12, 31)
    assert ways[:2] == [
        max(day for day in days if day < now).isoformat(),
        min(day for day in days if day > now).isoformat(),
    ]
    offsets = re.search(r'data-first="([\d-]+)" data-days="([\d,]+)"', text)
    assert offsets
    first = date.fromisoformat(offsets[1])
    assert {first + timedelta(int(offset)) for offset in offsets[2].split(",")} == days


@pytest.mark.parametrize("day", ["2011-12-31", "2016-12-31", "2019-12-12"])
def test_lists_hold_what_had_been_made_public(site, published, day):
    then = date.fromisoformat(day)
    for name, table, field in (("incidents", Incident, "disclosed"), ("sources", Source, "published")):
        days = {row.id: getattr(row, field) for row in published.tables[table]}
        expected = {id for id, told in days.items() if told and last_day(told) <= then}
        answer = site.get(f"/api/{name}?as_of={day}&limit=1000").json()
        assert {row["id"] for row in answer["data"]} == expected
        assert answer["meta"]["hidden_by_as_of"] == len(days) - len(expected)
        text = site.get(at(f"/{name}", day)).text
        assert re.search(rf"\b{len(expected)}\b", text)
        later = min(set(days) - expected)
        text = re.sub(r"<nav.*?</nav>", "", text, flags=re.DOTALL)
        assert f"/{name}/{later}" not in text


def test_one_thing_asked_for_too_early_is_refused_with_its_day(site):
    refused = site.get("/api/incidents/2016-07-almaty?as_of=2016-07-17")
    assert refused.status_code == 404
    assert refused.json()["detail"] == "This had not been made public by 2016-07-17; it was on 2016-07-18."
    told = site.get("/api/incidents/2016-07-almaty?as_of=2016-07-18").json()
    assert {one["as_of"] for one in told["data"]["observations"]} == {"2016-07-18"}
    assert told["meta"]["as_of"] == "2016-07-18"
    # A document that tells of what was said before is no witness that is missing.
    assert site.get("/api/sources/knb-2019-12-12-atc-work-report?as_of=2019-12-11").status_code == 404


def test_a_picture_of_a_day_says_so(site):
    drawn = site.get("/en/indicators/convicted.svg?as_of=2016-12-31")
    text = " ".join(re.sub(r"<[^>]+>", " ", drawn.text).split())
    assert "As known on 31 December 2016." in text
    assert "as_of=2016-12-31" in unescape(drawn.text)
    assert "as-of-2016-12-31" in drawn.headers["content-disposition"]
    assert site.get("/en/indicators/convicted.png?as_of=2016-12-31").headers["content-type"] == "image/png"


@pytest.mark.parametrize("path", ["/sitemap.xml", "/en/changes.atom"])
def test_what_no_day_changes_refuses_one(site, path):
    assert site.get(f"{path}?as_of=2016-12-31").status_code == 422


@pytest.mark.parametrize("written", ["tomorrow", "2016-13", "2016-02-30", "31.12.2016"])
def test_a_day_that_is_none_is_refused_by_its_name(site, written):
    refused = site.get(f"/en/?as_of={written}")
    assert refused.status_code == 422
    assert "<code>as_of</code>" in refused.text


@pytest.fixture(scope="module")
def two(
    tmp_path_factory: pytest.TempPathFactory,
    world: seed.Package,
    revised: Callable[[seed.Package, str, int], seed.Package],
    serve: Callable[..., TestClient],
) -> Iterator[TestClient]:
    """A server that holds two releases: the second has one figure more."""
    figures = world.tables[Observation]
    before = seed.Package(world.version, world.dated, {**world.tables, Observation: figures[:-1]})
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('two')}/derek.db")
    seed.load(before, database)
    after = seed.Package("2026.11.1", world.dated, world.tables)
    with serve(database, after) as client:
        yield client


def test_a_former_release_says_what_it_did_not_hold(two):
    releases = two.get("/api/releases").json()["data"]
    assert len(releases) == 2
    former = releases[1]["release"][:12]
    text = two.get(f"/en/?release={former}").text
    assert "which is not the current one" in text
    assert "Release 2026.11.1 has more: 1 figures." in text
    assert f'href="/en/indicators?release={former}"' in text
    current = two.get("/en/").text
    assert "which is not the current one" not in current
    assert 'href="/en/data#releases"' in current
    assert f'href="/en/?release={former}"' in two.get("/en/data").text
