"""Keeps Python's garbage collector away from open sockets: looking through ten thousand of them takes it 100 ms.

Sockets and what belongs to them are freed the moment they are closed, as nothing in them goes round in circles (a test
sees to that). So whatever is alive when many have come is put where the collector does not look (`gc.freeze`); younger
objects, a request's for instance, are collected as ever.
"""

import gc

GROWTH = 200
"""So many more sockets than last time are worth the few ms that this costs."""


class Garbage:
    """Tells the collector what to leave alone: first of all, what the server itself consists of."""

    def __init__(self) -> None:
        self._spared = 0
        gc.collect()
        gc.freeze()

    def look(self, open_sockets: int) -> None:
        """Spare what is there if it has become much more; look through all of it once most has gone."""
        if open_sockets >= self._spared + GROWTH:
            gc.collect(1)
            gc.freeze()
            self._spared = open_sockets
        elif open_sockets < self._spared // 4:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            self._spared = open_sockets
