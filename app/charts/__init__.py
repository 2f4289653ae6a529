"""A panel as a picture: one chart, drawn twice with the same marks in the same places. Nothing here sees a session.

marks     which marks stand where, what they look like and what they say
drawn     as SVG: first paint, print, scripts off
pictures  as a file of its own, SVG or PNG, with its source inside
social    as the picture that goes along with a link, or a figure in large digits
lettering how much room words take there
timeline  incidents on a line of years
lags      days from event to disclosure
steps     how a number moved from statement to statement
played    as a Plotly figure, which takes the drawing's place when someone plays with it
"""

from app.charts.drawn import dots, lane, sideways, small, svg
from app.charts.lags import lag, scale
from app.charts.marks import HEIGHT, Chart, Dated, brief, by_date, by_year, highest, lines, reading
from app.charts.pictures import picture, png, style
from app.charts.played import plotly
from app.charts.social import CARD, Claim, card, social
from app.charts.steps import steps
from app.charts.timeline import symbol, timeline

__all__ = [
    "CARD",
    "HEIGHT",
    "Chart",
    "Claim",
    "Dated",
    "brief",
    "by_date",
    "by_year",
    "card",
    "dots",
    "highest",
    "lag",
    "lane",
    "lines",
    "picture",
    "plotly",
    "png",
    "reading",
    "scale",
    "sideways",
    "small",
    "social",
    "steps",
    "style",
    "svg",
    "symbol",
    "timeline",
]
