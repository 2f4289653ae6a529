"""Texts of the dataset that try to be more than text, as a reader's browser meets them: on every page, in every chart."""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, expect

from app import seed
from app.database import Database
from app.i18n import LANGUAGES
from app.main import create_app
from app.models import TABLES, Published, Row
from app.settings import Settings

HOSTILE = (
    "<script>window.harmed=1</script>",
    "\"><img src=x onerror='window.harmed=1'>",
    "' autofocus onfocus='window.harmed=1",
    "</script><script>window.harmed=1</script>",
    "</title></style></textarea></svg><svg onload=window.harmed=1>",
    '<a href="javascript:window.harmed=1">x</a>',
    "<b>x</b><br><i>x</i>",
    "]]><!--<iframe srcdoc='<script>parent.harmed=1</script>'>",
    "{{ 7 * 191 }}{% set a = 1 %}${7 * 191}#{7 * 191}",
    "%s %(total)d {0} {words} \\u003cscript\\u003e &lt;script&gt; &#60;",
    "\u202etxet\u202c \u200b\u2066x\u2069 \ufeff",
    "javascript:window.harmed=1",
    '=HYPERLINK("//harm.invalid")',
    "W" * 400,
)
"""What each of them asks for, if anything took it for more than text: that `harmed` stands in the window."""
NATURE = """() => ({
    harmed: window.harmed,
    scripts: document.scripts.length,
    handlers: [...document.querySelectorAll('*')].filter(
        node => [...node.attributes].some(one => one.name.startsWith('on'))).length,
    addresses: [...document.querySelectorAll('a')].map(
        node => node.getAttribute('href') ?? node.getAttribute('xlink:href') ?? '').filter(
        address => !/^(https?:|[/?#]|$)/.test(address)),
    foreign: [...document.querySelectorAll('img, iframe, object, embed, base, textarea, [srcdoc]')].length,
    kinds: [...new Set([...document.querySelectorAll('*')].map(node => node.tagName.toLowerCase()))].sort(),
    title: document.title,
})"""


HELD_TO_OTHERS = {
    "texts": {"code"},
    "places": {"successor_codes"},
    "published": set(Published.columns()),
    "changes": {"field", "version", "was", "now"},
}
"""Columns of plain text that rules hold to what stands elsewhere."""


def free(table: type[Row]) -> tuple[str, ...]:
    """The columns of a file that may hold any text."""
    schema = table.model_json_schema()["properties"]
    return tuple(
        name
        for name in table.columns()
        if table.model_fields[name].annotation is str
        and "pattern" not in schema[name]
        and name not in HELD_TO_OTHERS.get(str(table.__tablename__), ())
    )


def spoiled(package: seed.Package, turn: int, harmless: bool = False) -> seed.Package:
    """A package with something hostile behind every text of it; the same behind the same text, so that translations
    still belong to what they translate. Or with harmless letters in its place, which take as much room."""

    def spoil(said: str) -> str:
        more = HOSTILE[(zlib.crc32(said.encode()) + turn) % len(HOSTILE)]
        return f"{said} {re.sub(r'[^ ]', 'w', more) if harmless else more}".strip()

    def row_of(row: Row) -> Row:
        texts = {name: getattr(row, name) for name in free(type(row))}
        if row.__tablename__ == "texts":
            texts = {name: said for name, said in texts.items() if said}  # an empty one is a form not used
        return row.model_copy(update={name: spoil(said) for name, said in texts.items()})

    tables = {table: tuple(map(row_of, rows)) for table, rows in package.tables.items()}
    return replace(package, tables=tables)


@contextmanager
def site_of(package: seed.Package, address: str, on_a_port: Any) -> Iterator[str]:
    database = Database(address)
    seed.load(package, database)
    with on_a_port(create_app(Settings(), database)) as base:
        yield base


def paths(package: seed.Package, language: str) -> Iterator[str]:
    """Every kind of page and frame, and each single page of what the package holds."""
    rows = {str(table.__tablename__): package.tables[table] for table in TABLES}
    names = {name: [getattr(row, type(row).key[0]) for row in found] for name, found in rows.items()}
    for page in (
        *(
            "",
            "indicators",
            "incidents",
            "sources",
            "coverage",
            "changes",
            "methodology",
            "glossary",
            "data",
            "api",
        ),
        *(
            "disagreements",
            "tensions",
            "disclosure",
            "search?q=script",
            "search?q=harmed",
            "search?q=%3Cscript%3E",
        ),
    ):
        yield f"/{language}/{page}"
    for kind, keys in (
        ("indicators", names["indicators"]),
        ("incidents", names["incidents"]),
        ("sources", names["sources"]),
        ("figures", names["observations"]),
        ("places", names["places"]),
    ):
        yield from (f"/{language}/{kind}/{key}" for key in keys)
    yield from (f"/embed/{language}/indicators/{key}" for key in names["indicators"])
    yield from (f"/embed/{language}/incidents/{key}" for key in names["incidents"])


@pytest.mark.bar(suite="texts", least=40, full=1500)
def test_a_text_of_the_dataset_is_text_on_every_page(
    tmp_path, world, on_a_port, watch, browser: Browser, bar
):
    """Every text of the miniature goes on with something hostile. A page of it is the page of one that goes on with
    harmless letters: no other element, handler, script or address, nothing asked elsewhere, no complaint. As on a
    phone, where charts are drawn anew only when they are touched."""
    for turn in range(bar.of(1, len(HOSTILE))):
        language = LANGUAGES[turn % 3]
        expected: dict[str, dict[str, Any]] = {}
        for hostile in (False, True):
            package = spoiled(world, turn, harmless=not hostile)
            with (
                site_of(package, f"sqlite:///{tmp_path}/{turn}-{hostile}.db", on_a_port) as base,
                browser.new_context(is_mobile=True, has_touch=True) as context,
            ):
                watched = watch(context.new_page(), base)
                dialogs: list[Dialog] = []
                watched.page.on(
                    "dialog", lambda dialog, dialogs=dialogs: (dialogs.append(dialog), dialog.dismiss())
                )
                for path in islice(paths(world, language), None, None, bar.of(2, 1)):
                    answer = watched.page.goto(base + path)
                    if answer.status == 404:  # not every code has a page
                        watched.complaints.clear()
                    nature = {"status": answer.status, **watched.page.evaluate(NATURE)}
                    title = nature.pop("title")
                    if "/search" in path:
                        nature.pop("kinds")  # other words find other things
                    if not hostile:
                        expected[path] = nature
                        continue
                    complaints = [*watched.complaints, *watched.elsewhere, *dialogs]
                    watched.complaints.clear()
                    assert "1337" not in title
                    bar.case(nature == expected[path] and not complaints)
                    assert (path, nature, complaints) == (path, expected[path], [])
                assert not context.cookies()


def test_what_a_template_or_a_form_would_fill_stays_as_it_is_written(tmp_path, world, serve):
    """The texts are seen at all, letter for letter, on pages and in data."""
    assert sum(len(free(table)) for table in TABLES) == 28
    for turn in range(len(HOSTILE)):
        with serve(Database(f"sqlite:///{tmp_path}/{turn}.db"), spoiled(world, turn)) as client:
            said = {row["note"] for row in client.get("/api/observations?limit=1000").json()["data"]}
            assert HOSTILE[(zlib.crc32(b"") + turn) % len(HOSTILE)] in said  # behind notes that are empty
            page = client.get("/en/sources").text
            assert "1337" not in page


@pytest.mark.parametrize("turn", range(0, len(HOSTILE), 4))
def test_a_drawn_chart_shows_what_a_text_says_and_nothing_else(tmp_path, world, on_a_port, watch, page, turn):
    """Plotly reads some marks in the texts that it is given; of ours it gets none."""
    with site_of(spoiled(world, turn), f"sqlite:///{tmp_path}/derek.db", on_a_port) as base:
        watched = watch(page, base)
        page.goto(f"{base}/en/")
        page.locator("#convicted").scroll_into_view_if_needed()
        expect(page.locator("#convicted .drawing.playing")).to_be_visible(timeout=15_000)
        bars = page.locator("#convicted .live .points path")
        assert bars.count() > 0
        for at in range(bars.count()):
            bars.nth(at).hover(force=True)
            assert page.locator("#convicted .live :is(a, img, script, foreignObject)").count() == 0
            assert page.evaluate("window.harmed") is None
        assert not watched.complaints
        assert not watched.elsewhere
        assert re.search("<script>|1337", page.locator("#convicted .live").inner_html()) is None
