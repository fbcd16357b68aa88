"""The process in which the embedded model runs: llama.cpp's own server, on loopback.

Started by ``child.py`` with ``python -m lab.assistant.embedded_child``. Reads one line of JSON from
standard input (nothing secret is in its arguments or environment), writes one line of JSON with its
port, and ends when standard input is closed, which the kernel does when the parent is gone.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import xllamacpp

from lab.assistant.prefix import PREFIX

WATCH_SECONDS = 2.0
"""How often the parent is looked for, besides the end of standard input."""
BATCH = 64
"""Tokens read at once. A request that was given up is dropped between batches only, and others
write one token a batch meanwhile: 64 take about a second, llama.cpp's 2,048 half a minute."""


def main() -> None:
    """Load the model, say where it listens, and serve until the parent is gone."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    options = json.loads(sys.stdin.readline())
    parent = os.getppid()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    error = ""
    with ThreadPoolExecutor(1) as beside:
        hashed = beside.submit(_digest, options["path"]) if options["sha256"] else None
        try:
            server = xllamacpp.Server(_params(options))
        except RuntimeError:
            error = "load"
        if hashed is not None and hashed.result() != options["sha256"]:
            error = "hash"
    if error:
        out.write(json.dumps({"error": error}) + "\n")
        out.flush()
        os._exit(1)  # a loaded server would wait for its threads
    out.write(json.dumps({"port": int(server.listening_address.rpartition(":")[2])}) + "\n")
    out.flush()
    _warm(server, options["slots"])
    threading.Event().wait()


def _digest(path: str) -> str:
    """SHA-256 of the weights, read while they load."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _params(options: dict[str, Any]) -> Any:
    """The server's parameters from our options."""
    params = xllamacpp.CommonParams()
    params.model.path = options["path"]
    params.model_alias = {options["model"]}
    params.n_parallel = options["slots"]
    params.n_ctx = options["slots"] * options["context"]
    params.n_batch = params.n_ubatch = BATCH
    params.cpuparams.n_threads = options["threads"]
    params.cpuparams_batch.n_threads = options["threads"]
    params.cache_ram_mib = options["cache_mib"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [options["key"]]
    params.ui = False
    params.cors_origins = ""
    params.offline = True
    params.verbosity = 0
    return params


def _warm(server: Any, slots: int) -> None:
    """Read the fixed prefix into each slot, so that the first prompts need not wait for it."""
    rows = [{"role": message.role, "content": message.content} for message in PREFIX]
    for slot in range(slots):
        server.handle_chat_completions({"messages": rows, "max_tokens": 1, "id_slot": slot})


def _end_with(parent: int) -> None:
    """End this process when standard input closes or the parent changes."""
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], WATCH_SECONDS)
        if readable and not os.read(0, 4096):
            break
    os._exit(0)


if __name__ == "__main__":
    main()
