"""A panel as a picture: one chart, drawn twice with the same marks in the same places. Nothing here sees a session.

marks     which marks stand where, what they look like and what they say
labels    where their numbers stand, so that none is cut or lies on another
drawn     as SVG: first paint, print, scripts off
pictures  as a file of its own, SVG or PNG, with its source inside, and as the picture of a link
cards     figures in large digits, as the picture of a link
paper     what such pictures are drawn on, and how they become PNG
lettering how much room words take there
squares   a map of tiles, units that are counted and years covered, for pictures
timeline  incidents on a line of years
lags      days from event to disclosure
steps     how a number moved from statement to statement
played    as a Plotly figure, which takes the drawing's place when someone plays with it
"""

from app.charts.cards import Claim, card, large
from app.charts.drawn import dots, height, lane, part, sideways, sign, small, small_height, svg
from app.charts.lags import lag, scale, scaled, waited
from app.charts.marks import HEIGHT, Chart, Dated, brief, by_date, by_year, highest, lines, reading
from app.charts.paper import CARD, Signs, png, style, written
from app.charts.pictures import Caption, Piece, keyed, one_of_several, picture, social, whole
from app.charts.played import plotly
from app.charts.squares import SIGNS, counted, covered, headed, states, tile_map
from app.charts.steps import steps
from app.charts.timeline import symbol, timeline, when

__all__ = [
    "CARD",
    "HEIGHT",
    "SIGNS",
    "Caption",
    "Chart",
    "Claim",
    "Dated",
    "Piece",
    "Signs",
    "brief",
    "by_date",
    "by_year",
    "card",
    "counted",
    "covered",
    "dots",
    "headed",
    "height",
    "highest",
    "keyed",
    "lag",
    "lane",
    "large",
    "lines",
    "one_of_several",
    "part",
    "picture",
    "plotly",
    "png",
    "reading",
    "scale",
    "scaled",
    "sideways",
    "sign",
    "small",
    "small_height",
    "social",
    "states",
    "steps",
    "style",
    "svg",
    "symbol",
    "tile_map",
    "timeline",
    "waited",
    "when",
    "whole",
    "written",
]
