// The views of the dashboard. To add one: write its component in a folder of its own, with its words and styles there,
// and name it here; it then has a tab, an address, and the desk (`useDesk`).
import type { ComponentType } from "preact";
import { Moderation, WaitingCount } from "./moderation/moderation";
import { Overview } from "./overview/overview";
import { PageView } from "./overview/page-view";
import { Settings } from "./settings/settings";
import type { Role } from "./wire";

export interface View {
  /** As it stands in the address: /dashboard/<tenant>/<name>. */
  readonly name: string;
  readonly title: readonly [english: string, ukrainian: string];
  readonly component: ComponentType;
  /** What stands beside the title in the tab, such as how many comments wait. */
  readonly badge?: ComponentType;
  /** The view under whose tab it is; it has none itself. */
  readonly under?: string;
  /** Who sees it; all, where nothing is said. */
  readonly roles?: readonly Role[];
}

export const views: readonly View[] = [
  { name: "overview", title: ["Overview", "Огляд"], component: Overview },
  { name: "page", title: ["Page", "Сторінка"], component: PageView, under: "overview" },
  { name: "moderation", title: ["Moderation", "Модерація"], component: Moderation, badge: WaitingCount },
  { name: "settings", title: ["Settings", "Налаштування"], component: Settings, roles: ["operator", "admin"] },
];
