/* tools_driver.c - the fuzzer of the command line for those without libFuzzer: sound
 * lines and texts, spoilt at random. */
#include "fuzz/fuzz.h"

#include "fuzz/spoil.h"
#include "support/effort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPOILT_EACH = 8, SIZE_MAX_BYTES = 16 * 1024 };

static const char *const lines[] = {
    "events\nbank.db\nnote/000001\n--since\n2026-11-28 21:59\n-n5\n--actor=b*\n--json",
    "show\nbank.db\nnote/ann@home@12",
    "tail\n--store\nbank.db\n-fn\n3\n--no-data\n--\n-x",
    "info\n--frozen\n--store=bank.db",
    "completion\nbash",
    "help\n--man",
    "events\nb\n--since\n-2h\n--until\n03:00:07.5\n--from\n12",
    "{\"text\":[1,-2.5e3,\"\\u001b\\n\",{\"a\":null}],\"b\":true}",
    "\xe2\x80\xae\x1b[31m\xc2\x9b\xff \xf0\x9f\x98\x80",
};

/* In a piece of memory of their own size, so that ASan sees a look beyond them. */
static void try_bytes(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_round(struct samples *random, uint8_t *bytes)
{
    const char *line = lines[sample_below(random, sizeof lines / sizeof *lines)];
    size_t size = strlen(line);

    memcpy(bytes, line, size);
    try_bytes(bytes, size);
    for (int i = 0; i < SPOILT_EACH && size <= SIZE_MAX_BYTES; i++) {
        size = spoil(random, bytes, size);
        try_bytes(bytes, size);
    }
}

int main(void)
{
    struct samples random = {.state = effort_seed()};
    int rounds = effort_count(EFFORT_TOOLS_FUZZ);
    uint8_t *bytes = malloc((size_t)2 * SIZE_MAX_BYTES);

    if (!bytes)
        return 1;
    for (int i = 0; i < rounds; i++)
        run_round(&random, bytes);
    free(bytes);
    printf("%d lines, each spoilt %d times: taken or refused, and shown without harm\n",
           rounds, SPOILT_EACH);
    return 0;
}
