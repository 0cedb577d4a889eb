from collections.abc import Sequence

def send_to_all(sockets: list[int], frame: bytes, /) -> Sequence[tuple[int, int]]:
    """Send a frame to each socket that is not -1; the (index, bytes sent) of those that did not take all of it."""
