"""How much room words take in a picture, which nobody lays out anew: they are broken into lines before they are drawn."""

from collections.abc import Iterable, Mapping, Sequence

ADVANCES: Mapping[str, float] = {
    letter: share
    for share, letters in (
        (0.20, "\u2009\u202f"),
        (0.24, "‘’"),
        (0.28, " !',.:;\u00a0·"),
        (0.33, "-JijlІі"),
        (0.36, "()[]`"),
        (0.40, "/I\\f{}"),
        (0.44, "rt“”"),
        (0.48, '"?_гғ'),
        (0.52, "cszзстэ–"),
        (0.56, "*EFLSvxy|ГЕухЁҒұү"),
        (0.60, "$+0123456789<=>TZ^aek~ЗТавекьяёә«»"),
        (0.64, "CPVXYbdghnopquБРУХЬбдлнопрцчқөҰҮһ"),
        (0.68, "#ABKRАВКСЭЯийъѢ"),
        (0.72, "ЛЧң"),
        (0.76, "&DGHUДНПЪҚҺ"),
        (0.80, "NOQИЙОЦфӘӨ"),
        (0.84, "wжмыюҢ…"),
        (0.88, "%Ф"),
        (0.92, "@Ы"),
        (0.96, "MWmМшщ"),
        (1.00, "Ж—"),
        (1.04, "Ю№"),
        (1.08, "ШЩ"),
    )
    for letter in letters
}
"""Widths of letters as a share of their height: those of the heavier weight of Noto Sans, rounded up."""
UNKNOWN = 1.0
"""Of a letter of another alphabet."""


def width(text: str, size: float) -> float:
    """The most that a text takes at a size, in pixels."""
    return sum(ADVANCES.get(letter, UNKNOWN) for letter in text) * size


def lines(text: str, size: float, room: float) -> list[str]:
    """Text in lines that fit the room, none for no text; a word that is longer than a line is broken where the line ends."""
    found: list[str] = []
    for word in text.split(" "):
        if found and width(f"{found[-1]} {word}", size) <= room:
            found[-1] += f" {word}"
            continue
        found.append("")
        for letter in word:
            if found[-1] and width(found[-1] + letter, size) > room:
                found.append("")
            found[-1] += letter
    return found if text else []


def fitting(texts: Iterable[str], sizes: Sequence[int], room: float) -> int:
    """The largest of sizes, which come largest first, at which every text stands in one line; else the smallest."""
    widest = max(width(text, 1) for text in texts)
    return next((size for size in sizes if widest * size <= room), sizes[-1])
