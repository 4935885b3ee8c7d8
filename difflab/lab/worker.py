"""One cell in a fresh process: reads the cell from standard input, saves its record, exits.

``python -m difflab.lab.worker STORE`` is started by the executor with one BLAS thread and a fixed
allocator in the environment.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from difflab.lab.cell import Cell, _frozen
from difflab.lab.run import run_cell
from difflab.lab.store import Store


def main() -> None:
    """Run the cell given on standard input."""
    from threadpoolctl import threadpool_limits

    settings = json.load(sys.stdin)
    settings["options"] = tuple((name, _frozen(value)) for name, value in settings["options"])
    with threadpool_limits(1):
        record = run_cell(Cell(**settings))
    Store(Path(sys.argv[1])).save(record)


if __name__ == "__main__":
    main()
