"""Which tenant an address is about, however many slashes are in it: the router reads several as one."""

from typing import cast

import pytest
from litestar.types import HTTPScope

from collabchat.api.paths import path_of, tenant_in_address, tenant_named


def scope(path: str, query: str = "", **headers: str) -> HTTPScope:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return cast(HTTPScope, {"path": path, "query_string": query.encode(), "headers": pairs})


@pytest.mark.parametrize(
    ("path", "read"),
    [
        *(("/", "/"), ("", "/"), ("//", "/"), ("/metrics", "/metrics"), ("//metrics//", "/metrics")),
        ("/api//v1///comments/", "/api/v1/comments"),
    ],
)
def test_slashes_in_a_row_are_one_and_none_is_at_the_end(path: str, read: str) -> None:
    assert path_of(scope(path)) == read


@pytest.mark.parametrize("path", ["/api/v1/comments", "//api/v1/comments", "/api//v1/comments", "///api/v1//usage/"])
def test_where_keys_are_given_a_header_names_the_tenant(path: str) -> None:
    assert tenant_named(scope(path, x_tenant_id="acme")) == "acme"
    assert tenant_named(scope(path)) is None
    assert tenant_in_address(scope(path, x_tenant_id="acme")) is None


@pytest.mark.parametrize("path", ["/comments/acme", "//comments//acme/", "/sessions/acme", "/pages/acme/users/online"])
def test_elsewhere_the_path_does(path: str) -> None:
    assert tenant_named(scope(path, x_tenant_id="demo")) == "acme"


@pytest.mark.parametrize("path", ["/user-presence-status", "//user-presence-status//", "/flag-comment//c1"])
def test_some_name_it_in_the_query(path: str) -> None:
    assert tenant_named(scope(path, "a=1&tenantId=acme")) == "acme"
    assert tenant_named(scope(path)) is None


@pytest.mark.parametrize("path", ["/", "/healthz", "/comments", "/apiv1/comments", "/x/comments/acme", "/api/v2/x"])
def test_others_name_none(path: str) -> None:
    assert tenant_named(scope(path, "tenantId=acme", x_tenant_id="acme")) is None
