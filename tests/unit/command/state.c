/* state.c - an aggregate as it stands: folded, compacted, saved, and loaded again. */
#include "support/failing_allocator.h"
#include "support/test.h"

#include "base/host.h"
#include "command/state.h"
#include "message/describe.h"
#include "message/encode.h"
#include "message/event.h"

#include <stdio.h>
#include <string.h>

/* ---- a shelf: it holds titles, in a list, and the last remark ---------------- */

struct book_put {
    const char *title;
    const char *remark;
};

struct book_taken {
    const char *title;
};

/* Applied badly: three books are left, and none of them is there. */
struct shelf_spoilt {
    const char *title;
};

struct shelf_book {
    const char *title;
};

struct shelf_books {
    struct shelf_book *items;
    size_t count;
};

struct shelf_state {
    const char *remark;
    struct shelf_books books;
};

static JANGLE_EVENT(book_put, title, remark);
static JANGLE_EVENT(book_taken, title);
static JANGLE_EVENT(shelf_spoilt, title);
static JANGLE_STRUCT(shelf_book, title);
static JANGLE_STRUCT(shelf_state, remark, list(books, shelf_book));

static void apply_put(void *state, const struct jangle_event *event)
{
    struct shelf_state *shelf = state;
    const struct book_put *put = event->data;

    shelf->remark = put->remark;
    jangle_list_add(event->arena, &shelf->books, shelf_book, .title = put->title);
}

static void apply_taken(void *state, const struct jangle_event *event)
{
    struct shelf_state *shelf = state;
    const struct book_taken *taken = event->data;

    for (size_t i = 0; i < shelf->books.count; i++)
        if (strcmp(shelf->books.items[i].title, taken->title) == 0) {
            jangle_list_remove(&shelf->books, i);
            return;
        }
}

static void apply_spoilt(void *state, const struct jangle_event *event)
{
    struct shelf_state *shelf = state;

    (void)event;
    shelf->books = (struct shelf_books){NULL, 3};
}

static const struct jangle_aggregate shelf = {
    .name = "shelf",
    .state = &shelf_state,
    .events = JANGLE_APPLIERS({&book_put, apply_put},
                              {&book_taken, apply_taken},
                              {&shelf_spoilt, apply_spoilt}),
    .snapshot_every = 10};

/* ---- a world ----------------------------------------------------------------- */

struct world {
    struct jn_host host;
    struct jn_log log;
    struct jn_registry registry;
    struct jangle_stores stores;
    struct jn_loader loader;
    struct jangle_arena arena;
    int64_t version;
};

static int open_world(void **state)
{
    static struct world world;
    struct jangle_storage storage = jangle_memory();
    static const struct jangle_aggregate *const aggregates[] = {&shelf};
    struct jangle_config config = {.aggregates = JANGLE_ARRAY(aggregates)};
    struct jangle_host given = {.logger = jangle_logger_none()};

    world = (struct world){0};
    if (jn_host_init(&world.host, &given) ||
        jn_log_init(&world.log, &world.host.host.logger, &world.host.host.clock, NULL,
                    NULL) ||
        jn_registry_init(&world.registry, &config, &world.host.host.allocator, NULL) ||
        storage.open(&storage, &world.host.host, &world.stores, NULL))
        return 1;
    world.loader = (struct jn_loader){.store = world.stores.store,
                                      .snapshots = world.stores.snapshots,
                                      .registry = &world.registry,
                                      .limits = &jn_limits_default,
                                      .allocator = &world.host.host.allocator,
                                      .log = &world.log};
    jn_arena_init(&world.arena, &world.host.host.allocator);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;

    jn_arena_finish(&world->arena);
    world->stores.snapshots->ops->close(world->stores.snapshots);
    world->stores.store->ops->close(world->stores.store);
    jn_registry_finish(&world->registry);
    jn_host_finish(&world->host);
    return 0;
}

static void store_record(struct world *world, struct jangle_record *record)
{
    struct jangle_append append = {.records = record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    record->kind = "shelf";
    record->id = "1";
    record->version = ++world->version;
    record->meta = "{}";
    jn_host_id(&world->host, record->event_id);
    assert_result(world->stores.store->ops->commit(world->stores.store, &group, NULL),
                  JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
}

static void
store_event(struct world *world, const struct jangle_message *type, const void *data)
{
    struct jangle_record record = {.type = type->name, .type_version = 1};
    const char *json;

    jn_arena_reset(&world->arena);
    assert_result(jn_encode(&world->arena, type, data, JN_NULLS_REFUSED,
                            &jn_limits_default, &json, &record.payload_size, NULL),
                  JANGLE_OK);
    record.payload = json;
    store_record(world, &record);
}

#define STORE(world, type, ...)                                                          \
    store_event(world, &type, &(const struct type){__VA_ARGS__})

static void load(struct world *world, struct jn_state *state)
{
    struct jangle_error error = {0};

    assert_result(jn_state_init(state, &world->loader, &shelf, "1", &error), JANGLE_OK);
    if (jn_state_load(state, &error))
        fail_msg("%s", error.message);
}

/* ---- folding ----------------------------------------------------------------- */

static void what_an_event_holds_may_be_kept(void **state)
{
    struct world *world = *state;
    struct jn_state loaded;
    const struct shelf_state *found;

    STORE(world, book_put, .title = "Emma", .remark = "first");
    STORE(world, book_put, .title = "Ulysses", .remark = "heavy");
    STORE(world, book_taken, .title = "Emma");
    load(world, &loaded);
    found = loaded.data;
    assert_int_equal(loaded.version, 3);
    assert_int_equal(found->books.count, 1);
    assert_string_equal(found->books.items[0].title, "Ulysses");
    assert_string_equal(found->remark, "heavy");
    jn_state_finish(&loaded);
}

static void garbage_does_not_grow(void **state)
{
    struct world *world = *state;
    struct jn_state folded;
    char title[32];

    load(world, &folded);
    for (int i = 0; i < 100000; i++) {
        struct jangle_record record = {.kind = "shelf",
                                       .id = "1",
                                       .version = i + 1,
                                       .type = i % 2 ? "book_taken" : "book_put",
                                       .type_version = 1,
                                       .meta = "{}"};
        char json[100];

        snprintf(title, sizeof title, "book %d", i / 2);
        record.payload_size = (size_t)snprintf(
            json, sizeof json,
            i % 2 ? "{\"title\":\"%s\"}" : "{\"title\":\"%s\",\"remark\":\"r\"}", title);
        record.payload = json;
        assert_result(jn_state_apply(&folded, &record, NULL), JANGLE_OK);
        assert_true(folded.arena.used < 4096);
    }
    assert_int_equal(((const struct shelf_state *)folded.data)->books.count, 0);
    assert_string_equal(((const struct shelf_state *)folded.data)->remark, "r");
    jn_state_finish(&folded);
}

static void an_unknown_or_newer_event_is_named(void **state)
{
    struct world *world = *state;
    struct jangle_error error = {0};
    struct jn_state loaded;

    store_record(world, &(struct jangle_record){.type = "book_burnt",
                                                .type_version = 1,
                                                .payload = "{}",
                                                .payload_size = 2});
    assert_result(jn_state_init(&loaded, &world->loader, &shelf, "1", NULL), JANGLE_OK);
    assert_result(jn_state_load(&loaded, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "shelf/1"));
    assert_non_null(strstr(error.message, "book_burnt"));
    jn_state_finish(&loaded);
}

static void a_newer_event_is_named(void **state)
{
    struct world *world = *state;
    struct jangle_error error = {0};
    struct jn_state loaded;

    store_record(world, &(struct jangle_record){.type = "book_taken",
                                                .type_version = 2,
                                                .payload = "{\"title\":\"x\"}",
                                                .payload_size = 13});
    assert_result(jn_state_init(&loaded, &world->loader, &shelf, "1", NULL), JANGLE_OK);
    assert_result(jn_state_load(&loaded, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "book_taken"));
    assert_non_null(strstr(error.message, "2"));
    jn_state_finish(&loaded);
}

/* It ended the program. */
static void a_list_that_an_applier_leaves_without_its_items_is_named(void **state)
{
    struct world *world = *state;
    struct jangle_error error = {0};
    struct jn_state loaded;

    STORE(world, book_put, .title = "Emma", .remark = "");
    STORE(world, shelf_spoilt, .title = "Emma");
    assert_result(jn_state_init(&loaded, &world->loader, &shelf, "1", NULL), JANGLE_OK);
    assert_result(jn_state_load(&loaded, &error), JANGLE_INVALID);
    assert_string_equal(error.message,
                        "shelf/1: a list of its state has a count and no items after "
                        "event 2, shelf_spoilt: mend what applies it");
    jn_state_finish(&loaded);
}

/* ---- snapshots --------------------------------------------------------------- */

static void put_books(struct world *world, int count)
{
    char title[32];

    for (int i = 0; i < count; i++) {
        snprintf(title, sizeof title, "book %d", i);
        STORE(world, book_put, .title = title, .remark = "");
    }
}

static void save_snapshot(struct world *world)
{
    struct jn_state loaded;

    load(world, &loaded);
    assert_result(jn_state_save(&loaded, NULL), JANGLE_OK);
    jn_state_finish(&loaded);
}

/* Loads, and tells from which snapshot; the state is the fold of all events, always. */
static int64_t loaded_from(struct world *world, size_t books)
{
    struct jn_state loaded;
    int64_t version;

    load(world, &loaded);
    version = loaded.snapshot_version;
    assert_int_equal(loaded.version, world->version);
    assert_int_equal(((const struct shelf_state *)loaded.data)->books.count, books);
    jn_state_finish(&loaded);
    return version;
}

static void a_snapshot_saves_reading(void **state)
{
    struct world *world = *state;

    put_books(world, 12);
    assert_int_equal(loaded_from(world, 12), 0);
    save_snapshot(world);
    assert_int_equal(loaded_from(world, 12), 12);
    put_books(world, 3);
    assert_int_equal(loaded_from(world, 15), 12);
}

static void a_snapshot_of_a_state_that_is_still_empty_is_one(void **state)
{
    struct world *world = *state;
    struct jn_state loaded;

    STORE(world, book_taken, .title = "none");
    load(world, &loaded);
    assert_string_equal(((const struct shelf_state *)loaded.data)->remark, "");
    assert_result(jn_state_save(&loaded, NULL), JANGLE_OK);
    jn_state_finish(&loaded);
    assert_int_equal(loaded_from(world, 0), 1);
}

static void it_is_due_after_so_many_events(void **state)
{
    struct world *world = *state;
    struct jn_state loaded;

    put_books(world, 12);
    save_snapshot(world);
    load(world, &loaded);
    assert_false(jn_state_snapshot_is_due(&loaded, 21));
    assert_true(jn_state_snapshot_is_due(&loaded, 22));
    assert_true(jn_state_snapshot_is_due(&loaded, 25));
    jn_state_finish(&loaded);
}

static void forgotten(struct world *world, struct jangle_snapshot *snapshot)
{
    struct jangle_snapshot_store *snapshots = world->stores.snapshots;
    unsigned char hash[JN_HASH_SIZE];

    jn_type_hash(&shelf_state, hash);
    snapshot->stream = "shelf/1";
    if (!snapshot->payload) {
        snapshot->payload = "{\"remark\":\"wrong\",\"books\":[]}";
        snapshot->payload_size = strlen(snapshot->payload);
    }
    if (!snapshot->state_hash[0])
        memcpy(snapshot->state_hash, hash, sizeof hash);
    jn_snapshot_hash(snapshot, snapshot->hash);
    assert_result(snapshots->ops->forget(snapshots, "shelf/1", NULL), JANGLE_OK);
    assert_result(snapshots->ops->save(snapshots, snapshot, NULL), JANGLE_OK);
    assert_int_equal(loaded_from(world, 12), 0);
    assert_result(snapshots->ops->load(snapshots, "shelf/1", NULL, NULL, NULL),
                  JANGLE_NOT_FOUND);
}

static void a_snapshot_that_does_not_fit_is_forgotten(void **state)
{
    struct world *world = *state;

    put_books(world, 12);
    forgotten(world, &(struct jangle_snapshot){.version = 12, .state_version = 2});
    forgotten(world, &(struct jangle_snapshot){
                         .version = 12, .state_version = 1, .state_hash = {9}});
    forgotten(world, &(struct jangle_snapshot){
                         .version = 12, .state_version = 1, .store_id = {9}});
    forgotten(world, &(struct jangle_snapshot){
                         .version = 12, .state_version = 1, .event_id = {9}});
    forgotten(world, &(struct jangle_snapshot){.version = 13, .state_version = 1});
    forgotten(world, &(struct jangle_snapshot){.version = 12,
                                               .state_version = 1,
                                               .payload = "{\"remark\":7}",
                                               .payload_size = 12});
}

/* ---- memory ------------------------------------------------------------------ */

static void every_failing_allocation_is_told_and_leaks_nothing(void **state)
{
    struct world *world = *state;
    struct jn_loader loader = world->loader;
    struct failing_allocator memory;
    int64_t failures = 0;

    put_books(world, 25);
    save_snapshot(world);
    put_books(world, 5);
    failing_allocator_init(&memory, 0);
    loader.allocator = &memory.allocator;
    for (int64_t n = 1;; n++) {
        struct jn_state loaded;
        enum jangle_result result;

        failing_allocator_arm(&memory, n);
        result = jn_state_init(&loaded, &loader, &shelf, "1", NULL);
        if (!result) {
            result = jn_state_load(&loaded, NULL);
            if (!result)
                assert_int_equal(((const struct shelf_state *)loaded.data)->books.count,
                                 30);
            jn_state_finish(&loaded);
        }
        assert_int_equal(memory.pieces, 0);
        if (!memory.failed)
            break;
        failures++;
        assert_result(result, JANGLE_NO_MEMORY);
    }
    assert_in_range(failures, 2, 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_an_event_holds_may_be_kept),
        TEST(garbage_does_not_grow),
        TEST(an_unknown_or_newer_event_is_named),
        TEST(a_newer_event_is_named),
        TEST(a_list_that_an_applier_leaves_without_its_items_is_named),
        TEST(a_snapshot_saves_reading),
        TEST(a_snapshot_of_a_state_that_is_still_empty_is_one),
        TEST(it_is_due_after_so_many_events),
        TEST(a_snapshot_that_does_not_fit_is_forgotten),
        TEST(every_failing_allocation_is_told_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
