"""How far a long command has come: a line on a terminal, nothing elsewhere."""

import time
from typing import Any, TextIO

# On a terminal the line is written anew so often, in seconds.
PACE = 0.2


class Progress:
    """Shows share, rate and time left of what is being read; the writing comes after it."""

    def __init__(self, stream: Any, what: str = "rows") -> None:
        self.stream: TextIO = stream
        self.what = what
        self.is_shown = bool(getattr(stream, "isatty", lambda: False)())
        self.began = self.shown = time.monotonic()

    def __call__(self, share: float, rows: int) -> None:
        now = time.monotonic()
        if not self.is_shown or (now - self.shown < PACE and share < 1):
            return
        self.shown = now
        spent = max(now - self.began, 0.001)
        left = spent / share - spent if share > 0 else 0
        self.stream.write(
            f"\r\033[K{share:4.0%}  {rows:,} {self.what}  {rows / spent:,.0f} a second  "
            f"{int(left) // 60}:{int(left) % 60:02} left to read"
        )
        if share >= 1:
            self.stream.write("\r\033[KRead; comparing and writing …")
        self.stream.flush()

    def wait(self, words: str, seconds: float) -> None:
        """Shows what is waited for; or, with no words, that it goes on after so many seconds."""
        self.began += seconds
        if self.is_shown:
            self.stream.write(f"\r\033[K{words}")
            self.stream.flush()

    def end(self) -> None:
        if self.is_shown:
            self.stream.write("\r\033[K")
            self.stream.flush()
