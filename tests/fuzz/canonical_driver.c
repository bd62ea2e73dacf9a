/* canonical_driver.c - the fuzzer of both readers for those without libFuzzer: the texts
 * of its folder, and canonical texts of random values, spoilt at random. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "fuzz/spoil.h"
#include "message/codec.h"
#include "message/encode.h"
#include "support/both_readers.h"
#include "support/effort.h"
#include "support/failing_allocator.h"
#include "support/samples.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPOILT_EACH = 7, SIZE_MAX_BYTES = 64 * 1024, CANONICAL_FILES = 4 };

/* Is it canonical for one of the two types? */
static bool is_taken(const uint8_t *bytes, size_t size)
{
    static const struct jangle_message *const types[] = {&sample, &exact};
    struct failing_allocator memory;
    bool taken = false;

    failing_allocator_init(&memory, 0);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct both_readers both = {.type = types[i],
                                    .allocator = &memory.allocator,
                                    .limits = jn_limits_default};

        taken |= both_readers_agree(&both, (const char *)bytes, size) &&
                 both.canonical == JN_CANONICAL_TAKEN;
    }
    return taken;
}

/* All files of the folder, as they are. Returns how many of them are canonical. */
static int run_folder(const char *folder, uint8_t *bytes)
{
    DIR *open = opendir(folder);
    struct dirent *entry;
    int count = 0;

    while (open && (entry = readdir(open))) {
        char path[sizeof FUZZ_FOLDER + 300];
        FILE *file;
        size_t size;

        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (!file)
            continue;
        size = fread(bytes, 1, SIZE_MAX_BYTES, file);
        fclose(file);
        LLVMFuzzerTestOneInput(bytes, size);
        count += is_taken(bytes, size);
    }
    if (open)
        closedir(open);
    return count;
}

/* Every other text is one without doubles. */
static void run_round(struct samples *random, uint8_t *bytes, bool is_exact)
{
    union {
        struct sample sample;
        struct exact exact;
    } value;
    const char *json;
    size_t size;

    if (is_exact)
        sample_fill_exact(random, &value.exact);
    else
        sample_fill(random, &value.sample);
    if (jn_encode(random->arena, is_exact ? &exact : &sample, &value, JN_NULLS_REFUSED,
                  &jn_limits_default, &json, &size, NULL))
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
    int texts = effort_count(EFFORT_CANONICAL_FUZZ);
    uint8_t *bytes = malloc((size_t)2 * SIZE_MAX_BYTES);

    if (!bytes)
        return 1;
    if (run_folder(FUZZ_FOLDER "/canonical", bytes) != CANONICAL_FILES ||
        run_folder(FUZZ_FOLDER "/corpus", bytes) != 0) {
        fprintf(stderr, "other files are canonical than those in fuzz/canonical\n");
        return 1;
    }
    fflush(stdout);
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    for (int i = 0; i < texts; i++) {
        run_round(&random, bytes, i % 2);
        jn_arena_reset(&arena);
    }
    jn_arena_finish(&arena);
    free(bytes);
    printf("%d texts, each spoilt %d times: both readers agree\n", texts, SPOILT_EACH);
    return 0;
}
