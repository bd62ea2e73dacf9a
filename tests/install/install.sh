#!/bin/sh
# install.sh BUILD - what `cmake --install` leaves behind is enough for a program outside
# the tree: found by CMake and by pkg-config, linked shared and static.
set -eu
build=$1
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
prefix="$place/a prefix" # one with a space

say() { echo "--- $*"; }
quietly() {
    if ! "$@" >log 2>&1; then
        cat log
        exit 1
    fi
}

say "install"
cmake --install "$build" --prefix "$prefix" >/dev/null
mkdir "$place/stranger"
cp "$here"/*.[ch] "$here/CMakeLists.txt" "$place/stranger"
cd "$place/stranger"

say "find_package: shared, static, testing"
optional=$(find "$prefix" -name 'libjangle_*.so' | sed 's/.*libjangle_\(.*\)\.so/\1/' | sort)
quietly cmake -S . -B built -DCMAKE_PREFIX_PATH="$prefix" \
    -DOPTIONAL="$(echo "$optional" | tr '\n' ';')"
quietly cmake --build built
built/with_shared "$place/a.db"
built/with_static "$place/b.db"
built/with_testing
ldd built/with_shared | grep -q 'libjangle\.so\.0\.1 => .*/a prefix/'
if ldd built/with_static | grep libjangle; then
    echo "jangle::static is linked to the shared library"
    exit 1
fi

say "jangle, with its manual page and completions"
[ "$("$prefix/bin/jangle" --version)" = "jangle $(sed -n \
    's/^#define JANGLE_VERSION *"\(.*\)"/\1/p' "$prefix/include/jangle/version.h")" ]
"$prefix/bin/jangle" info "$place/a.db" --json | grep -q '"position":2'
grep -q '^\.It Xo' "$(find "$prefix" -name jangle.1)"
for name in jangle.bash _jangle jangle.fish; do
    grep -q events "$(find "$prefix" -name $name)"
done

# pkg-config escapes spaces for a shell to read again: hence eval.
say "pkg-config: shared, static, testing"
libraries=$(dirname "$(find "$prefix" -name libjangle.so)")
export PKG_CONFIG_PATH="$libraries/pkgconfig"
header=$(sed -n 's/^#define JANGLE_VERSION *"\(.*\)"/\1/p' \
    "$prefix/include/jangle/version.h")
[ "$(pkg-config --modversion jangle)" = "$header" ]
eval "cc -std=c11 -o shared program.c counter.c $(pkg-config --cflags --libs jangle)"
LD_LIBRARY_PATH="$libraries" ./shared "$place/c.db"
quietly eval "cc -std=c11 -static -o static program.c counter.c \
    $(pkg-config --static --cflags --libs jangle)"
./static "$place/d.db"
eval "cc -std=c11 -o testing spec.c counter.c \
    $(pkg-config --cflags --libs jangle-testing)"
./testing

for name in $optional; do
    say "$name: shared and static, by CMake and pkg-config"
    built/with_"$name"
    built/with_"$name"_static
    ldd built/with_"$name" | grep -q "libjangle_$name\.so\.0\.1 => .*/a prefix/"
    if ldd built/with_"$name"_static | grep libjangle; then
        echo "jangle::${name}_static is linked to a shared library of jangle"
        exit 1
    fi
    eval "cc -std=c11 -o $name $name.c $(pkg-config --cflags --libs "jangle-$name")"
    LD_LIBRARY_PATH="$libraries" "./$name"
    if nm -D --defined-only "$libraries/libjangle_$name.so" | awk '{ print $3 }' |
        grep -v '^jangle_'; then
        echo "libjangle_$name.so exports what is not jangle_*"
        exit 1
    fi
done
