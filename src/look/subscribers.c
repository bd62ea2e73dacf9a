/* subscribers.c - jangle_look_subscribers: how far each subscriber is. Through an
 * instance it is what the instance says of itself; else what is stored, in the store and
 * in the files of views. */
#include "base/host.h"
#include "core/call.h"
#include "look/described.h"
#include "look/names.h"
#include "look/store_page.h"
#include "look/view_files.h"
#include "subscription/survey.h"

enum { SAGA_COUNT = 1000 };

/* One subscriber at a time. */
struct describing {
    struct jangle_look *look;
    struct jangle_subscriber_facts facts;
    int64_t head;
    struct jn_description description;
    const struct jn_described *described; /* this one; or NULL */
    unsigned char store_id[JANGLE_ID_SIZE];
    unsigned char seen_id[JANGLE_ID_SIZE]; /* of the last event that it has seen */
    char reason[JANGLE_REASON_SIZE];
    char paused_by[JANGLE_WHO_SIZE];
    struct jangle_error fault;
};

/* What can be read is shown; what cannot is told. Without memory the call fails. */
static enum jangle_result note(struct describing *describing,
                               enum jangle_result result,
                               const struct jangle_error *why,
                               struct jangle_error *error)
{
    if (result == JANGLE_NO_MEMORY)
        return jn_fail(error, result, "%s", why->message);
    if (result && !describing->facts.fault) {
        describing->fault = *why;
        describing->facts.fault = describing->fault.message;
    }
    return JANGLE_OK;
}

/* ---- what is stored ---------------------------------------------------------- */

static enum jangle_result add_row(void *context, const struct jangle_parked *parked)
{
    struct describing *describing = context;
    struct jangle_subscriber_facts *facts = &describing->facts;

    facts->parked += !parked->dead;
    facts->dead += parked->dead;
    if (!parked->dead && (!facts->next_at.us || parked->next_at.us < facts->next_at.us))
        facts->next_at = parked->next_at;
    if (!facts->since.us && facts->state != JANGLE_SUBSCRIBER_STALE && parked->error)
        jn_text_show(describing->reason, sizeof describing->reason, parked->error);
    return JANGLE_OK;
}

static void set_outage(struct describing *describing,
                       enum jangle_suspension suspended_for,
                       jangle_time since,
                       const char *reason)
{
    if (!suspended_for)
        return;
    describing->facts.state = JANGLE_SUBSCRIBER_OUTAGE;
    describing->facts.since = since;
    jn_text_copy(describing->reason, sizeof describing->reason, reason);
}

static enum jangle_result read_store(struct describing *describing,
                                     struct jangle_error *error)
{
    const struct jangle_store_ops *ops = describing->look->store->ops;
    struct jangle_store *store = describing->look->store;
    struct jangle_subscriber_facts *facts = &describing->facts;
    struct jangle_checkpoint checkpoint = {0};
    jangle_time all = {0};
    enum jangle_result result =
        ops->find_checkpoint(store, facts->name, &checkpoint, error);

    if (result)
        return result;
    facts->position = checkpoint.position;
    memcpy(describing->seen_id, checkpoint.event_id, sizeof describing->seen_id);
    set_outage(describing, checkpoint.suspended_for, checkpoint.suspended_at,
               checkpoint.reason);
    return ops->read_parked(store, facts->name, all, INT32_MAX, add_row, describing,
                            error);
}

/* Must the view be replayed, as far as the store and its file say? */
static void find_out_of_date(struct describing *describing,
                             const struct jangle_view_checkpoint *own)
{
    const struct jn_described *described = describing->described;

    if (memcmp(own->store_id, describing->store_id, sizeof own->store_id) != 0)
        jn_text_copy(describing->reason, sizeof describing->reason,
                     "it was made from another store");
    else if (described && described->kind == JANGLE_CATALOGUE_VIEW &&
             described->schema_version.given &&
             described->schema_version.value != own->schema_version)
        jn_text_format(describing->reason, sizeof describing->reason,
                       "it has version %d of its schema, not %lld", own->schema_version,
                       (long long)described->schema_version.value);
    else
        return;
    describing->facts.state = JANGLE_SUBSCRIBER_STALE;
}

/* The row of a view in the store says nothing of where the view is. */
static void forget_row(struct describing *describing)
{
    struct jangle_subscriber_facts *facts = &describing->facts;

    facts->is_view = true;
    facts->position = -1;
    facts->parked = facts->dead = 0;
    facts->next_at = (jangle_time){0};
}

/* A view's own file says where it is. */
static enum jangle_result read_file(struct describing *describing,
                                    struct jangle_view_file *file,
                                    struct jangle_error *error)
{
    struct jangle_subscriber_facts *facts = &describing->facts;
    struct jangle_view_checkpoint own = {0};
    jangle_time all = {0};
    enum jangle_result result = file->ops->checkpoint(file, &own, error);

    if (result)
        return result;
    facts->position = own.position;
    memcpy(describing->seen_id, own.event_id, sizeof describing->seen_id);
    facts->incomplete = own.incomplete;
    set_outage(describing, own.suspended_for, own.suspended_at, own.reason);
    find_out_of_date(describing, &own);
    return file->ops->read_parked(file, all, INT32_MAX, add_row, describing, error);
}

static enum jangle_result read_view(struct describing *describing,
                                    struct jangle_error *error)
{
    const struct jn_described *described = describing->described;
    const char *path = described ? described->file : NULL;
    struct jangle_view_file *file;
    enum jangle_result result =
        jn_look_view(describing->look, describing->facts.name, path, &file, error);

    if (!describing->look->stores.views && described &&
        described->kind == JANGLE_CATALOGUE_VIEW)
        result = jn_fail(
            error, JANGLE_INVALID,
            "the file of this view was not read: a look at a frozen store reads none; "
            "how far the view is, is not known");
    if (result || file)
        forget_row(describing);
    if (result || !file)
        return result;
    result = read_file(describing, file, error);
    file->ops->close_file(file);
    return result;
}

/* ---- is it of this store? ---------------------------------------------------- */

struct compared {
    const unsigned char *seen_id;
    int64_t position;
    bool is_there, is_same;
};

static enum jangle_result compare(void *context, const struct jangle_record *record)
{
    struct compared *compared = context;

    compared->is_there = record->position == compared->position;
    compared->is_same = compared->is_there &&
                        memcmp(record->event_id, compared->seen_id, JANGLE_ID_SIZE) == 0;
    return JANGLE_OK;
}

/* A view that has seen what the store has not must be replayed; for the others no state
 * is stored that says so. */
static enum jangle_result check_seen(struct describing *describing,
                                     struct jangle_error *error)
{
    struct jangle_store *store = describing->look->store;
    struct jangle_subscriber_facts *facts = &describing->facts;
    struct compared compared = {.seen_id = describing->seen_id,
                                .position = facts->position};
    char reason[JANGLE_REASON_SIZE];
    enum jangle_result result;

    if (facts->position <= 0 || facts->state == JANGLE_SUBSCRIBER_STALE)
        return JANGLE_OK;
    result =
        store->ops->read_all(store, facts->position - 1, 1, compare, &compared, error);
    if (result || compared.is_same)
        return result;
    jn_text_format(reason, sizeof reason,
                   "the store %s event %lld%s: it was restored from an older backup, or "
                   "is another store",
                   compared.is_there ? "has another" : "lacks",
                   (long long)facts->position,
                   compared.is_there ? " than was seen" : ", which was seen");
    if (!facts->is_view)
        return jn_fail(error, JANGLE_STORAGE, "%s", reason);
    facts->state = JANGLE_SUBSCRIBER_STALE;
    jn_text_copy(describing->reason, sizeof describing->reason, reason);
    return JANGLE_OK;
}

/* ---- sagas, and pauses ------------------------------------------------------- */

static enum jangle_result count_saga(void *context,
                                     const struct jangle_saga_record *record)
{
    struct describing *describing = context;
    struct jangle_subscriber_facts *facts = &describing->facts;

    if (record->error.result && !facts->fault) {
        describing->fault = record->error;
        facts->fault = describing->fault.message;
    }
    facts->open_sagas += record->status == JANGLE_SAGA_OPEN;
    facts->parked_sagas += record->status == JANGLE_SAGA_PARKED;
    return JANGLE_OK;
}

static enum jangle_result count_sagas(struct describing *describing,
                                      struct jangle_error *error)
{
    struct jangle_store *store = describing->look->store;
    struct jangle_subscriber_facts *facts = &describing->facts;
    enum jangle_result result =
        store->ops->read_sagas(store, facts->name, JANGLE_SAGA_PARKED, NULL, SAGA_COUNT,
                               count_saga, describing, error);

    return result ? result
                  : store->ops->read_sagas(store, facts->name, JANGLE_SAGA_OPEN, NULL,
                                           SAGA_COUNT, count_saga, describing, error);
}

static enum jangle_result add_pause(void *context, const struct jangle_pause *pause)
{
    struct describing *describing = context;
    struct jangle_subscriber_facts *facts = &describing->facts;

    if (!pause->paused || strcmp(pause->name, facts->name) != 0)
        return JANGLE_OK;
    facts->state = JANGLE_SUBSCRIBER_PAUSED;
    facts->since = pause->at;
    jn_text_copy(describing->reason, sizeof describing->reason, pause->why);
    jn_text_copy(describing->paused_by, sizeof describing->paused_by, pause->who);
    return JANGLE_OK;
}

static enum jangle_result read_pause(struct describing *describing,
                                     struct jangle_error *error)
{
    struct jangle_store *store = describing->look->store;

    return store->ops->read_pauses(store, add_pause, describing, error);
}

/* ---- what the instance says -------------------------------------------------- */

static enum jangle_result ask_instance(struct describing *describing,
                                       struct jangle_error *error)
{
    struct jangle *jangle = describing->look->jangle;
    struct jangle_subscriber_facts *facts = &describing->facts;
    struct jn_subscription *subscription = jn_subscription_find(jangle, facts->name);
    struct jangle_subscriber_stats stats;
    struct jn_survey survey;
    enum jangle_result result =
        jangle_measure_subscriber(jangle, facts->name, &stats, error);

    if (result)
        return result;
    facts->position = stats.position;
    facts->parked = stats.parked;
    facts->dead = stats.dead;
    facts->since = stats.paused.us ? stats.paused : stats.suspended;
    jn_text_copy(describing->reason, sizeof describing->reason,
                 stats.paused.us ? stats.paused_why : stats.reason);
    jn_text_copy(describing->paused_by, sizeof describing->paused_by, stats.paused_by);
    if (!subscription)
        return JANGLE_OK;
    jn_survey(subscription, &survey);
    facts->state = (enum jangle_subscriber_state)survey.state;
    facts->is_view = survey.has_file;
    return JANGLE_OK;
}

/* ---- one, and all ------------------------------------------------------------ */

static enum jangle_result note_age(void *context, const struct jangle_found *found)
{
    struct describing *describing = context;
    int64_t age_us = jn_host_now(describing->look->host).us - found->record->at.us;

    describing->facts.lag_ms = found->record->at.us && age_us > 0 ? age_us / 1000 : 0;
    return JANGLE_OK;
}

static enum jangle_result measure_lag(struct describing *describing,
                                      struct jangle_error *error)
{
    struct jangle_subscriber_facts *facts = &describing->facts;
    struct jangle_range range = {
        .after = facts->position, .before = facts->position + 2, .limit = 1};

    if (facts->position < 0)
        facts->lag = -1;
    if (facts->position < 0 || describing->head <= facts->position)
        return JANGLE_OK;
    facts->lag = describing->head - facts->position;
    return jn_store_page(describing->look, &range, note_age, describing, error);
}

typedef enum jangle_result describe_fn(struct describing *describing,
                                       struct jangle_error *error);

static enum jangle_result describe(struct describing *describing,
                                   struct jangle_error *error)
{
    static describe_fn *const stored[] = {
        read_store, read_view, check_seen, count_sagas, read_pause, measure_lag, NULL};
    static describe_fn *const asked[] = {ask_instance, count_sagas, measure_lag, NULL};
    describe_fn *const *steps = describing->look->jangle ? asked : stored;
    enum jangle_result result = JANGLE_OK;

    for (; !result && *steps; steps++) {
        struct jangle_error why = {0};

        result = note(describing, (*steps)(describing, &why), &why, error);
    }
    return result;
}

/* A subscriber that is neither paused nor suspended goes on, if a process runs it. */
static void begin(struct describing *describing, const char *name)
{
    const struct jn_described *described =
        jn_described_find(&describing->description, name);
    bool owned = described && described->owned;

    describing->described = described;
    describing->reason[0] = describing->paused_by[0] = '\0';
    describing->facts = (struct jangle_subscriber_facts){
        .name = name,
        .kind = described ? described->kind : (enum jangle_catalogue_kind)0,
        .state = owned ? JANGLE_SUBSCRIBER_GOING : JANGLE_SUBSCRIBER_ELSEWHERE,
        .owner_pid = owned ? described->owner_pid : 0,
        .position = -1,
        .reason = describing->reason,
        .paused_by = describing->paused_by,
    };
}

static enum jangle_result prepare(struct describing *describing,
                                  struct jangle_error *error)
{
    struct jangle_store *store = describing->look->store;
    struct jangle_error why = {0};
    int64_t epoch;
    enum jangle_result result = store->ops->head(store, &describing->head, error);

    if (!result && store->ops->identify(store, describing->store_id, &epoch, &why) ==
                       JANGLE_NO_MEMORY)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s", why.message);
    return result;
}

static enum jangle_result visit_all(struct describing *describing,
                                    jangle_subscriber_facts_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    struct jn_name_list names;
    enum jangle_result result = jn_look_names(describing->look, NULL, &names, error);

    if (!result)
        result = prepare(describing, error);
    if (!result)
        result = jn_description_read(&describing->description, describing->look, error);
    for (size_t at = 0; !result && at < names.list.count; at++) {
        begin(describing, names.list.items[at]);
        result = describe(describing, error);
        if (!result)
            result = jn_call_visited(visit(context, &describing->facts), error);
    }
    jn_arena_finish(&describing->description.arena);
    jn_arena_finish(&names.arena);
    return result;
}

enum jangle_result jangle_look_subscribers(struct jangle_look *look,
                                           jangle_subscriber_facts_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct describing describing = {.look = look};
    enum jangle_result result = jn_look_check(look, &why);

    if (!result)
        result = visit_all(&describing, visit, context, &why);
    return jn_call_end(look ? look->jangle : NULL, "jangle_look_subscribers", result,
                       &why, error);
}
