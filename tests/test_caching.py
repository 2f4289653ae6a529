"""What every answer carries, whoever made it: names for bodies, encodings, and headers that protect a
reader."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app import caching, charts, seed
from app.caching import picture_policy
from app.database import Database
from app.main import create_app
from app.settings import Settings

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' "
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
EMBED_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors *"
)
KEYS = {
    "observations": "convicted-2024",
    "indicators": "convicted",
    "sources": "knb-2025",
    "incidents": "2017-04-shymkent",
    "places": "KZ-15",
    "disagreements": "convicted.2019",
    "figures": "convicted-2024",
}
STATIC = ("/static/app.css", "/static/charts.js", "/static/icon.svg")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, world: seed.Package, serve: Any) -> Iterator[TestClient]:
    """A reader of the miniature, from a file: what is tested here knows nothing of databases."""
    with serve(Database(f"sqlite:///{tmp_path_factory.mktemp('caching')}/derek.db"), world) as client:
        yield client


@pytest.fixture(scope="module")
def everywhere(client: TestClient, addresses: Any) -> list[str]:
    """An address for each route of the program."""

    def filled(path: str) -> str:
        path = path.replace("{rest:path}", "sources")
        room = path.rpartition("/{")[0].rpartition("/")[2]
        return re.sub(r"\{\w+\}", KEYS.get(room, ""), path)

    return [*map(filled, sorted(addresses(client) - {"/static", "/oembed"})), *STATIC]


def asked(everywhere):
    """Every route, well and badly asked, with the status to expect."""
    for path in everywhere:
        redirect = 308 if re.fullmatch(r"/(en|ru|kk)(/sources/)?", path) else 302 if path == "/" else 200
        yield "GET", path, redirect, {}
        yield "HEAD", path, redirect, {}
        yield "OPTIONS", path, 204, {}
        yield "POST", path, 405, {}
        yield "GET", path.rstrip("/") + "/nowhere", 404, {}
        yield "GET", path + "?" + "x" * 5000, 414, {}
        if redirect == 200 and not path.startswith(("/static/", "/api/health/", "/api/openapi.json")):
            yield "GET", path + "?yaer=1", 422, {}
        if redirect == 200 and not path.startswith("/api/health/"):
            yield "GET", path, 304, {"if-none-match": "*"}


@pytest.mark.bar(suite="headers", least=500, full=500)
def test_every_answer_carries_what_protects_its_reader(client, everywhere, bar):
    seen = set()
    for method, path, status, headers in asked(everywhere):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code == status, (method, path)
        seen.add(status)
        data = path.startswith("/api/") or path.partition("?")[0] == "/catalog.jsonld"
        embed = path.startswith("/embed/")
        told = answer.headers
        assert told["x-content-type-options"] == "nosniff"
        assert told.get("x-frame-options") == (None if embed else "DENY")
        assert told["referrer-policy"] == "no-referrer"
        assert told["cross-origin-opener-policy"] == "same-origin"
        assert told["x-dns-prefetch-control"] == "off"
        assert "geolocation=()" in told["permissions-policy"]
        policy = "default-src 'none'; frame-ancestors 'none'; sandbox" if data else PAGE_POLICY
        if embed:
            policy = EMBED_POLICY
        picture = re.match(r"/(en|ru|kk)/.*\.(svg|png)$", path) and status in (200, 304)
        if picture:
            policy = picture_policy(charts.style())
        bar.case(told["content-security-policy"] == policy)
        assert told["content-security-policy"] == policy
        assert "unsafe-" not in told["content-security-policy"]
        assert told["cross-origin-resource-policy"] == (
            "cross-origin" if data or embed or picture else "same-origin"
        )
        assert told.get("access-control-allow-origin") == ("*" if data else None)
        assert "access-control-allow-credentials" not in told
        assert "set-cookie" not in told
        assert "last-modified" not in told
        assert "accept-ranges" not in told
        if status >= 400:
            assert told["cache-control"] == "no-store"
            assert "etag" not in told
        if status in (204, 304) or method == "HEAD":
            assert answer.content == b""
        if status == 304:
            assert told["etag"]
            assert told["cache-control"]
            assert "content-length" not in told
    assert seen == {200, 204, 302, 304, 308, 404, 405, 414, 422}


def test_only_a_site_reached_by_https_says_so_and_then_everywhere(client, tmp_path, world):
    assert (
        "strict-transport-security" not in client.get("/en/", headers={"x-forwarded-proto": "https"}).headers
    )
    database = Database(f"sqlite:///{tmp_path}/derek.db")
    seed.load(world, database)
    with TestClient(
        create_app(Settings(public_url="https://derek.example"), database), follow_redirects=False
    ) as secure:
        for method, path, status, headers in asked(["/", "/en/", "/api/places", "/static/app.css"]):
            answer = secure.request(method, path, headers=headers)
            assert answer.status_code == status
            assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


@pytest.mark.bar(suite="poison", least=40, full=40)
def test_no_header_but_those_of_the_contract_changes_an_answer(client, everywhere, monkeypatch, bar):
    """Nothing is kept meanwhile: each answer is made anew from its request."""
    monkeypatch.setattr(client.app.shell, "standing", caching.Standing)
    forged = {
        "host": "elsewhere.example",
        "x-forwarded-for": "192.0.2.1",
        "x-forwarded-host": "elsewhere.example",
        "x-forwarded-proto": "https",
        "x-forwarded-prefix": "/elsewhere",
        "forwarded": "for=192.0.2.1;host=elsewhere.example;proto=https",
        "x-original-url": "/api/places",
        "x-rewrite-url": "/api/places",
        "x-http-method-override": "DELETE",
        "x-script-name": "/elsewhere",
        "origin": "https://elsewhere.example",
        "referer": "https://elsewhere.example/",
        "cookie": "language=kk; theme=dark",
        "authorization": "Basic YTpi",
    }
    for path in everywhere:
        if path.startswith(("/ru/", "/kk/", "/embed/ru/", "/embed/kk/")):
            continue  # the same code as in English
        usual, other = client.get(path), client.get(path, headers=forged)
        bar.case(other.content == usual.content)
        assert (other.status_code, other.content, other.headers) == (
            usual.status_code,
            usual.content,
            usual.headers,
        ), path


def test_a_failure_carries_the_same(tmp_path, world, monkeypatch, serve):
    with serve(Database(f"sqlite:///{tmp_path}/derek.db"), world) as client:
        monkeypatch.setattr("app.series.all_of", lambda *asked: 1 / 0)
        usual = set(client.get("/api/nowhere").headers)
        answer = client.get("/api/places")
        assert (answer.status_code, set(answer.headers)) == (500, usual)
    with serve(Database(f"sqlite:///{tmp_path}/none.db")) as client:
        answer = client.get("/api/sources")
        assert (answer.status_code, set(answer.headers)) == (503, usual | {"retry-after"})


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_head_says_what_get_would_and_a_body_is_not_sent_twice(client, everywhere, encoding):
    names: dict[str, bytes] = {}
    for path in everywhere:
        get = client.get(path, headers={"accept-encoding": encoding})
        head = client.head(path, headers={"accept-encoding": encoding})
        assert (head.status_code, head.headers, head.content) == (get.status_code, get.headers, b""), path
        tag = get.headers.get("etag")
        if get.status_code != 200 or path.startswith("/api/health/"):
            assert tag is None, path
            continue
        assert re.fullmatch(r'"[0-9a-f]{24}(-gzip)?"', tag)
        assert names.setdefault(tag, get.content) == get.content, path
        again = client.get(path, headers={"accept-encoding": encoding, "if-none-match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), path
        assert again.headers.get("vary") == get.headers.get("vary")


def test_a_reader_may_have_one_of_several_bodies(client):
    tag = client.get("/api/places").headers["etag"]
    for wanted in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        assert client.get("/api/places", headers={"if-none-match": wanted}).status_code == 304
    for wanted in ('"x"', tag.replace('"', ""), ""):
        assert client.get("/api/places", headers={"if-none-match": wanted}).status_code == 200


def test_a_compressed_body_has_a_name_of_its_own(client):
    plain = client.get("/api/stats", headers={"accept-encoding": "identity"})
    small = client.get("/api/stats", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert plain.content == small.content  # the client has unpacked it
    assert int(small.headers["content-length"]) < int(plain.headers["content-length"]) == len(plain.content)
    assert small.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert plain.headers["vary"] == small.headers["vary"] == "Accept, Accept-Encoding"
    crossed = client.get(
        "/api/stats", headers={"accept-encoding": "identity", "if-none-match": small.headers["etag"]}
    )
    assert crossed.status_code == 200


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("br, gzip;q=0.5", "br"),
        ("gzip, deflate, br", "br"),
        ("br;q=0.1, gzip", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("GZIP", "gzip"),
        ("gzip;q=0", None),
        ("gzip; q=0.000, identity", None),
        ("BR;q=1.0", "br"),
        ("", None),
        ("notgzip", None),
    ],
)
def test_a_body_is_compressed_for_those_who_take_it(client, accepted, coding):
    answer = client.get("/api/stats", headers={"accept-encoding": accepted})
    assert answer.headers.get("content-encoding") == coding


def test_small_answers_and_pictures_are_sent_as_they_are(client):
    assert "content-encoding" not in client.get("/api/health/live").headers
    assert "vary" not in client.get("/api/health/live").headers


def test_parts_of_a_body_are_not_served(client):
    for path in ("/static/app.css", "/api/stats"):
        whole = client.get(path)
        for wanted in ("bytes=0-9", "bytes=" + ",".join(f"{n}-{n}" for n in range(2000))):
            answer = client.get(path, headers={"range": wanted, "if-range": whole.headers["etag"]})
            assert (answer.status_code, answer.content) == (200, whole.content)


def test_the_same_data_has_the_same_name_and_a_new_release_another(tmp_path, world, revised, serve):
    paths = ("/api/stats", "/api/observations.csv", "/api/sources/knb-2025", "/en/", "/kk/sources/knb-2025")

    def tags(client):
        return [client.get(path).headers["etag"] for path in paths]

    database = Database(f"sqlite:///{tmp_path}/one.db")
    with (
        serve(database, world) as client,
        serve(Database(f"sqlite:///{tmp_path}/two.db"), world) as elsewhere,
    ):
        before = tags(client)
        assert before == tags(client) == tags(elsewhere)
        seed.load(revised(world, "2026.11.1", 1000), database)
        after = tags(client)
        assert not set(before) & set(after)
        seed.load(world, database)
        assert tags(client) == before


def test_what_has_its_content_in_its_address_is_kept_for_ever_and_nothing_else(client):
    page = client.get("/en/").text
    named = re.findall(r'"(/static/[^"]+)"', page)
    assert len(named) >= 3
    for address in set(named):
        assert client.get(address).headers["cache-control"] == "public, max-age=31536000, immutable"
    for address in (
        "/static/app.css",
        "/static/app.css?v=000000000000",
        "/static/app.css?x",
        "/api/stats",
        "/en/",
    ):
        assert (
            client.get(address).headers["cache-control"] == "public, max-age=60, stale-while-revalidate=600"
        )


def test_the_address_of_a_static_file_changes_with_it():
    assert re.fullmatch(r"/static/app\.css\?v=[0-9a-f]{12}", caching.address("app.css"))
