/* self.c - what a store says of itself: who has it open, what its programs are made of,
 * and what led to a command. */
#include "look/look.h"

#include "core/call.h"

enum jangle_result jangle_look_sessions(struct jangle_look *look,
                                        jangle_store_session_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = jn_look_check(look, &why);

    if (!result)
        result = look->store->ops->read_sessions(look->store, visit, context, &why);
    if (result)
        jn_call_visited(result, &why);
    return jn_call_end(look ? look->jangle : NULL, "jangle_look_sessions", result, &why,
                       error);
}

enum jangle_result jangle_look_catalogue(struct jangle_look *look,
                                         jangle_catalogue_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = jn_look_check(look, &why);

    if (!result)
        result = look->store->ops->read_catalogue(look->store, visit, context, &why);
    if (result)
        jn_call_visited(result, &why);
    return jn_call_end(look ? look->jangle : NULL, "jangle_look_catalogue", result, &why,
                       error);
}

enum jangle_result jangle_look_stored_command(struct jangle_look *look,
                                              const char *command_id,
                                              jangle_stored_command_fn *visit,
                                              void *context,
                                              struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = jn_look_check(look, &why);

    if (!result && (!command_id || !*command_id))
        result = jn_fail(&why, JANGLE_INVALID, "a command id has at least 1 byte");
    if (!result)
        result =
            look->store->ops->read_command(look->store, command_id, visit, context, &why);
    if (result)
        jn_call_visited(result, &why);
    return jn_call_end(look ? look->jangle : NULL, "jangle_look_stored_command", result,
                       &why, error);
}
