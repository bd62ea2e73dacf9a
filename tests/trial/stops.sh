#!/bin/sh
# stops.sh BIN BROKER - what happens to `./run messaging --broker BROKER` on Ctrl-C, and when
# a program ends that must not: nothing is left running.
set -eu
. "${0%/*}/common.sh"

end() { # STATUS
    [ $status != 77 ] || exit 77
    [ $status = "$1" ] || fail "it ends with $status, not with $1"
    expect_nothing_left
}

# ---- Ctrl-C, when all are at work
: >"$work/out"
try "$bin" 100000 100 &
process=$!
status=0
tail -n +1 -F --pid=$process "$work/out" 2>/dev/null | grep -m 1 'are started' || true
kill -INT $process
wait $process || status=$?
end 130

# ---- a bank that ends by itself
mkdir "$work/bin"
ln -s "$bin/loyalty" "$bin/compare_stores" "$work/bin"
printf '#!/bin/sh\nexit 3\n' >"$work/bin/bank"
chmod +x "$work/bin/bank"
status=0
(try "$work/bin" 100000 100) || status=$?
end 1
grep -q 'the bank has ended by itself' "$work/out" || fail "nothing says that the bank has ended"
exit $failures
