/* canonical.c - any bytes at all, read by both readers, as a struct with members of every
 * kind and as one without doubles: they agree. */
#include "fuzz/fuzz.h"

#include "support/both_readers.h"
#include "support/failing_allocator.h"
#include "support/samples.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct jangle_message *const types[] = {&sample, &exact};
    struct failing_allocator memory;

    failing_allocator_init(&memory, 0);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct both_readers both = {.type = types[i],
                                    .allocator = &memory.allocator,
                                    .limits = jn_limits_default};

        if (!both_readers_agree(&both, (const char *)bytes, size)) {
            fprintf(stderr, "%s: %s\n", types[i]->name, both.reason);
            abort();
        }
    }
    if (memory.pieces)
        abort();
    return 0;
}
