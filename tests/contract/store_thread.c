/* store_thread.c - ST-2 and ST-6 under many threads: one winner, no gap, none skipped.
 *
 * Threads count what is wrong; the test asserts when they are done. */
#include "contract/store.h"

enum {
    WRITER_COUNT = 8,
    READER_COUNT = 2,
    ROUND_COUNT = 150, /* of a writer */
    WIN_COUNT = 15,    /* that each of those who race must have */
    ALL_WIN_COUNT = WRITER_COUNT * WIN_COUNT
};

struct race {
    struct jangle_store *store;
    _Atomic int64_t stored;    /* events */
    _Atomic int64_t conflicts; /* appends */
    _Atomic int64_t wrong;     /* anything that must not be */
    _Atomic int finished;      /* writers */
};

/* One thread of a race. */
struct runner {
    struct race *race;
    int number;
    pthread_t thread;
    int64_t position; /* a reader's place */
};

static void
run_all(struct runner *runners, int count, struct race *race, void *(*run)(void *runner))
{
    for (int i = 0; i < count; i++) {
        runners[i] = (struct runner){.race = race, .number = i};
        assert_int_equal(pthread_create(&runners[i].thread, NULL, run, &runners[i]), 0);
    }
}

static void join_all(const struct runner *runners, int count)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(pthread_join(runners[i].thread, NULL), 0);
}

static enum jangle_result commit_in(struct race *race, struct jangle_append *append)
{
    struct jangle_group group = {.appends = append, .append_count = 1};
    enum jangle_result result = race->store->ops->commit(race->store, &group, NULL);

    /* Another's turn at the file: nothing is stored, and it is tried again. */
    while (result == JANGLE_BUSY)
        result = race->store->ops->commit(race->store, &group, NULL);
    return result ? result : append->error.result;
}

/* ---- racing for one stream --------------------------------------------------- */

/* Each round wants the same next version as all the others. Who loses one has lost it to
 * another's win, so there is an end to it. */
static void *race_for_a_stream(void *context)
{
    struct runner *runner = context;
    struct race *race = runner->race;
    int won = 0;

    for (int i = 0; won < WIN_COUNT && i < ALL_WIN_COUNT; i++) {
        int64_t version = -1;
        struct jangle_record record;
        struct jangle_append append = {.records = &record, .count = 1};
        enum jangle_result result;

        race->wrong += race->store->ops->stream_head(race->store, "account", "a",
                                                     &version, NULL) != JANGLE_OK;
        record = record_of("a", version + 1);
        result = commit_in(race, &append);
        won += result == JANGLE_OK;
        race->stored += result == JANGLE_OK;
        race->conflicts += result == JANGLE_CONFLICT;
        race->wrong += result != JANGLE_OK && result != JANGLE_CONFLICT;
    }
    return NULL;
}

static void st_02_racing_appends_have_one_winner(void **state)
{
    struct world *world = *state;
    struct race race = {.store = world->store};
    struct runner runners[WRITER_COUNT];
    struct counting counting = {0};

    run_all(runners, WRITER_COUNT, &race, race_for_a_stream);
    join_all(runners, WRITER_COUNT);
    assert_int_equal(race.wrong, 0);
    assert_int_equal(race.stored, ALL_WIN_COUNT);
    assert_int_equal(version_of(world, "account", "a"), ALL_WIN_COUNT);
    assert_int_equal(head_of(world), ALL_WIN_COUNT);
    assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                 count_record, &counting, NULL),
                  JANGLE_OK);
    assert_int_equal(counting.count, ALL_WIN_COUNT);
}

static void race_in_a_process(struct world *world)
{
    struct race race = {.store = world->store};
    struct runner runner = {.race = &race};

    race_for_a_stream(&runner);
    assert_int_equal(race.wrong, 0);
    assert_int_equal(race.stored, WIN_COUNT);
}

static void st_02_racing_processes_have_one_winner(void **state)
{
    struct world *world = *state;
    struct counting counting = {0};

    if (!world->backend->durable)
        skip();
    world_in_other_processes(world, 4, race_in_a_process);
    assert_int_equal(version_of(world, "account", "a"), 4 * WIN_COUNT);
    assert_int_equal(head_of(world), 4 * WIN_COUNT);
    assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                 count_record, &counting, NULL),
                  JANGLE_OK);
    assert_int_equal(counting.count, 4 * WIN_COUNT);
}

/* ---- reading while others write ---------------------------------------------- */

/* Appends of one to three events, to streams of its own; every fourth is refused. */
static void *write_rounds(void *context)
{
    struct runner *runner = context;
    struct race *race = runner->race;
    char id[16];

    snprintf(id, sizeof id, "w-%d", runner->number);
    for (int round = 0; round < ROUND_COUNT; round++) {
        struct jangle_record records[] = {record_of(id, 0), record_of(id, 0),
                                          record_of(id, round % 4 == 3 ? 9999 : 0)};
        size_t count = round % 4 == 3 ? 3 : (size_t)(round % 4) + 1;
        struct jangle_append append = {.records = records, .count = count};
        enum jangle_result result = commit_in(race, &append);

        race->stored += result == JANGLE_OK ? (int64_t)count : 0;
        race->conflicts += result == JANGLE_CONFLICT;
        race->wrong += result != (round % 4 == 3 ? JANGLE_CONFLICT : JANGLE_OK);
    }
    race->finished++;
    return NULL;
}

/* The next position is the last one's plus one, and so it is for each stream. */
static enum jangle_result follow(void *context, const struct jangle_record *record)
{
    struct runner *runner = context;

    runner->race->wrong += record->position != runner->position + 1;
    runner->position = record->position;
    return JANGLE_OK;
}

static void *read_pages(void *context)
{
    struct runner *runner = context;
    struct race *race = runner->race;
    size_t limit = runner->number ? 1000 : 7;
    int64_t before;
    bool over;

    do {
        over = race->finished == WRITER_COUNT;
        before = runner->position;
        if (race->store->ops->read_all(race->store, runner->position, limit, follow,
                                       runner, NULL) != JANGLE_OK)
            race->wrong++;
    } while (!over || runner->position > before);
    return NULL;
}

static void st_06_a_reader_skips_nothing_while_others_write(void **state)
{
    struct world *world = *state;
    struct race race = {.store = world->store};
    struct runner writers[WRITER_COUNT], readers[READER_COUNT];

    run_all(readers, READER_COUNT, &race, read_pages);
    run_all(writers, WRITER_COUNT, &race, write_rounds);
    join_all(writers, WRITER_COUNT);
    join_all(readers, READER_COUNT);
    assert_int_equal(race.wrong, 0);
    assert_true(race.conflicts > 0);
    assert_int_equal(head_of(world), race.stored);
    for (int i = 0; i < READER_COUNT; i++)
        assert_int_equal(readers[i].position, race.stored);
}

/* ---- checkpoints ------------------------------------------------------------------- */

static enum jangle_result commit_checkpoint_in(struct race *race,
                                               struct jangle_checkpoint *checkpoint)
{
    struct jangle_group group = {.checkpoints = checkpoint, .checkpoint_count = 1};
    enum jangle_result result = race->store->ops->commit(race->store, &group, NULL);

    while (result == JANGLE_BUSY)
        result = race->store->ops->commit(race->store, &group, NULL);
    return result ? result : checkpoint->error.result;
}

/* All move the same checkpoint; each move starts where the last one ended. */
static void *move_on(void *context)
{
    struct runner *runner = context;
    struct race *race = runner->race;
    int moved = 0;

    for (int i = 0; moved < WIN_COUNT && i < ALL_WIN_COUNT; i++) {
        struct jangle_checkpoint at = {.position = -1};
        struct jangle_checkpoint checkpoint = {.subscriber = "printer"};
        enum jangle_result result =
            race->store->ops->find_checkpoint(race->store, "printer", &at, NULL);

        race->wrong += result != JANGLE_OK;
        checkpoint.from = at.position;
        checkpoint.position = at.position + 1;
        result = commit_checkpoint_in(race, &checkpoint);
        moved += result == JANGLE_OK;
        race->stored += result == JANGLE_OK;
        race->wrong += result != JANGLE_OK && result != JANGLE_CONFLICT;
    }
    return NULL;
}

static void st_10_racing_checkpoints_lose_no_move(void **state)
{
    struct world *world = *state;
    struct race race = {.store = world->store};
    struct runner runners[WRITER_COUNT];

    move_checkpoint(world, "printer", -1, 0);
    run_all(runners, WRITER_COUNT, &race, move_on);
    join_all(runners, WRITER_COUNT);
    assert_int_equal(race.wrong, 0);
    assert_int_equal(checkpoint_of(world, "printer"), race.stored);
    assert_int_equal(race.stored, ALL_WIN_COUNT);
}

int store_thread_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_02_racing_appends_have_one_winner),
        WORLD_TEST(st_02_racing_processes_have_one_winner),
        WORLD_TEST(st_06_a_reader_skips_nothing_while_others_write),
        WORLD_TEST(st_10_racing_checkpoints_lose_no_move),
    };

    return world_run("threads", tests, sizeof tests / sizeof *tests, backend);
}
