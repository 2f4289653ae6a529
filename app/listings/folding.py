"""Text as it is compared, wherever words are looked for: asked and stored text are folded alike."""

import re
import unicodedata


def folded(text: str) -> str:
    """Small letters without their signs, no punctuation, and Kazakh letters as Russian ones; words apart by one space.

    Folding twice changes nothing.
    """
    bare = (one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return " ".join(re.sub(r"[^\w]+", " ", "".join(bare).casefold().translate(ALIKE)).split())


ALIKE = str.maketrans("әғқңөұүһі", "агкноуухи")
"""Kazakh letters by the Russian ones that are typed where a keyboard lacks them."""
