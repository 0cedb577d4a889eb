// The widget's words, each in English and Ukrainian. `{n}` is filled in; `|` parts plural forms: one, (few,) other;
// for those who type: one, two, more.
//
// Ukrainian: no gendered past tense, the reader is addressed with «ви» or not at all. One table, so that no translation
// is forgotten; the build makes of each column /js/locales/<locale>.json.
//
// A text is known by its place: a widget may be older than the server that gives it its words. Add at the end, and leave
// what is no longer used; when all must move, so must the files' folder.

/** Language tags, in the order of the columns below. */
export const locales = ["en", "uk"] as const;

export const table = {
  discuss: ["Discuss", "Обговорити"],
  discussSelected: ["Discuss the selected words", "Обговорити виділене"],
  discussions: ["{n} discussion|{n} discussions", "{n} обговорення|{n} обговорення|{n} обговорень"],
  comments: ["{n} comment|{n} comments", "{n} коментар|{n} коментарі|{n} коментарів"],
  fresh: ["{n} new", "{n} нове|{n} нові|{n} нових"],
  viewing: ["{n} viewing", "{n} переглядає|{n} переглядають"],
  onlyYou: ["Only you", "Лише ви"],
  reconnecting: ["Reconnecting…", "Відновлюємо зв’язок…"],
  reconnected: ["Reconnected.", "Зв’язок відновлено."],
  offline: ["Offline", "Офлайн"],
  toSend: ["{n} to send", "не надіслано: {n}"],
  tryNow: ["Try now", "Повторити"],
  refused: ["This page cannot be discussed now.", "Обговорення зараз недоступне."],
  signIn: ["Sign in to take part.", "Увійдіть, щоб долучитися."],
  selectText: ["Select text to discuss it", "Виділіть текст"],
  about: ["Discussion about", "Обговорення слів"],
  start: ["Start the discussion…", "Почати обговорення…"],
  reply: ["Reply…", "Відповісти…"],
  editComment: ["Edit your comment", "Змінити коментар"],
  yourName: ["Your name", "Ваше ім’я"],
  asGuest: ["Write as a guest", "Писати як гість"],
  send: ["Send", "Надіслати"],
  save: ["Save", "Зберегти"],
  cancel: ["Cancel", "Скасувати"],
  edit: ["Edit", "Редагувати"],
  delete: ["Delete", "Видалити"],
  more: ["More", "Інші дії"],
  close: ["Close", "Закрити"],
  resolve: ["Resolve", "Позначити вирішеним"],
  reopen: ["Reopen", "Відкрити знову"],
  resolvedBy: ["Resolved by {n}", "Вирішено · {n}"],
  sending: ["Sending…", "Надсилання…"],
  willSend: ["Will be sent", "Буде надіслано"],
  typing: ["{n} is typing…|{n} are typing…|Several people are typing…", "{n} пише…|{n} пишуть…|Пишуть кілька людей…"],
  loading: ["Loading…", "Завантаження…"],
  edited: ["edited", "змінено"],
  held: ["Waits for a moderator; only you see it", "Чекає на модератора; бачите лише ви"],
  newComment: ["New comment by {n}.", "Новий коментар: {n}."],
  notAnswered: ["Not sent: the server did not answer.", "Не надіслано: сервер не відповів."],
  notAllowed: ["Not sent: you may not write here.", "Не надіслано: тут писати не можна."],
  notSignedIn: ["Not sent: sign in again.", "Не надіслано: увійдіть знову."],
  notSoFast: ["Not sent: too fast, wait {n} s.", "Не надіслано: зачекайте {n} с."],
  notTaken: ["Not sent: the server did not accept it.", "Не надіслано: сервер не прийняв."],
  tryAgain: ["Try again", "Повторити"],
  copyText: ["Copy text", "Копіювати"],
  discard: ["Discard", "Відкинути"],
  left: ["{n} character left|{n} characters left", "Залишилося символів: {n}"],
  tooMany: ["{n} character too many|{n} characters too many", "Зайвих символів: {n}"],
  deleted: ["This discussion was deleted.", "Обговорення видалено."],
  deleteComment: ["Delete this comment?", "Видалити цей коментар?"],
  deleteDiscussion: [
    "Delete this discussion with {n} comment?|Delete this discussion with {n} comments?",
    "Видалити обговорення? Коментарів: {n}",
  ],
  readOnly: ["Read only", "Лише читання"],
  list: ["Discussions", "Обговорення"],
  open: ["Open", "Відкриті"],
  mine: ["Mine", "Мої"],
  resolved: ["Resolved", "Вирішені"],
  lost: ["Lost", "Загублені"],
  none: ["No discussions yet", "Обговорень ще немає"],
  howTo: ["Select a few words in the text and press Discuss.", "Виділіть кілька слів і натисніть «Обговорити»."],
  lostNote: [
    "These words are no longer on the page, or stand in it twice. Nothing was thrown away.",
    "Цих слів немає на сторінці, або вони є двічі. Нічого не втрачено.",
  ],
  justNow: ["just now", "щойно"],
  minutes: ["{n} min", "{n} хв"],
  private: ["Private", "Приватне"],
} satisfies Record<string, readonly [string, string]>;
