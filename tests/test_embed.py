"""Charts inside pages of other sites, what oEmbed says of them, and what goes along with a link."""

import re
import struct
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import combinations, islice, pairwise
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, expect
from starlette.testclient import TestClient

from app import charts, seed
from app.charts import lettering
from app.database import Database
from app.folders import folder
from app.i18n import LANGUAGES
from app.main import create_app
from app.models import Incident, Indicator, Observation, Row, Source
from app.pages.machines import PREVIEWERS
from app.settings import Settings

BASE = "https://derek.example"
CHARTS = (
    "/indicators/convicted",
    "/indicators/convicted?from=2019&to=2024",
    "/indicators/foiled_plots?as_of=2018-12-31",
    "/indicators/citizens_abroad_fighters",
    "/incidents/2016-07-almaty",
    "/incidents",
    "/incidents?outcome=foiled&region=KZ-71",
    "/disclosure",
    "/coverage",
    "/coverage?show=stages",
    "/compare?series=convicted,detained",
    "/compare?figure=s001-convicted,s000-convicted-2024&as_of=2025-12-31",
    "/indicators",
)
OWN = {"/incidents": ("map", "timeline"), "/disclosure": ("days",)}
"""Pages that have charts beside the one that stands for them, and how those are asked for in a frame."""
PAGES = ("/", "/indicators", "/indicators/detained", "/incidents", "/incidents/2016-07-almaty", "/sources", "/data", "/about",
         "/figures/s001-convicted", "/disagreements/convicted.2024", "/disclosure", "/coverage", "/methodology", "/changes",
         "/search?q=140", "/compare", "/tensions", "/places/KZ-75", "/sources/knb-2019-12-12-atc-work-report")  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, published: seed.Package) -> Iterator[TestClient]:
    """A reader of the published dataset at a public address."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('embed')}/derek.db")
    seed.load(published, database)
    with TestClient(create_app(Settings(public_url=BASE), database), follow_redirects=False) as client:
        yield client


def tags(text: str) -> dict[str, list[str]]:
    """What a page says of itself to whoever shows a link to it."""
    found: dict[str, list[str]] = {}
    for name, content in re.findall(
        r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">', text
    ):
        found.setdefault(name, []).append(unescape(content))
    return found


def inside(address: str) -> str:
    """An absolute address, as a reader of this site asks it."""
    assert address.startswith(f"{BASE}/"), address
    return address.removeprefix(BASE)


def size(content: bytes) -> tuple[int, int]:
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">2I", content[16:24])
    return width, height


# --- In a frame -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", CHARTS)
def test_an_embed_is_a_small_whole_page_that_runs_nothing_and_names_its_source(
    site, published, language, path
):
    answer = site.get(f"/embed/{language}{path}", headers={"accept-encoding": "gzip"})
    text = answer.text
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) < 15_000
    assert f'<html lang="{language}">' in text
    assert len(re.findall(r"<h1\b", text)) == 1
    assert not re.search(r"<script|<form|<iframe|\son\w+=|\sstyle=|popover|javascript:", text)
    assert '<meta name="robots" content="noindex">' in text
    bare = path.partition("?")[0]
    assert f'<link rel="canonical" href="{BASE}/{language}{bare}">' in text
    assert published.version in text
    assert published.digest[:12] in text
    assert "CC BY 4.0" in text
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    asked = parse_qs(urlsplit(path).query)
    (whence,) = re.findall(r'<p class="credit">[^<]*<a [^>]*href="([^"]+)"', text)
    found = urlsplit(unescape(whence))
    assert (found.path, parse_qs(found.query)) == (f"/{language}{bare}", asked)


@pytest.mark.parametrize("path", CHARTS)
def test_every_link_of_an_embed_opens_beside_the_page_that_frames_it_and_leads_somewhere(site, path):
    text = site.get(f"/embed/kk{path}").text
    links = re.findall(r"<a [^>]*>", text)
    assert len(links) > 3
    for link in links:
        assert link.count(' target="_blank"') == link.count(" rel=") == link.count(' rel="noopener"') == 1, (
            link
        )
        address = unescape(re.search(r'href="([^"#]*)', link)[1])
        assert site.get(address).status_code == 200, address


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_indicator_is_embedded_with_the_numbers_of_the_api_and_its_warnings(site, published, language):
    rows = site.get(f"/api/stats?gaps=0&limit=1000&lang={language}").json()["data"]
    stated: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["year"] and row["status"] == "value":
            stated.setdefault(row["indicator"], {})[row["observations"][0]] = row["value"]
    drawn = 0
    for indicator in published.tables[Indicator]:
        code = indicator.code
        answer = site.get(f"/embed/{language}/indicators/{code}")
        assert answer.status_code == 200
        page = site.get(f"/{language}/indicators/{code}").text
        text = unescape(answer.text)
        assert unescape(re.search(r'<p class="beware">(.*?)</p>', page)[1]) in text
        assert ('class="presumption"' in text) == ('<p class="presumption"' in page)
        upright = text.partition('class="sideways"')[0]
        marks = dict(re.findall(r'data-observation="([^"]+)"[^>]*>(.*?)</a>', upright, re.DOTALL))
        for id, value in stated.get(code, {}).items():
            said = re.search(r'class="value[^>]*>(.*?)</text>', marks[id], re.DOTALL)
            if value is not None and said:
                assert str(round(value)) in re.sub(r"<[^>]*>|\D", "", said[1]), (code, id)
                drawn += 1
        chart = re.search(r'<svg class="chart" role="group".*?</desc>', page, re.DOTALL)
        assert not chart or chart[0] in answer.text
    assert drawn > 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_incident_is_embedded(site, published, language):
    for incident in published.tables[Incident]:
        answer = site.get(f"/embed/{language}/incidents/{incident.id}")
        assert answer.status_code == 200
        page = site.get(f"/{language}/incidents/{incident.id}").text
        steps = re.findall(r'<svg class="chart step".*?</svg></svg>|<svg class="chart step".*?</svg>', page)
        assert all(step in answer.text for step in steps)


def test_an_embed_holds_to_its_day_and_release_and_refuses_what_its_page_refuses(site, published):
    path = "/indicators/convicted"
    then = site.get(f"/embed/en{path}?as_of=2019-12-31&release={published.digest[:12]}").text
    assert "As known on 31 December 2019." in then
    assert "s001-convicted" in then
    assert "s000-convicted-2024" not in then
    for query in ("as_of=never", "from=2022&to=2019", "yaer=1", "release=nothing", "from=2019&from=2020"):
        page, embed = site.get(f"/en{path}?{query}"), site.get(f"/embed/en{path}?{query}")
        assert page.status_code == embed.status_code == 422
        told = r"<ul>(<li><code>.*?)</ul>"
        assert re.search(told, page.text)[1] == re.search(told, embed.text)[1]
        assert "masthead" not in embed.text
    assert site.get("/embed/en/indicators/convictd").status_code == 404
    assert site.get(f"/embed/en{path}?theme=pink").status_code == 422
    assert site.get(f"/en{path}?theme=dark").status_code == 422
    early = site.get("/embed/ru/incidents/2016-07-almaty?as_of=2015-12-31")
    assert early.status_code == 200
    assert "31 декабря 2015" in early.text
    assert 'class="crumbs"' not in early.text


def test_colours_follow_the_reader_or_what_is_asked(site):
    dark = re.compile(r'<link rel="stylesheet" href="/static/dark[^"]*" media="([^"]*)">')
    found = {theme: site.get(f"/embed/en/coverage?theme={theme}").text for theme in ("auto", "light", "dark")}
    assert dark.findall(found["auto"]) == ["screen and (prefers-color-scheme: dark)"]
    assert dark.findall(found["light"]) == []
    assert dark.findall(found["dark"]) == ["screen"]
    assert '<html lang="en" class="dark">' in found["dark"]
    assert site.get("/embed/en/coverage").text == found["auto"].replace("?theme=auto", "")


def test_embeds_may_be_framed_by_everybody_and_nothing_else_by_anybody(site, addresses):
    keys = {"indicators": "convicted", "incidents": "2016-07-almaty", "places": "KZ-75", "figures": "s001-convicted",
            "sources": "knb-2019-12-12-atc-work-report", "disagreements": "convicted.2024", "observations": "s001-convicted"}  # fmt: skip
    framed = set()
    for route in sorted(addresses(site) - {"/static"}):
        room = route.rpartition("/{")[0].rpartition("/")[2]
        path = re.sub(r"\{\w+\}", keys.get(room, ""), route.replace("{rest:path}", "sources"))
        answer = site.get(path, headers={"accept": "text/html"})
        assert answer.status_code < 500, path
        policy = answer.headers["content-security-policy"]
        if "frame-ancestors *" in policy:
            framed.add(route)
            assert "x-frame-options" not in answer.headers
            assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
            assert "script-src" not in policy
            assert policy.startswith("default-src 'none'; ")
            continue
        assert answer.headers["x-frame-options"] == "DENY", path
        assert "frame-ancestors 'none'" in policy or policy.endswith("; sandbox"), path
    assert len(framed) == 7 * len(LANGUAGES)
    assert all(route.startswith("/embed/") for route in framed)


@pytest.mark.parametrize("path", [*CHARTS, "/"])
def test_a_page_gives_the_code_that_shows_its_chart_in_its_state(site, path):
    text = site.get(f"/ru{path}").text
    codes = [unescape(one) for one in re.findall(r"<code>(&lt;iframe .*?)</code>", text)]
    shown = set()
    for code in codes:
        frame = ElementTree.fromstring(code)  # noqa: S314  # our own
        assert frame.get("loading") == "lazy"
        assert frame.get("title")
        assert site.get(inside(frame.get("src") or "")).status_code == 200
        shown.add(inside(frame.get("src") or ""))
    own = OWN.get(path.partition("?")[0], ())
    charts = {f"/embed/ru{path}{'&' if '?' in path else '?'}chart={chart}" for chart in own}
    if path == "/":
        assert len(shown) == len(codes) == 3
    else:
        # Map and timeline are offered each for itself.
        assert shown == charts | (set() if path.startswith("/incidents") and own else {f"/embed/ru{path}"})


SERIES = ("convicted", "detained", "prosecuted", "foiled_plots", "attacks")


def told_of(text: str) -> list[str]:
    """What a page says of each pair: in a frame its links open elsewhere, and nothing else is otherwise."""
    blocks = re.findall(r'<div class="told">(.*?)</div>', text, re.DOTALL)
    return [one.replace(' target="_blank" rel="noopener"', "") for one in blocks]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_may_not_be_compared_stays_apart_in_a_frame_and_in_a_picture(site, published, language):
    """A reader tries pair after pair: whatever the page says of two, the frame says, and no picture is without it."""
    figures = [one.id for one in published.tables[Observation]][LANGUAGES.index(language) :: 150]
    asked = [f"figure={one},{other}" for one, other in pairwise(figures)]
    asked += [
        f"series={one},{other}"
        for one, other in islice(combinations(SERIES, 2), LANGUAGES.index(language), None, 3)
    ]
    kept_apart = 0
    for query in asked:
        page, embed = (
            site.get(f"/{language}/compare?{query}").text,
            site.get(f"/embed/{language}/compare?{query}"),
        )
        assert embed.status_code == 200
        (told,) = told_of(page)
        assert told_of(embed.text) == [told], query
        drawing = site.get(f"/{language}/compare.svg?{query}").text
        picture = " ".join(ElementTree.fromstring(drawing).itertext())  # noqa: S314  # our own
        said = re.findall(r"<p[^>]*>([^<]+: [^<]*)", told.rpartition("</ul>")[2])
        for sentence in said:
            # The picture breaks its lines elsewhere.
            assert " ".join(unescape(sentence).split()) in " ".join(picture.split()), query
            kept_apart += 1
        for indicator in re.findall(r'<p class="beware"><b>([^<]+)</b>', embed.text):
            assert unescape(indicator).rstrip(".") in picture
    assert kept_apart > 6


def test_a_figure_that_no_longer_stands_says_so_wherever_it_is_side_by_side(site, published):
    known = {one["id"] for one in site.get("/api/observations?limit=1000").json()["data"]}
    fallen = [
        one.id for one in published.tables[Observation] if one.status == "retracted" and one.id in known
    ]
    assert fallen
    for id in fallen:
        query = f"figure=s001-convicted,{id}"
        for path in ("/en/compare", "/embed/en/compare", "/en/compare.svg"):
            said = re.sub(r"<[^>]+>|\s+", " ", site.get(f"{path}?{query}").text)
            assert re.search(r"; +retracted", said), (path, id)


def test_nothing_is_set_side_by_side_that_is_not_there(site):
    language = "kk"
    for query in (
        "series=convicted,nobody",
        "figure=s001-convicted,s999-nobody",
        "series=convicted,s001-convicted",
    ):
        page, embed = site.get(f"/{language}/compare?{query}"), site.get(f"/embed/{language}/compare?{query}")
        assert page.status_code == embed.status_code == 422
        assert re.search(r'<p class="caveat" role="alert">.*?</p>', embed.text)[0] in page.text
        assert "<code>&lt;iframe" not in page.text
        for ending in (".svg", ".png", ".social.png"):
            assert site.get(f"/{language}/compare{ending}?{query}").status_code == 422
        assert site.get("/oembed", params={"url": f"{BASE}/{language}/compare?{query}"}).status_code == 404
    for query in ("", "series=convicted", "figure=s001-convicted"):
        assert site.get("/oembed", params={"url": f"{BASE}/{language}/compare?{query}"}).status_code == 404
        assert "<code>&lt;iframe" not in site.get(f"/{language}/compare?{query}").text
    many = ",".join(SERIES)
    for path in (f"/embed/{language}/compare", f"/{language}/compare.social.png"):
        assert site.get(f"{path}?series={many}").status_code == 422
    # On a day on which one of two had not been stated there is no pair.
    then = site.get(
        f"/embed/{language}/compare?figure=s001-convicted,s000-convicted-2024&as_of=2020-01-01"
    ).text
    assert told_of(then) == []
    assert "s000-convicted-2024</code>" in then


@pytest.mark.parametrize(
    "query", ["", "outcome=foiled", "region=KZ-71,KZ-75&from=2011&to=2016", "as_of=2016-12-31", "q=almaty"]
)
def test_map_and_timeline_count_what_the_list_lists(site, query):
    rows = site.get(f"/api/incidents?limit=1000&{query}").json()["data"]
    regions = Counter(row["region_now"] or "none" for row in rows)
    dated = {row["id"] for row in rows if row["date_start"]}
    text = site.get(f"/embed/en/incidents?{query}").text
    shown = re.findall(r'<li class="r\d c\d"><a [^>]*href="([^"]*)"[^>]*>.*?<b>(\d+)</b>', text)
    tiles = {
        parse_qs(urlsplit(unescape(href)).query)["region"][0].split(",")[-1]: int(count)
        for href, count in shown
    }
    chosen = parse_qs(query).get("region", [""])[0].split(",")
    for region, count in tiles.items():
        if region not in chosen:
            assert count == regions[region], region
    assert sum(int(count) for _, count in shown) == len(rows) - sum(
        count for region, count in regions.items() if region not in tiles and region not in chosen
    )
    marks = set(re.findall(r'class="mark" href="/en/incidents/([^"?]+)', text))
    assert marks == dated
    drawing = site.get(f"/en/incidents.svg?{query}").text
    assert (
        set(re.findall(r'class="mark" href="https://derek.example/en/incidents/([^"?]+)', drawing)) == dated
    )
    only_map, only_time = (
        site.get(f"/embed/en/incidents?chart={chart}&{query}").text for chart in ("map", "timeline")
    )
    assert 'class="tiles"' in only_map
    assert "timeline" not in only_map
    assert 'class="tiles"' not in only_time
    assert set(re.findall(r'class="mark" href="/en/incidents/([^"?]+)', only_time)) == dated
    for page in (text, only_map, only_time):
        (whence,) = re.findall(r'<p class="credit">[^<]*<a [^>]*href="([^"]+)"', page)
        assert parse_qs(urlsplit(unescape(whence)).query) == parse_qs(query)


def test_days_to_disclosure_are_those_of_the_page(site):
    page, embed = site.get("/ru/disclosure").text, site.get("/embed/ru/disclosure?chart=days").text
    rows = re.compile(r'<ol class="lags">.*?</ol>', re.DOTALL)
    lags = [one.replace(' target="_blank" rel="noopener"', "") for one in rows.findall(embed)]
    assert lags == rows.findall(page)
    numbers = re.findall(r'<span class="number">([^<]+)</span>', page)
    drawing = " ".join(ElementTree.fromstring(site.get("/ru/disclosure.svg?chart=days").text).itertext())  # noqa: S314  # our own
    assert len(numbers) > 30
    assert all(unescape(one) in drawing for one in numbers)
    assert site.get("/embed/ru/disclosure?chart=nights").status_code == 422
    assert site.get("/ru/disclosure?chart=days").status_code == 422


DRAWN = ("/indicators", "/incidents?outcome=foiled", "/incidents?chart=map", "/disclosure", "/disclosure?chart=days",
         "/coverage?show=stages&from=2016", "/compare?series=convicted,foiled_plots", "/compare?figure=s001-convicted,s000-convicted-2024",
         "/indicators/convicted?from=2019")  # fmt: skip


@pytest.mark.parametrize("path", DRAWN)
def test_every_chart_has_addresses_as_svg_and_png_in_its_state(site, published, path):
    bare, _, asked = path.partition("?")
    query = f"{asked}{'&' if asked else ''}as_of=2025-11-30"
    svg = site.get(f"/kk{bare}.svg?{query}")
    root = ElementTree.fromstring(svg.text)  # noqa: S314  # our own
    assert svg.headers["content-type"] == "image/svg+xml"
    assert "style=" not in svg.text  # its own policy would not let it in
    said = " ".join(root.itertext())
    for part in (
        published.version,
        published.digest[:12],
        "2025 жылғы 30 қараша",
        "CC BY 4.0",
        f"{BASE}/kk{bare}?",
    ):
        assert part in said
    address = re.search(rf"{re.escape(BASE)}/kk{bare}\?\S+", said.replace("\n", ""))
    assert address
    png = site.get(f"/kk{bare}.png?{query}")
    assert size(png.content) == (1200, int(root.get("height") or 0))
    link = site.get(f"/kk{bare}.social.png?{query}&width=600")
    assert size(link.content) == (600, 315)
    assert "2025-11-30-kk.png" in link.headers["content-disposition"]
    assert site.get(f"/kk{bare}.svg?{query}&yaer=1").status_code == 422


def test_codes_in_notes_lead_to_what_they_name(site, published):
    """An editor's note that names another figure, an incident or a document by its code links to it, once and safely."""
    known = {
        one.id
        for one in (*published.tables[Observation], *published.tables[Incident], *published.tables[Source])
    }
    found = 0
    for one in published.tables[Observation]:
        codes = known & set(re.findall(r"[a-z0-9]+(?:[-.][a-z0-9]+)+", one.note))
        for language in LANGUAGES[found % 3 :][:1] if codes else ():
            text = site.get(f"/{language}/figures/{one.id}?as_of=2026-11-01").text
            for code in codes:
                (href,) = re.findall(rf'<a href="([^"]+)"><code>{re.escape(code)}</code></a>', text)
                assert href.endswith("?as_of=2026-11-01")
                assert site.get(href).status_code == 200
                found += 1
    assert found > 7


# --- oEmbed ---------------------------------------------------------------------------------------------------


def told(site: TestClient, url: str, **more: str | int) -> dict[str, Any]:
    answer = site.get("/oembed", params={"url": url, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", CHARTS)
def test_oembed_says_how_a_page_with_a_chart_is_shown(site, language, path):
    page = f"{BASE}/{language}{path}"
    found = told(site, page)
    assert (found["version"], found["type"]) == ("1.0", "rich")
    assert found["provider_url"] == f"{BASE}/"
    assert int(found["cache_age"]) > 0
    frame = ElementTree.fromstring(found["html"])  # noqa: S314  # our own
    assert (frame.tag, frame.get("loading")) == ("iframe", "lazy")
    assert (frame.get("width"), frame.get("height")) == (str(found["width"]), str(found["height"]))
    assert frame.get("title") == found["title"]
    assert frame.get("src") == page.replace(BASE, f"{BASE}/embed")
    assert site.get(inside(str(frame.get("src")))).status_code == 200
    image = site.get(inside(found["thumbnail_url"]))
    assert size(image.content) == (found["thumbnail_width"], found["thumbnail_height"])
    discovered = re.findall(
        r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', site.get(inside(page)).text
    )
    answers = [site.get(inside(unescape(one))).json() for one in discovered]
    assert answers[0] == found
    own = OWN.get(path.partition("?")[0], ())
    assert [re.search(r"chart=(\w+)", one["html"])[1] for one in answers[1:]] == list(own)


def test_oembed_keeps_to_the_room_that_a_site_has(site):
    url = f"{BASE}/en/indicators/convicted"
    for across, down in ((300, None), (640, 400), (99_999, 99_999), (1200, 50), (40, None), (1, 1)):
        found = told(site, url, maxwidth=across, maxheight=down or 99_999)
        assert 0 < found["width"] <= across
        assert 0 < found["height"] <= (down or found["height"])
        if "thumbnail_url" in found:
            assert found["thumbnail_width"] <= across
            assert found["thumbnail_height"] <= (down or 630)
            shown = size(site.get(inside(found["thumbnail_url"])).content)
            assert shown == (found["thumbnail_width"], found["thumbnail_height"])
    assert "theme=dark" in told(site, url, theme="dark")["html"]
    assert told(site, f"{BASE}/embed/en/indicators/convicted") == told(site, url)
    assert told(site, f"{url}?utm_source=x&fbclid=y#convicted-2019")["width"] > 0


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/en/indicators/convicted",
        "https://derek.example.evil.example/en/indicators/convicted",
        "https://derek.example@evil.example/en/indicators/convicted",
        "https://evil@derek.example/en/indicators/convicted",
        "https://derek.example:8443/en/indicators/convicted",
        "http://derek.example/en/indicators/convicted",
        "//derek.example/en/indicators/convicted",
        "/en/indicators/convicted",
        "javascript:alert(1)//https://derek.example/en/indicators/convicted",
        "file:///etc/passwd",
        "https://derek.example\\en/indicators/convicted",
        "https://derek.example/en/../en/indicators/convicted",
        "https://derek.example/en/indicators/convicted/",
        "https://derek.example//en/indicators/convicted",
        "https://derek.example/en/indicators/%63onvicted",
        "https://derek.example/en/indicators/convicted\r\nX: y",
        "https://derek.example/en/indicators/сonvicted",
        'https://derek.example/en/indicators/"><script>alert(1)</script>',
        "https://[derek.example/en/indicators/convicted",
        "https://derek.example/en/indicators/convicted?as_of=never",
        'https://derek.example/en/indicators/convicted?from="><script>',
        "https://derek.example/en/indicators/nobody",
        "https://derek.example/en/indicators/sentenced",
        "https://derek.example/en/sources",
        "https://derek.example/en/",
        "https://derek.example/oembed?url=https://derek.example/oembed",
        "",
    ],
)
def test_oembed_knows_nothing_of_addresses_that_are_not_of_a_page_with_a_chart(site, url):
    answer = site.get("/oembed", params={"url": url})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "<script" not in answer.text


def test_oembed_refuses_what_it_cannot_answer(site):
    url = quote(f"{BASE}/en/indicators/convicted", safe="")
    assert site.get(f"/oembed?url={url}&format=xml").status_code == 501
    for query, name in (
        ("", "url"),
        (f"url={url}&url={url}", "url"),
        (f"url={'x' * 2001}", "url"),
        (f"url={url}&maxwidth=0", "maxwidth"),
        (f"url={url}&maxwidth=wide", "maxwidth"),
        (f"url={url}&maxheight=-1", "maxheight"),
        (f"url={url}&theme=pink", "theme"),
        (f"url={url}&callback=x", "callback"),
    ):
        answer = site.get(f"/oembed?{query}")
        assert answer.status_code == 422, query
        assert [fault["name"] for fault in answer.json()["errors"]] == [name]
    answer = site.get(f"/oembed?url={url}&dnt=1", headers={"host": "evil.example"})
    assert "evil" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "application/json"


# --- Links ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_link_to_any_page_has_a_title_a_sentence_and_a_picture(site, language, path):
    text = site.get(f"/{language}{path}").text
    found = tags(text)
    assert all(len(values) == 1 for name, values in found.items() if name != "og:locale:alternate"), found
    one = {name: values[0] for name, values in found.items()}
    assert (
        one["og:title"]
        == one["twitter:title"]
        == unescape(re.search(r"<title>(.*) · [^·<]+</title>", text)[1])
    )
    assert one["og:description"] == unescape(
        re.search(r'<meta name="description" content="([^"]*)"', text)[1]
    )
    assert one["og:type"] in ("article", "website")
    assert one["og:url"] == f"{BASE}/{language}{path}"
    assert one["og:site_name"] == {"en": "Derek", "ru": "Дерек", "kk": "Дерек"}[language]
    locales = [one["og:locale"], *found["og:locale:alternate"]]
    assert sorted(locales) == ["en_GB", "kk_KZ", "ru_RU"]
    assert one["og:locale"].startswith(language)
    assert one["twitter:card"] == "summary_large_image"
    assert one["og:image"] == one["twitter:image"]
    assert len(one["og:image:alt"]) > 20
    assert "<" not in "".join(one.values())
    image = site.get(inside(one["og:image"]))
    assert image.headers["content-type"] == one["og:image:type"] == "image/png"
    assert size(image.content) == (int(one["og:image:width"]), int(one["og:image:height"])) == (1200, 630)
    assert image.headers["cross-origin-resource-policy"] == "cross-origin"


def test_the_picture_of_a_link_is_in_the_state_of_its_page(site, published):
    path = "/kk/indicators/convicted?to=2024&from=2019&as_of=2025-11-30&utm_source=x"
    found = tags(site.get(path).text)
    assert found["og:url"] == [f"{BASE}/kk/indicators/convicted?as_of=2025-11-30&from=2019&to=2024"]
    asked = parse_qs(urlsplit(found["og:image"][0]).query)
    assert asked == {
        "from": ["2019"], "to": ["2024"], "as_of": ["2025-11-30"], "release": [published.digest[:12]],
    }  # fmt: skip
    state = site.get(inside(found["og:image"][0])).content
    assert state != site.get("/kk/indicators/convicted.social.png").content
    assert state == site.get(inside(found["og:image"][0])).content
    assert site.get("/en/indicators/convicted.social.png?as_of=never").status_code == 422
    assert site.get("/en/indicators/nobody.social.png").status_code == 404
    for name in PREVIEWERS:
        assert f"User-agent: {name}\n" in site.get("/robots.txt").text


# --- Pictures -------------------------------------------------------------------------------------------------


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, site: Any) -> list[str]:
    """The drawings of which pictures are made; none that was made before is kept."""
    found: list[str] = []
    site.app.shell.kept._kept.clear()

    def keep(drawing: str, width: int | None = None) -> bytes:
        found.append(drawing)
        return b""

    monkeypatch.setattr("app.charts.png", keep)
    return found


def advances() -> dict[str, float]:
    """How wide each letter of the heavier font is, read from the font itself."""
    data = (folder("static") / "vendor" / "NotoSans-SemiBold.ttf").read_bytes()
    (count,) = struct.unpack(">H", data[4:6])
    tables = {
        data[at : at + 4]: struct.unpack(">I", data[at + 8 : at + 12])[0]
        for at in range(12, 12 + 16 * count, 16)
    }
    (em,) = struct.unpack(">H", data[tables[b"head"] + 18 : tables[b"head"] + 20])
    (metrics,) = struct.unpack(">H", data[tables[b"hhea"] + 34 : tables[b"hhea"] + 36])
    cmap, hmtx = tables[b"cmap"], tables[b"hmtx"]
    found = {}
    (count,) = struct.unpack(">H", data[cmap + 2 : cmap + 4])
    for at in range(cmap + 4, cmap + 4 + 8 * count, 8):
        start = cmap + struct.unpack(">I", data[at + 4 : at + 8])[0]
        if struct.unpack(">H", data[start : start + 2])[0] != 4:
            continue
        (double,) = struct.unpack(">H", data[start + 6 : start + 8])
        ends, begins, deltas, offsets = (
            struct.unpack(f">{double // 2}H", data[start + skip : start + skip + double])
            for skip in (14, 16 + double, 16 + 2 * double, 16 + 3 * double)
        )
        for place, (last, first, delta, offset) in enumerate(zip(ends, begins, deltas, offsets, strict=True)):
            for letter in range(first, last + 1):
                glyph = letter + delta & 0xFFFF
                if offset:
                    at = start + 16 + 3 * double + 2 * place + offset + 2 * (letter - first)
                    (glyph,) = struct.unpack(">H", data[at : at + 2])
                    glyph = glyph + delta & 0xFFFF if glyph else 0
                if glyph:
                    at = hmtx + 4 * min(glyph, metrics - 1)
                    found[chr(letter)] = struct.unpack(">H", data[at : at + 2])[0] / em
    return found


def test_no_letter_takes_more_room_than_is_kept_for_it():
    real = advances()
    for letter, share in lettering.ADVANCES.items():
        assert real[letter] <= share + 0.001, letter
    text = "Қазақстандағы терроризмге қарсы күрес статистикасы: әр санның өз куәгері бар"
    kept, needed = lettering.width(text, 1), sum(real[letter] for letter in text)
    assert needed <= kept <= needed * 1.08


def everywhere(site: TestClient, published: seed.Package, language: str) -> Iterator[str]:
    """Every picture in each language, of the many figures and disagreements some in each."""

    def keys(table: type[Row]) -> list[str]:
        return [str(getattr(row, table.key[0])) for row in published.tables[table]]

    at = LANGUAGES.index(language)
    differing = [row["id"] for row in site.get("/api/disagreements?limit=1000").json()["data"]]
    yield f"/{language}/social.png"
    for page in ("indicators", "coverage", "coverage.stages", "incidents", "incidents.map", "incidents.timeline", "disclosure",
                 "disclosure.days"):  # fmt: skip
        room, _, asked = page.partition(".")
        query = f"?{'show' if room == 'coverage' else 'chart'}={asked}" if asked else ""
        yield f"/{language}/{room}.social.png{query}"
    yield f"/{language}/compare.social.png"
    yield f"/{language}/compare.social.png?series=convicted,detained"
    yield f"/{language}/compare.social.png?series=convicted,detained,foiled_plots,prosecuted"
    yield f"/{language}/compare.social.png?figure={','.join(keys(Observation)[at : at + 4])}"
    for room, some in (
        ("indicators", keys(Indicator)),
        ("incidents", keys(Incident)),
        ("figures", keys(Observation)[at::25]),
        ("disagreements", differing[at::8]),
    ):
        yield from (f"/{language}/{room}/{key}.social.png" for key in some)


COUNTRY = {"en": "Kazakhstan’s", "ru": "Казахстан", "kk": "Қазақстан"}
"""What is written on a picture that is torn from its page."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_picture_is_cut_or_lies_on_another(site, published, drawn, language, one_in):
    """Every picture of every kind is looked at as it is drawn: each line of text inside the sheet, and apart from others."""
    real = advances()
    for path in [*everywhere(site, published, language)][LANGUAGES.index(language) :: one_in(3)]:
        drawn.clear()
        assert site.get(path).status_code == 200, path
        root = ElementTree.fromstring(drawn[0])  # noqa: S314  # our own
        boxes = [(0.0, 0.0, 0.0, 0.0, "")]
        for text, left, top, scale in texts(root):
            height, said = float(text.get("font-size") or 0) * scale, "".join(text.itertext())
            assert set(said) <= set(real), (path, said)  # else a box is drawn for what the font has not
            x, y = left + float(text.get("x") or 0) * scale, top + float(text.get("y") or 0) * scale
            wide = sum(real.get(letter, 1) for letter in said) * height
            x -= wide / 2 if "middle" in (text.get("class") or "") else 0
            box = (x, x + wide, y - height * 0.75, y + height * 0.1, said)
            assert box[0] >= 40, (path, box)
            assert box[1] <= 1160, (path, box)
            assert box[2] >= 8, (path, box)
            assert box[3] <= 622, (path, box)
            for other in boxes:
                apart = box[1] <= other[0] or other[1] <= box[0] or box[3] <= other[2] or other[3] <= box[2]
                assert apart, (path, box, other)
            boxes.append(box)
        assert published.digest[:12] in drawn[0]
        assert COUNTRY[language] in " ".join(box[4] for box in boxes), path


def texts(
    root: ElementTree.Element, left: float = 0, top: float = 0, scale: float = 1
) -> Iterator[tuple[ElementTree.Element, float, float, float]]:
    """Texts that a picture adds to its charts, with where their group begins and how far it is enlarged."""
    for part in root:
        name = part.tag.rpartition("}")[2]
        if name == "text" and "said" in (part.get("class") or ""):
            yield part, left, top, scale
        elif name == "g":
            moved = re.match(r"translate\(([\d.\-]+) ([\d.\-]+)\)", part.get("transform") or "")
            right, down = (float(moved[1]), float(moved[2])) if moved else (0, 0)
            yield from texts(part, left + right * scale, top + down * scale, scale)
        elif name == "svg":
            x, y = (float(part.get(at) or 0) if "%" not in (part.get(at) or "") else 0 for at in ("x", "y"))
            seen = (part.get("viewBox") or "").split()
            larger = float(part.get("width") or 1) / float(seen[2]) if len(seen) == 4 else 1
            yield from texts(part, left + x * scale, top + y * scale, scale * larger)


@pytest.mark.parametrize("ending", ["svg", "social.png"])
def test_pictures_of_several_charts_say_what_their_signs_mean(site, drawn, ending):
    for address, said in (
        (
            "compare",
            ("Hatched bars cover part of a year", "12 Dec 2019", "figures for parts only", "it is not zero"),
        ),
        ("indicators", ("Hatched bars cover part of a year", "figures for parts only", "it is not zero")),
        ("incidents", ("a pale one where only the month or year is known",)),
    ):
        drawn.clear()
        asked = "?series=convicted,detained" if address == "compare" else ""
        answer = site.get(f"/en/{address}.{ending}{asked}")
        root = ElementTree.fromstring(drawn[0] if drawn else answer.text)  # noqa: S314  # our own
        written = [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]
        told = " ".join(" ".join(written).replace("\u2009", "").replace("\u202f", "").split())
        for words in said:
            assert words in told, (address, words)


def test_a_picture_that_leaves_a_warning_out_says_that_there_is_more(site, drawn):
    for address in ("/kk/compare.social.png?series=convicted,detained", "/kk/indicators/detained.social.png"):
        site.get(address)
    crowded, roomy = (" ".join(ElementTree.fromstring(one).itertext()) for one in drawn)  # noqa: S314  # our own
    warning, more = "Бұл — тек күдік", "Қалғаны — бетте."
    assert (warning in crowded, more in crowded) == (False, True)
    assert (warning in roomy, more in roomy) == (True, False)


def test_a_card_shows_the_figure_what_it_counts_who_said_it_and_what_nobody_may_say(site, drawn):
    site.get("/en/figures/s001-convicted.social.png")
    site.get("/ru/disagreements/convicted.2019.social.png")
    site.get("/kk/incidents/2016-07-almaty.social.png")
    site.get("/kk/indicators/detained.social.png")
    said = [" ".join(ElementTree.fromstring(one).itertext()) for one in drawn]  # noqa: S314  # our own
    for part in (
        "140",
        "Anti-Terrorism Centre (at the KNB), 12 December 2019",
        "Do not set it against a full year",
    ):
        assert part in said[0]
    assert said[1].count("140") >= 2
    assert "Считайте это только один раз" in said[1]
    assert "Қазақстан соттары" in said[2]
    assert "қосуға болмайды" in said[2]
    assert "Кінәсіздік презумпциясы." in said[3]
    for drawing in drawn:
        assert re.search(r'class="said digits"[^>]*>\d+<', drawing) or "svg" in drawing


def rows_of(content: bytes) -> list[bytes]:
    """The pixels of a PNG, row by row, as far as two of them can be told apart."""
    data, at = b"", 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        if content[at + 4 : at + 8] == b"IDAT":
            data += content[at + 8 : at + 8 + length]
        at += 12 + length
    return [zlib.decompress(data)]


def test_every_kazakh_letter_has_a_shape_of_its_own():
    def shape(letter: str) -> bytes:
        text = f'<text x="10" y="80" font-size="80">{letter}</text>'
        drawing = f'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="120">{text}</svg>'
        return rows_of(charts.png(drawing))[0]

    letters = "ӘәҒғҚқҢңӨөҰұҮүҺһАаГгКкНнОоУуХх"
    shapes = {letter: shape(letter) for letter in (*letters, " ", "\u0378")}
    assert len(set(shapes.values())) >= len(letters) + 1
    assert all(shapes[letter] not in (shapes[" "], shapes["\u0378"]) for letter in letters)


def test_how_well_a_year_is_known_is_drawn_unlike_without_colour(site):
    """In grey, and light as paper where a printer saves ink: each sign by its shape, as a font need not have it."""
    drawing = site.get("/en/coverage.svg?as_of=2024-06-01").text
    root = ElementTree.fromstring(drawing)  # noqa: S314  # our own
    key = [part for part in root.iter("{http://www.w3.org/2000/svg}svg") if part.get("width") == "24"]
    assert len(key) == len([sign for sign in charts.SIGNS.values() if sign])
    style = charts.style()
    grey = re.sub(r"#[0-9a-f]{6}\b", "#777", style.replace("#fdfcf9", "#fff"))
    shapes = set()
    for sign in key:
        for ground in [part for part in sign.iter() if part.get("fill-opacity")]:
            ground.set("fill-opacity", "0")
        body = ElementTree.tostring(sign, encoding="unicode")
        picture = f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><style>{grey}</style>{body}</svg>'
        shapes.add(rows_of(charts.png(picture))[0])
    assert len(shapes) == len(key)


# --- In a browser ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(on_a_port: Any) -> Iterator[str]:
    """The real site on a port of this machine."""
    with on_a_port(create_app(Settings(database_url=None))) as address:
        yield address


@contextmanager
def another_site(body: str) -> Iterator[str]:
    """A page of somebody else: another name and another port."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = f"<!doctype html><html lang=en><title>News</title><body>{body}</body></html>".encode()
            self.send_response(200 if self.path == "/" else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content) if self.path == "/" else 0))
            self.end_headers()
            self.wfile.write(content if self.path == "/" else b"")

        def log_message(self, *said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_address[1]}/"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.mark.parametrize(("language", "theme", "paper"), [
    ("en", "light", "rgb(253, 252, 249)"), ("kk", "dark", "rgb(21, 24, 28)"), ("ru", "auto", "rgb(21, 24, 28)"),
])  # fmt: skip
def test_a_page_of_another_site_frames_an_embed_without_scripts(
    browser: Browser, served: str, language: str, theme: str, paper: str
) -> None:
    address = f"{served}/embed/{language}/indicators/convicted?theme={theme}"
    with another_site(f'<iframe src="{address}" width="720" height="700" loading="lazy"></iframe>') as news:
        context = browser.new_context(java_script_enabled=False, color_scheme="dark")
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.goto(news)
        frame = page.frame_locator("iframe")
        mark = frame.locator("svg.chart a[data-observation='s001-convicted']")
        expect(mark.locator(".value")).to_have_text("140")
        expect(mark.locator(".bar")).to_be_visible()
        expect(frame.locator("footer .credit")).to_contain_text("CC BY 4.0")
        assert complaints == []
        with context.expect_page() as opened:
            mark.locator(".bar").click()
        assert opened.value.url.startswith(f"{served}/{language}/sources/")
        frame.locator("details.twin > summary").click()
        expect(frame.locator("details.twin table")).to_be_visible()
        context.close()
        context = browser.new_context(color_scheme="dark")
        page = context.new_page()
        page.goto(news)
        # Its own style was let in, in the colours that were asked for.
        body = page.frame_locator("iframe").locator("body.embed")
        expect(body).to_have_css("background-color", paper)
        context.close()


def _keep(kept: list[str], message: ConsoleMessage) -> None:
    kept.append(message.text)


def test_a_page_that_is_no_embed_refuses_to_be_framed(browser: Browser, served: str) -> None:
    for path in ("/en/indicators/convicted", "/en/"):
        with another_site(f'<iframe src="{served}{path}" width="720" height="700"></iframe>') as news:
            page = browser.new_page()
            complaints: list[str] = []
            page.on("console", partial(_keep, complaints))
            page.goto(news)
            page.wait_for_timeout(500)
            assert page.frame_locator("iframe").locator(".masthead").count() == 0
            assert any("frame" in text for text in complaints)
            page.close()


@pytest.mark.parametrize(
    "path",
    [
        "/embed/en/indicators/foiled_plots",
        "/en/indicators/foiled_plots",
        "/en/compare?series=foiled_plots,convicted",
    ],
)
def test_the_key_names_the_letters_that_are_drawn_at_that_width(
    browser: Browser, served: str, path: str
) -> None:
    """Totals of several years are drawn where years run sideways; downwards they are not, and the key leaves them out."""
    page = browser.new_page()
    page.goto(f"{served}{path}")
    named = {}
    for width in (1100, 360):
        page.set_viewport_size({"width": width, "height": 800})
        figure = page.locator("figure.chart").first
        seen = figure.evaluate(
            """figure => {
                const shown = one => one.checkVisibility() && getComputedStyle(one).display !== 'none'
                const of = (query) => [...figure.querySelectorAll(query)].filter(shown).map(one => one.textContent)
                return [of('.key .swatch'), of('.letter, .lane .years, .sideways .note')]
            }"""
        )
        letters = {letter for text in seen[1] for letter in re.findall(r"(?<!\w)[A-Z](?!\w)", text)}
        named[width] = set(seen[0])
        assert named[width] == letters, width
    assert named[360]
    assert named[360] <= named[1100]
    assert (named[360] < named[1100]) == ("compare" not in path)
    page.close()


LISTS = ("/coverage", "/incidents/2016-07-almaty", "/disclosure")
"""Whose frames are lower than what stands in them."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path",
    [
        "/indicators/convicted",
        "/indicators/detained",
        "/indicators/foiled_plots",
        "/indicators/citizens_abroad_fighters",
        "/indicators/citizens_returned",
        "/incidents",
        "/indicators",
        "/compare?series=convicted,detained",
        *LISTS,
    ],
)
def test_a_chart_fits_the_frame_that_is_offered_for_it(
    browser: Browser, served: str, language: str, path: str
) -> None:
    text = httpx.get(f"{served}/{language}{path}", timeout=60).text
    code = unescape(re.search(r"<code>(&lt;iframe .*?)</code>", text)[1])
    width, height = (int(re.search(rf'{name}="(\d+)"', code)[1]) for name in ("width", "height"))
    page = browser.new_page(viewport={"width": width, "height": height})
    source = urlsplit(unescape(re.search(r'src="([^"]+)"', code)[1]))
    page.goto(f"{served}{source.path}?{source.query}")
    needed = page.evaluate("document.body.scrollHeight")
    if path in LISTS:
        assert height <= 900
        page.mouse.wheel(0, 300)
    else:
        assert height - max(120, height // 10) <= needed <= height, (needed, height)
    below = page.evaluate("document.querySelector('footer .credit').getBoundingClientRect().bottom")
    assert below <= height  # whose it is and under which licence is in sight, however much stands above
    told = page.locator("body").inner_text()
    assert told.count(page.locator("h1").inner_text()) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 320, "height": 600})
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


def test_a_frame_says_days_and_gaps_at_its_own_width(browser: Browser, served: str) -> None:
    page = browser.new_page(viewport={"width": 720, "height": 900})
    page.goto(f"{served}/embed/en/indicators/convicted")
    for words in ("–12 Dec", "found", "cases"):
        assert page.locator("svg.chart text", has_text=words).first.is_visible(), words
    for words in ("Hatched bars cover part of a year", "It is not zero", "single cases"):
        assert page.locator(".notes p", has_text=words).first.is_visible(), words
    page.close()


SEEN = (("en", "light", 720), ("ru", "dark", 720), ("kk", "dark", 360))
"""In which language, theme and width embeds are looked at, one after the other."""


@pytest.mark.parametrize(
    ("path", "language", "theme", "width"),
    [(path, *SEEN[place % len(SEEN)]) for place, path in enumerate(CHARTS)],
)
def test_embeds_are_accessible(
    browser: Browser, served: str, path: str, language: str, theme: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{served}/embed/{language}{path}{'&' if '?' in path else '?'}theme={theme}")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    wanted = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = Axe().run(page, options=wanted).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
