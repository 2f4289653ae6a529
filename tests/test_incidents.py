"""Incidents as a reader finds them: facets that count right, a map and a timeline of exactly the list, dated statements."""

import re
from collections import Counter
from html import unescape
from typing import Any

import pytest

from app.models import Classification, Incident, Place

PATH = "/en/incidents"


def rows(published, table) -> list[Any]:
    return list(published.tables[table])


def listed(text: str) -> list[str]:
    """The incidents of the list, in its order."""
    table = text[text.index("<tbody>") : text.index("</tbody>")] if "<tbody>" in text else ""
    return re.findall(r'<th scope="row"><a href="/en/incidents/([^"?]+)', table)


def count(text: str) -> int:
    found = re.search(r'<p class="found" role="status"><b>(\d+) incident', text)
    assert found
    return int(found[1])


def fits(one: Incident, labels: dict[str, set[str]], asked: dict[str, str]) -> bool:
    """The filters said once more, as plainly as can be."""
    values = {
        "year": {str(one.date_start.year) if one.date_start else "none"},
        "outcome": {one.outcome},
        "region": {one.region_now or "none"},
        "target": {one.target_type},
        "classification": labels.get(one.id, set()),
    }
    return all(values[name] & set(wanted.split(",")) for name, wanted in asked.items())


ASKED: list[dict[str, str]] = [
    {},
    {"year": "2016"},
    {"year": "2016,2011", "outcome": "foiled"},
    {"region": "KZ-75"},
    {"region": "none", "outcome": "foiled"},
    {"classification": "not_terrorism"},
    {"classification": "terrorism", "region": "KZ-75,KZ-71", "year": "2012,2020"},
    {"target": "public_places"},
    {"year": "none"},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_the_list_and_every_count_are_those_of_the_record(site, published, asked):
    labels: dict[str, set[str]] = {}
    for row in rows(published, Classification):
        labels.setdefault(row.incident, set()).add(row.label)
    everyone = rows(published, Incident)
    expected = {one.id for one in everyone if fits(one, labels, asked)}
    page = site.get(PATH, params=asked)
    assert page.status_code == 200
    assert count(page.text) == len(expected)
    data = site.get("/api/incidents", params={**asked, "limit": 100}).json()["data"]
    assert {row["id"] for row in data} == expected
    # What a facet promises is what its link gives.
    for href, told in re.findall(
        r'<li><a href="(/en/incidents[^"]*)"(?: aria-current="true")?>[^<]* <span class="quiet">(\d+)</span>',
        page.text,
    )[:12]:
        query = unescape(href)
        if "aria-current" not in href and f'href="{href}" aria-current' not in page.text:
            alone = not any(f"{name}=" in query and "," in query for name in asked)
            if alone:
                assert count(site.get(query).text) == int(told), query


@pytest.mark.parametrize("asked", ASKED[:5], ids=str)
def test_map_and_timeline_show_exactly_the_list(site, published, asked):
    text = site.get(PATH, params=asked).text
    tiles = re.findall(r'title="([^"]+)"><span>[^<]*</span> <b>(\d+)</b>', text)
    assert len(tiles) == sum(one.tile_row is not None for one in rows(published, Place)) == 20
    beside = re.search(r"Beside the map:(.*?)</p>", text, re.DOTALL)
    apart = sum(map(int, re.findall(r"</a> (\d+)", beside[1]))) if beside else 0
    assert sum(int(number) for _, number in tiles) + apart == count(text)
    drawn = re.findall(r'<a class="mark" href="/en/incidents/([^"]+)"', text)
    assert len(drawn) == len(set(drawn))
    dated = {one.id for one in rows(published, Incident) if one.date_start}
    data = site.get("/api/incidents", params={**asked, "limit": 100}).json()["data"]
    assert set(drawn) == {row["id"] for row in data} & dated


def test_the_order_can_be_chosen(site, published):
    started = {one.id: str(one.date_start or "") for one in rows(published, Incident)}
    newest = [started[id] for id in listed(site.get(PATH).text)]
    assert newest == sorted(newest, reverse=True)
    oldest = [started[id] for id in listed(site.get(f"{PATH}?sort=date").text)]
    assert oldest == sorted(oldest)
    outcomes = {one.id: one.outcome for one in rows(published, Incident)}
    grouped = [outcomes[id] for id in listed(site.get(f"{PATH}?sort=outcome").text)]
    assert len(Counter(grouped)) == sum(
        1 for one, other in zip(grouped, ["", *grouped], strict=False) if one != other
    )


def test_pages_follow_each_other(site):
    first = site.get(PATH).text
    assert len(listed(first)) == 50
    assert 'rel="next"' in first
    second = site.get(f"{PATH}?page=2").text
    assert len(listed(second)) == 1
    assert not set(listed(first)) & set(listed(second))
    assert site.get(f"{PATH}?page=3").status_code == 404


@pytest.mark.parametrize("words", ["almaty", "Алматы", "АЛМАТЫ mosque", "satpayev"])
def test_words_are_found_in_any_language(site, words):
    page = site.get(PATH, params={"q": words})
    assert page.status_code == 200
    if words != "АЛМАТЫ mosque":
        assert count(page.text) > 0


def test_where_nothing_fits_the_way_out_is_told_truly(site):
    text = site.get(f"{PATH}?year=2013&region=KZ-75").text
    assert count(text) == 0
    assert "No incident on record fits all of this together." in text
    ways = re.findall(r'<li><a href="([^"]+)">Without the filter “([^”]+)”</a>: (\d+) incident', text)
    assert {name for _, name, _ in ways} == {"Year", "Region today"}
    for href, _, told in ways:
        assert count(site.get(unescape(href)).text) == int(told)


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("outcome=foild", "foiled"),
        ("region=KZ-76", None),
        ("yaer=2016", "year"),
        ("year=20x6", None),
        ("page=x", None),
    ],
)
def test_what_is_not_known_is_refused(site, query, meant):
    answer = site.get(f"{PATH}?{query}")
    assert answer.status_code == 422
    if meant:
        assert f"did you mean {meant}?" in answer.text


def test_text_that_is_asked_for_is_never_markup(site):
    text = site.get(PATH, params={"q": '<script>alert("x")</script>'}).text
    assert "<script>alert" not in text


def test_a_toll_is_a_series_of_dated_statements(site):
    text = site.get("/en/incidents/2016-07-almaty").text
    part = text[text.index('id="killed_victims"') :]
    part = part[: part.index("</ol>")]
    said = re.findall(r"<b>([^<]+)</b>", part)
    assert said[:5] == ["2 people", "3 people", "4 people", "at least 5 people", "6 people"]
    assert "10 people" in said
    assert "none may be added to another" in text


def test_a_contested_event_says_who_called_it_what_and_is_out_of_scope(site):
    text = site.get("/en/incidents/2022-01-january-unrest").text
    assert "Out of scope" in text
    called = text[text.index('id="called"') :]
    assert called.count('<th scope="row">') >= 2
    assert "Terrorism" in called


def test_every_incident_has_a_page_in_every_language(site, published):
    for one in rows(published, Incident):
        for language in ("en", "ru", "kk"):
            answer = site.get(f"/{language}/incidents/{one.id}")
            assert answer.status_code == 200, one.id


def test_presumption_of_innocence_stands_at_every_stage_before_a_conviction(site):
    text = site.get("/en/incidents/2025-09-almaty-foreigners").text
    if 'id="arrested"' in text or 'id="detained"' in text:
        assert "Presumed innocent." in text
    for code in ("detained", "arrested", "prosecuted", "detained_and_jailed"):
        assert "Presumed innocent." in site.get(f"/en/indicators/{code}").text
    for code in ("convicted", "foiled_plots"):
        assert "Presumed innocent." not in site.get(f"/en/indicators/{code}").text
