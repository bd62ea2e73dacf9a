/* driver.c - the fuzzer for those without libFuzzer: sound texts, spoilt at random. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "message/codec.h"
#include "message/encode.h"
#include "support/effort.h"
#include "support/failing_allocator.h"
#include "support/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPOILT_EACH = 8, SIZE_MAX_BYTES = 64 * 1024 };

/* Bytes that mean something to a reader of JSON. */
static const char telling[] = "{}[]\",:\\u0eE+-.159tfn \t\x80\xff\xed\xc0";

static size_t spoil(struct samples *random, uint8_t *bytes, size_t size)
{
    size_t at = size ? sample_below(random, size) : 0;
    size_t length = size ? sample_below(random, size - at) : 0;

    switch (sample_below(random, 5)) {
    case 0: /* one byte for another */
        if (size)
            bytes[at] = (uint8_t)telling[sample_below(random, sizeof telling)];
        return size;
    case 1: /* one bit */
        if (size)
            bytes[at] ^= (uint8_t)(1U << sample_below(random, 8));
        return size;
    case 2: /* the end is missing */
        return at;
    case 3: /* a piece is missing */
        memmove(bytes + at, bytes + at + length, size - at - length);
        return size - length;
    default: /* a piece is there twice */
        memmove(bytes + at + length, bytes + at, size - at);
        return size + length;
    }
}

static void run_round(struct samples *random, uint8_t *bytes)
{
    struct sample value;
    const char *json;
    size_t size;

    sample_fill(random, &value);
    if (jn_encode(random->arena, &sample, &value, &jn_limits_default, &json, &size, NULL))
        abort();
    if (size > SIZE_MAX_BYTES)
        return;
    memcpy(bytes, json, size);
    LLVMFuzzerTestOneInput(bytes, size);
    for (int i = 0; i < SPOILT_EACH && size <= SIZE_MAX_BYTES; i++) {
        size = spoil(random, bytes, size);
        LLVMFuzzerTestOneInput(bytes, size);
    }
}

int main(void)
{
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct samples random = {.state = effort_seed(), .arena = &arena};
    int texts = effort_count(EFFORT_CODEC_FUZZ);
    uint8_t *bytes = malloc((size_t)2 * SIZE_MAX_BYTES);

    if (!bytes)
        return 1;
    fflush(stdout);
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    for (int i = 0; i < texts; i++) {
        run_round(&random, bytes);
        jn_arena_reset(&arena);
    }
    jn_arena_finish(&arena);
    free(bytes);
    printf("%d texts, each spoilt %d times: refused, or read and written the same\n",
           texts, SPOILT_EACH);
    return 0;
}
