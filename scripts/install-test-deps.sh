#!/usr/bin/env bash
# Installs what `make test` needs and this machine does not have, and says what
# it does. Debian packages need root or sudo; everything else stays below the
# repository (bin/tools, .cache, e2e/**/node_modules; `make clean` removes it).
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '   %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# An interrupted `apt-get` leaves half of it done; running it again is safe.
apt_install() {
  local as=()
  if ! have apt-get; then
    say "missing: $*. This is no Debian; install them your way, then run make test again."
    exit 1
  fi
  if [ "$(id -u)" != 0 ]; then
    if ! have sudo; then
      say "missing: $*. Install them as root (apt-get install -y $*), then run make test again."
      exit 1
    fi
    as=(sudo)
  fi
  say "installing Debian packages: $*"
  if ! "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q ||
    ! "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; then
    say "that did not work, see above. Install them as root (apt-get install -y $*), then run make test again."
    exit 1
  fi
}

# True when the folder's own Node.js, or the machine's, is one that the browser
# tests accept.
node_is_new_enough() {
  have node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]
}

has_postgres() {
  [ "$(id -u)" != 0 ] || id postgres >/dev/null 2>&1 || return 1
  have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

debian_packages() {
  local missing=()
  # The race detector needs a C compiler; the product does not.
  if ! have gcc || [ ! -e /usr/include/stdlib.h ]; then missing+=(gcc libc6-dev); fi
  have git || missing+=(git)
  have prlimit || missing+=(util-linux)
  have chromium || missing+=(chromium)
  has_postgres || missing+=(postgresql)
  have node || missing+=(nodejs)
  have npm || missing+=(npm)
  if ! moto_works && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then missing+=(python3-venv); fi
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

npm_packages() {
  say "npm packages of e2e/package-lock.json"
  npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --prefix e2e --loglevel error
  if ! node_is_new_enough; then
    say "Node.js $(node -v) is too old for the browser tests: fetching the one of e2e/node/package-lock.json"
    npm ci --ignore-scripts --no-audit --no-fund --prefix e2e/node --loglevel error
    . scripts/env.sh
    node_is_new_enough || { say "no Node.js 20 or newer for this machine; install one, then run make test again"; exit 1; }
  fi
}

# moto plays AWS for the tests of the secret store. A file on the PATH may belong
# to another user's Python, so it is started, not just looked for.
moto_works() { moto_server --help >/dev/null 2>&1; }

# Without it those tests fall back to recorded answers, so a person may go on; a
# run that sets ZEROTOUCH_TEST_REQUIRE_MOTO may not.
moto() {
  if moto_works; then return; fi
  say "moto_server (a stand-in for AWS) in .cache/moto"
  if python3 -m venv .cache/moto &&
    .cache/moto/bin/pip install -qq --retries 1 --disable-pip-version-check 'moto[server]==5.2.1'; then
    . scripts/env.sh
  fi
  if moto_works; then return; fi
  if [ -n "${ZEROTOUCH_TEST_REQUIRE_MOTO:-}" ]; then
    say "moto_server could not be installed, and ZEROTOUCH_TEST_REQUIRE_MOTO asks for it"
    exit 1
  fi
  say "WARNING: moto_server could not be installed; the secret store is tested with recorded answers only"
}

go_tools() {
  say "the tools of tools/go.mod, in bin/tools"
  make --no-print-directory tools
}

. scripts/env.sh
have go || { say "Go is missing; install Go 1.26 or newer, then run make test again"; exit 1; }
debian_packages
npm_packages
moto
go_tools
