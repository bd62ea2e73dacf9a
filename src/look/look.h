/* look.h - the inside of jangle/look.h: what one look holds. */
#ifndef JN_LOOK_LOOK_H
#define JN_LOOK_LOOK_H

#include "core/engine.h"

#include <jangle/look.h>
#include <jangle/plugin/store.h>

struct jangle_look {
    struct jn_process process;   /* the one that opened it */
    struct jangle *jangle;       /* whose store it is; NULL: the look has opened it */
    struct jn_host own_host;     /* without an instance */
    struct jangle_stores stores; /* the same */
    const struct jangle_allocator *allocator;
    const struct jn_host *host;
    const struct jn_limits *limits;
    struct jangle_store *store;
    char *location;
    char fault[sizeof((struct jangle_store_counts *)0)->fault];
};

/* CLOSED if the look is NULL, and in a child that fork made. */
enum jangle_result jn_look_check(const struct jangle_look *look,
                                 struct jangle_error *error);

#endif
