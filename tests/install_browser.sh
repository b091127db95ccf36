#!/bin/sh
# Finds or installs the browser of the end-to-end tests. $1: folder of the environment's programs.
set -eu
# Branded Chrome will not do: it loads no unpacked extension from the command line.
if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then
  exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium
else
  "$1/playwright" install chromium
fi
