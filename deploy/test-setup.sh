#!/usr/bin/env bash
# What the tests need from the system: Chromium. Idempotent, and silent when nothing is missing.
set -euo pipefail
command -v chromium >/dev/null || command -v chromium-browser >/dev/null && exit 0
sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo"
echo "Cài Chromium cho bài thử trình duyệt... / Installing Chromium for the browser tests..." >&2
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get install -y -q chromium >/dev/null 2>&1 || { $sudo apt-get update -q >/dev/null && $sudo apt-get install -y -q chromium >/dev/null; }
