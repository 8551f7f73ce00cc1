#!/bin/sh
# The looks of the doctor done by hand, one after the other, as a person would
# type them. Prints what they show and judges nothing.
base=${1:-http://127.0.0.1:11434}
cat "$HOME/.openclaw/openclaw.json"
uname -r
free -b
getent ahosts "$(echo "$base" | sed 's|.*//||; s|:[0-9]*$||')"
ss -tlnp | grep "${base##*:}"
curl -s "$base/api/version"
tags=$(curl -s "$base/api/tags")
echo "$tags"
curl -s "$base/api/ps"
for name in $(echo "$tags" | grep -o '"name":"[^"]*"' | cut -d'"' -f4); do
  curl -s "$base/api/show" -d "{\"model\":\"$name\"}"
done
if [ -d /run/systemd/system ]; then
  systemctl show ollama systemd-resolved -p ActiveState,SubState,NRestarts,FragmentPath,Environment
  busctl --auto-start=no call org.freedesktop.resolve1 /org/freedesktop/resolve1 \
    org.freedesktop.DBus.Properties Get ss org.freedesktop.resolve1.Manager DNSOverTLS
  journalctl --no-pager --since -30d _SYSTEMD_UNIT=systemd-resolved.service PRIORITY=2 |
    grep "Assertion 's->read_packet->family == AF_INET6' failed"
fi
exit 0
