/* chain_model.c - histories of commands that wait in line for two streams, with chains
 * on, while another program stores in the same streams, the disk is full or in doubt, and
 * ids come twice: every answer is explained by a serial order of the commands, which is
 * the order of the log. */
#include "command/commands.h"
#include "support/domains/jars.h"
#include "support/effort.h"
#include "support/line.h"
#include "support/stores/fault_vfs.h"
#include "support/stores/lying_store.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* A history has so many waves: in each, so many commands wait for one of the streams. */
enum { WAVES = 3, WAVE_LIMIT = 7, EVENTS = 256, OPEN_FOR = 500 };

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

/* ---- what the other side does -------------------------------------------------------
 */

static struct {
    const char *streams[2];
    bool on_file;
    int steals;      /* that are still to come in this wave */
    bool in_trouble; /* a group of this wave was made to fail */
    int64_t chains, fallen, stolen, failed, unknown, lost;
} other;

static void steal(struct jangle_store *store, const char *jar)
{
    char payload[64];
    struct jangle_record record = {.kind = "jar",
                                   .id = jar,
                                   .type = "pebbles_added",
                                   .type_version = 1,
                                   .payload = payload,
                                   .meta = "{}"};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    record.payload_size = (size_t)snprintf(
        payload, sizeof payload, "{\"amount\":%d,\"note\":\"other\"}", (int)draw(5));
    assert_result(store->ops->commit(store, &group, NULL), JANGLE_OK);
    other.stolen++;
}

static void steal_perhaps(struct jangle_store *store)
{
    if (!other.steals || draw(4))
        return;
    other.steals--;
    steal(store, other.streams[draw(2)]);
    if (other.steals && !draw(3)) {
        other.steals--;
        steal(store, other.streams[draw(2)]);
    }
}

/* Makes the disk full at one of the writes of the commit, or at one of its members. */
static enum jangle_result commit_on_a_full_disk(struct jangle_store *store,
                                                struct jangle_group *group,
                                                struct jangle_error *error)
{
    enum jangle_result result;

    other.failed++;
    if (!other.on_file) {
        static const enum jangle_result results[] = {JANGLE_STORAGE, JANGLE_NO_MEMORY,
                                                     JANGLE_BUSY};

        return jangle_error_set(error, results[draw(3)], "there is no room");
    }
    fault_vfs_fail((struct fault){FAULT_WRITE, "-wal", 1 + (int64_t)draw(4),
                                  1 + (int64_t)draw(3), SQLITE_FULL});
    result = store->ops->commit(store, group, error);
    fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
    return result;
}

static enum jangle_result commit_in_doubt(struct jangle_store *store,
                                          struct jangle_group *group,
                                          struct jangle_error *error)
{
    other.unknown++;
    if (draw(2) && store->ops->commit(store, group, error))
        return JANGLE_STORAGE;
    return jangle_error_set(error, JANGLE_UNKNOWN, "nobody knows");
}

static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);
    bool chain = group->append_count > 1;
    enum jangle_result result;

    if (!group->append_count)
        return honest->ops->commit(honest, group, error);
    other.chains += chain;
    steal_perhaps(honest);
    other.in_trouble |= !draw(12);
    if (other.in_trouble && !draw(3))
        return draw(4) ? commit_on_a_full_disk(honest, group, error)
                       : commit_in_doubt(honest, group, error);
    result = honest->ops->commit(honest, group, error);
    other.fallen += chain && group->appends[0].error.result;
    return result;
}

/* ---- what is stored ------------------------------------------------------------------
 */

struct stored {
    int64_t position;
    int64_t amount; /* below zero: taken */
    char note[12];
    char cause[40]; /* the id of its command; "": another program's */
};

/* A stream, and its jar after each version: totals[0] is before the first. */
struct history {
    struct stored events[EVENTS];
    int64_t totals[EVENTS + 1];
    int64_t count;
};

static struct history streams[2];

static void copy_member(char *to, size_t size, const char *json, const char *name)
{
    const char *at = json ? strstr(json, name) : NULL;
    size_t used = 0;

    if (at)
        for (at += strlen(name); *at && *at != '"' && used + 1 < size; at++)
            to[used++] = *at;
    to[used] = '\0';
}

static enum jangle_result visit(void *context, const struct jangle_record *record)
{
    struct history *history = context;
    struct stored *event = &history->events[history->count];
    char payload[128];
    long long amount;

    assert_true(history->count < EVENTS);
    assert_int_equal(record->version, history->count + 1);
    snprintf(payload, sizeof payload, "%.*s", (int)record->payload_size,
             (const char *)record->payload);
    assert_int_equal(sscanf(payload, "{\"amount\":%lld", &amount), 1);
    event->position = record->position;
    event->amount = strcmp(record->type, "pebbles_taken") == 0 ? -amount : amount;
    copy_member(event->note, sizeof event->note, payload, "\"note\":\"");
    copy_member(event->cause, sizeof event->cause, record->meta, "\"causation_id\":\"");
    history->totals[history->count + 1] = history->totals[history->count] + event->amount;
    history->count++;
    return JANGLE_OK;
}

static void read_streams(struct jangle_store *store)
{
    for (size_t i = 0; i < 2; i++) {
        streams[i].count = 0;
        assert_result(store->ops->read_stream(store, "jar", other.streams[i], 0, visit,
                                              &streams[i], NULL),
                      JANGLE_OK);
    }
}

/* What a jar replies at that version: its total and its last four notes. */
static void reply_at(const struct history *history, int64_t version, char reply[64])
{
    int notes = 0;
    int64_t from = version;
    size_t used = (size_t)snprintf(reply, 64, "%" PRId64, history->totals[version]);

    while (from > 0 && notes < 4) /* a taking leaves no note */
        notes += history->events[--from].note[0] != '\0';
    for (; from < version; from++)
        if (history->events[from].note[0] && used < 54)
            used += (size_t)snprintf(reply + used, 64 - used, " %.8s",
                                     history->events[from].note);
}

/* ---- what is sent ---------------------------------------------------------------------
 */

enum kind { ADD, TAKE, COUNT, JUDGE, GIVE, MATCH, BEGIN, KINDS };

struct sent {
    enum kind kind;
    size_t at; /* the stream */
    int64_t amount, times;
    struct jangle_envelope envelope;
    char id[16];
    int64_t heads[2]; /* when it was sent */
    const struct line_sender *sender;
    union {
        struct add_pebbles add;
        struct take_pebbles take;
        struct count_pebbles count;
        struct judge_pebbles judge;
        struct give_pebbles give;
        struct match_pebbles match;
        struct begin_jar begin;
    } message;
};

static struct jangle *jangle;
static struct jangle_store *honest;
static int64_t history_number;

static int64_t head_of(size_t stream)
{
    int64_t version;

    assert_result(
        honest->ops->stream_head(honest, "jar", other.streams[stream], &version, NULL),
        JANGLE_OK);
    return version;
}

static void name_command(struct sent *sent)
{
    if (draw(3))
        return;
    snprintf(sent->id, sizeof sent->id, "c-%d-%d", (int)history_number, (int)draw(6));
    sent->envelope.command_id = sent->id;
}

static const struct jangle_message *make_command(struct sent *sent)
{
    const char *own = other.streams[sent->at], *elsewhere = other.streams[!sent->at];

    switch (sent->kind) {
    case ADD:
        sent->message.add = (struct add_pebbles){own, sent->amount, sent->times, "x"};
        return &add_pebbles;
    case TAKE:
        sent->message.take = (struct take_pebbles){own, sent->amount};
        return &take_pebbles;
    case COUNT:
        sent->message.count = (struct count_pebbles){own};
        return &count_pebbles;
    case JUDGE:
        sent->message.judge = (struct judge_pebbles){own, sent->amount};
        return &judge_pebbles;
    case GIVE:
        sent->message.give = (struct give_pebbles){own, elsewhere, sent->amount};
        return &give_pebbles;
    case MATCH:
        sent->message.match = (struct match_pebbles){own, elsewhere};
        return &match_pebbles;
    default:
        sent->message.begin = (struct begin_jar){own, elsewhere};
        return &begin_jar;
    }
}

/* Mostly those that can be in a chain. */
static enum kind draw_kind(void)
{
    static const enum kind kinds[] = {ADD,  ADD,   ADD,   ADD,   TAKE, TAKE,  TAKE, TAKE,
                                      TAKE, COUNT, COUNT, JUDGE, GIVE, MATCH, BEGIN};

    return kinds[draw(sizeof kinds / sizeof *kinds)];
}

static void send_one(struct line *line, struct sent *sent, size_t stream)
{
    const struct jangle_message *type;

    *sent = (struct sent){.kind = draw_kind(),
                          .at = stream,
                          .amount = (int64_t)draw(6),
                          .times = (int64_t)draw(3),
                          .heads = {head_of(0), head_of(1)}};
    if (!draw(8))
        sent->envelope.expected_version =
            (jangle_optional_int){true, sent->heads[stream] + (int64_t)draw(4)};
    name_command(sent);
    type = make_command(sent);
    sent->sender = line_join(line, &sent->envelope, type, &sent->message);
}

/* ---- is it explained?
 * ------------------------------------------------------------------ */

#define EXPLAIN(what, sent)                                                              \
    do {                                                                                 \
        if (!(what))                                                                     \
            fail_msg(                                                                    \
                "line %d: not explained: %s of kind %d, answered %s at version "         \
                "%d: %s%s",                                                              \
                __LINE__, #what, (int)(sent)->kind,                                      \
                jangle_result_name((sent)->sender->result),                              \
                (int)(sent)->sender->outcome.version, (sent)->sender->outcome.reply,     \
                (sent)->sender->outcome.error.message);                                  \
    } while (0)

static int64_t events_of(const char *command_id, size_t stream, int64_t *last)
{
    int64_t count = 0;

    for (int64_t i = 0; i < streams[stream].count; i++) {
        if (strcmp(streams[stream].events[i].cause, command_id) != 0)
            continue;
        assert_true(!count || *last == i); /* side by side */
        *last = i + 1;
        count++;
    }
    return count;
}

/* Its events, which begin behind `version`, are those that it is decided to have there.
 */
static void
check_decision(const struct sent *sent, int64_t version, int64_t count, int64_t given)
{
    const struct history *own = &streams[sent->at], *elsewhere = &streams[!sent->at];
    const struct stored *first = &own->events[version];

    EXPLAIN(given == (sent->kind == GIVE || sent->kind == BEGIN), sent);
    EXPLAIN(count == (sent->kind == ADD ? sent->times : sent->kind != BEGIN), sent);
    for (int64_t i = 0; sent->kind == ADD && i < count; i++)
        EXPLAIN(first[i].amount == sent->amount, sent);
    if (sent->kind == TAKE)
        EXPLAIN(first->amount == -sent->amount && own->totals[version] >= sent->amount,
                sent);
    if (sent->kind == JUDGE)
        EXPLAIN(first->amount == 0 && own->totals[version] <= sent->amount, sent);
    if (sent->kind == GIVE)
        EXPLAIN(first->amount == -sent->amount, sent);
    if (sent->kind == MATCH) {
        int64_t at = 0; /* the other stream, when this was stored */

        while (at < elsewhere->count && elsewhere->events[at].position < first->position)
            at++;
        EXPLAIN(first->amount == elsewhere->totals[at], sent);
    }
}

/* Was it decided on a version that was the stream's while the command was on its way? */
static void check_moment(const struct sent *sent, const int64_t ended[2])
{
    int64_t version = sent->sender->outcome.version;

    EXPLAIN(version >= sent->heads[sent->at] && version <= ended[sent->at], sent);
}

static void check_reply(const struct sent *sent, int64_t version)
{
    char reply[64];

    if (sent->kind == ADD || sent->kind == COUNT) {
        reply_at(&streams[sent->at], version, reply);
        EXPLAIN(strcmp(reply, sent->sender->outcome.reply) == 0, sent);
    }
}

static void check_refusal(const struct sent *sent, const int64_t ended[2])
{
    const struct jangle_outcome *outcome = &sent->sender->outcome;
    int64_t total = streams[sent->at].totals[outcome->version];
    char reason[64];

    if (sent->kind == BEGIN) {
        EXPLAIN(streams[!sent->at].count > 0, sent);
        return;
    }
    EXPLAIN(sent->kind == TAKE && sent->amount > total, sent);
    snprintf(reason, sizeof reason, "there are only %" PRId64, total);
    EXPLAIN(strcmp(outcome->error.message, reason) == 0, sent);
    check_moment(sent, ended);
}

static bool
has_the_id_of_another(const struct sent *sent, const struct sent *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (&all[i] != sent && strcmp(all[i].id, sent->id) == 0)
            return true;
    return false;
}

static void check_invalid(const struct sent *sent, const int64_t ended[2])
{
    const struct jangle_outcome *outcome = &sent->sender->outcome;

    if (strstr(outcome->error.message, "belongs to another command")) {
        EXPLAIN(sent->id[0], sent);
        return;
    }
    EXPLAIN(sent->kind == JUDGE &&
                streams[sent->at].totals[outcome->version] > sent->amount,
            sent);
    check_moment(sent, ended);
}

static void check_conflict(const struct sent *sent, const int64_t ended[2])
{
    if (strstr(sent->sender->outcome.error.message, "were stored first")) {
        other.lost++;
        return;
    }
    EXPLAIN(sent->envelope.expected_version.given &&
                sent->envelope.expected_version.value != sent->sender->outcome.version,
            sent);
    check_moment(sent, ended);
}

/* An OK is either of its own events, of an earlier OK of its id, or of none. */
static void check_ok(const struct sent *sent,
                     int64_t count,
                     int64_t last,
                     int64_t given,
                     const int64_t ended[2])
{
    const struct jangle_outcome *outcome = &sent->sender->outcome;
    const jangle_optional_int *expected = &sent->envelope.expected_version;
    int64_t position = count ? streams[sent->at].events[last - 1].position : 0;

    if (outcome->repeated) {
        EXPLAIN(sent->id[0] && outcome->position > 0, sent);
        return;
    }
    EXPLAIN(!expected->given || outcome->version - count == expected->value, sent);
    check_reply(sent, outcome->version - count);
    if (!count && !given) {
        EXPLAIN(sent->kind == COUNT || (sent->kind == ADD && !sent->times), sent);
        EXPLAIN(outcome->position == 0, sent);
        check_moment(sent, ended);
        return;
    }
    EXPLAIN(!count || outcome->version == last, sent);
    EXPLAIN(given || outcome->position == position, sent);
}

static void check_sent(const struct sent *sent,
                       const struct sent *all,
                       size_t count_all,
                       const int64_t ended[2])
{
    enum jangle_result result = sent->sender->result;
    const char *id = sent->sender->outcome.command_id;
    int64_t last = 0, last_given = 0;
    int64_t count = events_of(id, sent->at, &last);
    int64_t given = events_of(id, !sent->at, &last_given);
    bool shared = sent->id[0] && has_the_id_of_another(sent, all, count_all);

    if (!shared && (count || given)) {
        EXPLAIN(result == JANGLE_OK || result == JANGLE_UNKNOWN, sent);
        check_decision(sent, last - count, count, given);
    }
    if (result == JANGLE_OK && !shared)
        check_ok(sent, count, last, given, ended);
    else if (result == JANGLE_REJECTED)
        check_refusal(sent, ended);
    else if (result == JANGLE_INVALID)
        check_invalid(sent, ended);
    else if (result == JANGLE_CONFLICT)
        check_conflict(sent, ended);
    else if (result)
        EXPLAIN(other.in_trouble, sent);
}

/* Of one id one command is stored: its events are there once, and all who were told OK
 * were told of these. */
static void check_ids(const struct sent *sent, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct jangle_outcome *one = &sent[i].sender->outcome;

        for (size_t j = 0; j < i; j++) {
            const struct jangle_outcome *two = &sent[j].sender->outcome;

            if (!sent[i].id[0] || strcmp(sent[i].id, sent[j].id) != 0 ||
                sent[i].sender->result || sent[j].sender->result || !one->position ||
                !two->position)
                continue;
            EXPLAIN(one->position == two->position, &sent[i]);
            EXPLAIN(one->repeated || two->repeated, &sent[i]);
        }
    }
}

/* ---- a history
 * ------------------------------------------------------------------------- */

static void check_memory(void)
{
    for (size_t i = 0; i < 2; i++) {
        char reply[64];

        reply_at(&streams[i], streams[i].count, reply);
        assert_string_equal(jars_count(jangle, other.streams[i]), reply);
    }
}

static void run_wave(struct sent *sent, size_t *count)
{
    static struct line line;
    size_t stream = draw(2), senders = 1 + draw(WAVE_LIMIT), first = *count;
    int64_t ended[2];

    other.steals = draw(3) ? 0 : 2;
    other.in_trouble = false;
    line_begin(&line, jangle);
    for (size_t i = 0; i < senders; i++)
        send_one(&line, &sent[(*count)++], stream);
    line_run(&line);
    read_streams(honest);
    ended[0] = streams[0].count;
    ended[1] = streams[1].count;
    for (size_t i = first; i < *count; i++)
        check_sent(&sent[i], sent, *count, ended);
    check_ids(sent + first, *count - first);
    line_end(&line);
}

static void run_history(void)
{
    static char names[2][24];
    struct sent sent[WAVES * WAVE_LIMIT];
    size_t count = 0;

    history_number++;
    for (size_t i = 0; i < 2; i++) {
        snprintf(names[i], sizeof names[i], "%c%" PRId64, i ? 'b' : 'a', history_number);
        other.streams[i] = names[i];
    }
    for (int i = 0; i < WAVES; i++) {
        run_wave(sent, &count);
        for (uint64_t steals = draw(3) ? 0 : draw(4); steals; steals--)
            steal(honest, other.streams[draw(2)]);
        if (i + 1 == WAVES || draw(2)) {
            read_streams(honest);
            check_memory();
        }
    }
}

/* ---- many histories
 * ---------------------------------------------------------------------- */

static const struct lie hostile = {.store = {.commit = commit}};
static struct lying lying;

static void open_jangle(struct jangle_storage storage)
{
    struct jangle_error error = {0};
    struct jangle_config config = {.aggregates = jar_aggregates,
                                   .chain_count = 5,
                                   /* Who lost twice would wait for locks that nobody
                                      gives back here, where there are no threads. */
                                   .conflict_retries = 1,
                                   .gather_us = -1,
                                   .host = {.logger = jangle_logger_none()}};

    lying = (struct lying){.storage = storage, .lie = &hostile};
    config.storage = lying_storage(&lying);
    jangle = jangle_open(&config, &error);
    if (!jangle)
        fail_msg("%s", error.message);
    honest = honest_store(jangle->store);
}

static void tell(const char *where, int histories)
{
    print_message(
        "%d histories %s: %d chains, of which %d fell; %d versions stolen, %d "
        "commits without room, %d in doubt; %d commands lost twice\n",
        histories, where, (int)other.chains, (int)other.fallen, (int)other.stolen,
        (int)other.failed, (int)other.unknown, (int)other.lost);
    assert_true(other.chains > histories / 4);
    assert_true(other.fallen > 0);
    assert_true(other.stolen > histories / 40);
}

static void every_answer_is_explained_by_the_log_in_memory(void **state)
{
    int histories = effort_count(EFFORT_CHAINS);

    (void)state;
    memset(&other, 0, sizeof other);
    seed = effort_seed();
    for (int done = 0; done < histories;) {
        open_jangle(jangle_memory());
        for (int i = 0; i < OPEN_FOR && done < histories; i++, done++)
            run_history();
        assert_result(jangle_close(jangle, -1), JANGLE_OK);
    }
    tell("in memory", histories);
}

static void every_answer_is_explained_by_the_log_on_a_disk(void **state)
{
    static const struct jangle_sqlite_options options = {.vfs = "fault"};
    int histories = effort_count(EFFORT_CHAINS_ON_DISK);
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];

    (void)state;
    memset(&other, 0, sizeof other);
    other.on_file = true;
    seed = effort_seed();
    fault_vfs_register();
    for (int done = 0; done < histories;) {
        fault_vfs_reset();
        assert_true(temp_directory_make(directory));
        temp_directory_path(path, directory, "jars.db");
        open_jangle(jangle_sqlite_with(path, &options));
        for (int i = 0; i < OPEN_FOR && done < histories; i++, done++)
            run_history();
        assert_result(jangle_close(jangle, -1), JANGLE_OK);
        temp_directory_remove(directory);
    }
    tell("on a disk", histories);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_is_explained_by_the_log_in_memory),
        cmocka_unit_test(every_answer_is_explained_by_the_log_on_a_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
