#!/bin/sh
# Installs openclaw-doctor @VERSION@, without root: into ~/.local/bin, or into /usr/local/bin where root asks.
# What is fetched must have the checksum that stands below.
#
#   sh install.sh
#   OPENCLAW_DOCTOR_BIN=DIRECTORY sh install.sh     elsewhere
#   OPENCLAW_DOCTOR_FROM=PLACE sh install.sh        from another URL, or from a local folder
set -eu
version=@VERSION@
from=${OPENCLAW_DOCTOR_FROM:-@FROM@}

fail() { printf 'install.sh: %s\n' "$1" >&2; exit 1; }

checksums() {
  cat <<'SUMS'
@SUMS@
SUMS
}

# glibc 2.28 or later, and then names resolve as for the Node of OpenClaw; else the static program.
libc() {
  found=$(getconf GNU_LIBC_VERSION 2>/dev/null) || found=
  found=${found#glibc }
  major=${found%%.*} minor=${found#*.}
  minor=${minor%%.*}
  case "$major$minor" in '' | *[!0-9]*) echo musl; return ;; esac
  if [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 28 ]; }; then echo gnu; else echo musl; fi
}

fetch() {
  case $from in
    http://* | https://*)
      if command -v curl >/dev/null; then curl --fail --silent --show-error --location --output "$2" "$from/$1"
      elif command -v wget >/dev/null; then wget -q -O "$2" "$from/$1"
      else fail 'curl or wget is needed'; fi ;;
    *) cp "$from/$1" "$2" ;;
  esac || fail "$from/$1 cannot be fetched"
}

[ "$(uname -s)" = Linux ] || fail 'it is made for Linux'
case $(uname -m) in
  x86_64 | amd64) cpu=x86_64 ;;
  aarch64 | arm64) cpu=aarch64 ;;
  *) fail "it is not built for $(uname -m)" ;;
esac
libc=$(libc)
name=openclaw-doctor-$version-$cpu-unknown-linux-$libc
expected=$(checksums | sed -n "s/^\([0-9a-f]\{64\}\)  $name\.tar\.gz\$/\1/p")
[ -n "$expected" ] || fail "there is no checksum for $name.tar.gz"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch "$name.tar.gz" "$work/$name.tar.gz"
if command -v sha256sum >/dev/null; then seen=$(sha256sum "$work/$name.tar.gz")
elif command -v shasum >/dev/null; then seen=$(shasum -a 256 "$work/$name.tar.gz")
else fail 'sha256sum or shasum is needed'; fi
[ "${seen%% *}" = "$expected" ] || fail "$name.tar.gz has the checksum ${seen%% *}, not $expected: it is not installed"

if [ -n "${OPENCLAW_DOCTOR_BIN:-}" ]; then bin=$OPENCLAW_DOCTOR_BIN
elif [ "$(id -u)" = 0 ]; then bin=/usr/local/bin
else bin=${HOME:?}/.local/bin; fi
tar -xzf "$work/$name.tar.gz" -C "$work"
"$work/$name/openclaw-doctor" --version >/dev/null || fail 'the program does not run here'
mkdir -p "$bin"
# Beside its place first, so that whoever starts it meanwhile gets the old one or the new one.
cp "$work/$name/openclaw-doctor" "$bin/.openclaw-doctor.$$"
chmod 755 "$bin/.openclaw-doctor.$$"
mv -f "$bin/.openclaw-doctor.$$" "$bin/openclaw-doctor"
printf '%s is installed: %s\n' "$("$bin/openclaw-doctor" --version)" "$bin/openclaw-doctor"
[ "$libc" = gnu ] || echo 'It is the static program, which resolves names by /etc/hosts and DNS only.'
case ":$PATH:" in
  *":$bin:"*) ;;
  *) printf '%s is not in PATH; start it as %s\n' "$bin" "$bin/openclaw-doctor" ;;
esac
