"""Why numbers differ: what two figures are to each other, where the record disagrees, and what may be compared."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from html import unescape
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from app import deps, disagreements, listings, seed
from app.database import Database, release
from app.disagreements import Check, Disagreement, Ground, Pair
from app.i18n import LANGUAGES, Words
from app.listings import Compared
from app.models import Incident, Observation
from app.series import Vintage


@dataclass(frozen=True)
class Record:
    """The published dataset, compared."""

    compared: Compared
    words: Words

    @property
    def ground(self) -> Ground:
        return self.compared.ground

    def pair(self, one: str, other: str) -> Pair:
        figures = self.ground.figures
        return disagreements.pair(figures[one], figures[other], self.ground)

    def said(self, one: str, other: str) -> list[str]:
        """The verdict and the differences, as a reader gets them."""
        pair = self.pair(one, other)
        told = disagreements.differences(pair, self.ground, self.words)
        return [disagreements.verdict(pair, self.ground, self.words), *(sentence for _, sentence in told)]

    def cell(self, key: str) -> Disagreement:
        return next(one for one in self.compared.found if one.key == key)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory, published: seed.Package) -> Iterator[Record]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('compared')}/derek.db")
    seed.load(published, database)
    with database.reading() as session:
        current = release(session)
        assert current is not None
        yield Record(listings.compared(Vintage(session, current)), Words("en", deps.terms(session, current)))
    database.close()


RETOLD = (
    "One statement, worded in two ways: it was stated once, and which wording is the body’s own is not decided here. "
    "Never count both."
)
UNLIKE = "They do not count the same, so both may be right, and they cannot be compared."
OTHER_DAYS = "They cover different days, so both may be right."
UNDATED = "Whether they are one figure cannot be told: not all of the days they cover were stated."
ONGOING = "One count that went on: the one that covers more days includes the other."
PART = "One is a part of the other: both may be right, and they are never added."


# --- What no figures of the published record show yet -----------------------------------------------------------


def changed(record: Record, id: str, **cells: Any) -> Observation:
    """A figure as it is not."""
    one = record.ground.figures[id]
    held = {name: getattr(one, name) for name in (*Observation.columns(), "public_on")}
    return Observation(**{**held, "id": f"{id}-changed", **cells})


def test_a_body_that_later_gives_another_number_for_the_same_days_has_revised_it(record):
    one = record.ground.figures["knb-convicted-2022"]
    later = {"value": one.value + 10, "as_of": "2025-03-01", "public_on": date(2025, 3, 1)}
    other = changed(record, one.id, origin="or-another", source="vrk-2019-12-17", **later)
    assert disagreements.pair(one, other, record.ground).relation == "revised"
    nobody = {"stated_by": "media"}
    assert (
        disagreements.pair(
            changed(record, one.id, **nobody),
            changed(record, one.id, origin="or-another", **later, **nobody),
            record.ground,
        ).relation
        != "revised"
    )


def test_of_two_numbers_that_exclude_each_other_the_unsure_one_is_named(record):
    one = record.ground.figures["knb-convicted-2022"]
    other = changed(
        record, one.id, value=one.value + 10, origin="or-another", stated_by="us_state", confidence="low"
    )
    pair = disagreements.pair(one, other, record.ground)
    assert disagreements.verdict(pair, record.ground, record.words).endswith(
        "is of low confidence: read why before you use either."
    )


def test_of_two_numbers_without_days_it_is_said_that_neither_has_any(record):
    undated = {"period_start": None, "period_end": None, "period_kind": "undefined"}
    one = changed(record, "knb-convicted-2022", **undated)
    # One says so of an event, the other of nothing in particular: the kinds differ, days has neither.
    elsewhere = {**undated, "period_kind": "event", "stated_by": "us_state", "origin": "or-another"}
    other = changed(record, "knb-convicted-2022", **elsewhere)
    pair = disagreements.pair(one, other, record.ground)
    told = [said for _, said in disagreements.differences(pair, record.ground, record.words)]
    assert "Neither says which days it covers." in told


def test_what_this_record_took_back_is_not_to_be_used(tmp_path, published, serve):
    rows = published.tables[Observation]
    taken = tuple(
        one.model_copy(update={"status": "withdrawn"}) if one.id == "s001-convicted" else one for one in rows
    )
    package = replace(published, tables={**published.tables, Observation: taken})
    with serve(Database(f"sqlite:///{tmp_path}/derek.db"), package) as client:
        assert "Do not use it: this record took it back." in unescape(
            client.get("/en/figures/s001-convicted").text
        )


# --- The hard cases of the editors, in their order --------------------------------------------------------------


def test_140_convicted_or_140_detained_and_jailed_is_one_statement_told_as_two_stages(record):
    assert record.pair("s001-convicted", "vrk-convicted-2019").relation == "same"
    assert record.said("s001-convicted", "s003-jailed") == [
        "It was stated once. The body’s own document says: 140, people convicted; Kazinform says: 140, people detained and "
        "jailed (one figure). Never count both.",
        "Both tell one act of stating: Anti-Terrorism Centre (at the KNB), 12 December 2019.",
        "140 (National Security Committee of Kazakhstan) counts people convicted; 140 (Kazinform) counts people detained "
        "and jailed (one figure).",
    ]


def test_whether_12_plots_in_recent_years_are_the_12_of_2016_cannot_be_told(record):
    assert record.said("prog-foiled-2016-12", "s004-foiled") == [
        UNDATED,
        "Days covered: the whole of 2016 for 12 (inbusiness.kz); days not stated for 12 (The Astana Times).",
    ]
    assert record.pair("prog-foiled-27", "prog-foiled-2016-12").relation == "part"
    nine = record.said("prog-foiled-2016-12", "knb-foiled-2016-ytd")
    assert nine[0] == UNLIKE
    assert any(one.startswith("Which offences: terrorist and violent extremist acts") for one in nine)
    assert record.pair("s004-foiled", "knb-foiled-2017").relation == "cannot_tell"


def test_97_of_2025_excludes_84_of_2024_where_one_outlet_puts_it_in_that_year(record):
    assert record.said("s000-convicted-2024", "financekz-convicted")[0] == (
        "For 2024 it is 84. One document puts 97 in 2024; others that tell the same statement give it for 1 Jan – 24 Nov 2025."
    )
    assert record.said("i25-convicted-ytd", "financekz-convicted") == [
        RETOLD,
        "Both tell one act of stating: National Security Committee (KNB), 24 November 2025.",
        "97 (Kazinform) is dated to 2025, 97 (Finance.kz) to 2024.",
        "97 (Finance.kz) is of low confidence; see the note at its source.",
    ]
    assert record.said("s000-convicted-2024", "i25-convicted-ytd")[0] == OTHER_DAYS
    assert [
        disagreements.title(record.cell(key), record.words) for key in ("convicted.2024", "detained.2024")
    ] == [
        "People convicted, 2024",
        "People detained, 2024",
    ]


def test_not_a_single_citizen_in_two_languages_is_no_disagreement(record):
    assert record.pair("s004-departures-zero", "kapital-departed-2017").relation == "same"
    assert record.pair("kapital-departed-2017", "knb-departed-2017").relation == "progress"
    assert not [one for one in record.compared.found if one.key.startswith("citizens_departed.2017")]


def test_the_toll_of_almaty_is_told_in_the_order_in_which_it_was_stated(record):
    cell = record.cell("killed_victims.2016-07-almaty")
    numbers = [record.words.figure(claim.lead) for claim in cell.claims]
    assert numbers[:5] == ["2", "3", "4", "at least 5", "6"]
    assert numbers[-1] == "10"
    assert {pair.relation for pair in cell.pairs} <= {"later", "revised", "compatible", "cannot_tell"}
    assert (
        record.said("s002-almaty-killed", "s002-almaty-killed-prev")[-1]
        == "5 is an outdated number, printed again."
    )


def test_more_than_20_dead_in_aktobe_and_7_victims_do_not_count_the_same(record):
    said = record.said("s002-aktobe-killed", "2016-06-aktobe.26")
    assert said[:2] == [
        UNLIKE,
        "more than 20 counts killed, roles mixed or unknown; 7 counts killed, attackers not counted.",
    ]
    assert record.pair("s002-aktobe-killed", "2016-06-aktobe.48").relation == "compatible"
    assert record.pair("s002-aktobe-killed", "2016-06-aktobe.22").relation == "later"


def test_a_total_stated_before_the_year_was_over_is_the_same_figure(record):
    for other in ("knb-convicted-2024", "rupulse2024-conv-84", "rbc-convicted-2024"):
        assert record.pair("s000-convicted-2024", other).relation == "same"


def test_a_lost_about_is_a_retelling_and_the_firmness_is_named(record):
    assert record.said("s001-fighters", "s003-fighters") == [
        "It was stated once. The body’s own document says: about 40, citizens said to be in armed groups abroad; Kazinform "
        "says: 40, citizens said to be in armed groups abroad. Never count both.",
        "Both tell one act of stating: Anti-Terrorism Centre (at the KNB), 12 December 2019.",
        "How firmly: “about” for about 40; “exactly” for 40.",
    ]
    assert record.pair("s001-family", "s003-family").fields == ("retelling", "qualifier")


def test_56_convicted_and_124_sent_to_court_are_two_series_of_two_bodies(record):
    said = record.said("knb-convicted-2022", "kps-sent-2022")
    assert said[:2] == [UNLIKE, "56 counts people convicted; 124 counts people prosecuted."]
    assert any(one.startswith("Whose figure: National Security Committee (KNB) for 56") for one in said)
    misreported = record.pair("kps-sent-2023", "mkkz-convicted-122")
    assert (misreported.relation, misreported.fields[:2]) == ("retold", ("retelling", "stage"))


def test_six_foreigners_are_a_part_of_89_and_one_page_narrows_the_offences(record):
    assert record.said("s000-prosecuted-ytd", "s000-prosecuted-foreign")[0] == PART
    assert record.pair("s000-prosecuted-ytd", "z25-prosecuted").relation == "same"
    narrowed = record.pair("s000-prosecuted-ytd", "kabar-prosecuted")
    assert (narrowed.relation, narrowed.fields[:2]) == ("retold", ("retelling", "scope"))


@pytest.mark.parametrize(
    ("one", "other", "stages"),
    [
        ("z25-convicted", "s000-convicted-sepoct", ("people convicted", "people sentenced")),
        ("z25-custody", "s000-detained-promo", ("people arrested or remanded", "people detained")),
    ],
)
def test_six_and_eight_of_two_months_are_told_at_two_stages(record, one, other, stages):
    pair = record.pair(one, other)
    assert (pair.relation, pair.fields) == ("retold", ("retelling", "stage"))
    sentence = record.said(one, other)[-1]
    assert all(f"counts {stage}" in sentence for stage in stages)


def test_57_returnees_at_three_stages_may_be_the_same_people(record):
    for other in ("knb-returned-convicted-2018-03", "knb-returned-sentenced-qt"):
        assert record.said("prog-returned-liable", other)[0] == (
            "The same number at two legal stages: these may be the same people, to be counted once."
        )
    assert record.pair("prog-returned-liable", "zhusan-aikyn-pros57").relation == "cannot_tell"


def test_returns_from_syria_are_other_counts_or_exclude_each_other(record):
    assert record.pair("zhusan-2019-total", "zhusan-total-2020-02").relation == "conflict"
    assert record.pair("zhusan-2019-total", "zhusan-2019-women").relation == "part"
    women_and_children = record.pair("zhusan-2019-women", "zhusan-may-children")
    assert (women_and_children.relation, "population" in women_and_children.fields) == ("unlike", True)


def test_the_retracted_toll_of_january_2022_says_so(record):
    said = record.said("2022-01-january-unrest.03", "2022-01-january-unrest.02")
    assert said[-1] == "164 was retracted by the body that stated it."
    assert record.pair("2022-01-january-unrest.03", "2022-01-january-unrest.07").relation == "revised"
    assert record.pair("2022-01-january-unrest.07", "2022-01-january-unrest.08").relation == "later"


def test_a_zero_without_days_is_not_the_zero_of_a_year(record):
    assert record.pair("usdos2010-attacks-0", "zakon2025-attacks0").relation == "cannot_tell"


def test_13_detained_are_a_part_and_the_six_convicted_are_of_the_13(record):
    assert record.pair("knb-detained-2018", "knb-convicted-2018-of13").relation == "part"


def test_21_arrested_and_its_groups_of_11_and_10_are_no_disagreement(record):
    for group in ("2016-08-aktobe-group.00", "2016-08-zhangala-group.00"):
        assert record.pair("knb-arrested-2016-08", group).relation == "unlike"
    assert record.pair("knb-arrested-2016-08", "afp2016-arr21").relation == "same"
    assert record.pair("knb-arrested-2016-08", "zamaneh-detained-2016-08").relation == "retold"


def test_16_then_33_detained_is_one_operation_that_grew(record):
    assert record.said("knb-det-2016-12-16", "knb-det-2016-12-33")[0] == ONGOING
    assert record.pair("knb-det-2016-12-33", "knb-arr-2016-12-7").relation == "part"


def test_lost_qualifiers_and_a_rounded_number_are_retellings(record):
    assert record.pair("knb-expelled-2024-05", "kzr-expelled-2024-05").relation == "retold"
    assert record.pair("knb-foiled-2023-09", "knb2023-foiled-2").relation == "retold"
    assert record.said("knb-entry-2024", "mailru-entry-2024")[0] == (
        "Two numbers from one act of stating: a retelling changed one, or they do not count the same. Never count both."
    )


def test_the_plots_of_2024_went_on_and_one_of_them_lay_abroad(record):
    assert record.pair("knb-foiled-2024", "knb-foiled-2024-05").relation == "progress"
    assert record.pair("knb-foiled-2024-05", "knb-foiled-2024-05-abroad").relation == "part"
    assert record.said("knb-foiled-2024-05", "atc-foiled-2024-06")[-2] == (
        "One document names the place more closely: Kazakhstan and abroad."
    )
    # The four of the year stand beside the two and the one, though they only went on from there.
    told = [record.words.figure(claim.lead) for claim in record.cell("foiled_plots.2024").claims]
    assert told == ["4", "2", "1"]


def test_a_rate_for_every_year_is_no_count_of_one(record):
    for rate in ("knb-foiled-annual", "knb2023-min2"):
        assert record.pair(rate, "knb-foiled-2023-09").relation == "unlike"
        assert all(rate not in {one.id for one in cell.observations} for cell in record.compared.found)
    assert record.pair("s001-trainings", "s003-trainings").relation == "same"


def test_57_returnees_are_one_group_at_three_stages_and_57_of_a_later_year_another(record, site):
    cell = record.cell("people.returnees.57")
    assert {one.id for one in cell.observations} == {
        "prog-returned-liable",
        "knb-returned-convicted-2018-03",
        "knb-returned-sentenced-qt",
    }
    assert disagreements.title(cell, record.words) == (
        "57 people at several legal stages: returnees from conflict zones"
    )
    assert record.pair("zhusan-aikyn-pros57", "prog-returned-liable").relation != "stages"
    card = site.get("/en/figures/knb-returned-convicted-2018-03").text
    assert "beside it: these may be the same people." in card


def test_47_people_in_atyrau_were_tried_jailed_and_convicted_once(record):
    cell = record.cell("people.kz-23.47")
    assert {one.indicator for one in cell.observations} == {"prosecuted", "sentenced", "convicted"}


def test_years_of_a_sentence_are_no_people(record):
    assert record.pair("almatyobl2014-years", "forum18-2014-trial-5").relation == "unlike"


def test_what_documents_count_in_their_own_different_terms_is_no_disagreement(record):
    """A commando on top of two patrol officers; citizens besides children; the terms of four of six."""
    for one, other in (
        ("2011-07-temir-district.03", "2011-07-temir-district.00"),
        ("2011-07-temir-district.02", "2011-07-temir-district.04"),
        ("kt-380-citizens", "knb-remaining-2019-01"),
        ("2013-01-astana-opera-plot.04", "2013-01-astana-opera-plot.02"),
    ):
        assert record.pair(one, other).relation == "unlike"
    keys = {cell.key for cell in record.compared.found}
    assert not keys & {
        "killed_security.2011-07-temir-district",
        "citizens_abroad_total.2019-01-10--2019-01-10",
    }


def test_twelve_plots_without_years_stand_beside_all_that_had_been_stated_with_years(site):
    text = site.get("/en/disagreements/foiled_plots.no-12").text
    section = text[text.index('id="h-candidates"') : text.index('id="h-origins"')]
    assert {"8", "3", "4", "12", "27", "9"} <= set(re.findall(r"<b>([^<]+)</b>", section))
    assert "11" not in re.findall(r"<b>([^<]+)</b>", section), "it was stated later"
    assert "Whether it is one of them, or of several together, is not stated." in section


def test_84_was_first_stated_before_the_year_was_over_and_its_card_says_so(site):
    card = site.get("/en/figures/s000-convicted-2024").text
    assert "it was first stated in December 2024, before the year was over." in card
    assert "before the year was over" not in site.get("/en/figures/knb-convicted-2022").text


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_the_editors_own_words_stand_in_a_sentence_in_its_language(site, language):
    text = site.get(f"/{language}/compare?figure=knb-foiled-2024-05,atc-foiled-2024-06").text
    assert {"ru": "Казахстан и за рубежом", "kk": "Қазақстан және шетел"}[language] in text
    assert "Kazakhstan and abroad" not in text
    assert "(EN)" not in text


def test_a_figure_without_a_number_is_compared_in_words(record):
    said = record.said("2012-09-atyrau-police-hq.08", "2012-09-atyrau-police-hq.05")
    assert "One gives no number; the other gives 2." in said
    assert not any("no number stated" in one for one in said)


def test_ten_prisoners_stopped_are_told_as_ten_detained(record):
    assert record.pair("2024-11-prisons.00", "mailrub-detained-prison").relation == "retold"
    assert record.pair("2024-11-prisons.00", "2024-11-prisons.01").relation == "unlike"


def test_47_in_atyrau_sent_to_court_jailed_and_convicted_may_be_the_same_people(record):
    assert record.pair("total2012-sent-47", "ap2012-sent-47").relation == "stages"
    assert record.pair("ap2012-sent-47", "atyrau2012-conv-47").relation == "retold"


def test_a_growing_count_of_a_rights_body_went_on(record):
    assert record.pair("f18-2016-02-25", "f18-2017-01-47").relation == "progress"


# --- The list ---------------------------------------------------------------------------------------------------


def test_no_disagreement_is_made_of_one_figure_told_twice_or_of_a_part_beside_its_whole(record):
    for cell in record.compared.found:
        relations = {pair.relation for pair in cell.pairs}
        assert not relations <= {"same", "part", "progress"}, cell.key
        assert cell.kind == "people" or not relations <= {"same", "part", "progress", "stages"}, cell.key
        leads = [claim.lead for claim in cell.claims]
        assert len(leads) > 1
        for claim in cell.claims:
            assert len({(one.bounds, one.indicator, one.qualifier) for one in claim.figures}) == 1, cell.key


def test_the_most_telling_stand_first_and_each_figure_leads_to_one_place(record):
    order = [
        "conflict",
        "doubtful",
        "retold",
        "revised",
        "later",
        "cannot_tell",
        "compatible",
        "stages",
        "unlike",
    ]
    ranks = [order.index(cell.relation) for cell in record.compared.found]
    assert ranks == sorted(ranks)
    assert [cell.key for cell in record.compared.found[:2]] == ["convicted.2024", "detained.2024"]
    assert len({cell.key for cell in record.compared.found}) == len(record.compared.found)


def test_what_two_figures_are_does_not_depend_on_which_is_named_first(record):
    figures = [
        one for one in record.ground.figures.values() if one.indicator in ("convicted", "foiled_plots")
    ]
    assert len(figures) > 90
    for one, other in combinations(figures, 2):
        there, back = record.pair(one.id, other.id), record.pair(other.id, one.id)
        assert (there.relation, set(there.fields)) == (back.relation, set(back.fields)), (one.id, other.id)


def test_one_number_of_two_bodies_is_two_claims(record):
    leaders = record.ground.leaders
    for cell in record.compared.found:
        for claim in cell.claims:
            bodies = {leaders[one.stated_by] for one in claim.figures}
            assert (
                len(bodies) == 1
                or claim.n_origins == 1
                or len({one.origin for one in claim.figures}) < len(claim.figures)
            ), cell.key


def test_figures_of_other_years_are_not_said_to_count_different_things(record):
    assert record.said("knb-convicted-2022", "knb-convicted-2023")[0] == OTHER_DAYS


def test_withdrawn_figures_take_no_part(record):
    assert all(one.status != "withdrawn" for cell in record.compared.found for one in cell.observations)


# --- Who told it ------------------------------------------------------------------------------------------------


def tree(site, key: str) -> str:
    text = str(site.get(f"/en/disagreements/{key}").text)
    return text[text.index('<ul class="trees">') : text.index("Take it:")]


def test_nobody_is_put_under_another_and_the_official_document_is_the_measure(site):
    told = tree(site, "convicted.2019")
    assert told.count("stated once, told by 3 documents") == 1
    first, *rest = re.findall(r"<li>(?!<b>)(.*?)</li>", told, re.DOTALL)
    assert "official document" in first
    assert "changed" not in told
    kazinform = next(one for one in rest if "Kazinform" in one)
    assert "other than the official document: the legal stage, or what is counted" in kazinform
    assert not any("other than" in one for one in rest if "VRK" in one)


def test_where_no_document_is_official_none_is_the_measure(site):
    told = tree(site, "prosecuted.2023")
    assert "They differ in: the legal stage, or what is counted" in told
    assert "other than" not in told


def test_two_bodies_in_one_document_are_two_statements(site):
    told = tree(site, "killed_total.2022-01-january-unrest")
    assert len(re.findall(r"<b>[^<]*Ombudsman[^<]*</b>, ", told)) == 1
    assert re.search(r"<b>Authorities[^<]*</b>, 14 March 2022: stated once, told by 1 document", told)


def test_the_filter_of_the_list_counts_what_it_leads_to(site):
    text = site.get("/en/disagreements").text
    offered = re.findall(r'<option value="(\w+)"[^>]*>[^<]*\((\d+)\)</option>', text)
    assert len(offered) > 15
    for code, count in offered:
        listed = site.get(f"/api/disagreements?indicator={code}&limit=1").json()["meta"]["total"]
        assert listed == int(count), code


# --- The guard --------------------------------------------------------------------------------------------------


def test_only_full_years_alike_in_everything_or_one_count_given_anew_may_be_compared(record):
    figures = record.ground.figures
    allowed = disagreements.forbids(
        figures["knb-convicted-2022"], figures["knb-convicted-2023"], record.ground
    )
    assert allowed == ()
    for one, other, why in (
        ("s000-convicted-2024", "i25-convicted-ytd", "period"),
        ("knb-convicted-2022", "kps-sent-2022", "stage"),
        ("s001-convicted", "s003-jailed", "stage"),
        ("prog-foiled-2016-12", "s000-foiled-2024", "scope"),
        ("pgo-prosecuted-2016", "kps-sent-2022", "terms"),
        ("s000-convicted-2024", "financekz-convicted", "confidence"),
    ):
        assert why in disagreements.forbids(figures[one], figures[other], record.ground), (one, other)


def test_no_two_figures_of_the_record_that_differ_in_key_get_past_the_guard(record):
    key = ("indicator", "scope", "population", "extent", "place", "qualifier", "status")
    figures = [one for one in record.ground.figures.values() if one.extent == "national"]
    passed = 0
    for one, other in combinations(figures, 2):
        if disagreements.forbids(one, other, record.ground):
            continue
        passed += 1
        assert [getattr(one, name) for name in key] == [getattr(other, name) for name in key]
        assert record.ground.leaders[one.stated_by] == record.ground.leaders[other.stated_by]
        assert one.status == "current"
        assert "low" not in (one.confidence, other.confidence)
    assert passed > 0


# --- The audit of arithmetic ------------------------------------------------------------------------------------


def audited(record: Record, kind: str, result: str) -> dict[str, Check]:
    return {one.whole.id: one for one in record.compared.checks if (one.kind, one.result) == (kind, result)}


def working(record: Record, check: Check) -> str:
    return disagreements.working(check, record.ground, record.words)


def test_the_years_of_a_programme_are_held_against_its_total(record):
    sums = audited(record, "years", "consistent")
    assert working(record, sums["prog-foiled-27"]) == (
        "8 (2013) + 3 (2014) + 4 (2015) + 12 (2016) against 27 for 1 January 2013 – 31 December 2016."
    ).replace(
        "1 January 2013 – 31 December 2016", record.words.period(record.ground.figures["prog-foiled-27"])
    )
    assert "prog-depart-546" in sums


def test_a_figure_that_may_be_misread_makes_nothing_impossible(record):
    assert not audited(record, "part_year", "impossible")
    doubtful = [
        one for one in record.compared.checks if (one.kind, one.result) == ("part_year", "cannot_tell")
    ]
    misdated = next(one for one in doubtful if one.parts[0].id == "financekz-convicted")
    assert working(record, misdated).startswith("97 for a part of the year")
    assert working(record, misdated).endswith("97 is of low confidence; see the note at its source.")


def test_a_year_of_one_body_that_exceeds_a_longer_total_of_another_says_that_they_are_two(record):
    (check,) = audited(record, "years", "impossible").values()
    assert working(record, check).startswith("595 (2019) against 524 for ")
    assert working(record, check).endswith("The year and the total were stated by different bodies.")


def test_a_part_within_its_whole_is_consistent_and_about_leaves_it_open(record):
    parts = [one for one in record.compared.checks if one.kind == "part"]
    six = next(one for one in parts if one.parts[0].id == "knb2025-pros-6f")
    assert (six.result, working(record, six)) == ("consistent", "6 is told as a part of 89.")
    assert not [one for one in parts if one.result == "impossible"]
    open_ones = [one for one in parts if one.result == "cannot_tell"]
    assert all("low" not in (one.whole.confidence,) for one in open_ones)
    for one in open_ones:
        part, whole = one.parts[0].bounds, one.whole.bounds
        assert part
        assert whole
        assert part[1] > whole[0], "numbers that fit as they are printed are left to nobody's doubt"


def test_no_bound_is_checked_twice(record):
    bounds = [
        (check.kind, check.whole.origin, check.whole.indicator, check.whole.bounds, check.whole.year)
        + tuple((one.origin, one.indicator, one.bounds, one.place, one.period_start) for one in check.parts)
        for check in record.compared.checks
    ]
    assert len(bounds) == len(set(bounds))


def test_announced_plots_are_held_against_those_described(record):
    announced = audited(record, "described", "consistent")["s000-foiled-2024"]
    assert announced.whole.value == 4
    assert len(announced.incidents) <= 4
    assert working(record, announced).startswith("4 announced for the whole of 2024;")


def test_one_statement_is_checked_once_however_many_documents_tell_it(record):
    seen = [
        (one.kind, one.whole.origin, one.whole.bounds, tuple(each.id for each in one.parts))
        for one in record.compared.checks
        if one.kind != "described"
    ]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_tensions_shows_every_check_with_its_figures(site, record, language):
    text = site.get(f"/{language}/tensions").text
    for check in record.compared.checks:
        for one in (check.whole, *check.parts):
            assert f"#{one.id}" in text, one.id


# --- The quote card ---------------------------------------------------------------------------------------------


def card(record: Record, id: str) -> disagreements.Quote:
    compared = record.compared
    return disagreements.quote(
        compared.ground.figures[id], compared.ground, compared.with_figure(id), record.words
    )


def test_a_card_says_who_when_what_how_many_and_about_which_days(record):
    said = card(record, "s000-convicted-2024")
    assert said.sentence == (
        "National Security Committee (KNB), December 2024, as told in a document of 28 October 2025 (date inferred): "
        "84 people convicted (the whole of 2024; terrorism and extremism together)."
    )
    assert said.told.startswith("Fergana News")


def test_a_body_is_not_made_to_say_the_words_of_a_document_that_retells_it(record):
    retold, own = card(record, "s003-jailed"), card(record, "s001-mercenary")
    assert "as told by Kazinform, in whose words: detained and jailed" in retold.sentence
    assert "in its own terms: detained at entry and exit points" in own.sentence
    assert retold.own == (
        "The body’s own document (National Security Committee of Kazakhstan) says: 140, people convicted",
    )
    assert retold.never[0] == (
        "Do not write it as the body’s own words: its own document of this statement "
        "(National Security Committee of Kazakhstan) says 140, people convicted."
    )
    assert card(record, "s001-convicted").own == ()


def test_only_a_document_of_the_kind_in_which_a_body_publishes_is_its_own(record):
    """By kind and publisher: no newspaper is anybody's own document, nor a document whose publisher names another body."""
    documents = record.ground.documents
    own: dict[Any, Any] = {}
    for one in record.ground.figures.values():
        if record.words.speaks_itself(one, documents[one.source]):
            own.setdefault(one.stated_by, set()).add(documents[one.source].kind)
    assert own == {
        "forum18": {"rights_body"},
        "hrw": {"rights_body"},
        "knb": {"official_statement"},
        "knb_atc": {"official_statement"},
        "president": {"official_statement"},
        "research": {"research"},
        "un_expert": {"international_body"},
        "us_state": {"government_report"},
        "uscirf": {"government_report"},
    }


def test_what_is_less_than_certain_about_a_figure_stands_in_the_sentence(record):
    assert card(record, "knb-convicted-2023").sentence == (
        "National Security Committee (KNB), 2024 (date inferred): 43 people convicted "
        "(the whole of 2023; terrorism and extremism together; of medium confidence)."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_without_a_number_is_a_sentence_too(record, language):
    words = Words(language, record.words.terms)
    compared = replace(record, words=words)
    unsaid = [one for one in record.ground.figures.values() if one.bounds is None]
    assert len(unsaid) > 9
    for one in unsaid:
        named, figure = words.inside("indicator", one.indicator), words.figure(one)
        assert f": {named}, {figure} (" in card(compared, one.id).sentence


@pytest.mark.parametrize(
    ("id", "never"),
    [
        ("s001-convicted", "Do not set it against a full year: it covers only a part"),
        (
            "s001-convicted",
            "Do not count 140 (Kazinform (inform.kz); people detained and jailed (one figure)) beside it",
        ),
        ("s003-jailed", "Do not write detained, or convicted, alone: the number was given for both at once."),
        ("s004-foiled", "Do not give it a year: which days it covers was not stated."),
        ("prog-foiled-27", "Do not give it to one year, nor divide it: it covers several."),
        (
            "prog-foiled-27",
            "Do not write it as a fact: that plots were foiled is the claim of the body that says so.",
        ),
        ("financekz-convicted", "Do not use it before you have read its note"),
        (
            "financekz-convicted",
            "Do not print it without 84 (Fergana News (English edition)), which excludes it.",
        ),
        ("s001-fighters", "Do not drop “about”."),
        ("s001-fighters", "Do not write that it happened in a year"),
        ("s000-prosecuted-ytd", "Do not write of these people as guilty"),
        ("s000-prosecuted-foreign", "Do not call it a total for the country: it is a part."),
        ("2022-01-january-unrest.02", "Do not use it: the body that stated it took it back."),
        ("s002-almaty-killed-prev", "Do not use it: it is an outdated number, printed again."),
        ("s000-nov2024-detained", "Do not give a number: none was stated."),
        (
            "s000-convicted-2024",
            "Do not write terrorism alone: it is about terrorism and extremism together.",
        ),
    ],
)
def test_a_card_says_what_must_not_be_said(record, id, never):
    assert any(one.startswith(never) for one in card(record, id).never), card(record, id).never


def test_a_plain_figure_of_a_full_year_forbids_nothing_it_need_not(record):
    said = card(record, "usdos2018-attacks-0")
    assert "0 attacks (the whole of 2018; terrorism)" in said.sentence
    assert said.never == ()


def test_a_count_that_was_overtaken_a_rate_and_a_mixed_toll_say_so(record):
    assert card(record, "2016-07-almaty.00").never[0] == (
        "Do not print it as the last count: later statements go up to 10 (2 November 2016)."
    )
    assert not any("last count" in one for one in card(record, "2016-07-almaty.18").never)
    assert "(every year, by its own words; terrorism)" in card(record, "knb-foiled-annual").sentence
    assert any("for a count of any year" in one for one in card(record, "s001-trainings").never)
    assert (
        "Do not call all of them victims: attackers may be counted in."
        in card(record, "s002-aktobe-killed").never
    )
    assert (
        "Do not give one end alone: the range is 5.5 to 10."
        in card(record, "2013-01-astana-opera-plot.02").never
    )


def test_what_is_warned_of_is_warned_of_from_both_sides(record):
    for cell in record.compared.found:
        for one, other in combinations(cell.observations, 2):
            if record.pair(one.id, other.id).relation in ("retold", "stages"):
                for mine in (one, other):
                    warned = [text for text in card(record, mine.id).never if text.startswith("Do not count")]
                    assert warned, mine.id


def test_people_who_came_back_are_not_quoted_with_an_offence(record):
    assert "terrorism" not in card(record, "zhusan-2019-women").sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_has_a_card_at_an_address_of_its_own(site, record, language):
    for id in list(record.ground.figures)[::40]:
        page = site.get(f"/{language}/figures/{id}")
        assert page.status_code == 200
        assert f"/{language}/figures/{id}?release=" in page.text
    assert site.get(f"/{language}/figures/nothing").status_code == 404
    assert (
        f"/{language}/figures/s001-convicted"
        in site.get(f"/{language}/sources/knb-2019-12-12-atc-work-report").text
    )


def test_a_figure_that_does_not_stand_is_for_reference_only(site, record):
    for id in (
        "2022-01-january-unrest.02",
        "s002-almaty-killed-prev",
        "financekz-convicted",
        "s000-nov2024-detained",
    ):
        assert not card(record, id).fit
        assert "For reference only" in site.get(f"/en/figures/{id}").text
    assert card(record, "s000-convicted-2024").fit
    assert not any("Finance.kz" in one for one in card(record, "s000-convicted-2024").never)


def test_a_verdict_is_not_dated_by_the_day_of_the_event(record):
    assert (
        "(event of 1–31 Jan 2013; Alleged plot against landmark buildings and senior officials in Astana; terrorism)"
        in card(record, "2013-01-astana-opera-plot.01").sentence
    )


# --- As a reader gets it ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_disagreement_has_a_page_with_every_claim_document_and_difference(site, record, language):
    listed = site.get(f"/{language}/disagreements").text
    for cell in record.compared.found:
        assert f"/{language}/disagreements/{cell.key}" in listed
    for cell in record.compared.found[::7]:
        page = site.get(f"/{language}/disagreements/{cell.key}")
        assert page.status_code == 200
        for one in cell.observations:
            assert f"#{one.id}" in page.text, (cell.key, one.id)


def test_the_api_gives_the_same_disagreements_and_words(site, record):
    rows = site.get("/api/disagreements?limit=1000").json()["data"]
    assert [row["id"] for row in rows] == [cell.key for cell in record.compared.found]
    one = site.get("/api/disagreements/convicted.2019").json()["data"]
    assert one["pairs"][0]["differences"] == record.said("s001-convicted", "s003-jailed")[1:]
    assert one["pairs"][0]["comparable"] is False
    assert one["n_origins"] == 1
    page = site.get("/en/disagreements/convicted.2019").text
    for sentence in one["pairs"][0]["differences"]:
        assert sentence in page
    assert site.get("/api/disagreements?indicator=attacks&lang=kk").status_code == 200
    assert site.get("/api/disagreements/convicted.1999").status_code == 404


def test_a_disagreement_is_not_known_before_its_second_figure_was_stated(site):
    before = site.get("/api/disagreements?as_of=2025-11-23&indicator=convicted").json()["data"]
    after = site.get("/api/disagreements?as_of=2026-01-01&indicator=convicted").json()["data"]
    assert "convicted.2024" not in [row["id"] for row in before]
    assert "convicted.2024" in [row["id"] for row in after]


def test_any_figures_can_be_set_side_by_side_under_the_guard(site):
    alike = site.get("/en/compare?figure=knb-convicted-2022&figure=knb-convicted-2023").text
    assert "these two may be compared" in alike
    unlike = site.get("/en/compare?figure=knb-convicted-2022,kps-sent-2022").text
    assert "No difference, percentage or ranking is made of them" in unlike
    assert "56 counts people convicted; 124 counts people prosecuted." in unlike
    assert site.get("/en/compare").status_code == 200
    mistyped = site.get("/en/compare?figure=knb-convicted-2022,knb-convicted-2032")
    assert mistyped.status_code == 422
    assert "Nothing here is called “knb-convicted-2032”. Did you mean: <b>knb-convicted-20" in mistyped.text
    assert 'value="knb-convicted-2022"' in mistyped.text
    assert site.get("/en/compare?figure=a,b,c,d,e").status_code == 422


def test_any_series_can_be_set_side_by_side_and_none_is_compared_with_another(site):
    text = site.get("/en/compare?series=convicted,detained&series=foiled_plots&series=").text
    assert text.count("No difference, percentage or ranking is made of them") == 3
    assert "they are of different legal stages or measures" in text
    table = text[text.index('<table class="grid">') :]
    row = re.search(r'<th scope="row">2024</th>(.*?)</tr>', table, re.DOTALL)
    assert row
    assert re.findall(r"<b>([^<]+)</b>", row[1]) == ["84 people", "44 people", "4 plots"]
    assert "<b>Presumed innocent.</b> Being detained" in text
    assert "have no year in common" not in text
    assert site.get("/en/compare?series=convicted").status_code == 200
    unknown = site.get("/en/compare?series=convictd,detained")
    assert unknown.status_code == 422
    assert "Did you mean: <b>convicted</b>" in unknown.text


def test_every_series_that_is_offered_can_be_compared_with_every_other(site):
    offered = re.findall(r'<option value="([^"]+)"', site.get("/en/compare").text)
    offered = list(dict.fromkeys(offered))
    assert {"convicted", "detained", "foiled_plots"} <= set(offered)
    for first, second in itertools.pairwise(offered):
        text = site.get(f"/en/compare?series={first},{second}").text
        assert text.count("No difference, percentage or ranking is made of them: ") == 1
        assert "made of them: ." not in text


def test_the_pages_of_its_indicator_and_its_incident_name_a_disagreement(site):
    assert "/en/disagreements/convicted.2024" in site.get("/en/indicators/convicted").text
    assert "/en/disagreements/killed_victims.2016-07-almaty" in site.get("/en/incidents/2016-07-almaty").text


def test_no_page_of_disagreements_makes_a_percentage_or_an_arrow(site, record):
    for cell in record.compared.found:
        text = re.sub(r"<[^>]+>", " ", site.get(f"/en/disagreements/{cell.key}").text)
        assert not re.search(r"\d\s*%|[↑↓▲▼]|\b(rose|fell|increase|decrease|grew) by\b", text), cell.key


def test_the_rules_are_told_where_they_stand():
    source = (Path(disagreements.__file__).parent / "relations.py").read_text(encoding="utf-8")
    for relation in (
        "conflict",
        "retold",
        "revised",
        "later",
        "cannot_tell",
        "compatible",
        "stages",
        "unlike",
    ):
        assert re.search(rf"^    {relation}\s", source, re.MULTILINE), relation


# --- How a number moved, and when things were made public -----------------------------------------------------------


def stated_in(site, incident: str, indicator: str) -> str:
    text = str(site.get(f"/en/incidents/{incident}").text)
    start = text.index(f'<h3 id="{indicator}">')
    return text[start : text.index("</ol>", start)]


def test_almatys_toll_grew_from_two_to_ten_with_old_numbers_marked(site):
    told = stated_in(site, "2016-07-almaty", "killed_victims")
    assert (
        "Each number when it was first stated. 18 July 2016: 2, 3, 4, at least 5, 6; August 2016, day not known: 8, 9; "
        "2 November 2016: 10."
    ) in told
    assert (
        "Printed again after it was outdated. July 2016, day not known: 5; 31 August 2016: 6; 11 October 2016: 5."
        in told
    )
    rows = re.findall(r"<li>.*?</li>", told, re.DOTALL)
    assert len(rows) == 16
    assert all(row.count('<circle class="dot') == 1 for row in rows)
    hollow = [row for row in rows if 'class="dot hue-5"' in row]
    assert len(hollow) == 3
    assert all("outdated figure repeated" in row for row in hollow)
    disagreement = site.get("/en/disagreements/killed_victims.2016-07-almaty").text
    assert "Each number when it was first stated. 18 July 2016: 2, 3, 4" in disagreement
    assert "/en/incidents/2016-07-almaty#killed_victims" in disagreement


def test_a_line_joins_what_one_body_gave_anew_and_nothing_else(record):
    """The ministry's at least 5 and 6 on two days; not the hospital's 6, nor the court's 10, nor any old number."""
    figures = record.compared.ground.figures.values()
    almaty = [
        one for one in figures if one.incident == "2016-07-almaty" and one.indicator == "killed_victims"
    ]
    tracks: dict[object, set[str]] = {}
    for one, track in zip(almaty, disagreements.tracks(almaty, record.ground), strict=True):
        if track is not None:
            tracks.setdefault(track, set()).add(one.id)
    joined = sorted(sorted(ids) for ids in tracks.values() if len(ids) > 1)
    assert joined == [["2016-07-almaty.04", "2016-07-almaty.07"], ["2016-07-almaty.18", "2016-07-almaty.20"]]


def test_no_line_of_steps_joins_two_bodies_or_anything_but_one_count(record):
    tracks: dict[object, list[Observation]] = {}
    figures = list(record.compared.ground.figures.values())
    for one, track in zip(figures, disagreements.tracks(figures, record.ground), strict=True):
        if track is not None:
            tracks.setdefault(track, []).append(one)
    alike = (
        "indicator",
        "incident",
        "scope",
        "population",
        "place",
        "place_stated",
        "extent",
        "status",
        "stated_as",
    )
    for some in tracks.values():
        assert len({record.ground.leaders[one.stated_by] for one in some}) == 1
        assert all(len({getattr(one, name) for one in some}) == 1 for name in alike)
        assert all(one.bounds and not one.part_of and one.confidence != "low" for one in some)
        for one, other in combinations(some, 2):
            assert one.origin != other.origin or one.bounds == other.bounds
            assert one.incident is None or "terms" not in disagreements.forbids(one, other, record.ground)


def test_63_dead_in_seven_regions_are_not_joined_with_67_in_all_of_them(record, site):
    figures = record.compared.ground.figures
    some = [figures[f"2022-01-january-unrest.{name}"] for name in ("09", "10", "13")]
    tracks = disagreements.tracks(some, record.ground)
    assert len({track for track in tracks if track is not None}) == len([t for t in tracks if t is not None])
    assert record.pair("2022-01-january-unrest.10", "2022-01-january-unrest.13").relation == "unlike"
    rows = stated_in(site, "2022-01-january-unrest", "killed_attackers")
    assert "seven other regions" in rows
    assert '<line class="span' not in rows


def test_a_part_is_never_quoted_by_the_name_of_the_whole(site):
    seven = site.get("/en/figures/2022-01-january-unrest.10").text
    assert "seven other regions" in re.search(r"<blockquote>(.*?)</blockquote>", seven)[1]
    west = site.get("/en/figures/zamaneh-detained-2016-08").text
    assert "Kazakhstan" not in re.search(r"<blockquote>(.*?)</blockquote>", west)[1].replace(
        "western Kazakhstan", ""
    )
    four = site.get("/en/figures/2013-01-astana-opera-plot.04").text
    assert "terms of four of the six" in re.search(r"<blockquote>(.*?)</blockquote>", four)[1]


def test_a_retracted_toll_is_crossed_and_joined_with_nothing(site):
    told = stated_in(site, "2022-01-january-unrest", "killed_total")
    assert "Retracted by the body that stated it. 16 January 2022: 164." in told
    (row,) = [row for row in re.findall(r"<li>.*?</li>", told, re.DOTALL) if "retracted by the source" in row]
    assert 'd="M-8 -8L8 8M8 -8L-8 8"' in row
    assert 'class="dot hue-5"' in row


@pytest.mark.parametrize(
    ("incident", "indicator", "numbers"),
    [
        ("2016-06-aktobe", "killed_attackers", "3, 4, 13, 18, 19"),
        ("2011-11-taraz", "killed_total", "3, 5, 7"),
        ("2022-01-january-unrest", "killed_total", "225, 227, 230, 238, at least 238"),
    ],
)
def test_how_other_numbers_moved(site, incident, indicator, numbers):
    told = re.search(r"first stated\. (.*?)\.</p>", stated_in(site, incident, indicator))
    assert told
    assert ", ".join(one.split(": ")[1] for one in told[1].split("; ")) == numbers


def test_days_from_event_to_disclosure(site, published):
    text = site.get("/en/disclosure").text
    rows = dict(
        re.findall(
            r'<li><span><a href="/en/incidents/([^"]+)">.*?<span class="number">([^<]+)</span>',
            text,
            re.DOTALL,
        )
    )
    incidents = published.tables[Incident]
    assert set(rows) == {one.id for one in incidents if one.date_start}
    assert rows["2016-06-south-kazakhstan-targets"] == "70 days"
    assert rows["2024-04-aktau"] == "the same day"
    assert rows["2012-09-atyrau-police-hq"] == "1 day"
    assert rows["2016-06-aktobe"] == "the same day"
    assert rows["2006-11-stepnogorsk-group"] == "32 to 425 days"
    assert rows["2018-oral-plot"] == "0 to 364 days"
    for one in incidents:
        if one.date_start is None:
            assert f'href="/en/incidents/{one.id}"' in text[text.index("Without a day to count from") :]


def test_plots_announced_stand_beside_those_described_and_are_not_set_off(site):
    text = site.get("/en/disclosure").text
    rows = re.findall(r'<tr><th scope="row">(\d{4})</th>(.*?)</tr>', text, re.DOTALL)
    squares = {
        int(year): (row.count('<i class="open">'), row.count('<i class="told">')) for year, row in rows
    }
    assert squares[2016] == (12, 7)
    assert squares[2013] == (8, 1)
    assert squares[2014] == (3, 0)
    assert squares[2024] == (4, 3)
    assert not re.search(
        r"\d\s*%|undescribed|missing", text[text.index('id="announced"') :].split("</table>")[0]
    )


def test_what_readers_ask_most_is_one_link_away(site):
    text = site.get("/en/disagreements").text
    questions = re.search(r'<ul class="questions">(.*?)</ul>', text, re.DOTALL)
    assert questions
    found = re.findall(r'<a href="([^"]+)">([^<]+)</a>', questions[1])
    links = {unescape(question): unescape(href) for href, question in found}
    assert list(links) == [
        "140 convicted, or 140 detained and jailed?",
        "12 plots in which years?",
        "84 or 97 convicted in 2024?",
        "How did the toll in Almaty grow?",
        "What did the public know on 31 December 2016?",
    ]
    assert all(site.get(href).status_code == 200 for href in links.values())
