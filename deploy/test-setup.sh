#!/usr/bin/env bash
# What the tests need from the system: Chromium, Tesseract with Vietnamese, PostgreSQL, nginx.
# Idempotent, and silent when nothing is missing.
set -euo pipefail
missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
tesseract --list-langs 2>/dev/null | grep -qx vie || missing+=(tesseract-ocr tesseract-ocr-vie)
{ compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb; } >/dev/null || missing+=(postgresql)
{ [ -x /usr/sbin/nginx ] || command -v nginx; } >/dev/null || missing+=(nginx-light)
[ ${#missing[@]} = 0 ] && exit 0
sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo"
echo "Cài phần mềm cho bài thử: ${missing[*]}... / Installing what the tests need..." >&2
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get install -y -q "${missing[@]}" >/dev/null 2>&1 || { $sudo apt-get update -q >/dev/null && $sudo apt-get install -y -q "${missing[@]}" >/dev/null; }
