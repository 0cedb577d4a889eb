// Speaks to whoever is at the dashboard, in English or Ukrainian. Each view has its own table; here is what all share.
//
// Ukrainian: no gendered past tense, the reader is addressed with «ви» or not at all. `{name}` is filled in; `|` parts
// plural forms by `{n}`: one, (few,) other.

/** What is said, each in English and Ukrainian. */
export type Table = Readonly<Record<string, readonly [english: string, ukrainian: string]>>;

export const tags = ["en", "uk"] as const;
export type Tag = (typeof tags)[number];

/** Says one entry of a table, with its gaps filled. */
export type Say<T extends Table> = (name: keyof T, values?: Readonly<Record<string, string | number>>) => string;

/** Makes the words of a table speak one language. */
export function speak<T extends Table>(table: T, tag: Tag): Say<T> {
  const plural = new Intl.PluralRules(tag);
  const column = tags.indexOf(tag);
  return (name, values = {}) => {
    const forms = (table[name]?.[column] ?? "").split("|");
    const { n } = values;
    const chosen = typeof n === "number" ? forms[["one", "few"].indexOf(plural.select(n))] : forms[0];
    return (chosen ?? forms.at(-1) ?? "").replace(/\{(\w+)\}/g, (gap, key: string) => {
      const value = values[key];
      return value === undefined ? gap : typeof value === "number" ? value.toLocaleString(tag) : value;
    });
  };
}

/** The language of somebody who chose one, or else of their browser. */
export function tagOf(chosen: string | null, preferred: readonly string[]): Tag {
  const known = [chosen ?? "", ...preferred].map((each) => each.slice(0, 2).toLowerCase());
  return known.map((each) => tags.find((tag) => tag === each)).find((tag) => tag !== undefined) ?? "en";
}

export const shared = {
  dashboard: ["Dashboard", "Панель керування"],
  skip: ["Skip to the content", "До вмісту"],
  tenant: ["Site", "Сайт"],
  account: ["Account of {name}", "Обліковий запис: {name}"],
  operator: ["Operator", "Оператор"],
  admin: ["Admin", "Адміністратор"],
  moderator: ["Moderator", "Модератор"],
  language: ["Language", "Мова"],
  signOut: ["Sign out", "Вийти"],
  live: ["Live", "Наживо"],
  connecting: ["Connecting…", "З’єднуємося…"],
  reconnecting: ["Reconnecting…", "Відновлюємо зв’язок…"],
  offline: ["Offline", "Офлайн"],
  tryAgain: ["Try again", "Повторити"],
  copy: ["Copy", "Копіювати"],
  copied: ["Copied", "Скопійовано"],
  copyByHand: ["Selected; press Ctrl+C", "Виділено; натисніть Ctrl+C"],
  loading: ["Loading…", "Завантаження…"],
  unreachable: ["The server did not answer.", "Сервер не відповів."],
  tooFast: ["Too many requests; wait {n} s.", "Забагато запитів; зачекайте {n} с."],
  forbidden: ["Your role does not allow this.", "Ваша роль цього не дозволяє."],
  refused: ["The server refused: {reason}", "Сервер відмовив: {reason}"],
  noTenant: ["There is no site here yet", "Тут ще немає жодного сайту"],
  noTenantHow: [
    "Make one on the server’s command line, then open this page again:",
    "Створіть його в командному рядку сервера й відкрийте цю сторінку знову:",
  ],
  onServer: ["On the server", "На сервері"],
  notYours: ["There is no such site, or it is not yours", "Такого сайту немає, або він не ваш"],
  notYoursHow: ["Choose one of those that you run:", "Оберіть один із тих, якими ви керуєте:"],
  noView: ["There is nothing at this address", "За цією адресою нічого немає"],
  toOverview: ["Go to the overview", "До огляду"],
} as const satisfies Table;

export const signInWords = {
  title: ["Sign in", "Вхід"],
  signingIn: ["Signing in…", "Входимо…"],
  email: ["E-mail", "Електронна пошта"],
  password: ["Password", "Пароль"],
  submit: ["Sign in", "Увійти"],
  elsewhere: ["Sign in with {name}", "Увійти через {name}"],
  or: ["or", "або"],
  byLink: [
    "You need a link. Whoever runs the server makes one with this command, where DIR is the server’s data folder; it works once, within an hour:",
    "Потрібне посилання. Його створює той, хто керує сервером, цією командою, де DIR — тека з даними сервера; воно діє один раз, протягом години:",
  ],
  byLinkToo: [
    "No password? A link signs you in, too; DIR is the server’s data folder:",
    "Немає пароля? Увійти можна й за посиланням; DIR — тека з даними сервера:",
  ],
  linkUsed: [
    "This link was used already, or is too old. Links work once, within an hour: ask for a new one.",
    "Це посилання вже використано, або воно застаріло. Посилання діє один раз, протягом години: попросіть нове.",
  ],
  onServer: ["On the server", "На сервері"],
  wrong: [
    "The e-mail address and the password do not fit together.",
    "Електронна пошта й пароль не підходять одне до одного.",
  ],
  ended: ["Your session has ended. Sign in again.", "Сеанс завершено. Увійдіть знову."],
  signedOut: ["You are signed out.", "Сеанс завершено."],
  failed: [
    "The other service did not sign you in ({code}). Try again, or use another way.",
    "Інша служба вас не впізнала ({code}). Спробуйте знову або в інший спосіб.",
  ],
  unknown: [
    "That service knows you, but you have no account here. Ask an admin for an invitation.",
    "Та служба вас знає, але тут у вас немає облікового запису. Попросіть адміністратора про запрошення.",
  ],
  unverified: [
    "The other service names no verified e-mail address of yours. Verify it there, then try again.",
    "Інша служба не має вашої підтвердженої електронної адреси. Підтвердьте її там і спробуйте знову.",
  ],
  expired: [
    "Signing in took too long, or began in another window. Try again.",
    "Вхід тривав задовго або почався в іншому вікні. Спробуйте знову.",
  ],
  away: [
    "The other service cannot be reached. Try again later, or use another way.",
    "Інша служба недоступна. Спробуйте пізніше або в інший спосіб.",
  ],
  refusedThere: [
    "The other service did not let you in, or you called it off.",
    "Інша служба вас не впустила, або вхід скасовано.",
  ],
} as const satisfies Table;
