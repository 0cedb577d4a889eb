"""What one call of the benchmark has measured, as it is kept in a file; everything that is shown is made from this."""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.fanout.measure import Taken


@dataclass
class Part:
    """One table's figures, by candidate and figure, one value for each repetition."""

    taken: Taken = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.taken = {name: dict(figures) for name, figures in self.taken.items()}

    @property
    def names(self) -> list[str]:
        """The candidates that have figures, the cheapest at 1,000 viewers first where that was measured."""
        there = [name for name, figures in self.taken.items() if figures]
        return sorted(there, key=lambda name: self.median(name, "cpu_1k") or 0)

    def median(self, name: str, figure: str) -> float | None:
        """The median, or None if there is nothing."""
        values = self.taken.get(name, {}).get(figure)
        return statistics.median(values) if values else None

    def ratio(self, name: str, figure: str, to: str = "floor") -> float | None:
        """The median of the ratios to another candidate, each within one repetition."""
        mine, other = (self.taken.get(each, {}).get(figure, []) for each in (name, to))
        ratios = [a / b for a, b in zip(mine, other, strict=False)]
        return statistics.median(ratios) if ratios else None

    def spread(self, name: str, figure: str) -> tuple[float, float] | None:
        """The least and the greatest."""
        values = self.taken.get(name, {}).get(figure)
        return (min(values), max(values)) if values else None


@dataclass
class Results:
    """Everything of one call. `missing` names the rivals that could not be had, and why."""

    machine: dict[str, str]
    versions: dict[str, str]
    repeats: int
    about: dict[str, str]
    missing: dict[str, str]
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What else one should know of this call; by hand."""
    table: Part = field(default_factory=Part)
    tls: Part = field(default_factory=Part)
    curves: Part = field(default_factory=Part)
    huge: Part = field(default_factory=Part)
    writing: Part = field(default_factory=Part)

    def write(self, path: Path) -> None:
        """Keep it, figures in four digits."""
        rounded = json.loads(json.dumps(asdict(self)), parse_float=lambda text: float(f"{float(text):.4g}"))
        path.write_text(json.dumps(rounded, indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Results":
        """What was kept."""
        values = json.loads(path.read_text())
        return cls(**values | {name: Part(**values[name]) for name in ("table", "tls", "curves", "huge", "writing")})
