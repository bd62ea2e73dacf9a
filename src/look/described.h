/* described.h - what a store says of its subscribers: what they are, and who runs them.
 */
#ifndef JN_DESCRIBED_H
#define JN_DESCRIBED_H

#include "base/arena.h"
#include "look/look.h"

#include <jangle/plugin/catalogue.h>

/* A subscriber, as the program described it that opened the store last. */
struct jn_described {
    const char *name;
    enum jangle_catalogue_kind kind;
    const char *file; /* of a view that is not beside the store; or NULL */
    jangle_optional_int schema_version;
    bool gone;
    int64_t owner_pid; /* 0: nobody runs it, or the process is not known */
    bool owned;
};

/* All of them, in the arena, which is to be finished in any case. */
struct jn_description {
    struct {
        struct jn_described *items;
        size_t count;
    } list;
    struct jangle_arena arena;
    const struct jn_limits *limits;
};

/* Read it. What is damaged there is passed by. NO_MEMORY. */
enum jangle_result jn_description_read(struct jn_description *description,
                                       struct jangle_look *look,
                                       struct jangle_error *error);

/* NULL: nobody has described it, and nobody runs it. */
const struct jn_described *jn_described_find(const struct jn_description *description,
                                             const char *name);

#endif
