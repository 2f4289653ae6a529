"""Incidents as a reader finds them: facets that count right, a map and a timeline of exactly the list, dated statements."""

import re
from collections import Counter
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from app import database as databases
from app import listings, series
from app.i18n import LANGUAGES
from app.models import Classification, Incident, IncidentSource, Observation, Place

PATH = "/en/incidents"


def rows(published, table) -> list[Any]:
    return list(published.tables[table])


def listed(text: str) -> list[str]:
    """The incidents of the list, in its order."""
    return re.findall(r'<th scope="row"><a href="/en/incidents/([^"?]+)', text)


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
    assert "Presumed innocent." in site.get("/en/incidents/2025-09-almaty-foreigners").text
    for code in ("detained", "arrested", "prosecuted", "detained_and_jailed"):
        assert "Presumed innocent." in site.get(f"/en/indicators/{code}").text
    for code in ("convicted", "foiled_plots"):
        assert "Presumed innocent." not in site.get(f"/en/indicators/{code}").text


# --- Counts, whatever is asked ------------------------------------------------------------------------------

VALUES = {
    "year": ("2011", "2016", "2018", "none"),
    "outcome": ("foiled", "carried_out", "disputed_event"),
    "region": ("KZ-75", "KZ-71", "KZ-15", "none"),
    "classification": ("terrorism", "not_terrorism", "other"),
    "target": ("public_places", "security_services", "unspecified"),
}
SOME = {name: strategies.sets(strategies.sampled_from(some), max_size=2) for name, some in VALUES.items()}


def labels_of(package) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in rows(package, Classification):
        found.setdefault(row.incident, set()).add(row.label)
    return found


def check_facets(reader, package, asked: dict[str, str]) -> None:
    """Each facet against counting by hand, with the filters of the others."""
    labels = labels_of(package)
    codes: dict[str, Any] = {name: tuple(told.split(",")) for name, told in asked.items()}
    question = listings.IncidentQuestion(**codes)
    with reader.app.state.database.reading() as session:
        release = databases.release(session)
        assert release
        vintage = series.Vintage(session, release)
        found = listings.facets(vintage, question)
        fitting = {one.id for one in listings.incidents(vintage, question)}
    assert fitting == {one.id for one in rows(package, Incident) if fits(one, labels, asked)}
    for name, facet in found.items():
        others = {key: told for key, told in asked.items() if key != name}
        expected: Counter[str] = Counter()
        for one in rows(package, Incident):
            if fits(one, labels, others):
                expected.update(
                    {
                        "year": {str(one.date_start.year) if one.date_start else "none"},
                        "outcome": {one.outcome},
                        "region": {one.region_now or "none"},
                        "target": {one.target_type},
                        "classification": labels.get(one.id, set()),
                    }[name]
                )
        chosen = asked[name].split(",") if name in asked else []
        assert {one.value: one.count for one in facet} == dict.fromkeys(chosen, 0) | dict(expected)
        assert {one.value for one in facet if one.chosen} == set(chosen)


@given(chosen=strategies.fixed_dictionaries(SOME))
@settings(max_examples=60)
def test_a_facet_counts_what_choosing_it_would_leave(site, published, chosen):
    asked = {name: ",".join(sorted(some)) for name, some in chosen.items() if some}
    check_facets(site, published, asked)


@pytest.mark.parametrize(
    "asked",
    [{}, {"year": "2016"}, {"year": "2017,none"}, {"region": "none"}, {"classification": "other"}],
    ids=str,
)
def test_every_database_counts_alike(client, world, asked):
    check_facets(client, world, asked)


# --- Ways to ask --------------------------------------------------------------------------------------------


def form(text: str) -> list[tuple[str, str]]:
    """What a browser sends when the form of the list is sent as it stands."""
    inside = text[text.index('<form class="filter" action="/en/incidents"') :]
    inside = inside[: inside.index("</form>")]
    fields = re.findall(r'<input (?:type="\w+" )?name="(\w+)"(?:[^>]*? value="([^"]*)")?', inside)
    return [(name, unescape(value)) for name, value in fields]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"year": "2016,2011", "outcome": "foiled"},
        {"q": "almaty", "from": "2012", "sort": "date"},
        {"place": "KZ-75", "region": "none,KZ-75", "target": "several", "to": "2020-06"},
    ],
    ids=str,
)
def test_the_form_sent_as_it_stands_gives_the_same_list(site, asked):
    page = site.get(PATH, params=asked)
    sent = form(page.text)
    assert {"q", "from", "to"} <= {name for name, _ in sent}
    again = site.get(PATH, params=sent)
    assert again.status_code == 200
    assert listed(again.text) == listed(page.text)


def test_a_day_that_cannot_be_read_is_refused_all_the_same(site):
    assert site.get(f"{PATH}?from=&to=").status_code == 200
    assert site.get(f"{PATH}?from=2016-13").status_code == 422
    assert site.get("/api/incidents?from=").status_code == 422


@pytest.mark.parametrize(
    ("one", "other"), [("Түркістан", "туркистан"), ("Ақтөбе", "актобе"), ("Almaty,", "ALMATY")]
)
def test_a_word_is_found_however_it_is_typed(site, one, other):
    found = listed(site.get(PATH, params={"q": one}).text)
    assert found
    assert found == listed(site.get(PATH, params={"q": other}).text)


def test_signs_alone_are_no_words(site):
    assert count(site.get(PATH, params={"q": "!?"}).text) == 0


def test_a_place_too_can_be_let_go_where_nothing_fits(site):
    text = site.get(f"{PATH}?year=2006&place=KZ-75").text
    ways = re.findall(r'<li><a href="([^"]+)">Without the filter “([^”]+)”</a>: (\d+) incident', text)
    assert {name for _, name, _ in ways} == {"Year", "Place"}
    for href, _, told in ways:
        assert count(site.get(unescape(href)).text) == int(told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_those_without_a_region_come_last_in_the_order_of_regions(site, published, language):
    without = {one.id for one in rows(published, Incident) if one.region_now is None}
    text = site.get(f"/{language}/incidents?sort=region").text
    table = text[text.rindex("<tbody>") :]
    order = re.findall(rf'<th scope="row"><a href="/{language}/incidents/([^"?]+)', table)
    known = [id not in without for id in order]
    assert known == sorted(known, reverse=True)


# --- Map, timeline and list ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_tiles_have_one_name(site, language):
    names = re.findall(r"<span>([^<]*)</span> <b>\d+</b>", site.get(f"/{language}/incidents").text)
    assert len(names) == len(set(names)) == 20


@pytest.mark.parametrize("asked", ASKED[:5], ids=str)
def test_the_table_of_the_map_says_the_same_and_what_has_no_tile_adds_up(site, asked):
    text = site.get(PATH, params=asked).text
    tiles = re.findall(r'title="([^"]+)"><span>[^<]*</span> <b>(\d+)</b>', text)
    twin = re.findall(r'<th scope="row">([^<]+)</th><td class="number">(\d+)</td>', text)
    assert twin[:20] == tiles
    assert sum(int(number) for _, number in twin) == count(text)
    if beside := re.search(r"Beside the map:.*?</a> (\d+)\s*\((.*)\)</p>", text):
        assert sum(map(int, re.findall(r" (\d+)(?=,|$)", beside[2]))) == int(beside[1])


def test_the_timeline_says_how_many_it_cannot_show(site):
    text = site.get(PATH).text
    drawn = text.count('<a class="mark" href="/en/incidents/')
    undated = re.search(r'<a href="([^"]+)">no date</a> (\d+)', text)
    assert undated
    assert drawn + int(undated[2]) == count(text)
    assert count(site.get(unescape(undated[1])).text) == int(undated[2])


def test_the_list_counts_figures_and_sources_of_each(site, published):
    text = site.get(f"{PATH}?year=2016").text
    for id in listed(text):
        line = text[text.index(f'<th scope="row"><a href="/en/incidents/{id}"') :]
        line = line[: line.index("</tr>")]
        told = re.findall(r'<td class="number" data-label="\w+">(\d+)</td>', line)
        tables = (Observation, IncidentSource)
        assert list(map(int, told)) == [sum(row.incident == id for row in rows(published, t)) for t in tables]


def test_an_old_toll_printed_beside_the_new_one_comes_before_it(site):
    text = site.get("/en/incidents/2016-07-almaty").text
    five, six = (text.index(f'#{id}"') for id in ("s002-almaty-killed-prev", "s002-almaty-killed"))
    assert five < six
    assert "outdated figure repeated" in text[five:six]


def test_every_place_of_an_incident_leads_to_its_page(site):
    text = site.get("/en/incidents/2007-04-shymkent-group").text
    for code in ("KZ-YUZ", "KZ-79"):
        assert f'href="/en/places/{code}"' in text
        assert site.get(f"/en/places/{code}").status_code == 200
