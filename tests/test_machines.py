"""What programs read by themselves: icons, the manifest, robots.txt, the sitemap, and changes as a feed and a page."""

import csv
import json
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from app import seed
from app.database import Database
from app.folders import folder
from app.i18n import LANGUAGES, Terms, Words
from app.main import create_app
from app.models import (
    Body,
    Change,
    Incident,
    Indicator,
    Observation,
    Place,
    Published,
    Source,
    Text,
    Translation,
)
from app.pages import changes, machines
from app.pages.rendering import router
from app.settings import Settings

BASE = "https://derek.example"
ATOM = "{http://www.w3.org/2005/Atom}"
XML = "{http://www.w3.org/XML/1998/namespace}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def served(package: seed.Package, place: Path, *older: seed.Package) -> TestClient:
    database = Database(f"sqlite:///{place}/derek.db")
    for one in (*older, package):
        seed.load(one, database)
    return TestClient(create_app(Settings(public_url=f"{BASE}/"), database), follow_redirects=False)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, world: seed.Package) -> Iterator[TestClient]:
    with served(world, tmp_path_factory.mktemp("machines")) as client:
        yield client


@pytest.fixture
def edited(world_folder: Path) -> Callable[..., seed.Package]:
    """The miniature after it was published and a cell of it changed, with what is entered in changes.csv."""

    def edit(id: str, field: str, now: str, kind: str, on: str, reason: str) -> seed.Package:
        seed.publish(world_folder)
        observations = _rows(world_folder / "observations.csv")
        at = observations[0].index(field)
        row = next(row for row in observations if row[0] == id)
        was, row[at] = row[at], now
        _write(world_folder / "observations.csv", observations)
        entry = [id, field, on, "2026.12.1", kind, was, now, reason]
        _write(world_folder / "changes.csv", [*_rows(world_folder / "changes.csv"), entry])
        descriptor = world_folder / "datapackage.json"
        content = json.loads(descriptor.read_text(encoding="utf-8"))
        content |= {"version": "2026.12.1", "created": f"{on}T00:00:00Z"}
        descriptor.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        return seed.read(world_folder)

    return edit


def _rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as source:
        return list(csv.reader(source))


def _write(file: Path, rows: list[list[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, lineterminator="\n").writerows(rows)


# --- Icons ----------------------------------------------------------------------------------------------------


def png(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG; fails where it is none."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert content[12:16] == b"IHDR"
    width, height = struct.unpack(">2I", content[16:24])
    return width, height


def test_the_favicon_is_an_ico_of_three_sizes(client):
    answer = client.get("/favicon.ico")
    assert answer.headers["content-type"] == "image/vnd.microsoft.icon"
    zero, kind, count = struct.unpack("<3H", answer.content[:6])
    assert (zero, kind, count) == (0, 1, 3)
    end = 6 + 16 * count
    for number, size in enumerate((16, 32, 48)):
        entry = struct.unpack("<4B2H2I", answer.content[6 + 16 * number : 22 + 16 * number])
        assert entry[:6] == (size, size, 0, 0, 1, 32)
        length, at = entry[6:]
        assert at == end
        assert png(answer.content[at : at + length]) == (size, size)
        end = at + length
    assert end == len(answer.content)


@pytest.mark.parametrize("path", machines.ICONS)
def test_an_icon_has_the_size_that_its_address_promises(client, path):
    size, _ = machines.ICONS[path]
    answer = client.get(path)
    assert answer.headers["content-type"] == "image/png"
    assert png(answer.content) == (size, size)
    assert len(answer.content) < 20_000


def test_the_manifest_names_icons_that_are_there(client):
    for language in LANGUAGES:
        answer = client.get(f"/{language}/site.webmanifest")
        assert answer.headers["content-type"] == "application/manifest+json"
        told = answer.json()
        assert (told["lang"], told["dir"], told["start_url"]) == (language, "ltr", f"/{language}/")
        assert told["name"]
        assert client.get(told["start_url"]).status_code == 200
        for one in told["icons"]:
            found = client.get(one["src"])
            assert (found.status_code, found.headers["content-type"]) == (200, one["type"])
        sizes = {(one["sizes"], one.get("purpose")) for one in told["icons"]}
        assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes


def test_the_colours_are_those_of_page_and_mark(client):
    assert f"--paper: {machines.PAPER};" in (folder("static") / "chart.css").read_text(encoding="utf-8")
    assert f'fill="{machines.TILE}"' in (folder("static") / "icon.svg").read_text(encoding="utf-8")
    assert client.get("/en/site.webmanifest").json()["theme_color"] == machines.PAPER


def test_what_is_the_same_for_everybody_takes_no_parameters(client):
    for path in ("/robots.txt", "/favicon.ico", "/icon-192.png", "/en/site.webmanifest"):
        assert client.get(path + "?size=9").status_code == 422


# --- Search engines -------------------------------------------------------------------------------------------


def test_robots_may_read_everything_but_endless_combinations(client):
    answer = client.get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "User-agent: *",
        "Allow: /static/",
        "Disallow: /*?",
        "Disallow: /*/search",
        "",
        *(f"User-agent: {name}" for name in machines.PREVIEWERS),
        "Allow: /",
        "",
        f"Sitemap: {BASE}/sitemap.xml",
    ]


def test_an_absolute_address_comes_from_the_settings_and_never_from_the_request(client):
    for path in ("/robots.txt", "/sitemap.xml", "/en/changes.atom"):
        text = client.get(path, headers={"host": "evil.example", "x-forwarded-host": "evil.example"}).text
        assert "evil" not in text
        assert f"{BASE}/" in text


def test_without_a_public_address_absolute_ones_name_host_and_port(tmp_path, world):
    database = Database(f"sqlite:///{tmp_path}/derek.db")
    seed.load(world, database)
    with TestClient(create_app(Settings(host="127.0.0.1", port=8123), database)) as client:
        assert "Sitemap: http://127.0.0.1:8123/sitemap.xml" in client.get("/robots.txt").text


def test_the_sitemap_lists_every_page_in_every_language(client, world):
    answer = client.get("/sitemap.xml")
    assert answer.headers["content-type"] == "application/xml"
    root = ET.fromstring(answer.content)  # noqa: S314  # our own
    assert root.tag == f"{MAP}urlset"
    listed: dict[str, dict[str, str]] = {}
    for entry in root:
        (address,) = (found.text for found in entry.findall(f"{MAP}loc"))
        assert address.startswith(f"{BASE}/")
        assert address not in listed
        assert entry.findtext(f"{MAP}lastmod") == "2026-11-22"
        listed[address] = {
            link.attrib["hreflang"]: link.attrib["href"] for link in entry.findall(f"{XHTML}link")
        }
    for address, others in listed.items():
        path = urlsplit(address).path
        _, language, rest = path.split("/", 2)
        assert others == {
            **{code: f"{BASE}/{code}/{rest}" for code in LANGUAGES},
            "x-default": f"{BASE}/en/{rest}",
        }, address
        assert set(others.values()) <= set(listed)
        if language == "en":
            page = client.get(path)
            assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8"), path
    for room, table in {
        "sources": Source,
        "indicators": Indicator,
        "incidents": Incident,
        "places": Place,
    }.items():
        if any(getattr(route, "path", "").startswith(f"/{room}/{{") for route in router.routes):
            for row in world.tables[table]:
                assert f"{BASE}/kk/{room}/{getattr(row, row.key[0])}" in listed
    assert not [
        address for address in listed if re.search(r"\?|/search|\.[a-z]{2,}$", urlsplit(address).path)
    ]


# --- Changes --------------------------------------------------------------------------------------------------


def read_feed(client: TestClient, language: str = "en", query: str = "") -> ET.Element:
    """A feed, after everything that RFC 4287 demands of one was looked for."""
    path = f"/{language}/changes.atom{query}"
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml"
    root = ET.fromstring(answer.content)  # noqa: S314  # our own
    assert root.tag == f"{ATOM}feed"
    assert root.attrib[f"{XML}lang"] == language
    ids = []
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"{ATOM}{name}")
            assert found.text.strip(), name
        assert re.fullmatch(r"tag:derek,2026:[a-z]{2}/[\w./\-]+", element.findtext(f"{ATOM}id", ""))
        datetime.fromisoformat(element.findtext(f"{ATOM}updated", ""))
        ids.append(element.findtext(f"{ATOM}id"))
        links = element.findall(f"{ATOM}link")
        assert [link.attrib["rel"] for link in links].count("alternate") == 1
        for link in links:
            assert link.attrib["href"].startswith(f"{BASE}/{language}/")
            page = client.get(link.attrib["href"].removeprefix(BASE).partition("#")[0])
            assert page.status_code == 200
            _, _, anchor = link.attrib["href"].partition("#")
            assert not anchor or f'id="{anchor}"' in page.text
    assert len(set(ids)) == len(ids)
    assert [link.attrib["href"] for link in root.findall(f"{ATOM}link[@rel='self']")] == [BASE + path]
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    entries = root.findall(f"{ATOM}entry")
    updated = [entry.findtext(f"{ATOM}updated", "") for entry in entries]
    assert updated == sorted(updated, reverse=True)
    assert root.findtext(f"{ATOM}updated") == updated[0]
    for entry in entries:
        assert len(entry.findall(f"{ATOM}content")) == 1
    return root


def said(element: ET.Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


CORRECTED: dict[str, Any] = {
    "id": "convicted-2024",
    "field": "value",
    "now": "85",
    "kind": "correction",
    "on": "2026-12-03",
    "reason": 'Misread: "85" <b>& not</b> 84.',
}


def test_a_change_is_on_the_page_with_what_was_there_before_and_why(edited, tmp_path):
    with served(edited(**CORRECTED), tmp_path) as client:
        text = client.get("/en/changes").text
        row = re.search(r'<tr id="convicted-2024\.value\.2026-12-03">.*?</tr>', text, re.DOTALL)[0]
        assert "<del>84</del>" in row
        assert "<ins>85</ins>" in row
        assert 'href="/en/sources/knb-2025#convicted-2024"' in row
        assert "Misread: &#34;85&#34; &lt;b&gt;&amp; not&lt;/b&gt; 84." in row
        assert text.index('id="2026.12.1"') < text.index('id="2026.11.0"')
        assert "Nothing that was published has been changed" not in text
        russian = client.get("/ru/changes").text
        assert '<span lang="en">Misread:' in russian


def test_changes_are_narrowed_by_kind_and_indicator(edited, tmp_path):
    with served(edited(**CORRECTED), tmp_path) as client:

        def shown(query: str) -> tuple[bool, bool]:
            answer = client.get(f"/en/changes?{query}")
            assert answer.status_code == 200
            return "convicted-2024.value" in answer.text, "first published</summary>" in answer.text

        assert shown("") == (True, True)
        assert shown("kind=correction") == (True, False)
        assert shown("kind=addition") == (False, True)
        assert shown("indicator=convicted") == (True, True)
        assert shown("indicator=foiled_plots&kind=correction") == (False, False)
        assert "No change fits." in client.get("/en/changes?kind=revision&indicator=attacks").text
        for wrong in ("kind=corection", "indicator=convictd", "knd=all"):
            assert client.get(f"/en/changes?{wrong}").status_code == 422


def test_an_untouched_record_says_so_and_names_the_releases_held(tmp_path, world_folder, world):
    rows = _rows(world_folder / "changes.csv")[:1]
    _write(world_folder / "changes.csv", rows)
    published = _rows(world_folder / "published.csv")[:1]
    _write(world_folder / "published.csv", published)
    package, former = seed.read(world_folder), replace(world, version="2026.10.2")
    with served(package, tmp_path, former) as client:
        text = client.get("/en/changes").text
        count = len(package.tables[Observation])
        assert f"since the first {count} figures appeared in version 2026.11.0." in text
        assert 'href="/en/corrections"' in text
        for one in (former, package):
            assert f'href="/en/?release={one.digest[:12]}"' in text
            assert one.digest in text
        pinned = client.get(f"/en/changes?release={former.digest}").text
        assert f'href="/en/corrections?release={former.digest[:12]}"' in pinned


def test_the_feed_is_sound_in_every_language(edited, tmp_path):
    package = edited(**CORRECTED)
    with served(package, tmp_path) as client:
        for language in LANGUAGES:
            root = read_feed(client, language)
            entries = root.findall(f"{ATOM}entry")
            versions = {row.version for row in package.tables[Published] if isinstance(row, Published)}
            assert len(entries) == len(package.tables[Change]) + len(versions)
            (change,) = (
                one
                for one in entries
                if one.findtext(f"{ATOM}id").endswith("convicted-2024.value.2026-12-03")
            )
            assert entries[0] is change
            content = change.find(f"{ATOM}content")
            assert content.attrib == {"type": "xhtml"}
            assert [child.tag for child in content] == [f"{XHTML}div"]
            assert "84 → 85" in said(content)
            reason = content.find(f".//{XHTML}p[@{XML}lang='en']")
            assert said(reason) == 'Misread: "85" <b>& not</b> 84.'


def test_a_feed_can_be_of_one_indicator(edited, tmp_path):
    with served(edited(**CORRECTED), tmp_path) as client:
        own = read_feed(client, "kk", "?indicator=convicted")
        assert own.findtext(f"{ATOM}id") == "tag:derek,2026:kk/changes/convicted"
        assert own.findtext(f"{ATOM}title", "").endswith(": Сотталғандар")
        assert any("convicted-2024.value" in (one.text or "") for one in own.iter(f"{ATOM}id"))
        other = read_feed(client, "kk", "?indicator=detained")
        assert not any("convicted-2024" in (one.text or "") for one in other.iter(f"{ATOM}id"))
        assert 'href="/en/changes.atom?indicator=convicted"' in client.get("/en/indicators/convicted").text
        assert client.get("/en/changes.atom?indicator=convictd").status_code == 422


def test_the_names_of_entries_do_not_depend_on_the_address(edited, tmp_path, world):
    package = edited(**CORRECTED)
    with served(package, tmp_path) as client:
        here = [one.text for one in read_feed(client).iter(f"{ATOM}id")]
    database = Database(f"sqlite:///{tmp_path}/derek.db")
    with TestClient(create_app(Settings(public_url="http://other.example"), database)) as client:
        there = [one.text for one in ET.fromstring(client.get("/en/changes.atom").content).iter(f"{ATOM}id")]  # noqa: S314
    assert here == there


def test_a_withdrawal_is_told(world_folder, tmp_path):
    seed.publish(world_folder)
    package = seed.withdraw(world_folder, "foiled-2024", "It was of another year.", date(2026, 12, 5))
    with served(package, tmp_path) as client:
        text = client.get("/en/changes?kind=withdrawal").text
        assert "foiled-2024.status.2026-12-05" in text
        assert "It was of another year." in text
        assert read_feed(client).findtext(f"{ATOM}entry/{ATOM}id").endswith("foiled-2024.status.2026-12-05")


def test_the_feed_ends_somewhere(monkeypatch, edited, tmp_path):
    monkeypatch.setattr(changes, "ENTRIES", 1)
    with served(edited(**CORRECTED), tmp_path) as client:
        (entry,) = read_feed(client).findall(f"{ATOM}entry")
        assert "convicted-2024" in entry.findtext(f"{ATOM}id")


def test_every_cell_that_can_change_has_a_name_and_is_said_in_words(world, client):
    words = Words("en", Terms.of(*(world.tables[table] for table in (Text, Translation, Body, Place))))
    for column in Published.cells():
        assert changes._column(column, words)
        assert changes._cell(column, "", words) == "nothing stated"
    assert changes._cell("as_of", "2016-10", words) == "October 2016"
    assert changes._cell("period_start", "2016-10-01", words) == "1 October 2016"
    assert changes._cell("status", "withdrawn", words) == "Withdrawn by this record"
    assert changes._cell("stated_by", "knb", words) != "knb"
    assert changes._cell("scope", "of-the-past", words) == "of-the-past"
    assert changes._cell("value", "1234.5", words) == "1,234.5"
