"""How a figure, a chart, an incident or the whole record is cited: as a text to copy, and for programs that keep references.

What is cited is what one release of the record holds; of a figure every form also says whose it is and in which document it
stands. No day of access is given: the address names its release, so it shows the same on every day.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from app.exports.rows import LICENSE_ADDRESS
from app.i18n import Words
from app.models import Incident, Observation, Release, Source

AUTHOR = "Derek contributors"
"""As in CITATION.cff, in every language: one author must not become three in a list of references."""
LICENCE = "CC BY 4.0"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
BABEL = {"en": "english", "ru": "russian", "kk": "kazakh"}
"""What LaTeX calls the languages."""


@dataclass(frozen=True)
class Statement:
    """Of one figure: who stated it, and in which document it was read."""

    body: str
    stated: str
    """The body and the day, in a line."""
    document: str
    """Publisher, title, day and place in the document, in a line."""
    title: str
    quoted: str
    """The title as it stands in that line, in quotation marks if it is the document's own."""
    language: str
    """Of the title."""
    publisher: str
    published: str | None
    """Day, month or year."""
    url: str
    """Empty where the document has no address."""
    remark: str = ""
    """What whoever cites it has to say along: that it was taken back, or is in doubt."""


@dataclass(frozen=True)
class Citation:
    """What is cited, in one language and of one release."""

    key: str
    """Names it among other references, and its files."""
    title: str
    whole: str
    """The title of the dataset."""
    recorded: str
    """Title and release of the dataset, in a line."""
    publisher: str
    version: str
    digest: str
    dated: date
    address: str
    language: str
    statement: Statement | None = None

    @property
    def is_whole(self) -> bool:
        return self.title == self.whole

    @property
    def edition(self) -> str:
        return f"{self.version} ({self.digest[:12]})"

    @property
    def notes(self) -> tuple[str, ...]:
        """What programs that keep references have no field for."""
        told = self.statement
        stated = (told.stated, told.remark, told.document, told.url) if told else ()
        return (*(one for one in stated if one), self.recorded, LICENCE)


# --- What is cited ------------------------------------------------------------------------------------------


def whole(key: str, release: Release, words: Words, address: str) -> Citation:
    """The dataset."""
    title = words.gettext("Derek: Kazakhstan’s counter-terrorism figures as stated")
    return part(key, title, release, words, address)


def part(
    key: str,
    title: str,
    release: Release,
    words: Words,
    address: str,
    statement: Statement | None = None,
) -> Citation:
    """A part of the dataset by its title."""
    name = words.gettext("Derek: Kazakhstan’s counter-terrorism figures as stated")
    recorded = words.gettext("%(dataset)s [dataset], release %(version)s (%(digest)s), %(day)s") % {
        "dataset": name,
        "version": release.version,
        "digest": release.digest[:12],
        "day": words.day(release.dated),
    }
    if statement:
        recorded = words.gettext("Recorded in %(record)s") % {"record": recorded}
    return Citation(
        key,
        title.removesuffix("."),
        name,
        recorded,
        words.gettext("Derek"),
        release.version,
        release.digest,
        release.dated,
        address,
        words.language,
        statement,
    )


def statement(one: Observation, source: Source, words: Words, beside: Iterable[str] = ()) -> Statement:
    """Who stated a figure, and where it was read; `beside` is what has to be said along with it."""
    title, language = words.titled(source)
    # A title in square brackets is not the document's own, and stands in no quotation marks.
    quoted = title if title.startswith("[") else words.gettext("“%(title)s”") % {"title": title}
    document = words.gettext("In: %(publisher)s, %(title)s, %(day)s, %(where)s") % {
        "publisher": words.publisher(source.publisher),
        "title": quoted,
        "day": words.when(source.published),
        "where": words.locator(one.locator),
    }
    return Statement(
        words.name("body", one.stated_by),
        words.gettext("Stated by: %(who)s") % {"who": words.stated(one, dated=words.dated(one))},
        document,
        title,
        quoted,
        language,
        words.publisher(source.publisher),
        source.published,
        source.url or "",
        ". ".join((*_remarks(one, words), *beside)),
    )


def _remarks(one: Observation, words: Words) -> Iterable[str]:
    if one.status != "current":
        yield words.name("observation_status", one.status)
    if one.confidence == "low":
        yield words.sentence_case(words.gettext("of low confidence"))


def incident_title(incident: Incident, words: Words) -> str:
    """An incident with its days, where they are known."""
    title = words.name("incident", incident.id, "title")
    return f"{title} ({words.happened(incident)})" if incident.date_start else title


# --- In four forms ------------------------------------------------------------------------------------------


def text(one: Citation) -> str:
    """To copy into a footnote. No full stop follows an address, so that none becomes a part of it."""
    told = one.statement
    sentences = [f"{AUTHOR} ({one.dated.year})"]
    sentences += [] if one.is_whole else [one.title]
    sentences += [told.remark, told.document, told.url] if told else []
    sentences += [one.recorded, LICENCE, _address(one.address)]
    return line(" ".join(map(_ended, filter(None, sentences)))) + "\n"


def bibtex(one: Citation) -> str:
    """An entry for BibTeX and BibLaTeX, which read UTF-8. Its type is the one that every style knows."""
    told = one.statement
    fields = {
        # A second pair of braces keeps capitals, and a name that is nobody's from being taken apart.
        "author": f"{{{_latex(AUTHOR)}}}",
        "title": f"{{{_latex(one.title)}}}",
        "year": str(one.dated.year),
        "publisher": f"{{{_latex(one.publisher)}}}",
        "version": _latex(one.edition),
        # Of what holds an address this alone is printed by every style, and by none twice; a bare address needs no package,
        # and programs that keep references take it for that of the entry.
        "howpublished": _latex(_address(one.address)),
        "note": _latex(" ".join(map(_ended, one.notes))),
        "copyright": _latex(LICENCE),
        "digest": one.digest,
        "langid": BABEL[one.language],
    }
    if told:
        fields["origtitle"] = f"{{{_latex(told.title)}}}"
        fields["origpublisher"] = f"{{{_latex(told.publisher)}}}"
        fields |= {"origdate": told.published} if told.published else {}
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    lines.insert(3, f"  month = {MONTHS[one.dated.month - 1]},")
    key = re.sub(r"[^0-9A-Za-z_.:-]", "-", one.key)
    return "\n".join([f"@misc{{{key},", *lines, "}"]) + "\n"


def ris(one: Citation) -> str:
    """A record of type data set. Each tag has one line, however the text is broken."""
    fields = [
        ("TY", "DATA"),
        ("ID", one.key),
        ("AU", AUTHOR),
        ("TI", one.title),
        *([] if one.is_whole else [("T2", one.whole)]),
        ("PY", str(one.dated.year)),
        ("DA", f"{one.dated:%Y/%m/%d}"),
        ("PB", one.publisher),
        ("ET", one.edition),
        ("UR", _address(one.address)),
        ("LA", one.language),
        *(("N1", note) for note in one.notes),
        ("N1", f"SHA-256: {one.digest}"),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {line(value)}\r\n" for tag, value in fields)


def csl(one: Citation) -> str:
    """CSL-JSON: a list of one item."""
    told = one.statement
    item: dict[str, Any] = {
        "id": one.key,
        "type": "dataset",
        "title": line(one.title),
        "author": [{"literal": AUTHOR}],
        "issued": {"date-parts": [[one.dated.year, one.dated.month, one.dated.day]]},
        "publisher": line(one.publisher),
        "version": line(one.edition),
        "URL": _address(one.address),
        "language": one.language,
        "note": line(" ".join(map(_ended, one.notes))),
        "custom": {"digest": one.digest, "license": LICENSE_ADDRESS},
    }
    if not one.is_whole:
        item["container-title"] = line(one.whole)
    if told:
        item["original-author"] = [{"literal": line(told.body)}]
        item["original-title"] = line(told.title)
        item["original-publisher"] = line(told.publisher)
        if told.published:
            item["original-date"] = {"date-parts": [[int(each) for each in told.published.split("-")]]}
        if told.url:
            item["custom"]["original-url"] = told.url
    return json.dumps([item], ensure_ascii=False, indent=2) + "\n"


FORMS: Mapping[str, tuple[str, str, Callable[[Citation], str]]] = {
    ".bib": ("BibTeX", "application/x-bibtex; charset=utf-8", bibtex),
    ".ris": ("RIS", "application/x-research-info-systems; charset=utf-8", ris),
    ".csl.json": ("CSL-JSON", "application/vnd.citationstyles.csl+json", csl),
    ".txt": ("TXT", "text/plain; charset=utf-8", text),
}
"""By the ending of an address: the form's name, its media type, and who writes it."""


# --- Signs --------------------------------------------------------------------------------------------------

LATEX = {
    "\\": r"\textbackslash{}",
    # BibTeX counts braces, escaped ones too, so these two come by name. In the text of some fonts they have none.
    "{": r"\ensuremath{\lbrace}",
    "}": r"\ensuremath{\rbrace}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "#$%&_"},
}


def _latex(text: str) -> str:
    """A text as LaTeX prints it: signs that it would obey are escaped, and two that it would join are kept apart."""
    escaped = "".join(LATEX.get(sign, sign) for sign in line(text))
    return re.sub(r"(?<=([-'`]))(?=\1)", "{}", escaped)


def line(text: str) -> str:
    """A text without breaks and control characters. Spaces that hold a number together stay."""
    return re.sub(r"(?:[^\S\u00a0\u202f]|[\x00-\x1f\x7f-\x9f])+", " ", text).strip()


def _ended(sentence: str) -> str:
    """A sentence with its full stop, unless it is an address."""
    closed = sentence.endswith((".", "!", "?", "…")) or sentence.startswith(("https://", "http://"))
    return sentence if closed else f"{sentence}."


def _address(address: str) -> str:
    """An address in signs that mean nothing to any of the forms."""
    return quote(line(address), safe="%:/?#[]@!$&'()*+,;=~-._")
