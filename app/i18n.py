"""How things are said: in which language, with which words, numbers, dates and plural forms.

The interface's sentences are in `locale/*.po`; what codes mean is in the dataset's texts.csv, so a release brings
its own words. Page, chart, CSV and JSON say a figure through the same method here.
"""

import gettext
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from app.folders import folder
from app.models import (
    LOCATOR,
    TABLES,
    Body,
    Cell,
    CoverageState,
    Incident,
    Observation,
    Panel,
    Place,
    Source,
    Text,
    Translation,
    last_day,
    speaks_itself,
)

LANGUAGES = ("en", "ru", "kk")
DEFAULT = "en"
NAMES = {"en": "English", "ru": "Русский", "kk": "Қазақша"}
ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
"""The Kazakh letters in their order, the Russian ones among them."""
LOCALES = {"en": Locale.parse("en_GB"), "ru": Locale.parse("ru"), "kk": Locale.parse("kk")}


def N_(text: str) -> str:
    """Marks a text for the catalogues; whoever shows it has it translated."""
    return text


def of_the_vocabulary(*_: Any, **options: Any) -> Iterator[tuple[int, str, str, list[str]]]:
    """What the tables of the dataset and their columns say of themselves, as pybabel takes texts for the catalogues."""
    for table in TABLES:
        for told in (table.__doc__, *(table.model_fields[column].description for column in table.columns())):
            yield 0, "gettext", str(told), []


PUBLISHERS = (
    N_("National Security Committee of Kazakhstan"),
    N_("Counter-Terrorism Committee NGO"),
    N_("Counter-Terrorist Committee NGO"),
    N_("Kazakhstan International Bureau for Human Rights and Rule of Law"),
    N_("Kazakhstan Bureau for Human Rights"),
    N_("Kazakhstan MFA"),
    N_("Kazakhstanskaya Pravda"),
    N_("Komsomolskaya Pravda Kazakhstan"),
    N_("Novaya Gazeta Kazakhstan"),
    N_("Novaya Gazeta (South)"),
    N_("Novaya Gazeta"),
    N_("Novaya – Kazakhstan"),
    N_("Novosti-Kazakhstan"),
    N_("Novoye Pokoleniye"),
    N_("Nasha Gazeta"),
    N_("Moi Gorod"),
    N_("Diapazon (Aktobe)"),
    N_("Delovaya Nedelya"),
    N_("Delovoy Peterburg"),
    N_("Egemen Qazaqstan"),
    N_("Ak Zhaiyk"),
    N_("Aikyn"),
    N_("Izvestia"),
    N_("Kommersant"),
    N_("Radio Svoboda (UA)"),
    N_("Radio Svoboda"),
    N_("RIA Novosti"),
    N_("RIA"),
    N_("Rossiyskaya Gazeta"),
    N_("TASS"),
    N_("Ukrainska Pravda"),
    N_("Vestnik Kavkaza"),
    N_("Vremya"),
    N_("Vzglyad"),
    N_("Ministry of Culture and Information"),
    N_("UN Counter-Terrorism Committee Executive Directorate"),
    N_("UN Special Rapporteur on counter-terrorism and human rights"),
    N_("US Department of State"),
    N_("US State Department"),
    N_("with Prosecutor General press release"),
    N_("Prosecutor General's Office order No. 161"),
    N_("rewrite of a Prosecutor General's Office statement"),
    N_("the Prosecutor General's site and Interfax"),
    N_("KNB press service"),
    N_("KNB press release"),
    N_("KNB deputy chair"),
    N_("KNB"),
    N_("RFE/RL Kazakh Service"),
    N_("RFE/RL Kyrgyz Service"),
    N_("Arabic-script Kazakh"),
    N_("English edition"),
    N_("Arabic edition"),
    N_("Kazakh"),
    N_("Poland"),
    N_("Reuters report, Arabic"),
    N_("Almaty police"),
    N_("Interfax source"),
    N_("Kazinform interview"),
    N_("Lenta feed"),
    N_("translated Lenta"),
    N_("translation"),
    N_("Datawrapper chart"),
    N_("blog repost"),
    N_("US-funded"),
    N_("and partners"),
    N_("NewEurasia mirror"),
    N_("Wikipedia mirror (IT, wiki7)"),
    N_("test host"),
    N_("mirror address"),
    N_("dev. mirror"),
    N_("mirror"),
)
"""What publishers' names hold besides names written alike in every language; the longer before what it holds.

Newspapers and agencies that write their names in Cyrillic are among them: in English they stand in Latin letters.
"""
THOUSANDS = re.compile(r"(?<![\d,])\d{1,3}(?: \d{3})+(?!\d)")
"""A number of more than three digits in a Russian or Kazakh text: 3 200. Its spaces are plain in the file, since none that
look alike are let in."""
NAMED = re.compile(r"(?<!\w)(" + "|".join(map(re.escape, PUBLISHERS)) + r")(?!\w)")
_WORD = "citing|quoting|via|from|reposting|also on"
JOINED = re.compile(
    rf"(?P<outlet>.+?)(?: \((?P<within>{_WORD}) (?P<inside>[^()]+)\)|,? (?P<word>{_WORD}) (?P<other>.+))"
)
"""A publisher's name that names another: Kazinform citing KNB; IWPR (also on ecoi.net)."""


def _unbroken(number: re.Match[str]) -> str:
    """A number at whose spaces no line ends."""
    return number[0].replace(" ", "\N{NARROW NO-BREAK SPACE}")


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The interface's words in one language, read from its .po file; without one the words of the code itself."""
    file = folder("locale") / language / "LC_MESSAGES" / "derek.po"
    if not file.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@dataclass(frozen=True)
class Terms:
    """What the codes of one release mean, what its editors' words are in other languages, and which body stands under which."""

    texts: Mapping[tuple[str, str, str], Text]
    translations: Mapping[str, Translation]
    bodies: Mapping[str, Body]
    places: Mapping[str, Place]

    @classmethod
    def of(
        cls,
        texts: Iterable[Text],
        translations: Iterable[Translation],
        bodies: Iterable[Body],
        places: Iterable[Place],
    ) -> "Terms":
        return cls(
            {(text.list, text.code, text.field): text for text in texts},
            {text.en: text for text in translations},
            {body.code: body for body in bodies},
            {place.code: place for place in places},
        )

    def codes(self, name: str) -> list[str]:
        """The codes of a list, in the order of the file's keys."""
        return [code for listed, code, field in self.texts if listed == name and field == "name"]


class Words:
    """One language, with the words of one release."""

    def __init__(self, language: str, terms: Terms) -> None:
        self.language = language
        self.terms = terms
        self.locale = LOCALES[language]
        self.gettext = catalogue(language).gettext
        self.ngettext = catalogue(language).ngettext

    # --- Codes

    def name(self, listed: str, code: str, field: str = "name") -> str:
        """The text of a code. Raises `KeyError` for a code without one; the loader lets none in."""
        return str(getattr(self.terms.texts[listed, code, field], self.language))

    def definition(self, listed: str, code: str) -> str:
        """What a code means, where its list says so."""
        found = self.terms.texts.get((listed, code, "definition"))
        return str(getattr(found, self.language)) if found else ""

    def inside(self, listed: str, code: str) -> str:
        """The text of a code in the middle of a sentence: without its capital, unless it begins with a proper name."""
        name = self.name(listed, code)
        proper = name[1:2].isupper() or name.startswith(PROPER_NAMES)
        return name if proper else name[:1].lower() + name[1:]

    def presumption(self, *stages: str) -> tuple[str, ...]:
        """What legal stages before a conviction have to say: the rule in two words, and what it means here.

        Of several stages, some may be of convictions; then what is said is said of the others.
        """
        before = [stage not in ("none", "convicted", "sentenced") for stage in stages]
        if not any(before):
            return ()
        told = self.gettext(
            "Being detained, arrested or prosecuted is no finding of guilt, and how a case ended is often not published."
        )
        if all(before):
            told = self.gettext("This counts people before any conviction.") + " " + told
        return self.gettext("Presumed innocent."), told

    def translated(self, text: str) -> str | None:
        """The editors' own words, which the record holds in English, in this language; None where they have no translation."""
        if self.language == "en" or not text:
            return text
        found = self.terms.translations.get(text)
        return THOUSANDS.sub(_unbroken, str(getattr(found, self.language))) if found else None

    def own(self, text: str) -> str:
        """The editors' own words inside a sentence of the site; without a translation in English, which is said."""
        found = self.translated(text)
        return f"«{text}» (EN)" if found is None else found

    def titled(self, source: Source) -> tuple[str, str]:
        """A document's title and the language it is in: as published, or, where it is in the editors' words, this one."""
        ours = self.translated(source.title) if source.title.startswith("[") else None
        return (source.title, source.title_language) if ours is None else (ours, self.language)

    def publisher(self, name: str) -> str:
        """Who published a document: outlets keep their names, those in Cyrillic their letters; what joins two of them is
        said in the language."""
        if self.language == "en":
            return name
        said = {
            "citing": self.gettext("%(outlet)s, citing %(other)s"),
            "quoting": self.gettext("%(outlet)s, citing %(other)s"),
            "via": self.gettext("%(outlet)s, via %(other)s"),
            "from": self.gettext("%(outlet)s, from %(other)s"),
            "reposting": self.gettext("%(outlet)s, from %(other)s"),
            "also on": self.gettext("%(outlet)s, also at %(other)s"),
        }
        found = JOINED.fullmatch(name)
        if found:
            other = found["inside"] or found["other"]
            name = said[found["within"] or found["word"]] % {
                "outlet": found["outlet"],
                "other": self.publisher(other),
            }
        return NAMED.sub(lambda known: self.gettext(known[0]), name)

    def outlet(self, document: Source) -> str:
        """Who published a document, without what stands in brackets after its name."""
        return self.publisher(re.sub(r"\s*\([^)]*\)$", "", document.publisher))

    def speaks_itself(self, one: Observation, document: Source) -> bool:
        """Whether a figure stands in a document of the body that stated it, and in no retelling."""
        return speaks_itself(self.terms.bodies[one.stated_by], document, self.terms.bodies)

    def termed(self, told: Iterable[tuple[Observation, Source]]) -> str:
        """The term that figures share, and whose it is: the body's where a document of its own has it, else that of the
        documents in which it stands."""
        pairs = list(told)
        term = self.own(pairs[0][0].stated_as)
        if any(self.speaks_itself(*pair) for pair in pairs):
            return f"{self.gettext('in its own terms')}: {term}"
        return self.gettext("as told by %(publishers)s, in whose words: %(term)s") % {
            "publishers": ", ".join(sorted({self.outlet(document) for _, document in pairs})),
            "term": term,
        }

    def teller(self, one: Observation, document: Source) -> str:
        """Who tells a statement: the body in a document of its own, or whoever retold it."""
        pattern = (
            self.gettext("the body’s own document, published by %(publisher)s")
            if self.speaks_itself(one, document)
            else self.gettext("retold by %(publisher)s")
        )
        return pattern % {"publisher": self.publisher(document.publisher)}

    def order(self, text: str) -> list[int]:
        """A key by which names come in the order of the language's alphabet. No letter of Kazakh stands in Unicode where
        its alphabet has it."""
        return [0x400 + ALPHABET.index(sign) if sign in ALPHABET else ord(sign) for sign in text.casefold()]

    def days(self, count: int) -> str:
        """A number of days; 0 is the same day."""
        if count == 0:
            return self.gettext("the same day")
        return self.ngettext("%(num)s day", "%(num)s days", count) % {"num": self.number(count)}

    def short_place(self, code: str) -> str:
        """A region's name without the word for region, for where there is room for one word."""
        generic = r"\b(region|область|облысы|город|city|қаласы|г\.)(?!\w)"
        short = re.sub(generic, "", self.name("place", code), flags=re.IGNORECASE)
        for long, brief in (("Kazakhstan", "Kaz."), ("Казахстанская", "Каз."), ("Қазақстан", "Қаз.")):
            short = short.replace(long, brief)
        return " ".join(re.sub(r"\(.*\)", "", short).split()) or self.name("place", code)

    @staticmethod
    def breakable(text: str) -> str:
        """Text that may break between syllables: browsers hyphenate few languages, and Kazakh in none.

        In all three a syllable may begin with the last consonant before a vowel; three letters stay on each side.
        """
        vowels = "aeiouyаеёиоуыэюяәіөұү"
        return re.sub(rf"(?<=\w\w\w)(?=[^\W{vowels}][{vowels}]\w)", "\u00ad", text, flags=re.IGNORECASE)

    def says_place(self, code: str, stated: str) -> bool:
        """Whether a place's name says all that a document's own name for it says."""
        named = re.sub(r"\s*\(.*", "", self.terms.texts["place", code, "name"].en).casefold()
        return re.sub(r"\s*\([^)]*not named\)$", "", stated).casefold() == named

    def leader(self, body: str) -> str:
        """The body in whose series a body's figures stand."""
        return self.terms.bodies[body].parent or body

    # --- Numbers

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def unit(self, code: str, value: float | None, *, inexact: bool = False) -> str:
        """The unit's word as it stands after a number.

        Russian puts it into the genitive after "more than" and its like: 24 человека, but более 24 человек.
        """
        if value is None:
            return self.name("unit", code)
        form = self.locale.plural_form(value)
        if inexact and self.language == "ru":
            form = {"one": "few", "few": "many"}.get(form, form)
        return self.name("unit", code, form)

    def figure(self, one: Observation) -> str:
        """A figure as firmly as it was stated: 84, about 40, more than 280, 6 to 18, or that no number was."""
        if one.bounds is None:
            return self.gettext("no number stated")
        low, high = map(self.number, one.bounds)
        if one.qualifier == "over" and self.language == "kk":
            low = f"{low}-{_ablative(one.bounds[0])}"
        return {
            "exact": "%(number)s",
            "about": self.gettext("about %(number)s"),
            "over": self.gettext("more than %(number)s"),
            "at_least": self.gettext("at least %(number)s"),
            "under": self.gettext("up to %(number)s"),
            "range": self.gettext("%(low)s to %(high)s"),
        }[one.qualifier] % {"number": low, "low": low, "high": high}

    def amount(self, one: Observation, unit: str) -> str:
        """A figure with its unit: 84 people."""
        if one.bounds is None:
            return self.figure(one)
        if unit == "rank":
            return self.gettext("rank %(number)s") % {"number": self.figure(one)}
        return f"{self.figure(one)} {self.unit_of(one, unit)}"

    def unit_of(self, one: Observation, unit: str) -> str:
        """The unit's word as it stands after this figure."""
        return self.unit(
            unit, one.bounds and one.bounds[1], inexact=one.qualifier not in ("exact", "unspecified")
        )

    # --- Dates

    def day(self, day: date) -> str:
        return self._whole(format_date(day, "long", self.locale))

    def when(self, edtf: str | None) -> str:
        """A date as precisely as it is known: a day, a month or a year."""
        if not edtf:
            return self.gettext("day not known")
        if len(edtf) == len("2019-12-12"):
            return self.day(date.fromisoformat(edtf))
        if len(edtf) == len("2019-12"):
            return self._whole(format_skeleton("yMMMM", date.fromisoformat(f"{edtf}-01"), locale=self.locale))
        return edtf

    def dated(self, one: Observation) -> str:
        """When a figure was stated, and that its document does not say so where that was inferred."""
        said = "%(day)s"
        if one.as_of_basis == "inferred":
            said = self.gettext("%(day)s (date inferred)")
        return said % {"day": self.when(one.as_of)}

    def interval(self, start: date, end: date) -> str:
        if start == end:
            return self.day(start)
        return self._whole(str(format_interval(start, end, "yMMMMd", locale=self.locale)))

    def _whole(self, written: str) -> str:
        """A date with its words written out: a full stop of an abbreviation would end our sentences, and "г." and "ж." are
        read aloud as letters. Months stand in full, and the word for year in the form that its place asks for."""
        short, long = (self.locale.months["format"][width] for width in ("abbreviated", "wide"))
        for month, name in short.items():
            written = written.replace(name, long[month]) if name.endswith(".") else written
        if self.language == "ru":
            return re.sub(r"(?<=\d)\s+г\.", " года", written)
        if self.language == "kk":
            return re.sub(r"(?<=\d)\s+ж\.", " жылғы", written)
        return written

    def period(self, one: Observation) -> str:
        """The days a figure describes."""
        start, end = one.period_start, one.period_end
        if one.period_kind == "calendar_year" and start:
            return self.gettext("the whole of %(year)s") % {"year": start.year}
        if start and end:
            return self.interval(start, end)
        if start:
            return self.gettext("from %(day)s, last day not stated") % {"day": self.day(start)}
        if end:
            return self.gettext("up to %(day)s, first day not stated") % {"day": self.day(end)}
        return self.gettext("days not stated")

    def months(self, one: Observation) -> str:
        """The part of a year in as few letters as an axis has room for; empty for a whole year."""
        start, end = one.period_start, one.period_end
        if one.period_kind != "part_year" or start is None:
            return ""
        if end is None:
            return "–?"
        if (start.month, start.day) == (1, 1):
            return f"–{format_skeleton('MMMd', end, locale=self.locale)}"
        return str(format_interval(start, end, "MMMd", locale=self.locale))

    def happened(self, incident: Incident) -> str:
        """When an incident took place, as exactly as it is known."""
        start, end = incident.date_start, incident.date_end
        if start is None or end is None:
            return self.gettext("day not known")
        if incident.date_precision == "year":
            return str(start.year) if start.year == end.year else f"{start.year}–{end.year}"
        if incident.date_precision == "month":
            if (start.year, start.month) == (end.year, end.month):
                return self._whole(format_skeleton("yMMMM", start, locale=self.locale))
            return self._whole(str(format_interval(start, end, "yMMMM", locale=self.locale)))
        if incident.date_precision == "unknown":
            between = self.gettext("between %(start)s and %(end)s")
            return between % {"start": self.day(start), "end": self.day(end)}
        return self.interval(start, end)

    # --- The program's own lists

    def coverage(self, state: CoverageState) -> str:
        """How well a year is known."""
        return {
            "known": self.gettext("known for the whole year"),
            "part": self.gettext("known for part of the year"),
            "conflict": self.gettext("figures that exclude each other"),
            "other_body": self.gettext("only another body has a figure"),
            "unquantified": self.gettext("stated without a number"),
            "no_headline": self.gettext("figures, but none that may lead"),
            "parts_only": self.gettext("figures for parts only"),
            "cases_only": self.gettext("single cases only"),
            "not_yet": self.gettext("not yet stated"),
            "none_found": self.gettext("nothing found"),
            "not_applicable": self.gettext("not searched"),
        }[state]

    def years_known(self, state: CoverageState, count: int) -> str:
        """For how many years a figure is known, and how well."""
        counted = {
            "known": self.ngettext("%(count)s full year known", "%(count)s full years known", count),
            "part": self.ngettext("%(count)s year known in part", "%(count)s years known in part", count),
            "other_body": self.ngettext(
                "%(count)s year known from another body only",
                "%(count)s years known from other bodies only",
                count,
            ),
        }
        return counted[state] % {"count": self.number(count)}

    def listed(self, name: str) -> str:
        """What a list of codes is about."""
        return {
            "legal_stage": self.gettext("Legal stages"),
            "scope": self.gettext("Scopes: which offences"),
            "population": self.gettext("Populations: which people"),
            "extent": self.gettext("Extent: the whole or a part"),
            "qualifier": self.gettext("How firmly a figure is worded"),
            "period_kind": self.gettext("Kinds of period"),
            "as_of_basis": self.gettext("How the day of a statement is known"),
            "observation_status": self.gettext("Status of a figure"),
            "confidence": self.gettext("Confidence of the reading"),
            "outcome": self.gettext("Outcomes of incidents"),
            "label": self.gettext("What incidents are called"),
            "target_type": self.gettext("Targets, alleged"),
            "source_kind": self.gettext("Kinds of document"),
            "source_read": self.gettext("How far a document was read"),
            "change_kind": self.gettext("Kinds of change"),
        }[name]

    def filter(self, name: str) -> str:
        """What a filter of incidents or documents is about."""
        return {
            "kind": self.gettext("Kind"),
            "language": self.gettext("Language"),
            "read": self.gettext("Read"),
            "publisher": self.gettext("Publisher"),
            "year": self.gettext("Year"),
            "outcome": self.gettext("Outcome"),
            "region": self.gettext("Region today"),
            "classification": self.gettext("Called"),
            "target": self.gettext("Target, alleged"),
            "words": self.gettext("Words"),
            "since": self.gettext("First day"),
            "until": self.gettext("Last day"),
        }[name]

    def group(self, code: str) -> str:
        """What the indicators of a group are about."""
        return {
            "stages": self.gettext("From detention to sentence"),
            "plots": self.gettext("Plots, attacks and the people they harmed"),
            "abroad": self.gettext("Conflict zones and borders"),
            "prevention": self.gettext("Prevention and content"),
            "indexes": self.gettext("Indexes and shares"),
            "other": self.gettext("Other"),
        }[code]

    # --- Sentences

    def searched(self, panel: Panel) -> str:
        return self.gettext("last searched on %(day)s") % {"day": self.day(panel.indicator.searched_on)}

    def instead(self, cell: Cell, panel: Panel) -> str:
        """What a year without a headline has to say, and what there is instead."""
        body = self.name("body", cell.stated_by)
        if panel.as_of and cell.status in ("not_yet", "none_found"):
            said = [self.gettext("No national figure stated by %(day)s") % {"day": self.day(panel.as_of)}]
        elif cell.status == "none_found":
            said = [self.gettext("No national figure found")]
        else:
            own = any(one.extent == "national" for one in cell.others)
            pattern = (
                self.gettext("%(body)s: no figure that may lead the year")
                if own
                else self.gettext("%(body)s: no national figure")
            )
            said = [pattern % {"body": body}]
        if any(other.year == cell.year and other.shown for other in panel.on_axis):
            said.append(self.gettext("another body has one"))
        current = [one for one in cell.others if one.status == "current"]
        if parts := sum(one.extent != "case" for one in current):
            counted = self.ngettext("%(count)s figure for a part", "%(count)s figures for parts", parts)
            said.append(counted % {"count": self.number(parts)})
        if cases := len(current) - parts:
            counted = self.ngettext("%(count)s figure of a case", "%(count)s figures of single cases", cases)
            said.append(counted % {"count": self.number(cases)})
        return "; ".join(said)

    def caveats(self, cell: Cell, panel: Panel) -> list[str]:
        """What a reader must know before repeating the cell's figure: one sentence each, from its fields."""
        one = cell.shown
        said: list[str] = []
        if one is None:
            searched = "" if panel.as_of else f" ({self.searched(panel)})"
            said.append(f"{self.instead(cell, panel)}{searched}.")
            return said
        if one.period_kind == "part_year":
            if one.period_end is None:
                said.append(self.gettext("The last day was not stated, so this may not be the whole year."))
            else:
                said.append(
                    self.gettext("Covers %(period)s, not the whole year.") % {"period": self.period(one)}
                )
        elif one.period_kind == "calendar_year" and (first := _before_its_end(cell)):
            said.append(
                self.gettext(
                    "First stated in %(day)s, before the year was over; the document shown words it as the whole year."
                )
                % {"day": self.when(first)}
            )
        elif one.period_kind == "multi_year":
            said.append(self.gettext("Covers several years and belongs to none of them."))
        elif one.period_kind == "undefined":
            said.append(self.gettext("Which days it covers was not stated."))
        if one.status == "retracted":
            said.append(self.gettext("Retracted by the body that stated it."))
        elif one.status == "stale_repeat":
            said.append(self.gettext("An outdated figure, printed again."))
        if one.confidence == "low":
            said.append(self.gettext("Of low confidence; see the note at its source."))
        said.extend(self.another_stage(one, other, panel.documents) for other in cell.retold)
        if any((back.scope, back.qualifier) != (one.scope, one.qualifier) for back in cell.backing):
            said.append(self.gettext("Some documents tell the same number with another scope or firmness."))
        if elsewhere := _printed_otherwise(cell):
            said.append(
                self.gettext("The same statement is printed elsewhere as %(figure)s.")
                % {"figure": self.figure(elsewhere)}
            )
        documents = len({backing.source for backing in cell.backing})
        if documents > cell.n_origins:
            said.append(
                (
                    self.gettext("%(documents)s documents carry it, but it was stated once.")
                    if cell.n_origins == 1
                    else self.gettext(
                        "%(documents)s documents carry it, but it was stated %(origins)s times."
                    )
                )
                % {"documents": self.number(documents), "origins": self.number(cell.n_origins)}
            )
        return said

    def another_stage(self, one: Observation, other: Observation, documents: Mapping[str, Source]) -> str:
        """That a figure's statement is told elsewhere as another legal stage. A body's own document retells nothing."""
        mine, others = (self.speaks_itself(each, documents[each.source]) for each in (one, other))
        pattern = self.gettext(
            "The same statement is retold as “%(indicator)s” by %(publisher)s: another legal stage."
        )
        if others and mine:
            pattern = self.gettext(
                "Another document of the body itself, published by %(publisher)s, says “%(indicator)s” of the same statement: another legal stage."
            )
        elif others:
            pattern = self.gettext(
                "A retelling: the body’s own document, published by %(publisher)s, says “%(indicator)s”, which is another legal stage."
            )
        return pattern % {
            "indicator": self.name("indicator", other.indicator),
            "publisher": self.publisher(documents[other.source].publisher),
        }

    def language_name(self, code: str) -> str:
        """A language's name, in this one."""
        return str(self.locale.languages.get(code, code))

    def sentence_case(self, text: str) -> str:
        return text[:1].upper() + text[1:]

    def stated(self, one: Observation, dated: str = "") -> str:
        """Who stated it, and when."""
        return self.gettext("%(body)s, %(day)s") % {
            "body": self.name("body", one.stated_by),
            "day": dated or self.when(one.as_of),
        }

    def document(self, source: Source, one: Observation | None = None) -> str:
        """A document as a reader would look for it."""
        where = f", {self.locator(one.locator)}" if one else ""
        return f"{self.publisher(source.publisher)}, {self.when(source.published)}{where}"

    def locator(self, locator: str) -> str:
        """Where in the document, in the page's language."""
        found = LOCATOR.fullmatch(locator)
        if found is None:
            return self.own(locator)
        said = [self.gettext("opening")] if found["opening"] else []
        if found["paragraph"]:
            said.append(self.gettext("paragraph %(number)s") % {"number": found["paragraph"]})
        return ", ".join(said)


def _before_its_end(cell: Cell) -> str | None:
    """When a full year's number was first stated, if that was before the year was over."""
    one = cell.shown
    said = [back.as_of for back in cell.backing if one and back.origin == one.origin and back.as_of]
    early = [day for day in said if one and one.period_end and last_day(day) <= one.period_end]
    return min(early, default=None)


def _printed_otherwise(cell: Cell) -> Observation | None:
    """Another number for the same days from the same act of stating, if a document has one that is surely read."""
    one = cell.shown
    alike = [
        other
        for other in cell.others
        if one
        and other.origin == one.origin
        and (other.scope, other.population, other.period_start)
        == (one.scope, one.population, one.period_start)
        and other.bounds is not None
        and other.confidence != "low"
    ]
    return next(iter(alike), None)


PROPER_NAMES = ("Kazakh", "Global Terrorism", "January", "Казах", "Қазақ", "Қаңтар")
"""How names begin that keep their capital inside a sentence."""


def _ablative(number: float) -> str:
    """The ending of a Kazakh numeral before "астам" (more than): it follows the last word of the number as it is said."""
    whole = int(number)
    small = next((whole % step for step in (10, 100) if whole % step), None)
    # A round number ends with the name of its largest round part: three hundred, eleven thousand.
    return (
        ABLATIVE[small or next(step for step in (1_000_000, 1000, 100) if whole % step == 0)]
        if whole
        else "ден"
    )


ABLATIVE = {
    **dict.fromkeys((6, 9, 20, 30), "дан"),
    **dict.fromkeys((0, 1, 2, 7, 8, 50, 100), "ден"),
    **dict.fromkeys((3, 4, 5, 70), "тен"),
    **dict.fromkeys((40, 60), "тан"),
    **dict.fromkeys((10, 90, 1000, 1_000_000), "нан"),
    80: "нен",
}
