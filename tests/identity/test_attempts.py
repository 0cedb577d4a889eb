"""Guessing passwords: how often, and what a guess tells."""

import pytest

from collabchat.errors import InvalidInput, RateLimited
from collabchat.identity.attempts import OF_ADDRESS, OF_EMAIL, WINDOW_MIN, Attempts
from collabchat.identity.passwords import LENGTH_MIN, NOBODYS, Passwords, check_new_password

WINDOW_S = WINDOW_MIN * 60


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0 * WINDOW_S

    def __call__(self) -> float:
        return self.now


def test_one_address_is_stopped_whomever_it_tries_and_keeps_nobody_else_out() -> None:
    clock = Clock()
    attempts = Attempts(is_on=True, clock=clock)
    for number in range(OF_ADDRESS):
        attempts.admit("203.0.113.1", f"{number}@example.com")
    with pytest.raises(RateLimited):
        attempts.admit("203.0.113.1", "ana@example.com")
    attempts.admit("203.0.113.2", "ana@example.com")
    clock.now += 2 * WINDOW_S
    attempts.admit("203.0.113.1", "ana@example.com")


def test_one_e_mail_address_is_guarded_against_many_places() -> None:
    attempts = Attempts(is_on=True, clock=Clock())
    for number in range(OF_EMAIL):
        attempts.admit(f"203.0.113.{number}", "ana@example.com")
    with pytest.raises(RateLimited):
        attempts.admit("198.51.100.1", "ana@example.com")
    attempts.admit("198.51.100.1", "bob@example.com")


def test_switched_off_it_counts_nothing() -> None:
    attempts = Attempts(is_on=False)
    for _ in range(OF_EMAIL + 1):
        attempts.admit("203.0.113.1", "ana@example.com")


async def test_a_password_fits_its_own_hash_alone() -> None:
    passwords = Passwords()
    stored = await passwords.hash("correct horse battery")
    assert stored != await passwords.hash("correct horse battery")
    assert await passwords.fits(stored, "correct horse battery")
    assert not await passwords.fits(stored, "correct horse batterz")
    assert not await passwords.fits("no hash at all", "correct horse battery")


async def test_who_has_no_password_costs_as_much_to_refuse() -> None:
    stored = await Passwords().hash("correct horse battery")
    parameters = [hashed.split("$")[1:4] for hashed in (stored, NOBODYS)]
    assert parameters[0] == parameters[1]
    assert not await Passwords().fits(None, "correct horse battery")


@pytest.mark.parametrize("wrong", ["", "x" * (LENGTH_MIN - 1), "x" * 1_001])
def test_what_is_too_short_or_too_long_is_no_password(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="password"):
        check_new_password(wrong)
