"""Hours, days and months of UTC, as usage is shown by: where each begins, and all of them within a range."""

from datetime import UTC, datetime

from collabchat.core.usage import HOUR_MS, Counts, Granularity

DAY_MS = 24 * HOUR_MS
ROWS_MAX = 2_000
"""So many rows are answered at once: 83 days by hour, five years by day."""


def start_of(ms: int, granularity: Granularity) -> int:
    """The first ms of the hour, day or month in which a time is."""
    match granularity:
        case "hour":
            return ms - ms % HOUR_MS
        case "day":
            return ms - ms % DAY_MS
        case "month":
            return _month_start(_months_of(ms))


def next_start(ms: int, granularity: Granularity) -> int:
    """The first ms of the period after the one in which a time is."""
    match granularity:
        case "hour":
            return start_of(ms, "hour") + HOUR_MS
        case "day":
            return start_of(ms, "day") + DAY_MS
        case "month":
            return _month_start(_months_of(ms) + 1)


def starts_within(since: int, until: int, granularity: Granularity) -> list[int]:
    """Where each period begins that has a part in [since, until); at most one more than ROWS_MAX."""
    starts = [start_of(since, granularity)]
    while (after := next_start(starts[-1], granularity)) < until and len(starts) <= ROWS_MAX:
        starts.append(after)
    return starts


def before(starts: list[int], granularity: Granularity) -> list[int]:
    """Where as many periods begin that come just before these."""
    if granularity == "month":
        first = _months_of(starts[0])
        return [_month_start(number) for number in range(first - len(starts), first)]
    step = HOUR_MS if granularity == "hour" else DAY_MS
    return [start - len(starts) * step for start in starts]


def gather(hours: list[tuple[int, Counts]], starts: list[int], granularity: Granularity) -> list[tuple[int, Counts]]:
    """Sum what was counted by hour (or day) up to the periods that begin then; in some of them, nothing was."""
    rows = {start: Counts() for start in starts}
    for hour, counts in hours:
        if (row := rows.get(start_of(hour, granularity))) is not None:
            row.add(counts)
    return list(rows.items())


def _months_of(ms: int) -> int:
    at = datetime.fromtimestamp(ms / 1_000, UTC)
    return at.year * 12 + at.month - 1


def _month_start(number: int) -> int:
    return int(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp()) * 1_000
