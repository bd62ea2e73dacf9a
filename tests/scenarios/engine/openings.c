/* openings.c - the ten thousandth account is opened with no more reading than the
 * hundredth: rows are counted as the stores hand them out. */
#include "support/shard.h"
#include "support/stores/lying_store.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/messages.h"
#include "views/views.h"

#include <jangle/testing.h>

/* ---- stores that count ------------------------------------------------------- */

static int64_t rows;

struct visiting {
    jangle_record_fn *visit;
    jangle_snapshot_fn *visit_snapshot;
    void *context;
};

static enum jangle_result count_record(void *context, const struct jangle_record *record)
{
    const struct visiting *visiting = context;

    rows++;
    return visiting->visit(visiting->context, record);
}

static enum jangle_result count_snapshot(void *context,
                                         const struct jangle_snapshot *snapshot)
{
    const struct visiting *visiting = context;

    rows++;
    return visiting->visit_snapshot(visiting->context, snapshot);
}

static enum jangle_result read_stream(struct jangle_store *store,
                                      const char *kind,
                                      const char *id,
                                      int64_t version,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    struct visiting visiting = {.visit = visit, .context = context};

    store = honest_store(store);
    return store->ops->read_stream(store, kind, id, version, count_record, &visiting,
                                   error);
}

static enum jangle_result read_all(struct jangle_store *store,
                                   int64_t position,
                                   size_t limit,
                                   jangle_record_fn *visit,
                                   void *context,
                                   struct jangle_error *error)
{
    struct visiting visiting = {.visit = visit, .context = context};

    store = honest_store(store);
    return store->ops->read_all(store, position, limit, count_record, &visiting, error);
}

static enum jangle_result load(struct jangle_snapshot_store *snapshots,
                               const char *stream,
                               jangle_snapshot_fn *visit,
                               void *context,
                               struct jangle_error *error)
{
    struct visiting visiting = {.visit_snapshot = visit, .context = context};

    snapshots = honest_snapshots(snapshots);
    return snapshots->ops->load(snapshots, stream, count_snapshot, &visiting, error);
}

/* No lie, really. */
static const struct lie counting = {
    .store = {.read_stream = read_stream, .read_all = read_all},
    .snapshots = {.load = load},
};

/* ---- opening ----------------------------------------------------------------- */

enum { EARLY = 100, LATE = 10000, EVERY = 50 };

struct reading {
    int64_t by_sending, by_polling;
};

/* Then what there is to do in the background is done, as a worker would. */
static struct reading open_account(struct jangle *bank)
{
    struct reading reading;
    int64_t done;

    rows = 0;
    assert_result(jangle_send(bank, NULL, create_account, .name = "Natalie",
                              .initial_deposit = {true, 500}),
                  JANGLE_OK);
    reading.by_sending = rows;
    rows = 0;
    do
        assert_result(jangle_poll(bank, &done, NULL), JANGLE_OK);
    while (done);
    reading.by_polling = rows;
    return reading;
}

static void add_most(struct reading *most, struct reading reading)
{
    if (reading.by_sending > most->by_sending)
        most->by_sending = reading.by_sending;
    if (reading.by_polling > most->by_polling)
        most->by_polling = reading.by_polling;
}

static void open_many(struct jangle_storage storage)
{
    struct reading early = {0, 0}, late = {0, 0}; /* the most, around each */
    struct reading hundredth = {0, 0}, last = {0, 0};
    struct jangle_error error = {0};
    jangle_time now = {0};
    struct lying lying = {.storage = storage, .lie = &counting};
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&account_aggregate, &account_ids_aggregate),
        .subscribers = JANGLE_SUBSCRIBERS(&accounts_view),
        .storage = lying_storage(&lying),
        .cache_count = -1, /* what a command reads is the subject */
        .host = {.clock = jangle_clock_fixed(&now), .logger = jangle_logger_none()},
    };
    struct jangle *bank;

    bank = jangle_open(&config, &error);
    if (!bank)
        fail_msg("%s", error.message);
    for (int i = 1; i <= LATE; i++) {
        last = open_account(bank);
        if (i == EARLY)
            hundredth = last;
        if (i > EARLY - EVERY && i <= EARLY)
            add_most(&early, last);
        if (i > LATE - EVERY)
            add_most(&late, last);
    }
    print_message("%d rows, then %d\n", (int)hundredth.by_sending, (int)last.by_sending);
    assert_in_range(last.by_sending, 1, hundredth.by_sending);
    assert_in_range(late.by_sending, 1, early.by_sending);
    assert_in_range(late.by_polling, 1, early.by_polling);
    assert_result(jangle_close(bank, -1), JANGLE_OK);
}

static void the_ten_thousandth_opening_reads_no_more_in_memory(void **state)
{
    (void)state;
    open_many(jangle_memory());
}

static void the_ten_thousandth_opening_reads_no_more_in_a_file(void **state)
{
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];

    (void)state;
    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "bank.db");
    open_many(jangle_sqlite(path));
    temp_directory_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ten_thousandth_opening_reads_no_more_in_memory),
        cmocka_unit_test(the_ten_thousandth_opening_reads_no_more_in_a_file),
    };

    return SHARD_RUN(tests);
}
