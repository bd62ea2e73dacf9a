/* names.h - the names of subscribers that a store knows. */
#ifndef JN_NAMES_LIST_H
#define JN_NAMES_LIST_H

#include "base/arena.h"
#include "look/look.h"

/* Copies, in the arena, which is to be finished in any case. */
struct jn_name_list {
    struct {
        const char **items;
        size_t count;
    } list;
    struct jangle_arena arena;
};

/* The name that is wanted, or all of them if that is NULL, in their order. Logs that
 * consumers read are no subscribers. NOT_FOUND if the store does not know the name. */
enum jangle_result jn_look_names(struct jangle_look *look,
                                 const char *wanted,
                                 struct jn_name_list *names,
                                 struct jangle_error *error);

#endif
