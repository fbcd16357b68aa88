"""What happens in the practice room, in order: open, preview, ask, stop, check, review."""

from lab.session.holder import PolicyHolder
from lab.session.lab import Lab, Preview
from lab.session.live import LiveTurns
from lab.session.meters import Meters
from lab.session.transcript import Transcript, fold

__all__ = ["Lab", "LiveTurns", "Meters", "PolicyHolder", "Preview", "Transcript", "fold"]
