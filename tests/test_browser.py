"""The dashboard in a real browser: what a reader sees, with and without scripts, by pointer and by keyboard."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.main import create_app
from app.settings import Settings

INDICATORS = ("convicted", "detained", "foiled_plots")
PAGES = (
    "/",
    "/indicators",
    "/indicators/convicted",
    "/indicators/citizens_abroad_fighters",
    "/incidents",
    "/incidents/2016-07-almaty",
    "/places/KZ-75",
    "/sources",
    "/sources/knb-2019-12-12-atc-work-report",
    "/coverage",
    "/changes",
    "/search?q=almaty",
    "/methodology",
    "/glossary",
    "/data",
    "/api",
    "/disagreements",
    "/figures/s001-convicted",
    "/tensions",
    "/disclosure",
    "/disagreements/convicted.2024",
    "/compare?figure=knb-convicted-2022,kps-sent-2022",
    "/compare?series=convicted,detained",
    "/?as_of=2016-12-31",
    "/incidents/2016-07-almaty?as_of=2015-12-31",
    "/nowhere",
)


@pytest.fixture(scope="session")
def site(on_a_port: Any) -> Iterator[str]:
    """The address of the real site, served as `derek serve` serves it."""
    with on_a_port(create_app(Settings(database_url=None))) as address:
        yield address


@pytest.fixture
def watched(watch: Any, page: Page, site: str) -> Any:
    return watch(page, site)


def stated(site: str, indicator: str) -> dict[str, dict[str, Any]]:
    """The rows of the API with a figure on the axis, by the id of the observation shown."""
    answer = httpx.get(f"{site}/api/stats", params={"indicator": indicator}).json()
    return {row["observations"][0]: row for row in answer["data"] if row["year"] and row["status"] == "value"}


def playing(page: Page, indicator: str) -> Any:
    """A chart as Plotly has drawn it: its traces."""
    page.locator(f"#{indicator}").scroll_into_view_if_needed()
    expect(page.locator(f"#{indicator} .drawing.playing")).to_be_visible(timeout=15_000)
    return page.evaluate(
        "code => document.querySelector(`#${code} .live`).data.map(t => ({y: t.y, customdata: t.customdata}))",
        indicator,
    )


def test_the_dashboard_draws_three_plotly_charts_with_the_numbers_of_the_api(watched: Any) -> None:
    page = watched.open("/en/")
    for indicator in INDICATORS:
        drawn = {
            point[0]: (point[1], height)
            for trace in playing(page, indicator)
            for point, height in zip(trace["customdata"], trace["y"], strict=True)
        }
        rows = stated(watched.site, indicator)
        retold = {key: (row["year"], row["value"]) for row in rows.values() for key in row["retold"]}
        assert drawn == {key: (row["year"], row["value"]) for key, row in rows.items()} | retold


def test_plotly_takes_the_place_of_the_drawn_chart_without_a_shift(watched: Any) -> None:
    page = watched.page
    page.add_init_script(
        "window.shifts = 0; new PerformanceObserver(list => list.getEntries().forEach(e => window.shifts += e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    watched.open("/en/")
    places = """selector => {
        const frame = document.querySelector("#convicted .drawing").getBoundingClientRect();
        return [...document.querySelectorAll("#convicted " + selector)].map(bar => bar.getBoundingClientRect())
            .map(box => [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top])
            .sort((a, b) => a[0] - b[0]);
    }"""
    before = page.evaluate(places, "svg.chart .bar")
    playing(page, "convicted")
    after = page.evaluate(places, ".live .bars .point path")
    assert len(before) == len(after)
    for drawn, live in zip(before, after, strict=True):
        assert drawn == pytest.approx(live, abs=2.5)
    assert page.evaluate("window.shifts") < 0.01


def test_the_played_letters_look_and_stand_as_the_drawn_ones(watched: Any) -> None:
    page = watched.open("/en/")
    playing(page, "convicted")
    look = """([selector, text]) => {
        const frame = document.querySelector("#convicted .drawing").getBoundingClientRect();
        const found = [...document.querySelectorAll(`#convicted ${selector}`)]
            .filter(e => e.textContent.replace(/\\s/g, " ") === text && e.getClientRects().length).at(-1);
        const box = found.getBoundingClientRect(), style = getComputedStyle(found);
        return [style.fontFamily, style.fontSize, style.fontWeight, style.fill, box.left - frame.left, box.top - frame.top];
    }"""
    letters = page.locator("#convicted svg.chart .letter.wide").first.text_content()
    for text in ("2019", "–12 Dec", letters, "140"):
        drawn = page.evaluate(look, ["svg.chart text", text])
        live = page.evaluate(look, [".live :is(text, tspan)", text])
        assert live[:4] == drawn[:4], text
        assert live[4:] == pytest.approx(drawn[4:], abs=2), text


def test_a_chart_that_was_zoomed_by_dragging_can_be_put_back(watched: Any) -> None:
    page = watched.open("/en/")
    playing(page, "convicted")
    ranges = "document.querySelector('#convicted .live').layout.xaxis.range"
    whole = page.evaluate(ranges)
    reset = page.locator("#convicted button.reset")
    expect(reset).to_be_hidden()
    place = page.locator("#convicted .drawing").bounding_box()
    assert place
    page.mouse.move(place["x"] + place["width"] * 0.3, place["y"] + 60)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.6, place["y"] + 70, steps=8)
    page.mouse.up()
    expect(reset).to_be_visible()
    assert page.evaluate(ranges) != whole
    assert page.locator(".plotly-notifier .notifier-note").count() == 0
    reset.click()
    expect(reset).to_be_hidden()
    assert page.evaluate(ranges) == whole


def test_a_page_never_complains_asks_elsewhere_or_keeps_anything(watched: Any) -> None:
    for language in ("en", "ru", "kk"):
        for path in PAGES:
            page = watched.open(f"/{language}{path}")
            if path == "/":
                for indicator in INDICATORS:
                    playing(page, indicator)
            assert page.evaluate("document.cookie + localStorage.length + sessionStorage.length") == "00"
    # The browser itself reports the 404 of the page that is not there.
    complaints = [text for text in watched.complaints if "404" not in text]
    assert (complaints, watched.elsewhere, watched.page.context.cookies()) == ([], [], [])


def test_with_scripts_off_every_number_is_there(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/en/")
    for indicator in INDICATORS:
        chart = page.locator(f"#{indicator} svg.chart")
        expect(chart).to_be_visible()
        page.locator(f"#{indicator} details.twin > summary").click()
        for key, row in stated(site, indicator).items():
            figure = f"{row['value']:,}"
            said = re.compile(rf"^{figure}(\s[A-Z]\b.*)?\s*$")  # in a crowded year letter and days follow
            expect(chart.locator(f"a[data-observation='{key}'] .value")).to_have_text(said)
            button = page.locator(f"#row-{key} button.figure")
            expect(button).to_contain_text(figure)
    page.locator("#row-s001-convicted button.figure").click()
    witness = page.locator("#w-s001-convicted")
    expect(witness).to_be_visible()
    expect(witness).to_contain_text("Anti-Terrorism Centre")
    expect(witness).to_contain_text("detained and jailed")
    context.close()


def test_a_mark_leads_to_its_place_on_its_source_page_without_scripts(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/en/")
    page.locator("#convicted svg.chart a[data-observation='s001-convicted'] .bar").click()
    assert page.url.endswith("/en/sources/knb-2019-12-12-atc-work-report#s001-convicted")
    expect(page.locator("#s001-convicted")).to_contain_text("paragraph 7")
    context.close()


def test_a_click_on_a_plotly_bar_opens_its_witness(watched: Any) -> None:
    page = watched.open("/en/")
    playing(page, "convicted")
    place = page.locator("#convicted svg.chart a[data-observation='s001-convicted'] .bar").bounding_box()
    assert place
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("#w-s001-convicted")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#w-s001-convicted")).to_be_hidden()


def test_every_value_can_be_reached_by_keyboard(watched: Any) -> None:
    page = watched.open("/en/")
    first = page.locator("#convicted svg.chart a.mark").first
    first.focus()
    names = [first.get_attribute("aria-label")]
    count = page.locator("#convicted svg.chart a.mark").count()
    for _ in range(count - 1):
        page.keyboard.press("ArrowRight")
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert len(set(names)) == count
    assert any("140" in (name or "") for name in names)
    page.keyboard.press("Enter")
    expect(page.locator(".witness:popover-open")).to_be_visible()


def test_marks_stay_in_reach_of_the_keyboard_after_plotly_has_taken_over(watched: Any) -> None:
    page = watched.open("/en/")
    for indicator in INDICATORS:
        playing(page, indicator)
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.closest('.indicator a.mark')?.closest('.indicator').id")
        )
    assert set(INDICATORS) <= reached
    page.locator("#convicted svg.chart a.mark").first.focus()
    expect(page.locator("#convicted .drawing")).not_to_have_class("drawing playing")


def test_on_a_phone_nothing_is_wider_than_the_screen(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700})
    page = context.new_page()
    for language in ("en", "ru", "kk"):
        for path in PAGES:
            page.goto(f"{site}/{language}{path}")
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, (language, path)
    context.close()


def test_under_a_touch_screen_plotly_waits_for_the_first_touch(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 820, "height": 1100}, has_touch=True, is_mobile=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/en/")
    page.wait_for_load_state("networkidle")
    assert not any("plotly" in address for address in asked)
    page.locator("#convicted .drawing").tap(position={"x": 3, "y": 3})
    expect(page.locator("#convicted .drawing.playing")).to_be_visible(timeout=15_000)
    context.close()


def test_on_a_phone_the_years_run_downwards_and_the_upright_chart_comes_when_asked_for(
    browser: Browser, site: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{site}/en/")
    expect(page.locator("#convicted .drawing")).to_be_hidden()
    rows = page.locator("#convicted .sideways a.mark")
    assert rows.count() == page.locator("#convicted svg.chart a.mark").count()
    expect(rows.filter(has_text="1 Jan – 12 Dec 2019").first).to_contain_text("140")
    rows.first.tap()
    expect(page.locator(".witness:popover-open")).to_be_visible()
    page.locator(".witness:popover-open .close").tap()
    turn = page.locator("#foiled_plots button.turn")
    said = turn.inner_text()
    turn.tap()
    expect(page.locator("#foiled_plots .drawing.playing")).to_be_in_viewport(timeout=15_000)
    expect(page.locator("#foiled_plots .sideways")).to_be_hidden()
    expect(turn).to_be_focused()
    expect(turn).not_to_have_text(said)
    for label in page.locator("figure.upright svg.lane text").all():
        box = label.bounding_box()
        assert box
        assert 0 <= box["x"] <= 390 - box["width"]
    turn.tap()
    expect(page.locator("#foiled_plots .drawing")).to_be_hidden()
    expect(page.locator("#foiled_plots .sideways")).to_be_in_viewport()
    expect(turn).to_be_focused()
    expect(turn).to_have_text(said)
    context.close()


@pytest.mark.parametrize("width", [320, 360, 599])
def test_on_a_phone_the_glossary_has_whole_lines_that_name_their_language(
    browser: Browser, site: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/ru/glossary")
    row = page.locator("tr#legal_stage-detained > *")
    for place, name in enumerate(("English", "Русский", "Қазақша", "Что это значит")):
        cell = row.nth(place)
        box = cell.bounding_box()
        assert box
        assert box["width"] > width * 0.8
        assert name in cell.evaluate("cell => getComputedStyle(cell, '::before').content")
    context.close()


@pytest.mark.parametrize("width", [320, 360])
def test_on_a_phone_no_name_of_a_region_is_cut_between_any_two_letters(
    browser: Browser, site: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740})
    page = context.new_page()
    for language in ("en", "ru", "kk"):
        for path in ("", "incidents", "places"):
            page.goto(f"{site}/{language}/{path}")
            # Without leave to break anywhere, a name that does not fit would stick out.
            cut = page.evaluate("""() => {
                const style = new CSSStyleSheet();
                style.replaceSync(".tiles a { overflow-wrap: normal !important }");
                document.adoptedStyleSheets = [style];
                return [...document.querySelectorAll(".tiles a")].filter(a => a.scrollWidth > a.clientWidth)
                    .map(a => a.textContent);
            }""")
            assert cut == [], (language, path)
    context.close()


def test_on_a_phone_coverage_begins_at_the_newest_year_without_scripts(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    for path in ("/en/", "/en/coverage"):
        page.goto(site + path)
        years = page.locator(".matrix").first.locator("thead abbr")
        assert years.first.get_attribute("title") < years.last.get_attribute("title")
        place = years.last.bounding_box()
        assert place
        assert 0 < place["x"] < 360 - place["width"]
        expect(page.locator(".goes-on").first).to_be_visible()
        for square in page.locator(".matrix .square a").all()[-3:]:
            box = square.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 24
    context.close()


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_a_readers_own_spacing_makes_no_page_wider_than_a_narrow_screen(
    browser: Browser, site: str, language: str
) -> None:
    """As WCAG 1.4.12 spaces letters, words and lines; without it the languages are whole."""
    context = browser.new_context(viewport={"width": 320, "height": 800}, bypass_csp=True)
    page = context.new_page()
    for path in ("", "about", "incidents", "indicators/convicted", "compare", "data"):
        page.goto(f"{site}/{language}/{path}")
        row = page.locator(".languages ul").evaluate("row => [row.scrollWidth, row.clientWidth]")
        assert row[0] <= row[1], path
        page.add_style_tag(
            content="* { letter-spacing: .12em !important; word-spacing: .16em !important; line-height: 1.5 !important }"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    context.close()


def test_on_a_phone_the_masthead_names_the_languages_in_one_row(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 740})
    page = context.new_page()
    for language in ("en", "ru", "kk"):
        page.goto(f"{site}/{language}/data")
        tops = {round(box["y"]) for one in page.locator(".languages a").all() if (box := one.bounding_box())}
        assert len(tops) == 1
        cite = page.locator("#cite ~ .cite .citation").first
        assert cite.evaluate("text => text.scrollWidth <= text.clientWidth")
    context.close()


def test_on_paper_what_only_a_screen_can_use_is_left_out_and_signs_keep_their_ground(
    browser: Browser, site: str
) -> None:
    page = browser.new_page()
    page.goto(f"{site}/ru/indicators/convicted")
    page.emulate_media(media="print")
    for useless in (".find", ".filter", ".contents", ".actions", ".crumbs", ".languages"):
        expect(page.locator(useless).first).to_be_hidden()
    swatch = page.locator(".key .swatch").first
    assert swatch.evaluate("one => getComputedStyle(one).printColorAdjust") == "exact"
    sizes = "selector => parseFloat(getComputedStyle(document.querySelector(selector)).fontSize)"
    assert page.evaluate(sizes, "body") > page.evaluate(sizes, ".credit")
    page.close()


def test_a_chart_can_be_taken_as_a_picture_with_its_source_inside(watched: Any) -> None:
    page = watched.open("/en/indicators/convicted")
    with page.expect_download() as download:
        page.locator("#chart .actions a", has_text="PNG").click()
    assert re.fullmatch(r"derek-convicted-[\d.]+-en\.png", download.value.suggested_filename)
    page.goto(watched.site + str(page.locator("#chart .actions a", has_text="SVG").get_attribute("href")))
    drawn = page.locator("svg").first
    expect(drawn).to_contain_text("Source: Derek, release")
    expect(drawn).to_contain_text("/en/indicators/convicted?")
    # Its own style is let in by its hash: the bars have their colour.
    fill = page.evaluate("getComputedStyle(document.querySelector('.bar.full.leads')).fill")
    assert fill == "rgb(18, 67, 109)"
    assert watched.complaints == []


SEEN = (("en", "light", 1280), ("ru", "dark", 1280), ("kk", "light", 360))
"""In which language, theme and width pages are looked at: in CI each in one of them, in a full round in all."""


@pytest.mark.parametrize(
    ("path", "language", "theme", "width"),
    [
        (path, *seen)
        for place, path in enumerate(PAGES)
        for seen in (SEEN if os.environ.get("BAR") == "full" else SEEN[place % len(SEEN) :][:1])
    ],
)
def test_pages_are_accessible(
    browser: Browser, site: str, path: str, language: str, theme: Any, width: int
) -> None:
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"{site}/{language}{path}")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    wanted = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = Axe().run(page, options=wanted).response["violations"]
    told = [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found]
    assert not told, json.dumps(told, indent=1)
    context.close()


@pytest.fixture(scope="module")
def copied(site: str) -> Callable[[str], str]:
    """What a reader would copy from the data page, by its name, asked of this server."""
    text = httpx.get(f"{site}/en/data").text

    def example(name: str) -> str:
        found = re.search(rf'<pre id="{name}"[^>]*><code>(.*?)</code></pre>', text, re.DOTALL)
        assert found
        return re.sub(r"http://127\.0\.0\.1:\d+", site, unescape(found[1]))

    return example


def test_the_example_in_python_runs_as_it_stands(copied: Callable[[str], str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", copied("python")], capture_output=True, text=True, check=True
    )
    assert re.search(r"2019 value exact 140 140 140\n\s+part_year knb", done.stdout)


def test_the_example_for_a_terminal_runs_as_it_stands(copied: Callable[[str], str]) -> None:
    """Where curl is not installed, its one argument is an address all the same."""
    command = shlex.split(copied("terminal"))
    assert command[0] == "curl"
    (address,) = command[1:]
    if shutil.which("curl"):
        text = subprocess.run([*command, "--silent"], capture_output=True, text=True, check=True).stdout
    else:
        text = httpx.get(address).text
    assert "convicted,2019,140," in text


def test_the_example_in_r_runs_as_it_stands(copied: Callable[[str], str]) -> None:
    """Where R is not installed, the columns that it names are those of the file that it reads."""
    code = copied("r")
    if shutil.which("Rscript"):
        done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
        assert re.search(r"2019\s+value\s+exact\s+140\s+140\s+140\s+part_year\s+knb", done.stdout)
        return
    read = re.search(r'read\.csv\("([^"]+)"\)', code)
    named = re.search(r"stats\[, c\((.*)\)\]", code)
    assert read
    assert named
    header = httpx.get(read[1]).text.splitlines()[0].split(",")
    columns = set(re.findall(r'"(\w+)"', named[1]))
    assert columns <= set(header)
    assert {"status", "qualifier", "value", "low", "high"} <= columns


def test_the_example_for_a_spreadsheet_leads_to_a_table(copied: Callable[[str], str]) -> None:
    found = re.fullmatch(r'=IMPORTDATA\("([^"]+)"\)', copied("spreadsheet"))
    assert found
    answer = httpx.get(found[1])
    assert answer.headers["content-type"].startswith("text/csv")
    assert "convicted,2019,140," in answer.text


def test_the_incidents_can_be_narrowed_by_keyboard_alone(watched: Any) -> None:
    page = watched.open("/en/incidents")
    page.locator("input[name=q]").last.focus()
    page.keyboard.type("almaty")
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents?*q=almaty*")
    facet = page.locator(".facets a", has_text="Took place")
    facet.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**outcome=carried_out*")
    expect(page.locator(".chips")).to_contain_text("Took place")
    page.locator(".chips a", has_text="almaty").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".found")).to_contain_text("8 incidents")
    assert watched.complaints == []


def test_every_question_of_a_journalist_is_three_clicks_away(watched: Any) -> None:
    """From the first page, by its links alone: who said 140, which plots in which years, what is known of Almaty."""
    page = watched.open("/en/")
    page.locator("#convicted h2 a").click()
    page.locator("#convicted-2019 + td button.figure").click()
    expect(page.locator("#w-s001-convicted")).to_contain_text("Anti-Terrorism Centre")
    watched.open("/en/")
    page.locator(".tiles a[title='Almaty']").click()
    page.locator("tbody th a", has_text="Shootings").first.click()
    expect(page.locator("h1")).to_contain_text("Almaty")


def test_the_slider_goes_from_statement_to_statement_by_keyboard_and_sends_nothing_by_itself(watched):
    page = watched.open("/en/indicators/convicted?as_of=2016-12-30")
    before, after = page.locator(".ways a[rel]").all()
    field, slider = page.locator("#as-of"), page.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", before.inner_text().removeprefix("← "))
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", after.inner_text().removesuffix(" →"))
    wanted = re.search(r"as_of=([\d-]+)", str(after.get_attribute("href")))
    assert wanted
    expect(field).to_have_value(wanted[1])
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", before.inner_text().removeprefix("← "))
    page.keyboard.press("End")
    assert page.url.endswith("as_of=2016-12-30")
    last = field.input_value()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"as_of={last}"), timeout=20_000)
    field.fill("2019-12-12")
    expect(slider).to_have_attribute("aria-valuetext", "12 December 2019")
    assert watched.complaints == []


def test_a_day_is_asked_for_without_scripts(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/ru/indicators/convicted?from=2015")
    page.locator(".clocks summary").click()
    assert not page.locator(".slider").is_visible()
    page.locator("#as-of").fill("2016-12-31")
    page.locator(".clocks button").click()
    assert page.url == f"{site}/ru/indicators/convicted?from=2015&as_of=2016-12-31"
    expect(page.locator("section.clocks")).to_contain_text("По состоянию на 31 декабря 2016 года")
    context.close()


def test_in_forced_colours_marks_keep_their_shapes_and_words(browser: Browser, site: str) -> None:
    """A reader who replaces all colours still has outlines, letters and signs."""
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    page.goto(f"{site}/en/indicators/convicted")
    bar = page.locator("svg.chart .bar").first
    assert bar.evaluate("bar => getComputedStyle(bar).stroke !== 'none'")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = page.locator("svg.chart text.value").first.evaluate("text => getComputedStyle(text).fill")
    assert ink != background
    page.goto(f"{site}/en/coverage")
    assert page.locator("td.square.known").first.inner_text().startswith("■")
    context.close()


def test_a_reader_of_the_tree_of_a_page_gets_every_figure_and_its_caveats(watched: Any) -> None:
    """What assistive software is given: the charts have a name and a summary, each mark says its figure, and what is only
    looked at is not there."""
    page = watched.open("/kk/indicators/convicted")
    tree = page.locator("main").aria_snapshot()
    rows = httpx.get(f"{watched.site}/api/stats", params={"indicator": "convicted", "gaps": "0"}).json()[
        "data"
    ]
    for row in rows:
        if row["year"] and row["status"] == "value":
            assert re.search(rf"Сотталғандар: {row['value']} адам", tree), row["year"]
    assert "group" in tree
    assert "Кінәсіздік" in httpx.get(f"{watched.site}/kk/indicators/detained").text
    assert "img" not in re.findall(r"- (\w+)$", tree)


def test_a_witness_that_is_opened_from_a_bar_takes_the_focus_and_gives_it_back(watched: Any) -> None:
    page = watched.open("/kk/indicators/convicted")
    mark = page.locator('svg.chart a.mark[tabindex="0"]').first
    mark.focus()
    page.keyboard.press("Enter")
    witness = page.locator(".witness:popover-open")
    expect(witness).to_be_visible()
    assert witness.evaluate("panel => panel.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(witness).to_have_count(0)
    expect(mark).to_be_focused()
    assert watched.complaints == []


def test_a_printed_page_says_its_lasting_address(watched: Any) -> None:
    page = watched.open("/kk/compare?figure=knb-convicted-2022&figure=kps-sent-2022&as_of=2024-12-31")
    address = page.locator(".on-paper")
    expect(address).not_to_be_visible()
    page.emulate_media(media="print")
    expect(address).to_be_visible()
    expect(address).to_contain_text(
        re.compile(
            r"/kk/compare\?figure=knb-convicted-2022&figure=kps-sent-2022&as_of=2024-12-31&release=\w{12}"
        )
    )
