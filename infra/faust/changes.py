"""Prints the seams whose upstream source has changed, with the hash that it has now."""

from __future__ import annotations

import click

from infra.faust.all_seams import SEAMS
from infra.faust.seams import changed


def main() -> None:
    """One line a seam: the new hash, upstream, and the place here that is to be read again."""
    for seam, now in changed(SEAMS):
        click.echo(f"{now} {seam.upstream} -> {seam.ours}")


if __name__ == "__main__":
    main()
