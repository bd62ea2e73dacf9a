/* driver.c - the fuzzer for those without libFuzzer: sound texts, spoilt at random. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "fuzz/spoil.h"
#include "message/codec.h"
#include "message/encode.h"
#include "support/effort.h"
#include "support/failing_allocator.h"
#include "support/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPOILT_EACH = 8, SIZE_MAX_BYTES = 64 * 1024 };

static void run_round(struct samples *random, uint8_t *bytes)
{
    struct sample value;
    const char *json;
    size_t size;

    sample_fill(random, &value);
    if (jn_encode(random->arena, &sample, &value, JN_NULLS_REFUSED, &jn_limits_default,
                  &json, &size, NULL))
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
