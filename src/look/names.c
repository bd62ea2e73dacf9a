/* names.c - the names of subscribers that a store knows. */
#include "look/names.h"

#include "base/error.h"

struct naming {
    struct jn_name_list *names;
    const char *wanted;
};

static enum jangle_result add_name(void *context,
                                   const struct jangle_checkpoint *checkpoint)
{
    struct naming *naming = context;
    struct jn_name_list *names = naming->names;
    const char *name = checkpoint->subscriber;

    if (strchr(name, '#') || (naming->wanted && strcmp(naming->wanted, name) != 0))
        return JANGLE_OK;
    name = jn_arena_copy_text(&names->arena, name);
    jangle_list_add_(&names->arena, &names->list, sizeof name, &name);
    return names->arena.failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

enum jangle_result jn_look_names(struct jangle_look *look,
                                 const char *wanted,
                                 struct jn_name_list *names,
                                 struct jangle_error *error)
{
    struct jangle_store *store = look->store;
    struct naming naming = {names, wanted};
    enum jangle_result result;

    *names = (struct jn_name_list){.list = {0}};
    jn_arena_init(&names->arena, look->allocator);
    result = store->ops->read_checkpoints(store, add_name, &naming, error);
    if (jn_arena_check(&names->arena, error))
        return JANGLE_NO_MEMORY;
    if (result || names->list.count || !wanted)
        return result;
    return jn_fail(error, JANGLE_NOT_FOUND, "the store knows no subscriber \"%s\"",
                   JN_SHOWN(80, wanted));
}
