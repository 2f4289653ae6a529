"""How much room words take in a picture, which nobody lays out anew: they are broken into lines before they are drawn."""

from collections.abc import Iterable, Mapping

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
    """Text in lines that fit the room; a word that is longer than a line is broken where the line ends."""
    found = [""]
    for word in (part for whole in text.split(" ") for part in _broken(whole, size, room)):
        longer = f"{found[-1]} {word}".strip()
        if found[-1] and width(longer, size) > room:
            found.append(word)
        else:
            found[-1] = longer
    return found


def fitting(texts: Iterable[str], sizes: Iterable[int], room: float) -> int:
    """The largest of sizes, which come largest first, at which every text stands in one line; else the smallest."""
    texts = list(texts)
    size = 0
    for size in sizes:
        if all(width(text, size) <= room for text in texts):
            break
    return size


def _broken(word: str, size: float, room: float) -> list[str]:
    parts = [""]
    for letter in word:
        if parts[-1] and width(parts[-1] + letter, size) > room:
            parts.append("")
        parts[-1] += letter
    return parts
