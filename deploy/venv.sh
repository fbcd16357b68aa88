#!/usr/bin/env bash
# Makes .venv from uv.lock. Idempotent. $1: a Python, 3.11 or newer. $2: version of uv.
set -euo pipefail
python=$1
uv_version=$2

say() { printf '%s\n' "$*" >&2; }

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "Cần Python 3.11 trở lên ($python không phải). / Python 3.11 or newer is needed ($python is not)."
    say "  -> apt-get install python3 python3-venv"
    exit 1
fi

if [ ! -x .venv/bin/python ] || [ ! -x .venv/bin/pip ]; then
    say "Tạo môi trường Python... / Making the Python environment..."
    if ! "$python" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            say "Cài python3-venv... / Installing python3-venv..."
            apt-get install -y -q python3-venv >/dev/null || { apt-get update -q >/dev/null && apt-get install -y -q python3-venv >/dev/null; }
            "$python" -m venv .venv
        else
            say "Thiếu python3-venv. / python3-venv is missing."
            say "  -> sudo apt-get install python3-venv"
            exit 1
        fi
    fi
fi

if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$uv_version" ]; then
    .venv/bin/python -m pip install -q "uv==$uv_version"
fi
say "Cài các gói theo uv.lock (lần đầu khoảng 1 phút)... / Installing the locked packages (about a minute the first time)..."
.venv/bin/uv sync --frozen --inexact --compile-bytecode --python .venv/bin/python
.venv/bin/python -m compileall -q lab # every start would compile it again where the lab may not write
