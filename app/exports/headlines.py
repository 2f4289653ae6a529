"""What the rule puts at the head of each year, as a page of docs/."""

from collections.abc import Sequence

from app.models import Observation, Panel

HEADLINES = """# Headlines

For each indicator that is counted over a period, each year and each body: the figure that the rule `official_latest`
puts at the head of the year. The docstring of `app/series.py:official_latest` is the rule. The last column holds the
body's other figures for the whole country in that year, parts of the year and figures of low confidence among them.

`derek headlines > docs/headlines.md` writes this file from `seed/`, and a test compares the two: a change of the rule
or of the data shows here as a changed line.

| indicator | year | body | figure | period | observation | others |
|---|---|---|---|---|---|---|
"""


def headlines(panels: Sequence[Panel]) -> str:
    """The text of docs/headlines.md. In codes and numbers only, so that a change of wording changes nothing here."""
    lines = []
    for panel in panels:
        for cell in panel.on_axis if panel.indicator.kind == "flow" else ():
            one = cell.shown
            if one and one.extent == "national":
                rest = sorted((*cell.backing[1:], *cell.others), key=lambda other: other.id)
                others = "; ".join(f"`{other.id}` = {_figure(other)}" for other in rest)
                where = f"{cell.indicator} | {cell.year} | {cell.stated_by}"
                lines.append(f"| {where} | {_figure(one)} | {_days(one)} | `{one.id}` | {others} |\n")
    return HEADLINES + "".join(lines)


def _figure(one: Observation) -> str:
    if one.bounds is None:
        return "no number"
    number = f"{one.low} to {one.high}" if one.qualifier == "range" else str(one.value)
    firm = one.qualifier in ("exact", "range")
    return number if firm else f"{one.qualifier.replace('_', ' ')} {number}"


def _days(one: Observation) -> str:
    if one.period_kind == "calendar_year":
        return "the whole year"
    return f"to {one.period_end}" if one.period_end else "to an unstated day"
