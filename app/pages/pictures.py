"""Charts at addresses of their own: as SVG and PNG, and as the picture of a link, each in the state of its page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import Response

from app import charts, deps
from app.charts import Caption, Piece
from app.deps import AskedThen, Reading, reading
from app.pages import sharing
from app.pages.citations import Offer, citable, of_chart, offer, sent
from app.pages.rendering import lasting, link, router, settings_of
from app.pages.sharing import Frame, Image


@dataclass(frozen=True)
class Picture:
    """What a chart's picture shows."""

    name: str
    """Of its file."""
    pieces: tuple[Piece, ...]
    caption: Caption
    columns: int = 1
    title: str = ""
    """How it is called where it is cited; empty: as in its caption."""
    chart: str = ""
    """Which of several on its page it is; empty: the one, or all of them."""


@dataclass(frozen=True)
class Taken:
    """How a chart is taken away from its page."""

    png: str
    svg: str
    permalink: str
    frame: Frame
    cite: Offer


Draw = Callable[[Request, Reading[Any]], Picture]


def pictured(path: str, shape: type[AskedThen]) -> Callable[[Draw], Draw]:
    """Serves what is drawn under a page's path with `.svg`, `.png` and `.social.png`, and how it is cited, asked as the page
    is."""

    def register(draw: Draw) -> Draw:
        @router.get(f"{path}.svg")
        def svg(request: Request, held: Annotated[Reading[Any], reading(shape)]) -> Response:
            shown = draw(request, held)
            drawing = charts.picture(shown.pieces, shown.caption, shown.columns)
            headers = sharing.file_headers(held, shown.name, "svg")
            return Response(drawing, media_type="image/svg+xml", headers=headers)

        @router.get(f"{path}.png")
        def png(request: Request, held: Annotated[Reading[Any], reading(shape)]) -> Response:
            shown = draw(request, held)
            drawing = charts.picture(shown.pieces, shown.caption, shown.columns)
            headers = sharing.file_headers(held, shown.name, "png")
            return Response(charts.png(drawing), media_type="image/png", headers=headers)

        @router.get(f"{path}.social.png")
        def social(
            request: Request, held: Annotated[Reading[Any], reading(deps.with_width(shape))]
        ) -> Response:
            shown = draw(request, held)
            return sharing.picture(
                held, charts.social(shown.pieces, shown.caption, shown.columns), shown.name
            )

        @citable(path)
        def cited(request: Request, held: Annotated[Reading[Any], reading(shape)]) -> Response:
            shown = draw(request, held)
            title = shown.title or shown.caption.title
            return sent(request, held, of_chart(held, title, shown.caption.address, shown.chart))

        return draw

    return register


def caption(
    request: Request, held: Reading[Any], address: str, title: str, brief: str, kept: str = "", **more: Any
) -> Caption:
    """What a picture says beside its charts; `address` is the lasting one of its page."""
    rest = held.words.gettext("More stands on the page.")
    source, base = sharing.source_line(held), settings_of(request).base
    return Caption(sharing.site_name(held), title, brief, kept, source, base + address, rest, **more)


def taken(
    held: Reading[Any],
    base: str,
    path: str,
    asked: Mapping[str, Any],
    title: str,
    heights: tuple[int, int],
    chart: str = "",
) -> Taken:
    """How a chart is taken from the page at a path, in the state that was asked for: its files, its frame, so high where it
    is wide and where it is narrow, and how it is cited."""
    one = {**asked, "chart": chart}
    image = Image(base + lasting(held, f"{path}.social.png", one), title)
    where = lasting(held, path, asked)
    return Taken(
        link(held, f"{path}.png", one),
        link(held, f"{path}.svg", one),
        where,
        Frame(base, link(held, path, asked), title, *heights, image, chart),
        offer(held, of_chart(held, title, base + where, chart), path, one),
    )
