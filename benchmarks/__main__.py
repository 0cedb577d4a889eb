"""Runs every benchmark and prints one table each."""

import asyncio

from benchmarks import frames, live, writes


def main() -> None:
    """Print the figures that README.md quotes."""
    frames.report()
    asyncio.run(writes.report())
    asyncio.run(live.report())


if __name__ == "__main__":
    main()
