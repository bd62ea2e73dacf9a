/* looking.c - a command looks at other aggregates: what it is answered is true of all of
 * them; over each backend. */
#include "support/domains/addresses.h"
#include "support/failing_allocator.h"
#include "support/stores/lying_store.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include "command/commands.h"
#include "core/engine.h"

#include <jangle/testing.h>

#include <stdio.h>
#include <string.h>

struct world {
    bool sqlite;
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct lying lying;
    struct failing_allocator memory;
    int64_t look_count;
    int64_t cache_count;
    bool lose_twice; /* and nothing comes of the third time */
    struct jangle *jangle;
    struct jangle_outcome outcome;
};

static struct world world;

/* What the store was asked for. */
static struct {
    int64_t addresses_read;     /* events of addresses */
    enum jangle_result failure; /* of each read of an address; OK: none */
    char conditions[400];       /* of the last append */
} asked;

struct counting {
    jangle_record_fn *visit;
    void *context;
};

static enum jangle_result count_record(void *context, const struct jangle_record *record)
{
    struct counting *counting = context;

    asked.addresses_read += strcmp(record->kind, "address") == 0;
    return counting->visit(counting->context, record);
}

static enum jangle_result read_stream(struct jangle_store *store,
                                      const char *kind,
                                      const char *id,
                                      int64_t version,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);
    struct counting counting = {visit, context};

    if (asked.failure && strcmp(kind, "address") == 0)
        return jangle_error_set(error, asked.failure, "the disk is gone");
    return honest->ops->read_stream(honest, kind, id, version, count_record, &counting,
                                    error);
}

static void write_conditions(const struct jangle_append *append)
{
    int length = 0;

    for (size_t i = 0; i < append->condition_count; i++) {
        const struct jangle_condition *condition = &append->conditions[i];

        length += snprintf(asked.conditions + length,
                           sizeof asked.conditions - (size_t)length, "%s/%s %d, ",
                           condition->kind, condition->id, (int)condition->version);
        assert_true(length < (int)sizeof asked.conditions);
    }
}

static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);

    if (group->append_count)
        write_conditions(group->appends);
    return honest->ops->commit(honest, group, error);
}

static const struct lie with_hooks = {
    .clause = "", .store = {.read_stream = read_stream, .commit = commit}};

static void open_jangle_in(struct jangle_storage storage)
{
    struct jangle_config config = {
        .aggregates = address_aggregates,
        .storage = storage,
        .look_count = world.look_count,
        .cache_count = world.cache_count,
        .host = {.logger = jangle_logger_none(), .allocator = world.memory.allocator}};
    struct jangle_error error = {0};

    world.jangle = jangle_open(&config, &error);
    if (!world.jangle)
        fail_msg("%s", error.message);
}

static void open_jangle(void)
{
    open_jangle_in(lying_storage(&world.lying));
}

static int open_world(bool sqlite)
{
    world = (struct world){.sqlite = sqlite};
    memset(&asked, 0, sizeof asked);
    addresses_meanwhile = NULL;
    addresses_looked = 0;
    failing_allocator_init(&world.memory, 0);
    if (!temp_directory_make(world.directory))
        return 1;
    temp_directory_path(world.path, world.directory, "addresses.db");
    world.lying.storage = sqlite ? jangle_sqlite(world.path) : jangle_memory();
    world.lying.lie = &with_hooks;
    open_jangle();
    return 0;
}

static int in_memory(void **state)
{
    (void)state;
    return open_world(false);
}

static int in_sqlite(void **state)
{
    (void)state;
    return open_world(true);
}

static int close_world(void **state)
{
    (void)state;
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    temp_directory_remove(world.directory);
    return 0;
}

#define SEND(...) jangle_send(world.jangle, &world.outcome, __VA_ARGS__)

/* The last command was refused, with those words. */
static void assert_refused(enum jangle_result result, const char *words)
{
    assert_result(world.outcome.error.result, result);
    if (!strstr(world.outcome.error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", world.outcome.error.message, words);
}

static void assert_owner(const char *address, const char *owner)
{
    assert_result(SEND(whose_address, .person_id = "who", .address = address), JANGLE_OK);
    assert_string_equal(world.outcome.reply, owner);
}

static int64_t head(void)
{
    struct jangle_stats stats;

    jangle_measure(world.jangle, &stats);
    return stats.position;
}

/* ---- what it is good for ----------------------------------------------------- */

static void a_name_is_claimed_and_released_and_claimed_by_another(void **state)
{
    (void)state;
    assert_result(SEND(claim_address, .person_id = "ann", .address = "a"), JANGLE_OK);
    SEND(claim_address, .person_id = "ben", .address = "a");
    assert_refused(JANGLE_REJECTED, "ann has it");
    SEND(release_address, .person_id = "ben", .address = "a");
    assert_refused(JANGLE_REJECTED, "it is not yours");
    assert_result(SEND(release_address, .person_id = "ann", .address = "a"), JANGLE_OK);
    assert_result(SEND(claim_address, .person_id = "ben", .address = "a"), JANGLE_OK);
    assert_owner("a", "ben");
}

static void a_transfer_is_one_commit(void **state)
{
    (void)state;
    SEND(claim_address, .person_id = "ann", .address = "a");
    assert_result(SEND(hand_address, .person_id = "ann", .address = "a", .to = "ben"),
                  JANGLE_OK);
    assert_int_equal(head(), 2 + 4);
    assert_owner("a", "ben");
}

/* ---- what is handed out ------------------------------------------------------ */

static void
the_same_stream_is_the_same_state_and_the_own_one_is_the_own_state(void **state)
{
    (void)state;
    assert_result(SEND(look_around, .person_id = "ann", .count = 8), JANGLE_OK);
    assert_string_equal(world.outcome.reply, "8");
}

static void so_many_others_may_be_looked_at(void **state)
{
    (void)state;
    SEND(look_around, .person_id = "ann", .count = 9);
    assert_refused(JANGLE_INVALID,
                   "person looks at more than 8 other aggregates for one "
                   "command (the limit is config.look_count)");
    if (!world.sqlite)
        return;
    jangle_close(world.jangle, -1);
    world.look_count = 20;
    open_jangle();
    assert_result(SEND(look_around, .person_id = "ann", .count = 20), JANGLE_OK);
    SEND(look_around, .person_id = "ann", .count = 21);
    assert_refused(JANGLE_INVALID, "more than 20");
}

static void what_cannot_be_looked_at_is_named_and_sticks(void **state)
{
    static const struct {
        const char *how, *words;
    } cases[] = {
        {"stranger", "person looks at address, which is not among config.aggregates"},
        {"nameless", "an aggregate that is NULL, or has no name"},
        {"no aggregate", "an aggregate that is NULL, or has no name"},
        {"no id", "person looks at a address whose id is not 1..200 bytes of UTF-8"},
        {"empty id", "1..200 bytes"},
        {"long id", "1..200 bytes"},
        {"odd id", "UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        addresses_handed = NULL;
        SEND(look_wrongly, .person_id = "ann", .how = cases[i].how);
        assert_refused(JANGLE_INVALID, cases[i].words);
        assert_non_null(addresses_handed);
    }
}

static void
a_state_that_cannot_be_read_is_the_initial_one_and_the_failure_sticks(void **state)
{
    static const enum jangle_result failures[] = {JANGLE_STORAGE, JANGLE_BUSY};

    (void)state;
    SEND(claim_address, .person_id = "ann", .address = "a");
    for (size_t i = 0; i < 2; i++) {
        asked.failure = failures[i];
        SEND(claim_address, .person_id = "ben", .address = "a");
        assert_refused(failures[i], "the disk is gone");
    }
    asked.failure = JANGLE_OK;
    assert_int_equal(head(), 2);
    assert_owner("a", "ann");
}

/* As another program would store it. */
static void an_event_there_that_is_not_known_is_named(void **state)
{
    struct jangle_record record = {.kind = "address",
                                   .id = "a",
                                   .type = "address_sold",
                                   .payload = "{}",
                                   .payload_size = 2};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};
    struct jangle_store *store = world.jangle->store;

    (void)state;
    assert_result(store->ops->commit(store, &group, NULL), JANGLE_OK);
    SEND(claim_address, .person_id = "ann", .address = "a");
    assert_refused(JANGLE_INVALID, "address/a holds address_sold as event 1");
    assert_int_equal(head(), 1);
}

/* ---- what is decided is of what is so now ------------------------------------ */

static void release_by_ann(void)
{
    assert_result(jangle_send(world.jangle, NULL, release_address, .person_id = "ann",
                              .address = "a"),
                  JANGLE_OK);
}

static void claim_by_ann(void)
{
    assert_result(jangle_send(world.jangle, NULL, claim_address, .person_id = "ann",
                              .address = "a"),
                  JANGLE_OK);
}

static void a_refusal_that_is_raced_by_a_release_is_decided_anew(void **state)
{
    (void)state;
    claim_by_ann();
    addresses_looked = 0;
    addresses_meanwhile = release_by_ann;
    assert_result(SEND(claim_address, .person_id = "ben", .address = "a"), JANGLE_OK);
    assert_int_equal(addresses_looked, 3);
    assert_owner("a", "ben");
}

static void an_ok_without_events_is_of_what_is_so_now(void **state)
{
    (void)state;
    claim_by_ann();
    addresses_meanwhile = release_by_ann;
    assert_owner("a", "nobody");
    addresses_meanwhile = claim_by_ann;
    assert_owner("a", "ann");
}

static void a_claim_that_is_raced_by_a_claim_is_refused(void **state)
{
    (void)state;
    addresses_meanwhile = claim_by_ann;
    SEND(claim_address, .person_id = "ben", .address = "a");
    assert_refused(JANGLE_REJECTED, "ann has it");
    assert_int_equal(head(), 2);
}

static void seize_for_ben(void)
{
    assert_result(
        jangle_send(world.jangle, NULL, seize_address, .address = "a", .to = "ben"),
        JANGLE_OK);
}

/* The decision stores nothing in the stream that it looked at. */
static void events_are_stored_only_if_what_was_looked_at_is_still_so(void **state)
{
    (void)state;
    claim_by_ann();
    addresses_meanwhile = seize_for_ben;
    SEND(begin_club, .person_id = "ann", .club = "chess", .address = "a");
    assert_refused(JANGLE_REJECTED, "it is not yours");
    assert_int_equal(head(), 3);
}

/* The club was begun meanwhile, but by then the address was not ann's any more: she is
 * told so, and not of the club. */
static void seize_and_begin(void)
{
    seize_for_ben();
    assert_result(jangle_send(world.jangle, NULL, begin_club, .person_id = "ben",
                              .club = "chess", .address = "a"),
                  JANGLE_OK);
}

static void a_name_is_refused_only_if_what_was_looked_at_is_still_so(void **state)
{
    (void)state;
    claim_by_ann();
    addresses_meanwhile = seize_and_begin;
    SEND(begin_club, .person_id = "ann", .club = "chess", .address = "a");
    assert_refused(JANGLE_REJECTED, "it is not yours");
    SEND(begin_club, .person_id = "ben", .club = "chess", .address = "a");
    assert_refused(JANGLE_REJECTED, "club/chess exists already");
}

/* A reply of more than 63 bytes is a mistake, but that owner has gone. */
static const char long_name[] =
    "someone whose name is so long that no reply has room for the whole of it";

static void release_by_long_name(void)
{
    assert_result(jangle_send(world.jangle, NULL, release_address, .person_id = long_name,
                              .address = "a"),
                  JANGLE_OK);
}

static void a_mistake_on_what_is_so_no_longer_is_none(void **state)
{
    (void)state;
    SEND(claim_address, .person_id = long_name, .address = "a");
    addresses_meanwhile = release_by_long_name;
    assert_owner("a", "nobody");
    SEND(claim_address, .person_id = long_name, .address = "a");
    SEND(whose_address, .person_id = "who", .address = "a");
    assert_refused(JANGLE_INVALID, "more than 63 bytes");
}

/* As another process does, which stands in no lock of this one. */
static void store_claim(void)
{
    static const char json[] = "{\"person_id\":\"zoe\"}";
    struct jangle_record record = {.kind = "address",
                                   .id = "a",
                                   .type = "address_claimed",
                                   .type_version = 1,
                                   .meta = "{}",
                                   .payload = json,
                                   .payload_size = sizeof json - 1};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};
    struct jangle_store *store = world.jangle->store;

    assert_result(store->ops->commit(store, &group, NULL), JANGLE_OK);
}

static void store_claim_again(void)
{
    store_claim();
    addresses_meanwhile = store_claim_again;
}

static void who_loses_every_time_is_told_so(void **state)
{
    (void)state;
    addresses_meanwhile = store_claim_again;
    SEND(claim_address, .person_id = "ben", .address = "a");
    addresses_meanwhile = NULL;
    assert_refused(JANGLE_CONFLICT,
                   "other commands for person/ben were stored first 11 times");
    assert_int_equal(addresses_looked, 11);
}

/* ---- locks ------------------------------------------------------------------- */

/* Ben loses: twice to somebody else; the third time nobody may come in between. */
static struct jangle_error seized, handed;

/* Seize the address for cora, or have zoe hand it to her, and give up after a while. */
static void
send_soon(bool seize, const struct jangle_envelope *soon, struct jangle_outcome *outcome)
{
    if (seize)
        jangle_send_in(world.jangle, outcome, soon, seize_address, .address = "a",
                       .to = "cora");
    else
        jangle_send_in(world.jangle, outcome, soon, hand_address, .person_id = "zoe",
                       .address = "a", .to = "cora");
}

/* A slow machine needs all of a short deadline to decide, and then the command never
 * waits for the lock. The deadline is doubled until it does. */
static struct jangle_error give_up_waiting(bool seize)
{
    struct jangle_outcome outcome;
    struct jangle_envelope soon = {.deadline_ms = 1};

    do {
        send_soon(seize, &soon, &outcome);
        soon.deadline_ms *= 2;
    } while (strstr(outcome.error.message, "was decided after its deadline") &&
             soon.deadline_ms < 60000);
    return outcome.error;
}

static void be_late(void)
{
    seized = give_up_waiting(true);
    handed = give_up_waiting(false);
}

static void win_again(void)
{
    store_claim();
    if (!world.lose_twice)
        addresses_meanwhile = be_late;
}

static void win(void)
{
    store_claim();
    addresses_meanwhile = win_again;
}

static void who_lost_twice_keeps_the_locks_of_all_its_streams(void **state)
{
    (void)state;
    addresses_meanwhile = win;
    SEND(claim_address, .person_id = "ben", .address = "a");
    assert_refused(JANGLE_REJECTED, "zoe has it");
    assert_result(seized.result, JANGLE_TIMEOUT);
    assert_string_equal(seized.message,
                        "address/a was busy with other commands for too long");
    assert_result(handed.result, JANGLE_TIMEOUT);
    assert_string_equal(handed.message,
                        "address/a was busy with other commands for too long");
    assert_int_equal(head(), 2);
    assert_result(SEND(hand_address, .person_id = "zoe", .address = "a", .to = "cora"),
                  JANGLE_OK);
    assert_result(SEND(seize_address, .address = "a", .to = "dan"), JANGLE_OK);
    assert_owner("a", "dan");
}

/* Who only looks stores nothing there, and need not wait. */
static void look_there(void)
{
    struct jangle_outcome outcome;

    jangle_send(world.jangle, &outcome, whose_address, .person_id = "cora",
                .address = "a");
    seized = outcome.error;
}

static void win_and_let_look(void)
{
    store_claim();
    addresses_meanwhile = look_there;
}

static void win_once(void)
{
    store_claim();
    addresses_meanwhile = win_and_let_look;
}

static void who_only_looks_does_not_wait_for_who_lost_twice(void **state)
{
    (void)state;
    seized.result = JANGLE_BUSY;
    addresses_meanwhile = win_once;
    SEND(claim_address, .person_id = "ben", .address = "a");
    assert_refused(JANGLE_REJECTED, "zoe has it");
    assert_result(seized.result, JANGLE_OK);
}

/* Somebody is at the address and does not come to an end. */
static void who_cannot_have_all_locks_is_refused_and_stores_nothing(void **state)
{
    struct jangle_envelope soon = {.deadline_ms = 10};
    struct jn_stream_locks *locks = &world.jangle->commands->locks;
    struct jn_stream_lock *lock;

    (void)state;
    assert_result(jn_stream_locks_acquire(locks, "address", "a", -1, &lock, NULL),
                  JANGLE_OK);
    world.lose_twice = true;
    do { /* until the deadline is long enough to lose twice before it */
        addresses_meanwhile = win;
        jangle_send_in(world.jangle, &world.outcome, &soon, claim_address,
                       .person_id = "ben", .address = "a");
        soon.deadline_ms *= 2;
    } while (!strstr(world.outcome.error.message, "was busy") &&
             soon.deadline_ms < 60000);
    assert_refused(JANGLE_TIMEOUT, "address/a was busy with other commands for too long");
    addresses_meanwhile = NULL;
    jn_stream_locks_release(locks, lock);
    SEND(claim_address, .person_id = "ben", .address = "a");
    assert_refused(JANGLE_REJECTED, "zoe has it");
}

/* A command that is under way is finished. */
static void win_and_stop(void)
{
    store_claim();
    jangle_stop(world.jangle);
}

static void win_then_stop(void)
{
    store_claim();
    addresses_meanwhile = win_and_stop;
}

static void who_lost_twice_is_answered_although_jangle_is_stopped(void **state)
{
    (void)state;
    addresses_meanwhile = win_then_stop;
    SEND(claim_address, .person_id = "ben", .address = "a");
    assert_refused(JANGLE_REJECTED, "zoe has it");
    SEND(claim_address, .person_id = "ben", .address = "a");
    assert_refused(JANGLE_CLOSED, "");
}

/* ---- conditions -------------------------------------------------------------- */

static void a_stream_that_is_looked_at_and_emitted_to_has_one_condition(void **state)
{
    (void)state;
    claim_by_ann();
    assert_string_equal(asked.conditions, "person/ann 0, address/a 0, ");
    SEND(hand_address, .person_id = "ann", .address = "a", .to = "ben");
    assert_string_equal(asked.conditions, "person/ann 1, address/a 1, ");
    SEND(begin_club, .person_id = "ben", .club = "chess", .address = "a");
    assert_string_equal(asked.conditions, "person/ben 1, address/a 3, ");
    SEND(turn_on, .lamp_id = "1", .other_id = "1");
    assert_string_equal(asked.conditions, "lamp/1 0, ");
}

/* ---- snapshots --------------------------------------------------------------- */

static void poll_all(void)
{
    int64_t done = 1;

    while (done)
        assert_result(jangle_poll(world.jangle, &done, NULL), JANGLE_OK);
}

/* No command is sent to that address, so nobody but those who look asks for snapshots. */
static void a_snapshot_is_taken_and_used_when_looking(void **state)
{
    (void)state;
    world.cache_count = -1; /* else the state is in memory, and no snapshot is used */
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    open_jangle();
    for (int i = 0; i < 15; i++) {
        claim_by_ann();
        release_by_ann();
    }
    poll_all();
    asked.addresses_read = 0;
    assert_owner("a", "nobody");
    assert_in_range(asked.addresses_read, 1, 11);
}

/* A backend may leave them out. */
static enum jangle_result open_without_snapshots(const struct jangle_storage *storage,
                                                 const struct jangle_host *host,
                                                 struct jangle_stores *stores,
                                                 struct jangle_error *error)
{
    struct jangle_storage memory = jangle_memory();
    enum jangle_result result = memory.open(&memory, host, stores, error);

    (void)storage;
    if (!result)
        stores->snapshots->ops->close(stores->snapshots);
    stores->snapshots = NULL;
    return result;
}

static void a_store_without_snapshots_is_asked_for_none(void **state)
{
    (void)state;
    if (world.sqlite)
        return;
    jangle_close(world.jangle, -1);
    open_jangle_in((struct jangle_storage){.open = open_without_snapshots});
    for (int i = 0; i < 15; i++) {
        claim_by_ann();
        release_by_ann();
    }
    poll_all();
    assert_owner("a", "nobody");
}

/* ---- memory ------------------------------------------------------------------ */

/* Wherever it runs out: the answer says so, or it is the right one; nothing is half done,
 * and no state was NULL. */
static void run_out_of_memory(bool for_good)
{
    int64_t at = 1;

    world.memory.for_good = for_good;
    for (;; at++) {
        failing_allocator_arm(&world.memory, at);
        SEND(claim_address, .person_id = "ben", .address = "a");
        if (!world.memory.failed)
            break;
        failing_allocator_arm(&world.memory, 0);
        if (world.outcome.error.result != JANGLE_NO_MEMORY)
            assert_refused(JANGLE_REJECTED, "ann has it");
        assert_int_equal(head(), 2);
    }
    failing_allocator_arm(&world.memory, 0);
    assert_in_range(at, 5, 1000);
    assert_refused(JANGLE_REJECTED, "ann has it");
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    claim_by_ann();
    run_out_of_memory(false);
    run_out_of_memory(true);
}

#define TEST(name)                                                                       \
    {#name " (memory)", name, in_memory, close_world, NULL},                             \
    {                                                                                    \
#name " (sqlite)", name, in_sqlite, close_world, NULL                            \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_name_is_claimed_and_released_and_claimed_by_another),
        TEST(a_transfer_is_one_commit),
        TEST(the_same_stream_is_the_same_state_and_the_own_one_is_the_own_state),
        TEST(so_many_others_may_be_looked_at),
        TEST(what_cannot_be_looked_at_is_named_and_sticks),
        TEST(a_state_that_cannot_be_read_is_the_initial_one_and_the_failure_sticks),
        TEST(an_event_there_that_is_not_known_is_named),
        TEST(a_refusal_that_is_raced_by_a_release_is_decided_anew),
        TEST(an_ok_without_events_is_of_what_is_so_now),
        TEST(a_claim_that_is_raced_by_a_claim_is_refused),
        TEST(events_are_stored_only_if_what_was_looked_at_is_still_so),
        TEST(a_name_is_refused_only_if_what_was_looked_at_is_still_so),
        TEST(a_mistake_on_what_is_so_no_longer_is_none),
        TEST(who_loses_every_time_is_told_so),
        TEST(who_lost_twice_keeps_the_locks_of_all_its_streams),
        TEST(who_cannot_have_all_locks_is_refused_and_stores_nothing),
        TEST(who_lost_twice_is_answered_although_jangle_is_stopped),
        TEST(who_only_looks_does_not_wait_for_who_lost_twice),
        TEST(a_stream_that_is_looked_at_and_emitted_to_has_one_condition),
        TEST(a_snapshot_is_taken_and_used_when_looking),
        TEST(a_store_without_snapshots_is_asked_for_none),
        TEST(memory_may_run_out_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
