"""What goes along with a link to a page: its picture, its address in its state, and the frame in which another site shows
its chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from markupsafe import escape

from app import caching, charts
from app.charts import lettering
from app.deps import TRACKING, Reading
from app.i18n import LANGUAGES, Words
from app.models import Observation

LOCALES: Mapping[str, str] = {"en": "en_GB", "ru": "ru_RU", "kk": "kk_KZ"}
"""Languages as Open Graph names them."""
WIDTH, NARROW = 720, 640
"""Of a frame, in pixels: as it is offered, and under which years run downwards."""


@dataclass(frozen=True)
class Image:
    """A picture for a link. Its address is absolute and names its release, so that it keeps showing what it shows."""

    address: str
    alt: str
    width: int = charts.CARD[0]
    height: int = charts.CARD[1]


@dataclass(frozen=True)
class Frame:
    """A chart as pages of other sites show it."""

    base: str
    path: str
    """Of the page that the chart is from, in its state."""
    title: str
    height: int
    """Of the frame at its usual width, in pixels."""
    tall: int
    """Of a frame so narrow that years run downwards."""
    image: Image
    chart: str = ""
    """Which of its page's charts it is, where it is not the one that stands for the page."""

    @property
    def oembed(self) -> str:
        return f"{self.base}/oembed?{urlencode({'url': self.embed if self.chart else self.base + self.path})}"

    @property
    def embed(self) -> str:
        return _asking(f"{self.base}/embed{self.path}", "chart", self.chart)

    @property
    def code(self) -> str:
        """What an editor pastes."""
        return self.html(WIDTH, self.height)

    def html(self, width: int, height: int, theme: str = "auto") -> str:
        address = _asking(self.embed, "theme", "" if theme == "auto" else theme)
        return (
            f'<iframe src="{escape(address)}" title="{escape(self.title)}" width="{width}" height="{height}" '
            'loading="lazy" style="border:0;max-width:100%"></iframe>'
        )


def _asking(address: str, name: str, value: str) -> str:
    """An address that asks for one thing more, if for anything."""
    return f"{address}{'&' if '?' in address else '?'}{name}={value}" if value else address


TALLEST = 900
"""Of a frame with a list, in pixels; what is longer is moved within it, and its source stays in sight below."""


def frame_height(across: int, *texts: str, drawn: int, rows: int, keys: Sequence[str] = ()) -> int:
    """How high a frame has to be for what stands in it: texts, drawings of so many pixels, single lines, and a key. Letters
    are counted at their widest, so that nothing is cut where a reader's font is wider."""
    room = across - 32
    words = sum(len(lettering.lines(text, 15, room - 10)) * 23 + 10 for text in texts if text)
    x, signs = 0.0, 25 if keys else 0
    for key in keys:
        wide = lettering.width(key, 15) + 60
        if x and x + wide > room:
            x, signs = 0.0, signs + 25
        signs += 23 * (len(lettering.lines(key, 15, room - 40)) - 1)
        x += wide
    return -(-round(words + signs + drawn + rows * 34 + 68) // 10) * 10


def told(request: Request, held: Reading[Any], image: Image, base: str) -> Mapping[str, Any]:
    """What a page says of itself to whoever shows a link to it."""
    query = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if value and not TRACKING.fullmatch(name)
    ]
    asked = f"?{urlencode(sorted(query), safe=',')}" if query else ""
    language = held.words.language
    return {
        "url": f"{base}{quote(request.scope['path'])}{asked}",
        "image": image,
        "locale": LOCALES[language],
        "others": [LOCALES[other] for other in LANGUAGES if other != language],
    }


# --- Pictures -----------------------------------------------------------------------------------------------


def picture(held: Reading[Any], drawing: str, name: str) -> Response:
    """A drawn picture as PNG, as wide as it was asked for."""
    content = charts.png(drawing, held.asked.width)
    return Response(content, media_type="image/png", headers=file_headers(held, f"{name}-social", "png"))


def card(
    held: Reading[Any],
    base: str,
    address: str,
    title: str,
    claims: tuple[charts.Claim, ...] = (),
    said: tuple[str, ...] = (),
    caution: str = "",
) -> str:
    """A picture of figures in large digits, with its release inside."""
    return charts.card(site_name(held), title, claims, said, caution, source_line(held), f"{base}{address}")


def not_told(held: Reading[Any], base: str, address: str, title: str) -> str:
    """A picture of what the public had been told nothing of by the day that is asked for."""
    words = held.words
    told = words.gettext("By %(day)s the public had not been told of this.")
    return card(
        held,
        base,
        address,
        title,
        said=(told % {"day": words.day(held.vintage.as_of or held.release.dated)},),
    )


def claim(held: Reading[Any], one: Observation, unit: str, *, named: bool = True) -> charts.Claim:
    """A figure in large digits: what it counts, if no title says that; which offences and people, about which days, and who
    said so and when."""
    words = held.words
    counts = unit in ("people", "plots", "attacks")
    people = "" if one.population == "all" else f"; {words.inside('population', one.population)}"
    name = f"{words.name('indicator', one.indicator)}; " if named else ""
    counted = words.sentence_case(f"{name}{words.inside('scope', one.scope)}{people}")
    figure = words.figure(one) if counts or one.bounds is None else words.amount(one, unit)
    return charts.Claim(figure, (counted, words.sentence_case(words.period(one)), stated(one, words)))


def stated(one: Observation, words: Words) -> str:
    """Who stated a figure and when, and whether it no longer stands or was not surely read."""
    doubts = [words.inside("observation_status", one.status)] if one.status != "current" else []
    doubts += [words.gettext("of low confidence")] if one.confidence == "low" else []
    return "; ".join([words.stated(one), *doubts])


def site_name(held: Reading[Any]) -> str:
    gettext = held.words.gettext
    return f"{gettext('Derek')} · {gettext('Kazakhstan’s counter-terrorism figures, each with its witness')}"


def file_headers(held: Reading[Any], name: str, ending: str) -> dict[str, str]:
    """Of a picture that is a file of its own."""
    then = f"-as-of-{held.vintage.as_of}" if held.vintage.as_of else ""
    file = f"derek-{name}-{held.release.version}{then}-{held.words.language}.{ending}"
    return {
        "Content-Disposition": f'inline; filename="{file}"',
        "Content-Language": held.words.language,
        "Derek-Release": held.release.digest,
        "Content-Security-Policy": caching.picture_policy(charts.style()),
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def source_in_frame(held: Reading[Any]) -> str:
    """The last words of a frame: whose it is, and where the rest is."""
    return f"{source_line(held)} {held.words.gettext('See all figures and their sources')}"


def as_known(held: Reading[Any]) -> str:
    """Of which day it is; empty for what is known today."""
    if held.vintage.as_of is None:
        return ""
    return held.words.gettext("As known on %(day)s.") % {"day": held.words.day(held.vintage.as_of)}


def source_line(held: Reading[Any]) -> str:
    """Whose a picture or a chart is, of which release, and as of which day."""
    said = held.words.gettext(
        "Source: Derek, release %(release)s (%(digest)s), data through %(day)s. Every figure is as one source stated it. "
        "CC BY 4.0."
    ) % {
        "release": held.release.version,
        "digest": held.release.digest[:12],
        "day": held.words.day(held.release.dated),
    }
    if held.vintage.as_of is None:
        return said
    then = as_known(held)
    return f"{then} {said}"
