"""The `derek` command, and `python -m app` where that is not on the path."""

import sys


def main() -> None:
    """Most of a short command's time is spent on imports: an interruption is as quiet there as it is later."""
    try:
        from app.cli import app

        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
