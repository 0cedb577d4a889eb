// A link within the dashboard: a real one, which opens in a new tab as any other, and goes without a reload else.
import type { ComponentChildren } from "preact";
import { useDesk } from "../desk";
import { isPlain, writeRoute, type Route } from "../router";

interface Props {
  readonly to: Partial<Route>;
  readonly children: ComponentChildren;
  readonly className?: string;
  /** Its name, where what stands in it does not say it. */
  readonly label?: string;
  readonly current?: boolean;
}

export function Link({ to, children, className, label, current }: Props) {
  const { route, go } = useDesk();
  return (
    <a
      href={writeRoute({ ...route, query: {}, ...to })}
      class={className}
      aria-label={label}
      aria-current={current ? "page" : undefined}
      onClick={(event) => {
        if (!isPlain(event)) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
