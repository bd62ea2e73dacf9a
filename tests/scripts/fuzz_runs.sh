#!/bin/sh
# fuzz_runs.sh SOURCE - ./run fuzz builds a fuzzer where it looks for it, and feeds
# it for a second. Skipped where clang cannot make a fuzzer.
set -eu
cd "$1"
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
    clang -fsanitize=fuzzer,address -x c -o "$place/fuzzer" - >"$place/out" 2>&1 || exit 77
status=0
./run fuzz 1 codec >"$place/out" 2>&1 || status=$?
if [ $status != 0 ] || [ "$(grep -cE '^[1-9][0-9]* inputs, none failed$' "$place/out")" != 1 ]; then
    cat "$place/out"
    exit 1
fi
