"""How numbers, dates and names are said in each language."""

from datetime import date
from typing import Any

import pytest

from app.i18n import Terms, Words
from app.models import Body, Observation, Place, Text


@pytest.fixture(scope="module")
def said(published):
    terms = Terms.of(*(published.tables[table] for table in (Text, Body, Place)))
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


def test_a_russian_date_has_no_abbreviated_year_and_keeps_its_august(said):
    assert said["ru"].day(date(2019, 12, 12)) == "12 декабря 2019"
    assert "авг." in said["ru"].interval(date(2023, 7, 1), date(2023, 8, 28))
    assert not said["ru"].interval(date(2023, 7, 1), date(2023, 8, 28)).endswith(".")


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
    assert said[language].locator("section 'Terrorism'") == "section 'Terrorism'"
