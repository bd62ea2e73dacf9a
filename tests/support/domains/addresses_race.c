/* addresses_race.c - threads that claim and release the same few addresses, and lamps. */
#include "support/domains/addresses_race.h"
#include "support/test.h"

#include "core/engine.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 16 };

struct sender {
    pthread_t thread;
    struct jangle *jangle;
    struct addresses_told *told;
    char person[24];
    uint64_t seed;
    int rounds;
    int number;
    bool held[ADDRESSES_NAMES];
};

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void complain(struct sender *sender, const struct jangle_error *error)
{
    sender->told->failed++;
    fprintf(stderr, "%s: %s: %s\n", sender->person, jangle_result_name(error->result),
            error->message);
}

/* ---- addresses --------------------------------------------------------------- */

static void release(struct sender *sender, int name, const char *address)
{
    struct jangle_outcome outcome;

    if (jangle_send(sender->jangle, &outcome, release_address,
                    .person_id = sender->person, .address = address)) {
        complain(sender, &outcome.error);
        return;
    }
    sender->told->releases++;
    sender->held[name] = false;
}

static void claim(struct sender *sender, int name, const char *address)
{
    struct jangle_outcome outcome;

    switch (jangle_send(sender->jangle, &outcome, claim_address,
                        .person_id = sender->person, .address = address)) {
    case JANGLE_OK:
        sender->told->claims++;
        sender->held[name] = true;
        return;
    case JANGLE_REJECTED:
        sender->told->refused++;
        return;
    default:
        complain(sender, &outcome.error);
    }
}

static void *claim_and_release(void *context)
{
    struct sender *sender = context;

    for (int i = 0; i < sender->rounds; i++) {
        int name = (int)(draw(&sender->seed) % ADDRESSES_NAMES);
        char address[12];

        snprintf(address, sizeof address, "%d", name);
        if (sender->held[name])
            release(sender, name, address);
        else
            claim(sender, name, address);
    }
    for (int i = 0; i < ADDRESSES_NAMES; i++)
        sender->told->held += sender->held[i];
    return NULL;
}

/* ---- lamps ------------------------------------------------------------------- */

static void *turn_on_and_off(void *context)
{
    struct sender *sender = context;
    const char *lamp = sender->number % 2 ? "1" : "2";
    const char *other = sender->number % 2 ? "2" : "1";
    struct jangle_outcome outcome;

    for (int i = 0; i < sender->rounds; i++) {
        enum jangle_result result = jangle_send(sender->jangle, &outcome, turn_on,
                                                .lamp_id = lamp, .other_id = other);

        if (result && result != JANGLE_REJECTED)
            complain(sender, &outcome.error);
        sender->told->refused += result == JANGLE_REJECTED;
        sender->told->on += !result && outcome.position;
        if (jangle_send(sender->jangle, &outcome, turn_off, .lamp_id = lamp))
            complain(sender, &outcome.error);
        sender->told->off += outcome.position > 0;
    }
    return NULL;
}

/* ---- together ---------------------------------------------------------------- */

static void
run(void *(*work)(void *), const struct sender *like, int process, int threads)
{
    struct sender *senders = calloc(THREADS_MAX, sizeof *senders);

    assert(senders && threads <= THREADS_MAX);
    for (int i = 0; i < threads; i++) {
        senders[i] = *like;
        senders[i].number = i;
        senders[i].seed = (uint64_t)(1 + i + THREADS_MAX * process);
        snprintf(senders[i].person, sizeof senders[i].person, "%d-%d", process, i);
        if (pthread_create(&senders[i].thread, NULL, work, &senders[i]))
            abort();
    }
    for (int i = 0; i < threads; i++)
        pthread_join(senders[i].thread, NULL);
    free(senders);
}

void addresses_race(struct jangle *jangle,
                    int process,
                    int threads,
                    int rounds,
                    struct addresses_told *told)
{
    run(claim_and_release,
        &(struct sender){.jangle = jangle, .told = told, .rounds = rounds}, process,
        threads);
}

void lamps_race(struct jangle *jangle,
                int threads,
                int rounds,
                struct addresses_told *told)
{
    run(turn_on_and_off,
        &(struct sender){.jangle = jangle, .told = told, .rounds = rounds}, 0, threads);
}

/* ---- the log ----------------------------------------------------------------- */

struct log {
    char owners[ADDRESSES_NAMES][60]; /* {"person_id":"0-1"}: as the event has it */
    int64_t position, claims, releases, on, off;
    bool lamps[2];
};

static void see_address(struct log *log, const struct jangle_record *record, bool claimed)
{
    char *owner = log->owners[strtol(record->id, NULL, 10)];

    log->claims += claimed;
    log->releases += !claimed;
    if (!claimed) {
        assert_int_equal(strlen(owner), record->payload_size);
        assert_memory_equal(owner, record->payload, record->payload_size);
        owner[0] = '\0';
        return;
    }
    assert_string_equal(owner, "");
    assert_true(record->payload_size < sizeof log->owners[0]);
    memcpy(owner, record->payload, record->payload_size);
    owner[record->payload_size] = '\0';
}

static void see_lamp(struct log *log, const struct jangle_record *record, bool on)
{
    log->on += on;
    log->off += !on;
    log->lamps[record->id[0] == '2'] = on;
    assert_false(log->lamps[0] && log->lamps[1]);
}

static enum jangle_result see(void *context, const struct jangle_record *record)
{
    struct log *log = context;

    assert_int_equal(record->position, ++log->position);
    if (!strcmp(record->kind, "address"))
        see_address(log, record, !strcmp(record->type, "address_claimed"));
    if (!strcmp(record->kind, "lamp"))
        see_lamp(log, record, !strcmp(record->type, "lamp_on"));
    return JANGLE_OK;
}

void addresses_check(struct jangle *jangle, const struct addresses_told *told)
{
    struct jangle_store *store = jangle->store;
    struct jangle_error error = {0};
    struct log log = {0};
    int64_t held = 0, before;

    do {
        before = log.position;
        assert_result(store->ops->read_all(store, before, 500, see, &log, &error),
                      JANGLE_OK);
    } while (log.position > before);
    for (int i = 0; i < ADDRESSES_NAMES; i++)
        held += log.owners[i][0] != '\0';
    assert_int_equal(told->failed, 0);
    assert_int_equal(log.claims, told->claims);
    assert_int_equal(log.releases, told->releases);
    assert_int_equal(held, told->held);
    assert_int_equal(log.on, told->on);
    assert_int_equal(log.off, told->off);
}
