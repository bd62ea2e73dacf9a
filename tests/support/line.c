/* line.c - commands that wait in line for the lock of one stream, without threads. */
#include "support/line.h"

#include "command/command.h"
#include "command/commands.h"
#include "command/stream_entry.h"
#include "support/test.h"

void line_begin(struct line *line, struct jangle *jangle)
{
    memset(line, 0, sizeof *line);
    line->jangle = jangle;
}

static struct jn_stream_locks *locks_of(const struct line *line)
{
    return &line->jangle->commands->locks;
}

static void init_sender(struct line_sender *sender,
                        struct jangle *jangle,
                        const struct jangle_message *type,
                        const void *data)
{
    struct jn_sending *sending = &sender->sending;

    *sending = (struct jn_sending){
        .jangle = jangle,
        .outcome = &sender->outcome,
        .error = &sender->outcome.error,
        .command = {.type = type,
                    .data = data,
                    .arena = &sending->arena,
                    .at = jn_host_now(&jangle->host)},
    };
    jn_arena_init(&sending->arena, &jangle->host.host.allocator);
    jn_chain_member_init(&sender->member, sending);
}

/* What jn_stream_locks_join does, up to where the thread goes to sleep. */
static void wait_in_line(struct line *line, struct line_sender *sender)
{
    struct jn_stream_waiter *waiter = &sender->member.waiter;

    assert_false(jn_cond_init(&waiter->woken));
    waiter->wait = JN_WAIT_IN_QUEUE;
    jn_queue_put(&line->lock->waiters, &waiter->link);
}

static void
answer(struct line *line, struct line_sender *sender, enum jangle_result result)
{
    sender->result = result;
    sender->answered = true;
    sender->step = line->steps;
}

struct line_sender *line_join(struct line *line,
                              const struct jangle_envelope *envelope,
                              const struct jangle_message *type,
                              const void *data)
{
    struct line_sender *sender = &line->senders[line->count];
    struct jn_sending *sending = &sender->sending;
    enum jangle_result result;

    assert_true(line->count < LINE_LIMIT);
    init_sender(sender, line->jangle, type, data);
    result = jn_sending_check(sending, envelope, data);
    line->count++;
    if (result) {
        answer(line, sender, result);
        return sender;
    }
    if (line->lock) {
        wait_in_line(line, sender);
        return sender;
    }
    assert_result(jn_stream_locks_join(locks_of(line), sending->route->aggregate->name,
                                       sending->command.aggregate_id, -1,
                                       &sender->member.waiter, &line->lock, NULL),
                  JANGLE_OK);
    return sender;
}

static struct line_sender *find_holder(struct line *line)
{
    for (size_t i = 0; i < line->count; i++) {
        struct line_sender *sender = &line->senders[i];

        if (!sender->answered && sender->member.waiter.wait == JN_WAIT_HAS_LOCK)
            return sender;
    }
    return NULL;
}

bool line_step(struct line *line)
{
    struct line_sender *holder = find_holder(line);
    enum jangle_result result;

    if (!holder)
        return false;
    line->steps++;
    holder->sending.lock = line->lock;
    result = jn_sending_repeat(&holder->sending);
    answer(line, holder, result);
    for (size_t i = 0; i < line->count; i++) {
        struct line_sender *sender = &line->senders[i];

        if (!sender->answered && sender->member.waiter.wait == JN_WAIT_ANSWERED)
            answer(line, sender, sender->member.result);
    }
    jn_stream_locks_release(locks_of(line), holder->sending.lock);
    if (!find_holder(line))
        line->lock = NULL;
    return true;
}

void line_run(struct line *line)
{
    while (line_step(line))
        ;
    for (size_t i = 0; i < line->count; i++)
        assert_true(line->senders[i].answered);
}

void line_end(struct line *line)
{
    for (size_t i = 0; i < line->count; i++)
        jn_arena_finish(&line->senders[i].sending.arena);
    line->count = 0;
}
