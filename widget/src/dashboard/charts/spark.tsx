// A minute at a glance, beside its figure; decoration.

const width = 96;
const height = 32;
const seconds = 60;

export function Spark({ values }: { readonly values: readonly number[] }) {
  if (values.length < 2) return null;
  const most = Math.max(...values);
  const least = Math.min(...values);
  // Small changes of a large number are small: the line takes no more room than a fifth of the value deserves.
  const room = Math.max(most - least, most * 0.2, 1e-9);
  const middle = (most + least) / 2;
  const points = values.map((value, index) => {
    const x = width - ((values.length - 1 - index) * width) / (seconds - 1);
    const y = height / 2 - ((value - middle) / room) * (height - 8);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <polyline points={points.join(" ")} />
    </svg>
  );
}
