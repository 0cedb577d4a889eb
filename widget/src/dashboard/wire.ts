// What the admin API says, as far as the shell and the overview read it (docs/api.md).
import type { Granularity } from "./numbers";

export type Role = "operator" | "admin" | "moderator";

export interface Ways {
  readonly password: boolean;
  readonly oidc: { readonly name: string } | null;
}

export interface Tenant {
  readonly id: string;
  readonly name: string;
}

export interface Session {
  readonly name: string;
  readonly role: Role;
  readonly tenantId: string | null;
  readonly accountId: string | null;
  readonly expiresAt: number;
  readonly tenants: readonly Tenant[];
  readonly ways: Ways;
}

/** In the order in which they are exported. */
export const counters = [
  "pageLoadCount",
  "commentFetchCount",
  "conversationCreateCount",
  "commentCreateCount",
  "voteCount",
  "pubSubMessageCount",
  "pubSubBandwidth",
  "peakConcurrentViewers",
  "connectCount",
  "eventLogReadCount",
  "apiErrorCount",
] as const;
export type Counter = (typeof counters)[number];
export type Counts = Readonly<Record<Counter, number>>;

export interface Row extends Counts {
  readonly at: number;
}

export interface Usage {
  readonly granularity: Granularity;
  readonly usage: readonly Row[];
  readonly before?: readonly Row[];
}

export interface SiteUsage extends Counts {
  readonly origin: string;
}

export interface PageUsage extends Counts {
  readonly urlId: string;
  readonly title: string | null;
  readonly viewing: number;
  readonly conversations: number;
  readonly unresolved: number;
  readonly firstAnswerMs: number | null;
}

export interface Pages {
  readonly pages: readonly PageUsage[];
  readonly nextCursor: string | null;
}

export interface Second {
  readonly timestamp: number;
  readonly viewing: number;
  readonly connections: number;
  readonly messages: number;
  readonly bytes: number;
}

export interface Limit {
  readonly name: string;
  readonly used: number;
  readonly most: number | null;
}

export interface Health {
  readonly loopLagMs: number;
  readonly commitMs: number;
  readonly slowReadersClosed: number;
  readonly diskFreeBytes: number;
  readonly uptimeS: number;
}

export interface Now {
  readonly viewing: number;
  readonly people: number;
  readonly connections: number;
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly recent: readonly Second[];
  readonly peakToday: { readonly viewing: number; readonly at: number } | null;
  readonly month: Counts;
  readonly limits: readonly Limit[];
  readonly health: Health | null;
}

/** How the tenant is used at this moment, told once a second. */
export interface UsageFrame {
  readonly type: "usage";
  readonly timestamp: number;
  readonly viewing: number;
  readonly connections: number;
  readonly people: number;
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  /** Of this hour of UTC, so far. */
  readonly hour: Counts;
}

/** Where the tenant's live channel is, and up to where all is known that has happened. */
export interface Door {
  readonly tenantIdWS: string;
  readonly userIdWS: string;
  readonly room: { readonly urlId: string; readonly epoch: string; readonly seq: number };
}
