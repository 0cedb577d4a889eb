"""What every connection gets from the listening socket."""

import socket

import pytest

from collabchat.serving import UNSENT_MAX_BYTES, USER_TIMEOUT_MS, set_up_socket


@pytest.mark.parametrize(
    ("option", "value"),
    [("TCP_NODELAY", 1), ("TCP_USER_TIMEOUT", USER_TIMEOUT_MS), ("TCP_NOTSENT_LOWAT", UNSENT_MAX_BYTES)],
)
def test_an_accepted_connection_inherits_what_the_listening_socket_was_told(option: str, value: int) -> None:
    if not hasattr(socket, option):
        pytest.skip(f"this system has no {option}")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        set_up_socket(listener)
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, getattr(socket, option)) == value
