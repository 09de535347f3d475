"""Levels of messages, which scripts set; messages here are errors of models, on the standard error stream."""

from __future__ import annotations

from enum import Enum


class LoggingLevel(Enum):
    """Which messages are shown: those of a level and all above it."""

    DEBUG = 0
    INFO = 1
    WARNING = 2
    ERROR = 3
    NO = 4


class Logger:
    """Keeps the level that a script sets."""

    logging_level: LoggingLevel | None = None

    @classmethod
    def init_logger(cls, logging_level: LoggingLevel) -> None:
        """Set the level."""
        cls.logging_level = logging_level

    @classmethod
    def set_logging_level(cls, logging_level: LoggingLevel) -> None:
        """Set the level."""
        cls.logging_level = logging_level

    @classmethod
    def string_to_level(cls, string: str) -> LoggingLevel:
        """Return the level of a name."""
        name = string.removesuffix("S") if string in ("WARNINGS", "ERRORS") else string
        name = "NO" if name == "NONE" else name
        if name not in LoggingLevel.__members__:
            raise ValueError(
                f"unknown logging level {string!r}; known are {', '.join(LoggingLevel.__members__)}"
            )
        return LoggingLevel[name]
