/* trip.c - a saga whose turns are told by words, over a store that is watched. */
#include "support/domains/trip.h"

#include "support/stores/lying_store.h"

#include <stdio.h>
#include <string.h>

struct trip trip;
struct watch watch;

/* ---- the saga ---------------------------------------------------------------- */

static void apply_begun(void *state, const struct jangle_event *event)
{
    (void)event;
    ((struct move_state *)state)->calls = 0;
}

static void apply_note(void *state, const struct jangle_event *event)
{
    ((struct move_state *)state)->amount +=
        ((const struct call_counted *)event->data)->count;
}

static void apply_word(void *state, const struct jangle_event *event)
{
    (void)event;
    ((struct move_state *)state)->calls++;
}

static void check_order(const struct move_state *heard, const char *word)
{
    const char *space = strrchr(word, ' ');
    int number;

    if (space && sscanf(space, " %d", &number) == 1)
        trip.disordered += number != heard->calls;
}

static enum jangle_result do_as_told(struct jangle_turn *turn, const char *word)
{
    enum jangle_result result = JANGLE_OK;

    if (strstr(word, "late"))
        jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 3600000));
    if (strstr(word, "note"))
        jangle_turn_note(turn, call_counted, .count = 1);
    if (strstr(word, "pay"))
        result = jangle_turn_send(turn, pay_in, .till_id = "b", .move_id = turn->id,
                                  .amount = 1);
    if (!result && trip.fails_at && !strcmp(trip.fails_at, word))
        return jangle_turn_fail(turn, trip.fails_with ? trip.fails_with : JANGLE_REJECTED,
                                "not \"%s\"", word);
    return result || !strstr(word, "bye") ? result : jangle_turn_finish(turn);
}

static enum jangle_result
on_word(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct move_called *called = event->data;
    int run = trip.runs++;

    if (run < TRIP_RUNS) {
        trip.ends[run] = watch.ends;
        trip.words[run] = (int)((const struct move_state *)state)->calls;
    }
    check_order(state, called->word);
    return do_as_told(turn, called->word);
}

static enum jangle_result
on_timeout(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    trip.timeouts++;
    return jangle_turn_finish(turn);
}

static enum jangle_result
on_begun(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state, (void)event;
    return JANGLE_OK;
}

const struct jangle_saga trip_saga = {
    .name = "trip",
    .state = &move_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events = JANGLE_APPLIERS({&paid_out, apply_begun},
                              {&move_called, apply_word},
                              {&call_counted, apply_note}),
    .reactions = JANGLE_REACTIONS({&paid_out, on_begun}, {&move_called, on_word}),
    .on_timeout = on_timeout,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 3, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

/* ---- the store --------------------------------------------------------------- */

static enum jangle_result store_honestly(struct jangle_store *store,
                                         struct jangle_group *group,
                                         struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);

    return honest->ops->commit(honest, group, error);
}

static bool is_end(const struct jangle_saga_record *record)
{
    return record->with && !record->with->count && record->with->epoch;
}

/* Ends are the last records of a group. */
static size_t count_ends(const struct jangle_group *group)
{
    size_t count = 0;

    while (count < group->saga_count &&
           is_end(&group->sagas[group->saga_count - count - 1]))
        count++;
    return count;
}

/* Up to which event the saga is done, as its record says. */
static int64_t position_in(const struct jangle_saga_record *record)
{
    char text[200];
    const char *found;
    long long position = 0;

    snprintf(text, sizeof text, "%.*s", (int)record->state_size,
             (const char *)record->state);
    found = strstr(text, "\"position\":");
    if (found)
        sscanf(found, "\"position\":%lld", &position);
    return position;
}

static void watch_mark(const struct jangle_group *group, size_t ends)
{
    for (size_t i = 0; i < group->checkpoint_count; i++) {
        const struct jangle_checkpoint *mark = &group->checkpoints[i];

        if (strcmp(mark->subscriber, "trip") != 0 || mark->error.result)
            continue;
        watch.mark = mark->position;
        for (size_t end = group->saga_count - ends; end < group->saga_count; end++)
            watch.mark_too_far |= mark->position >= position_in(&group->sagas[end]);
    }
}

static void watch_group(const struct jangle_group *group, size_t ends)
{
    watch.commits++;
    watch.most = ends > watch.most ? ends : watch.most;
    for (size_t i = 0; i < group->saga_count; i++) {
        watch.records += !group->sagas[i].error.result;
        watch.ends += !group->sagas[i].error.result && is_end(&group->sagas[i]);
    }
}

/* Store the group without its ends, which are refused. */
static enum jangle_result refuse_ends(struct jangle_store *store,
                                      struct jangle_group *group,
                                      size_t ends,
                                      struct jangle_error *error)
{
    struct jangle_group rest = *group;
    enum jangle_result result = JANGLE_OK;

    rest.saga_count -= ends;
    rest.append_count -= ends;
    if (rest.append_count + rest.saga_count + rest.checkpoint_count + rest.step_count)
        result = store_honestly(store, &rest, error);
    group->epoch = rest.epoch;
    for (size_t i = group->saga_count - ends; i < group->saga_count; i++) {
        jangle_error_set(&group->sagas[i].error, watch.refuse_with, "no room for ends");
        group->sagas[i].with->error = group->sagas[i].error;
    }
    return result;
}

static bool is_refused(size_t ends)
{
    static int groups;

    if (!ends)
        return false;
    if (watch.refuse_each)
        return ++groups % watch.refuse_each == 0;
    return watch.refusals > 0 && watch.refusals--;
}

static enum jangle_result do_not_know(struct jangle_store *store,
                                      struct jangle_group *group,
                                      struct jangle_error *error)
{
    watch.unknowns--;
    if (watch.are_stored)
        store_honestly(store, group, error);
    return jangle_error_set(error, JANGLE_UNKNOWN, "the disk does not answer");
}

static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    size_t ends = count_ends(group);
    enum jangle_result result;

    if (watch.is_down)
        return jangle_error_set(error, JANGLE_STORAGE, "the program is killed");
    if (ends && watch.unknowns)
        return do_not_know(store, group, error);
    if (ends)
        watch.epoch = group->sagas[group->saga_count - 1].with->epoch;
    result = is_refused(ends) ? refuse_ends(store, group, ends, error)
                              : store_honestly(store, group, error);
    if (!result) {
        watch_mark(group, ends);
        watch_group(group, ends);
    }
    return result;
}

static const struct lie watching = {.what = "is watched", .store = {.commit = commit}};
static struct lying watched = {.lie = &watching};

/* ---- a world ----------------------------------------------------------------- */

void trip_open(struct world *world)
{
    watch = (struct watch){0};
    tills_open(world, &trip_saga);
}

int trip_set_up(void **state)
{
    static struct world world;

    trip = (struct trip){0};
    world_init(&world, *state != NULL);
    watched.storage = world.config.storage;
    world.config.storage = lying_storage(&watched);
    world.config.checkpoint_interval_ms =
        86400000; /* nothing is stored for that reason */
    trip_open(&world);
    world_poll(&world);
    watch = (struct watch){0};
    *state = &world;
    return 0;
}

int trip_tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

void trip_crash(struct world *world)
{
    watch.is_down = true;
    world_close(world);
    trip_open(world);
}

void trip_begin(struct world *world, const char *id)
{
    assert_result(tills_pay_out(world, "a", id, "b", 1), JANGLE_OK);
}

void trip_say(struct world *world, const char *id, const char *word)
{
    assert_result(jangle_send(world->jangle, NULL, call_move, .till_id = "a",
                              .move_id = id, .word = word),
                  JANGLE_OK);
}

void trip_run(struct world *world)
{
    int64_t done = 0;

    assert_result(jangle_poll(world->jangle, &done, &world->error), JANGLE_OK);
    assert_true(done > 0);
}

int64_t trip_paid(struct world *world, const char *id)
{
    return tills_count_of(world, &paid_in, id);
}
