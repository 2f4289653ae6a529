"""The whole site as plain files, for any file server or object store.

The site is made in this process and asked for every address that it links to. A first walk writes each answer under the
name that its address has as a file and gathers its links; a second turns the links of pages, feeds and data into links
between these files. What an address with a query is called, and which of them belong to the copy, is said here once.
"""

import asyncio
import hashlib
import json
import os
import re
import signal
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser
from multiprocessing import get_context, parent_process
from pathlib import Path
from posixpath import relpath
from threading import Thread
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

from app import exports
from app.database import Database, Unavailable
from app.i18n import LANGUAGES
from app.main import create_app
from app.pages import Copy
from app.settings import Settings

MISSING = "/404.html"
"""What a server of files shows where there is none: at any address, so its links cannot be relative."""
BEYOND = "copy/index.html"
"""The page of each language that says what the copy does not hold."""
STARTS = ("/", MISSING, "/sitemap.xml", "/robots.txt", "/favicon.ico")
NOT_FILES = ("/oembed", "/api/health/", "/api/v1/")
"""Addresses that are nothing without somebody who answers: what would be kept of them is no longer true."""
ENDINGS = (
    ".social.png",
    ".csv-metadata.json",
    ".sdmx.csv",
    ".csl.json",
    *(".atom", ".bib", ".csv", ".html", ".ico", ".js", ".json", ".jsonld", ".jsonstat", ".png", ".ris"),
    *(".css", ".svg", ".txt", ".webmanifest", ".xlsx", ".xml"),
)
"""How the address of a file ends; what ends otherwise is a page, or data as JSON. An id may have dots too."""
LONGEST = 120
"""Letters of a file's name, beyond which it is shortened."""
IN_PLACE = ("page", "cursor", "lang")
"""Parameters that ask no other question: a place in a list, and a language of data."""

Told = Callable[[int, int], None]


class Answer(NamedTuple):
    """What the site answered, and all it links to."""

    address: str
    status: int
    kind: str
    links: tuple[tuple[str, bool], ...]
    """Addresses, and whether each is the next part of a list."""


@dataclass(frozen=True)
class Plan:
    """How addresses become files: the same for whoever walks over the site and whoever writes it."""

    base: str
    """Where the copy will be, or the site that it is of, without a slash at its end."""
    live: str
    """Where the site is that can be asked; empty where none is known."""
    release: str
    """The digest of the one release that the copy holds."""
    version: str
    languages: tuple[str, ...]
    named: bool
    """Whether somebody said where that is."""

    def address(self, link: str, here: str) -> tuple[str, str] | None:
        """An address of the site in the one form that every link to it has, and its fragment; None for any other."""
        if link.startswith(f"{self.base}/"):
            link = link[len(self.base) :]
        try:
            parts = urlsplit(urljoin(here, link))
        except ValueError:
            return None
        if parts.scheme or parts.netloc or not parts.path.startswith("/"):
            return None
        path = unquote(parts.path)
        if path.startswith("/static/"):
            return path, parts.fragment
        data = path.startswith("/api/")
        if data and path.count("/") == 2:
            path = (
                path.removesuffix(".json") if not path.endswith(("-metadata.json", "openapi.json")) else path
            )
        asked = sorted(
            (name, value)
            for name, value in parse_qsl(parts.query)
            if not (name == "release" and self._is_ours(value))
            and not (data and (name, value) == ("lang", "en"))
        )
        path = f"{path}/" if path[1:] in LANGUAGES else path
        return path + (f"?{urlencode(asked, safe=',')}" if asked else ""), parts.fragment

    def _is_ours(self, named: str) -> bool:
        return named == self.version or (len(named) >= 8 and self.release.startswith(named))

    def held(self, address: str) -> bool:
        """Whether an address can be a file of this copy."""
        path, _, query = address.partition("?")
        # What is drawn in a picture of another day, or cited from it, names an address that no file could answer.
        if any(name in ("as_of", "release") for name, _ in parse_qsl(query)):
            return False
        first = path.removeprefix("/embed").split("/")[1]
        return not path.startswith(NOT_FILES) and (first not in LANGUAGES or first in self.languages)

    def elsewhere(self, address: str) -> Iterator[str]:
        """The same page in the other languages of the copy."""
        first, rest = address[1:3], address[3:]
        if first in LANGUAGES and rest.startswith("/"):
            yield from (f"/{language}{rest}" for language in self.languages)


def is_page(address: str) -> bool:
    """Whether an address is a page of the site, and not a file beside one, or data."""
    path = address.partition("?")[0]
    return path[1:3] in LANGUAGES and path[3:4] == "/" and not path.endswith(ENDINGS)


def question(address: str) -> str:
    """What an address asks beyond a place in a list and a language."""
    path, _, query = address.partition("?")
    own = [(name, value) for name, value in parse_qsl(query) if name not in IN_PLACE]
    return f"{path}?{urlencode(own)}" if own else ""


def file_of(address: str) -> str:
    """The name of an address as a file. A page is a folder with an index, so that its own address leads to it too; a
    query becomes a part of the name."""
    path, _, query = address.partition("?")
    head, ending = path, ""
    if found := next((one for one in ENDINGS if path.endswith(one)), ""):
        head, ending = path.removesuffix(found), found
    elif path.startswith("/api/"):
        ending = ".json"
    if head.endswith("/") and query:
        head += "index"
    folder, _, last = head.rpartition("/")
    if query:
        last += "".join(f"__{name}-{value}" for name, value in parse_qsl(query))
        plain = re.sub(r"[^A-Za-z0-9_.\-]+", "-", last)
        if plain != last or len(plain) > LONGEST:
            # What cannot stand in a name, or would make it too long, is told apart by a digest.
            plain = (
                f"{plain[: LONGEST - 20].rstrip('-.')}-{hashlib.sha256(address.encode()).hexdigest()[:10]}"
            )
        last = plain
    name = f"{folder}/{last}{ending}".lstrip("/")
    return name if ending else f"{name.rstrip('/')}/index.html".lstrip("/")


# --- Links in what the site answers ---------------------------------------------------------------------------


class Link(NamedTuple):
    """A link as it stands, and what may be put in its place."""

    written: str
    absolute: bool = False
    """Whether it has to be a whole address, since it is read away from its file."""
    text: bool = False
    """Whether it is read by a person, who is given the address of a page as the site has it."""
    following: bool = False
    """Whether it is the next part of a list."""


Change = Callable[[Link], str | None]
"""What takes the place of a link; None where nothing does."""


def changed(content: bytes, kind: str, address: str, base: str, change: Change) -> bytes:
    """An answer with every link of the site replaced."""
    if kind == "text/html":
        page = _Page(base, change)
        page.feed(content.decode())
        page.close()
        page.flush()
        return "".join(page.parts).encode()
    if kind in ("application/atom+xml", "application/xml", "image/svg+xml"):
        attribute = r'(?<=href=")' if kind == "image/svg+xml" else r'(?<=[">])'
        return re.sub(
            attribute + re.escape(base) + r'/[^"<]*',
            lambda found: escape(change(Link(unescape(found[0]), absolute=True)) or found[0]),
            content.decode(),
        ).encode()
    if kind == "text/plain" and address == "/robots.txt":
        return re.sub(
            re.escape(base) + r"/\S+",
            lambda found: change(Link(found[0], absolute=True)) or found[0],
            content.decode(),
        ).encode()
    if kind == "application/manifest+json":
        told = json.loads(content)
        for one in (told, *told["icons"]):
            one |= {name: change(Link(one[name])) for name in ("id", "start_url", "src") if name in one}
        told["scope"] = "../"
        return _dumped(told)
    if kind == "application/ld+json":
        return _dumped(_described(json.loads(content), base, change))
    if kind == "application/csvm+json":
        told = json.loads(content)
        told["url"] = change(Link(told["url"]))
        return _dumped(told)
    if kind == "application/json" and address.startswith("/api/") and "openapi" not in address:
        told = json.loads(content)
        return _dumped(_linked(told, change)) if "links" in told else content
    return content


def _dumped(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _linked(told: Any, change: Change) -> Any:
    """Data with the addresses under `links` replaced, and nothing else."""
    if isinstance(told, list):
        return [_linked(one, change) for one in told]
    if not isinstance(told, dict):
        return told
    return {
        name: {key: at and change(Link(at, following=key == "next")) for key, at in cell.items()}
        if name == "links" and isinstance(cell, dict)
        else _linked(cell, change)
        for name, cell in told.items()
    }


class _Page(HTMLParser):
    """A page, passed on as it is but for its links."""

    LINKS: ClassVar = ("href", "src", "data-plotly", "content")

    def __init__(self, base: str, change: Change) -> None:
        super().__init__(convert_charrefs=False)
        self.base, self.change = base, change
        self.parts: list[str] = []
        self.text: list[str] = []
        self.script = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.flush()
        own = self.get_starttag_text() or ""
        given = dict(attrs)
        if tag == "script":
            self.script = given.get("type") or ""
        new = dict(given)
        for name in self.LINKS:
            written = given.get(name)
            if written is None or (name == "content" and not written.startswith(f"{self.base}/")):
                continue
            # What other sites read off the head of a page they read without the page.
            absolute = written.startswith(f"{self.base}/")
            at = self.change(Link(written, absolute))
            new[name] = written if at is None else at
            if at is None or not at.partition("#")[0].endswith(BEYOND):
                continue
            new.pop("download", None)
        if new != given:
            said = "".join(
                f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in new.items()
            )
            own = f"<{tag}{said}{'/' if own.endswith('/>') else ''}>"
        self.parts.append(own)

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        self.flush()
        self.script = ""
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_entityref(self, name: str) -> None:
        self.text.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.text.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.flush()
        self.parts.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f"<!{decl}>")

    def flush(self) -> None:
        """What stands between two tags: addresses in it are links that a reader copies."""
        raw = "".join(self.text)
        self.text.clear()
        if f"{self.base}/" in raw and self.cdata_elem is None and not self.script:
            raw = escape(_in_text(unescape(raw), self.base, self.change), quote=False)
        elif f"{self.base}/" in raw and self.script.endswith("ld+json"):
            told = json.dumps(_described(json.loads(raw), self.base, self.change), ensure_ascii=False)
            for sign in "<>&'":
                told = told.replace(sign, f"\\u{ord(sign):04x}")
            raw = told
        self.parts.append(raw)


def _described(told: Any, base: str, change: Change) -> Any:
    """What is said to search engines and catalogues. Names of things stay as they are, and are told by their fragments."""
    if isinstance(told, list):
        return [_described(one, base, change) for one in told]
    if isinstance(told, dict):
        return {name: _described(one, base, change) for name, one in told.items()}
    if isinstance(told, str) and told.startswith(f"{base}/") and "#" not in told:
        return change(Link(told, absolute=True)) or told
    return told


def _in_text(text: str, base: str, change: Change) -> str:
    """A text with its addresses replaced. Where it is HTML to be copied they are written as HTML has them."""

    def replaced(found: re.Match[str]) -> str:
        written = found[0].rstrip(".,;:)")
        new = change(Link(unescape(written), absolute=True, text=True))
        if new is None or new == unescape(written):
            return found[0]
        return (escape(new) if "&amp;" in written else new) + found[0][len(written) :]

    return re.sub(re.escape(base) + r"/[^\s\"'<>]*", replaced, text)


# --- The walk -------------------------------------------------------------------------------------------------


class Walker:
    """A site in this process, asked without a network."""

    def __init__(self, plan: Plan, settings: Settings, database: str, place: Path) -> None:
        self.plan, self.place = plan, place
        self.app = create_app(settings, Database(database), Copy(plan.live, plan.languages))
        self.runner = asyncio.Runner()

    def close(self) -> None:
        self.runner.close()

    def ask(self, address: str) -> Answer:
        """Write an answer under its name, and say what it links to."""
        status, headers, content = self.runner.run(self.app.answer(address))
        kind = headers.get("content-type", "").partition(";")[0]
        if status != 200:
            return Answer(address, status, kind, ())
        links: dict[tuple[str, bool], None] = {}

        def found(link: Link) -> str:
            if at := self.plan.address(link.written, address):
                links[at[0], link.following] = None
            return link.written

        changed(content, kind, address, self.plan.base, found)
        file = self.place / file_of(address)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return Answer(address, status, kind, tuple(links))


@dataclass(frozen=True)
class Finisher:
    """Turns the links of what was written into links between files."""

    plan: Plan
    place: Path
    held: frozenset[str]
    """Every address that is a file of the copy."""
    beside: frozenset[str]
    """Names of files that no address of the site gives."""

    def finish(self, address: str, kind: str) -> None:
        file = self.place / file_of(address)
        content = file.read_bytes()
        new = changed(content, kind, address, self.plan.base, lambda link: self.in_place_of(link, address))
        if new != content:
            file.write_bytes(new)

    def in_place_of(self, link: Link, here: str) -> str | None:
        """Where a link leads in the copy: to a file, to the site that can be asked, or to the page that says so."""
        at = None if link.written.startswith("#") else self.plan.address(link.written, here)
        if at is None or (link.text and is_page(at[0]) and "?" not in at[0]):
            return link.written
        address, fragment = at
        end = f"#{fragment}" if fragment else ""
        if address in self.held:
            name = file_of(address)
        elif address.lstrip("/") in self.beside:
            name = address.lstrip("/")
        elif self.plan.live:
            return f"{self.plan.live}{address}{end}"
        elif here.startswith("/api/"):
            return None
        else:
            language = here.removeprefix("/embed")[1:3]
            name = f"{language if language in self.plan.languages else self.plan.languages[0]}/{BEYOND}"
            end = ""
        if here == MISSING:
            return f"{self.plan.base if self.plan.named else ''}/{name}{end}"
        if link.absolute:
            return f"{self.plan.base}/{name}{end}"
        return relpath(name, file_of(here).rpartition("/")[0] or ".") + end


_worker: Walker | Finisher


def _start(make: Callable[..., Walker | Finisher], *given: Any) -> None:
    """Each process has its own site, and ends with the one that began it, also where that is killed."""
    global _worker
    Thread(target=_end_with_parent, daemon=True).start()
    _worker = make(*given)


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _ask(address: str) -> Answer:
    assert isinstance(_worker, Walker)  # noqa: S101  # it was started as one
    return _worker.ask(address)


def _finish(some: Sequence[tuple[str, str]]) -> int:
    assert isinstance(_worker, Finisher)  # noqa: S101  # it was started as one
    for address, kind in some:
        _worker.finish(address, kind)
    return len(some)


@contextmanager
def _workers(make: Callable[..., Walker | Finisher], *given: Any) -> Iterator[ProcessPoolExecutor]:
    """As many processes as there are processors for this one, all of which end with it."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pool = ProcessPoolExecutor(
        count,
        mp_context=get_context("spawn"),
        initializer=_start,
        initargs=(make, *given),
    )
    # Who interrupts the export means this process, which ends the others: they are born deaf to it.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for _ in range(count):
            pool.submit(int)
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        yield pool
    except BrokenProcessPool:
        raise Unavailable(
            "a process of the export was ended by the system; is there memory enough?"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def export(
    place: Path,
    plan: Plan,
    settings: Settings,
    database: str,
    beside: Mapping[str, bytes],
    progress: Told,
) -> int:
    """Write the site into an empty folder, with the files of its release beside it; how many files it is.

    Raises `ValueError` where a page leads to what does not answer: then the site itself is not sound.
    """
    release = exports.ReleaseFile.model_validate_json(beside[exports.RELEASE])
    for name, content in beside.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    with _workers(Walker, plan, settings, database, place) as pool:
        kinds = _walked(pool, plan, beside.keys(), progress)
    names: dict[str, str] = {}
    for address in kinds:
        if (other := names.setdefault(file_of(address), address)) != address:
            raise ValueError(f"{address} and {other} would be one file")
    some = sorted(kinds.items())
    done = 0
    with _workers(Finisher, plan, place, frozenset(kinds), frozenset(beside)) as pool:
        for count in pool.map(_finish, (some[at : at + 50] for at in range(0, len(some), 50))):
            done += count
            progress(done, len(some))
    # The pages join what the release says of its files, so that one command proves both.
    for name in names:
        content = (place / name).read_bytes()
        release.files[name] = exports.FileOf(sha256=exports.sha256(content), bytes=len(content))
    for name, content in exports.sealed(release).items():
        (place / name).write_bytes(content)
    return len(release.files) + 2


def _walked(pool: ProcessPoolExecutor, plan: Plan, beside: Collection[str], progress: Told) -> dict[str, str]:
    """Every address of the copy, each with its media type."""
    new = [*STARTS, *(f"/{language}/" for language in plan.languages)]
    seen, kinds = {*new}, dict[str, str]()
    while new:
        asked, new = new, []
        for answer in pool.map(_ask, asked, chunksize=4):
            progress(len(kinds), len(seen))
            if answer.status >= 500:
                raise ValueError(f"the site fails at {answer.address}")
            if answer.status != 200:
                continue  # an example of another dataset: what the site refuses is not in the copy either
            kinds[answer.address] = answer.kind
            for address, following in answer.links:
                if address in seen or address.lstrip("/") in beside or not plan.held(address):
                    continue
                if following or belongs(address, answer.address):
                    found = dict.fromkeys((address, *(plan.elsewhere(address) if question(address) else ())))
                    new += [one for one in found if one not in seen]
                    seen |= found.keys()
    return kinds


def belongs(address: str, origin: str) -> bool:
    """Whether what is linked to belongs to the copy.

    Whatever asks nothing does. What asks something does one step away: a page in a state that a page in its own state
    leads to, and the files of any page; so the copy has an end.
    """
    asked, from_asked = question(address), question(origin)
    if not asked or not from_asked or asked in (from_asked, from_asked.removeprefix("/embed")):
        return True
    return is_page(origin) and not is_page(address)
