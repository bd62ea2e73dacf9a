#!/bin/sh
# checks_can_fail.sh SOURCE - each house check passes a sound tree and fails one with a
# single flaw, naming it. A check that cannot fail checks nothing.
set -eu
source=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

# A small tree in which all is well.
lay() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/include/jangle/plugin" "$tree/src" "$tree/storage/sqlite" \
        "$tree/storage/memory" "$tree/example_bank" "$tree/tests" "$tree/bench"
    cp -r "$source/scripts" "$source/.clang-format" "$tree"
    cat >"$tree/CMakeLists.txt" <<'END'
set(GROUND
  src/arena.c src/hash.c)
set(NOUNS
  src/registry.c src/codec_read.c
)
set(VERBS src/command.c)
set(MEMORY
  storage/memory/memory.c
)
END
    cd "$tree"
    echo '#include <stddef.h>' >include/jangle/plugin/store.h
    printf '/* free( */\nvoid jn_arena_free(void);\n' >src/arena.h
    printf '#include "arena.h"\n#include "path.h"\n' >src/registry.h
    echo '#include "registry.h"' >src/command.h
    : >src/path.h
    echo '#include "arena.h"' >src/arena.c
    echo '#include <xxhash.h>' >src/hash.c
    echo '#include "registry.h"' >src/registry.c
    : >src/codec_read.c
    echo '#include "command.h"' >src/command.c
    printf '#include "memory.h"\n#include <jangle/plugin/store.h>\n' >storage/memory/memory.c
    : >storage/memory/memory.h
}

passes() { # CHECK
    if ! "scripts/check-$1" >out 2>&1; then
        echo "check-$1 refuses a sound tree:"
        cat out
        failed=1
    fi
    lay
}

fails() { # CHECK WORDS: the complaint has these words
    status=0
    "scripts/check-$1" >out 2>&1 || status=$?
    if [ $status != 1 ] || ! grep -qF -- "$2" out; then
        echo "check-$1 does not say \"$2\" ($status):"
        cat out
        failed=1
    fi
    lay
}

lines() { # COUNT
    i=0
    while [ "$i" -lt "$1" ]; do
        echo "int line_$i;"
        i=$((i + 1))
    done
}

lay
passes layers
passes banned
passes functions

echo '#include <jansson.h>' >>src/registry.c
fails layers 'only tests know jansson'
echo '#include <uuid/uuid.h>' >>src/registry.c
fails layers 'only src/ids.c knows libuuid'
echo '#include <xxhash.h>' >>src/registry.c
fails layers 'know xxHash'
echo '#include <sqlite3.h>' >>src/registry.c
fails layers 'know SQLite'
echo '#include "../../src/arena.h"' >>storage/memory/memory.c
fails layers 'stays in its folder'
echo '#include <jangle/jangle.h>' >>storage/memory/memory.c
fails layers 'a store knows plugin/*'
echo '#include <jangle/view.h>' >>storage/memory/memory.c
fails layers 'a store knows plugin/*'
echo '#include "registry.h"' >>src/arena.c
fails layers 'src/arena.c (GROUND) reaches src/registry.h (NOUNS)'
echo '#include "command.h"' >>src/path.h
fails layers 'src/registry.c (NOUNS) reaches src/command.h (VERBS) through src/path.h'
echo '#include "store.h"' >>include/jangle/plugin/store.h
fails layers 'included as <jangle/...>'
: >src/forgotten.c
fails layers 'src/forgotten.c: is in no list'
: >src/path.c
sed -i 's|storage/memory/memory.c|& src/path.c|' CMakeLists.txt
fails layers 'src/path.c: is in the wrong list, MEMORY'

echo 'void f(char *a, char *b) { strcpy(a, b); }' >>src/registry.c
fails banned 'src/registry.c:2: strcpy() has a safe sibling'
echo 'void f(void *a) { free (a); }' >>src/registry.c
fails banned 'free() goes through the allocator'
echo 'void f(struct host *a) { a->free(a); /* free(a) */ puts("free(a)"); }' >>src/registry.c
passes banned
printf '/* one\n malloc(2)\n*/ int *a = malloc(3); /* malloc(4)\n*/\n' >>src/registry.c
fails banned 'src/registry.c:4: malloc()'
echo 'void f(void) { pthread_mutex_lock(0); }' >>storage/memory/memory.c
fails banned 'pthread_mutex_lock() goes through jn_mutex'
echo 'long f(void) { return time(0); }' >>src/registry.c
fails banned 'time() comes from the clock'
echo 'char *f(void) { return getenv("A"); }' >>src/registry.c
fails banned 'getenv() is read in src/config.c'
echo 'char *f(void) { return getenv("A"); }' >>example_bank/main.c
passes banned
echo 'const char *a = "INSERT OR IGNORE INTO a VALUES (1)";' >storage/sqlite/a.c
fails banned 'hide a lost write'
echo 'void f(void) { usleep(5); }' >tests/a.c
fails banned 'usleep() makes tests slow and lucky'

{ echo 'int f(void)'; echo '{'; lines 71; echo '}'; } >src/registry.c
fails functions 'src/registry.c:2: a function of 72 lines'
lines 451 >src/registry.c
fails functions 'src/registry.c: has more than 450 lines'

status=0
scripts/check-format >/dev/null 2>&1 || status=$?
if [ $status = 77 ]; then
    echo "clang-format 14 is not here: check-format is not tried"
else
    printf 'int f( void );\n' >src/registry.c
    fails format 'src/registry.c'
    printf 'int f( void );\n' >src/registry.c
    scripts/check-format --fix
    passes format
    lay
fi

# A contract of one clause, and its test.
clauses() {
    mkdir -p tests/contract
    echo '    /* ST-1   One clause, unlike ST-9. */' >include/jangle/plugin/store.h
    echo 'static void st_01_it_holds(void **state)' >tests/contract/a.c
}
clauses
passes clauses
clauses
echo '     * ST-2   Another.' >>include/jangle/plugin/store.h
fails clauses 'ST-2: no test in tests/contract'
clauses
echo 'static void st_03_it_holds(void **state)' >>tests/contract/a.c
fails clauses 'ST-3: tests/contract tests it'
clauses
echo '    /* ST-1   Again. */' >>include/jangle/plugin/store.h
fails clauses 'ST-1: two clauses'
fails clauses 'no clauses'

# Libraries that leak a name, lack a declared one, and have one too many.
mkdir build
echo 'JANGLE_API int jangle_first(void); JANGLE_API struct a *
jangle_second(int b);' >include/jangle/a.h
echo 'int jangle_first(void); int jangle_first(void) { return 0; }
int jangle_extra(void); int jangle_extra(void) { return 0; }
int leak(void); int leak(void) { return 0; }' >build/a.c
cc -shared -fPIC -o build/libjangle.so build/a.c
cc -c -o build/a.o build/a.c
ar rc build/libjangle.a build/a.o
scripts/check-exports >out 2>&1 && failed=1
for words in 'leak is exported by libjangle.so' 'leak is global in libjangle.a' \
    'jangle_second is declared, and libjangle.so lacks it' \
    'jangle_extra is exported, and no header declares it'; do
    grep -qF "$words" out || {
        echo "check-exports does not say \"$words\":"
        cat out
        failed=1
    }
done

exit $failed
