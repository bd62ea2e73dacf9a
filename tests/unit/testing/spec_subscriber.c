/* spec_subscriber.c - given, when, then for handlers and views: what holds passes, and
 * each thing that does not hold is named. */
#include "support/domains/complaints.h"
#include "support/domains/purse.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include "testing/spec.h"
#include "testing/spec_open.h"

#include <string.h>

static struct jangle_spec *spec;

/* ---- a view ------------------------------------------------------------------ */

struct get_purse {
    const char *purse_id;
};

struct purse_line {
    const char *purse_id;
    int64_t total;
    int64_t version;
    int64_t times; /* that an event came */
};

struct get_riches {
    jangle_nothing nothing;
};

struct riches {
    int64_t total;
    const char *shop; /* of config.context */
};

static JANGLE_STRUCT(purse_line, purse_id, total, version, times);
static JANGLE_STRUCT(riches, total, shop);
static JANGLE_QUERY(get_purse, purse_id, answer(purse_line));
static JANGLE_QUERY(get_riches, nothing, answer(riches));

static enum jangle_result on_put_in(struct jangle_delivery *delivery,
                                    const struct jangle_event *event)
{
    const struct coins_put_in *put = event->data;

    jangle_view_run(delivery->view,
                    "INSERT INTO purses (purse_id, total, version, times)"
                    " VALUES (?, ?, ?, 1) ON CONFLICT (purse_id) DO UPDATE SET"
                    " total = excluded.total, version = excluded.version,"
                    " times = times + 1",
                    event->aggregate_id, put->total, event->version);
    if (put->amount == 13)
        return jangle_delivery_reject(delivery, "13 brings no luck");
    if (put->amount == 14)
        return jangle_delivery_fail(delivery, JANGLE_TIMEOUT, "not at attempt %d",
                                    delivery->attempt);
    if (put->amount == 15)
        return jangle_delivery_send(delivery, put_in, .purse_id = "1", .amount = 1);
    if (put->amount == 16)
        return jangle_view_run(delivery->view, "DELETE FROM nowhere");
    return JANGLE_OK;
}

static enum jangle_result answer_purse(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    const struct get_purse *get = query->data;

    return jangle_answer_row(answer, query->view,
                             "SELECT purse_id, total, version, times FROM purses"
                             " WHERE purse_id = ?",
                             get->purse_id);
}

/* Of purse 1, as its own view has it. */
static enum jangle_result answer_riches(struct jangle_answer *answer,
                                        const struct jangle_query *query)
{
    struct jangle_answer inner = {0};
    enum jangle_result result =
        jangle_ask(query->jangle, &inner, get_purse, .purse_id = "1");

    if (!result)
        result = jangle_answer_with(
            answer, riches, .total = ((const struct purse_line *)inner.data)->total,
            .shop = query->program);
    jangle_answer_free(&inner);
    return result;
}

static const struct jangle_subscriber purses_view = {
    .name = "purses",
    .handlers = JANGLE_HANDLERS({&coins_put_in, on_put_in}),
    .answerers =
        JANGLE_ANSWERERS({&get_purse, answer_purse}, {&get_riches, answer_riches}),
    .order = JANGLE_ANY_ORDER,
    .schema =
        "CREATE TABLE purses (purse_id TEXT PRIMARY KEY, total INTEGER,"
        " version INTEGER, times INTEGER)",
    .file = "not/there/purses.db",
};

/* ---- a side effect ----------------------------------------------------------- */

/* Takes out what was put in; what the purse answers decides. */
static enum jangle_result on_put_in_too(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    const struct coins_put_in *put = event->data;

    if (put->amount == 99)
        return jangle_delivery_retry_in(delivery, 5000);
    if (jangle_delivery_send(delivery, take_out, .purse_id = event->aggregate_id,
                             .amount = put->amount) == JANGLE_REJECTED)
        jangle_delivery_send(delivery, report_purse, .purse_id = event->aggregate_id);
    return delivery->outcome.error.result;
}

static const struct jangle_subscriber taker = {
    .name = "taker",
    .handlers = JANGLE_HANDLERS({&coins_put_in, on_put_in_too}),
};

/* ---- what holds -------------------------------------------------------------- */

static int open_view(void **state)
{
    (void)state;
    spec = jangle_spec_subscriber(&purses_view);
    jangle_spec_from(spec, "1");
    return 0;
}

static int open_taker(void **state)
{
    (void)state;
    spec = jangle_spec_subscriber(&taker);
    jangle_spec_from(spec, "1");
    return 0;
}

static int assert_all_held(void **state)
{
    (void)state;
    return jangle_spec_close(spec);
}

static void a_view_answers_what_it_was_given(void **state)
{
    (void)state;
    jangle_given(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_when(spec, coins_put_in, .amount = 2, .total = 7);
    jangle_then_done(spec);
    jangle_then_nothing(spec);
    jangle_when_asked(spec, get_purse, .purse_id = "1");
    jangle_then_answer(spec, purse_line, .purse_id = "1", .total = 7, .version = 2,
                       .times = 2);
    jangle_when_asked(spec, get_purse, .purse_id = "2");
    jangle_then_failed(spec, JANGLE_NOT_FOUND, "");
}

static void each_aggregate_has_a_stream_of_its_own(void **state)
{
    (void)state;
    jangle_given(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_spec_from(spec, "2");
    jangle_given(spec, coins_put_in, .amount = 3, .total = 3);
    jangle_spec_from(spec, "1");
    jangle_given(spec, coins_put_in, .amount = 1, .total = 6);
    jangle_when_asked(spec, get_purse, .purse_id = "2");
    jangle_then_answer(spec, purse_line, .purse_id = "2", .total = 3, .version = 1,
                       .times = 1);
    jangle_when_asked(spec, get_purse, .purse_id = "1");
    jangle_then_answer(spec, purse_line, .purse_id = "1", .total = 6, .version = 2,
                       .times = 2);
}

static void what_a_failed_handler_wrote_is_undone(void **state)
{
    static const int64_t amounts[] = {13, 14, 15, 16};

    (void)state;
    jangle_given(spec, coins_put_in, .amount = 5, .total = 5);
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        jangle_when(spec, coins_put_in, .amount = amounts[i], .total = 100);
        if (amounts[i] == 13)
            jangle_then_rejected(spec, "13 brings no luck");
        else if (amounts[i] == 14)
            jangle_then_failed(spec, JANGLE_TIMEOUT, "not at attempt 1");
        else if (amounts[i] == 15)
            jangle_then_failed(spec, JANGLE_INVALID,
                               "put_in: a view cannot send commands");
        else
            jangle_then_invalid(spec, "nowhere");
    }
    jangle_when_asked(spec, get_purse, .purse_id = "1");
    jangle_then_answer(spec, purse_line, .purse_id = "1", .total = 5, .version = 1,
                       .times = 1);
}

static void an_event_can_come_again(void **state)
{
    (void)state;
    jangle_when(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_when_run_again(spec);
    jangle_then_done(spec);
    jangle_when_asked(spec, get_purse, .purse_id = "1");
    jangle_then_answer(spec, purse_line, .purse_id = "1", .total = 5, .version = 1,
                       .times = 2);
    jangle_when(spec, coins_put_in, .amount = 14, .total = 5);
    jangle_then_failed(spec, JANGLE_TIMEOUT, "not at attempt 1");
    jangle_when_run_again(spec);
    jangle_then_failed(spec, JANGLE_TIMEOUT, "not at attempt 2");
}

static void an_answerer_asks_and_has_its_program(void **state)
{
    static char shop[] = "baker";

    (void)state;
    jangle_spec_program(spec, shop);
    jangle_given(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_when_asked(spec, get_riches, 0);
    jangle_then_answer(spec, riches, .total = 5, .shop = "baker");
}

static void what_a_handler_sends_is_named(void **state)
{
    (void)state;
    jangle_when(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_then_to(spec, &purse_aggregate, "1", take_out, .purse_id = "1", .amount = 5);
    jangle_then_nothing(spec);
    jangle_then_done(spec);
    jangle_when(spec, coins_put_in, .amount = 99, .total = 5);
    jangle_then_retry_in(spec, 5000);
}

static void answers_to_a_handler_are_told(void **state)
{
    (void)state;
    jangle_given_answer(spec, take_out, JANGLE_REJECTED, "too few");
    jangle_when(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_then(spec, take_out, .purse_id = "1", .amount = 5);
    jangle_then(spec, report_purse, .purse_id = "1");
    jangle_given_answer(spec, report_purse, JANGLE_BUSY, "later");
    jangle_when(spec, coins_put_in, .amount = 6, .total = 6);
    jangle_then(spec, take_out, .purse_id = "1", .amount = 6);
    jangle_then(spec, report_purse, .purse_id = "1");
    jangle_then_failed(spec, JANGLE_BUSY, "report_purse: later");
}

/* As after a crash: each command is sent once, and answered from the record then. */
static void a_command_that_was_sent_does_not_come_again(void **state)
{
    (void)state;
    jangle_given_answer(spec, take_out, JANGLE_REJECTED, "too few");
    jangle_given_answer(spec, report_purse, JANGLE_BUSY, "later");
    jangle_when(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_then(spec, take_out, .purse_id = "1", .amount = 5);
    jangle_then(spec, report_purse, .purse_id = "1");
    jangle_then_failed(spec, JANGLE_BUSY, "later");
    jangle_given_answer(spec, report_purse, JANGLE_OK, "");
    jangle_when_run_again(spec);
    jangle_then(spec, report_purse, .purse_id = "1");
    jangle_then_nothing(spec);
    jangle_when_run_again(spec);
    jangle_then_nothing(spec);
    /* Another event is another matter. */
    jangle_given(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_then_nothing(spec);
}

/* ---- what does not ----------------------------------------------------------- */

static void view_given_five(void)
{
    open_view(NULL);
    jangle_given(spec, coins_put_in, .amount = 5, .total = 5);
}

static void another_answer(void)
{
    view_given_five();
    jangle_when_asked(spec, get_purse, .purse_id = "1");
    jangle_then_answer(spec, purse_line, .purse_id = "1", .total = 6, .version = 1,
                       .times = 1);
}

static void an_answer_of_another_type(void)
{
    view_given_five();
    jangle_when_asked(spec, get_purse, .purse_id = "1");
    jangle_then_answer(spec, riches, .total = 5, .shop = "");
}

static void an_answer_that_nobody_named(void)
{
    view_given_five();
    jangle_when_asked(spec, get_purse, .purse_id = "1");
}

static void an_answer_that_nothing_may_follow(void)
{
    view_given_five();
    jangle_when_asked(spec, get_purse, .purse_id = "1");
    jangle_then_nothing(spec);
}

static void an_answer_where_there_is_none(void)
{
    view_given_five();
    jangle_when_asked(spec, get_purse, .purse_id = "2");
    jangle_then_answer(spec, purse_line, .purse_id = "2", .total = 5);
}

static void an_answer_without_a_question(void)
{
    view_given_five();
    jangle_then_answer(spec, purse_line, .purse_id = "1", .total = 5);
}

static void a_question_that_failed(void)
{
    view_given_five();
    jangle_when_asked(spec, get_purse, .purse_id = "2");
}

static void a_question_to_nobody(void)
{
    open_taker(NULL);
    jangle_when_asked(spec, get_purse, .purse_id = "2");
    jangle_then_failed(spec, JANGLE_NOT_FOUND, "");
}

static void a_failure_that_nobody_expected(void)
{
    view_given_five();
    jangle_when(spec, coins_put_in, .amount = 14, .total = 5);
}

static void a_failure_that_is_called_done(void)
{
    view_given_five();
    jangle_when(spec, coins_put_in, .amount = 14, .total = 5);
    jangle_then_done(spec);
}

static void a_failure_that_is_called_a_refusal(void)
{
    open_taker(NULL);
    jangle_given_answer(spec, take_out, JANGLE_REJECTED, "too few");
    jangle_given_answer(spec, report_purse, JANGLE_REJECTED, "nobody listens");
    jangle_when(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_then(spec, take_out, .purse_id = "1", .amount = 5);
    jangle_then(spec, report_purse, .purse_id = "1");
    jangle_then_rejected(spec, "nobody listens");
}

static void a_failure_that_is_called_invalid(void)
{
    view_given_five();
    jangle_when(spec, coins_put_in, .amount = 15, .total = 5);
    jangle_then_invalid(spec, "put_in: a view cannot send commands");
}

static void wrong_sql_that_is_called_a_failure(void)
{
    view_given_five();
    jangle_when(spec, coins_put_in, .amount = 16, .total = 5);
    jangle_then_failed(spec, JANGLE_INVALID, "nowhere");
}

static void a_refusal_that_is_called_a_failure(void)
{
    view_given_five();
    jangle_when(spec, coins_put_in, .amount = 13, .total = 5);
    jangle_then_failed(spec, JANGLE_REJECTED, "13 brings no luck");
}

static void a_refusal_with_another_reason(void)
{
    view_given_five();
    jangle_when(spec, coins_put_in, .amount = 13, .total = 5);
    jangle_then_rejected(spec, "13 brings luck");
}

static void a_success_that_is_called_a_refusal(void)
{
    view_given_five();
    jangle_when(spec, coins_put_in, .amount = 1, .total = 6);
    jangle_then_rejected(spec, "no");
}

static void a_given_event_that_fails(void)
{
    view_given_five();
    jangle_given(spec, coins_put_in, .amount = 14, .total = 6);
}

static void another_command(void)
{
    open_taker(NULL);
    jangle_when(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_then(spec, take_out, .purse_id = "1", .amount = 6);
}

static void a_command_that_nobody_named(void)
{
    open_taker(NULL);
    jangle_when(spec, coins_put_in, .amount = 5, .total = 5);
}

static void one_command_too_many(void)
{
    open_taker(NULL);
    jangle_when(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_then(spec, take_out, .purse_id = "1", .amount = 5);
    jangle_then(spec, report_purse, .purse_id = "1");
}

static void another_delay(void)
{
    open_taker(NULL);
    jangle_when(spec, coins_put_in, .amount = 99, .total = 5);
    jangle_then_retry_in(spec, 4000);
}

static void no_delay_at_all(void)
{
    view_given_five();
    jangle_then_retry_in(spec, 4000);
}

static void an_event_it_does_not_handle(void)
{
    open_view(NULL);
    jangle_when(spec, coins_taken_out, .amount = 1, .total = 4);
}

static void an_event_again_that_never_came(void)
{
    open_view(NULL);
    jangle_when_run_again(spec);
}

static void a_state(void)
{
    open_view(NULL);
    jangle_then_state(spec, purse_state, .total = 1);
}

static void a_question_to_an_aggregate(void)
{
    spec = jangle_spec_aggregate(&purse_aggregate, "1");
    jangle_when_asked(spec, get_purse, .purse_id = "1");
}

static void an_answer_of_an_aggregate(void)
{
    spec = jangle_spec_aggregate(&purse_aggregate, "1");
    jangle_then_answer(spec, purse_line, .total = 1);
}

static void a_program_of_an_aggregate(void)
{
    spec = jangle_spec_aggregate(&purse_aggregate, "1");
    jangle_spec_program(spec, NULL);
}

static void each_thing_that_does_not_hold_is_named(void **state)
{
    static const struct complaint list[] = {
        {another_answer, "purse_line.total is 5, not 6"},
        {an_answer_of_another_type, "the answer is a purse_line, not a riches"},
        {an_answer_that_nobody_named,
         "the answer was purse_line "
         "{\"purse_id\":\"1\",\"total\":5,\"version\":1,\"times\":1}, and no "
         "jangle_then_answer named it"},
        {an_answer_that_nothing_may_follow, "and no jangle_then_answer named it"},
        {an_answer_where_there_is_none, "the question ended with NOT_FOUND"},
        {an_answer_without_a_question, "purse_line is no answer: nothing was asked"},
        {a_question_that_failed, "the question ended with NOT_FOUND"},
        {a_question_to_nobody,
         "the question ended with INVALID: nobody answers get_purse, not with "
         "NOT_FOUND"},
        {a_failure_that_nobody_expected,
         "the event ended with TIMEOUT: not at attempt 1"},
        {a_failure_that_is_called_done,
         "the event ended with TIMEOUT: not at attempt 1, not with OK"},
        {a_failure_that_is_called_a_refusal, "returned REJECTED: it will be tried again"},
        {a_failure_that_is_called_invalid,
         "the event ended with INVALID: put_in: a view cannot send commands: it will be "
         "tried again"},
        {wrong_sql_that_is_called_a_failure, "nowhere: it will not be tried again"},
        {a_refusal_that_is_called_a_failure,
         "the event ended with REJECTED: 13 brings no luck: it will not be tried again"},
        {a_refusal_with_another_reason,
         "the reason is \"13 brings no luck\", not \"13 brings luck\""},
        {a_success_that_is_called_a_refusal,
         "the event ended with OK, not with REJECTED"},
        {a_given_event_that_fails,
         "coins_put_in was given, and ended with TIMEOUT: not at attempt 1"},
        {another_command, "take_out.amount is 5, not 6"},
        {a_command_that_nobody_named,
         "take_out {\"purse_id\":\"1\",\"amount\":5} was sent, and no jangle_then named "
         "it"},
        {one_command_too_many, "report_purse was not sent: there were no more commands"},
        {another_delay, "the event asked to be run again in 5000 ms, not in 4000"},
        {no_delay_at_all, "the event did not ask to be run again"},
        {an_event_it_does_not_handle, "purses does not handle coins_taken_out"},
        {an_event_again_that_never_came, "there was no event that could come again"},
        {a_state,
         "jangle_then_state is for aggregates and sagas, and this is a subscriber"},
        {a_question_to_an_aggregate,
         "jangle_when_asked is for subscribers, and this is an aggregate"},
        {an_answer_of_an_aggregate, "jangle_then_answer is for subscribers"},
        {a_program_of_an_aggregate, "jangle_spec_program is for subscribers"},
    };

    (void)state;
    assert_complaints(&spec, list, sizeof list / sizeof *list);
}

static int open_wrong_schema(void)
{
    struct jangle_subscriber wrong = purses_view;

    wrong.schema = "CREATE TABEL purses (purse_id TEXT)";
    spec = jangle_spec_subscriber(&wrong);
    jangle_when(spec, coins_put_in, .amount = 1);
    jangle_when_asked(spec, get_riches, 0);
    jangle_then_answer(spec, riches, .total = 5);
    jangle_then_done(spec);
    jangle_spec_program(spec, NULL);
    return jangle_spec_close(spec);
}

static void a_table_that_cannot_be_is_a_spec_that_fails(void **state)
{
    (void)state;
    assert_complaint(open_wrong_schema, "TABEL");
}

/* ---- without memory ---------------------------------------------------------- */

static struct failing_allocator memory;

static int try_with_little_memory(void)
{
    struct jangle_host host = {.logger = jangle_logger_none(),
                               .allocator = memory.allocator};

    spec = jn_spec_open(&host, &(struct jn_spec_subject){.subscriber = &purses_view});
    jangle_spec_from(spec, "1");
    jangle_given(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_when(spec, coins_put_in, .amount = 13, .total = 5);
    jangle_then_rejected(spec, "13 brings no luck");
    jangle_when_asked(spec, get_riches, 0);
    jangle_then_answer(spec, riches, .total = 5, .shop = "");
    return jangle_spec_close(spec);
}

static int try_to_send_with_little_memory(void)
{
    struct jangle_host host = {.logger = jangle_logger_none(),
                               .allocator = memory.allocator};

    spec = jn_spec_open(&host, &(struct jn_spec_subject){.subscriber = &taker});
    jangle_spec_from(spec, "1");
    jangle_given_answer(spec, take_out, JANGLE_REJECTED, "too few");
    jangle_when(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_then(spec, take_out, .purse_id = "1", .amount = 5);
    jangle_then(spec, report_purse, .purse_id = "1");
    jangle_then_done(spec);
    return jangle_spec_close(spec);
}

/* Or else what failed would have passed. */
static void run_out_of_memory(int (*try)(void), bool for_good)
{
    int64_t at = 0;
    int complaints;

    failing_allocator_init(&memory, 0);
    memory.for_good = for_good;
    do {
        failing_allocator_arm(&memory, ++at);
        complaints = complaints_of(try);
        assert_int_equal(memory.pieces, 0);
        if (for_good && !complaints != !memory.failed)
            fail_msg("call %lld: %d complaints\n%s", (long long)at, complaints,
                     complaints_text);
    } while (memory.failed);
    assert_int_equal(complaints, 0);
    assert_true(at > 10);
}

static void without_memory_it_complains_and_leaves_nothing(void **state)
{
    (void)state;
    run_out_of_memory(try_with_little_memory, false);
    run_out_of_memory(try_to_send_with_little_memory, false);
    run_out_of_memory(try_with_little_memory, true);
    run_out_of_memory(try_to_send_with_little_memory, true);
}

int main(void)
{
#define OF_VIEW(name)  cmocka_unit_test_setup_teardown(name, open_view, assert_all_held)
#define OF_TAKER(name) cmocka_unit_test_setup_teardown(name, open_taker, assert_all_held)
    const struct CMUnitTest tests[] = {
        OF_VIEW(a_view_answers_what_it_was_given),
        OF_VIEW(each_aggregate_has_a_stream_of_its_own),
        OF_VIEW(what_a_failed_handler_wrote_is_undone),
        OF_VIEW(an_event_can_come_again),
        OF_VIEW(an_answerer_asks_and_has_its_program),
        OF_TAKER(what_a_handler_sends_is_named),
        OF_TAKER(answers_to_a_handler_are_told),
        OF_TAKER(a_command_that_was_sent_does_not_come_again),
        cmocka_unit_test(each_thing_that_does_not_hold_is_named),
        cmocka_unit_test(a_table_that_cannot_be_is_a_spec_that_fails),
        cmocka_unit_test(without_memory_it_complains_and_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
