#!/bin/sh
# Finds or installs the browsers of the end-to-end tests. $1: folder of the environment's programs.
set -eu

# Branded Chrome will not do: it loads no unpacked extension from the command line.
has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null; }
has_firefox() { command -v firefox-esr >/dev/null || command -v firefox >/dev/null; }

if has_chromium && has_firefox; then
  exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq
  has_chromium || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium
  # Ubuntu has no such package; the tests in Firefox are then skipped, and say so.
  has_firefox || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq firefox-esr || true
else
  has_chromium || "$1/playwright" install chromium
fi
