#!/bin/sh
# from_pyjangle_can_fail.sh SOURCE - scripts/check-from-pyjangle passes two sound pages, and
# names each flaw of others.
set -eu
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0
unset CI

numbers() { # LETTER COUNT: X1 X2 X3...
    seq -f "$1%g" "$2"
}

# Two pages with all their numbers, two programs, and what their last run said.
lay() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/scripts" "$tree/docs" "$tree/tests/refused" \
        "$tree/build/Testing/Temporary"
    cp "$1/scripts/check-from-pyjangle" "$tree/scripts"
    cd "$tree"
    printf 'static void it_holds(void **state)\n  cmocka_unit_test(it_lasts),\n' >tests/unit.c
    printf 'test="it holds, too"\n' >tests/steps.sh
    : >tests/refused/mistake.c
    echo 'jangle_test(unit/a)' >tests/refused/CMakeLists.txt
    echo 'register_test(steps COMMAND x)' >tests/CMakeLists.txt
    {
        printf '| a | b | test |\n|---|---|---|\n'
        for number in E1 E2 E3 E4 E5 E6 E7 S1 S2 S3 S4 S5 S6 G1 G2 G3 G4 \
            C1 C2 C3 C4 C5 C6 C7 C8 C9 C10; do
            echo "| $number | b | \`unit_a: it_holds\` |"
        done
        number=0
        while [ $((number += 1)) -le 37 ]; do
            echo "| D$number | b | \`unit_a: it_lasts\` |"
        done
        echo "| a | b | does not apply: because |"
        echo "| a | b | \`steps: it holds, too\`, \`steps: mistake.c\` |"
    } >docs/from-pyjangle.md
    {
        printf '| a | b | test |\n|---|---|---|\n'
        for number in $(numbers M 32) $(numbers C 12) $(numbers P 33) $(numbers Q 24); do
            echo "| $number | b | \`unit_a: it_holds\` |"
        done
        echo "| a | b | \`unit_a: it_lasts\`, and more |"
        echo "| a | b | \`steps: it holds, too\` |"
    } >docs/from-the-ancestors.md
    cat >build/Testing/Temporary/LastTest.log <<'END'
1/2 Testing: unit_a
[       OK ] it_holds (memory)
[       OK ] it_lasts
Test Failed.
2/2 Testing: steps
Test Passed.
END
}

expect() { # STATUS WORDS: how the check ends, and what it says
    status=0
    scripts/check-from-pyjangle ${build:+"$build"} >out 2>&1 || status=$?
    if [ $status != "$1" ] || ! grep -qF -- "$2" out; then
        echo "check-from-pyjangle does not end $1 and say \"$2\" ($status):"
        cat out
        failed=1
    fi
    lay "$source"
}

source=$1
build=
lay "$source"
expect 0 'each passed'
rm -r build
expect 0 'none was run'
rm -r build
build=build
expect 1 'run the tests first'
sed -i 's/it_holds/another/' build/Testing/Temporary/LastTest.log
expect 1 'unit_a: it_holds did not run, or failed'
sed -i 's/Testing: unit_a/Testing: unit_b/' build/Testing/Temporary/LastTest.log
expect 1 'unit_a: it_holds did not run, or failed'
sed -i 's/Passed/Failed/' build/Testing/Temporary/LastTest.log
expect 1 'steps: it holds, too did not run, or failed'
sed -i 's/it_holds/it_held/' tests/unit.c
expect 1 'it_holds is in none of the tests'
sed -i 's/too/two/' tests/steps.sh
expect 1 'it holds, too is in none of the tests'
rm tests/refused/mistake.c
expect 1 'mistake.c is in none of the tests'
sed -i 's/unit.a/unit\/b/' tests/refused/CMakeLists.txt
expect 1 'unit_a is no test of ctest'
sed -i '/D17/d' docs/from-pyjangle.md
expect 1 'has no row D17'
sed -i 's/it_lasts/it_ends/' tests/unit.c
expect 1 'it_lasts is in none of the tests'
sed -i 's/.unit_a: it_lasts./later/' docs/from-pyjangle.md
expect 1 'names no test'
sed -i 's/apply: because/apply: /' docs/from-pyjangle.md
expect 1 'names no test'
sed -i 's/unit_a: it_holds/it_holds/' docs/from-pyjangle.md
expect 1 'is no "program: test"'
sed -i 's/| b |/|/' docs/from-pyjangle.md
expect 1 'has not three columns'
echo '| a | b | with Kafka |' >>docs/from-pyjangle.md
expect 1 'names no test'
echo '| a | b | with luck |' >>docs/from-the-ancestors.md
expect 1 'from-the-ancestors.md:106: names no test'
# shellcheck disable=SC2016 # these are no commands
echo '| a | b | `with luck` |' >>docs/from-the-ancestors.md
expect 1 'from-the-ancestors.md:106: with luck is no "program: test"'
sed -i '/Q24/d' docs/from-the-ancestors.md
expect 1 'from-the-ancestors.md:0: has no row Q24'
sed -i 's/it_lasts/it_ends/' docs/from-the-ancestors.md
expect 1 'from-the-ancestors.md:104: it_ends is in none of the tests'
: >docs/from-pyjangle.md
expect 1 'names no tests at all'

exit $failed
