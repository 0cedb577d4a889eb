"""`/api/v1/tenant`: a tenant's own settings; `/api/v1/tenants`: all of them, for whoever runs the server."""

from typing import Annotated, Any

from litestar import Response, Router, get, patch, post
from litestar.di import Provide
from msgspec import UNSET, Meta, Struct, UnsetType

from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import FOR_OWNERS, Asker, confirm_staff, provide_asker, provide_operator
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.core.model import Tenant
from collabchat.core.rules import check_name, check_new_tenant_id, check_rules, describe_rules
from collabchat.errors import InvalidInput
from collabchat.identity import tenancy
from collabchat.storage import audit, tenants
from collabchat.storage.staff import Staff
from collabchat.storage.tenants import TenantChanges
from collabchat.storage.transaction import Transaction

Origins = Annotated[list[str], Meta(max_length=tenancy.ORIGINS_MAX)]


class TenantSettings(Struct, rename="camel"):
    """A tenant with all its rules, those that are as usual too."""

    id: str
    name: str
    origins: list[str]
    is_enabled: bool
    created_at: int
    rules: dict[str, Any]


class OneTenant(Struct):
    """A tenant as it is now."""

    status: str
    tenant: TenantSettings


class AllTenants(Struct):
    """All tenants of the server, by id."""

    status: str
    tenants: list[TenantSettings]


class MadeTenant(Struct, rename="camel"):
    """A new tenant, and its first API key, which is never shown again."""

    status: str
    tenant: TenantSettings
    api_key: str


class TenantChange(Struct, rename="camel", forbid_unknown_fields=True):
    """Body: what to change; the origins given replace all there were, rules that are not named stay."""

    name: str | UnsetType = UNSET
    origins: Origins | UnsetType = UNSET
    rules: dict[str, Any] | UnsetType = UNSET


class NewTenant(Struct, rename="camel", forbid_unknown_fields=True):
    """Body of create."""

    id: str
    name: str
    origins: Origins
    rules: dict[str, Any] | UnsetType = UNSET


class Switched(Struct, rename="camel"):
    """Body: whether a tenant is open; one that is not refuses everything, and keeps its data."""

    is_enabled: bool


@get("/", summary="The tenant's settings", dependencies={"asker": Provide(provide_asker)}, responses=FAILURES)
async def show(asker: Asker, parts: Parts) -> Response[OneTenant]:
    """Tell a tenant's name, origins and rules."""
    found = await parts.database.read(lambda reader: tenants.find(reader, asker.tenant.id))
    return answer_privately(OneTenant("success", _view(found)))


@patch(
    "/",
    summary="Change the tenant's settings",
    before_request=strict_body(TenantChange),
    dependencies=FOR_OWNERS,
    responses=FAILURES,
)
async def change(asker: Asker, parts: Parts, data: TenantChange) -> Response[OneTenant]:
    """Change a tenant; whoever may see less by it loses that within 2 s."""
    changes = TenantChanges(
        data.name if data.name is UNSET else check_name(data.name),
        data.origins if data.origins is UNSET else tenancy.check_origins(data.origins),
        rules={} if data.rules is UNSET else check_rules(data.rules),
    )
    told = {
        **({} if changes.name is UNSET else {"name": changes.name}),
        **({} if changes.origins is UNSET else {"origins": changes.origins}),
        **({} if data.rules is UNSET else {"rules": sorted(data.rules)}),
    }

    def alter(transaction: Transaction) -> Tenant:
        asker.confirm(transaction)
        now = now_ms()
        audit.note(
            transaction, asker.tenant.id, asker.actor, asker.via, "update", "tenant", asker.tenant.id, now, **told
        )
        return tenants.change(transaction, asker.tenant.id, changes)

    changed = await parts.database.write(alter)
    parts.wake()
    return answer_privately(OneTenant("success", _view(changed)))


@get("/", summary="All tenants", responses=FAILURES)
async def list_all(operator: Staff, parts: Parts) -> Response[AllTenants]:
    """List all tenants of the server, disabled ones too."""
    found = await parts.database.read(tenants.list_all)
    return answer_privately(AllTenants("success", [_view(each) for each in found]))


@post("/", status_code=200, summary="Create a tenant", before_request=strict_body(NewTenant), responses=FAILURES)
async def create(operator: Staff, parts: Parts, data: NewTenant) -> Response[MadeTenant]:
    """Make a tenant; its API key is in this answer and nowhere else."""
    id_, name = check_new_tenant_id(data.id), check_name(data.name)
    origins = tenancy.check_origins(data.origins)
    changes = TenantChanges(rules={} if data.rules is UNSET else check_rules(data.rules))

    def make(transaction: Transaction) -> tuple[Tenant, str]:
        confirm_staff(transaction, operator)
        if tenancy.is_taken(transaction, id_):
            raise InvalidInput("id", "another tenant has it.")
        now = now_ms()
        _, api_key = tenancy.create(transaction, parts.server_key, id_, name, origins, now)
        audit.note(transaction, id_, operator.actor(id_), "ui", "create", "tenant", id_, now, name=name)
        return tenants.change(transaction, id_, changes), api_key

    made, api_key = await parts.database.write(make)
    parts.wake()
    return answer_privately(MadeTenant("success", _view(made), api_key))


@patch(
    "/{tenant_id:str}", summary="Open or close a tenant", before_request=strict_body(Switched), responses=FAILURES
)  # fmt: skip
async def switch(operator: Staff, parts: Parts, tenant_id: str, data: Switched) -> Response[OneTenant]:
    """Refuse everything for a tenant, or nothing any more."""

    def alter(transaction: Transaction) -> Tenant:
        confirm_staff(transaction, operator)
        changed = tenants.change(transaction, tenant_id, TenantChanges(is_enabled=data.is_enabled))
        act = "enable" if data.is_enabled else "disable"
        audit.note(transaction, tenant_id, operator.actor(tenant_id), "ui", act, "tenant", tenant_id, now_ms())
        return changed

    changed = await parts.database.write(alter)
    parts.wake()
    return answer_privately(OneTenant("success", _view(changed)))


def _view(it: Tenant) -> TenantSettings:
    return TenantSettings(it.id, it.name, list(it.origins), it.is_enabled, it.created_at, describe_rules(it.rules))


tenant_routes = Router("/api/v1/tenant", route_handlers=[show, change], tags=["Admin"])
tenants_routes = Router(
    "/api/v1/tenants",
    route_handlers=[list_all, create, switch],
    dependencies={"operator": Provide(provide_operator)},
    tags=["Admin"],
)
