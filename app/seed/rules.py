"""What has to hold between cells, rows and files. Each rule is a function that puts faults down."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, get_args

from app import models
from app.models import (
    TABLES,
    Body,
    Change,
    Classification,
    Incident,
    IncidentSource,
    Indicator,
    Observation,
    Origin,
    Place,
    Published,
    Row,
    Source,
    Text,
    Translation,
    last_day,
)
from app.seed.sheets import DESCRIPTOR, Fault, Sheet, meant, printable

AnyRow = TypeVar("AnyRow", bound=Row)
CLOSED_LISTS: dict[str, Any] = {
    "qualifier": models.Qualifier,
    "extent": models.Extent,
    "period_kind": models.PeriodKind,
    "as_of_basis": models.AsOfBasis,
    "observation_status": models.ObservationStatus,
    "change_kind": models.ChangeKind,
    "confidence": models.Confidence,
    "source_kind": models.SourceKind,
    "source_read": models.SourceRead,
    "outcome": models.Outcome,
    "date_precision": models.DatePrecision,
    "method": models.Method,
    "label": models.Label,
    "place_kind": models.PlaceKind,
    "indicator_kind": models.IndicatorKind,
}
"""Lists whose codes the program knows; texts.csv must have a text for each."""
OPEN_LISTS = ("scope", "population", "unit", "legal_stage", "body_kind", "target_type")
"""Lists that texts.csv itself defines: a code is known when it has a text there."""
TEXTS: dict[str, tuple[Any, ...]] = {
    "indicator": (Indicator, "name", "definition", "beware", "leading_why"),
    "place": (Place, "name"),
    "body": (Body, "name"),
    "incident": (Incident, "title", "summary"),
}
"""Lists whose codes are the rows of another file, and the texts that each needs."""
FORMS = {"en": ("one", "other"), "ru": ("one", "few", "many", "other"), "kk": ("one", "other")}
"""The plural forms a language has by CLDR; a unit needs a text for each."""
PLURALS = FORMS["ru"]
LONGEST = {"paraphrase": 25, "note": 90, "stated_as": 20, "period_words": 20}
"""Most words in a cell: the record paraphrases and never retells at length."""


@dataclass
class Check:
    """The sheets under examination, and where faults are put down."""

    sheets: dict[type[Row], Sheet]
    dated: date
    faults: list[Fault]

    def rows(self, table: type[AnyRow]) -> list[tuple[int, AnyRow]]:
        return list(self.sheets[table].sound.items())  # type: ignore[arg-type]

    def codes(self, table: type[Row]) -> dict[str, int]:
        """Every key in a file and its first row, of flawed rows too: a reference to one is not dangling."""
        name = table.key[0]
        return {cells[name]: number for number, cells in reversed(self.sheets[table].cells.items())}

    def list(self, name: str) -> set[str]:
        """The codes of a list that texts.csv defines."""
        return {cells["code"] for cells in self.sheets[Text].cells.values() if cells["list"] == name}

    def fault(self, table: type[Row], row: int, columns: str, reason: str) -> None:
        """A fault at one row; `columns` are separated by spaces."""
        self.faults.append(Fault(self.sheets[table].file, row, tuple(columns.split()), reason))

    def between(self, reason: str, *places: tuple[type[Row], int, str]) -> None:
        """A contradiction between rows: either may be the wrong one, so the fault stands at each."""
        for place in places:
            others = [
                f"{self.sheets[t].file}:{n}:{'+'.join(c.split())}" for t, n, c in places if (t, n, c) != place
            ]
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            self.fault(*place, reason + (f" (see {' and '.join(others[:3])}{more})" if others else ""))


RULES: list[Callable[[Check], None]] = []


def rule(check: Callable[[Check], None]) -> Callable[[Check], None]:
    RULES.append(check)
    return check


@rule
def keys_are_unique(check: Check) -> None:
    for table, sheet in check.sheets.items():
        groups = defaultdict(list)
        for number, cells in sheet.cells.items():
            groups[tuple(cells[name] for name in table.key)].append(number)
        for key, numbers in groups.items():
            if len(numbers) > 1:
                places = [(table, number, " ".join(table.key)) for number in numbers]
                reason = f"'{printable(' '.join(key))}' stands in {len(numbers)} rows; a key is used once"
                check.between(reason, *places)


REFERENCES: tuple[tuple[type[Row], str, type[Row]], ...] = (
    (Body, "parent", Body),
    (Indicator, "leading_body", Body),
    (Origin, "stated_by", Body),
    (Incident, "place", Place),
    (Incident, "region_then", Place),
    (Incident, "region_now", Place),
    (IncidentSource, "incident", Incident),
    (IncidentSource, "source", Source),
    (Classification, "incident", Incident),
    (Classification, "source", Source),
    (Observation, "indicator", Indicator),
    (Observation, "place", Place),
    (Observation, "stated_by", Body),
    (Observation, "source", Source),
    (Observation, "origin", Origin),
    (Observation, "incident", Incident),
    (Observation, "part_of", Observation),
    (Published, "observation", Observation),
    (Change, "observation", Observation),
)
LISTED = (
    (Body, "kind", "body_kind"),
    (Indicator, "unit", "unit"),
    (Indicator, "legal_stage", "legal_stage"),
    (Incident, "target_type", "target_type"),
    (Observation, "scope", "scope"),
    (Observation, "population", "population"),
)


@rule
def references_lead_somewhere(check: Check) -> None:
    for table, column, target in REFERENCES:
        known = check.codes(target)
        for number, cells in check.sheets[table].cells.items():
            code = cells[column]
            if code and code not in known:
                reason = f"'{printable(code)}' is not in {check.sheets[target].file}{meant(code, known)}"
                check.fault(table, number, column, reason)


@rule
def a_row_that_is_missed_may_have_been_renamed(check: Check) -> None:
    """Where a reference leads nowhere, a row that nothing refers to may be the one that was meant."""
    successors = [row.successor_codes.split(";") for _, row in check.rows(Place)]
    for target in TABLES:
        known = check.codes(target)
        referring = [
            (cells[column], cells)
            for table, column, aim in REFERENCES
            if aim is target
            for cells in check.sheets[table].cells.values()
        ]
        dangling = [cells for code, cells in referring if code and code not in known]
        named = {code for code, _ in referring}.union(*successors)
        left = [(code, number) for code, number in known.items() if dangling and code not in named]
        if target is Observation:
            # Most figures are no whole, and nothing refers to them; a whole stands in the document of its part.
            documents = {cells["source"] for cells in dangling if "source" in cells}
            cells = check.sheets[Observation].cells
            left = [(code, number) for code, number in left if cells[number]["source"] in documents]
        for code, number in left:
            reason = f"nothing refers to '{printable(code)}'; was it renamed?"
            check.fault(target, number, target.key[0], reason)


@rule
def successors_are_places(check: Check) -> None:
    known = check.codes(Place)
    for number, place in check.rows(Place):
        for code in filter(None, place.successor_codes.split(";")):
            if code not in known:
                reason = f"'{code}' is not in places.csv{meant(code, known)}"
                check.fault(Place, number, "successor_codes", reason)


@rule
def texts_are_whole(check: Check) -> None:
    """Every code has its texts in three languages, and no text is left over from a code that went."""
    wanted: dict[tuple[str, str, str], tuple[type[Row], int, str]] = {}
    missing: list[tuple[str, str, str]] = []
    for name, literal in CLOSED_LISTS.items():
        wanted.update({(name, code, "name"): (Text, 1, "list code field") for code in get_args(literal)})
    for name, (table, *fields) in TEXTS.items():
        for code, number in check.codes(table).items():
            wanted.update({(name, code, field): (table, number, table.key[0]) for field in fields})
    for table, column, name in LISTED:
        known = check.list(name)
        for number, cells in check.sheets[table].cells.items():
            code = cells[column]
            for form in ("name", *(PLURALS if name == "unit" else ())) if code in known else ():
                wanted.setdefault((name, code, form), (table, number, column))
            if code and code not in known:
                reason = f"'{printable(code)}' is no {name} of texts.csv{meant(code, known)}"
                check.fault(table, number, column, reason)
                missing.append((name, code, "name"))
    present = {tuple(cells[column] for column in Text.key) for cells in check.sheets[Text].cells.values()}
    for key, place in wanted.items():
        if key not in present:
            named = f"'{printable(key[1])}' has no text '{printable(' '.join(key))}'"
            check.fault(*place, f"{named} in texts.csv; add it")
            missing.append(key)
    astray = {(code, field) for _, code, field in missing}
    for number, text in check.rows(Text):
        key = (text.list, text.code, text.field)
        name_too = (text.list, text.code, "name")
        defines = text.field == "definition" and text.list in {*CLOSED_LISTS, *OPEN_LISTS} - {"unit"}
        optional = defines and name_too in wanted and name_too in present and key[1:] not in astray
        # A code of an open list may wait for its first use.
        waits = text.list in OPEN_LISTS and (defines or text.field == "name" or text.list == "unit")
        # Where a text is missing, one that is not needed may be meant for it.
        if key not in wanted and not optional and (missing or not waits):
            check.fault(Text, number, "list code field", f"nothing in the dataset needs '{' '.join(key)}'")
            continue
        for language, forms in FORMS.items():
            in_use = text.field not in PLURALS or text.field in forms
            if bool(getattr(text, language)) != in_use:
                reason = "is empty; write the text" if in_use else "has no such plural form; leave it empty"
                check.fault(Text, number, language, reason)


@rule
def translations_have_the_numbers_of_their_text(check: Check) -> None:
    """A figure must not change on its way into another language: 3,200 and 32.1 are 3 200 and 32,1 there.

    A reader of Russian or Kazakh takes 3,200 for three and a fifth.
    """
    for number, row in check.rows(Translation):
        ours = _numbers_said(row.en, ",", ".")
        for language in ("ru", "kk"):
            theirs = _numbers_said(getattr(row, language), " ", ",")
            if theirs != ours:
                reason = (
                    f"has the numbers {theirs or '(none)'}, and its text {ours or '(none)'}; write the same"
                )
                if re.search(r"\d[.,]\d", row.en):
                    reason += ", in the form 3 200 or 32,1"
                check.fault(Translation, number, f"en {language}", reason)


def _numbers_said(text: str, thousands: str, decimal: str) -> str:
    """The numbers of a text, read with its language's signs, in one order whatever that of the words is."""
    long = rf"(?<!\d)\d{{1,3}}(?:{thousands}\d{{3}}(?!\d))+"
    found = re.findall(rf"(?:{long}|\d+)(?:{re.escape(decimal)}\d+)*", text)
    return " ".join(sorted(one.replace(thousands, "").replace(decimal, ".") for one in found))


@rule
def nothing_is_later_than_the_package(check: Check) -> None:
    """Future means after the package's own date: the machine's clock has no say."""
    last = check.dated.isoformat()
    for table, sheet in check.sheets.items():
        for column in DATES.intersection(table.columns()):
            for number, row in sheet.sound.items():
                written = str(getattr(row, column) or "")
                if written > last:
                    reason = f"{written} is after the package's own date {last} ({DESCRIPTOR})"
                    check.fault(table, number, column, reason)


DATES = {
    "published",
    "stated_on",
    "date_start",
    "date_end",
    "disclosed",
    "as_of",
    "period_start",
    "period_end",
    "recorded",
    "changed_on",
    "searched_on",
    "valid_from",
    "valid_to",
}


@rule
def the_figure_fits_its_qualifier(check: Check) -> None:
    units = {row.code: (number, row.unit) for number, row in check.rows(Indicator)}
    for number, row in check.rows(Observation):
        figures = [name for name in ("value", "low", "high") if getattr(row, name) is not None]
        if row.qualifier == "unspecified":
            if figures:
                columns = " ".join(["qualifier", *figures])
                check.fault(
                    Observation,
                    number,
                    columns,
                    "unspecified means that no number is stated; empty the figure",
                )
        elif row.qualifier == "range":
            if figures != ["low", "high"]:
                check.fault(
                    Observation, number, "qualifier value low high", "a range has low and high, and no value"
                )
            elif row.low > row.high:  # type: ignore[operator]
                check.fault(
                    Observation, number, "low high", f"low {row.low} is above high {row.high}; swap them"
                )
        elif figures != ["value"]:
            check.fault(
                Observation,
                number,
                "qualifier value low high",
                f"{row.qualifier} has a value and neither low nor high; for no number write unspecified",
            )
        for name in figures:
            figure = getattr(row, name)
            if figure < 0:
                check.fault(Observation, number, name, f"{figure} is below zero; nothing here is")
            indicator, unit = units.get(row.indicator, (0, "score"))
            if figure != int(figure) and unit not in ("percent", "score", "years"):
                check.between(
                    f"{figure} {unit} is not a whole number",
                    (Observation, number, f"{name} indicator"),
                    (Indicator, indicator, "unit"),
                )


@rule
def the_period_fits_its_kind(check: Check) -> None:
    for number, row in check.rows(Observation):
        start, end, kind = row.period_start, row.period_end, row.period_kind

        def fault(reason: str, number: int = number) -> None:
            check.fault(Observation, number, "period_start period_end period_kind", reason)

        if start and end and start > end:
            fault(f"period_end {end} is before period_start {start}; swap or correct them")
            continue
        whole_year = bool(
            start and end and start == date(start.year, 1, 1) and end == date(start.year, 12, 31)
        )
        if (kind == "calendar_year") != whole_year:
            fault("calendar_year means 1 January to 31 December of one year, and such a period has that kind")
        elif kind == "part_year" and start is None:
            fault("part_year needs a period_start; where none is stated the kind is undefined")
        elif kind == "part_year" and start and end and start.year != end.year:
            fault("part_year lies within one year; over two years the kind is multi_year")
        elif kind == "multi_year" and (start is None or (end is not None and start.year == end.year)):
            fault("multi_year needs a period_start, and an end in a later year where one is stated")
        elif kind == "point" and start != end:
            fault("a point is one day: period_start and period_end are the same")
        elif kind == "undefined" and start is not None:
            fault("undefined has no period_start; with one the kind is another")


@rule
def a_figure_is_stated_after_its_period(check: Check) -> None:
    for number, row in check.rows(Observation):
        if (row.as_of is None) != (row.as_of_basis == "unknown"):
            reason = "as_of is empty where its basis is unknown, and only there"
            check.fault(Observation, number, "as_of as_of_basis", reason)
            continue
        if not row.as_of:
            continue
        if row.recorded.isoformat() < row.as_of:
            reason = f"recorded on {row.recorded}, before the figure was stated on {row.as_of}"
            check.fault(Observation, number, "recorded as_of", reason)
        reached = row.period_end or row.period_start
        if reached and row.period_kind == "calendar_year" and row.as_of[:4] <= str(reached.year):
            reason = f"a full year cannot be stated on {row.as_of}, before it was over; the kind is part_year"
        elif reached and reached > last_day(row.as_of):
            reason = f"the period reaches {reached}, after the figure was stated on {row.as_of}"
        else:
            continue
        check.fault(Observation, number, "as_of period_end period_kind period_start", reason)


@rule
def the_extent_is_true(check: Check) -> None:
    indicators = {row.code: (number, row) for number, row in check.rows(Indicator)}
    for number, row in check.rows(Observation):
        found = indicators.get(row.indicator)
        if not found:
            continue
        at, indicator = found
        shapeless = indicator.unit in ("percent", "score", "rank")
        if indicator.unit != "years" and shapeless != (row.extent == "not_applicable"):
            check.between(
                f"extent {row.extent} with the unit {indicator.unit}: shares, scores and ranks are not_applicable",
                (Observation, number, "extent indicator"),
                (Indicator, at, "unit"),
            )
        if row.extent == "national" and (row.incident or row.place not in ("KZ", "ABROAD", "INTERNET")):
            reason = "national means the whole country: no incident, and the place KZ, ABROAD or INTERNET"
            check.fault(Observation, number, "extent place incident", reason)
        if row.extent == "national" and indicator.code in GUARDED and row.population != "all":
            check.fault(
                Observation,
                number,
                "extent population indicator",
                "national means everyone: population is all",
            )
        if row.incident and row.extent not in ("case", "not_applicable"):
            check.fault(Observation, number, "extent incident", "a figure of an incident has the extent case")
        if row.extent == "case" and row.period_kind == "calendar_year":
            reason = "the figure of one case is no figure of a year; its kind is event"
            check.fault(Observation, number, "extent period_kind period_start period_end", reason)
        if indicator.kind in ("stock", "index") and row.period_kind not in ("point", "event", "undefined"):
            check.between(
                f"a {indicator.kind} is counted on a day: its period is a point, an event or undefined",
                (Observation, number, "period_kind indicator"),
                (Indicator, at, "kind"),
            )
        if indicator.code == "prosecuted" and not row.stated_as:
            reason = "prosecuted covers several terms; write the source's own in stated_as"
            check.fault(Observation, number, "stated_as indicator", reason)


GUARDED = (
    "detained",
    "arrested",
    "prosecuted",
    "convicted",
    "sentenced",
    "foiled_plots",
    "attacks",
    "crimes_registered",
)
"""Indicators whose extent was decided row by row: a national figure of theirs counts everyone."""


@rule
def a_part_fits_its_whole(check: Check) -> None:
    wholes = {row.id: (number, row) for number, row in check.rows(Observation)}
    for number, part in check.rows(Observation):
        seen = {part.id}
        above = part.part_of
        while above in wholes and above not in seen:
            seen.add(above)
            above = wholes[above][1].part_of
        if above in seen:
            check.fault(
                Observation,
                number,
                "part_of id",
                "a figure cannot be a part of itself, not even by way of others",
            )
        found = wholes.get(part.part_of or "")
        if not found:
            continue
        at, whole = found
        if whole.source != part.source:
            check.between(
                f"'{part.id}' and its whole '{whole.id}' stand in different documents",
                (Observation, number, "part_of source"),
                (Observation, at, "source id"),
            )
        if part.value is not None and whole.value is not None and part.value > whole.value:
            check.between(
                f"the part {part.value} is larger than the whole {whole.value}",
                (Observation, number, "part_of value"),
                (Observation, at, "value id"),
            )


@rule
def one_document_states_a_figure_once(check: Check) -> None:
    same = "source indicator value low high population place place_stated incident period_start period_end"
    columns = [*same.split(), "period_words", "scope", "stated_as", "note"]
    groups = defaultdict(list)
    for number, row in check.rows(Observation):
        groups[tuple(getattr(row, column) for column in columns)].append(number)
    for numbers in groups.values():
        if len(numbers) > 1:
            places = [(Observation, number, " ".join(columns)) for number in numbers]
            check.between("the same figure of the same document stands twice", *places)


@rule
def the_locator_fits_what_was_read(check: Check) -> None:
    sources = {row.id: (number, row) for number, row in check.rows(Source)}
    for number, row in check.rows(Observation):
        found = sources.get(row.source)
        if not found:
            continue
        full = found[1].read == "full"
        shape = (
            r"paragraph \d+"
            if full
            else r"opening(, paragraph \d+)?|chart title|paragraph on Kazakhstan|section '.+'"
        )
        if not re.fullmatch(shape, row.locator):
            right = "paragraph 3" if full else "opening, or opening, paragraph 3"
            check.between(
                f"'{row.locator}' for a document read in {'full' if full else 'its opening'}; right is {right}",
                (Observation, number, "locator source"),
                (Source, found[0], "read id"),
            )


@rule
def places_are_named_by_the_borders_of_the_day(check: Check) -> None:
    places = {row.code: (number, row) for number, row in check.rows(Place)}

    def judge(table: type[Row], number: int, columns: str, code: str | None, first: Any, last: Any) -> None:
        at, place = places.get(code or "", (0, None))
        if place is None:
            return
        for limit, broken in (
            ("valid_to", place.valid_to and last and last > place.valid_to),
            ("valid_from", place.valid_from and first and first < place.valid_from),
        ):
            if broken:
                check.between(
                    f"'{code}' has its {limit} on {getattr(place, limit)}, and this lies outside",
                    (table, number, columns),
                    (Place, at, f"{limit} code"),
                )

    for number, incident in check.rows(Incident):
        columns = "region_then date_start date_end"
        judge(Incident, number, columns, incident.region_then, incident.date_start, incident.date_start)
    for number, row in check.rows(Observation):
        when = row.period_end or row.period_start
        judge(Observation, number, "place period_start period_end", row.place, when, when)


@rule
def the_tile_map_is_whole(check: Check) -> None:
    today = [(number, row) for number, row in check.rows(Place) if row.kind in ("region", "city")]
    for number, row in check.rows(Place):
        if (row.tile_row is not None and row.tile_col is not None) != (row.kind in ("region", "city")):
            check.fault(
                Place, number, "kind tile_row tile_col", "a region or city of today has a tile, and only they"
            )
    groups = defaultdict(list)
    for number, row in today:
        groups[row.tile_row, row.tile_col].append(number)
    for tile, numbers in groups.items():
        if len(numbers) > 1:
            check.between(
                f"the tile {tile} is taken twice", *[(Place, n, "tile_row tile_col") for n in numbers]
            )


@rule
def incidents_hold_together(check: Check) -> None:
    places = {row.code: (number, row) for number, row in check.rows(Place)}
    for number, row in check.rows(Incident):
        if row.date_start and row.date_end and row.date_start > row.date_end:
            check.fault(
                Incident,
                number,
                "date_start date_end",
                f"{row.date_end} is before {row.date_start}; swap them",
            )
        if row.date_precision != "unknown" and not (row.date_start and row.date_end):
            reason = "a date known to the day, month or year has a first and a last day"
            check.fault(Incident, number, "date_precision date_start date_end", reason)
        if (row.lat is None) != (row.lon is None):
            check.fault(Incident, number, "lat lon", "a point has both latitude and longitude")
        if row.lat is not None and row.lon is not None and not (40 < row.lat < 56 and 46 < row.lon < 88):
            check.fault(Incident, number, "lat lon", f"{row.lat}, {row.lon} lies outside the country")
        at, place = places.get(row.region_now or "", (0, None))
        if place is not None and place.kind == "historic_region":
            check.between(
                f"region_now is '{place.code}', a region of the past",
                (Incident, number, "region_now"),
                (Place, at, "kind code"),
            )


@rule
def an_incident_names_its_documents(check: Check) -> None:
    listed = check.sheets[IncidentSource].cells
    pairs = {(cells["incident"], cells["source"]) for cells in listed.values()}
    stated = {(row.incident, row.source) for _, row in check.rows(Observation)}
    for incident, source in sorted(pair for pair in stated - pairs if pair[0]):
        reason = f"the pair '{incident}', '{source}' is not in incident_sources.csv; add it"
        for number, row in check.rows(Observation):
            if (row.incident, row.source) == (incident, source):
                check.fault(Observation, number, "incident source", reason)
        for number, cells in listed.items():
            # A pair that no figure needs, and that shares one half with the missing one, may be meant for it.
            alike = (cells["incident"] == incident) + 2 * (cells["source"] == source)
            if alike and (cells["incident"], cells["source"]) not in stated:
                check.fault(IncidentSource, number, "source" if alike == 1 else "incident", reason)


@rule
def departments_stand_under_the_body_that_leads(check: Check) -> None:
    bodies = {row.code: (number, row) for number, row in check.rows(Body)}
    for number, body in check.rows(Body):
        at, parent = bodies.get(body.parent or "", (0, None))
        if parent is not None and (parent.parent or parent.code == body.code):
            check.between(
                f"'{parent.code}' is itself under another body; name the one at the top",
                (Body, number, "parent code"),
                (Body, at, "parent code"),
            )
    for number, indicator in check.rows(Indicator):
        at, leader = bodies.get(indicator.leading_body, (0, None))
        if leader is not None and leader.parent:
            check.between(
                f"'{leader.code}' stands under '{leader.parent}', whose series leads",
                (Indicator, number, "leading_body"),
                (Body, at, "parent code"),
            )


@rule
def a_search_has_its_days(check: Check) -> None:
    for number, row in check.rows(Indicator):
        if not 1991 <= row.searched_from <= row.searched_on.year:
            reason = f"{row.searched_from} is no year from 1991 to that of searched_on, {row.searched_on}"
            check.fault(Indicator, number, "searched_from searched_on", reason)
        if row.review_on <= row.searched_on:
            reason = f"review_on {row.review_on} is not after searched_on {row.searched_on}; name a later day"
            check.fault(Indicator, number, "review_on searched_on", reason)


@rule
def documents_can_be_found(check: Check) -> None:
    groups = defaultdict(list)
    for number, row in check.rows(Source):
        if row.url:
            groups[row.url].append(number)
        elif "withheld" not in row.note and "not known" not in row.note:
            check.fault(
                Source, number, "url note", "is empty; the note then says that it is withheld or not known"
            )
    for url, numbers in groups.items():
        if len(numbers) > 1:
            check.between(f"{url} is the address of two sources", *[(Source, n, "url") for n in numbers])


@rule
def texts_are_short(check: Check) -> None:
    for number, row in check.rows(Observation):
        for column, most in LONGEST.items():
            words = len(getattr(row, column).split())
            if words > most:
                check.fault(Observation, number, column, f"has {words} words; {most} are the most")


# --- What was published ---------------------------------------------------------------------------------------

LONGEST_REASON = 60
"""Most words of the reason of a change."""


@rule
def what_was_published_stays(check: Check) -> None:
    """A published figure is never deleted, and a cell that makes it what it is changes only with an entry.

    Its changes, in the order of their days, lead from what was first published to what stands now. Note, paraphrase,
    locator, confidence, incident, whole and the words of the period are ours to better without one. Cells are read
    as they stand in the file, so that one which is malformed is held against the ledger too.
    """
    cells = check.sheets[Observation].cells
    numbers = {row["id"]: number for number, row in cells.items()}
    changes: dict[tuple[str, str], list[tuple[int, Change]]] = defaultdict(list)
    for number, change in check.rows(Change):
        changes[change.observation, change.field].append((number, change))
    for number, published in check.rows(Published):
        at = numbers.get(published.observation)
        if at is None:
            reason = f"'{published.observation}' was published in {published.version} and is not in observations.csv"
            reason += "; nothing is deleted: put it back, and withdraw it if it is wrong"
            check.fault(Published, number, "observation", reason)
            continue
        for column in Published.cells():
            places: list[tuple[type[Row], int, str]] = [(Observation, at, column)]
            places += [(Published, number, f"observation {column}")]
            before = getattr(published, column)
            entered = changes.get((published.observation, column), [])
            for place, change in sorted(entered, key=lambda one: one[1].changed_on):
                if not _same(column, change.was, before):
                    reason = f"changed from '{printable(change.was)}', and '{printable(before)}' stood there before"
                    check.between(
                        reason,
                        (Change, place, "was field observation changed_on"),
                        (Published, number, f"observation {column}"),
                    )
                before = change.now
                places.append((Change, place, "now field observation changed_on"))
            if not _same(column, cells[at][column], before):
                reason = (
                    f"'{printable(cells[at][column])}' stands where {published.version} and its changes give "
                )
                reason += f"'{printable(before)}'; put that back, or enter the change in changes.csv"
                check.between(reason, *places)


def _same(column: str, one: str, other: str) -> bool:
    """84.0 is the figure 84, as it is for the digest; any other cell is the same only to the letter."""
    if one == other or column not in ("value", "low", "high"):
        return one == other
    try:
        return bool(models.number(one) == models.number(other))
    except ValueError:
        return False


def _numbers(version: str) -> tuple[int, ...]:
    """What orders versions such as 2026.11.2; none for one that is named otherwise."""
    return tuple(map(int, version.split("."))) if re.fullmatch(r"\d{4}\.\d{1,2}\.\d+", version) else ()


@rule
def changes_follow_each_other(check: Check) -> None:
    """No figure is changed before it was published, nor before a change of an earlier version.

    A version names the month of its package, and the first one is all that the ledger tells of the day.
    """
    published = {row.observation: (number, row) for number, row in check.rows(Published)}
    groups: dict[str, list[tuple[int, Change]]] = defaultdict(list)
    for number, change in check.rows(Change):
        groups[change.observation].append((number, change))
        at, first = published.get(change.observation, (0, None))
        if first and (numbers := _numbers(first.version)) and 1 <= numbers[1] <= 12:
            month = date(numbers[0], numbers[1], 1)
            if change.changed_on < month:
                reason = f"{change.changed_on} is before the figure was published in {first.version}; "
                reason += f"name the day of the change, {month} or later"
                check.between(
                    reason, (Change, number, "changed_on observation"), (Published, at, "version observation")
                )
    for entered in groups.values():
        for number, change in entered:
            for before, former in entered:
                later = _numbers(change.version) > _numbers(former.version) > ()
                last = change.version == former.version and change.kind == "withdrawal" != former.kind
                if (later or last) and change.changed_on < former.changed_on:
                    reason = f"{change.changed_on} is before {former.changed_on}, when the figure was changed last; "
                    reason += "name that day or a later one"
                    places = ((Change, number, "changed_on"), (Change, before, "changed_on"))
                    check.between(reason, *places)


@rule
def a_change_is_of_a_published_figure_and_has_a_reason(check: Check) -> None:
    published = check.codes(Published)
    for number, change in check.rows(Change):
        if change.observation not in published:
            reason = (
                f"'{change.observation}' is not in published.csv, so it is simply edited; remove this row"
            )
            check.fault(Change, number, "observation", reason)
        if change.field not in Published.cells():
            known = Published.cells()
            reason = f"'{printable(change.field)}' is no cell that needs an entry{meant(change.field, known)}"
            check.fault(Change, number, "field", reason)
        if change.was == change.now:
            check.fault(Change, number, "was now", "are the same; a change changes something")
        withdraws = change.field == "status" and change.now == "withdrawn"
        if withdraws != (change.kind == "withdrawal"):
            reason = "withdrawal means that status becomes withdrawn, and such a change has that kind"
            check.fault(Change, number, "kind field now", reason)
        if len(change.reason.split()) > LONGEST_REASON:
            check.fault(Change, number, "reason", f"is longer than {LONGEST_REASON} words; shorten it")
