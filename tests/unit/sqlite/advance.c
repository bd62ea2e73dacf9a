/* advance.c - an append takes the short way, by one statement, or looks at its streams
 * first; the head is known from the last commit, or read; a saga is looked at before its
 * append is written, or both are in a savepoint: the answers and the files are the same.
 * Random histories go into two stores, of which one always takes the long way. Each store
 * has two handles, as if two programs had it. */
#include "sqlite/store/advance.h"
#include "sqlite/store/saga_write.h"

#include "contract/world.h"
#include "sqlite/file/stream_numbers.h"
#include "sqlite/file/transaction.h"
#include "support/effort.h"
#include "support/stores/sql.h"
#include "support/stores/sqlite_damage.h"

#include <jangle/config.h>

#include <inttypes.h>
#include <stdlib.h>

enum {
    GROUPS = 30,
    STREAMS = 4,
    APPENDS = 4,
    RECORDS = 3,
    COMMANDS = 6,
    SAGAS = 2,
    STEPS = 2
};

static struct jangle_storage plain(const char *path)
{
    return jangle_sqlite(path);
}

static const struct backend sqlite = {
    .name = "sqlite", .storage = plain, .durable = true};

/* ---- the short way, switched off and counted -------------------------------- */

static bool looks_first;
static int64_t advances;

enum jangle_result __real_jn_stream_advance(struct jn_run *run,
                                            const struct jangle_append *append,
                                            struct jn_assigned *assigned,
                                            bool *advanced,
                                            struct jangle_error *error);

enum jangle_result __wrap_jn_stream_advance(struct jn_run *run,
                                            const struct jangle_append *append,
                                            struct jn_assigned *assigned,
                                            bool *advanced,
                                            struct jangle_error *error);

enum jangle_result __wrap_jn_stream_advance(struct jn_run *run,
                                            const struct jangle_append *append,
                                            struct jn_assigned *assigned,
                                            bool *advanced,
                                            struct jangle_error *error)
{
    enum jangle_result result;

    *advanced = false;
    if (looks_first)
        return JANGLE_OK;
    result = __real_jn_stream_advance(run, append, assigned, advanced, error);
    advances += *advanced;
    return result;
}

/* A saga that is refused when it is looked at first has its savepoint, and is looked at
 * again there. */
static int64_t looks;

enum jangle_result __real_jn_saga_look(const struct jn_run *run,
                                       const struct jangle_saga_record *record,
                                       struct jn_stored_saga *stored,
                                       struct jangle_error *error);

enum jangle_result __wrap_jn_saga_look(const struct jn_run *run,
                                       const struct jangle_saga_record *record,
                                       struct jn_stored_saga *stored,
                                       struct jangle_error *error);

enum jangle_result __wrap_jn_saga_look(const struct jn_run *run,
                                       const struct jangle_saga_record *record,
                                       struct jn_stored_saga *stored,
                                       struct jangle_error *error)
{
    if (looks_first)
        return JANGLE_CONFLICT;
    looks++;
    return __real_jn_saga_look(run, record, stored, error);
}

/* ---- two stores, of two handles each ---------------------------------------- */

struct side {
    char path[TEMP_PATH_SIZE];
    struct jangle_stores handles[2];
};

struct pair {
    struct side sides[2]; /* the second one always looks first */
    uint64_t chance;
    int64_t versions[STREAMS]; /* of the streams, as far as the test knows */
    int64_t sagas[SAGAS];      /* and of the sagas */
};

static struct pair *open_pair(struct world *world, uint64_t chance)
{
    static const char *const names[] = {"a.db", "b.db"};
    static struct pair pair;

    pair = (struct pair){.chance = chance};
    for (int i = 0; i < 2; i++) {
        struct side *side = &pair.sides[i];

        temp_directory_path(side->path, world->directory, names[i]);
        side->handles[0] = world_open_another(world, side->path);
        side->handles[1] = world_open_another(world, side->path);
    }
    return &pair;
}

static const char *const tables[] = {"events", "streams",    "types", "commands",
                                     "sagas",  "saga_steps", NULL};

/* Column by column, and value by value. */
static void compare_files(const struct pair *pair)
{
    sqlite3 *files = NULL;

    sql_attach(&files, pair->sides[0].path, "a");
    sql_attach(&files, pair->sides[1].path, "b");
    for (int i = 0; tables[i]; i++)
        for (int turned = 0; turned < 2; turned++)
            if (sql_ask(files,
                        "SELECT count(*) FROM (SELECT * FROM %s.%s EXCEPT"
                        " SELECT * FROM %s.%s)",
                        turned ? "b" : "a", tables[i], turned ? "a" : "b", tables[i]))
                fail_msg("table %s differs", tables[i]);
    sqlite3_close(files);
}

static const char *const ids[STREAMS] = {"a", "b", "c", "d"};

static enum jangle_result note_version(void *context,
                                       const struct jangle_saga_record *record)
{
    *(int64_t *)context = record->version;
    return JANGLE_OK;
}

/* Each row has the checksum that SQL computes, and all of its steps. */
static void read_sagas(const struct pair *pair, const struct side *side)
{
    struct jangle_store *store = side->handles[0].store;

    for (int i = 0; i < SAGAS; i++) {
        int64_t version = 0;
        struct jangle_error error = {0};
        enum jangle_result result = store->ops->read_saga(store, "transfer", ids[i],
                                                          note_version, &version, &error);

        assert_result(result, pair->sagas[i] ? JANGLE_OK : JANGLE_NOT_FOUND);
        assert_int_equal(version, pair->sagas[i]);
    }
}

/* The files are compared, and are gone. */
static void close_pair(struct pair *pair)
{
    read_sagas(pair, &pair->sides[0]);
    read_sagas(pair, &pair->sides[1]);
    for (int i = 0; i < 2; i++) {
        world_close_another(&pair->sides[i].handles[0]);
        world_close_another(&pair->sides[i].handles[1]);
    }
    compare_files(pair);
    for (int i = 0; i < 2; i++)
        assert_int_equal(remove(pair->sides[i].path), 0);
}

/* ---- a group, as each side gets it ------------------------------------------ */

struct part {
    struct jangle_append append;
    struct jangle_record records[RECORDS];
    struct jangle_condition conditions[2];
};

struct drawn {
    struct part parts[APPENDS];
    size_t count;
    struct jangle_saga_record saga;
    struct jangle_step steps[STEPS];
    int attachment; /* the append that the saga is stored with; -1: none */
};

struct stored {
    struct jangle_append appends[APPENDS];
    struct jangle_record records[APPENDS][RECORDS];
    struct jangle_saga_record saga;
    struct jangle_group group;
    struct jangle_error error;
};

static void store_drawn(struct pair *pair,
                        int side,
                        int handle,
                        const struct drawn *drawn,
                        struct stored *stored)
{
    struct jangle_store *store = pair->sides[side].handles[handle].store;

    *stored = (struct stored){.saga = drawn->saga};
    stored->saga.steps = drawn->steps;
    for (size_t i = 0; i < drawn->count; i++) {
        const struct part *part = &drawn->parts[i];

        stored->appends[i] = part->append;
        memcpy(stored->records[i], part->records, sizeof part->records);
        stored->appends[i].records = stored->records[i];
        stored->appends[i].conditions = part->conditions;
    }
    stored->group =
        (struct jangle_group){.appends = stored->appends, .append_count = drawn->count};
    if (drawn->attachment >= 0) {
        stored->saga.with = &stored->appends[drawn->attachment];
        stored->group.sagas = &stored->saga;
        stored->group.saga_count = 1;
    }
    looks_first = side == 1;
    if (looks_first)
        jn_file_of(store)->last_commit.data_version = 0;
    stored->error.result = store->ops->commit(store, &stored->group, &stored->error);
    looks_first = false;
}

/* Sentences begin with the path. */
static void compare_errors(const struct jangle_error *a, const struct jangle_error *b)
{
    const char *said = strstr(a->message, "a.db"), *also = strstr(b->message, "b.db");

    assert_result(a->result, b->result);
    assert_int_equal(said != NULL, also != NULL);
    assert_string_equal(said ? said + 1 : a->message, also ? also + 1 : b->message);
}

static void compare_stored(const struct stored *a, const struct stored *b)
{
    compare_errors(&a->error, &b->error);
    compare_errors(&a->saga.error, &b->saga.error);
    assert_int_equal(a->group.epoch, b->group.epoch);
    for (size_t i = 0; i < a->group.append_count; i++) {
        const struct jangle_append *one = &a->appends[i], *other = &b->appends[i];

        compare_errors(&one->error, &other->error);
        assert_int_equal(one->repeated, other->repeated);
        assert_int_equal(one->receipt.position, other->receipt.position);
        assert_int_equal(one->receipt.version, other->receipt.version);
        assert_string_equal(one->receipt.reply, other->receipt.reply);
        for (size_t record = 0; record < one->count; record++) {
            assert_int_equal(one->records[record].position,
                             other->records[record].position);
            assert_int_equal(one->records[record].version,
                             other->records[record].version);
        }
    }
}

/* The same group into both, by the first handle or the second. */
static void store_both(struct pair *pair,
                       int handle,
                       const struct drawn *drawn,
                       struct stored *stored)
{
    struct stored other;

    store_drawn(pair, 0, handle, drawn, stored);
    store_drawn(pair, 1, handle, drawn, &other);
    compare_stored(stored, &other);
}

/* ---- drawing ---------------------------------------------------------------- */

static int64_t below(struct pair *pair, int64_t limit)
{
    pair->chance = pair->chance * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)(pair->chance >> 33) % limit;
}

/* Mostly the version that the stream has. */
static int64_t draw_version(struct pair *pair, int64_t stream)
{
    int64_t version = pair->versions[stream] + (below(pair, 8) ? 0 : below(pair, 3) - 1);

    return version < 0 ? 0 : version;
}

/* Mostly into one stream, on one condition, as a command does it. */
static void draw_append(struct pair *pair, struct part *part)
{
    static const char *const commands[COMMANDS] = {"1", "2", "3", "4", "5", "6"};
    struct jangle_append *append = &part->append;
    int64_t stream = below(pair, STREAMS), version = draw_version(pair, stream);
    bool numbered = below(pair, 4);

    *part = (struct part){.append = {.count = 1 + (size_t)below(pair, RECORDS)}};
    part->conditions[0] = (struct jangle_condition){"account", ids[stream], version};
    append->condition_count = below(pair, 10) ? 1 : (size_t)below(pair, 3);
    part->conditions[1] = (struct jangle_condition){"account", ids[below(pair, STREAMS)],
                                                    pair->versions[below(pair, STREAMS)]};
    for (size_t i = 0; i < append->count; i++) {
        part->records[i] = record_of(ids[below(pair, 12) ? stream : below(pair, STREAMS)],
                                     numbered ? version + (int64_t)i + 1 : 0);
        if (!below(pair, 30))
            part->records[i].version += below(pair, 3);
        part->records[i].event_id[15] = (unsigned char)below(pair, 256);
    }
    if (!below(pair, 20))
        append->count = 0;
    append->remember_at = (jangle_time){append->count ? 0 : below(pair, 2)};
    append->command_id = below(pair, 3) ? NULL : commands[below(pair, COMMANDS)];
    append->epoch = below(pair, 10) ? 0 : below(pair, 3);
    append->receipt.version = version + (int64_t)append->count;
}

/* Mostly the version that follows, and mostly of a saga that goes on as it was. */
static void draw_saga(struct pair *pair, struct drawn *drawn)
{
    int64_t saga = below(pair, SAGAS);

    drawn->saga = (struct jangle_saga_record){
        .saga = "transfer",
        .id = ids[saga],
        .version = pair->sagas[saga] + (below(pair, 6) ? 1 : below(pair, 3)),
        .status = below(pair, 3) ? JANGLE_SAGA_OPEN : JANGLE_SAGA_FINISHED,
        .state = "{}",
        .state_size = (size_t)below(pair, 3),
        .timeout_at = {below(pair, 3)},
        .due_at = {below(pair, 3) ? 0 : below(pair, 3)},
        .turn_at = {below(pair, 2)},
        .turn_position = below(pair, 2),
        .step_count = (size_t)below(pair, STEPS + 1),
    };
    for (int i = 0; i < STEPS; i++)
        drawn->steps[i] = (struct jangle_step){.kind = JANGLE_STEP_COMMAND,
                                               .type = "deposit",
                                               .reply = below(pair, 2) ? "ref" : NULL,
                                               .position = below(pair, 2)};
}

static void draw(struct pair *pair, struct drawn *drawn)
{
    *drawn = (struct drawn){.count = 1 + (size_t)below(pair, APPENDS), .attachment = -1};
    for (size_t i = 0; i < drawn->count; i++)
        draw_append(pair, &drawn->parts[i]);
    for (size_t i = 1; i < drawn->count; i++)
        drawn->parts[i].append.tied = !below(pair, 5);
    if (below(pair, 4))
        return;
    drawn->attachment = (int)below(pair, (int64_t)drawn->count);
    draw_saga(pair, drawn);
}

static void note_versions(struct pair *pair, const struct stored *stored)
{
    for (size_t i = 0; i < stored->group.append_count; i++) {
        const struct jangle_append *append = &stored->appends[i];

        for (size_t at = 0; at < append->count && !stored->error.result; at++)
            if (!append->error.result && !append->repeated)
                pair->versions[append->records[at].id[0] - 'a'] =
                    append->records[at].version;
    }
    if (stored->group.saga_count && !stored->error.result && !stored->saga.error.result)
        pair->sagas[stored->saga.id[0] - 'a'] = stored->saga.version;
}

static void run_groups(struct pair *pair, int count)
{
    for (int i = 0; i < count; i++) {
        struct drawn drawn;
        struct stored stored;

        draw(pair, &drawn);
        store_both(pair, (int)below(pair, 2), &drawn, &stored);
        note_versions(pair, &stored);
    }
}

static void both_ways_store_the_same(void **state)
{
    int histories = effort_count(EFFORT_ADVANCE);
    uint64_t seed = effort_seed();

    advances = looks = 0;
    for (int i = 0; i < histories; i++) {
        struct pair *pair = open_pair(*state, seed + (uint64_t)i);

        run_groups(pair, GROUPS);
        close_pair(pair);
    }
    if (advances < histories * GROUPS / 3)
        fail_msg("only %" PRId64 " took the short way", advances);
    if (looks < histories * GROUPS / 8)
        fail_msg("only %" PRId64 " sagas were looked at first", looks);
}

/* ---- damage ----------------------------------------------------------------- */

static void damage_both(struct pair *pair, const char *sql)
{
    for (int i = 0; i < 2; i++)
        if (sqlite_damage_by(pair->sides[i].path, sql) < 1)
            fail_msg("nothing is damaged by %s", sql);
}

/* One event at the end of a stream, decided on its version. */
static struct drawn next_of(const char *id, int64_t version)
{
    struct drawn drawn = {.count = 1, .attachment = -1};
    struct part *part = &drawn.parts[0];

    part->append.count = part->append.condition_count = 1;
    part->records[0] = record_of(id, version + 1);
    part->conditions[0] = (struct jangle_condition){"account", id, version};
    return drawn;
}

/* Two events in each of two streams, so that their numbers are in memory. */
static void warm(struct pair *pair)
{
    for (int64_t i = 0; i < 4; i++) {
        struct drawn drawn = next_of(ids[i % 2], i / 2);
        struct stored stored;

        store_both(pair, 0, &drawn, &stored);
        assert_result(stored.appends[0].error.result, JANGLE_OK);
    }
    advances = 0;
}

static const char *const damages[] = {
    "UPDATE streams SET version = 3 WHERE name = 'a'",
    "UPDATE streams SET version = 1 WHERE name = 'a'",
    "UPDATE streams SET checksum = checksum + 1 WHERE name = 'a'",
    "UPDATE streams SET checksum = NULL WHERE name = 'a'",
    "UPDATE streams SET first_version = 2 WHERE name = 'a'",
    "UPDATE streams SET name = 'z' WHERE name = 'a'",
    "UPDATE streams SET kind = 'purse' WHERE name = 'a'",
    "UPDATE streams SET id = 9 WHERE name = 'a'",
    "DELETE FROM streams WHERE name = 'a'",
    "DELETE FROM events WHERE position = 3", /* the last one of a */
    "INSERT INTO events (position, stream, version, type, at, event_id, payload,"
    " checksum) SELECT 9, stream, 3, type, at, event_id, payload, 0 FROM events"
    " WHERE position = 3",
};

enum { DAMAGES = sizeof damages / sizeof *damages };

/* What makes the long way refuse makes the short way decline, whatever of the row or of
 * the last event it is; and the other stream is stored. */
static void damage_of_a_warm_stream_is_named(void **state)
{
    for (size_t i = 0; i < DAMAGES; i++) {
        struct pair *pair = open_pair(*state, 1);
        struct drawn drawn = next_of("a", 2);
        struct stored stored;

        warm(pair);
        damage_both(pair, damages[i]);
        drawn.count = 2;
        drawn.parts[1] = next_of("b", 2).parts[0];
        store_both(pair, 0, &drawn, &stored);
        if (!stored.appends[0].error.result)
            fail_msg("nobody notices %s", damages[i]);
        assert_result(stored.appends[1].error.result, JANGLE_OK);
        close_pair(pair);
    }
}

/* The first member, which looks, finds the damage and undoes the group. The second one
 * would be stored the short way, and fail at UNIQUE. */
static void members_that_run_one_by_one_look_first(void **state)
{
    struct pair *pair = open_pair(*state, 1);
    struct drawn drawn = next_of("a", 2);
    struct stored stored;

    warm(pair);
    damage_both(pair, damages[DAMAGES - 1]);
    drawn.count = 2;
    drawn.parts[1] = drawn.parts[0];
    drawn.parts[0].append.condition_count = 0;
    store_both(pair, 0, &drawn, &stored);
    assert_non_null(strstr(stored.error.message, "its last event is version 3"));
    assert_result(stored.appends[1].error.result, JANGLE_STORAGE);
    close_pair(pair);
}

static void damaged_histories_are_the_same(void **state)
{
    uint64_t seed = effort_seed();

    for (uint64_t i = 0; i < DAMAGES; i++) {
        struct pair *pair = open_pair(*state, seed + i);

        warm(pair);
        damage_both(pair, damages[i]);
        pair->versions[0] = pair->versions[1] = 2;
        run_groups(pair, GROUPS / 3);
        close_pair(pair);
    }
}

/* ---- numbers in memory ------------------------------------------------------ */

static struct jn_stream_number number_of(const struct world *world, const char *id)
{
    return jn_stream_numbers_find(jn_file_of(world->store), "account", id);
}

static enum jangle_result
commit_next(struct world *world, const char *id, int64_t version)
{
    struct jangle_record record = record_of(id, version + 1);
    struct jangle_condition condition = {"account", id, version};

    return commit_append(world, &(struct jangle_append){.records = &record,
                                                        .count = 1,
                                                        .conditions = &condition,
                                                        .condition_count = 1});
}

static void a_second_append_takes_the_short_way(void **state)
{
    struct world *world = *state;

    advances = 0;
    assert_result(commit_next(world, "a", 0), JANGLE_OK);
    assert_int_equal(advances, 0);
    assert_result(commit_next(world, "a", 1), JANGLE_OK);
    assert_int_equal(advances, 1);
    world_reopen(world);
    assert_result(commit_next(world, "a", 2), JANGLE_OK);
    assert_int_equal(advances, 1);
    assert_result(commit_next(world, "a", 3), JANGLE_OK);
    assert_int_equal(advances, 2);
    assert_string_equal(show_all(world, 0, 9),
                        "1:account/a@1 2:account/a@2 3:account/a@3 4:account/a@4");
}

static struct jangle_saga_record
saga_of(const char *id, int64_t version, struct jangle_append *append)
{
    return (struct jangle_saga_record){.saga = "transfer",
                                       .id = id,
                                       .version = version,
                                       .state = "{}",
                                       .state_size = 2,
                                       .with = append};
}

/* So does the step of a saga. If the saga is refused, so is the append, before it writes.
 */
static void the_step_of_a_saga_takes_the_short_way(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 2);
    struct jangle_condition condition = {"account", "a", 1};
    struct jangle_append append = {
        .records = &record, .count = 1, .conditions = &condition, .condition_count = 1};
    struct jangle_saga_record saga = saga_of("s", 2, &append);
    struct jangle_group group = {
        .appends = &append, .append_count = 1, .sagas = &saga, .saga_count = 1};

    assert_result(commit_next(world, "a", 0), JANGLE_OK);
    advances = 0;
    commit_group(world, &group);
    assert_result(append.error.result, JANGLE_CONFLICT);
    assert_result(saga.error.result, JANGLE_CONFLICT);
    assert_int_equal(advances, 0);
    saga.version = 1;
    commit_group(world, &group);
    assert_result(append.error.result, JANGLE_OK);
    assert_result(saga.error.result, JANGLE_OK);
    assert_int_equal(advances, 1);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/a@2");
}

/* The first one is in order, and is not stored either. */
static void two_sagas_are_stored_with_their_append_or_neither(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1);
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_saga_record sagas[] = {saga_of("s", 1, &append),
                                         saga_of("t", 7, &append)};
    struct jangle_group group = {
        .appends = &append, .append_count = 1, .sagas = sagas, .saga_count = 2};

    commit_group(world, &group);
    assert_result(append.error.result, JANGLE_CONFLICT);
    assert_result(sagas[0].error.result, JANGLE_CONFLICT);
    assert_result(sagas[1].error.result, JANGLE_CONFLICT);
    assert_int_equal(head_of(world), 0);
    sagas[1].version = 1;
    commit_group(world, &group);
    assert_result(append.error.result, JANGLE_OK);
    assert_result(sagas[0].error.result, JANGLE_OK);
    assert_result(sagas[1].error.result, JANGLE_OK);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1");
}

/* Each is decided on what the one before it has left. */
static void appends_of_a_chain_take_the_short_way(void **state)
{
    enum { LINKS = 3 };
    struct world *world = *state;
    struct jangle_record records[LINKS];
    struct jangle_condition conditions[LINKS];
    struct jangle_append appends[LINKS];

    for (int i = 0; i < LINKS; i++) {
        records[i] = record_of("a", i + 2);
        conditions[i] = (struct jangle_condition){"account", "a", i + 1};
        appends[i] = (struct jangle_append){.records = &records[i],
                                            .count = 1,
                                            .conditions = &conditions[i],
                                            .condition_count = 1,
                                            .tied = i > 0};
    }
    assert_result(commit_next(world, "a", 0), JANGLE_OK);
    advances = 0;
    conditions[LINKS - 1].version = 7;
    commit_group(world,
                 &(struct jangle_group){.appends = appends, .append_count = LINKS});
    assert_int_equal(advances, 2);
    assert_result(appends[0].error.result, JANGLE_CONFLICT);
    assert_int_equal(head_of(world), 1);
    conditions[LINKS - 1].version = LINKS;
    commit_group(world,
                 &(struct jangle_group){.appends = appends, .append_count = LINKS});
    assert_int_equal(advances, 2 + LINKS);
    assert_result(appends[0].error.result, JANGLE_OK);
    assert_string_equal(show_all(world, 1, 9),
                        "2:account/a@2 3:account/a@3 4:account/a@4");
}

/* The stream of the refused member and that of the next one have the same number, one
 * after the other. */
static void a_number_that_was_rolled_back_is_not_kept(void **state)
{
    struct world *world = *state;
    struct jangle_record lost = record_of("lost", 1), next = record_of("next", 1);
    struct jangle_append appends[] = {{.records = &lost, .count = 1},
                                      {.records = &next, .count = 1}};
    struct jangle_saga_record saga = {.saga = "transfer",
                                      .id = "s",
                                      .version = 7,
                                      .state = "{}",
                                      .state_size = 2,
                                      .with = &appends[0]};
    struct jangle_group group = {
        .appends = appends, .append_count = 2, .sagas = &saga, .saga_count = 1};

    commit_group(world, &group);
    assert_result(appends[0].error.result, JANGLE_CONFLICT);
    assert_result(appends[1].error.result, JANGLE_OK);
    assert_int_equal(number_of(world, "lost").number, 0);
    assert_int_equal(number_of(world, "next").number, 1);
}

/* Nor is one whose COMMIT failed, or whose outcome nobody knows. */
static void numbers_are_forgotten_when_the_file_is_opened_again(void **state)
{
    struct world *world = *state;
    struct jn_file *file = jn_file_of(world->store);

    assert_result(commit_next(world, "a", 0), JANGLE_OK);
    assert_int_equal(number_of(world, "a").number, 1);
    atomic_store(&file->fenced, true);
    assert_result(commit_next(world, "b", 0), JANGLE_OK);
    assert_int_equal(number_of(world, "a").number, 0);
    assert_int_equal(number_of(world, "b").number, 2);
}

static void the_number_of_another_stream_is_no_use(void **state)
{
    struct world *world = *state;
    struct jn_file *file = jn_file_of(world->store);

    assert_result(commit_next(world, "a", 0), JANGLE_OK);
    assert_result(commit_next(world, "b", 0), JANGLE_OK);
    jn_stream_numbers_keep(file, "account", "a", number_of(world, "b"));
    advances = 0;
    assert_result(commit_next(world, "a", 1), JANGLE_OK);
    assert_int_equal(advances, 0);
    assert_string_equal(show_stream(world, "a", 0), "1:account/a@1 3:account/a@2");
    assert_string_equal(show_stream(world, "b", 0), "2:account/b@1");
    assert_int_equal(number_of(world, "a").number, 1);
}

/* The group is refused as a whole, because its only member is. */
static void refuse_next(struct world *world, const char *id, int64_t version)
{
    struct jangle_record record = record_of(id, version + 1);
    struct jangle_condition condition = {"account", id, version};
    struct jangle_append append = {
        .records = &record, .count = 1, .conditions = &condition, .condition_count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    assert_result(world->store->ops->commit(world->store, &group, &world->error),
                  JANGLE_STORAGE);
}

/* By the connection that writes, and noted as its own, as if the disk had done it. */
static void change_unseen(struct world *world, const char *sql)
{
    struct jn_file *file = jn_file_of(world->store);

    assert_result(jn_database_run(&file->writer, sql, &world->error), JANGLE_OK);
    file->last_commit.data_version = jn_file_data_version(file);
}

/* The row is not compared as a whole while nobody else writes. When it is, it is found.
 */
static void what_changed_unseen_is_not_covered_up(void **state)
{
    struct world *world = *state;

    assert_result(commit_next(world, "a", 0), JANGLE_OK);
    change_unseen(world, "UPDATE streams SET first_version = 2");
    assert_result(commit_next(world, "a", 1), JANGLE_OK);
    assert_result(commit_next(world, "a", 2), JANGLE_OK);
    jn_file_of(world->store)->last_commit.data_version = 0;
    refuse_next(world, "a", 3);
}

/* Version and checksum are compared all the same. */
static void a_version_that_changed_unseen_is_named(void **state)
{
    struct world *world = *state;

    assert_result(commit_next(world, "a", 0), JANGLE_OK);
    assert_result(commit_next(world, "b", 0), JANGLE_OK);
    change_unseen(world, "UPDATE streams SET version = 2 WHERE name = 'a'");
    refuse_next(world, "a", 1);
    change_unseen(world, "UPDATE streams SET checksum = 7 WHERE name = 'b'");
    refuse_next(world, "b", 1);
}

static void what_another_program_stored_is_a_conflict(void **state)
{
    struct world *world = *state;
    struct jangle_stores another = world_open_another(world, world->path);
    struct world beside = {.store = another.store};

    assert_result(commit_next(world, "a", 0), JANGLE_OK);
    assert_result(commit_next(&beside, "a", 1), JANGLE_OK);
    assert_result(commit_next(world, "a", 1), JANGLE_CONFLICT);
    advances = 0;
    assert_result(commit_next(world, "a", 2), JANGLE_OK);
    assert_result(commit_next(&beside, "a", 3), JANGLE_OK);
    assert_int_equal(advances, 2);
    world_close_another(&another);
    assert_string_equal(show_stream(world, "a", 2), "3:account/a@3 4:account/a@4");
}

/* There is a bound, and who was used last stays. */
static void there_is_a_bound(void **state)
{
    enum { MANY = 60000, KEPT_AT_MOST = 4096 * 4 };
    struct world *world = *state;
    struct jn_file *file = jn_file_of(world->store);
    int64_t pieces = world->host.memory.pieces, found = 0;
    char id[24];

    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "%d", i);
        jn_stream_numbers_keep(file, "account", id,
                               (struct jn_stream_number){.number = i + 1});
        jn_stream_numbers_keep(file, "account", "a",
                               (struct jn_stream_number){.number = 77});
    }
    assert_in_range(world->host.memory.pieces - pieces, 1, KEPT_AT_MOST + 1);
    for (int i = 0; i < MANY; i++) {
        struct jn_stream_number number;

        snprintf(id, sizeof id, "%d", i);
        number = number_of(world, id);
        assert_true(!number.number || number.number == i + 1);
        found += number.number != 0;
    }
    assert_in_range(found, KEPT_AT_MOST * 9 / 10, KEPT_AT_MOST);
    assert_int_equal(number_of(world, "a").number, 77);
    jn_stream_numbers_clear(file);
    assert_int_equal(world->host.memory.pieces, pieces);
}

/* ---- the head in memory ----------------------------------------------------- */

/* A lie, by which one sees whether it was believed. */
static void lie_about_head(struct world *world, int64_t head)
{
    jn_file_of(world->store)->last_commit.head = head;
}

static void the_last_commit_is_known_until_somebody_writes(void **state)
{
    struct world *world = *state;
    struct jangle_stores another = world_open_another(world, world->path);
    struct world beside = {.store = another.store};

    assert_result(commit_next(world, "a", 0), JANGLE_OK);
    lie_about_head(world, 40);
    assert_result(commit_next(world, "a", 1), JANGLE_OK);
    assert_int_equal(head_of(world), 41);

    lie_about_head(world, 70);
    assert_result(commit_next(&beside, "a", 2), JANGLE_OK);
    assert_result(commit_next(world, "a", 3), JANGLE_OK);
    assert_int_equal(head_of(world), 43);

    lie_about_head(world, 80);
    assert_result(world->store->ops->set_pause(
                      world->store, &(struct jangle_pause){.name = "printer"}, NULL),
                  JANGLE_OK);
    assert_result(commit_next(world, "a", 4), JANGLE_OK);
    assert_int_equal(head_of(world), 44);
    world_close_another(&another);
}

/* The connection is another one then, whose data versions may be the same numbers. */
static void the_last_commit_is_forgotten_when_the_file_is_opened_again(void **state)
{
    struct world *world = *state;
    struct jn_file *file = jn_file_of(world->store);

    assert_result(commit_next(world, "a", 0), JANGLE_OK);
    assert_int_not_equal(file->last_commit.data_version, 0);
    atomic_store(&file->fenced, true);
    assert_int_equal(version_of(world, "account", "a"), 1); /* passes the fence */
    assert_false(atomic_load(&file->fenced));
    assert_int_equal(file->last_commit.data_version, 0);
}

/* ---- several processes ------------------------------------------------------ */

enum { PROCESSES = 3, EACH = 25 };

/* Each stores so many events in either stream, after whoever was faster. */
static void race(struct world *world)
{
    for (int i = 0; i < EACH; i++)
        for (int stream = 0; stream < 2; stream++)
            while (commit_next(world, ids[stream],
                               version_of(world, "account", ids[stream])))
                continue;
}

static enum jangle_result count_versions(void *context,
                                         const struct jangle_record *record)
{
    int64_t *versions = context;

    assert_int_equal(record->version, ++versions[record->id[0] - 'a']);
    return JANGLE_OK;
}

static void processes_that_race_leave_no_gap(void **state)
{
    struct world *world = *state;
    int64_t versions[STREAMS] = {0};

    world_in_other_processes(world, PROCESSES, race);
    assert_result(world->store->ops->read_all(world->store, 0, 1000, count_versions,
                                              versions, &world->error),
                  JANGLE_OK);
    assert_int_equal(versions[0], PROCESSES * EACH);
    assert_int_equal(versions[1], PROCESSES * EACH);
    assert_int_equal(version_of(world, "account", "a"), PROCESSES * EACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(both_ways_store_the_same),
        WORLD_TEST(damage_of_a_warm_stream_is_named),
        WORLD_TEST(members_that_run_one_by_one_look_first),
        WORLD_TEST(damaged_histories_are_the_same),
        WORLD_TEST(a_second_append_takes_the_short_way),
        WORLD_TEST(the_step_of_a_saga_takes_the_short_way),
        WORLD_TEST(two_sagas_are_stored_with_their_append_or_neither),
        WORLD_TEST(appends_of_a_chain_take_the_short_way),
        WORLD_TEST(a_number_that_was_rolled_back_is_not_kept),
        WORLD_TEST(numbers_are_forgotten_when_the_file_is_opened_again),
        WORLD_TEST(the_number_of_another_stream_is_no_use),
        WORLD_TEST(what_changed_unseen_is_not_covered_up),
        WORLD_TEST(a_version_that_changed_unseen_is_named),
        WORLD_TEST(what_another_program_stored_is_a_conflict),
        WORLD_TEST(there_is_a_bound),
        WORLD_TEST(the_last_commit_is_known_until_somebody_writes),
        WORLD_TEST(the_last_commit_is_forgotten_when_the_file_is_opened_again),
        WORLD_TEST(processes_that_race_leave_no_gap),
    };

    return world_run("the short way of an append", tests, sizeof tests / sizeof *tests,
                     &sqlite);
}
