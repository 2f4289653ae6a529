"""Text as it is compared, wherever words are looked for: asked and stored text are folded alike."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from app import series
from app.models import Translation
from app.series import Vintage


def folded(text: str) -> str:
    """Small letters without their signs, no punctuation, and Kazakh letters as Russian ones; words apart by one space.

    A number is one word, however its thousands are parted: 14,500 and 14 500 are 14500. Folding twice changes
    nothing.
    """
    bare = (one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    plain = " ".join(re.sub(r"[^\w]+", " ", "".join(bare).casefold().translate(ALIKE)).split())
    return THOUSANDS.sub(lambda found: found[0].replace(" ", ""), plain)


THOUSANDS = re.compile(r"\b[0-9]{1,3}(?: [0-9]{3})+\b")
ALIKE = str.maketrans("әғқңөұүһі", "агкноуухи")
"""Kazakh letters by the Russian ones that are typed where a keyboard lacks them."""


def translated(vintage: Vintage, texts: Iterable[str]) -> Mapping[str, str]:
    """Each of the editors' texts that has translations, by its English: what it is in the other languages."""
    return {
        one.en: f"{one.ru} {one.kk}" for one in series.all_of(vintage, Translation, {*filter(None, texts)})
    }
