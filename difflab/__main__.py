"""``python -m difflab``: the command line without its script."""

from difflab.cli import main

main()
