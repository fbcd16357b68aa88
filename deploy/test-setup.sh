#!/usr/bin/env bash
# What the tests need from the system: Chromium, Tesseract with Vietnamese, PostgreSQL, nginx, and
# the programs that check the files beside this one (docker-compose, systemd-analyze).
# Idempotent, and silent when nothing is missing.
set -euo pipefail
missing=() light=""
if ! command -v chromium-headless-shell >/dev/null; then # half the work of a browser with windows
    if grep -qx 'ID=debian' /etc/os-release; then # Ubuntu has none
        light=chromium-headless-shell
    elif ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null; then
        missing+=(chromium)
    fi
fi
tesseract --list-langs 2>/dev/null | grep -qx vie || missing+=(tesseract-ocr tesseract-ocr-vie)
{ compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb; } >/dev/null || missing+=(postgresql)
{ [ -x /usr/sbin/nginx ] || command -v nginx; } >/dev/null || missing+=(nginx-light)
command -v systemd-analyze >/dev/null || missing+=(systemd)
bare=() # without what the package recommends: a Docker server is not needed for a check
command -v docker-compose >/dev/null || bare+=(docker-compose)
[ ${#missing[@]} = 0 ] && [ ${#bare[@]} = 0 ] && [ -z "$light" ] && exit 0
sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo"
echo "Cài phần mềm cho bài thử: ${missing[*]} ${bare[*]} $light... / Installing what the tests need..." >&2
export DEBIAN_FRONTEND=noninteractive
install() {
    $sudo apt-get install -y -q "$@" >/dev/null 2>&1 || { $sudo apt-get update -q >/dev/null && $sudo apt-get install -y -q "$@" >/dev/null; }
}
[ ${#missing[@]} = 0 ] || install "${missing[@]}"
[ ${#bare[@]} = 0 ] || install --no-install-recommends "${bare[@]}"
[ -z "$light" ] || install --no-install-recommends "$light" || command -v chromium >/dev/null || install chromium
