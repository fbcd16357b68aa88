"""``python -m lab.cli``: the command ``lab`` where it is not on the path."""

from lab.cli import main

main()
