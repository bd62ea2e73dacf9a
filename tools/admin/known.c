/* known.c - is there what was named? */
#include "admin/known.h"

#include <jangle/look.h>

#include <string.h>

bool jn_known_is_glob(const char *typed)
{
    return strpbrk(typed, "*?[\\") != NULL;
}

/* The store is named, because a file that was meant may have been taken for a stream. */
static enum jangle_exit say_unknown(const struct jangle_verb_call *call,
                                    const char *what,
                                    const char *kind,
                                    const char *id)
{
    jangle_verb_say(call, "there is no %s `%s%s%s` in this store, which is %s", what,
                    kind, id ? "/" : "", id ? id : "", jangle_verb_location(call));
    return JANGLE_EXIT_FOUND;
}

/* ---- streams ---------------------------------------------------------------------- */

static enum jangle_result note_stream(void *context,
                                      const struct jangle_stream_facts *stream)
{
    (void)stream;
    *(bool *)context = true;
    return JANGLE_OK;
}

enum jangle_exit
jn_known_stream(struct jangle_verb_call *call, const char *kind, const char *id)
{
    const struct jangle_stream_filter filter = {.kind = kind, .id = id, .limit = 1};
    struct jangle_look *look = jangle_verb_look(call);
    struct jangle_error error = {0};
    bool is_known = false;

    if (!look)
        return jangle_verb_failed(call);
    if (!kind || jn_known_is_glob(kind) || (id && jn_known_is_glob(id)))
        return JANGLE_EXIT_OK;
    if (jangle_look_streams(look, &filter, note_stream, &is_known, &error))
        return jangle_verb_complain(call, &error);
    return is_known ? JANGLE_EXIT_OK : say_unknown(call, "stream", kind, id);
}

/* ---- sagas ------------------------------------------------------------------------ */

struct saga_search {
    const char *name;
    bool is_known;
};

/* A subscriber without a kind is one that no program has described, and may be a saga. */
static enum jangle_result note_saga(void *context,
                                    const struct jangle_subscriber_facts *facts)
{
    struct saga_search *search = context;

    if ((!facts->kind || facts->kind == JANGLE_CATALOGUE_SAGA) &&
        !strcmp(facts->name, search->name))
        search->is_known = true;
    return JANGLE_OK;
}

enum jangle_exit jn_known_saga(struct jangle_verb_call *call, const char *saga)
{
    struct jangle_look *look = jangle_verb_look(call);
    struct saga_search search = {.name = saga};
    struct jangle_error error = {0};

    if (!look)
        return jangle_verb_failed(call);
    if (!saga)
        return JANGLE_EXIT_OK;
    if (jangle_look_subscribers(look, note_saga, &search, &error))
        return jangle_verb_complain(call, &error);
    return search.is_known ? JANGLE_EXIT_OK : say_unknown(call, "saga", saga, NULL);
}
