# Sourced by the other scripts: puts what install-test-deps.sh fetched for this
# checkout before the machine's own programs. Wants the repository as the
# current folder.
for dir in bin/tools .cache/moto/bin e2e/node/node_modules/node-linux-*/bin; do
  if [ -d "$dir" ]; then PATH="$PWD/$dir:$PATH"; fi
done
export PATH
