/* codec.c - any bytes at all, read as a struct with members of every kind: refused with a
 * sentence, or read; then what was read is written, and read back the same. */
#include "fuzz/fuzz.h"

#include "message/codec.h"
#include "message/copy.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"
#include "support/failing_allocator.h"
#include "support/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_PER_BYTE = 256, MEMORY_AT_LEAST = 64 * 1024 };

static void expect(bool holds, const char *what, const struct jangle_error *error)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, error->message);
    abort();
}

static void read_back(struct jangle_arena *arena,
                      const struct sample *value,
                      struct jangle_error *error)
{
    struct sample back;
    struct jn_difference difference = {0};
    const char *json, *again;
    size_t size, size_again;

    expect(!jn_encode(arena, &sample, value, JN_NULLS_REFUSED, &jn_limits_default, &json,
                      &size, error),
           "what was read cannot be written", error);
    expect(!jn_decode(arena, &sample, json, size, 1, &jn_limits_default, &back, error),
           "what was written cannot be read", error);
    expect(jn_type_equal(&sample, value, &back, &difference), difference.path, error);
    expect(!jn_encode(arena, &sample, &back, JN_NULLS_REFUSED, &jn_limits_default, &again,
                      &size_again, error) &&
               size == size_again && !memcmp(json, again, size),
           "there are two written forms", error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct sample nothing;
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct jangle_error error = {0};
    struct sample value;
    const char *text = (const char *)bytes;

    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    if (!jn_decode(&arena, &sample, text, size, 1, &jn_limits_default, &value, &error)) {
        read_back(&arena, &value, &error);
    } else {
        expect(error.message[0] && error.result == JANGLE_INVALID, "no reason", &error);
        expect(jn_type_equal(&sample, &value, &nothing, NULL), "half read", &error);
    }
    expect(memory.most_bytes < (int64_t)size * MEMORY_PER_BYTE + MEMORY_AT_LEAST,
           "too much memory", &error);
    jn_arena_finish(&arena);
    expect(!memory.pieces, "memory is left", &error);
    return 0;
}
