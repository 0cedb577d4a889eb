// The time, for what is told as so and so long ago: it goes on while one looks.
import { useEffect, useState } from "preact/hooks";

const everyMs = 30_000;

/** Now, epoch ms; renders anew every half minute, and when the page is seen again. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = () => setNow(Date.now());
    const timer = setInterval(tick, everyMs);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, []);
  return now;
}
