"""Runs every benchmark and prints one table each."""

import asyncio

from benchmarks import frames, writes


def main() -> None:
    """Print the figures that README.md quotes."""
    frames.report()
    asyncio.run(writes.report())


if __name__ == "__main__":
    main()
