// Finds a single sign-on payload in what somebody pasted: JSON, the `sso` query, or a whole address with it. Pure.

export function findPayload(pasted: string): string {
  const text = pasted.trim();
  if (text.startsWith("{") || /^%7b/i.test(text)) return text;
  const found = /(?:^|[?&])sso=([^&#\s]*)/.exec(text);
  return found?.[1] === undefined ? text : decode(found[1]);
}

function decode(value: string): string {
  try {
    // In a query, a plus may be a space or, in what was encoded badly, base64's own: JSON's spaces matter to nobody.
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
