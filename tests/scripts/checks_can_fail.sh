#!/bin/sh
# checks_can_fail.sh SOURCE - each house check passes a sound tree and fails one with a
# single flaw, naming it. A check that cannot fail checks nothing.
set -eu
source=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0
unset CI

# A small tree in which all is well.
lay() {
    rm -rf "${tree:?}"/*
    cd "$tree"
    mkdir -p include/jangle/plugin src/base src/core src/command storage/sqlite/file \
        storage/memory transports/hub transports/chaos formats/plain example_bank/domain \
        example_bank/cli example_bank/serve example_broker example_loyalty tools/admin tests bench
    cp -r "$source/scripts" "$source/.clang-format" .
    sed -i '/ ; /d' scripts/check-layers
    sed -i '/^[st][a-z/]*\/[a-z_0-9]*\.c ; /d' scripts/check-compared
    echo 'set(ROOMS base core command)' >src/CMakeLists.txt
    echo 'add_sources(A arena.c hash.c)' >src/base/CMakeLists.txt
    printf 'add_sources(A\n  registry.c)\n' >src/core/CMakeLists.txt
    echo 'add_sources(A command.c)' >src/command/CMakeLists.txt
    echo 'add_sources(A memory.c)' >storage/memory/CMakeLists.txt
    echo 'set(ROOMS file)' >storage/sqlite/CMakeLists.txt
    echo 'set(ROOMS domain cli serve)' >example_bank/CMakeLists.txt
    echo '#include <stddef.h>' >include/jangle/plugin/store.h
    printf '/* free( */\nvoid jn_arena_free(void);\n' >src/base/arena.h
    printf '#include "base/arena.h"\n#include "core/path.h"\n' >src/core/registry.h
    echo '#include "core/registry.h"' >src/command/command.h
    : >src/core/path.h
    echo '#include "base/arena.h"' >src/base/arena.c
    echo '#include <xxhash.h>' >src/base/hash.c
    echo '#include "core/registry.h"' >src/core/registry.c
    echo '#include "command/command.h"' >src/command/command.c
    printf '#include "memory/memory.h"\n#include <jangle/plugin/store.h>\n' >storage/memory/memory.c
    : >storage/memory/memory.h
    echo 'set(FILES admin/admin.c)' >tools/CMakeLists.txt
    printf '#include "admin/call.h"\n#include <jangle/admin.h>\n' >tools/admin/admin.c
    : >tools/admin/call.h
    echo 'add_sources(A hub.c)' >transports/hub/CMakeLists.txt
    echo 'add_sources(A chaos.c)' >transports/chaos/CMakeLists.txt
    echo 'add_sources(A plain.c plain/plain.c)' >formats/CMakeLists.txt
    printf '#include "hub/hub.h"\n#include <jangle/messaging.h>\n' >transports/hub/hub.c
    : >transports/hub/hub.h
    : >transports/chaos/chaos.c
    : >transports/chaos/chaos.h
    echo '#include <jangle/plugin/format.h>' >formats/plain/plain.c
    echo '#include "plain/plain.h"' >formats/plain.c
    : >formats/plain/plain.h
    printf '#include "loyalty.h"\n#include <jangle/messaging.h>\n' >example_loyalty/bank.c
    : >example_loyalty/loyalty.h
    echo '#include "example_broker/named_broker.h"' >example_loyalty/main.c
    echo '#include "example_broker/named_broker.h"' >example_broker/named_broker.c
    echo '#include <jangle/messaging.h>' >example_broker/named_broker.h
    echo '#include "example_broker/named_broker.h"' >example_bank/serve/serve.h
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
passes compared
passes functions
passes words

echo '#include <jansson.h>' >>src/core/registry.c
fails layers 'only transports/aws/ and tests know jansson'
echo '#include <uuid/uuid.h>' >>src/core/registry.c
fails layers 'only src/base/ids.c knows libuuid'
echo '#include <xxhash.h>' >>src/core/registry.c
fails layers 'know xxHash'
echo '#include <sqlite3.h>' >>src/core/registry.c
fails layers 'know SQLite'
echo '#include "../../src/base/arena.h"' >>storage/memory/memory.c
fails layers 'is written "folder/name.h"'
echo '#include "sqlite/sqlite.h"' >>storage/memory/memory.c
fails layers 'a store stays in its folder'
echo '#include <jangle/jangle.h>' >>storage/memory/memory.c
fails layers 'a store knows plugin/*'
echo '#include <jangle/view.h>' >>storage/memory/memory.c
fails layers 'a store knows plugin/*'
echo '#include <jangle/testing.h>' >>src/core/registry.c
fails layers 'testing.h is for the tests of users'
for include in base/arena.h memory/memory.h chaos/chaos.h; do
    echo "#include \"$include\"" >>transports/hub/hub.c
    fails layers 'transports/hub/ knows itself and <jangle/...>, no more'
done
for include in base/arena.h hub/hub.h; do
    echo "#include \"$include\"" >>tools/admin/admin.c
    fails layers 'tools/ knows itself and <jangle/...>, no more'
    echo "#include \"$include\"" >>formats/plain/plain.c
    fails layers 'formats/ knows itself and <jangle/...>, no more'
    echo "#include \"$include\"" >>example_loyalty/bank.c
    fails layers 'example_loyalty/ knows itself and <jangle/...>, no more'
    echo "#include \"$include\"" >>example_broker/named_broker.c
    fails layers 'example_broker/ knows itself and <jangle/...>, no more'
done
for header in support json url_text; do
    echo "#include <jangle/plugin/$header.h>" >>tools/admin/admin.c
    fails layers 'tools/ includes public headers only'
done
: >tools/admin/forgotten.c
fails layers 'tools/admin/forgotten.c: is in no list of a CMakeLists.txt'
echo '#include "example_broker/forgotten.h"' >>example_loyalty/bank.c
fails layers 'example_loyalty/ knows itself and <jangle/...>, no more'
echo '#include "example_broker/named_broker.h"' >>example_bank/domain/account.h
fails layers 'example_bank/ has no such room'
echo '#include "example_broker/named_broker.h"' >>src/core/registry.c
fails layers 'src/ has no such room'
echo '#include <jangle/testing.h>' >>transports/hub/hub.c
fails layers 'testing.h is for the tests of users'
echo '#include "hub/hub.h"' >>src/core/registry.c
fails layers 'src/ has no such room'
echo '#include "hub/hub.h"' >>storage/memory/memory.c
fails layers 'a store stays in its folder'
: >transports/forgotten.h
fails layers 'transports/forgotten.h: lies in no folder of its tree'
: >transports/hub/forgotten.c
fails layers 'transports/hub/forgotten.c: is in no list of a CMakeLists.txt'
echo '#include "core/registry.h"' >>src/base/arena.c
fails layers 'src/base/arena.c includes core/registry.h: core is above base'
echo '#include "command/command.h"' >>src/core/path.h
fails layers 'src/core/path.h includes command/command.h: command is above core'
echo '#include "cli/text.h"' >example_bank/domain/account.h
fails layers 'example_bank/domain/account.h includes cli/text.h: cli is above domain'
echo '#include "store.h"' >>include/jangle/plugin/store.h
fails layers 'included as <jangle/...>'
: >src/forgotten.c
fails layers 'src/forgotten.c: is in no room of src/CMakeLists.txt'
mkdir src/attic
: >src/attic/forgotten.c
fails layers 'src/attic/forgotten.c: is in no room of src/CMakeLists.txt'
: >src/core/forgotten.c
fails layers 'src/core/forgotten.c: is in no list of a CMakeLists.txt'
echo '#include "path.h"' >>src/core/registry.c
fails layers 'is written "folder/name.h"'
echo '#include "memory/memory.h"' >>src/core/registry.c
fails layers 'src/ has no such room'
mkdir example_bank/core
: >example_bank/core/path.h
sed -i 's/cli/cli core/' example_bank/CMakeLists.txt
fails layers '"core/path.h" could be'

except() { # LINE: in the list of what still points upward
    awk -v line="$1" '{ print } /cat >"\$work\/upward"/ { print line }' scripts/check-layers >out
    cat out >scripts/check-layers
}
except 'src/base/arena.c includes core/registry.h ; a reason'
echo '#include "core/registry.h"' >>src/base/arena.c
passes layers
except 'src/base/arena.c includes core/registry.h ; a reason'
fails layers 'nothing needs this line any more: src/base/arena.c includes core/registry.h'
except 'src/base/arena.c includes core/registry.h'
echo '#include "core/registry.h"' >>src/base/arena.c
fails layers 'the line gives no reason'

# The same tree, built: its registry calls the arena below it, and nobody calls upward.
compile() { # FILE CODE
    mkdir -p "build/jangle_objects.dir/$(dirname "$1")"
    echo "$2" | cc -c -x c -o "build/jangle_objects.dir/$1.o" -
}
built() {
    compile src/base/arena.c 'void jn_arena_free(void); void jn_arena_free(void) { }'
    compile src/base/hash.c 'static int a;'
    compile src/core/registry.c 'void jn_arena_free(void); void jn_registry(void);
        void jn_registry(void) { jn_arena_free(); }'
    compile src/command/command.c 'int jn_command;'
    compile storage/memory/memory.c 'int jn_memory;'
    compile transports/hub/hub.c 'int jn_hub;'
    compile transports/chaos/chaos.c 'int jn_chaos;'
    compile tools/admin/admin.c 'int jangle_admin_main;'
    compile formats/plain/plain.c 'int jn_plain;'
    compile formats/plain.c 'extern int jn_plain; int *jn_all; int *jn_all = &jn_plain;'
}
built
if ! scripts/check-layers build >out || ! grep -qE '^core +1 +-' out; then
    echo "check-layers does not count the call of a sound tree:"
    cat out
    failed=1
fi
# What the symbols say: a test names what no other file calls.
known() { echo 'jn_registry jn_command jn_memory jn_hub jn_chaos jn_plain jn_all' >tests/a.c; }
lay
built
known
passes symbols
built
fails symbols 'src/core/registry.c: no other file calls jn_registry: make it static'
built
known
compile src/base/arena.c 'void jn_arena_free(void); void jn_registry(void);
    void jn_arena_free(void) { jn_registry(); }'
fails symbols 'these files call each other in a circle'
built
known
echo 'void jn_arena_free(void);' >>src/core/registry.h
fails symbols 'src/core/registry.h: declares jn_arena_free, which is in src/base/arena.c'
built
known
echo 'jangle_free_fn jn_arena_free;' >>src/core/registry.h
fails symbols 'src/core/registry.h: declares jn_arena_free, which is in src/base/arena.c'
built
known
printf '/* jn_arena_free(\n * jn_arena_free( */\n#define A jn_arena_free()\nstatic void f(void)\n{\n    jn_arena_free();\n}\n' >>src/core/registry.h
passes symbols
lay
built
compile src/base/hash.c 'void jn_registry(void); void f(void); void f(void) { jn_registry(); }'
fails layers 'src/base/hash.c calls jn_registry: it is in core, above base'
built
calls_arena='void jn_arena_free(void); void f(void); void f(void) { jn_arena_free(); }'
for file in transports/hub/hub.c formats/plain/plain.c tools/admin/admin.c; do
    compile $file "$calls_arena"
    fails layers "$file calls jn_arena_free: it is in src/base/arena.c, and no public header has it"
    built
done
compile transports/hub/hub.c "$calls_arena"
echo 'void jn_arena_free(void);' >include/jangle/plugin/support.h
passes layers
built
compile transports/hub/hub.c 'extern int jn_chaos; int f(void); int f(void) { return jn_chaos; }'
fails layers 'transports/hub/hub.c calls jn_chaos: it is in transports/chaos/chaos.c'
built
compile src/core/registry.c 'extern int jn_hub; int f(void); int f(void) { return jn_hub; }'
fails layers 'src/core/registry.c calls jn_hub: it is in transports/hub/hub.c'
built
compile transports/hub/hub.c 'void jangle_a(void); void f(void); void f(void) { jangle_a(); }'
compile src/base/hash.c 'void jangle_a(void); void jangle_a(void) { }'
passes layers
built
except 'src/base/hash.c calls jn_registry ; a reason'
compile src/base/hash.c 'void jn_registry(void); void f(void); void f(void) { jn_registry(); }'
passes layers
built
except 'src/base/hash.c calls jn_registry ; a reason'
fails layers 'nothing needs this line any more: src/base/hash.c calls jn_registry'
built
rm build/jangle_objects.dir/src/command/command.c.o
fails layers 'src/command/command.c: is not built'
CI=true
export CI
fails layers 'build the library first'
unset CI

echo 'void f(char *a, char *b) { strcpy(a, b); }' >>src/core/registry.c
fails banned 'src/core/registry.c:2: strcpy() has a safe sibling'
echo 'void f(void *a) { free (a); }' >>src/core/registry.c
fails banned 'free() goes through the allocator'
echo 'void f(struct host *a) { a->free(a); /* free(a) */ puts("free(a)"); }' >>src/core/registry.c
passes banned
printf '/* one\n malloc(2)\n*/ int *a = malloc(3); /* malloc(4)\n*/\n' >>src/core/registry.c
fails banned 'src/core/registry.c:4: malloc()'
echo 'void f(void) { pthread_mutex_lock(0); }' >>storage/memory/memory.c
fails banned 'pthread_mutex_lock() goes through jn_mutex'
echo 'long f(void) { return time(0); }' >>src/core/registry.c
fails banned 'time() comes from the clock'
echo 'char *f(void) { return getenv("A"); }' >>src/core/registry.c
fails banned 'getenv() is read in src/core/config_env.c'
echo 'char *f(void) { return getenv("A"); }' >>transports/hub/hub.c
fails banned 'getenv() is read in src/core/config_env.c'
echo 'char *f(void) { return getenv("A"); }' >>transports/chaos/chaos_env.c
passes banned
echo 'void f(void *a) { free(a); }' >>formats/plain/plain.c
fails banned 'free() goes through the allocator'
lines 451 >transports/hub/hub.c
fails functions 'transports/hub/hub.c: has more than 450 lines'
echo 'char *f(void) { return getenv("A"); }' >>example_bank/main.c
passes banned
echo 'void f(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }' >storage/sqlite/a.c
fails banned 'sqlite3_config() is set for a whole process'
echo 'void f(void) { mallopt(M_TRIM_THRESHOLD, 9); }' >>src/core/registry.c
fails banned 'mallopt() is set for a whole process'
echo 'void f(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }' >>example_bank/main.c
passes banned
echo 'const char *a = "INSERT OR IGNORE INTO a VALUES (1)";' >storage/sqlite/a.c
fails banned 'hide a lost write'
echo 'void f(void) { usleep(5); }' >tests/a.c
fails banned 'usleep() makes tests slow and lucky'

cat >src/core/registry.c <<'CODE'
void f(char *a, char *b)
{
    int length =
        snprintf(a, 9, "%s", b);
    snprintf(a, 9, "%d;", 5);
    length = snprintf(a, 9, "%-3s", b);
    printf("%s %.3f %*s", b, 0.5, 4, b); /* "%.3s" */
}
CODE
passes banned
echo 'void f(char *a) { puts("%d: %.30s"); }' >>src/core/registry.c
fails banned 'src/core/registry.c:2: cuts between bytes: JN_SHOWN'
printf 'void f(char *a, char *b) {\n    snprintf(a, 9,\n        "%%d %%s", 5, b);\n}\n' >>storage/memory/memory.c
fails banned 'storage/memory/memory.c:5: snprintf of a text cuts between bytes'
echo 'void f(char *a, va_list b) { vsnprintf(a, 9, "", b); }' >>src/core/registry.c
fails banned 'vsnprintf() cuts between bytes'
{ echo 'int f(void)'; echo '{'; lines 71; echo '}'; } >src/core/registry.c
fails functions 'src/core/registry.c:2: a function of 72 lines'
lines 451 >src/core/registry.c
fails functions 'src/core/registry.c: has more than 450 lines'

cat >src/core/registry.c <<'CODE'
static const char a[] = "UPDATE parked SET position = ?1, error = ?2, reason=excluded.reason"
                        " WHERE position = ?3 AND error IS NOT NULL AND key = ?4";
/* strcmp(error->message, "a") */
int f(const struct a *message, const char *reason)
{
    return !strcmp(message->name, reason ? "it" : "they") && strstr(message->type, "it");
}
CODE
sed -i 's/reason ?/a ?/' src/core/registry.c
passes compared
for call in 'strcmp(error->message, a)' 'strncmp(a, (row).reason, 5)' 'strstr(sentence, a)' \
    'memcmp(reason ? reason : a, b, 5)' 'strcmp(f(1), error)'; do
    printf 'int f(void)\n{\n    return\n        %s;\n}\n' "$call" >>storage/memory/memory.c
    fails compared 'storage/memory/memory.c:5: compares a sentence'
done
echo 'int f(void) { return strcmp(f(2), "the process" " ended"); }' >>src/core/registry.c
fails compared 'src/core/registry.c:2: compares with a sentence'
echo 'int f(char *key) { return strncmp(key, "saga/", 5); }' >>src/core/registry.c
fails compared 'tells a kind by how a text begins'
for sql in "WHERE error = 'it'" 'SET a = 1 WHERE b = 1 AND p.reason <> ?1' "WHERE error LIKE 'its %'" \
    "SELECT json_extract(a, '\$.reason') IS 'it ended'" "SELECT error IS 'it ' || 'ended'" \
    'CASE reason WHEN 1 THEN sentence = ?1 END'; do
    printf '/* a.c */ const char *a = "SELECT 1"\n    "%s";\n' "$sql" >storage/sqlite/file/a.c
    fails compared 'storage/sqlite/file/a.c:1: SQL compares a sentence'
done
echo "const char *a = \"SELECT substr(p.error, 14)\";" >storage/sqlite/file/a.c
fails compared 'SQL takes a sentence apart'
echo "const char *a = \"SELECT 1 WHERE p.key NOT LIKE '%/%'\";" >storage/sqlite/file/a.c
fails compared 'SQL tells a kind by the shape of a text'

# Words that are not used any more: in names, comments, texts and pages, also across lines.
echo 'int jn_lanes_enter(int one); /* one lane */' >>src/core/registry.c
fails words 'src/core/registry.c:2: "jn_lanes_enter": say stream_lock'
echo 'int a; /* one lane */' >>src/core/registry.c
fails words 'src/core/registry.c:2: "lane": say stream lock'
printf '/* It waits for\n * ever. */\n' >>src/core/registry.c
fails words 'src/core/registry.c:2: "for ever": say without end'
printf 'const char *a = "it is dealt "\n    "with";\n' >>src/core/registry.c
fails words 'src/core/registry.c:2: "dealt with": say process'
printf 'The engine reads it\nanew.\n' >README.md
fails words 'README.md:2: "anew": say again'
rm -f README.md
echo 'int a;' >src/core/doors.c
fails words 'src/core/doors.c:1: "doors": say json_api'
echo 'int dead_letter; /* A dead letter; janewa; a fateful day. */ int lanesome;' >>src/core/registry.c
passes words
echo 'except ; src/core/registry.c ; lanes? ; a reason' >>scripts/words/retired
echo 'int a; /* one lane */' >>src/core/registry.c
passes words
echo 'except ; src/core/registry.c ; lanes? ; a reason' >>scripts/words/retired
fails words 'src/core/registry.c ; lanes?: nothing needs this line any more'
echo 'prose ; .* ; lanes?' >>scripts/words/retired
fails words 'not "kind ; files ; pattern ; words"'

exempt() { # LINE: in the list of what may
    awk -v line="$1" '{ print } /^may=/ { print line }' scripts/check-compared >out
    cat out >scripts/check-compared
}
exempt 'storage/sqlite/file/a.c ; a reason'
echo "const char *a = \"WHERE error = 'it'\";" >storage/sqlite/file/a.c
passes compared
exempt 'src/core/registry.c ; a reason'
fails compared 'nothing needs this line any more: src/core/registry.c'

status=0
scripts/check-format >/dev/null 2>&1 || status=$?
if [ $status = 77 ]; then
    echo "clang-format 14 is not here: check-format is not tried"
else
    printf 'int f( void );\n' >src/core/registry.c
    fails format 'src/core/registry.c'
    printf 'int f( void );\n' >src/core/registry.c
    scripts/check-format --fix
    passes format
    lay
fi

# A contract of one clause, and its test.
clauses() {
    mkdir -p tests/contract tests/unit/core
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
clauses
echo '    /* TR-7   Of transports. */' >include/jangle/plugin/transport.h
fails clauses 'TR-7: no test in tests/contract or src/testing'
clauses
mkdir -p src/testing/transport
echo '    JN_TRANSPORT_TEST(tr_07_it_holds, 0),' >src/testing/transport/a.c
fails clauses 'TR-7: tests/contract tests it, or src/testing'
clauses
echo '    /* FI-4   Of filters. */' >include/jangle/plugin/filter.h
fails clauses 'FI-4: no test in tests/contract or src/testing, or in tests/unit'
clauses
echo 'static void fi_04_it_holds(void **state)' >tests/unit/core/filter.c
fails clauses 'FI-4: tests/contract tests it'
clauses
mkdir -p src/testing/transport
echo '    /* TR-7   Of transports. */' >include/jangle/plugin/transport.h
echo '    JN_TRANSPORT_TEST(tr_07_it_holds, 0),' >src/testing/transport/a.c
passes clauses
fails clauses 'no clauses'

# A file with a mistake that can be made in it, and the test that notices it.
mutants() {
    mkdir -p tests/mutants tests/unit/base
    echo 'bool f(int a) { return a > 1; } int g(int a) { return a; }' >src/base/arena.c
    echo 'static void it_is_noticed(void **state)' >tests/unit/base/arena.c
    printf 'file src/base/arena.c\nmutant one\n right a > 1\n wrong a >= 1\n test %s\n' \
        "${1:-unit_base_arena it_is_noticed}" >tests/mutants/table
}
mutants
passes mutant-table
mutants
echo 'bool f(int a) { return a > 2; }' >src/base/arena.c
fails mutant-table 'one: src/base/arena.c does not have this once: a > 1'
mutants
echo 'int h(int a) { return a > 1; }' >>src/base/arena.c
fails mutant-table 'one: src/base/arena.c does not have this once: a > 1'
mutants
printf 'mutant two\n after nowhere\n right a\n wrong b\n test unit_base_arena it_is_noticed\n' \
    >>tests/mutants/table
fails mutant-table 'two: src/base/arena.c does not have this once: nowhere'
mutants
printf 'mutant two\n right return a > 1\n wrong b\n test unit_base_arena it_is_noticed\n' \
    >>tests/mutants/table
fails mutant-table 'change the same code'
mutants
printf 'mutant one\n right return a; }\n wrong b\n test unit_base_arena it_is_noticed\n' \
    >>tests/mutants/table
fails mutant-table 'one: two mutants have this name'
mutants
printf 'mutant two\n right return a; }\n' >>tests/mutants/table
fails mutant-table 'two: it lacks a file'
mutants
echo 'wong b' >>tests/mutants/table
fails mutant-table 'what is this line? wong b'
mutants 'unit_base_arena it_is_not_there'
fails mutant-table 'unit_base_arena has no test it_is_not_there'
mutants 'unit_base_gone it_is_noticed'
fails mutant-table 'there is no test unit_base_gone'

# A list of results in a header that a formatter has run together.
printf '/* Wait.\n *\n *     BUSY   it\n * waits */\nextern int waits;\n' >include/jangle/wait.h
fails headers 'wait.h:4: the entry of the list above has lost its indent'

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
