// The glyphs; all are decoration, as the words stand beside them or in a label.

const paths = {
  mark: "M5.25 2.75h7.5a2 2 0 0 1 2 2v6.5a2 2 0 0 1-2 2h-7.5a2 2 0 0 1-2-2v-.9L1.4 8.5a.7.7 0 0 1 0-1l1.85-1.85v-.9a2 2 0 0 1 2-2zM6.75 6.5h4.5M6.75 9.5h2.5",
  down: "M4.5 6.5L8 10l3.5-3.5",
  back: "M9.5 4L5.5 8l4 4",
  check: "M3 8.5l3.25 3.25L13 5",
  warn: "M8 1.75a6.25 6.25 0 1 1 0 12.5a6.25 6.25 0 1 1 0-12.5M8 4.75v3.75M8 11h.01",
} as const;

export function Icon({ name }: { readonly name: keyof typeof paths }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
