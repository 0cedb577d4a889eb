// Lists that the server gives in parts, as a whole.
import type { Answer, Api, Query } from "../api";

/** All parts of a list, one after the other; the failure, if one does not come. */
export async function askAll<T, Name extends string>(
  api: Api,
  path: string,
  name: Name,
  query: Query = {},
  signal?: AbortSignal,
): Promise<Answer<T[]>> {
  const all: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const answer = await api.get<Record<Name, T[]> & { nextCursor: string | null }>(path, { ...query, cursor }, signal);
    if (!answer.ok) return answer;
    all.push(...answer.value[name]);
    cursor = answer.value.nextCursor;
  }
  return { ok: true, value: all };
}
