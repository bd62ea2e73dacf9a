/* dead_letter.c - dead letters, and other parked events, are shown to an operator. They
 * are collected first and shown then, so that the visit may retry or skip what it is
 * shown. */
#include "base/pair.h"
#include "core/call.h"
#include "core/instance.h"
#include "core/registry_find.h"
#include "core/saga_match.h"
#include "dispatch/event_page.h"
#include "subscription/checkpoint.h"
#include "subscription/survey.h"

#include <stdlib.h>

/* ---- collecting --------------------------------------------------------------- */

/* A dead letter, or another parked event; or, `in_the_way`, the event that a suspended
 * subscription stands before. As it was when it was collected. */
struct letter {
    struct jangle_parked parked;
    bool in_the_way;
};

struct letters {
    struct jangle *jangle;
    struct jangle_arena arena;
    struct {
        struct letter *items;
        size_t count;
    } list;
    bool strangers; /* only of subscribers that this program lacks */
    bool all;       /* also events that are not dead */
};

/* All texts are copied: those of a subscription's own rows are its own. */
static void add_letter(struct letters *letters, struct letter letter)
{
    struct jangle_arena *arena = &letters->arena;
    struct jangle_parked *parked = &letter.parked;

    parked->subscriber = jn_arena_copy_text(arena, parked->subscriber);
    parked->key = jn_arena_copy_text(arena, parked->key);
    parked->error = jn_arena_copy_text(arena, parked->error ? parked->error : "");
    jangle_list_add(arena, &letters->list, letter, .parked = *parked,
                    .in_the_way = letter.in_the_way);
}

static enum jangle_result visit_stored(void *context, const struct jangle_parked *parked)
{
    struct letters *letters = context;

    if (letters->strangers && jn_subscription_find(letters->jangle, parked->subscriber))
        return JANGLE_OK;
    if (parked->kind == JANGLE_PARKED_EVENT && !parked->position)
        return JANGLE_OK; /* a consumer's attempt at a message: no event is parked */
    if (parked->dead || letters->all)
        add_letter(letters, (struct letter){.parked = *parked});
    return letters->arena.failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

static void collect_in_the_way(struct letters *letters,
                               const char *subscriber,
                               const struct jn_survey *survey)
{
    const struct jn_suspension *suspension = &survey->suspension;
    struct jangle_parked parked = {.subscriber = subscriber,
                                   .kind = JANGLE_PARKED_EVENT,
                                   .key = "",
                                   .position = suspension->before.position,
                                   .attempts = suspension->before.tries,
                                   .next_at = suspension->since,
                                   .error = suspension->reason};

    if (letters->all && jn_survey_stands_before(survey, parked.position))
        add_letter(letters, (struct letter){.parked = parked, .in_the_way = true});
}

/* Of one subscriber of this program: from memory if this process runs it, else from the
 * store. Memory is read at one moment, in which the event in the way is not parked. */
static enum jangle_result collect_of(struct letters *letters,
                                     struct jn_subscription *subscription,
                                     struct jangle_error *error)
{
    struct jn_survey survey;

    if (!jn_subscription_is_here(subscription))
        return jn_checkpoint_visit_parked(subscription, visit_stored, letters, error);
    jn_survey_rows(subscription, &survey, visit_stored, letters);
    collect_in_the_way(letters, jn_name_of(subscription), &survey);
    return JANGLE_OK;
}

static int by_position(const void *one, const void *other)
{
    const struct jangle_parked *left = &((const struct letter *)one)->parked;
    const struct jangle_parked *right = &((const struct letter *)other)->parked;

    if (left->position != right->position)
        return left->position < right->position ? -1 : 1;
    return strcmp(left->subscriber, right->subscriber);
}

static enum jangle_result collect_letters(struct letters *letters,
                                          const char *subscriber,
                                          struct jangle_error *error)
{
    struct jangle *jangle = letters->jangle;
    struct jn_subscription *subscription = jn_subscription_find(jangle, subscriber);
    struct jangle_checkpoint checkpoint;
    jangle_time all = {0};
    enum jangle_result result = JANGLE_OK;

    if (subscription)
        return collect_of(letters, subscription, error);
    if (subscriber)
        result = jn_subscription_find_stored(jangle, subscriber, &checkpoint, error);
    while (!subscriber && !result &&
           (subscription = jn_subscription_next(jangle, subscription)))
        result = collect_of(letters, subscription, error);
    letters->strangers = true;
    if (result)
        return result;
    return jangle->store->ops->read_parked(jangle->store, subscriber, all, INT32_MAX,
                                           visit_stored, letters, error);
}

/* ---- showing them ------------------------------------------------------------ */

struct showing {
    struct jangle *jangle;
    struct jangle_arena *arena;
    const struct jangle_subscriber *subscriber; /* NULL: this program lacks it */
    struct jangle_record record;
    struct jangle_dead_letter letter;
};

/* The event of the dead letter. The payload gets an end, so that it can be shown as a
 * text. */
static enum jangle_result visit_event(void *context, const struct jangle_record *record)
{
    struct showing *showing = context;
    struct jangle_arena *arena = showing->arena;
    char *payload;

    if (record->position != showing->letter.position)
        return JANGLE_OK;
    payload = jangle_alloc(arena, record->payload_size + 1);
    if (payload && record->payload_size)
        memcpy(payload, record->payload, record->payload_size);
    showing->record = *record;
    showing->record.kind = jn_arena_copy_text(arena, record->kind);
    showing->record.id = jn_arena_copy_text(arena, record->id);
    showing->letter.stream = jn_pair_make(arena, record->kind, record->id);
    showing->letter.version = record->version;
    showing->letter.type = jn_arena_copy_text(arena, record->type);
    showing->letter.payload = payload;
    return arena->failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

/* The events of the stream behind the dead letter that the subscriber would have been
 * given. */
static enum jangle_result count_held(void *context, const struct jangle_record *record)
{
    struct showing *showing = context;
    const struct jangle_subscriber *subscriber = showing->subscriber;
    const struct jangle *jangle = showing->jangle;
    struct jn_candidate candidate = {.arena = showing->arena, .record = record};
    bool wanted = true;

    if (subscriber && !jn_registry_handler(&jangle->registry, subscriber, record->type))
        return JANGLE_OK;
    if (subscriber && jn_filter_ask(jangle, &subscriber->where, &candidate, &wanted,
                                    NULL) == JANGLE_NO_MEMORY)
        return JANGLE_NO_MEMORY;
    showing->letter.held_count += wanted;
    return JANGLE_OK;
}

static bool is_of_saga(const struct showing *showing, const struct jangle_parked *parked)
{
    return jn_map_find(&showing->jangle->registry.sagas, parked->subscriber) &&
           jn_saga_id_of_key(parked->kind, parked->key);
}

/* How many events of the saga are parked behind the dead letter: they lie anywhere in the
 * log. */
static enum jangle_result count_held_of_saga(struct showing *showing,
                                             const struct jangle_parked *parked,
                                             struct jangle_error *error)
{
    struct jn_subscription *subscription =
        jn_subscription_find(showing->jangle, parked->subscriber);
    const char *key =
        jn_saga_key(showing->arena, jn_saga_id_of_key(parked->kind, parked->key));
    int64_t up_to = 0, position = parked->position;
    struct jn_event_page page;
    enum jangle_result result = jn_checkpoint_position(subscription, &up_to, error);
    bool more = !result;

    jn_event_page_init(&page, subscription,
                       (size_t)jn_jangle_of(subscription)->config.batch_count);
    while (more) {
        result = jn_event_page_read_key(&page, key, position, up_to, error);
        showing->letter.held_count += result ? 0 : (int64_t)page.count;
        more = !result && page.more > position + 1;
        position = page.more - 1;
    }
    jn_event_page_finish(&page);
    return result;
}

static enum jangle_result read_letter(struct showing *showing,
                                      const struct letter *letter,
                                      struct jangle_error *error)
{
    struct jangle_store *store = showing->jangle->store;
    const struct jangle_parked *parked = &letter->parked;
    enum jangle_result result, memory;

    showing->subscriber =
        jn_map_find(&showing->jangle->registry.subscribers, parked->subscriber);
    showing->letter = (struct jangle_dead_letter){
        .subscriber = parked->subscriber,
        .kind = parked->kind,
        .position = parked->position,
        .attempts = parked->attempts,
        .failed_at = parked->next_at,
        .reason = parked->error,
        .dead = parked->dead,
        .in_the_way = letter->in_the_way,
    };
    result =
        store->ops->read_all(store, parked->position - 1, 1, visit_event, showing, error);
    memory = jn_arena_check(showing->arena, error);
    if (memory || result)
        return memory ? memory : result;
    if (!showing->letter.stream)
        return jn_fail(error, JANGLE_STORAGE,
                       "the event at position %lld, a dead letter of \"%s\", is not in "
                       "the store",
                       (long long)parked->position, parked->subscriber);
    if (is_of_saga(showing, parked))
        return count_held_of_saga(showing, parked, error);
    if (parked->kind != JANGLE_PARKED_STREAM)
        return JANGLE_OK;
    return store->ops->read_stream(store, showing->record.kind, showing->record.id,
                                   showing->record.version, count_held, showing, error);
}

/* It may have been retried or skipped since it was collected. */
static bool is_still_there(struct jangle *jangle, const struct letter *letter)
{
    const struct jangle_parked *parked = &letter->parked;
    struct jn_subscription *subscription =
        jn_subscription_find(jangle, parked->subscriber);

    if (!subscription || !jn_subscription_is_here(subscription) || letter->in_the_way)
        return true;
    return jn_survey_row_at(subscription, parked->position, parked->dead) != NULL;
}

static enum jangle_result show_letters(struct letters *letters,
                                       jangle_dead_letter_fn *visit,
                                       void *context,
                                       struct jangle_error *error)
{
    struct jangle_arena arena;
    enum jangle_result result = JANGLE_OK;

    jn_arena_init(&arena, letters->arena.allocator);
    for (size_t i = 0; !result && i < letters->list.count; i++) {
        struct showing showing = {.jangle = letters->jangle, .arena = &arena};

        jn_arena_reset(&arena);
        if (!is_still_there(letters->jangle, &letters->list.items[i]))
            continue;
        result = read_letter(&showing, &letters->list.items[i], error);
        if (!result)
            result = jn_call_visited(visit(context, &showing.letter), error);
    }
    jn_arena_finish(&arena);
    return result;
}

/* What both public calls do: `all` shows also events that are not dead. */
static enum jangle_result visit_letters(struct jangle *jangle,
                                        const char *call,
                                        bool all,
                                        const char *subscriber,
                                        jangle_dead_letter_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    struct letters letters = {.jangle = jangle, .all = all};
    struct jangle_error why = {0};
    enum jangle_result result = jn_check_process(jangle, &why), memory;

    if (result)
        goto done;
    jn_arena_init(&letters.arena, &jangle->host.host.allocator);
    result = collect_letters(&letters, subscriber, &why);
    memory = jn_arena_check(&letters.arena, &why);
    result = memory ? memory : result;
    if (!result && letters.list.count)
        qsort(letters.list.items, letters.list.count, sizeof *letters.list.items,
              by_position);
    if (!result)
        result = show_letters(&letters, visit, context, &why);
    jn_arena_finish(&letters.arena);
done:
    return jn_call_end(jangle, call, result, &why, error);
}

enum jangle_result jangle_dead_letter_visit(struct jangle *jangle,
                                            const char *subscriber,
                                            jangle_dead_letter_fn *visit,
                                            void *context,
                                            struct jangle_error *error)
{
    return visit_letters(jangle, "jangle_dead_letter_visit", false, subscriber, visit,
                         context, error);
}

enum jangle_result jangle_parked_visit(struct jangle *jangle,
                                       const char *subscriber,
                                       jangle_dead_letter_fn *visit,
                                       void *context,
                                       struct jangle_error *error)
{
    return visit_letters(jangle, "jangle_parked_visit", true, subscriber, visit, context,
                         error);
}
