#!/usr/bin/env bash
# Runs a command where only this machine itself can be reached, and counts what tried to go further:
#   sudo deploy/alone.sh .venv/bin/python -m pytest -n 2 tests/browser
# A network namespace of its own has a loopback and no way out. Packets that would leave find no route,
# which the kernel counts (IpOutNoRoutes and Ip6OutNoRoutes); name look-ups are packets too.
set -euo pipefail
if [ "${1:-}" != --inside ]; then
    exec unshare --net -- "$0" --inside "$@"
fi
shift
ip link set lo up
status=0
"$@" || status=$?
tried=$(($(awk '/^Ip:/ { if (seen++) print $(at); else for (i = 1; i <= NF; i++) if ($i == "OutNoRoutes") at = i }' /proc/net/snmp) \
    + $(awk '$1 == "Ip6OutNoRoutes" { print $2 }' /proc/net/snmp6)))
echo "Thử kết nối ra ngoài máy: $tried lần / Attempts to reach another machine: $tried"
[ "$tried" = 0 ] || status=1
exit "$status"
