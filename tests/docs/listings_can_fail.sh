#!/bin/sh
# listings_can_fail.sh ROOT BUILD CC FLAGS - what listings.sh must find in a page, it finds.
set -u
root=$1
shift
[ -w /dev/shm ] && TMPDIR=${TMPDIR:-/dev/shm}
work=$(mktemp -d "${TMPDIR:-/tmp}/listings.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failures=0
number=0
: "${JANGLE_SHARD:=1/1}" # 2/3 is the second part of three

# A page that is right; then with one thing in it that is not.
page() {
    cat <<'END'
```c word.h
/* ---- guard --- */
#ifndef WORD_H
#define WORD_H

/* ---- the word --- */

#define WORD "first"

#endif
```

```c one.c
#include "word.h"

#include <jangle/jangle.h>
#include <stdio.h>

int main(void)
{
    FILE *file = fopen("left behind", "w");

    return printf("%s %s\n", WORD, jangle_version()) < 0 || fclose(file);
}
```

```text
first 0.1.0
```

```c word.h
/* ---- the word --- */

#define WORD "second"
```

```c word.h
/* ---- another --- */

#define OTHER ", and more"
```

```c two.c
#include "word.h"

#include <stdio.h>

int main(void)
{
    FILE *file = fopen("left behind", "r");

    puts(WORD OTHER);
    return !file || fclose(file);
}
```

```text
second, and more
```

```c example_bank/domain/sagas.h
    return jangle_text(turn->arena, "%s", turn->outcome.error.message);
}
```
END
}

listings() { "$root/tests/docs/listings.sh" "$root" "$@" "$work/page.md" >"$work/said" 2>&1; }

finds() { # WHAT SCRIPT TEXT: with what sed makes of the page it fails and says so
    what=$1
    number=$((number + 1))
    [ $((number % ${JANGLE_SHARD##*/})) = $((${JANGLE_SHARD%%/*} - 1)) ] || return
    page | sed "$2" >"$work/page.md"
    if page | cmp -s - "$work/page.md"; then
        echo "FAILED: $what: the page was not broken"
    elif listings "$build" "$compiler" "$flags"; then
        echo "FAILED: $what: goes unseen"
    elif ! grep -q -- "$3" "$work/said"; then
        echo "FAILED: $what: nothing says \"$3\":"
        cat "$work/said"
    else
        echo "$what: is found"
        return
    fi
    failures=$((failures + 1))
}

build=$1
compiler=$2
flags=$3
page >"$work/page.md"
if ! listings "$build" "$compiler" "$flags"; then
    echo "FAILED: a page that is right is refused:"
    cat "$work/said"
    failures=1
fi
finds "other output" 's/^first 0/first 1/' "one.c prints something else"
finds "output that ends too early" '/^second, and more$/d' "two.c prints something else"
finds "a listing that does not compile" 's/puts(WORD OTHER)/puts(WORD OTHER/' "two.c does not compile"
finds "a warning" 's/    puts(WORD OTHER);/    int unused; &/' "two.c does not compile"
finds "a part that was not replaced" 's/"second"/"third"/' "two.c prints something else"
finds "a program that fails" 's/!file ||/!!file ||/' "two.c ends with 1"
finds "a program that crashes" 's/puts(WORD OTHER)/*(volatile char *)0 = 0/' "two.c ends with"
finds "a program of which nobody says what it prints" 's/^```text/```sh/' "no text block"
finds "a listing without a file" 's/^```c two.c/```c/' "a listing names its file"
finds "a listing in another language" 's/^```c two.c/```cpp two.c/' "a listing names its file"
finds "a program that is shown twice" 's/^```c two.c/```c one.c/' "was shown already"
finds "an extract of what is not there" 's/turn->outcome/turn->output/' "not what example_bank/domain/sagas.h says"
finds "an extract of half a line" 's/^    return jangle_text/jangle_text/' "not what example_bank/domain/sagas.h says"
finds "an extract of no file" 's/sagas[.]h/nothing.h/' "not what example_bank/domain/nothing.h says"
finds "a block without a word" 's/^```text/```/' "a block says what it is"
finds "a block that does not end" '$d' "a block is not closed"
finds "a page without programs" 's/int main/int domain/' "there is no program"
[ $failures = 0 ]
