// Writes tables as CSV (RFC 4180) that spreadsheets read as text and numbers, and never run.

export type Cell = string | number | null;

/** With a byte order mark, without which Excel takes UTF-8 for something older. */
export function writeCsv(rows: readonly (readonly Cell[])[]): string {
  return "\ufeff" + rows.map((row) => row.map(writeCell).join(",") + "\r\n").join("");
}

function writeCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return `${cell}`;
  // A spreadsheet takes text that begins so for a formula; an apostrophe in front makes it text.
  // Some spreadsheets part cells at semicolons or tabs, whatever the quotes say.
  const split = cell.replace(/([;\t,]\s*)(?=[=+\-@|])/g, "$1'");
  const safe = /^[=+\-@\t\r\n|]|^\s+[=+\-@|]/.test(cell) ? `'${split}` : split;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
