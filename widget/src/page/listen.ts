// Listening, to several events at once.

/** `types` are parted by spaces. */
export function listen(
  target: EventTarget | null | undefined,
  types: string,
  act: (event: Event) => void,
  options?: AddEventListenerOptions,
): void {
  for (const type of types.split(" ")) target?.addEventListener(type, act, options);
}
