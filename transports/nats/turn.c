/* turn.c - of a queue in order only one receiver at a time gets messages.
 *
 * Who holds the turn tells the server again and again that it works on it. If it dies,
 * the turn is delivered to the next one, but not before all that the dead one had in hand
 * is due to be delivered again, too: so the next one gets that first, in its order. */
#include "nats/turn.h"
#include "nats/connection.h"
#include "nats/declare.h"
#include "nats/delivery.h"
#include "nats/message_read.h"
#include "nats/unsettled.h"

enum { SLACK_US = 200000 };

/* A process that was stopped for a while may find a turn that went on long ago. */
static bool
is_the_last(struct jn_nats *nats, const struct jn_nats_source *source, const char *reply)
{
    jsOptions options = jn_nats_asking();
    struct jn_nats_metadata metadata;
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    bool is;

    if (!jn_nats_metadata_read(reply, &metadata) ||
        js_GetConsumerInfo(&info, nats->context, source->stream, source->consumer,
                           &options, &code))
        return false;
    is = info->Delivered.Consumer == metadata.turn;
    jsConsumerInfo_Destroy(info);
    return is;
}

/* In doubt, yes. */
static bool has_unsettled(struct jn_nats *nats, const struct jn_nats_source *source)
{
    jsOptions options = jn_nats_asking();
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    bool has;

    if (js_GetConsumerInfo(&info, nats->context, source->stream, source->consumer,
                           &options, &code))
        return true;
    has = jn_nats_is_out(nats, info);
    jsConsumerInfo_Destroy(info);
    return has;
}

static bool has_any_unsettled(struct jn_nats *nats,
                              const struct jn_nats_attached *attached)
{
    for (size_t i = 0; i < attached->source_count; i++)
        if (has_unsettled(nats, &attached->sources[i]))
            return true;
    return false;
}

/* Who gives the turn up makes a new message of it. So one that was delivered before was
 * with a receiver that has ended without a word; or the server was killed, and has
 * forgotten that the turn was prolonged. What is out may then be due later than the turn,
 * so its time is let pass before anything is asked for. */
void jn_nats_turn_arrive(struct jn_nats *nats,
                         struct jn_nats_attached *attached,
                         const struct jn_nats_metadata *metadata,
                         natsMsg *message)
{
    struct jn_nats_turn *turn = &attached->turn;
    int64_t now_us = jn_monotonic_us();

    turn->source.pulling = false;
    jn_text_copy(turn->reply, sizeof turn->reply, natsMsg_GetReply(message));
    jn_nats_tell(nats, turn->reply, "+WPI"); /* or it may end while we look */
    turn->held = is_the_last(nats, &turn->source, turn->reply);
    turn->until_us = now_us + attached->ack_wait_us;
    turn->rest_until_us = turn->lost_us = 0;
    if (turn->held && metadata->delivered > 1 && has_any_unsettled(nats, attached))
        turn->rest_until_us = now_us + attached->ack_wait_us + SLACK_US;
}

void jn_nats_turn_give(struct jn_nats *nats, struct jn_nats_attached *attached)
{
    struct jn_nats_turn *turn = &attached->turn;
    bool gives =
        turn->held && jn_monotonic_us() < turn->until_us && jn_nats_is_connected(nats);
    natsMsg *answer = NULL;

    turn->held = false;
    if (!gives)
        return; /* it goes, or went, to the next one when its time is over */
    if (!natsConnection_RequestString(&answer, nats->connection, turn->reply, "+ACK",
                                      JN_NATS_CLOSE_MS))
        jn_nats_make_turn(nats, turn->source.stream, NULL);
    natsMsg_Destroy(answer);
}

bool jn_nats_turn_is_ours(struct jn_nats *nats, struct jn_nats_attached *attached)
{
    struct jn_nats_turn *turn = &attached->turn;
    int64_t now_us = jn_monotonic_us();

    if (!attached->queue.in_order)
        return true;
    if (turn->held && now_us >= turn->until_us)
        turn->held = false;
    if (!turn->held)
        return false;
    jn_nats_tell(nats, turn->reply, "+WPI");
    turn->until_us = now_us + attached->ack_wait_us;
    return true;
}

/* ---- a connection that has ended ------------------------------------------------- */

void jn_nats_turn_lose(struct jn_nats_attached *attached)
{
    struct jn_nats_turn *turn = &attached->turn;

    turn->lost_us = turn->held ? jn_monotonic_us() : 0;
    turn->held = false;
}

/* The requests of the old connection may have waited at the server for a while, and
 * something may have been sent into that connection. So it is looked at afterwards; but
 * not when the turn may be with somebody else. */
void jn_nats_turn_let_go(struct jn_nats *nats, struct jn_nats_attached *attached)
{
    struct jn_nats_turn *turn = &attached->turn;
    int64_t now_us = jn_monotonic_us();

    if (!turn->lost_us || now_us < turn->lost_us + JN_NATS_ORDERED_WAIT_US + SLACK_US)
        return;
    turn->lost_us = 0;
    turn->held = !has_any_unsettled(nats, attached) && jn_monotonic_us() < turn->until_us;
    jn_nats_turn_give(nats, attached);
}
