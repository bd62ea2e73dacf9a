#!/bin/sh
# times_are_summed.sh SOURCE - scripts/test-times adds up what two builds say, by label, and
# names the slowest tests.
set -eu
source=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
failed=0

mkdir -p "$place/build/asan" "$place/none"
printf 'power_1 slow threads\nrace threads\nquick \nabsent slow\n' >"$place/build/tests.list"
cp "$place/build/tests.list" "$place/build/asan"
test_case() { printf '\t<testcase name="%s" classname="%s" time="%s" status="%s">\n' "$1" "$1" "$2" "$3"; }
{
    test_case power_1 10.25 run
    test_case race 1.5 fail
    test_case quick 0.25 run
    test_case absent 99 notrun
} >"$place/build/tests.xml"
test_case race 4.5 run >"$place/build/asan/tests.xml"
cd "$place"
"$source/scripts/test-times" build build/asan none >out

expect() { # LINE
    grep -qxF -- "$1" out || {
        echo "there is no line '$1' in:"
        cat out
        failed=1
    }
}
expect '    16.2 s  threads    3 tests'
expect '    10.2 s  slow       1 tests'
expect '     0.2 s  (none)     1 tests'
expect '    10.2 s  power_1 (build)'
expect '     4.5 s  race (build/asan)'
[ "$(sed -n '/slowest/,$p' out | sed -n 2p)" = '    10.2 s  power_1 (build)' ] || {
    echo "the slowest does not come first"
    cat out
    failed=1
}
! grep -q absent out || failed=1
exit $failed
