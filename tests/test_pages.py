"""Pages as a reader's browser gets them, in each language, without scripts."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from app import seed
from app.database import Database
from app.i18n import LANGUAGES
from app.main import create_app
from app.models import Observation, Source
from app.settings import Settings

PATHS = ("/", "/sources", "/sources/knb-2019-12-12-atc-work-report")


@pytest.fixture(scope="module")
def reader(tmp_path_factory, published) -> Iterator[TestClient]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('pages') / 'derek.db'}")
    seed.load(published, database)
    with TestClient(create_app(Settings(), database), follow_redirects=False) as client:
        yield client


class Outline(HTMLParser):
    """What a page holds, as far as these tests ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.popovers: list[str] = []
        self.headings: list[int] = []
        self.lang = ""
        self.alternates: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if "popovertarget" in given:
            self.popovers.append(given["popovertarget"])
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "html":
            self.lang = given["lang"]
        if tag == "link" and given.get("rel") == "alternate" and "hreflang" in given:
            self.alternates[given["hreflang"]] = given["href"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_whole_in_each_language(reader, language, path):
    answer = reader.get(f"/{language}{path}")
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    page = Outline(answer.text)
    assert page.lang == language
    assert page.alternates == {
        **{code: f"/{code}{path}" for code in LANGUAGES},
        "x-default": f"/en{path}",
    }
    assert len(page.ids) == len(set(page.ids))
    assert set(page.popovers) <= set(page.ids)
    assert page.headings.count(1) == 1
    assert all(here - before <= 1 for before, here in zip(page.headings, page.headings[1:], strict=False))


@pytest.mark.parametrize("path", PATHS)
def test_every_link_within_the_site_leads_somewhere(reader, path):
    pages: dict[str, Outline] = {}
    for link in sorted(set(Outline(reader.get(f"/en{path}").text).links)):
        if link.startswith("http"):
            continue
        address, _, fragment = link.partition("#")
        if address and address not in pages:
            answer = reader.get(address)
            assert answer.status_code == 200, link
            pages[address] = Outline(answer.text if "html" in answer.headers["content-type"] else "")
        if fragment and address:
            assert fragment in pages[address].ids, link


def test_every_figure_of_the_dashboard_opens_a_witness_that_leads_to_its_document(reader):
    text = reader.get("/en/").text
    buttons = re.findall(r'<button type="button" class="figure" popovertarget="([^"]+)">', text)
    assert len(buttons) > 25
    for target in buttons:
        witness = text[text.index(f'<div popover id="{target}"') :]
        witness = witness[: witness.index("popovertargetaction")]
        observation = target.partition("-")[2]
        assert re.search(rf'href="/en/sources/[^"#]+#{re.escape(observation)}"', witness), target
        for asked in ("Who said so", "When", "Which days", "How firmly", "What it counts", "Where"):
            assert f"<dt>{asked}</dt>" in witness


def test_2019_says_how_many_says_who_and_why_two_sources_differ(reader):
    text = reader.get("/en/").text
    witness = text[text.index('<div popover id="w-s001-convicted"') :]
    witness = re.sub(r"<[^>]+>", " ", witness[: witness.index("popovertargetaction")])
    for said in (
        "People convicted: 140 people",
        "Anti-Terrorism Centre",
        "12 December 2019",
        "not the whole year",
        "another legal stage",
        "Kazinform",
        "2 documents carry it, but it was stated once",
    ):
        assert said in " ".join(witness.split()), said


def test_a_source_read_only_in_its_opening_says_so(reader, published):
    opening = next(s for s in published.tables[Source] if s.read == "opening")
    full = next(s for s in published.tables[Source] if s.read == "full")
    warning = "That a figure is absent here proves nothing."
    assert warning in reader.get(f"/en/sources/{opening.id}").text
    assert warning not in reader.get(f"/en/sources/{full.id}").text


def test_every_source_page_shows_every_figure_taken_from_it(reader, published):
    taken: dict[str, set[str]] = {}
    for one in published.tables[Observation]:
        taken.setdefault(one.source, set()).add(one.id)
    for source in published.tables[Source]:
        answer = reader.get(f"/en/sources/{source.id}")
        assert answer.status_code == 200, source.id
        assert taken.get(source.id, set()) <= set(Outline(answer.text).ids), source.id


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("ru-RU,ru;q=0.9,en;q=0.5", "ru"), ("kk", "kk"), ("de,fr", "en"), ("", "en"), ("en-US", "en")],
)
def test_the_first_address_chooses_the_readers_language(reader, wanted, given):
    answer = reader.get("/", headers={"accept-language": wanted})
    assert (answer.status_code, answer.headers["location"]) == (302, f"/{given}/")
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_is_not_there_helps_in_the_readers_language(reader, language):
    answer = reader.get(f"/{language}/nowhere")
    assert answer.status_code == 404
    assert Outline(answer.text).lang == language
    assert f"/{language}/" in Outline(answer.text).links


def test_a_mistyped_source_is_suggested(reader):
    answer = reader.get("/en/sources/knb-2019-12-12-atc-work-reprt")
    assert answer.status_code == 404
    assert "knb-2019-12-12-atc-work-report" in answer.text


def test_a_parameter_a_page_does_not_know_is_refused_with_its_name(reader):
    answer = reader.get("/en/?yaer=2020")
    assert answer.status_code == 422
    assert "yaer" in answer.text
    assert reader.get("/ru/?lang=en").status_code == 422


def test_a_page_can_be_pinned_to_a_release(reader):
    digest = reader.get("/api/health/ready").json()["release"]
    assert reader.get(f"/en/?release={digest[:12]}").status_code == 200
    assert reader.get("/en/?release=1999.1").status_code == 422


def test_a_shared_link_opens_with_what_other_sites_added_to_it(reader):
    assert reader.get("/en/?fbclid=abc&utm_source=letter").status_code == 200
    assert reader.get("/api/stats?utm_source=letter").status_code == 422


@pytest.mark.parametrize("path", PATHS)
def test_a_reader_of_a_named_release_stays_in_it(reader, path):
    digest = reader.get("/api/health/ready").json()["release"]
    page = Outline(reader.get(f"/en{path}?release={digest}").text)
    within = [link for link in page.links if link.startswith("/")]
    of_all_releases = ("/en/changes.atom", "/api/openapi.json")
    astray = {link for link in within if "release=" not in link and link not in of_all_releases}
    assert within
    assert not astray
    assert reader.get(f"/en?release={digest}").headers["location"] == f"/en/?release={digest}"
    assert reader.get(f"/en/sources/?release={digest}").headers["location"] == f"/en/sources?release={digest}"
