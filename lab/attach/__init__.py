"""Files that people attach: read in a child process that can do nothing else, part by part."""

from lab.attach.limits import Limits
from lab.attach.parts import Document, Kind, Part, Unit
from lab.attach.reader import Reader, Unreadable

__all__ = ["Document", "Kind", "Limits", "Part", "Reader", "Unit", "Unreadable"]
