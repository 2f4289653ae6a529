"""A chart's marks, whatever draws them: what stands where, what it looks like, and what its words say."""

import json
import re
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlmodel import Session

from app import charts, deps, series
from app import database as databases
from app.charts import Chart, lettering
from app.database import Database
from app.deps import terms
from app.i18n import LANGUAGES, Words
from app.models import Panel


@pytest.fixture(scope="module")
def record(tmp_path_factory, published) -> Database:
    from app import seed

    database = Database(f"sqlite:///{tmp_path_factory.mktemp('record') / 'derek.db'}")
    seed.load(published, database)
    return database


def words(record: Database, session: Session, language: str = "en") -> Words:
    release = databases.release(session)
    assert release
    assert release.number
    return Words(language, terms(session, release))


def panel(session: Session, indicator: str) -> Panel:
    release = databases.release(session)
    assert release
    return series.panels(series.Vintage(session, release), series.Question(indicator=(indicator,)))[0]


def drawn(record: Database, indicator: str, language: str = "en", first: int = 2013) -> tuple[Panel, Chart]:
    with record.reading() as session:
        found = panel(session, indicator)
        return found, charts.by_year(found, words(record, session, language), first)


def test_every_year_has_a_slot_and_every_figure_on_the_axis_a_mark(record):
    found, chart = drawn(record, "convicted")
    assert [slot.year for slot in chart.slots] == list(range(2013, 2027))
    shown = {cell.shown.id for cell in found.on_axis if cell.shown and cell.year >= 2013}
    assert {mark.observation.id for mark in chart.marks if not mark.stage} == shown


def test_a_year_without_a_figure_is_a_slot_with_words_and_no_bar_of_no_height(record):
    _, chart = drawn(record, "convicted")
    empty = {slot.year: slot.empty for slot in chart.slots if not slot.marks}
    assert empty[2020] == "none found"
    assert empty[2017] == "parts only"
    picture = svg(chart)
    assert len(picture.findall(".//a")) == len(chart.marks)


def test_parts_of_a_year_are_hatched_and_name_their_last_day(record):
    _, chart = drawn(record, "convicted")
    looks = {
        slot.year: ([mark.hatched for mark in slot.marks], slot.days) for slot in chart.slots if slot.marks
    }
    assert looks[2019] == ([True, True], "–12 Dec")
    assert looks[2024] == ([False], "")
    assert looks[2026] == ([True], "–?")


def test_unlike_figures_never_look_alike_even_without_their_letters(record):
    with record.reading() as session:
        said, release = words(record, session), databases.release(session)
        assert release
        for found in series.panels(series.Vintage(session, release), series.Question()):
            made = [charts.by_year(found, said, 2005), charts.by_date(found, said)]
            for chart in (one for one in made if one):
                signs = [str(charts.sign(group, "x")) for group in chart.groups if not group.lane]
                assert len(set(signs)) == len(signs), found.indicator.code
            looks: dict[tuple[object, ...], set[object]] = {}
            for mark in made[0].marks:
                look = (mark.hue, mark.leads, mark.hatched, mark.stage, mark.weave)
                looks.setdefault(look, set()).add((mark.key, mark.letter))
            assert all(len(kinds) == 1 for kinds in looks.values()), found.indicator.code


def test_bars_are_woven_alike_in_both_drawings_and_in_the_key(record):
    _, chart = drawn(record, "citizens_returned", first=2019)
    fills = {
        mark.get("data-observation"): next(part for part in mark if "bar" in part.get("class", "").split())
        for mark in svg(chart).findall(".//a")
    }
    live = {
        point[0]: trace["marker"]["pattern"]["shape"]
        for trace in json.loads(charts.plotly(chart))["data"]
        for point in trace["customdata"]
    }
    letters = {mark.letter: mark.observation.id for mark in chart.marks}
    found = {letter: (fills[id].get("class").split()[1], live[id]) for letter, id in letters.items()}
    assert found == {"A": ("full", ""), "B": ("hatched", "/"), "C": ("hatched", "\\"), "D": ("woven", "+")}
    assert [group.hatched for group in chart.groups] == [False, True, True, False]


def test_nothing_joins_two_marks(record):
    for indicator in ("convicted", "foiled_plots"):
        _, chart = drawn(record, indicator)
        for trace in json.loads(charts.plotly(chart))["data"]:
            assert trace["type"] == "bar" or trace["mode"] == "markers"
        assert not svg(chart).findall(".//polyline")
        assert {path.get("class").split()[0] for path in svg(chart).findall(".//path")} <= {"diamond"}


def test_the_same_statement_retold_as_another_stage_is_a_diamond_of_its_own_key(record):
    _, chart = drawn(record, "convicted")
    convicted, jailed = next(slot for slot in chart.slots if slot.year == 2019).marks
    assert (convicted.observation.id, convicted.stage) == ("s001-convicted", False)
    assert (jailed.observation.id, jailed.stage) == ("s003-jailed", True)
    assert convicted.key != jailed.key
    assert convicted.letter != jailed.letter
    assert any(group.stage and "detained and jailed" in group.words for group in chart.groups)


def test_the_key_calls_no_document_of_the_body_itself_a_retelling(record):
    _, chart = drawn(record, "detained_and_jailed")
    told, beside = (group.words for group in chart.groups)
    assert told.endswith("; as told by Kazinform, in whose words: detained and jailed")
    assert beside == (
        "The number beside it in the body’s own document (National Security Committee of Kazakhstan), "
        "and as retold by VRK.News: people convicted"
    )
    marks = next(slot for slot in chart.slots if slot.year == 2019).marks
    lines = {mark.observation.id: mark.lines[2] for mark in marks}
    assert lines["s003-jailed"].endswith("As told by Kazinform, in whose words: detained and jailed.")
    assert lines["s001-convicted"].startswith("In the body’s own document, published by National Security")
    assert lines["vrk-convicted-2019"].startswith("As retold by VRK.News")


def test_the_box_of_a_bar_names_the_retelling_beside_it(record):
    _, chart = drawn(record, "convicted")
    trace = next(
        trace
        for trace in json.loads(charts.plotly(chart))["data"]
        if any(point[0] == "s001-convicted" for point in trace["customdata"])
    )
    box = trace["hovertext"][[point[0] for point in trace["customdata"]].index("s001-convicted")]
    assert "detained and jailed" in box.lower()
    assert "As retold by" in box


@pytest.mark.parametrize("indicator", ["convicted", "foiled_plots"])
def test_where_years_are_few_bars_stay_slim_and_a_diamond_stays_beside_its_bar(record, indicator):
    with record.reading() as session:
        found = panel(session, indicator)
        chart = charts.by_year(found, words(record, session), 2019, last=2019)
    bar = next(mark for mark in chart.marks if not mark.stage)
    assert bar.width < 0.12
    for stage in (mark for mark in chart.marks if mark.stage):
        assert 0 <= stage.at + stage.width / 2 - (bar.at + bar.width) < 0.02


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chart_of_one_year_speaks_of_one_year(record, language):
    with record.reading() as session:
        found, said = panel(session, "convicted"), words(record, session, language)
        briefs = [charts.brief(found, said, [year]) for year in (2019, 2020, 2024)]
    assert len(set(briefs)) == 3
    assert all(str(year) in brief for year, brief in zip((2019, 2020, 2024), briefs, strict=True))
    assert not any("1 years" in brief for brief in briefs)


def test_a_kind_that_counts_several_years_only_has_a_bracket_in_the_key(record):
    _, chart = drawn(record, "foiled_plots")
    by_the_year = {mark.letter for mark in chart.marks}
    assert {group.letter for group in chart.groups if group.lane} == {
        bracket.letter for bracket in chart.lane
    } - by_the_year
    looks = [(group.hue, group.leads, group.stage, group.lane) for group in chart.groups]
    assert len(set(looks)) == len(looks)


def test_a_plotly_trace_holds_figures_of_one_key_only(record):
    _, chart = drawn(record, "convicted")
    keys = {mark.observation.id: mark.key for mark in chart.marks}
    for trace in json.loads(charts.plotly(chart))["data"]:
        assert len({keys[point[0]] for point in trace["customdata"]}) == 1


def value(mark: ElementTree.Element) -> str | None:
    """The number at a mark; a diamond stands beside the number it repeats and has none of its own."""
    return next(
        (number(text) for text in mark.findall("text") if "value" in text.get("class", "").split()), None
    )


def number(text: ElementTree.Element) -> str:
    """What a text says without what stands beside its number."""
    return (text.text or "") + "".join(part.text or "" for part in text if part.get("class") != "beside")


def svg(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(str(charts.svg(chart, "/en/sources/{source}#{id}")))  # noqa: S314  # our own


@pytest.mark.parametrize(
    "indicator", ["convicted", "detained", "foiled_plots", "attacks", "crimes_registered"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_both_drawings_carry_the_marks_of_the_chart(record, indicator, language):
    _, chart = drawn(record, indicator, language, first=2005)
    figure = json.loads(charts.plotly(chart))
    marks = {
        mark.observation.id: (mark.label, " ".join((*mark.lines, *mark.retold)), mark.height)
        for mark in chart.marks
    }
    live = {
        point[0]: (text.removeprefix("↑ "), unescape(lines).replace("<br>", " "), height)
        for trace in figure["data"]
        for point, text, lines, height in zip(
            trace["customdata"], trace["text"], trace["hovertext"], trace["y"], strict=True
        )
    }
    still = {
        mark.get("data-observation"): (value(mark), mark.get("aria-label"))
        for mark in svg(chart).findall(".//a")
    }
    assert live == marks
    assert still == {
        mark.observation.id: (None if mark.stage else mark.label, mark.sentence) for mark in chart.marks
    }
    ticks = [text.split("<br>")[0] for text in figure["layout"]["xaxis"]["ticktext"]]
    assert ticks == [str(slot.year) for slot in chart.slots]


def test_bars_stand_at_the_same_places_in_both_drawings(record):
    _, chart = drawn(record, "foiled_plots")
    figure = json.loads(charts.plotly(chart))
    low, high = figure["layout"]["xaxis"]["range"]
    live = {
        point[0]: (x - low) / (high - low)
        for trace in figure["data"]
        for point, x in zip(trace["customdata"], trace["x"], strict=True)
    }
    for mark in chart.marks:
        assert live[mark.observation.id] == pytest.approx(mark.at + mark.width / 2, abs=1e-6)


def boxes(
    drawing: ElementTree.Element, across: float, unseen: str
) -> list[tuple[float, float, float, float, str]]:
    """What is written in a drawing that is so wide: left, right, top, bottom and the words."""
    found = []
    for text in drawing.iter("text"):
        looks = text.get("class", "").split()
        if unseen in looks:
            continue
        size = 11 if {"gap", "days", "letter"} & set(looks) else 13
        x = float(text.get("x", "0").rstrip("%")) / 100 * across + float(text.get("dx", 0))
        y = float(text.get("y", "0"))
        beside = "".join(part.text or "" for part in text if part.get("class") == "beside")
        rows = [text.text or "", *(part.text or "" for part in text if part.get("dy"))]
        rows[-1] += beside
        for order, row in enumerate(rows):
            wide = lettering.width(row.strip(), size)
            left = x - (0 if "starts" in looks else wide if "ends" in looks else wide / 2)
            at = y + order * 15
            found.append((left, left + wide, at - size * 0.72, at + 1, row))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_leaves_the_sheet_lies_on_another_or_loses_a_word(record, language):
    """Every chart, of all its years and of a few, at the width at which other sites frame it."""
    with record.reading() as session:
        said, release = words(record, session, language), databases.release(session)
        assert release
        for found in series.panels(series.Vintage(session, release), series.Question()):
            drawings: list[tuple[Any, int, list[str] | None, list[str]]] = []
            if years := [cell.year for cell in found.on_axis if cell.shown and cell.year]:
                for first, last in ((min(years), None), (min(years), min(years) + 1), (max(years) - 2, None)):
                    chart = charts.by_year(found, said, first, last=last)
                    numbers = sorted(mark.label for mark in chart.marks if not mark.stage)
                    rings = sorted(rival.label for mark in chart.marks for rival in mark.rivals)
                    drawings.append((charts.svg(chart, "/x"), 688, numbers, rings))
                    drawings.append(
                        (charts.small(chart, "/x"), max(320, 32 * len(chart.slots)), numbers, rings)
                    )
            if dated := charts.by_date(found, said):
                drawings.append((charts.dots(dated, "/x"), 688, None, []))
            for picture, across, stated, rings in drawings:
                drawing = ElementTree.fromstring(str(picture))  # noqa: S314  # our own
                unseen = "narrow" if "data-roomy" in drawing.attrib else "wide"
                written = boxes(drawing, across, unseen)
                for place, box in enumerate(written):
                    assert box[0] >= -1, (found.indicator.code, box)
                    assert box[1] <= across + 1, (found.indicator.code, box)
                    assert 0 <= box[2] < box[3] <= float(drawing.get("height", 0)), (
                        found.indicator.code,
                        box,
                    )
                    for other in written[:place]:
                        apart = (
                            box[1] <= other[0] + 1
                            or other[1] <= box[0] + 1
                            or box[3] <= other[2]
                            or other[3] <= box[2]
                        )
                        assert apart, (found.indicator.code, across, box, other)
                if stated is not None:
                    texts = [text for text in drawing.iter("text") if text.get("class")]
                    kept = {
                        look: sorted(number(one) for one in texts if look in one.get("class", "").split())
                        for look in ("value", "rival")
                    }
                    assert kept == {"value": stated, "rival": rings}, found.indicator.code


def test_where_bars_of_a_year_have_no_room_each_number_says_its_letter_and_days(record):
    _, chart = drawn(record, "citizens_returned", first=2019)
    slot = chart.slots[0]
    still = [
        "".join(text.itertext())
        for text in svg(chart).iter("text")
        if "value" in text.get("class", "").split()
    ]
    assert sorted(text.replace("\u00a0", " ") for text in still) == [
        "595 A", "595 B –12 Dec", "more than 600 C –?", "more than 600 D"
    ]  # fmt: skip
    notes = json.loads(charts.plotly(chart))["layout"]["annotations"]
    live = [re.sub("<.*?>", "", one["text"]) for one in notes if one["name"] == "value"]
    assert sorted(live) == sorted(still)
    letters = {one["text"]: one["x"] for one in notes if one["name"] == "letter"}
    for mark in slot.marks:
        assert letters[mark.letter] == pytest.approx((mark.at + mark.width / 2) * len(chart.slots) + 2018.5)


def test_a_true_zero_is_a_mark_with_the_label_0(record):
    _, chart = drawn(record, "attacks", first=2010)
    zeros = [mark for mark in chart.marks if mark.height == 0]
    assert {mark.year for mark in zeros} == {2010, 2018, 2020, 2021, 2023}
    assert {mark.label for mark in zeros} == {"0"}
    assert len(svg(chart).findall(".//line[@class='zero hue-2']")) == len(zeros)


def test_the_reading_lists_every_figure_and_every_gap_and_compares_nothing(record):
    found, chart = drawn(record, "convicted")
    for mark in chart.marks:
        assert f"{mark.year}: {mark.label}" in chart.reading
    assert "No national figure: 2013, 2015, 2017–2018, 2020–2021." in chart.reading
    assert not re.search(
        r"\b(rose|fell|more than|less|increase|decrease|percent|trend|highest|lowest)\b|%", chart.reading
    )
    assert found.indicator.code == "convicted"


def test_text_from_the_record_cannot_become_markup(record):
    with record.reading() as session:
        found = panel(session, "convicted")
        said = words(record, session)
        said.terms.texts["indicator", "convicted", "name"].en = '<b onclick="x">&</b>'
        try:
            chart = charts.by_year(found, said, 2013)
            picture = str(charts.svg(chart, "/x"))
            assert "<b" not in picture
            assert '"x"' not in picture
        finally:
            deps._terms.clear()
