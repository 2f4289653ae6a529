"""`python -m app` is the `derek` command, where that is not on the path."""

from app.cli import main

main()
