"""The addresses of data: which there are, and which rendering each gives.

lists    each list, by a function that finds its rows
ones     one thing of a list, by its key
health   whether the server answers, and has data
answers  how rows become an answer: as JSON, CSV, a workbook, a cube, with the headers that every answer has
"""

from app.api.answers import problem, router

from app.api import health, lists, ones  # isort: skip  # they add their addresses to the router

__all__ = ["health", "lists", "ones", "problem", "router"]
