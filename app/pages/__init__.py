"""The pages: which there are, and for each what its template is given.

figures     dashboard, indicators, coverage
sources     documents
rendering   how a page is made
"""

from app.pages import figures, sources
from app.pages.rendering import home, refusal, router

__all__ = ["figures", "home", "refusal", "router", "sources"]
