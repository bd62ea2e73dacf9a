/* formats_driver.c - the fuzzer of the formats for those without libFuzzer: sound
 * parcels, spoilt at random. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "fuzz/spoil.h"
#include "support/contents.h"
#include "support/effort.h"
#include "support/failing_allocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPOILT_EACH = 8, SIZE_MAX_BYTES = 64 * 1024 };

/* A parcel as lines of headers, an empty line and the body. */
static const char *shown(struct jangle_arena *arena, const struct jangle_parcel *parcel)
{
    const char *text = jangle_text(arena, "content-type: %s\n",
                                   parcel->content_type ? parcel->content_type : "");

    for (size_t i = 0; i < parcel->header_count; i++)
        text = jangle_text(arena, "%s%s: %s\n", text, parcel->headers[i].name,
                           parcel->headers[i].value);
    return jangle_text(arena, "%s\n%.*s", text, (int)parcel->body_size,
                       (const char *)parcel->body);
}

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

static void run_round(struct samples *random, uint8_t *bytes, int round)
{
    const struct jangle_format *format = every_format[round % EVERY_FORMAT];
    struct jangle_contents contents, expected;
    struct jangle_parcel parcel = {0};
    const char *text;
    size_t size;

    random->plain_json = rewrites_json(format);
    contents_draw(random, format, &contents, &expected);
    if (format->encode(format, random->arena, &contents, &parcel, NULL))
        abort();
    text = shown(random->arena, &parcel);
    size = strlen(text);
    if (size > SIZE_MAX_BYTES)
        return;
    memcpy(bytes, text, size);
    try_bytes(bytes, size);
    for (int i = 0; i < SPOILT_EACH && size <= SIZE_MAX_BYTES; i++) {
        size = spoil(random, bytes, size);
        try_bytes(bytes, size);
    }
}

int main(void)
{
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct samples random = {.state = effort_seed(), .arena = &arena};
    int messages = effort_count(EFFORT_FORMATS_FUZZ);
    uint8_t *bytes = malloc((size_t)2 * SIZE_MAX_BYTES);

    if (!bytes)
        return 1;
    fflush(stdout);
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    for (int i = 0; i < messages; i++) {
        run_round(&random, bytes, i);
        jn_arena_reset(&arena);
    }
    jn_arena_finish(&arena);
    free(bytes);
    printf("%d messages, each spoilt %d times: refused, or read and written the same\n",
           messages, SPOILT_EACH);
    return 0;
}
