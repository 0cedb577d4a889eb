/** @jsxImportSource ./dom */
// The glyphs, and the window's arrow. All are decoration: the words stand beside them or in a label.
import type { Content } from "./dom/jsx-runtime";

const paths = {
  mark: "M5.25 2.75h7.5a2 2 0 0 1 2 2v6.5a2 2 0 0 1-2 2h-7.5a2 2 0 0 1-2-2v-.9L1.4 8.5a.7.7 0 0 1 0-1l1.85-1.85v-.9a2 2 0 0 1 2-2zM6.75 6.5h4.5M6.75 9.5h2.5",
  check: "M3 8.5l3.25 3.25L13 5",
  close: "M4 4l8 8M12 4l-8 8",
  more: "M3.25 8h.01M8 8h.01M12.75 8h.01",
  warn: "M8 1.75a6.25 6.25 0 1 1 0 12.5a6.25 6.25 0 1 1 0-12.5M8 4.75v3.75M8 11h.01",
  // Base 16, depth 8, tip rounded by 1.5; its last pixel covers the window's border. Points up; CSS turns it.
  arrow: "M.5 9v-.5L6.94 2.06a1.5 1.5 0 0 1 2.12 0L15.5 8.5V9",
};

export function icon(name: keyof typeof paths): Content {
  return (
    <svg class={"i-" + name} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
