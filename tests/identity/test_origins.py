import pytest

from collabchat.core.model import Tenant
from collabchat.identity.origins import is_allowed, normalize_origin

TENANT = Tenant("t", "T", ("https://good.example", "http://localhost:8000", "https://good.example:8443"), 0)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Good.Example", "https://good.example"),
        ("https://good.example:443/", "https://good.example"),
        ("https://good.example:8443", "https://good.example:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://приклад.укр", "https://xn--80aikifvh.xn--j1amh"),
        ("http://good.example", None),
        ("https://good.example/path", None),
        ("https://user@good.example", None),
        ("good.example", None),
        ("https://", None),
        ("https://good.example:x", None),
        ("null", None),
        ("ftp://good.example", None),
        ("https://my_site.good-one.example.", "https://my_site.good-one.example."),
        ("https://192.0.2.7", "https://192.0.2.7"),
        ("https://[2001:db8::7]:444", "https://[2001:db8::7]:444"),
        ("https://*", None),
        ("https://*.good.example", None),
        ("https://a b", None),
        ("https://\0", None),
        ("https://good..example", None),
        ("https://.good.example", None),
        ("https://-good.example", None),
        ("https://good%2eexample", None),
        ("https://good.example\\evil", None),
        ("https://good,evil.example", None),
        (f"https://{'x' * 64}.example", None),
        (f"https://{'x.' * 130}example", None),
        ("https://[::1%25eth0]", None),
        ("https://[fe80::1%eth0]", None),
        ("https://[good::example]", None),
    ],
)
def test_an_origin_has_one_form(text: str, origin: str | None) -> None:
    assert normalize_origin(text) == origin


@pytest.mark.parametrize("origin", ["https://good.example", "HTTPS://GOOD.example", "http://localhost:8000"])
def test_the_tenants_origins_are_allowed(origin: str) -> None:
    assert is_allowed(TENANT, origin)


@pytest.mark.parametrize(
    "origin",
    [
        "null", "", "https://good.example.evil.com", "https://evilgood.example", "http://good.example",
        "https://good.example:444", "https://sub.good.example", "http://localhost:8001", "http://localhost",
    ],
)  # fmt: skip
def test_nothing_else_is(origin: str) -> None:
    assert not is_allowed(TENANT, origin)
