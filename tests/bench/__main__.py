"""`python -m tests.bench [feeds] [answers] [dispatch] [mail] [pages]`: measures, and prints a table."""

from __future__ import annotations

import sys
import time


def main() -> None:
    """Measures the named themes, or all of them."""
    # Imported here: a process that makes a load runs this file's top as well.
    from tests.bench import answers, dispatch, feeds, mail, pages
    from tests.bench.rows import HEADER, machine

    themes = {"feeds": feeds, "answers": answers, "dispatch": dispatch, "mail": mail, "pages": pages}
    wanted = sys.argv[1:] or list(themes)
    if unknown := set(wanted) - set(themes):
        sys.exit(f"No such theme: {', '.join(sorted(unknown))}. There are {', '.join(themes)}.")
    begun = time.monotonic()
    print(machine())
    print(HEADER)
    for name in wanted:
        for row in themes[name].rows():
            print(row, flush=True)
    print(f"Measured in {time.monotonic() - begun:.0f} s; load at the end: {machine()}")


if __name__ == "__main__":
    main()
