"""A chart as a Plotly figure, for a reader who plays with it: the same marks in the same places as the SVG."""

from typing import Any

import plotly.graph_objects as go
from markupsafe import escape

from app.charts.drawn import labels
from app.charts.labels import Label
from app.charts.marks import FOOT, HEIGHT, TOP, Chart, Mark, Slot


def plotly(chart: Chart) -> str:
    """The chart as a Plotly figure in JSON, laid out as the SVG is: the same slots, bars, labels and letters.

    Colours are names of the page's own style (`var(--hue-1)`), which the page puts in; so the figure is the same
    in a light and a dark theme.
    """
    figure = go.Figure()
    numbers = labels(chart)
    tall = HEIGHT + numbers.head
    count = len(chart.slots)
    first = chart.slots[0].year if chart.slots else 0

    def place(share: float) -> float:
        return share * count + first - 0.5

    for look in dict.fromkeys((mark.key, mark.weave) for mark in chart.marks):
        marks = [mark for mark in chart.marks if (mark.key, mark.weave) == look]
        one = marks[0]
        colour, ground = f"var(--hue-{one.hue})", "var(--paper)"
        said: dict[str, Any] = {
            "name": one.letter,
            "x": [place(mark.at + mark.width / 2) for mark in marks],
            "y": [mark.height for mark in marks],
            "text": [mark.label for mark in marks],
            "textfont": {"weight": 600},
            "customdata": [[mark.observation.id, mark.year] for mark in marks],
            "hovertext": ["<br>".join(map(_plain, (*mark.lines, *mark.retold))) for mark in marks],
            "hoverinfo": "text",
            "cliponaxis": False,
        }
        if one.stage:
            figure.add_scatter(
                **said,
                mode="markers",
                marker={
                    "symbol": "diamond",
                    "size": 11,
                    "color": ground,
                    "line": {"color": colour, "width": 2},
                },
            )
            continue
        figure.add_bar(
            **said,
            width=[mark.width * count for mark in marks],
            # Where a number has another place than in the middle above its bar, it is written there.
            textposition=["none" if numbers.of[m.observation.id].moved else "outside" for m in marks],
            textangle=0,
            constraintext="none",  # else a number shrinks with its bar
            marker={
                "color": colour if one.leads and not one.hatched else ground,
                "line": {"color": colour, "width": 2},
                "pattern": _pattern(one, colour, ground),
            },
        )
        for mark in marks:
            for rival in mark.rivals:
                figure.add_scatter(
                    x=[place(mark.at + mark.width / 2)],
                    y=[rival.height],
                    customdata=[[mark.observation.id, mark.year]],
                    text=[rival.label],
                    textposition="middle "
                    + ("left" if numbers.rivals[mark.observation.id, rival.label].moved else "right"),
                    textfont={"size": 12},
                    mode="markers+text",
                    hoverinfo="text",
                    hovertext=[_plain(rival.label)],
                    cliponaxis=False,
                    marker={
                        "symbol": "circle",
                        "size": 10,
                        "color": ground,
                        "line": {"color": colour, "width": 2},
                    },
                    error_y={
                        "type": "data",
                        "symmetric": False,
                        "array": [max(0, mark.height - rival.height)],
                        "arrayminus": [max(0, rival.height - mark.height)],
                        "color": "var(--ink)",
                        "width": 0,
                    },
                )
        if any(mark.observation.qualifier == "range" for mark in marks):
            figure.data[-1].error_y = {
                "type": "data",
                "symmetric": False,
                "array": [0] * len(marks),
                "arrayminus": [mark.height - (mark.observation.low or mark.height) for mark in marks],
                "color": "var(--ink)",
            }
    for slot in chart.slots:
        if slot.empty:
            figure.add_annotation(
                x=slot.year,
                y=0,
                yshift=22,
                name="gap",
                text="<br>".join([slot.sign, *_plain(slot.empty).split(" ", 1)]),
                showarrow=False,
                font={"size": 11, "color": "var(--quiet)"},
                captureevents=False,
            )
        if len(slot.letters) > 1:
            for at, letters in slot.letters:
                figure.add_annotation(
                    name="letter",
                    x=place(at),
                    y=0,
                    yanchor="bottom",
                    yshift=-56,
                    text=letters,
                    showarrow=False,
                    font={"size": 11, "weight": 600, "color": "var(--quiet)"},
                    captureevents=False,
                )
    for label in numbers.of.values():
        if label.moved:
            figure.add_annotation(
                name="value",
                x=place(label.at),
                xshift=label.dx,
                xanchor={"start": "left", "middle": "center", "end": "right"}[label.anchor],
                y=0,
                yanchor="bottom",
                yshift=HEIGHT - FOOT - label.y - 5,
                text=_written(label),
                showarrow=False,
                font={"size": 13, "weight": 600, "color": "var(--ink)"},
                captureevents=False,
            )
    figure.update_layout(
        template=None,
        barmode="overlay",
        height=tall,
        margin={"l": 0, "r": 0, "t": 0, "b": FOOT},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "var(--sans)", "size": 13, "color": "var(--ink)"},
        showlegend=False,
        dragmode="zoom",
        hoverlabel={
            "align": "left",
            "bgcolor": "var(--paper)",
            "bordercolor": "var(--ink)",
            "font": {"size": 13},
        },
        xaxis={
            "range": [first - 0.5, first + count - 0.5],
            "tickvals": [slot.year for slot in chart.slots],
            "ticktext": [_tick(slot) for slot in chart.slots],
            "showgrid": False,
            "zeroline": False,
            "showline": True,
            "linecolor": "var(--ink)",
            "ticks": "outside",
            "ticklen": 1.5,  # with Plotly's own distance the letters stand as in the drawing
            "tickcolor": "rgba(0,0,0,0)",
            "automargin": False,
        },
        yaxis={
            "range": [0, chart.top * (tall - FOOT) / (HEIGHT - FOOT - TOP)],
            "visible": False,
            "fixedrange": True,
        },
    )
    return str(figure.to_json())


def _tick(slot: Slot) -> str:
    """Year, days and letter; several letters stand under their own marks. The page's style gives the spans the looks that
    the drawing gives its lines."""
    small = (_plain(slot.days), slot.letters[0][1] if len(slot.letters) == 1 else "")
    return "<br>".join([str(slot.year), *(f"<span>{text}</span>" if text else "" for text in small)])


def _pattern(mark: Mark, colour: str, ground: str) -> dict[str, Any]:
    """What a bar is woven of, as the drawing weaves it."""
    if mark.hatched:
        shape, on, under = ("/", "\\", "x")[mark.weave % 3], colour, ground
    else:
        shape = "" if not mark.weave else "." if mark.weave % 2 else "+"
        on, under = (ground, colour) if mark.leads else (colour, ground)
    solidity = 0.5 if mark.leads and mark.hatched else 0.2
    return {"shape": shape, "fgcolor": on, "bgcolor": under, "size": 6, "solidity": solidity}


def _written(label: Label) -> str:
    """A number with what stands beside it, to which the page's style gives its looks."""
    beside = f"<span>{_plain(label.beside)}</span>" if label.beside else ""
    return "<br>".join(map(_plain, label.lines)) + beside


def _plain(text: str) -> str:
    """Plotly reads some markup in its labels; ours has none."""
    return str(escape(text))
