/* power.c - the power of two programs goes at any change of the disk: what was
 * acknowledged at the broker is in the taker's store, and what was published is in the
 * sender's. Afterwards they go on, and each event has its effect once.
 *
 * The hub is lost with the process, so what it had is published again in the end; to do
 * the same with a broker that lasts is the work of brokers/rabbitmq/killed.c. */
#include "support/brokers/watched_broker.h"
#include "support/domains/exchange.h"
#include "support/domains/exchange_files.h"
#include "support/effort.h"
#include "support/shard.h"
#include "support/stores/fault_vfs.h"
#include "support/stores/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EVENTS = 6, BODY_SIZE = 1000, SETTLED_MAX = 256 };

/* ---- what was published, and what was acknowledged -------------------------------- */

/* It is written into a pipe before it is true of the broker, or when it is. */
struct note {
    char id[40];       /* of the message */
    char purse[8];     /* of a command... */
    int64_t amount;    /* ...that was acknowledged; 0: it is an event */
    bool acknowledged; /* or it was published */
};

static int notes;

static void note_down(const struct note *note)
{
    if (write(notes, note, sizeof *note) != (ssize_t)sizeof *note)
        _exit(1);
}

static struct note note_of(const struct jangle_parcel *parcel)
{
    struct note note = {0};

    if (strlen(parcel->id) >= sizeof note.id)
        _exit(1);
    snprintf(note.id, sizeof note.id, "%s", parcel->id);
    return note;
}

static void publishes_parcel(void *context, const struct jangle_parcel *parcel)
{
    struct note note = note_of(parcel);

    (void)context;
    note_down(&note);
}

/* What stands behind that in a text. */
static const char *behind(const char *text, const char *what)
{
    const char *found = strstr(text, what);

    if (!found)
        _exit(1);
    return found + strlen(what);
}

/* Of the settlements of one call. */
static struct note settling[SETTLED_MAX];

static void
settles(void *context, const struct jangle_settlement *settlement, size_t index)
{
    const struct jangle_parcel *parcel = settlement->parcel;
    char body[BODY_SIZE];
    struct note *note;

    (void)context;
    if (index >= SETTLED_MAX || parcel->body_size >= sizeof body)
        _exit(1);
    memcpy(body, parcel->body, parcel->body_size);
    body[parcel->body_size] = '\0';
    note = &settling[index];
    *note = note_of(parcel);
    note->acknowledged = true;
    if (strstr(body, "\"purse_id\":\"")) {
        note->purse[0] = *behind(body, "\"purse_id\":\"");
        note->amount = strtol(behind(body, "\"amount\":"), NULL, 10);
    }
}

static void
has_settled(void *context, const struct jangle_settlement *settlement, size_t index)
{
    (void)context;
    if (!settlement->result && settlement->disposition == JANGLE_TAKEN)
        note_down(&settling[index]);
}

/* ---- a life, and its end ---------------------------------------------------------- */

static struct neighbours both;

/* A poll that fails does not do all it could. */
static void poll_both(void)
{
    int64_t of_sender = 1, of_taker = 1;

    while (of_sender + of_taker)
        if (jangle_poll(both.sender.jangle, &of_sender, NULL) ||
            jangle_poll(both.taker.jangle, &of_taker, NULL))
            _exit(1);
}

static void tell_all(void)
{
    struct jangle_outcome outcome;

    for (int i = 0; i < EVENTS; i++) {
        if (exchange_send(&both, i, &outcome))
            _exit(1);
        if (i % 3 == 2)
            poll_both();
    }
}

static bool open_both(void)
{
    return exchange_try_open(&both, &both.taker) &&
           !jangle_declare(both.taker.jangle, NULL, &both.taker.error) &&
           exchange_try_open(&both, &both.sender);
}

static void live(int64_t at, enum fault_loss loss, uint64_t seed)
{
    static struct watched_broker watched;
    struct jangle_sqlite_options options = {.vfs = fault_vfs_register(),
                                            .wal_checkpoint_frames = 30};

    fault_vfs_reset();
    fault_vfs_stop_at(at, loss, seed);
    watched = (struct watched_broker){.inner = jangle_hub_broker(both.hub),
                                      .publishes_parcel = publishes_parcel,
                                      .settles = settles,
                                      .has_settled = has_settled};
    both.sender.config.broker = both.taker.config.broker = watched_broker_make(&watched);
    both.sender.config.storage = jangle_sqlite_with(both.sender.file, &options);
    both.taker.config.storage = jangle_sqlite_with(both.taker.file, &options);
    if (!open_both())
        _exit(1);
    tell_all();
    if (jangle_close(both.sender.jangle, -1) || jangle_close(both.taker.jangle, -1))
        _exit(1);
}

/* False when all was told before the power could go. */
static bool cut(int64_t at, enum fault_loss loss, uint64_t seed, int *from)
{
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        notes = ends[1];
        live(at, loss, seed);
        _exit(0);
    }
    close(ends[1]);
    *from = ends[0];
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status))
        assert_int_equal(WEXITSTATUS(status), FAULT_EXIT);
    return WEXITSTATUS(status) == FAULT_EXIT;
}

/* ---- what is there ---------------------------------------------------------------- */

static int published, acknowledged; /* notes, over all lives */

static void assert_there(sqlite3 *files, const char *file, const char *id)
{
    int64_t found = sql_ask(files,
                            "SELECT count(*) FROM %s.events WHERE lower(hex(event_id)) = "
                            "replace(%Q, '-', '')",
                            file, id);

    if (found != 1)
        fail_msg("%s is %lld times in the file of the %s", id, (long long)found, file);
}

static void assert_done(sqlite3 *files, const struct note *note)
{
    int64_t found = sql_ask(
        files,
        "SELECT count(*) FROM taker.events e JOIN taker.streams s ON s.id = e.stream "
        "WHERE s.kind = 'purse' AND s.name = %Q AND "
        "json_extract(CAST(e.payload AS TEXT), '$.amount') = %lld",
        note->purse, (long long)note->amount);

    assert_int_equal(found, 1);
}

static void check_note(sqlite3 *files, const struct note *note)
{
    if (!note->acknowledged)
        assert_there(files, "sender", note->id);
    else if (note->amount)
        assert_done(files, note);
    else
        assert_there(files, "taker", note->id);
    published += !note->acknowledged;
    acknowledged += note->acknowledged;
}

static void check_notes(int from)
{
    sqlite3 *files = NULL;
    struct note note;

    sql_attach(&files, both.sender.file, "sender");
    sql_attach(&files, both.taker.file, "taker");
    while (read(from, &note, sizeof note) == (ssize_t)sizeof note)
        check_note(files, &note);
    sqlite3_close(files);
    close(from);
}

static void open_again(void)
{
    if (!open_both())
        fail_msg("%s%s", both.taker.error.message, both.sender.error.message);
}

static void close_both(void)
{
    world_close(&both.sender);
    world_close(&both.taker);
}

/* The commands are sent again, which have ids, and all is published again. */
static void go_on(void)
{
    struct jangle_outcome outcome;

    for (int i = 0; i < EVENTS; i++)
        assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
    assert_result(jangle_subscriber_reset(both.sender.jangle, "news", 0, NULL),
                  JANGLE_OK);
    assert_result(jangle_subscriber_reset(both.sender.jangle, "to_counter", 0, NULL),
                  JANGLE_OK);
    exchange_settle(&both, EVENTS, 100);
}

/* False when the life was over before the power could go. */
static bool live_once(int64_t at, enum fault_loss loss, uint64_t seed)
{
    int from;
    bool was_cut;

    exchange_init(&both, true);
    was_cut = cut(at, loss, seed, &from);
    open_again();
    close_both();
    check_notes(from);
    open_again();
    go_on();
    close_both();
    exchange_files_assert_whole(both.sender.file, both.taker.file, EVENTS);
    neighbours_finish(&both);
    return was_cut;
}

static int64_t changes; /* of the disk in a whole life, about */

static void the_power_goes_and_with_it_what_was_not_synced(void **state)
{
    int64_t stride = TEST_STRIDE * shard_count();
    int64_t at = 1 + TEST_STRIDE * shard_index();

    (void)state;
    for (; live_once(at, FAULT_LOSE_ALL, 1); at += stride)
        changes = at;
    print_message("cut at %lld changes; %d published and %d acknowledged before\n",
                  (long long)(changes / stride), published, acknowledged);
    assert_true(changes > 100 && published > 0 && acknowledged > 0);
}

static void the_power_goes_and_with_it_some_of_what_was_not_synced(void **state)
{
    uint64_t seed = effort_seed();
    int cuts = 0;

    (void)state;
    for (int i = 0; i < effort_count(EFFORT_MESSAGES_POWER); i++) {
        unsigned dice = (unsigned)seed + (unsigned)i;

        if (shard_takes(i))
            cuts += live_once(1 + rand_r(&dice) % changes, FAULT_LOSE_SOME,
                              seed + (uint64_t)i);
    }
    assert_true(cuts > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_power_goes_and_with_it_what_was_not_synced),
        cmocka_unit_test(the_power_goes_and_with_it_some_of_what_was_not_synced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
