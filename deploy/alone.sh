#!/usr/bin/env bash
# Runs a command where only this machine itself can be reached, and counts what tried to go further:
#   sudo deploy/alone.sh .venv/bin/python -m pytest -n 2 tests/browser
# A network namespace of its own has a loopback, and a way out that ends in nothing: whatever is sent
# anywhere else, name look-ups too, goes into it and is counted. A socket that only asks the kernel
# for a route sends nothing (Chromium does, to learn whether there is IPv6), so it does not count.
set -euo pipefail
if [ "${1:-}" != --inside ]; then
    exec unshare --net -- "$0" --inside "$@"
fi
shift
sent() { awk '$1 == "out:" { print $11 }' /proc/net/dev; }
ip link set lo up
ip link add out type veth peer name nowhere
for end in out nowhere; do # the kernel itself asks nobody for neighbours and routers
    echo 1 >"/proc/sys/net/ipv6/conf/$end/addr_gen_mode"
    echo 0 >"/proc/sys/net/ipv6/conf/$end/router_solicitations"
    ip link set "$end" arp off multicast off up
done
ip address add 192.0.2.1/32 dev out
ip -6 address add 2001:db8::1/128 dev out nodad
ip route add default dev out
ip -6 route add default dev out
before=$(sent)
status=0
"$@" || status=$?
tried=$(($(sent) - before))
echo "Gói tin gửi ra ngoài máy: $tried / Packets sent to another machine: $tried"
[ "$tried" = 0 ] || status=1
exit "$status"
