"""The site as plain files: nothing is broken, nothing is asked of anybody, and every figure is the live site's."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from datetime import time as midnight
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app import cli, mirror, seed
from app.database import Database
from app.i18n import LANGUAGES, catalogue
from app.main import create_app
from app.pages import mirrored as mirrored_pages
from app.settings import Settings

ROOT = Path(__file__).parent.parent
WORLD = Path(__file__).parent / "seed"
IN = ("kk",)
LIVE = "https://live.example"
RUN = CliRunner()
UNASKED = "This is a copy as plain files: it cannot be asked here."


def derek(*arguments: object) -> tuple[int, str, str]:
    named = {"DATABASE_URL": "", "PUBLIC_URL": ""}
    answer = RUN.invoke(cli.app, [str(one) for one in arguments], env=named)
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer.exit_code, answer.stdout, answer.stderr


class Dumb(SimpleHTTPRequestHandler):
    """A server of files, such as `python -m http.server`."""

    def log_message(self, *told: object) -> None:
        pass


@dataclass(frozen=True)
class Mirrored:
    """A copy: where its files are, and where they are served, below other things of the same server."""

    place: Path
    base: str

    def html(self) -> Iterator[tuple[str, str]]:
        for file in sorted(self.place.rglob("*.html")):
            yield file.relative_to(self.place).as_posix(), file.read_text(encoding="utf-8")


@contextmanager
def copied(root: Path, package: Path, languages: Iterable[str]) -> Iterator[Mirrored]:
    """A dataset in some languages, as one command writes it."""
    (root / "below").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Dumb, directory=str(root)))
    base = f"http://127.0.0.1:{server.server_port}/below/derek"
    named = [part for language in languages for part in ("--language", language)]
    code, out, told = derek(
        "export", "site", root / "below" / "derek", "--base", f"{base}/", "--package", package, *named
    )
    assert (code, told) == (0, ""), told
    assert out.startswith("wrote version 2026.11.")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Mirrored(root / "below" / "derek", base)
    server.shutdown()
    server.server_close()
    thread.join(5)


@contextmanager
def answering(base: str, home: Path, package: seed.Package) -> Iterator[TestClient]:
    """The site that answers, under the same address."""
    database = Database(f"sqlite:///{home}/derek.db")
    seed.load(package, database, None, datetime.combine(package.dated, midnight(), UTC))
    settings = Settings().model_copy(update={"public_url": base})
    with TestClient(create_app(settings, database), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirrored]:
    """The miniature in one language."""
    with copied(tmp_path_factory.mktemp("root"), WORLD, IN) as copy:
        yield copy


@pytest.fixture(scope="module")
def live(
    mirrored: Mirrored, tmp_path_factory: pytest.TempPathFactory, world: seed.Package
) -> Iterator[TestClient]:
    with answering(mirrored.base, tmp_path_factory.mktemp("live"), world) as client:
        yield client


@pytest.fixture(scope="module")
def plan(mirrored: Mirrored, world: seed.Package) -> mirror.Plan:
    return mirror.Plan(mirrored.base, "", world.digest, world.version, IN, named=True)


Largest = tuple[Mirrored, TestClient, mirror.Plan]


@pytest.fixture(scope="module")
def largest(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, one_in: Callable[[int], int]
) -> Iterator[Largest]:
    """In CI the miniature in one language; in a full round the published record in all of them."""
    if one_in(2) == 2:
        yield tuple(request.getfixturevalue(name) for name in ("mirrored", "live", "plan"))
        return
    package = request.getfixturevalue("published")
    with (
        copied(tmp_path_factory.mktemp("root"), ROOT / "seed", LANGUAGES) as copy,
        answering(copy.base, tmp_path_factory.mktemp("live"), package) as client,
    ):
        yield copy, client, mirror.Plan(copy.base, "", package.digest, package.version, LANGUAGES, named=True)


@dataclass
class Seen(HTMLParser):
    """A page as a reader has it: links, places, and its words but for what asks, or says that nothing can be asked."""

    words: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    inside: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self.skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given["id"]} if "id" in given else set()
        for name in ("href", "src", "data-plotly", "content"):
            if name in given and (name != "content" or given[name].startswith("http")):
                self.links.append((tag, given[name]))
        own = {tag, *given.get("class", "").split()}
        self.inside |= tag == "main"
        void = tag in ("meta", "link", "input", "br")
        if not void and (self.skipped or own & {"form", "script", "unasked", "embedding"}):
            self.skipped.append(tag)
        if self.inside and not self.skipped:
            self.words += [given[name] for name in ("aria-label", "title") if name in given]

    def handle_endtag(self, tag: str) -> None:
        self.inside &= tag != "main"
        if self.skipped and tag == self.skipped[-1]:
            self.skipped.pop()

    def handle_data(self, data: str) -> None:
        if self.inside and not self.skipped:
            self.words += data.split()


def seen(text: str) -> Seen:
    page = Seen()
    page.feed(text)
    return page


# --- Links ------------------------------------------------------------------------------------------------------


@pytest.mark.bar(suite="static", least=10_000, full=400_000)
def test_no_link_is_broken_on_a_dumb_server_below_other_things(largest, bar):
    """Each leads to a file by its name, so no server need know an index; no query is left, and nothing leads out."""
    mirrored, _, _ = largest
    pages = {name: seen(text) for name, text in mirrored.html()}
    assert len(pages) > 150
    missing = []
    for name, page in pages.items():
        for tag, link in page.links:
            at = urljoin(f"{mirrored.base}/{name}", link)
            if at.startswith(("mailto:", "https://")):
                continue
            if "schema.org" in at or not at.startswith(f"http://{urlsplit(mirrored.base).netloc}"):
                assert tag == "a", (name, link)
                continue
            parts = urlsplit(at)
            target = unquote(parts.path).removeprefix("/below/derek/")
            whole = (mirrored.place / target).is_file() and at.startswith(f"{mirrored.base}/")
            there = target not in pages or unquote(parts.fragment) in {"", *pages[target].ids}
            bar.case(whole and not parts.query and there)
            if not whole or parts.query or not there:
                missing.append((name, link))
    assert missing == []


def test_what_programs_follow_leads_to_files_too(mirrored):
    """Feeds, the sitemap, pictures, manifests, the catalogue and the links of data."""
    found = []
    for file in mirrored.place.rglob("*"):
        here = f"{mirrored.base}/{file.relative_to(mirrored.place).as_posix()}"
        if file.suffix in (".atom", ".xml", ".svg"):
            texts = [
                text
                for one in ElementTree.fromstring(file.read_text(encoding="utf-8")).iter()  # noqa: S314  # our own
                for text in (*one.attrib.values(), "" if file.suffix == ".svg" else one.text or "")
            ]
            found += [
                (here, text) for text in texts if re.fullmatch(re.escape(mirrored.base) + r"/\S*", text)
            ]
            if file.suffix != ".svg":
                assert found[-1][0] == here
        elif file.suffix == ".webmanifest":
            told = json.loads(file.read_text(encoding="utf-8"))
            found += [(here, one["src"]) for one in told["icons"]] + [(here, told["start_url"])]
            assert urljoin(here, told["scope"]) == f"{mirrored.base}/"
        elif file.suffix == ".jsonld":
            addresses = re.findall(
                rf'"({re.escape(mirrored.base)}/[^"#]*)"', file.read_text(encoding="utf-8")
            )
            assert len(set(addresses)) > 30
            found += [(here, one) for one in addresses]
        elif file.suffix == ".json" and file.is_relative_to(mirrored.place / "api") and "openapi" not in here:
            found += [(here, link) for link in linked(json.loads(file.read_text(encoding="utf-8")))]
    assert len(found) > 1000
    for here, link in found:
        parts = urlsplit(urljoin(here, link))
        assert not parts.query, (here, link)
        assert (mirrored.place / unquote(parts.path).removeprefix("/below/derek/")).is_file(), (here, link)


def linked(told: Any) -> list[str]:
    if isinstance(told, list):
        return [link for one in told for link in linked(one)]
    if not isinstance(told, dict):
        return []
    own = [link for link in told["links"].values() if link] if isinstance(told.get("links"), dict) else []
    return own + [link for name, one in told.items() if name != "links" for link in linked(one)]


def test_addresses_to_copy_hold_in_the_copy(mirrored):
    """A file server drops a query, and `?indicator=convicted` would give everything: so none is printed that counts."""
    for name, text in mirrored.html():
        for address in re.findall(
            re.escape(mirrored.base) + r"/[^\s\"'<>&]*(?:&(?:amp;)+[^\s\"'<>&]*)*", text
        ):
            path, _, query = address.removeprefix(mirrored.base).rstrip(".,;").partition("?")
            assert not query or re.fullmatch(r"release=\w{12}", query), (name, address)
            place = mirrored.place / unquote(path).partition("#")[0].strip("/")
            assert place.is_file() or (place / "index.html").is_file(), (name, address)
    data = (mirrored.place / "kk" / "data" / "index.html").read_text(encoding="utf-8")
    assert f"{mirrored.base}/api/stats__indicator-convicted.csv" in data


def test_the_address_of_a_page_on_the_site_leads_to_its_copy(mirrored):
    import httpx

    for path in ("/kk/indicators/convicted", "/kk/incidents", "/kk/indicators/convicted?release=whatever"):
        answer = httpx.get(mirrored.base + path, follow_redirects=True)
        assert answer.status_code == 200
        assert f'<html lang="{path[1:3]}">' in answer.text


# --- The same figures -------------------------------------------------------------------------------------------


@pytest.mark.bar(suite="static", least=500, full=15_000)
def test_every_page_and_file_says_what_the_live_site_says(largest, bar):
    """Words and numbers of every page, rows of every list, bytes of every file; the pictures are drawn anew for some."""
    mirrored, live, plan = largest
    todo = [*(f"/{language}/" for language in plan.languages), "/sitemap.xml"]
    known, others = set(todo), tuple(f"/{language}/" for language in set(LANGUAGES) - set(plan.languages))
    while todo:
        address = todo.pop()
        file = mirrored.place / mirror.file_of(address)
        if not file.is_file() or (file.suffix == ".png" and len(address) % 5):
            continue
        if address == "/catalog.jsonld":
            continue  # it is made of addresses, which are held against the files above, and has no figure
        answer = live.get(address, headers={"Accept-Encoding": "identity"})
        assert answer.status_code == 200, address
        bar.case()  # what differs fails below
        copy = file.read_bytes()
        links: list[str] = []
        if answer.headers["content-type"].startswith("text/html"):
            theirs, ours = seen(answer.text), seen(copy.decode())
            words = [
                [word for word in map(partial(neutral, plan), page.words) if word and counts(address, word)]
                for page in (theirs, ours)
            ]
            assert words[0] == words[1], address
            assert len(words[0]) > 5, address
            links = [link for tag, link in theirs.links]
        elif (
            "/api/" in address
            and answer.headers["content-type"] == "application/json"
            and "openapi" not in address
        ):
            told, kept = answer.json(), json.loads(copy)
            links = linked(told)
            assert unlinked(kept) == unlinked(told), address
        elif file.suffix in (".atom", ".xml", ".svg"):
            told = re.sub(re.escape(plan.base) + r'/[^\s<"]*', "", answer.text)
            if address != "/sitemap.xml":
                assert re.sub(re.escape(plan.base) + r'/[^\s<"]*', "", copy.decode()) == told, address
        elif file.suffix != ".webmanifest" and "csv-metadata" not in address:
            assert copy == answer.content, address
        for link in links:
            at = plan.address(link, address)
            if at and at[0] not in known and not at[0].startswith(others or "-"):
                known.add(at[0])
                todo.append(at[0])


def counts(address: str, word: str) -> bool:
    """Two pages tell of the copy what it can do; of those the numbers are compared."""
    return address[3:] not in ("/data", "/api") or any(map(str.isdigit, word))


def neutral(plan: mirror.Plan, word: str) -> str:
    """A word, without where an address is on either side."""
    return re.sub(re.escape(plan.base) + r"/\S*", "", word)


def unlinked(told: Any) -> Any:
    """Data without its addresses: they are other files, and nothing else may be."""
    if isinstance(told, list):
        return [unlinked(one) for one in told]
    if isinstance(told, dict):
        return {name: None if name == "links" else unlinked(one) for name, one in told.items()}
    return told


def test_a_list_longer_than_one_answer_goes_on_in_the_next_file(mirrored, live):
    """The pages of a list are all there, and together they are the list."""
    rows, at = [], mirrored.place / "api" / "stats__view-coverage.json"
    if not at.is_file():
        at = mirrored.place / "api" / "stats.json"
    while True:
        told = json.loads(at.read_text(encoding="utf-8"))
        rows += told["data"]
        if not told["links"]["next"]:
            break
        at = at.parent / told["links"]["next"]
    assert len(rows) == told["meta"]["total"]


def test_the_same_inputs_give_the_same_bytes(mirrored, plan, world, tmp_path, request, apart):
    """Asked anew by another process, one by one and in another order."""
    address = f"sqlite:///{tmp_path}/derek.db"
    database = Database(address)
    seed.load(world, database, None, datetime.combine(world.dated, midnight(), UTC))
    database.close()
    place = tmp_path / "again"
    settings = Settings().model_copy(update={"public_url": mirrored.base})
    walker = mirror.Walker(plan, settings, address, place)
    request.addfinalizer(partial(apart, walker.close))
    links = [at for at, _ in apart(walker.ask, "/kk/").links]
    some = ["/kk/incidents?outcome=foiled", "/", "/404.html", "/sitemap.xml", "/kk/data", *reversed(links)]
    kinds = {one: apart(walker.ask, one).kind for one in dict.fromkeys(some) if held(mirrored, one)}
    assert len(kinds) > 40
    finisher = mirror.Finisher(plan, place, Held(mirrored), frozenset(mirrored_pages.BESIDE))
    for one, kind in kinds.items():
        finisher.finish(one, kind)
        name = mirror.file_of(one)
        assert (place / name).read_bytes() == (mirrored.place / name).read_bytes(), one


def held(mirrored: Mirrored, address: str) -> bool:
    return (mirrored.place / mirror.file_of(address)).is_file()


class Held(frozenset[str]):
    """The addresses that a copy holds, known by its files."""

    mirrored: Mirrored

    def __new__(cls, mirrored: Mirrored) -> Self:
        made = super().__new__(cls)
        made.mirrored = mirrored
        return made

    def __contains__(self, address: object) -> bool:
        return held(self.mirrored, str(address))


def test_the_language_of_a_page_is_changed_by_a_link(plan, world, tmp_path, request, apart):
    """To the same page, in the same state; a copy in some languages offers those."""
    address = f"sqlite:///{tmp_path}/derek.db"
    database = Database(address)
    seed.load(world, database, None, datetime.combine(world.dated, midnight(), UTC))
    database.close()
    for languages in (LANGUAGES, ("ru", "kk")):
        three = replace(plan, languages=tuple(languages))
        walker = mirror.Walker(
            three, Settings().model_copy(update={"public_url": plan.base}), address, tmp_path
        )
        request.addfinalizer(partial(apart, walker.close))
        here = "/ru/incidents?outcome=foiled"
        known = frozenset({here, *three.elsewhere(here)})
        apart(walker.ask, here)
        mirror.Finisher(three, tmp_path, known, frozenset()).finish(here, "text/html")
        text = (tmp_path / mirror.file_of(here)).read_text(encoding="utf-8")
        switch = text.split('<nav class="languages"')[1].split("</nav>")[0]
        assert re.findall(r'href="([^"]+)"', switch) == [
            f"../../{one}/incidents__outcome-foiled/index.html" if one != "ru" else "index.html"
            for one in languages
        ]


# --- What cannot be asked ---------------------------------------------------------------------------------------


def test_no_form_is_left_and_what_was_one_says_so_in_the_language_of_the_page(mirrored):
    for name, text in mirrored.html():
        assert "<form" not in text, name
    for language in IN:
        said = catalogue(language).gettext(UNASKED)
        for page in (
            "search",
            "incidents",
            "sources",
            "coverage",
            "disagreements",
            "compare",
            "indicators/convicted",
        ):
            text = (mirrored.place / language / page / "index.html").read_text(encoding="utf-8")
            assert said in text, (language, page)
            assert text.count('class="unasked') >= (2 if page == "compare" else 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_its_words_for_it(language):
    gettext = catalogue(language).gettext
    assert (gettext(UNASKED) == UNASKED) == (language == "en")


def test_a_state_beyond_the_copy_leads_to_the_page_that_says_so_or_to_the_live_site(mirrored, plan):
    """And never to the same page in another state: figures of another day would stand under a wrong name."""
    text = (mirrored.place / "kk" / "incidents__outcome-foiled" / "index.html").read_text(encoding="utf-8")
    beyond = [link for _, link in seen(text).links if link.endswith("copy/index.html")]
    assert beyond
    written = "/kk/incidents?outcome=foiled&year=2017"
    here = "/kk/incidents?outcome=foiled"
    away = mirror.Plan(plan.base, LIVE, plan.release, plan.version, IN, named=True)
    for used, expected in ((plan, "../copy/index.html"), (away, f"{LIVE}{written}")):
        finisher = mirror.Finisher(used, mirrored.place, frozenset({here}), frozenset())
        assert finisher.in_place_of(mirror.Link(written), here) == expected
    assert (
        mirror.Finisher(plan, mirrored.place, frozenset(), frozenset()).in_place_of(
            mirror.Link("/api/health/live"), "/api/stats"
        )
        is None
    )


def test_what_a_reader_copies_keeps_the_form_of_the_site_where_that_leads_to_the_same(plan, mirrored):
    """A page two of a list has no address that a server of files would understand."""
    held = frozenset({"/kk/sources", "/kk/sources?page=2"})
    finisher = mirror.Finisher(plan, mirrored.place, held, frozenset())
    for written, expected in (
        ("/kk/sources?release=" + plan.release[:12], "/kk/sources?release=" + plan.release[:12]),
        ("/kk/sources?page=2&release=" + plan.release[:12], "/kk/sources__page-2/index.html"),
    ):
        link = mirror.Link(plan.base + written, absolute=True, text=True)
        assert finisher.in_place_of(link, "/kk/sources") == plan.base + expected


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("/en/?release={digest}", "/en/"),
        ("/en?release={version}", "/en/"),
        ("/en/?release=ffffffffffff", "/en/?release=ffffffffffff"),
        ("{base}/api/stats.json?to=2020&from=2019&lang=en", "/api/stats?from=2019&to=2020"),
        ("?as_of=2016-12-31#day", "/en/incidents?as_of=2016-12-31"),
        ("/static/app.css?v=123456", "/static/app.css"),
        ("https://elsewhere.example/en/", None),
        ("mailto:somebody@example.org", None),
    ],
)
def test_every_link_to_one_answer_has_one_form(plan, link, address):
    written = link.format(digest=plan.release[:12], version=plan.version, base=plan.base)
    found = plan.address(written, "/en/incidents")
    assert (found and found[0]) == address


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/", "index.html"),
        ("/en/", "en/index.html"),
        ("/en/?as_of=2016-12-31", "en/index__as_of-2016-12-31/index.html"),
        ("/en/figures/a.00", "en/figures/a.00/index.html"),
        ("/en/figures/a.00.csl.json", "en/figures/a.00.csl.json"),
        ("/api/observations/a.00?lang=ru", "api/observations/a.00__lang-ru.json"),
        ("/api/stats.csv?from=2019&indicator=convicted", "api/stats__from-2019__indicator-convicted.csv"),
        ("/kk/indicators/x.social.png?from=2019", "kk/indicators/x__from-2019.social.png"),
    ],
)
def test_a_file_is_named_after_its_address(address, file):
    assert mirror.file_of(address) == file


def test_names_that_look_alike_are_told_apart():
    asked = ["/en/search?q=Алматы", "/en/search?q=Ақтөбе", "/en/search?q=a%2Fb", "/en/search?q=a%3Fb"]
    names = {
        mirror.file_of(one) for one in (*asked, "/en/search?q=" + "x" * 300, "/en/search?q=" + "x" * 301)
    }
    assert len(names) == 6
    assert all(re.fullmatch(r"[A-Za-z0-9_.\-/]{1,200}", name) for name in names)


# --- As a whole -------------------------------------------------------------------------------------------------


def test_it_is_verified_like_a_release(mirrored, world):
    code, out, _ = derek("verify", mirrored.place, "--release", world.digest[:12])
    assert code == 0
    assert out.startswith("sound")
    file = mirrored.place / "kk" / "indicators" / "convicted" / "index.html"
    content = file.read_bytes()
    try:
        file.write_bytes(content.replace(b"84", b"48"))
        code, _, told = derek("verify", mirrored.place)
    finally:
        file.write_bytes(content)
    assert code == 1
    assert "kk/indicators/convicted/index.html: is not the file of this release" in told
    added = mirrored.place / "kk" / "added.html"
    added.write_bytes(content)
    try:
        code, _, told = derek("verify", mirrored.place)
    finally:
        added.unlink()
    assert code == 1
    assert told.startswith("kk/added.html: is no file of this release")


@pytest.mark.parametrize("killed", [False, True])
def test_an_interrupted_export_leaves_nothing(tmp_path, killed):
    """Nor does one that is killed leave processes that go on for nobody."""
    running = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "app",
            "export",
            "site",
            tmp_path / "site",
            "--package",
            WORLD,
            "--language",
            "kk",
        ],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    deadline = time.monotonic() + 60
    while len(list(tmp_path.rglob("*.html"))) < 5 and time.monotonic() < deadline:
        assert running.poll() is None
        time.sleep(0.05)
    assert not (tmp_path / "site").exists()
    if killed:
        running.kill()
        running.communicate()
        while time.monotonic() < deadline + 60:
            try:
                os.killpg(running.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
        pytest.fail("processes are left")
    os.killpg(running.pid, signal.SIGINT)
    out, told = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Traceback" not in told
    assert out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (("--base", "mirror.example"), "no address that begins with https://"),
        (("--base", "https://a.example", "--live", "https://a.example/"), "is where the files will be"),
        (("--language", "de"), "none of en, ru, kk"),
    ],
)
def test_what_cannot_be_is_refused_before_the_work(tmp_path, given, reason):
    code, _, told = derek("export", "site", tmp_path / "site", "--package", WORLD, *given)
    assert code == 2
    assert reason in re.sub(r"[\s│]+", " ", told)
    assert list(tmp_path.iterdir()) == []


# --- In a browser -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False])
def test_a_browser_finds_nothing_to_complain_of(browser: Browser, mirrored, scripts):
    """Under the policy that stands in the page: charts are played with, nothing is asked elsewhere."""
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    # A page that is left lets go of what it was waiting for.
    page.on(
        "requestfailed",
        lambda asked: complaints.append(asked.url) if "ABORTED" not in str(asked.failure) else None,
    )
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((mirrored.base, "blob:", "data:")) else complaints.append(asked.url)
        ),
    )
    page.goto(f"{mirrored.base}/")
    page.get_by_role("link", name="Қазақша").click()
    page.locator("nav.main a[href='indicators/index.html']").click()
    page.locator("main a[href='convicted/index.html']").first.click()
    assert page.url == f"{mirrored.base}/kk/indicators/convicted/index.html"
    if scripts:
        page.wait_for_selector("figure[data-state=playing]", timeout=20_000)
    assert page.locator("p.unasked:visible").count() == 1
    page.goto(f"{mirrored.base}/404.html")
    context.close()
    assert complaints == []
