/* attempts.c - how often the handlers of received messages were called, by the messages'
 * ids; and after a crash each attempt is stored before it is made. */
#include "messaging/consumer/attempts.h"

#include "core/config.h"
#include "subscription/checkpoint.h"

enum {
    CRASH_LIMIT = 10,     /* of a consumer that has no max_attempts */
    KNOWN_LIMIT = 10000,  /* messages; the oldest is forgotten: the broker counts, too */
    RELEASED_LIMIT = 1000 /* rows in one commit */
};

struct jn_attempted {
    struct jn_attempted *older, *newer;
    int made;      /* attempts that count */
    int postponed; /* failures since then that do not */
    bool crashed;  /* the process ended in the last attempt */
    bool stored;   /* a row in the store says that one has begun... */
    bool over;     /* ...and its outcome is known */
    bool done;     /* the message is handled, or dead */
    bool dead;
    bool settled;                /* the broker has heard of the outcome */
    char reason[JN_REASON_SIZE]; /* of the crash, or why it is dead */
    char id[];
};

static const struct jangle_allocator *allocator_of(const struct jn_attempts *attempts)
{
    return &attempts->jangle->host.host.allocator;
}

/* ---- what is known: under the mutex --------------------------------------- */

static struct jn_attempted *find(const struct jn_attempts *attempts, const char *id)
{
    return jn_map_find(&attempts->map, id);
}

static void forget(struct jn_attempts *attempts, struct jn_attempted *known)
{
    *(known->older ? &known->older->newer : &attempts->oldest) = known->newer;
    *(known->newer ? &known->newer->older : &attempts->newest) = known->older;
    jn_map_remove(&attempts->map, known->id);
    jn_free(allocator_of(attempts), known);
}

static void forget_oldest(struct jn_attempts *attempts)
{
    struct jn_attempted *known = attempts->oldest;

    while (known && known->stored)
        known = known->newer;
    if (known)
        forget(attempts, known);
}

/* NULL when out of memory. */
static struct jn_attempted *find_or_add(struct jn_attempts *attempts, const char *id)
{
    struct jn_attempted *known = find(attempts, id);
    size_t size = strlen(id) + 1;

    if (known)
        return known;
    if (attempts->map.count >= KNOWN_LIMIT)
        forget_oldest(attempts);
    known = jn_new(allocator_of(attempts), sizeof *known + size);
    if (!known)
        return NULL;
    memcpy(known->id, id, size);
    if (jn_map_put(&attempts->map, known->id, known)) {
        jn_free(allocator_of(attempts), known);
        return NULL;
    }
    known->older = attempts->newest;
    *(known->older ? &known->older->newer : &attempts->oldest) = known;
    attempts->newest = known;
    return known;
}

static int limit_of(const struct jn_attempts *attempts)
{
    return attempts->retry.max_attempts > 0 ? attempts->retry.max_attempts : CRASH_LIMIT;
}

/* ---- open and close ------------------------------------------------------- */

enum jangle_result jn_attempts_init(struct jn_attempts *attempts,
                                    struct jangle *jangle,
                                    const struct jangle_consumer *consumer,
                                    struct jangle_error *error)
{
    *attempts = (struct jn_attempts){
        .jangle = jangle, .consumer = consumer->name, .retry = consumer->retry};
    if (jn_config_complete_retry(&attempts->retry, &jangle->config.retry, consumer->name,
                                 error))
        return JANGLE_INVALID;
    if (jn_mutex_init(&attempts->mutex))
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is open");
    jn_map_init(&attempts->map, allocator_of(attempts));
    return JANGLE_OK;
}

void jn_attempts_finish(struct jn_attempts *attempts)
{
    while (attempts->oldest)
        forget(attempts, attempts->oldest);
    jn_map_finish(&attempts->map);
    jn_mutex_finish(&attempts->mutex);
}

/* ---- rows in the store ---------------------------------------------------- */

static enum jangle_result visit_row(void *context, const struct jangle_parked *parked)
{
    struct jn_attempts *attempts = context;
    struct jn_attempted *known;

    jn_mutex_lock(&attempts->mutex);
    known = find_or_add(attempts, parked->key);
    if (known) {
        attempts->stored += !known->stored;
        known->stored = known->crashed = true;
        known->over = known->settled = false;
        known->made = parked->attempts;
        jn_text_show(known->reason, sizeof known->reason,
                     parked->error ? parked->error : "");
    }
    jn_mutex_unlock(&attempts->mutex);
    return known ? JANGLE_OK : JANGLE_NO_MEMORY;
}

enum jangle_result jn_attempts_read(struct jn_attempts *attempts,
                                    int64_t suspects,
                                    struct jangle_error *error)
{
    struct jangle_store *store = attempts->jangle->store;
    struct jangle_checkpoint checkpoint = {0};
    jangle_time all = {0};
    enum jangle_result result =
        store->ops->find_checkpoint(store, attempts->consumer, &checkpoint, error);

    jn_mutex_lock(&attempts->mutex);
    attempts->position = checkpoint.position;
    jn_mutex_unlock(&attempts->mutex);
    if (!result)
        result = store->ops->read_parked(store, attempts->consumer, all, INT32_MAX,
                                         visit_row, attempts, error);
    if (result == JANGLE_NO_MEMORY)
        return jn_fail(error, result, "out of memory for the attempts of \"%s\"",
                       attempts->consumer);
    jn_mutex_lock(&attempts->mutex);
    attempts->suspects = suspects;
    jn_mutex_unlock(&attempts->mutex);
    return result;
}

static enum jangle_result store_rows(struct jn_attempts *attempts,
                                     const struct jangle_parked *rows,
                                     size_t count,
                                     struct jangle_error *error)
{
    struct jangle_checkpoint checkpoint = {
        .subscriber = attempts->consumer, .parked = rows, .parked_count = count};
    enum jangle_result result;

    jn_mutex_lock(&attempts->mutex);
    checkpoint.from = checkpoint.position = attempts->position;
    jn_mutex_unlock(&attempts->mutex);
    result = jn_checkpoint_store(attempts->jangle, &checkpoint, error);
    return result ? result : jn_fail_as(error, &checkpoint.error);
}

static enum jangle_result store_attempt(struct jn_attempts *attempts,
                                        const struct jn_handle_attempt *attempt,
                                        struct jangle_error *error)
{
    char reason[JN_REASON_SIZE];
    struct jangle_parked row = {
        .subscriber = attempts->consumer,
        .kind = JANGLE_PARKED_EVENT,
        .key = attempt->id,
        .attempts = attempt->number,
        .trying = true,
        .next_at = jn_host_now(&attempts->jangle->host),
        .error = reason,
    };

    jn_text_format(reason, sizeof reason,
                   "the process ended while the message was handled: that was attempt %d",
                   attempt->number);
    return store_rows(attempts, &row, 1, error);
}

/* ---- the guard ------------------------------------------------------------ */

void jn_attempts_pass(struct jn_attempts *attempts)
{
    jn_mutex_lock(&attempts->mutex);
    attempts->suspects -= attempts->suspects > 0;
    jn_mutex_unlock(&attempts->mutex);
}

bool jn_attempts_are_guarded(struct jn_attempts *attempts)
{
    bool guarded;

    jn_mutex_lock(&attempts->mutex);
    guarded = attempts->suspects > 0;
    jn_mutex_unlock(&attempts->mutex);
    return guarded;
}

/* ---- one attempt ---------------------------------------------------------- */

/* The broker has not heard that it is dead; or the process ended too often. */
static bool is_given_up(const struct jn_attempts *attempts,
                        const struct jn_attempted *known)
{
    return known->dead || (known->crashed && known->made >= limit_of(attempts));
}

/* What was known of the message. True: the attempt is to be stored before it is made. */
static bool recall(struct jn_attempts *attempts, struct jn_handle_attempt *attempt)
{
    const struct jn_attempted *known;
    bool guarded;

    jn_mutex_lock(&attempts->mutex);
    known = find(attempts, attempt->id);
    guarded = attempts->suspects || (known && known->crashed);
    attempt->number = attempt->counted > 1 ? attempt->counted : 1;
    attempt->postponed = 0;
    attempt->gives_up = false;
    if (known) {
        attempt->number = known->made + 1;
        attempt->postponed = known->postponed;
        attempt->gives_up = is_given_up(attempts, known);
        memcpy(attempt->reason, known->reason, sizeof attempt->reason);
    }
    jn_mutex_unlock(&attempts->mutex);
    return guarded && !attempt->gives_up;
}

/* False: out of memory. */
static bool note_stored(struct jn_attempts *attempts,
                        const struct jn_handle_attempt *attempt)
{
    struct jn_attempted *known;

    jn_mutex_lock(&attempts->mutex);
    known = find_or_add(attempts, attempt->id);
    if (known) {
        attempts->stored += !known->stored;
        known->stored = true;
        known->over = known->done = known->settled = false;
        known->made = attempt->number - 1;
    }
    jn_mutex_unlock(&attempts->mutex);
    return known != NULL;
}

enum jangle_result jn_attempts_begin(struct jn_attempts *attempts,
                                     struct jn_handle_attempt *attempt,
                                     struct jangle_error *error)
{
    enum jangle_result result;

    if (!recall(attempts, attempt))
        return JANGLE_OK;
    if (!note_stored(attempts, attempt))
        return jn_fail(error, JANGLE_NO_MEMORY,
                       "out of memory: the message is not handled");
    result = store_attempt(attempts, attempt, error);
    JN_FAILPOINT("consumer.attempt_stored");
    return result;
}

bool jn_attempts_is_last(const struct jn_attempts *attempts,
                         const struct jn_handle_attempt *attempt)
{
    return attempts->retry.max_attempts > 0 &&
           attempt->number >= attempts->retry.max_attempts;
}

/* Without memory the broker's count is all that is known of the attempt. A dead message
 * is kept in mind until the broker has it as a dead letter: if it comes again before
 * that, its handlers are not called again. */
void jn_attempts_end(struct jn_attempts *attempts,
                     struct jn_handle_attempt *attempt,
                     enum jn_outcome outcome,
                     bool dead)
{
    struct jn_attempted *known;
    bool handled = outcome == JN_DONE;

    jn_mutex_lock(&attempts->mutex);
    known = handled ? find(attempts, attempt->id) : find_or_add(attempts, attempt->id);
    if (known) {
        known->crashed = false;
        known->over = true;
        known->dead = dead;
        known->done = handled || dead;
        known->settled = false;
        known->made = outcome == JN_OURS ? attempt->number - 1 : attempt->number;
        known->postponed = outcome == JN_OURS ? attempt->postponed + 1 : 0;
        attempt->postponed = known->postponed;
        memcpy(known->reason, attempt->reason, sizeof known->reason);
        if (handled && !known->stored)
            forget(attempts, known);
    }
    jn_mutex_unlock(&attempts->mutex);
}

void jn_attempts_note_known(struct jn_attempts *attempts, const char *id)
{
    struct jn_attempted *known;

    jn_mutex_lock(&attempts->mutex);
    known = find(attempts, id);
    if (known && known->stored)
        known->over = known->done = true;
    else if (known)
        forget(attempts, known);
    jn_mutex_unlock(&attempts->mutex);
}

void jn_attempts_note_settled(struct jn_attempts *attempts, const char *id)
{
    struct jn_attempted *known;

    jn_mutex_lock(&attempts->mutex);
    known = find(attempts, id);
    if (known && known->over) {
        known->settled = true;
        if (known->done && !known->stored)
            forget(attempts, known);
    }
    jn_mutex_unlock(&attempts->mutex);
}

/* ---- rows go -------------------------------------------------------------- */

static bool can_go(const struct jn_attempted *known)
{
    return known->stored && known->settled;
}

/* The rows that can go; their keys lie in the arena. */
static size_t list_rows(struct jn_attempts *attempts,
                        struct jangle_arena *arena,
                        struct jangle_parked *rows)
{
    const struct jn_attempted *known;
    size_t count = 0;

    jn_mutex_lock(&attempts->mutex);
    for (known = attempts->oldest; known && count < RELEASED_LIMIT; known = known->newer)
        if (can_go(known))
            rows[count++] =
                (struct jangle_parked){.subscriber = attempts->consumer,
                                       .kind = JANGLE_PARKED_EVENT,
                                       .key = jn_arena_copy_text(arena, known->id),
                                       .released = true};
    jn_mutex_unlock(&attempts->mutex);
    return arena->failed ? 0 : count;
}

static void note_released(struct jn_attempts *attempts,
                          const struct jangle_parked *rows,
                          size_t count)
{
    jn_mutex_lock(&attempts->mutex);
    for (size_t i = 0; i < count; i++) {
        struct jn_attempted *known = find(attempts, rows[i].key);

        if (!known || !can_go(known))
            continue;
        attempts->stored--;
        known->stored = false;
        if (known->done)
            forget(attempts, known);
    }
    jn_mutex_unlock(&attempts->mutex);
}

void jn_attempts_release(struct jn_attempts *attempts)
{
    struct jangle_arena arena;
    struct jangle_parked *rows;
    size_t count = 0;

    jn_mutex_lock(&attempts->mutex);
    count = attempts->stored < RELEASED_LIMIT ? attempts->stored : RELEASED_LIMIT;
    jn_mutex_unlock(&attempts->mutex);
    if (!count)
        return;
    jn_arena_init(&arena, allocator_of(attempts));
    rows = jangle_alloc(&arena, RELEASED_LIMIT * sizeof *rows);
    count = rows ? list_rows(attempts, &arena, rows) : 0;
    if (count && !store_rows(attempts, rows, count, NULL))
        note_released(attempts, rows, count);
    jn_arena_finish(&arena);
}
