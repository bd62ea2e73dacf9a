/* tills.c - a small domain for sagas: tills between which money is moved. */
#include "support/domains/tills.h"

#include "core/engine.h"

#include <stdio.h>
#include <string.h>

JANGLE_COMMAND(open_till, till_id, amount);
JANGLE_COMMAND(close_till, till_id);
JANGLE_COMMAND(pay_out, till_id, move_id, to_id, amount);
JANGLE_COMMAND(pay_in, till_id, move_id, amount);
JANGLE_COMMAND(give_back, till_id, move_id, amount);
JANGLE_COMMAND(call_move, till_id, move_id, word);

JANGLE_EVENT(till_opened, amount);
JANGLE_EVENT(till_closed, amount);
JANGLE_EVENT(paid_out, move_id, to_id, amount);
JANGLE_EVENT(paid_in, move_id, amount);
JANGLE_EVENT(given_back, move_id, amount);
JANGLE_EVENT(move_called, move_id, word);
JANGLE_EVENT(call_counted, count);

JANGLE_STRUCT(move_state, from_id, to_id, amount, calls);

/* ---- tills ------------------------------------------------------------------- */

struct till_state {
    bool open;
    int64_t content;
};

static JANGLE_STRUCT(till_state, open, content);

static enum jangle_result decide_open(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    const struct open_till *open = command->data;

    (void)state;
    return jangle_emit(decision, till_opened, .amount = open->amount);
}

static enum jangle_result decide_close(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct till_state *till = state;

    (void)command;
    return till->open ? jangle_emit(decision, till_closed, .amount = till->content)
                      : jangle_reject(decision, "the till is closed");
}

static enum jangle_result decide_pay_out(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    const struct till_state *till = state;
    const struct pay_out *pay = command->data;

    if (!till->open)
        return jangle_reject(decision, "the till is closed");
    if (till->content < pay->amount)
        return jangle_reject(decision, "there is too little in it");
    return jangle_emit(decision, paid_out, .move_id = pay->move_id, .to_id = pay->to_id,
                       .amount = pay->amount);
}

static enum jangle_result decide_pay_in(struct jangle_decision *decision,
                                        const void *state,
                                        const struct jangle_command *command)
{
    const struct till_state *till = state;
    const struct pay_in *pay = command->data;

    if (!till->open)
        return jangle_reject(decision, "the till is closed");
    return jangle_emit(decision, paid_in, .move_id = pay->move_id, .amount = pay->amount);
}

static enum jangle_result decide_give_back(struct jangle_decision *decision,
                                           const void *state,
                                           const struct jangle_command *command)
{
    const struct give_back *give = command->data;

    (void)state;
    return jangle_emit(decision, given_back, .move_id = give->move_id,
                       .amount = give->amount);
}

static enum jangle_result decide_call(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    const struct call_move *call = command->data;

    (void)state;
    return jangle_emit(decision, move_called, .move_id = call->move_id,
                       .word = call->word);
}

static void apply_opened(void *state, const struct jangle_event *event)
{
    struct till_state *till = state;
    const struct till_opened *opened = event->data;

    till->open = true;
    till->content += opened->amount;
}

static void apply_closed(void *state, const struct jangle_event *event)
{
    struct till_state *till = state;

    (void)event;
    till->open = false;
}

static void apply_out(void *state, const struct jangle_event *event)
{
    struct till_state *till = state;
    const struct paid_out *out = event->data;

    till->content -= out->amount;
}

static void apply_in(void *state, const struct jangle_event *event)
{
    struct till_state *till = state;
    const struct paid_in *in = event->data;

    till->content += in->amount;
}

static void apply_back(void *state, const struct jangle_event *event)
{
    struct till_state *till = state;
    const struct given_back *back = event->data;

    till->content += back->amount;
}

const struct jangle_aggregate till_aggregate = {
    .name = "till",
    .state = &till_state,
    .commands = JANGLE_DECIDERS({&open_till, decide_open},
                                {&close_till, decide_close},
                                {&pay_out, decide_pay_out},
                                {&pay_in, decide_pay_in},
                                {&give_back, decide_give_back},
                                {&call_move, decide_call}),
    .events = JANGLE_APPLIERS({&till_opened, apply_opened},
                              {&till_closed, apply_closed},
                              {&paid_out, apply_out},
                              {&paid_in, apply_in},
                              {&given_back, apply_back},
                              {&move_called, NULL})};

/* ---- the saga ---------------------------------------------------------------- */

void apply_paid_out(void *state, const struct jangle_event *event)
{
    struct move_state *move = state;
    const struct paid_out *out = event->data;

    move->from_id = event->aggregate_id;
    move->to_id = out->to_id;
    move->amount = out->amount;
}

void apply_call_counted(void *state, const struct jangle_event *event)
{
    struct move_state *move = state;
    const struct call_counted *counted = event->data;

    move->calls += counted->count;
}

enum jangle_result move_react_paid_out(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event)
{
    const struct move_state *move = state;
    enum jangle_result result;

    (void)event;
    jangle_turn_timeout_at(turn, (jangle_time){turn->at.us + INT64_C(3600000000)});
    result = jangle_turn_send(turn, pay_in, .till_id = move->to_id, .move_id = turn->id,
                              .amount = move->amount);
    if (result == JANGLE_REJECTED)
        result = jangle_turn_send(turn, give_back, .till_id = move->from_id,
                                  .move_id = turn->id, .amount = move->amount);
    return result ? result : jangle_turn_finish(turn);
}

enum jangle_result move_on_timeout(struct jangle_turn *turn,
                                   const void *state,
                                   const struct jangle_event *event)
{
    const struct move_state *move = state;
    enum jangle_result result = JANGLE_OK;

    (void)event;
    if (jangle_turn_recall(turn, &pay_in) != JANGLE_OK &&
        jangle_turn_recall(turn, &give_back) != JANGLE_OK)
        result = jangle_turn_send(turn, give_back, .till_id = move->from_id,
                                  .move_id = turn->id, .amount = move->amount);
    return result ? result : jangle_turn_finish(turn);
}

const struct jangle_saga move_saga = {
    .name = "move",
    .state = &move_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events =
        JANGLE_APPLIERS({&paid_out, apply_paid_out}, {&call_counted, apply_call_counted}),
    .reactions = JANGLE_REACTIONS({&paid_out, move_react_paid_out}),
    .on_timeout = move_on_timeout,
    .start = JANGLE_FROM_FIRST,
};

/* ---- the world with sagas ---------------------------------------------------- */

static const struct jangle_aggregates aggregates = JANGLE_AGGREGATES(&till_aggregate);

bool tills_try_open(struct world *world, const struct jangle_saga *saga)
{
    static const struct jangle_saga *sagas[1];

    sagas[0] = saga;
    world->config.aggregates = aggregates;
    world->config.sagas = (struct jangle_sagas){saga ? sagas : NULL, saga != NULL};
    return world_try_open(world, NULL);
}

void tills_open(struct world *world, const struct jangle_saga *saga)
{
    struct jangle_stats stats;

    if (!tills_try_open(world, saga))
        fail_msg("%s", world->error.message);
    jangle_measure(world->jangle, &stats);
    if (stats.position)
        return;
    assert_result(
        jangle_send(world->jangle, NULL, open_till, .till_id = "a", .amount = 100),
        JANGLE_OK);
    assert_result(jangle_send(world->jangle, NULL, open_till, .till_id = "b"), JANGLE_OK);
}

enum jangle_result tills_pay_out(struct world *world,
                                 const char *till,
                                 const char *move,
                                 const char *to,
                                 int64_t amount)
{
    return jangle_send(world->jangle, NULL, pay_out, .till_id = till, .move_id = move,
                       .to_id = to, .amount = amount);
}

struct counting {
    const struct jangle_message *type; /* NULL: sum */
    int64_t sum;
    int count;
};

static int64_t amount_in(const struct jangle_record *record)
{
    char text[200] = "";
    const char *found;
    long long amount = 0;

    snprintf(text, sizeof text, "%.*s", (int)record->payload_size,
             (const char *)record->payload);
    found = strstr(text, "\"amount\":");
    if (found)
        sscanf(found, "\"amount\":%lld", &amount);
    return amount;
}

static enum jangle_result visit(void *context, const struct jangle_record *record)
{
    struct counting *counting = context;

    if (counting->type)
        counting->count += !strcmp(record->type, counting->type->name);
    else if (!strcmp(record->type, "paid_out"))
        counting->sum -= amount_in(record);
    else if (strcmp(record->type, "till_closed") != 0)
        counting->sum += amount_in(record);
    return JANGLE_OK;
}

static void read_till(struct world *world, const char *till, struct counting *counting)
{
    struct jangle_store *store = world->jangle->store;

    assert_result(store->ops->read_stream(store, "till", till, 0, visit, counting, NULL),
                  JANGLE_OK);
}

int64_t tills_content(struct world *world, const char *till)
{
    struct counting counting = {0};

    read_till(world, till, &counting);
    return counting.sum;
}

int tills_count(struct world *world, const char *till, const struct jangle_message *type)
{
    struct counting counting = {.type = type};

    read_till(world, till, &counting);
    return counting.count;
}

struct search {
    const struct jangle_message *type;
    char move[40]; /* as it is in a payload */
    int count;
};

static enum jangle_result look(void *context, const struct jangle_record *record)
{
    struct search *search = context;
    char text[200] = "";

    snprintf(text, sizeof text, "%.*s", (int)record->payload_size,
             (const char *)record->payload);
    search->count +=
        !strcmp(record->type, search->type->name) && strstr(text, search->move);
    return JANGLE_OK;
}

int tills_count_of(struct world *world,
                   const struct jangle_message *type,
                   const char *move)
{
    struct jangle_store *store = world->jangle->store;
    struct search search = {.type = type};

    snprintf(search.move, sizeof search.move, "\"move_id\":\"%s\"", move);
    assert_result(store->ops->read_all(store, 0, INT32_MAX, look, &search, NULL),
                  JANGLE_OK);
    return search.count;
}

struct answer {
    const char *type, *name;
};

static enum jangle_result find_answer(void *context,
                                      const struct jangle_saga_record *record)
{
    struct answer *answer = context;

    for (size_t i = record->step_count; i-- > 0;)
        if (!strcmp(record->steps[i].type, answer->type))
            answer->name = jangle_result_name(record->steps[i].result);
    return JANGLE_OK;
}

const char *
tills_answer(struct world *world, const char *saga, const char *id, const char *type)
{
    struct jangle_store *store = world->jangle->store;
    struct answer answer = {type, ""};

    store->ops->read_saga(store, saga, id, find_answer, &answer, NULL);
    return answer.name;
}

static enum jangle_result tell(void *context, const struct jangle_saga_record *record)
{
    static const char *const names[] = {"open", "finished", "parked"};
    char *text = context;

    snprintf(text, 40, "%s %zu", names[record->status], record->step_count);
    return JANGLE_OK;
}

const char *tills_saga(struct world *world, const char *saga, const char *id)
{
    static char text[40];
    struct jangle_store *store = world->jangle->store;

    snprintf(text, sizeof text, "none");
    store->ops->read_saga(store, saga, id, tell, text, NULL);
    return text;
}
