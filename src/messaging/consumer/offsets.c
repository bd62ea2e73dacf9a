/* offsets.c - how far a consumer has read each log of its broker: stored with what was
 * taken, and read when it attaches. */
#include "messaging/consumer/offsets.h"

#include "base/error.h"
#include "command/commands.h"
#include "command/round.h"
#include "messaging/consumer/intake.h"
#include "messaging/consumer/offset_names.h"

#include <string.h>

void jn_offsets_init(struct jn_offsets *offsets,
                     struct jangle *jangle,
                     const struct jangle_consumer *consumer,
                     const struct jn_inboxes *inboxes)
{
    *offsets =
        (struct jn_offsets){.jangle = jangle, .consumer = consumer, .inboxes = inboxes};
    jn_arena_init(&offsets->arena, &jangle->host.host.allocator);
}

void jn_offsets_finish(struct jn_offsets *offsets)
{
    jn_arena_finish(&offsets->arena);
    *offsets = (struct jn_offsets){0};
}

/* ---- the logs ------------------------------------------------------------- */

static struct jn_offset *
find_log(const struct jn_offsets *offsets, const char *queue, const char *log)
{
    for (size_t i = 0; i < offsets->logs.count; i++) {
        struct jn_offset *offset = &offsets->logs.items[i];

        if (!strcmp(offset->log, log) && !strcmp(offset->queue, queue))
            return offset;
    }
    return NULL;
}

/* NULL: out of memory. */
static struct jn_offset *
find_or_add_log(struct jn_offsets *offsets, const char *queue, const char *log)
{
    struct jangle_arena *arena = &offsets->arena;
    struct jn_offset *found = find_log(offsets, queue, log), added = {.stored = -1};

    if (found)
        return found;
    added.queue = jn_arena_copy_text(arena, queue);
    added.log = jn_arena_copy_text(arena, log);
    added.name = jn_offset_name_make(arena, offsets->consumer->name, queue, log);
    if (arena->failed)
        return NULL;
    return jangle_list_add_(arena, &offsets->logs, sizeof added, &added);
}

int jn_offsets_log_of(struct jn_offsets *offsets,
                      const struct jangle_parcel *parcel,
                      struct jangle_error *error)
{
    const struct jangle_log_offset *from = &parcel->offset;
    const struct jn_offset *offset;

    if (!from->log || !parcel->queue || from->offset < 0 || from->offset == INT64_MAX)
        return 0;
    offset = find_or_add_log(offsets, parcel->queue, from->log);
    if (offset)
        return (int)(offset - offsets->logs.items) + 1;
    offsets->is_read = false;
    jn_fail(error, JANGLE_NO_MEMORY, "out of memory for the offset of a log");
    return 0;
}

/* ---- what the store has --------------------------------------------------- */

static const char *queue_of(const struct jn_offsets *offsets,
                            const struct jn_offset_name *name)
{
    for (size_t i = 0; i < offsets->inboxes->count; i++) {
        const char *queue = offsets->inboxes->items[i].queue.name;

        if (strlen(queue) == name->queue_size &&
            !memcmp(queue, name->queue, name->queue_size))
            return queue;
    }
    return NULL;
}

/* What an operator has resumed is read from its first message. */
static enum jangle_result take_checkpoint(void *context,
                                          const struct jangle_checkpoint *checkpoint)
{
    struct jn_offsets *offsets = context;
    struct jn_offset_name name;
    const char *queue;
    struct jn_offset *offset;
    bool lost = checkpoint->suspended_for == JANGLE_SUSPENDED_OFFSET;

    jn_offset_name_read(checkpoint->subscriber, offsets->consumer->name, &name);
    queue = queue_of(offsets, &name);
    if (!queue)
        return JANGLE_OK;
    offset = find_or_add_log(offsets, queue, name.log);
    if (!offset)
        return JANGLE_NO_MEMORY;
    if (offset->lost || checkpoint->position > offset->next)
        offset->next = checkpoint->position;
    offset->stored = checkpoint->position;
    offset->lost = lost;
    memcpy(offset->reason, checkpoint->reason, sizeof offset->reason);
    return JANGLE_OK;
}

/* After memory ran out, what is not stored is read again, too. */
enum jangle_result jn_offsets_read(struct jn_offsets *offsets, struct jangle_error *error)
{
    enum jangle_result result;

    if (offsets->arena.failed) {
        jn_arena_reset(&offsets->arena);
        memset(&offsets->logs, 0, sizeof offsets->logs);
    }
    result = jn_offset_names_visit(offsets->jangle, offsets->consumer->name,
                                   take_checkpoint, offsets, error);
    if (result == JANGLE_NO_MEMORY)
        jn_fail(error, result, "out of memory for the offsets of logs");
    offsets->is_read = !result;
    return result;
}

static struct jangle_checkpoint move_of(const struct jn_offset *offset, int64_t next)
{
    return (struct jangle_checkpoint){
        .subscriber = offset->name, .from = offset->stored, .position = next};
}

/* What became of a checkpoint that was given to the store. */
static void note_move(struct jn_offsets *offsets,
                      const struct jangle_checkpoint *checkpoint)
{
    for (size_t i = 0; i < offsets->logs.count; i++) {
        struct jn_offset *offset = &offsets->logs.items[i];

        if (offset->name != checkpoint->subscriber)
            continue;
        if (checkpoint->error.result)
            offsets->is_read = false;
        else
            offset->stored = offset->next = checkpoint->position;
    }
}

/* Store checkpoints now, in a commit of their own. */
static enum jangle_result store_moves(struct jn_offsets *offsets,
                                      struct jangle_checkpoint *checkpoints,
                                      size_t count,
                                      struct jangle_error *error)
{
    struct jangle_group group = {.checkpoints = checkpoints, .checkpoint_count = count};
    struct jangle_store *store = offsets->jangle->store;
    enum jangle_result result = store->ops->commit(store, &group, error);

    if (result)
        offsets->is_read = false;
    if (result)
        return result;
    for (size_t i = 0; i < count; i++) {
        note_move(offsets, &checkpoints[i]);
        if (!result)
            result = jn_fail_as(error, &checkpoints[i].error);
    }
    return result;
}

static bool has_news(const struct jn_offset *offset, int64_t next)
{
    return !offset->lost && next > 0 && next > offset->stored;
}

/* The checkpoints of logs that are planned to be read further than the store knows. */
static size_t list_moves(const struct jn_offsets *offsets,
                         struct jangle_checkpoint *checkpoints)
{
    size_t count = 0;

    for (size_t i = 0; i < offsets->logs.count; i++) {
        const struct jn_offset *offset = &offsets->logs.items[i];

        if (has_news(offset, offset->planned))
            checkpoints[count++] = move_of(offset, offset->planned);
    }
    return count;
}

static bool are_unsaved(struct jn_offsets *offsets)
{
    bool unsaved = false;

    for (size_t i = 0; i < offsets->logs.count; i++) {
        struct jn_offset *offset = &offsets->logs.items[i];

        offset->planned = offset->next;
        unsaved |= has_news(offset, offset->next);
    }
    return unsaved;
}

enum jangle_result jn_offsets_save(struct jn_offsets *offsets, struct jangle_error *error)
{
    const struct jangle_allocator *allocator = &offsets->jangle->host.host.allocator;
    struct jangle_checkpoint *moves;
    enum jangle_result result =
        offsets->is_read ? JANGLE_OK : jn_offsets_read(offsets, error);

    if (result || !are_unsaved(offsets))
        return result;
    moves = jn_new(allocator, offsets->logs.count * sizeof *moves);
    if (!moves)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory for the offsets of logs");
    result = store_moves(offsets, moves, list_moves(offsets, moves), error);
    jn_free(allocator, moves);
    return result;
}

/* ---- attach --------------------------------------------------------------- */

const struct jn_offset *jn_offsets_lost(const struct jn_offsets *offsets)
{
    for (size_t i = 0; i < offsets->logs.count; i++)
        if (offsets->logs.items[i].lost)
            return &offsets->logs.items[i];
    return NULL;
}

/* Keep what the transport says of it, with both numbers. */
static enum jangle_result lose_offset(struct jn_offsets *offsets,
                                      struct jn_offset *offset,
                                      const struct jangle_error *why,
                                      struct jangle_error *error)
{
    struct jangle_checkpoint lost = move_of(offset, offset->next);
    enum jangle_result result;

    lost.suspended_for = JANGLE_SUSPENDED_OFFSET;
    lost.suspended_at = jn_host_now(&offsets->jangle->host);
    jn_text_show(lost.reason, sizeof lost.reason, why->message);
    result = store_moves(offsets, &lost, 1, error);
    if (result)
        return result;
    offset->lost = true;
    memcpy(offset->reason, lost.reason, sizeof offset->reason);
    return JANGLE_OK;
}

static struct jangle_log_offset last_of(const struct jn_offset *offset)
{
    return (struct jangle_log_offset){.log = offset->log, .offset = offset->next - 1};
}

static bool is_given(const struct jn_offset *offset, const struct jangle_queue *queue)
{
    return offset->next > 0 && !strcmp(offset->queue, queue->name);
}

/* The transport refuses an offset: find out which, by each alone. */
static enum jangle_result find_lost(struct jn_offsets *offsets,
                                    struct jangle_transport *transport,
                                    const struct jangle_queue *queue,
                                    struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < offsets->logs.count; i++) {
        struct jn_offset *offset = &offsets->logs.items[i];
        struct jangle_log_offset given = last_of(offset);
        struct jangle_error why = {0};

        if (is_given(offset, queue) &&
            transport->ops->attach(transport, queue, &given, 1, &why) == JANGLE_INVALID)
            result = lose_offset(offsets, offset, &why, error);
        transport->ops->detach(transport, queue->name, NULL);
    }
    return result;
}

enum jangle_result jn_offsets_attach(struct jn_offsets *offsets,
                                     struct jangle_transport *transport,
                                     const struct jangle_queue *queue,
                                     struct jangle_error *error)
{
    const struct jangle_allocator *allocator = &offsets->jangle->host.host.allocator;
    struct jangle_log_offset *given =
        jn_new(allocator, (offsets->logs.count + 1) * sizeof *given);
    size_t count = 0;
    enum jangle_result result, lost = JANGLE_OK;

    if (!given)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory for the offsets of logs");
    for (size_t i = 0; i < offsets->logs.count; i++)
        if (is_given(&offsets->logs.items[i], queue))
            given[count++] = last_of(&offsets->logs.items[i]);
    result = transport->ops->attach(transport, queue, given, count, error);
    jn_free(allocator, given);
    if (result == JANGLE_INVALID && count)
        lost = find_lost(offsets, transport, queue, error);
    return lost ? lost : result;
}

/* ---- what is done --------------------------------------------------------- */

/* With the round that is under way, or without it. */
static bool is_done(const struct jn_incoming *incoming, bool with_round)
{
    size_t soon = incoming->done + incoming->in_round;

    switch (incoming->state) {
    case JN_IN_TAKEN:
    case JN_IN_KNOWN:
    case JN_IN_IGNORED:
        return true;
    case JN_IN_AGAIN:
    case JN_IN_DEAD:
        return incoming->is_kept;
    case JN_IN_HAND:
        break;
    }
    return with_round && soon == jn_incoming_steps(incoming);
}

/* Find out up to where the messages of each log are done, from the first on. */
static void
plan_all(struct jn_offsets *offsets, const struct jn_intake *intake, bool with_round)
{
    for (size_t i = 0; i < offsets->logs.count; i++) {
        offsets->logs.items[i].planned = offsets->logs.items[i].next;
        offsets->logs.items[i].is_held = false;
    }
    for (size_t i = 0; i < intake->count; i++) {
        const struct jn_incoming *incoming = &intake->items[i];
        struct jn_offset *offset;

        if (!incoming->log)
            continue;
        offset = &offsets->logs.items[incoming->log - 1];
        if (!is_done(incoming, with_round))
            offset->is_held = true;
        else if (!offset->is_held && incoming->next > offset->planned)
            offset->planned = incoming->next;
    }
}

void jn_offsets_plan(struct jn_offsets *offsets,
                     const struct jn_intake *intake,
                     struct jn_round *round)
{
    size_t count = offsets->logs.count;

    if (!round->count || !count || !offsets->is_read)
        return;
    round->checkpoints = jangle_alloc(round->arena, count * sizeof *round->checkpoints);
    if (!round->checkpoints)
        return;
    plan_all(offsets, intake, true);
    count = list_moves(offsets, round->checkpoints);
    round->checkpoint_count = count < JN_CARRIED_LIMIT ? count : JN_CARRIED_LIMIT;
}

void jn_offsets_settle(struct jn_offsets *offsets, const struct jn_round *round)
{
    for (size_t i = 0; i < round->checkpoint_count; i++)
        note_move(offsets, &round->checkpoints[i]);
}

void jn_offsets_pass(struct jn_offsets *offsets, const struct jn_intake *intake)
{
    plan_all(offsets, intake, false);
    for (size_t i = 0; i < offsets->logs.count; i++)
        offsets->logs.items[i].next = offsets->logs.items[i].planned;
}
