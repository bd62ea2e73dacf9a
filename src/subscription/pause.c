/* pause.c - names that an operator has paused: read, and made to hold. */
#include "subscription/pause.h"

#include "base/error.h"
#include "subscription/subscription.h"

struct jn_named_pause {
    char name[JANGLE_FIRST_NAME_SIZE];
    struct jn_pause pause;
};

/* ---- asking: under the mutex -------------------------------------------------- */

static const struct jn_named_pause *find_row(const struct jn_pauses *pauses,
                                             const char *name)
{
    for (size_t i = 0; i < pauses->count; i++)
        if (!strcmp(pauses->items[i].name, name))
            return &pauses->items[i];
    return NULL;
}

static struct jn_pause find_pause(const struct jn_dispatch *dispatch, const char *name)
{
    const struct jn_registry *registry = &dispatch->jangle->registry;
    const struct jn_pauses *pauses = &dispatch->pauses;
    const struct jn_named_pause *row = find_row(pauses, name);

    if (!row && (jn_map_find(&registry->publishers, name) ||
                 jn_map_find(&registry->consumers, name)))
        row = find_row(pauses, "");
    return row && row->pause.paused ? row->pause : (struct jn_pause){0};
}

void jn_pause_find(struct jn_dispatch *dispatch, const char *name, struct jn_pause *pause)
{
    jn_mutex_lock(&dispatch->mutex);
    *pause = find_pause(dispatch, name);
    jn_mutex_unlock(&dispatch->mutex);
}

/* ---- reading ------------------------------------------------------------------ */

struct reading {
    const struct jangle_allocator *allocator;
    struct jn_named_pause *items;
    size_t count, capacity;
};

static bool has_room(struct reading *reading)
{
    size_t capacity = reading->capacity ? reading->capacity * 2 : 8;
    struct jn_named_pause *items;

    if (reading->count < reading->capacity)
        return true;
    items = jn_resize(reading->allocator, reading->items, capacity * sizeof *items);
    if (!items)
        return false;
    reading->items = items;
    reading->capacity = capacity;
    return true;
}

/* A name that is longer than any subscriber's is nobody's. */
static enum jangle_result visit_pause(void *context, const struct jangle_pause *pause)
{
    struct reading *reading = context;
    struct jn_named_pause *item;

    if (strlen(pause->name) >= JANGLE_FIRST_NAME_SIZE)
        return JANGLE_OK;
    if (!has_room(reading))
        return JANGLE_NO_MEMORY;
    item = &reading->items[reading->count++];
    memset(item, 0, sizeof *item); /* what is between the members is compared, too */
    item->pause.paused = pause->paused;
    item->pause.since = pause->at;
    jn_text_copy(item->name, sizeof item->name, pause->name);
    jn_text_copy(item->pause.who, sizeof item->pause.who, pause->who);
    jn_text_copy(item->pause.why, sizeof item->pause.why, pause->why);
    return JANGLE_OK;
}

/* Under the mutex. */
static bool is_known(const struct jn_pauses *pauses, const struct reading *reading)
{
    size_t size = reading->count * sizeof *reading->items;

    return reading->count == pauses->count &&
           (!size || !memcmp(pauses->items, reading->items, size));
}

/* Under the mutex: what was read replaces what was known; `reading` gets the old rows. A
 * subscription may be new, so each looks itself up in any case. */
static void take_reading(struct jn_dispatch *dispatch, struct reading *reading)
{
    struct jn_pauses *pauses = &dispatch->pauses;
    struct jn_named_pause *before = pauses->items;
    bool news = !is_known(pauses, reading);

    pauses->items = reading->items;
    pauses->count = reading->count;
    reading->items = before;
    for (size_t i = 0; i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];

        subscription->pause = find_pause(dispatch, jn_name_of(subscription));
    }
    if (!news)
        return;
    pauses->news = true;
    jn_cond_broadcast(&dispatch->work);
    jn_cond_broadcast(&dispatch->own_work);
    jn_dispatch_tell_change(dispatch);
}

static bool is_told(struct jn_subscription *subscription, struct jn_pause *pause)
{
    bool told;

    jn_subscription_lock(subscription);
    *pause = subscription->pause;
    told = !subscription->owned || subscription->pause_told == pause->paused;
    if (!told)
        subscription->pause_told = pause->paused;
    jn_subscription_unlock(subscription);
    return told;
}

void jn_pause_tell(struct jn_subscription *subscription)
{
    const struct jn_log *log = &jn_jangle_of(subscription)->log;
    const char *name = jn_name_of(subscription);
    struct jn_pause pause;

    if (is_told(subscription, &pause))
        return;
    if (pause.paused)
        JN_LOG(log, PAUSED,
               JN_PAIRS(JN_TEXT("subscriber", name), JN_TEXT("who", pause.who)),
               "%s is paused by %s: %s", name, pause.who, pause.why);
    else
        JN_LOG(log, RESUMED, JN_PAIRS(JN_TEXT("subscriber", name)),
               "%s is paused no longer", name);
}

/* Two threads may read at once. What was asked for first may be older, so it never
 * replaces what was asked for after it. */
enum jangle_result jn_pauses_read(struct jn_dispatch *dispatch,
                                  struct jangle_error *error)
{
    struct jangle *jangle = dispatch->jangle;
    struct jn_pauses *pauses = &dispatch->pauses;
    struct reading reading = {.allocator = &jangle->host.host.allocator};
    int64_t asked;
    enum jangle_result result;

    jn_mutex_lock(&dispatch->mutex);
    asked = ++pauses->asked;
    jn_mutex_unlock(&dispatch->mutex);
    result = jangle->store->ops->read_pauses(jangle->store, visit_pause, &reading, error);
    if (result == JANGLE_NO_MEMORY)
        jn_fail(error, result, "out of memory: the pauses could not be read");
    jn_mutex_lock(&dispatch->mutex);
    if (!result && asked > pauses->taken) {
        pauses->taken = asked;
        take_reading(dispatch, &reading);
    }
    jn_mutex_unlock(&dispatch->mutex);
    jn_free(reading.allocator, reading.items);
    for (size_t i = 0; !result && i < dispatch->count; i++)
        jn_pause_tell(&dispatch->subscriptions[i]);
    return result;
}

bool jn_pauses_take_news(struct jn_dispatch *dispatch)
{
    bool news;

    jn_mutex_lock(&dispatch->mutex);
    news = dispatch->pauses.news;
    dispatch->pauses.news = false;
    jn_mutex_unlock(&dispatch->mutex);
    return news;
}

void jn_pauses_finish(struct jn_dispatch *dispatch)
{
    jn_free(&dispatch->jangle->host.host.allocator, dispatch->pauses.items);
    dispatch->pauses = (struct jn_pauses){0};
}

void jn_pause_reason(char reason[JN_PAUSE_REASON_SIZE], const struct jn_pause *pause)
{
    jn_text_format(reason, JN_PAUSE_REASON_SIZE, "paused by %s: %s", pause->who,
                   pause->why);
}
