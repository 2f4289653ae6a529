"""What nobody who means well sends: each is answered with a refusal or closed, at once, without a word in the log, and
the next reader is answered as ever."""

import re
import socket
import time
from contextlib import ExitStack

import pytest

from app import serving

LIVE = "/api/health/live"
CHUNKED = "Transfer-Encoding: chunked\r\n"
SMUGGLED = "GET /api/places HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def program(start):
    return start()


def get(
    target: str = LIVE, *headers: str, method: str = "GET", body: str = "", version: str = "1.1"
) -> bytes:
    """A request as it goes over the line; what is no ASCII is one byte a character."""
    head = "".join(f"{line}\r\n" for line in (f"{method} {target} HTTP/{version}", "Host: x", *headers))
    return f"{head}\r\n{body}".encode("latin-1")


def answers(said: bytes) -> list[int]:
    """The status of each answer. No body of ours holds what looks like the first line of one."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", said)]


HOSTILE: dict[str, tuple[bytes, list[int]]] = {
    # What two programs would read differently: where one request ends and the next begins.
    "a length and chunks": (
        get("/", "Content-Length: 4", CHUNKED.strip(), body="0\r\n\r\n" + SMUGGLED),
        [400],
    ),
    "chunks and a length": (
        get("/", CHUNKED.strip(), "Content-Length: 4", method="POST", body="0\r\n\r\n" + SMUGGLED),
        [400],
    ),
    "two lengths": (get("/", "Content-Length: 0", "Content-Length: 44", body=SMUGGLED), [400]),
    "a list of lengths": (get("/", "Content-Length: 0, 44", body=SMUGGLED), [400]),
    "a length below zero": (get("/", "Content-Length: -1"), [400]),
    "a length with a sign": (get("/", "Content-Length: +0", body=SMUGGLED), [400]),
    "a length in other digits": (get("/", "Content-Length: 0x0", body=SMUGGLED), [400]),
    "a length beyond all numbers": (get("/", "Content-Length: " + "9" * 40), [400]),
    "a request as the body of a GET": (
        get("/", f"Content-Length: {len(SMUGGLED)}", body=SMUGGLED),
        [400],
    ),
    "a request as the body of a POST": (
        get("/en/", f"Content-Length: {len(SMUGGLED)}", method="POST", body=SMUGGLED * 2),
        [405],
    ),
    "a request after the chunks of a POST": (
        get("/en/", CHUNKED.strip(), method="POST", body="0\r\n\r\n" + SMUGGLED),
        [405],
    ),
    "chunks of no size": (get("/en/", CHUNKED.strip(), method="POST", body="zz\r\nabc\r\n"), [405]),
    "a chunk below zero": (get("/en/", CHUNKED.strip(), method="POST", body="-1\r\nabc\r\n"), [405]),
    "a chunk beyond all numbers": (
        get("/en/", CHUNKED.strip(), method="POST", body="f" * 40 + "\r\n"),
        [405],
    ),
    "chunks under another name": (get("/", "Transfer-Encoding: xchunked", body=SMUGGLED), [400]),
    "chunks with a tab before": (get("/", "Transfer-Encoding:\tchunked", body="0\r\n\r\n" + SMUGGLED), [400]),
    "chunks in a name with a space": (get("/", "Transfer-Encoding : chunked", body="0\r\n\r\n"), [400]),
    "a folded header": (get("/", "X: a\r\n Content-Length: 5", body="hello"), [400]),
    "lines that end without a return": (b"GET / HTTP/1.1\nHost: x\nContent-Length: 5\n\nhello", [400]),
    "a body of a gigabyte": (
        get("/en/", f"Content-Length: {2**30}", method="POST", body="x" * 300_000),
        [405],
    ),
    "a promise of a body": (get("/en/", "Content-Length: 9", "Expect: 100-continue", method="POST"), [405]),
    # Heads
    "a hundred and one headers": (get(LIVE, *(f"X-{n}: 1" for n in range(100))), [431]),
    "ten thousand headers": (get(LIVE, *(f"X-{n}: 1" for n in range(10_000))), [431]),
    "one endless header": (get(LIVE, "X: " + "a" * 1_000_000), [431]),
    "one endless name": (get(LIVE, "X" * 1_000_000 + ": 1"), [431]),
    "an endless address": (get("/" + "a" * 1_000_000), [414]),
    "a long address": (get("/en/?" + "a" * 9_000), [414]),
    "an endless method": (b"A" * 100_000, [400]),
    "a NUL in a header": (get(LIVE, "X: a\x00b"), [400]),
    "a NUL in the address": (get("/en/\x00"), [400]),
    "a return in a header": (get(LIVE, "X: a\rY: b"), [400]),
    "a header without a name": (get(LIVE, ": x"), [400]),
    "a header without a colon": (get(LIVE, "nothing"), [400]),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", [400]),
    "two hosts": (get(LIVE, "Host: y"), [400]),
    # Versions and methods
    "the version before versions": (b"GET /\r\n\r\n", [505]),
    "version 2 in words": (get(version="2.0"), [505]),
    "version 3 in words": (get(version="3.0"), [400]),
    "the beginning of version 2": (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        [400],
    ),
    "the beginning of TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), [400]),
    "a method of nobody's": (get(method="BREW"), [400]),
    "a tunnel": (get("elsewhere.example:443", method="CONNECT"), [400]),
    "a trace": (get("/en/", "Cookie: a=b", method="TRACE"), [405]),
    "another protocol": (
        get(LIVE, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x"),
        [200],
    ),
    "another version": (get(LIVE, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"), [200]),
    # Targets
    "another site's address": (get("http://elsewhere.example/api/health/live"), [200]),
    "another site without a path": (get("http://elsewhere.example"), [302]),
    "an address of a file": (get("file:///etc/passwd"), [400]),
    "an address without a slash": (get("en/"), [400]),
    "two slashes": (get("//elsewhere.example/en/"), [404]),
    "a host as target": (get("elsewhere.example:80"), [400]),
    "a star": (get("*"), [400]),
    "a space in the address": (get("/en/ x"), [400]),
    "a folder upwards": (get("/static/../app/settings.py"), [404]),
    "upwards, encoded": (get("/static/%2e%2e/app/settings.py"), [404]),
    "upwards, encoded twice": (get("/static/%252e%252e/app/settings.py"), [404]),
    "upwards, slashes encoded": (get("/static/..%2fapp%2fsettings.py"), [404]),
    "upwards, backwards": (get("/static/..\\app\\settings.py"), [404]),
    "upwards, backwards and encoded": (get("/static/..%5capp%5csettings.py"), [404]),
    "upwards, in overlong letters": (get("/static/%c0%ae%c0%ae/%c0%afapp/settings.py"), [404]),
    "upwards, in raw overlong letters": (get("/static/\xc0\xae\xc0\xae/app/settings.py"), [404]),
    "from the root": (get("/static//etc/passwd"), [404]),
    "from the root, encoded": (get("/static/%2fetc%2fpasswd"), [404]),
    "upwards out of a package": (get("/static/../../../../../../../../etc/passwd"), [404]),
    "an end in the name": (get("/static/app.css%00.png"), [404]),
    "a line in the path": (get("/en/%0d%0aSet-Cookie:%20a=b"), [404]),
    "a line in the query": (get("/?%0d%0aSet-Cookie:%20a=b"), [302, 422]),
    "half a letter": (get("/en/search?q=%d0"), [200, 422]),
    "no letter at all": (get("/en/%zz"), [404]),
    # Others
    "ten thousand ranges": (get("/static/app.css", "Range: bytes=" + ",".join(["0-0"] * 3_000)), [200]),
    "ranges beyond the head": (get("/static/app.css", "Range: bytes=" + ",".join(["0-0"] * 10_000)), [431]),
    "a range that goes backwards": (get("/static/app.css", "Range: bytes=9-1"), [200]),
    "bytes that are nothing": (bytes(range(128, 256)) * 20, [400]),
    "empty lines": (b"\r\n" * 50_000, []),
    "nothing": (b"", []),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_sound_request_is_refused_and_the_line_closed(program, name):
    request, expected = HOSTILE[name]
    began = time.monotonic()
    said = program.ask(request)
    assert answers(said) in ([status] for status in expected) if expected else said == b""
    assert time.monotonic() - began < serving.HEAD + serving.LINGER + 10
    assert b"set-cookie:" not in said.lower().partition(b"\r\n\r\n")[0]
    for content in (b"root:", b"class Settings", b'"KZ-15"'):
        assert content not in said
    for head in re.findall(rb"HTTP/1\.1 [45].*?\r\n\r\n", said, re.DOTALL):
        for header in (b"nosniff", b"no-store", b"default-src 'none'", b"no-referrer"):
            assert header in head
    assert answers(program.ask(get(LIVE))) == [200]


def test_a_refusal_too_says_that_the_site_is_reached_by_https_where_it_is(start, program):
    """A reader's browser may meet a refusal first."""
    secure = start(PUBLIC_URL="https://derek.example")
    for request in (b"GET / HTTP/1.1\r\n\r\n", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"):
        said = [one.ask(request) for one in (program, secure)]
        assert [b"strict-transport-security: max-age=" in one.lower() for one in said] == [False, True]


def test_none_of_it_is_worth_a_line_in_the_log(program):
    for request, _ in HOSTILE.values():
        program.ask(request)
    assert program.process.poll() is None
    said = program.log.read_text()
    assert "Traceback" not in said
    assert re.findall(r"ERROR|WARNING|Exception", said) == []
    assert len(said.splitlines()) < 8


def test_a_refusal_comes_after_the_answers_to_what_was_asked_before(program):
    """Else whoever shares the line, as a proxy does for its readers, would take it for the answer to another question."""
    slow = get("/en/coverage?" + "as_of=2021-01-01")
    for fault, status in (
        (b"\x00\r\n\r\n", 400),
        (get(LIVE, "X: " + "a" * 20_000), 431),
        (b"GET /\r\n\r\n", 505),
    ):
        said = program.ask(slow + get(LIVE) + fault + get("/api/places"))
        assert answers(said) == [200, 200, status]
        assert said.index(b"</html>") < said.index(b'{"status":"ok"}') < said.rindex(b"HTTP/1.1 ")


def test_what_is_asked_ahead_is_answered_in_its_order_up_to_a_bound(program):
    paths = ["/api/health/live", "/api/places", "/static/app.css", "/api/nowhere"]
    alone = [program.ask(get(path, "Connection: close")) for path in paths]
    together = program.ask(b"".join(map(get, paths[:-1])) + get(paths[-1], "Connection: close"))
    bodies = [said.partition(b"\r\n\r\n")[2] for said in alone]
    places = [together.index(body) for body in bodies]
    assert places == sorted(places)
    assert len(answers(program.ask(get(LIVE) * 5_000))) == serving.MOST_AHEAD + 1


def test_a_host_or_its_lack_is_no_matter_to_the_first_version_of_http(program):
    assert answers(program.ask(f"GET {LIVE} HTTP/1.0\r\n\r\n".encode())) == [200]
    assert answers(program.ask(f"GET {LIVE} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".encode())) == [200]


@pytest.mark.parametrize(
    "target", ["/en/search?q=Алматы", "/en/search?q=%D0%90%D0%BB%D0%BC%D0%B0%D1%82%D1%8B"]
)
def test_an_address_as_it_was_typed_is_one(program, target):
    said = program.ask(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answers(said) == [200]
    assert "Алматы".encode() in said


def test_the_answer_to_a_large_body_arrives_whole_though_the_body_is_not_read(program):
    with socket.create_connection(("127.0.0.1", program.port), 30) as line:
        line.sendall(get("/api/stats", "Content-Length: 400000", method="POST") + b"x" * 200_000)
        time.sleep(0.3)
        line.sendall(b"x" * 200_000)
        said = b""
        while read := line.recv(65536):
            said += read
    assert answers(said) == [405]
    assert said.endswith(b"}")
    assert b"\r\nconnection: close\r\n" in said


def test_a_head_that_does_not_arrive_is_given_up(program):
    """However steadily it trickles, and whatever was answered on the line before."""
    began = time.monotonic()
    with ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", program.port), 30)) for _ in range(4)
        ]
        _, trickling, later, empty = lines
        later.sendall(get(LIVE))
        assert answers(later.recv(65536)) == [200]
        request = get("/en/", "X: " + "a" * 1000)
        closed: dict[int, float] = {}
        said = dict.fromkeys(range(4), b"")
        for line in lines:
            line.setblocking(False)
        sent = 0
        while len(closed) < 4 and time.monotonic() - began < 60:
            for number, line in enumerate(lines):
                if number in closed:
                    continue
                try:
                    if line in (trickling, later):
                        line.send(request[sent : sent + 1])
                    elif line is empty:
                        line.send(b"\r\n")
                    read = line.recv(65536)
                except BlockingIOError:
                    continue
                except ConnectionError:
                    read = b""
                said[number] += read
                if not read:
                    closed[number] = time.monotonic() - began
            sent += 1
            time.sleep(0.1)
    assert len(closed) == 4
    for number, after in closed.items():
        assert after > serving.HEAD - 1, number
        assert after < max(serving.HEAD, serving.KEEP) + serving.PAUSE + serving.LINGER + 10, number
    assert [answers(one) for one in said.values()] == [[], [408], [408], []]


FORGED = {
    "Host": "elsewhere.example",
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "444",
    "X-Forwarded-Prefix": "/elsewhere",
    "X-Forwarded-Server": "elsewhere.example",
    "Forwarded": "for=192.0.2.1;host=elsewhere.example;proto=https",
    "X-Host": "elsewhere.example",
    "X-Original-URL": "/api/places",
    "X-Rewrite-URL": "/api/places",
    "X-HTTP-Method-Override": "DELETE",
    "X-Method-Override": "DELETE",
    "X-Script-Name": "/elsewhere",
    "X-Real-IP": "192.0.2.1",
    "Origin": "https://elsewhere.example",
    "Referer": "https://elsewhere.example/",
    "Cookie": "language=kk; theme=dark",
    "Authorization": "Basic YTpi",
    "Via": "1.1 elsewhere.example",
    "Accept-Charset": "utf-7",
    "Range": "bytes=0-9",
    "Cache-Control": "no-cache",
    "Upgrade-Insecure-Requests": "1",
}


@pytest.mark.bar(suite="poison", least=60, full=60)
@pytest.mark.parametrize(
    "path", ["/", "/en", "/ru/", "/sitemap.xml", "/en/changes.atom", "/en/nowhere", "/api/stats", LIVE]
)
def test_no_header_about_the_way_changes_a_byte_of_an_answer(program, path, bar):
    """Nor does the name under which the site was asked: absolute addresses are made from PUBLIC_URL alone."""
    for method in ("GET", "HEAD", "OPTIONS"):
        usual, *others = (
            re.sub(rb"date: [^\r]*\r\n", b"", program.ask(request))
            for request in (
                get(path, method=method),
                *(
                    get(path, f"{name}: {value}", method=method)
                    for name, value in FORGED.items()
                    if name != "Host"
                ),
                get(path, method=method).replace(b"Host: x", b"Host: elsewhere.example"),
                get(path, method=method).replace(b"Host: x", b"Host: elsewhere.example:99999/?a b"),
                get(f"https://elsewhere.example{path}", method=method),
            )
        )
        assert usual.startswith(b"HTTP/1.1 ")
        for other in others:
            bar.case(other == usual)
        assert set(others) == {usual}
