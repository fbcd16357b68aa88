"""Looking after the files of the policy while a version of it is in force.

What is in force lives in memory: files that break afterwards change nothing of what is decided.
But the next start would fail, or an officer edits what is broken: so it is noticed and told.
"""

from __future__ import annotations

import re

from lab.errors import DataFileError, LabError, PolicyError
from lab.keys import Keys
from lab.policy import mosaic, versions
from lab.policy import rules as rule_files
from lab.settings import Settings

_VERSION = re.compile(r"v([1-9]\d*)")


class Watch:
    """Compares the files of one version, and of the folder that the next one comes from."""

    def __init__(self, settings: Settings, keys: Keys, version: str) -> None:
        """``version``: the one in force."""
        self._settings, self._keys, self._version = settings, keys, version
        self._seen: tuple[object, ...] = ()
        self._draft: LabError | None = None

    def look(self) -> LabError | None:
        """What is wrong now: the published files first. None where all is well."""
        return self._published() or self._next()

    def _published(self) -> LabError | None:
        number = _VERSION.fullmatch(self._version)
        if number is None:  # a policy that was handed over is in no folder
            return None
        try:
            versions.intact(self._settings, int(number[1]), keys=self._keys)
        except PolicyError as error:
            file = str(error.values.get("file", "policies"))
            return PolicyError("policy_copy", version=self._version, file=file)
        except OSError:
            return PolicyError("policy_copy", version=self._version, file="policies")
        return None

    def _next(self) -> LabError | None:
        """The folder that officers edit; read again only where a file of it changed."""
        folder = self._settings.policies
        try:
            files = [(path, path.stat()) for path in rule_files.files_of(folder)]
            seen = tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in files)
            if seen == self._seen and seen:
                return self._draft
            self._seen, self._draft = seen, None
            rule_files.read(folder)
            mosaic.read(folder)
        except DataFileError as error:
            first = error.problems[0]
            file = first.file.rsplit("/", 1)[-1]
            self._draft = PolicyError(
                "policy_draft", version=self._version, file=file, line=first.line
            )
        except OSError:
            self._draft = PolicyError(
                "policy_draft", version=self._version, file=folder.name, line=0
            )
        return self._draft
