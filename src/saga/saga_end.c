/* saga_end.c - the end of a turn waits for a group that takes it along, and the saga's
 * next turn goes on from it. */
#include "saga/saga_end.h"

#include "saga/saga_record.h"
#include "subscription/ends.h"

/* A larger one does not wait: JN_ENDS_LIMIT of these are a MiB at most, in memory and in
 * the group that takes them along. */
enum { END_BYTES = 16 * 1024 };

struct jn_saga_end {
    struct jn_end base; /* first: the subscription has a pointer to it */
    struct jangle_arena arena;
    struct jn_saga saga; /* in the arena; the record points into it */
    bool began;          /* the saga began with one of its turns */
    int turns;           /* that it ends */
};

void jn_saga_end_free(struct jn_end *base)
{
    struct jn_saga_end *end = (struct jn_saga_end *)base;
    const struct jangle_allocator *allocator = end->arena.allocator;

    jn_arena_finish(&end->arena);
    jn_free(allocator, end);
}

/* NULL if it cannot be made: jn_saga_save finds out why. The next turn sees a saga that
 * exists, because it does not store that turn without this one. */
static struct jn_saga_end *make_end(const struct jn_saga *saga)
{
    const struct jangle_allocator *allocator = &saga->jangle->host.host.allocator;
    struct jn_saga_end *end = jn_new(allocator, sizeof *end);
    struct jangle_error ignored = {0};
    enum jangle_result result;

    if (!end)
        return NULL;
    jn_arena_init(&end->arena, allocator);
    result = jn_saga_copy(&end->saga, saga, &end->arena, &ignored);
    if (!result)
        result = jn_saga_make_record(&end->saga, jn_saga_as_it_is(&end->saga),
                                     &end->base.record, &ignored);
    if (!result && jn_arena_bytes(&end->arena) <= END_BYTES) {
        end->saga.exists = true;
        return end;
    }
    jn_saga_end_free(&end->base);
    return NULL;
}

bool jn_saga_end_wait(struct jn_saga *saga,
                      const struct jn_delivery *delivery,
                      bool began)
{
    int64_t position = delivery->event.position;
    struct jn_saga_end *end, *before = saga->end;

    if (!delivery->end_may_wait || !jn_ends_may_wait(delivery->subscription, position))
        return false;
    end = make_end(saga);
    if (!end)
        return false;
    end->base.position = end->base.last = position;
    end->base.epoch = saga->epoch;
    end->began = began || (before && before->began);
    end->turns = 1 + (before ? before->turns : 0);
    saga->end = NULL;
    if (before)
        jn_ends_replace(&before->base, &end->base);
    else
        jn_ends_add(delivery->subscription, &end->base);
    return true;
}

enum jangle_result jn_saga_end_take(struct jn_saga *saga,
                                    struct jn_subscription *subscription,
                                    const char *id,
                                    struct jangle_arena *arena,
                                    struct jangle_error *error)
{
    struct jn_saga_end *end = (struct jn_saga_end *)jn_ends_take_over(subscription, id);
    enum jangle_result result;

    saga->end = NULL;
    if (!end)
        return JANGLE_OK;
    result = jn_saga_copy(saga, &end->saga, arena, error);
    saga->end = end;
    if (result)
        jn_saga_end_give_back(saga);
    return result;
}

void jn_saga_end_give_back(struct jn_saga *saga)
{
    if (saga->end)
        jn_ends_give_back(&saga->end->base);
    saga->end = NULL;
}

static void log_stored(const struct jn_saga_end *end)
{
    JN_COUNT(end->saga.jangle, turns, end->turns - 1);
    jn_saga_log_end(&end->saga, end->began);
}

void jn_saga_end_note_stored(struct jn_saga *saga)
{
    struct jn_saga_end *end = saga->end;

    saga->end = NULL;
    log_stored(end);
    jn_ends_note_stored(&end->base);
}

void jn_saga_end_settle(const struct jn_end *base, const struct jangle_error *error)
{
    const struct jn_saga_end *end = (const struct jn_saga_end *)base;
    const struct jn_saga *saga = &end->saga;

    /* A conflict is no failure of the store: another program died, and the store has
     * recovered since; or it runs this saga now. */
    enum jangle_result told =
        error->result == JANGLE_CONFLICT ? JANGLE_BUSY : error->result;

    if (!error->result)
        log_stored(end);
    else
        JN_LOG_STORE(
            &saga->jangle->log, told, JN_PAIRS(JN_SAGA_NAMED(saga)),
            "the end of a turn of %s/%s was not stored, so the turn runs again: %s",
            saga->type->saga->name, saga->id, error->message);
}
