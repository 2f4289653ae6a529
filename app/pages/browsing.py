"""What lists that can be narrowed have in common: filters that are links, each with what it would leave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.deps import AskedPage, Reading
from app.listings import Facet
from app.pages.rendering import link

ON_A_PAGE = 50
SHOWING = ("theme", "chart", "width")
"""What is asked of a frame or a picture, and of no page."""


@dataclass(frozen=True)
class Choice:
    """A value of a filter: what it is called, how many it would leave, and where choosing it leads."""

    name: str
    count: int
    chosen: bool
    href: str


@dataclass(frozen=True)
class Turn:
    """One page of a list: its rows, and where the pages before and after are."""

    start: int
    end: int
    earlier: str
    later: str


def given(asked: AskedPage, but: Sequence[str] = ()) -> dict[str, str]:
    """What was asked, as it stands in an address; its two clocks go along with every link."""
    fields = asked.model_dump(
        mode="json", by_alias=True, exclude_defaults=True, exclude={"lang", "release", "as_of", *SHOWING}
    )
    texts = {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in fields.items()
    }
    return {name: value for name, value in texts.items() if name not in but}


def address(held: Reading[AskedPage], path: str, **changed: Any) -> str:
    """The list with something else asked."""
    return link(held, path, {**given(held.asked), **changed})


def choices(
    held: Reading[AskedPage], path: str, name: str, values: Sequence[Facet], called: Callable[[str, str], str]
) -> tuple[Choice, ...]:
    """The values of a filter, the most frequent first; years in their order."""
    asked = getattr(held.asked, name)
    found = []
    for one in values:
        others = [value for value in asked if value != one.value]
        wanted = ",".join(others if one.chosen else [*asked, one.value])
        href = address(held, path, page=None, **{name: wanted})
        found.append(Choice(called(name, one.value), one.count, one.chosen, href))
    if name != "year":
        found.sort(key=lambda one: (-one.count, one.name))
    return tuple(found)


def chosen(
    held: Reading[AskedPage], path: str, facets: Sequence[tuple[str, tuple[Choice, ...]]]
) -> list[Choice]:
    """What narrows the list, each with where it leads to let it go."""
    found = [choice for _, some in facets for choice in some if choice.chosen]
    if words := getattr(held.asked, "q", ""):
        found.append(
            Choice(
                held.words.gettext("“%(words)s”") % {"words": words},
                0,
                True,
                address(held, path, q=None, page=None),
            )
        )
    return found


def turned(held: Reading[AskedPage], path: str, page: int, total: int) -> Turn | None:
    """The rows of one page; None where the list has no such page."""
    start = (page - 1) * ON_A_PAGE
    if start and start >= total:
        return None
    earlier = address(held, path, page=page - 1 if page > 2 else None) if start else ""
    later = address(held, path, page=page + 1) if total > start + ON_A_PAGE else ""
    return Turn(start, start + ON_A_PAGE, earlier, later)


def no_such_page(held: Reading[AskedPage], page: int) -> str:
    """Why a page of a list is refused."""
    return held.words.gettext("The list is shorter: it has no page %(page)s.") % {"page": page}
