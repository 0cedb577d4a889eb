"""Who asks with an API key: the tenant itself."""

import hmac
from typing import Annotated

from litestar.params import HeaderParameter

from collabchat.api.parts import Parts
from collabchat.clock import now_ms
from collabchat.core.model import Tenant
from collabchat.errors import Unauthenticated


def provide_keyed(
    parts: Parts,
    api_key: Annotated[str, HeaderParameter(name="X-API-KEY")] = "",
    tenant_id: Annotated[str, HeaderParameter(name="X-TENANT-ID")] = "",
) -> Tenant:
    """The tenant whose key the request carries; raises Unauthenticated, as well for a tenant that is not there.

    A key that is for one origin proves people there, and opens nothing here.
    """
    tenant = parts.directory.find_tenant(tenant_id)
    proofs = [] if tenant is None else parts.directory.proofs(tenant, None, now_ms())
    fits = [hmac.compare_digest(proof.api_key.encode(), api_key.encode(errors="replace")) for proof in proofs]
    if tenant is None or not any(fits):
        raise Unauthenticated("Send the tenant's id as X-TENANT-ID and its API key as X-API-KEY.")
    return tenant
