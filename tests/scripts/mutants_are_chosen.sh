#!/bin/sh
# mutants_are_chosen.sh SOURCE - of the deliberate mistakes those are made that a change may
# have to do with: by their file, by their test, or by the table itself.
set -eu
source=$1
command -v git >/dev/null || exit 77
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0
unset MUTANTS_SINCE
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM

mkdir -p "$tree/scripts" "$tree/src/base" "$tree/tests/mutants" "$tree/tests/unit/base"
cp -r "$source/scripts/mutants" "$tree/scripts"
cd "$tree"
for name in arena hash; do
    echo 'int a = 1;' >src/base/$name.c
    echo 'static void it_holds(void **state)' >tests/unit/base/$name.c
    printf 'file src/base/%s.c\nmutant %s\n right 1\n wrong 2\n test unit_base_%s it_holds\n' \
        $name $name $name >>tests/mutants/table
done

# expect WHEN NAME...: those are chosen.
expect() {
    when=$1
    shift
    found=$(scripts/mutants/run --list --changed | tr '\n' ' ')
    if [ "$found" != "${*:+$* }" ]; then
        echo "$when: \"$found\" are chosen, not \"$*\""
        failed=1
    fi
}

commit() {
    git add .
    git -c user.name=a -c user.email=a@example commit -q -m "$1"
}

expect "without git" arena hash
git init -q -b main
commit first
expect "without a commit before" arena hash
commit_of_nothing() { git -c user.name=a -c user.email=a@example commit -q --allow-empty -m "$1"; }
commit_of_nothing second
expect "when nothing has changed"
echo 'int b;' >>src/base/hash.c
expect "when its file has changed" hash
commit third
expect "when its file has changed in the last commit of main" hash
commit_of_nothing fourth
expect "when it has changed before"
git checkout -q -b branch
echo 'int c;' >>tests/unit/base/arena.c
commit fifth
echo 'int d;' >>src/base/hash.c
commit sixth
expect "when a branch has changed a test and a file" arena hash
MUTANTS_SINCE=HEAD~1
export MUTANTS_SINCE
expect "since the commit that is named" hash
MUTANTS_SINCE=HEAD
expect "since nothing"
echo '#' >>tests/mutants/table
expect "when the table has changed" arena hash

exit $failed
