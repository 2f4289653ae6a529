"""How numbers, dates and names are said in each language."""

import re
from datetime import date
from typing import Any

import pytest

from app.i18n import Terms, Words
from app.models import Body, Observation, Place, Text, Translation


@pytest.fixture(scope="module")
def said(published):
    terms = Terms.of(*(published.tables[table] for table in (Text, Translation, Body, Place)))
    return {language: Words(language, terms) for language in ("en", "ru", "kk")}


def figure(value: float, qualifier: Any) -> Observation:
    return Observation.model_construct(value=value, low=None, high=None, qualifier=qualifier)


@pytest.mark.parametrize(
    ("value", "ending"),
    [(1, "ден"), (3, "тен"), (6, "дан"), (10, "нан"), (20, "дан"), (40, "тан"), (80, "нен"), (280, "нен"),
     (300, "ден"), (340, "тан"), (824, "тен"), (1000, "нан"), (14500, "ден"), (110000, "нан"), (1_000_000, "нан")],
)  # fmt: skip
def test_more_than_takes_the_kazakh_ending_of_the_last_word_said(said, value, ending):
    assert said["kk"].figure(figure(value, "over")) == f"{said['kk'].number(value)}-{ending} астам"


@pytest.mark.parametrize(
    ("value", "exact", "over"),
    [(1, "1 человек", "более 1 человека"), (2, "2 человека", "более 2 человек"), (5, "5 человек", "более 5 человек"),
     (11, "11 человек", "более 11 человек"), (21, "21 человек", "более 21 человека")],
)  # fmt: skip
def test_russian_units_follow_the_number_and_the_genitive_after_more_than(said, value, exact, over):
    words = said["ru"]
    assert words.amount(figure(value, "exact"), "people") == exact
    assert words.amount(figure(value, "over"), "people") == over


@pytest.mark.parametrize(
    ("language", "day", "month", "days"),
    [
        ("en", "12 December 2019", "December 2019", "1 Jul – 28 Aug 2023"),
        ("ru", "12 декабря 2019 года", "декабрь 2019 года", "1 июля – 28 августа 2023 года"),
        ("kk", "2019 жылғы 12 желтоқсан", "2019 жылғы желтоқсан", "2023 жылғы 1 шілде – 28 тамыз"),
    ],
)
def test_a_date_is_said_whole_and_no_full_stop_of_an_abbreviation_ends_a_sentence(
    said, language, day, month, days
):
    words = said[language]
    told = (
        words.day(date(2019, 12, 12)),
        words.when("2019-12"),
        words.interval(date(2023, 7, 1), date(2023, 8, 28)),
    )
    assert tuple(re.sub(r"\s", " ", one) for one in told) == (day, month, days)


def test_a_name_keeps_its_capital_inside_a_sentence_where_it_is_a_proper_one(said):
    assert said["en"].inside("population", "citizens").startswith("citizens of Kazakhstan")
    assert said["kk"].inside("population", "citizens").startswith("Қазақстан")
    assert said["ru"].inside("scope", "terrorism") == "терроризм"


@pytest.mark.parametrize(
    ("language", "place"),
    [("en", "opening, paragraph 2"), ("ru", "абзац 2"), ("kk", "2-абзац")],
)
def test_a_place_in_a_document_is_said_in_the_readers_language(said, language, place):
    assert said[language].locator("opening, paragraph 2").endswith(place)
    own = said[language].locator("section 'Terrorism'")
    assert own == ("section 'Terrorism'" if language == "en" else "«section 'Terrorism'» (EN)")
