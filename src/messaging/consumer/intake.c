/* intake.c - the messages that a consumer has in hand: what they lead to is committed,
 * and then the broker is told what became of each message.
 *
 * A crash before the commit leaves messages that the broker delivers again. A crash after
 * it leaves the same, and then each is found to be known by its id. */
#include "messaging/consumer/intake.h"

#include "messaging/consumer/attempts.h"
#include "messaging/consumer/intake_round.h"
#include "messaging/consumer/offsets.h"

void jn_intake_init(struct jn_intake *intake, struct jn_reader *reader)
{
    *intake = (struct jn_intake){.reader = reader};
    jn_arena_init(&intake->arena, &reader->endpoint->jangle->host.host.allocator);
    jn_arena_init(&intake->work, &reader->endpoint->jangle->host.host.allocator);
}

/* What handlers have made is in arenas of the messages' own. */
static void empty_intake(struct jn_intake *intake)
{
    for (size_t i = 0; i < intake->count; i++)
        if (intake->items[i].called)
            jn_arena_finish(&intake->items[i].called->arena);
    intake->count = 0;
    intake->settled = 0;
    intake->stops = 0;
    jn_arena_reset(&intake->arena);
}

void jn_intake_finish(struct jn_intake *intake)
{
    empty_intake(intake);
    jn_arena_finish(&intake->arena);
    jn_arena_finish(&intake->work);
    *intake = (struct jn_intake){0};
}

void jn_intake_keep(struct jn_intake *intake, size_t index)
{
    for (size_t i = index; i < intake->count; i++)
        if (!intake->items[i].told)
            intake->items[i].state = JN_IN_HAND;
}

/* Of a message that was just read: which log it comes from. */
static enum jangle_result note_log(struct jn_intake *intake,
                                   struct jn_incoming *incoming,
                                   struct jangle_error *error)
{
    const struct jangle_parcel *parcel = incoming->parcel;

    if (!intake->offsets)
        return JANGLE_OK;
    incoming->log = jn_offsets_log_of(intake->offsets, parcel, error);
    if (incoming->log)
        incoming->next = parcel->offset.offset + 1;
    return intake->offsets->arena.failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

enum jangle_result jn_intake_read(struct jn_intake *intake,
                                  const struct jangle_parcel *parcels,
                                  size_t count,
                                  struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    empty_intake(intake);
    intake->items = jn_arena_room(&intake->arena, (count + 1) * sizeof *intake->items);
    result = jn_arena_check(&intake->arena, error);
    for (; !result && intake->count < count; intake->count++) {
        struct jn_incoming *incoming = &intake->items[intake->count];

        result = jn_incoming_read(intake->reader, &intake->arena, &parcels[intake->count],
                                  incoming, error);
        if (!result)
            result = note_log(intake, incoming, error);
    }
    if (result)
        empty_intake(intake);
    return result;
}

static bool is_stored(const struct jn_intake *intake)
{
    for (size_t i = 0; i < intake->count; i++)
        if (jn_incoming_is_for_store(&intake->items[i]))
            return false;
    return true;
}

enum jangle_result jn_intake_commit(struct jn_intake *intake, struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    while (!result && !is_stored(intake))
        result = jn_intake_round(intake, error);
    return result;
}

/* ---- the broker is told --------------------------------------------------- */

static enum jangle_disposition disposition_of(enum jn_incoming_state state)
{
    switch (state) {
    case JN_IN_AGAIN:
        return JANGLE_AGAIN;
    case JN_IN_DEAD:
        return JANGLE_DEAD;
    case JN_IN_TAKEN:
    case JN_IN_KNOWN:
    case JN_IN_IGNORED:
    case JN_IN_HAND:
        break;
    }
    return JANGLE_TAKEN;
}

/* One that jangle_deliver was called with has no broker that keeps it. */
static void report_dead(const struct jn_reader *reader,
                        const struct jn_incoming *incoming)
{
    JN_LOG(&reader->endpoint->jangle->log, RECEIVED_DEAD,
           JN_PAIRS(JN_TEXT("consumer", reader->consumer->name),
                    JN_TEXT("id", incoming->contents.id)),
           "%s: a message %s: %s", reader->consumer->name,
           incoming->told ? "is a dead letter at its broker" : "can never be taken",
           incoming->error.message);
}

static void report_message(const struct jn_reader *reader,
                           const struct jn_incoming *incoming)
{
    struct jn_endpoint *endpoint = reader->endpoint;
    struct jangle_endpoint_stats *stats = &endpoint->stats;

    jn_mutex_lock(&endpoint->mutex);
    stats->received++;
    stats->taken += incoming->state == JN_IN_TAKEN;
    stats->repeated += incoming->state == JN_IN_KNOWN;
    stats->ignored += incoming->state == JN_IN_IGNORED;
    stats->again += incoming->state == JN_IN_AGAIN;
    stats->dead += incoming->state == JN_IN_DEAD;
    stats->mismatched += incoming->mismatched;
    jn_mutex_unlock(&endpoint->mutex);
    if (incoming->state == JN_IN_DEAD)
        report_dead(reader, incoming);
    else if (incoming->state == JN_IN_TAKEN)
        JN_LOG(&endpoint->jangle->log, RECEIVED,
               JN_PAIRS(JN_TEXT("consumer", reader->consumer->name),
                        JN_TEXT("type", incoming->contents.type),
                        JN_TEXT("id", incoming->contents.id)),
               "taken");
    else if (incoming->state == JN_IN_KNOWN)
        JN_LOG(&endpoint->jangle->log, RECEIVED_AGAIN,
               JN_PAIRS(JN_TEXT("consumer", reader->consumer->name),
                        JN_TEXT("type", incoming->contents.type),
                        JN_TEXT("id", incoming->contents.id)),
               "known already");
}

void jn_intake_report(const struct jn_intake *intake)
{
    for (size_t i = 0; i < intake->count; i++)
        report_message(intake->reader, &intake->items[i]);
}

static bool is_to_tell(const struct jn_incoming *incoming)
{
    return !incoming->told && incoming->state != JN_IN_HAND;
}

/* The settlements of those that are not in hand any more. */
static size_t list_settlements(const struct jn_intake *intake,
                               struct jangle_settlement *settlements)
{
    size_t count = 0;

    for (size_t i = 0; i < intake->count; i++) {
        const struct jn_incoming *incoming = &intake->items[i];

        if (is_to_tell(incoming))
            settlements[count++] = (struct jangle_settlement){
                .parcel = incoming->parcel,
                .disposition = disposition_of(incoming->state),
                .delay_ms = incoming->delay_ms,
                .attempts = incoming->attempts,
                .reason = incoming->error.message,
            };
    }
    return count;
}

/* A log gives a message again only to who attaches behind an offset before it. */
static void check_copy(const struct jn_incoming *incoming,
                       const struct jangle_settlement *settlement,
                       struct jangle_error *error)
{
    bool must = settlement->disposition != JANGLE_TAKEN && incoming->log;

    if (must && settlement->result && !error->result)
        jn_fail(error, settlement->result,
                "the broker could not copy a message, which is read again: it returned "
                "%s; are the queues for retries and dead letters there?",
                JN_RESULT_SHOWN(settlement->result));
}

/* What the broker has not done is no outcome: the message comes again. */
static void note_told(struct jn_intake *intake,
                      struct jn_incoming *incoming,
                      const struct jangle_settlement *settlement)
{
    incoming->told = true;
    incoming->is_kept = !settlement->result;
    intake->settled++;
    report_message(intake->reader, incoming);
    if (!incoming->is_kept || !intake->attempts)
        return;
    jn_attempts_pass(intake->attempts);
    if (incoming->id)
        jn_attempts_note_settled(intake->attempts, incoming->id);
}

static void note_all_told(struct jn_intake *intake,
                          const struct jangle_settlement *settlements,
                          struct jangle_error *error)
{
    for (size_t i = 0; i < intake->count; i++) {
        struct jn_incoming *incoming = &intake->items[i];

        if (!is_to_tell(incoming))
            continue;
        check_copy(incoming, settlements, error);
        note_told(intake, incoming, settlements++);
    }
}

int64_t jn_intake_settle(struct jn_intake *intake, struct jangle_error *error)
{
    struct jangle_transport *transport = intake->reader->endpoint->transport;
    struct jangle_settlement *settlements;
    size_t count;

    jn_arena_reset(&intake->work);
    settlements = jangle_alloc(&intake->work, (intake->count + 1) * sizeof *settlements);
    if (!settlements) {
        jn_fail(error, JANGLE_NO_MEMORY, "out of memory");
        return 0;
    }
    count = list_settlements(intake, settlements);
    if (!count)
        return 0;
    JN_FAILPOINT("consumer.before_settle");
    transport->ops->settle(transport, settlements, count, error);
    JN_FAILPOINT("consumer.after_settle");
    note_all_told(intake, settlements, error);
    if (intake->offsets)
        jn_offsets_pass(intake->offsets, intake);
    if (intake->settled == intake->count)
        empty_intake(intake);
    return (int64_t)count;
}

/* One by one, because memory may be short. Nothing is sent: no parcel is this receiver's
 * any more, so each is CONFLICT, and the transport frees it. */
void jn_intake_return(struct jn_intake *intake,
                      const struct jangle_parcel *parcels,
                      size_t count)
{
    struct jangle_transport *transport = intake->reader->endpoint->transport;

    for (size_t i = 0; i < count; i++) {
        struct jangle_settlement given_back = {.parcel = &parcels[i],
                                               .disposition = JANGLE_AGAIN};

        transport->ops->settle(transport, &given_back, 1, NULL);
    }
}

void jn_intake_drop(struct jn_intake *intake)
{
    for (size_t i = 0; i < intake->count; i++)
        if (!intake->items[i].told)
            jn_intake_return(intake, intake->items[i].parcel, 1);
    empty_intake(intake);
}
