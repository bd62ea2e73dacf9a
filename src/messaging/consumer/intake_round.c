/* intake_round.c - one round of an intake: as many parts of its messages as can be
 * committed in one group, in the order of each stream. */
#include "messaging/consumer/intake_round.h"

#include "base/hash.h"
#include "base/ids.h"
#include "command/round.h"
#include "message/describe.h"
#include "messaging/consumer/known.h"
#include "messaging/consumer/offsets.h"

#include <string.h>

enum { STOPS_LIMIT = 5 };

/* ---- what is in it -------------------------------------------------------- */

/* One part that is in the round; one of `ticket` and `outcome` is not NULL. */
struct chosen {
    struct jn_incoming *incoming;
    const struct jn_ticket *ticket;
    const struct jangle_outcome *outcome;
};

struct selection {
    struct jn_intake *intake;
    struct jn_round round;
    struct chosen *chosen;
    size_t count;
    uint64_t *waiting; /* hashes of streams whose later messages wait for another round */
    size_t waiting_count;
    struct jangle_error error;   /* the store is in trouble */
    struct jangle_error stopped; /* or only the stream of one command is */
};

static bool is_waiting(const struct selection *selection, uint64_t stream)
{
    for (size_t i = 0; i < selection->waiting_count; i++)
        if (selection->waiting[i] == stream)
            return true;
    return false;
}

static struct jangle *jangle_of(const struct selection *selection)
{
    return selection->intake->reader->endpoint->jangle;
}

static void choose(struct selection *selection, const struct chosen *chosen)
{
    selection->chosen[selection->count++] = *chosen;
}

/* The sender's id is the event's, if it is a UUID. */
static void name_event(struct jangle_record *record, const struct jn_incoming *incoming)
{
    const struct jangle_contents *contents = &incoming->contents;

    if (!jn_id_from_text(record->event_id, contents->id))
        jn_id_derive(record->event_id,
                     (const char *const[]){contents->source, contents->id, NULL});
}

static bool add_event(struct selection *selection,
                      struct jn_incoming *incoming,
                      const struct jn_part *part)
{
    struct jn_intake *intake = selection->intake;
    struct jangle *jangle = jangle_of(selection);
    struct jangle_record *record = jangle_alloc(&intake->work, sizeof *record);
    struct jangle_append append = {.command_id = part->command_id,
                                   .from = {.type = jn_type_name(part->type),
                                            .type_version = part->type_version,
                                            .sender = intake->reader->consumer->name},
                                   .count = 1};
    struct chosen chosen = {.incoming = incoming};

    if (!record)
        return !jn_fail(&selection->error, JANGLE_NO_MEMORY, "out of memory");
    *record = (struct jangle_record){
        .kind = intake->reader->first_name,
        .id = incoming->stream,
        .type = jn_type_name(part->type),
        .type_version = part->type_version,
        .at = jn_host_now(&jangle->host),
        .payload = part->payload,
        .payload_size = strlen(part->payload),
        .meta = part->meta,
    };
    name_event(record, incoming);
    append.records = record;
    memcpy(append.receipt.fingerprint, incoming->fingerprint,
           sizeof append.receipt.fingerprint);
    chosen.ticket = jn_round_append(&selection->round, &append);
    incoming->in_round++;
    choose(selection, &chosen);
    return true;
}

/* Does only the stream of its own aggregate stop the command? */
static bool is_local(const struct selection *selection, const struct jangle_error *error)
{
    struct jangle_store *store = jangle_of(selection)->store;
    int64_t head;

    return jangle_result_is(error->result, JANGLE_RESULT_LOCAL) &&
           !store->ops->head(store, &head, NULL);
}

/* Such a command must not hold up all others: the broker delivers it again later, without
 * its order. But a failure of the disk may pass, so then it first stays in hand for some
 * rounds. */
static void leave_to_broker(struct selection *selection,
                            struct jn_incoming *incoming,
                            const struct jangle_error *error)
{
    struct jangle *jangle = jangle_of(selection);

    if (error->result == JANGLE_STORAGE && incoming->parcel->attempt <= 1 &&
        selection->intake->stops < STOPS_LIMIT) {
        jn_fail_as(&selection->stopped, error);
        return;
    }
    incoming->state = JN_IN_AGAIN;
    incoming->delay_ms = jn_host_backoff_ms(&jangle->host, &jangle->config.retry,
                                            incoming->parcel->attempt + 1);
    incoming->error = *error;
}

/* False: the command is not in the round; those behind it in its stream wait. */
static bool add_command(struct selection *selection,
                        struct jn_incoming *incoming,
                        const struct jn_part *part)
{
    const struct jangle_consumer *consumer = selection->intake->reader->consumer;
    struct jn_round_order order = {
        .envelope = {.command_id = part->command_id, .origin = incoming->event.origin},
        .remembers = !consumer->refused_are_dead,
        .type = part->type,
        .data = part->data,
        .sender = consumer->name,
    };
    struct jangle_outcome *outcome = NULL;
    struct jangle_error error = {0};
    size_t before = selection->round.count;
    enum jangle_result result;

    order.envelope.origin.causation_id = incoming->contents.id;
    memcpy(order.fingerprint, incoming->fingerprint, sizeof order.fingerprint);
    result = jn_round_send(&selection->round, &order, &outcome, &error);
    incoming->in_round += selection->round.count - before;
    if (!result)
        choose(selection, &(struct chosen){.incoming = incoming, .outcome = outcome});
    else if (is_local(selection, &error))
        leave_to_broker(selection, incoming, &error);
    else if (result != JANGLE_RETRY)
        jn_fail_as(&selection->error, &error);
    return !result;
}

static bool
is_known(struct selection *selection, struct jn_incoming *incoming, const char *id)
{
    return jn_known_find(selection->intake->reader, incoming, id, &selection->error) ||
           incoming->state != JN_IN_HAND;
}

/* A message of several parts may be known although its first part is not: a row may have
 * been added since it was done. */
static bool is_to_be_done(struct selection *selection, struct jn_incoming *incoming)
{
    return incoming->done || jn_incoming_steps(incoming) < 2 ||
           !is_known(selection, incoming, incoming->id);
}

/* All handlers have returned OK: the message is remembered, in one append with what they
 * have posted. */
static void add_receipt(struct selection *selection, struct jn_incoming *incoming)
{
    struct jangle_append append = {
        .command_id = incoming->id,
        .from = {.type = jn_type_name(incoming->calls.items[0].type),
                 .type_version = jn_type_version(incoming->calls.items[0].type),
                 .sender = selection->intake->reader->consumer->name},
        .records = incoming->called->posts.items,
        .count = incoming->called->posts.count,
        .remember_at = jn_host_now(&jangle_of(selection)->host),
    };
    struct chosen chosen = {.incoming = incoming};

    memcpy(append.receipt.fingerprint, incoming->fingerprint,
           sizeof append.receipt.fingerprint);
    chosen.ticket = jn_round_append(&selection->round, &append);
    incoming->in_round++;
    choose(selection, &chosen);
}

/* Add parts of the message, up to the first command: what comes after that is decided
 * when its answer is known. False: its stream waits, which it does not for handlers. */
static bool add_parts(struct selection *selection, struct jn_incoming *incoming)
{
    if (!is_to_be_done(selection, incoming))
        return true;
    for (size_t i = incoming->done; i < incoming->parts.count; i++) {
        const struct jn_part *part = &incoming->parts.items[i];

        if (jn_round_is_full(&selection->round))
            return false;
        if (part->former_id && is_known(selection, incoming, part->former_id))
            return true;
        if (!part->payload) {
            add_command(selection, incoming, part);
            return false;
        }
        if (!add_event(selection, incoming, part))
            return false;
    }
    if (!incoming->handled)
        return true;
    if (jn_round_is_full(&selection->round))
        return false;
    add_receipt(selection, incoming);
    return true;
}

/* Messages of one stream keep their order: while one of them is not done after this
 * round, the later ones are not in it. */
static void fill_round(struct selection *selection)
{
    struct jn_intake *intake = selection->intake;

    for (size_t i = 0; i < intake->count && !selection->error.result; i++) {
        struct jn_incoming *incoming = &intake->items[i];
        uint64_t stream;

        if (!jn_incoming_is_for_store(incoming))
            continue;
        stream = jn_hash_text(incoming->stream);
        if (is_waiting(selection, stream) || !add_parts(selection, incoming))
            selection->waiting[selection->waiting_count++] = stream;
    }
}

/* ---- what became of it ---------------------------------------------------- */

static void finish_message(struct jn_incoming *incoming, bool repeated)
{
    if (incoming->done == 0 || !repeated)
        incoming->state = JN_IN_TAKEN;
    if (++incoming->done < jn_incoming_steps(incoming))
        incoming->state = JN_IN_HAND;
    else if (repeated)
        incoming->state = JN_IN_KNOWN;
}

static void kill_message(struct jn_incoming *incoming, const struct jangle_error *error)
{
    incoming->state = JN_IN_DEAD;
    incoming->error = *error;
}

static enum jangle_result settle_event(struct jn_incoming *incoming,
                                       const struct jn_ticket *ticket)
{
    const struct jangle_append *append = &ticket->append;

    if (ticket->error.result == JANGLE_INVALID)
        kill_message(incoming, &ticket->error);
    else if (ticket->error.result)
        return ticket->error.result;
    else if (!append->repeated || jn_known_check(incoming, &append->receipt))
        finish_message(incoming, append->repeated);
    return JANGLE_OK;
}

/* INVALID may mean that the id belongs to other contents, and then nothing was decided.
 */
static enum jangle_result check_id_of_refused(const struct jn_reader *reader,
                                              struct jn_incoming *incoming)
{
    const struct jn_part *part = &incoming->parts.items[incoming->done];
    struct jangle_error error = {0};
    enum jangle_result result = jn_known_find(reader, incoming, part->command_id, &error);

    if (incoming->state == JN_IN_KNOWN)
        incoming->state = JN_IN_HAND;
    return result;
}

static enum jangle_result settle_command(const struct jn_reader *reader,
                                         struct jn_incoming *incoming,
                                         const struct jangle_outcome *outcome)
{
    enum jangle_result result = outcome->error.result;

    if (result == JANGLE_INVALID && check_id_of_refused(reader, incoming))
        return JANGLE_STORAGE;
    if (!jangle_result_final(result))
        return result;
    if (incoming->state == JN_IN_DEAD)
        return JANGLE_OK;
    incoming->refused = result && reader->consumer->refused_are_dead;
    if (incoming->refused)
        kill_message(incoming, &outcome->error);
    else
        finish_message(incoming, outcome->repeated);
    return JANGLE_OK;
}

/* Each part has its outcome. The first that the store could not take is the trouble. */
static enum jangle_result settle_round(struct selection *selection,
                                       struct jangle_error *error)
{
    enum jangle_result trouble = JANGLE_OK;

    for (size_t i = 0; i < selection->count; i++) {
        const struct chosen *chosen = &selection->chosen[i];
        const struct jangle_error *why =
            chosen->ticket ? &chosen->ticket->error : &chosen->outcome->error;
        enum jangle_result result =
            chosen->ticket ? settle_event(chosen->incoming, chosen->ticket)
                           : settle_command(selection->intake->reader, chosen->incoming,
                                            chosen->outcome);

        if (result && !trouble)
            trouble = jn_fail(error, result, "%s", why->message);
    }
    return trouble;
}

enum jangle_result jn_intake_round(struct jn_intake *intake, struct jangle_error *error)
{
    struct selection selection = {.intake = intake};
    struct jangle *jangle = jangle_of(&selection);
    size_t limit = (size_t)jangle->config.group_count, parts = 0;
    enum jangle_result result;

    for (size_t i = 0; i < intake->count; i++) {
        parts += intake->items[i].parts.count + 1;
        intake->items[i].in_round = 0;
    }
    jn_arena_reset(&intake->work);
    selection.chosen = jangle_alloc(&intake->work, parts * sizeof *selection.chosen);
    selection.waiting =
        jangle_alloc(&intake->work, intake->count * sizeof *selection.waiting);
    result = jn_arena_check(&intake->work, error);
    if (!result)
        result = jn_round_init(&selection.round, jangle, &intake->work,
                               parts < limit ? parts : limit, error);
    if (result)
        return result;
    fill_round(&selection);
    if (intake->offsets)
        jn_offsets_plan(intake->offsets, intake, &selection.round);
    JN_FAILPOINT("consumer.before_commit");
    jn_round_commit(&selection.round, NULL);
    JN_FAILPOINT("consumer.after_commit");
    if (intake->offsets)
        jn_offsets_settle(intake->offsets, &selection.round);
    result = settle_round(&selection, error);
    jn_round_finish(&selection.round);
    intake->stops += selection.stopped.result != JANGLE_OK;
    if (!result)
        result = jn_fail_as(error, &selection.error);
    return result ? result : jn_fail_as(error, &selection.stopped);
}
