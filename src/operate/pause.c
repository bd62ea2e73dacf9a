/* pause.c - a subscriber, publisher or consumer is paused, and resumed. */
#include "base/utf8.h"
#include "core/call.h"
#include "core/instance.h"
#include "messaging/consumer/consumer.h"
#include "messaging/consumer/lost_offset.h"
#include "subscription/subscription.h"

static enum jangle_result check_text(const char *what,
                                     const char *text,
                                     size_t least,
                                     size_t most,
                                     struct jangle_error *error)
{
    size_t size = text ? strlen(text) : 0;

    if (text && size >= least && size <= most && jn_utf8_is_valid(text, size))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID, "`%s` must be %zu to %zu bytes of UTF-8", what,
                   least, most);
}

/* A name of this program need not be stored yet. */
static enum jangle_result
check_known(struct jangle *jangle, const char *name, struct jangle_error *error)
{
    struct jangle_checkpoint checkpoint = {0};

    if (jn_consumer_find(jangle, name) || jn_subscription_find(jangle, name))
        return JANGLE_OK;
    return jn_subscription_find_stored(jangle, name, &checkpoint, error);
}

static enum jangle_result
check_name(struct jangle *jangle, const char *name, struct jangle_error *error)
{
    if (jn_check_process(jangle, error))
        return JANGLE_CLOSED;
    if (jn_check_leader(jangle, error))
        return JANGLE_INVALID;
    return check_known(jangle, name, error);
}

/* Store it, and let it hold here at once. */
static enum jangle_result store_pause(struct jangle *jangle,
                                      const struct jangle_pause *pause,
                                      struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    enum jangle_result result = store->ops->set_pause(store, pause, error);

    return result ? result : jn_pauses_read(jangle->dispatch, error);
}

static enum jangle_result pause_name(struct jangle *jangle,
                                     const char *name,
                                     const char *who,
                                     const char *why,
                                     struct jangle_error *error)
{
    struct jangle_pause pause = {.name = name, .paused = true};
    enum jangle_result result = check_name(jangle, name, error);

    if (!result)
        result = check_text("who", who, 1, sizeof pause.who - 1, error);
    if (!result)
        result = check_text("why", why, 0, sizeof pause.why - 1, error);
    if (result)
        return result;
    pause.at = jn_host_now(&jangle->host);
    jn_text_copy(pause.who, sizeof pause.who, who);
    jn_text_copy(pause.why, sizeof pause.why, why);
    return store_pause(jangle, &pause, error);
}

enum jangle_result jangle_pause(struct jangle *jangle,
                                const char *name,
                                const char *who,
                                const char *why,
                                struct jangle_error *error)
{
    struct jangle_error failure = {0};
    enum jangle_result result = pause_name(jangle, name, who, why, &failure);

    return jn_call_end(jangle, "jangle_pause", result, &failure, error);
}

/* What must be known to resume a name. */
struct resuming {
    const char *name;
    bool found;  /* it has a row */
    bool paused; /* by its row, or if it has none, by that of a copy */
    bool is_copy;
};

static enum jangle_result visit_pause(void *context, const struct jangle_pause *pause)
{
    struct resuming *resuming = context;

    if (!*pause->name)
        resuming->is_copy = pause->paused;
    if (strcmp(pause->name, resuming->name) != 0)
        return JANGLE_OK;
    resuming->found = true;
    resuming->paused = pause->paused;
    return JANGLE_OK;
}

/* In a copy it gets a row also if this program does not know that it is a publisher or
 * consumer: another one may. */
static enum jangle_result
resume_name(struct jangle *jangle, const char *name, struct jangle_error *error)
{
    struct jangle_pause pause = {.name = name};
    struct resuming resuming = {.name = name};
    enum jangle_result result = check_name(jangle, name, error);

    if (!result)
        result = jn_lost_offset_resume(jangle, name, error);
    if (!result)
        result =
            jangle->store->ops->read_pauses(jangle->store, visit_pause, &resuming, error);
    if (result || !(resuming.found ? resuming.paused : resuming.is_copy))
        return result;
    pause.at = jn_host_now(&jangle->host);
    return store_pause(jangle, &pause, error);
}

enum jangle_result
jangle_resume(struct jangle *jangle, const char *name, struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = resume_name(jangle, name, &why);

    return jn_call_end(jangle, "jangle_resume", result, &why, error);
}
