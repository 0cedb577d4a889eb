// Web sites as `scheme://host[:port]`, checked as the server does (identity/origins.py): https, or http on this machine.

export function normalizeOrigin(text: string): string | undefined {
  const given = text.trim();
  if (!/^https?:\/\/[^/?#@\\\s]+\/?$/i.test(given) || !URL.canParse(given)) return undefined;
  const { protocol, hostname, origin } = new URL(given);
  return protocol === "http:" && !isLoopback(hostname) ? undefined : origin;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
