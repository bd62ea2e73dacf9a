/* both_readers.h - a text is decoded by canonical.h and by the plain reader, and what
 * they make of it is compared. */
#ifndef BOTH_READERS_H
#define BOTH_READERS_H

#include "message/canonical.h"

struct both_readers {
    const struct jangle_message *type;
    const struct jangle_allocator *allocator; /* not one that fails */
    struct jn_limits limits;
    enum jn_canonical canonical; /* what became of the last text */
    enum jangle_result result;   /* of the plain reader */
    char reason[400];            /* why the two differ */
};

/* Compare them. False, with a reason, if there is any difference:
 *
 * - what was taken is refused by the plain reader, or is another struct, in any byte that
 *   is no pointer, or another part of the arena was used, or it is written as another
 *   text, unless there are doubles in it;
 * - what was declined has left something in the struct or in the arena;
 * - jn_decode has another result or says something else than the plain reader. */
bool both_readers_agree(struct both_readers *both, const char *text, size_t size);

#endif
