// What the admin API says of settings (docs/api.md), as far as this view reads it.
import type { Role } from "../wire";

export type RuleValue = boolean | number | string | readonly string[];

/** A tenant with its rules; which rules there are is up to the server's version. */
export interface TenantSettings {
  readonly id: string;
  readonly name: string;
  readonly origins: readonly string[];
  readonly isEnabled: boolean;
  readonly createdAt: number;
  readonly rules: Readonly<Record<string, RuleValue>>;
}

export interface OneTenant {
  readonly tenant: TenantSettings;
}

export interface AllTenants {
  readonly tenants: readonly TenantSettings[];
}

export interface MadeTenant extends OneTenant {
  readonly apiKey: string;
}

/** `origin` null: for all origins; `endsAt` null: until it is revoked. */
export interface Key {
  readonly id: string;
  readonly origin: string | null;
  readonly createdAt: number;
  readonly endsAt: number | null;
}

export interface Keys {
  readonly keys: readonly Key[];
}

export interface MadeKey {
  readonly key: Key;
  readonly apiKey: string;
}

/** `tenantId` null: runs the whole server. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly role: Role;
  readonly tenantId: string | null;
  readonly isEnabled: boolean;
  readonly isYou: boolean;
  readonly hasPassword: boolean;
  readonly hasOidc: boolean;
  readonly createdAt: number;
}

export interface Invitation {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly role: Role;
  readonly accountId: string | null;
  readonly expiresAt: number;
}

export interface Staff {
  readonly staff: readonly Account[];
  readonly invitations: readonly Invitation[];
}

export interface Invited {
  /** A path on this server, with the secret in its fragment. */
  readonly link: string;
  readonly expiresAt: number;
  readonly invitation: Invitation;
}

export interface SsoStep {
  readonly name: string;
  readonly ok: boolean;
  /** A sentence, in English. */
  readonly says: string;
}

export interface SsoUser {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly avatarSrc: string | null;
  readonly role: string;
  readonly groups: readonly string[] | null;
  readonly isGuest: boolean;
  readonly keyId: string | null;
}

export interface SsoVerdict {
  readonly ok: boolean;
  readonly form: string;
  readonly steps: readonly SsoStep[];
  readonly user: SsoUser | null;
}

export interface Tested {
  readonly verdict: SsoVerdict;
}
