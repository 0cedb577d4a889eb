import time

import pytest

from collabchat.errors import RateLimited
from collabchat.identity.rate_limits import LIMITS, RateLimits


def test_too_many_writes_of_one_person_are_refused_with_a_time_to_wait() -> None:
    limits = RateLimits(is_on=True)
    for _ in range(LIMITS["write"].amount):
        limits.hit("demo", "write", "ana", time.time())
    with pytest.raises(RateLimited) as refused:
        limits.hit("demo", "write", "ana", time.time())
    assert 1 <= refused.value.retry_after_s <= 60
    limits.hit("demo", "write", "bo", time.time())
    limits.hit("acme", "write", "ana", time.time())
    limits.hit("demo", "read", "ana", time.time())


def test_switched_off_nothing_is_counted() -> None:
    limits = RateLimits(is_on=False)
    for _ in range(LIMITS["write"].amount + 1):
        limits.hit("demo", "write", "ana", 0)
