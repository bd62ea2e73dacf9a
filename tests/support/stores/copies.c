/* copies.c - a copy of a store of purses against the log that it was taken from. */
#include "support/stores/copies.h"

#include "core/engine.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- events ------------------------------------------------------------------ */

struct comparison {
    struct jangle_store *original;
    const struct jangle_record *copied; /* while the original's is visited */
    int64_t count, compared;
    int64_t versions[COPIES_PURSES];
};

static enum jangle_result compare(void *context, const struct jangle_record *record)
{
    struct comparison *comparison = context;
    const struct jangle_record *copied = comparison->copied;

    assert_int_equal(copied->position, record->position);
    assert_string_equal(copied->kind, record->kind);
    assert_string_equal(copied->id, record->id);
    assert_int_equal(copied->version, record->version);
    assert_string_equal(copied->type, record->type);
    assert_int_equal(copied->type_version, record->type_version);
    assert_int_equal(copied->at.us, record->at.us);
    assert_memory_equal(copied->event_id, record->event_id, JANGLE_ID_SIZE);
    assert_int_equal(copied->payload_size, record->payload_size);
    assert_memory_equal(copied->payload, record->payload, record->payload_size);
    assert_string_equal(copied->meta, record->meta);
    comparison->compared++;
    return JANGLE_OK;
}

static enum jangle_result visit_copied(void *context, const struct jangle_record *record)
{
    struct comparison *comparison = context;
    struct jangle_store *original = comparison->original;
    size_t purse = (size_t)strtoul(record->id, NULL, 10);

    assert_true(purse < COPIES_PURSES);
    assert_int_equal(record->position, ++comparison->count);
    assert_int_equal(record->version, ++comparison->versions[purse]);
    comparison->copied = record;
    assert_result(original->ops->read_all(original, record->position - 1, 1, compare,
                                          comparison, NULL),
                  JANGLE_OK);
    return JANGLE_OK;
}

int64_t copies_assert_prefix(struct jangle *copy, struct jangle *original)
{
    struct comparison comparison = {.original = original->store};
    struct jangle_store *store = copy->store;
    int64_t head;

    assert_result(store->ops->head(store, &head, NULL), JANGLE_OK);
    assert_result(
        store->ops->read_all(store, 0, SIZE_MAX / 2, visit_copied, &comparison, NULL),
        JANGLE_OK);
    assert_int_equal(comparison.count, head);
    assert_int_equal(comparison.compared, head);
    for (int purse = 0; purse < COPIES_PURSES; purse++) {
        int64_t version;
        char id[8];

        snprintf(id, sizeof id, "%d", purse);
        assert_result(
            store->ops->stream_head(store, purse_aggregate.name, id, &version, NULL),
            JANGLE_OK);
        assert_int_equal(version, comparison.versions[purse]);
    }
    return head;
}

/* ---- the view ---------------------------------------------------------------- */

static enum jangle_result add(struct jangle_delivery *delivery,
                              const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;

    return jangle_view_run(delivery->view,
                           "INSERT INTO purses VALUES (?1, 1, ?2) ON CONFLICT (id) DO "
                           "UPDATE SET events = events + 1, total = ?2",
                           event->aggregate_id, coins->total);
}

struct get_sums {
    int64_t unused;
};

struct sums {
    int64_t events, wrong;
};

static JANGLE_STRUCT(sums, events, wrong);
static JANGLE_QUERY(get_sums, unused, answer(sums));

/* Each of these puts 1 in, so a purse has as many events as coins. */
static enum jangle_result answer_sums(struct jangle_answer *answer,
                                      const struct jangle_query *query)
{
    struct sums row;

    jangle_view_row(query->view, &row, sums,
                    "SELECT coalesce(sum(events), 0) AS events,"
                    " count(*) FILTER (WHERE events <> total) AS wrong FROM purses");
    return jangle_answer_with(answer, sums, .events = row.events, .wrong = row.wrong);
}

#define VIEW                                                                             \
    .name = "sums", .handlers = JANGLE_HANDLERS({&coins_put_in, add}),                   \
    .answerers = JANGLE_ANSWERERS({&get_sums, answer_sums}),                             \
    .schema = "CREATE TABLE purses (id TEXT PRIMARY KEY, events INTEGER, total INTEGER)"

const struct jangle_subscriber copies_view = {VIEW};
const struct jangle_subscriber copies_named = {VIEW, .file = "sums.db"};

void copies_assert_view(struct world *copy)
{
    struct jangle_replay_options options = {.compare = true};
    struct jangle_answer answer = {0};
    const struct sums *shown;

    assert_result(jangle_ask(copy->jangle, &answer, get_sums, .unused = 0), JANGLE_OK);
    shown = answer.data;
    assert_int_equal(shown->events, world_stats(copy).position);
    assert_int_equal(shown->wrong, 0);
    jangle_answer_free(&answer);
    assert_result(jangle_replay(copy->jangle, "sums", &options, &copy->error), JANGLE_OK);
}

/* ---- files ------------------------------------------------------------------- */

static int is_no_dot(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

void copies_list(const char *directory, char *names, size_t size)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_no_dot, alphasort);
    size_t used = 0;

    assert_true(count >= 0);
    names[0] = '\0';
    for (int i = 0; i < count; i++) {
        used += (size_t)snprintf(names + used, size - used, "%s ", entries[i]->d_name);
        assert_true(used < size);
        free(entries[i]);
    }
    free(entries);
}
