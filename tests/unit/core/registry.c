/* registry.c - every table is checked when jangle opens, and both places are named. */
#include "support/test.h"

#include "base/host.h"
#include "core/registry.h"
#include "message/describe.h"

#include <string.h>

struct open_box {
    const char *box_id;
};

struct box_opened {
    int64_t by;
};

struct box_state {
    int64_t opened;
};

struct count_boxes {
    int64_t at_most;
};

struct box_count {
    int64_t count;
};

static JANGLE_COMMAND(open_box, box_id);
static JANGLE_EVENT(box_opened, by);
static JANGLE_STRUCT(box_state, opened);
static JANGLE_STRUCT(box_count, count);
static JANGLE_QUERY(count_boxes, at_most, answer(box_count));

static enum jangle_result decide(struct jangle_decision *decision,
                                 const void *state,
                                 const struct jangle_command *command)
{
    (void)decision, (void)state, (void)command;
    return JANGLE_OK;
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static enum jangle_result answer(struct jangle_answer *given,
                                 const struct jangle_query *query)
{
    (void)given, (void)query;
    return JANGLE_NOT_FOUND;
}

static const struct jangle_decider commands[] = {{&open_box, decide}, {0}};
static const struct jangle_applier events[] = {{&box_opened, NULL}, {0}};
static const struct jangle_handler handlers[] = {{&box_opened, handle}, {0}};
static const struct jangle_answerer answerers[] = {{&count_boxes, answer}, {0}};

static const struct jangle_aggregate box = {
    .name = "box", .state = &box_state, .commands = commands, .events = events};
static const struct jangle_subscriber mail = {
    .name = "mail", .handlers = handlers, .answerers = answerers};

static struct jn_host host;
static struct jn_registry registry;

static enum jangle_result open_with(const struct jangle_aggregate *const *aggregates,
                                    const struct jangle_subscriber *const *subscribers,
                                    struct jangle_error *error)
{
    struct jangle_config config = {.aggregates = aggregates, .subscribers = subscribers};

    *error = (struct jangle_error){0};
    return jn_registry_init(&registry, &config, &host.host.allocator, error);
}

#define AGGREGATES(...)  ((const struct jangle_aggregate *const[]){__VA_ARGS__, NULL})
#define SUBSCRIBERS(...) ((const struct jangle_subscriber *const[]){__VA_ARGS__, NULL})

/* Refused, with both words in the sentence. */
static void refuses(const struct jangle_aggregate *const *aggregates,
                    const struct jangle_subscriber *const *subscribers,
                    const char *word,
                    const char *other)
{
    struct jangle_error error;

    assert_result(open_with(aggregates, subscribers, &error), JANGLE_INVALID);
    if (!strstr(error.message, word) || !strstr(error.message, other))
        fail_msg("\"%s\" does not name %s and %s", error.message, word, other);
}

static void everything_is_found_by_its_stored_name(void **state)
{
    struct jangle_error error;

    (void)state;
    assert_result(open_with(AGGREGATES(&box), SUBSCRIBERS(&mail), &error), JANGLE_OK);
    assert_ptr_equal(jn_registry_route(&registry, "open_box")->aggregate, &box);
    assert_ptr_equal(jn_registry_answerer(&registry, "count_boxes")->subscriber, &mail);
    assert_ptr_equal(jn_registry_aggregate(&registry, "box"), &box);
    assert_ptr_equal(jn_registry_applier(&registry, &box, "box_opened"), &events[0]);
    assert_ptr_equal(jn_registry_subscriber(&registry, "mail"), &mail);
    assert_ptr_equal(jn_registry_handler(&registry, &mail, "box_opened"), &handlers[0]);
    assert_ptr_equal(jn_registry_event(&registry, "box_opened"), &box_opened);
    assert_null(jn_registry_route(&registry, "box_opened"));
    assert_null(jn_registry_handler(&registry, &mail, "open_box"));
    jn_registry_finish(&registry);
}

static void a_command_has_one_aggregate(void **state)
{
    struct jangle_aggregate crate = box;

    (void)state;
    crate.name = "crate";
    refuses(AGGREGATES(&box, &crate), NULL, "box", "crate");
}

static void names_are_taken_once(void **state)
{
    struct jangle_aggregate same = box;
    struct jangle_subscriber again = mail;

    (void)state;
    same.commands = NULL;
    refuses(AGGREGATES(&box, &same), NULL, "two aggregates", "box");
    again.answerers = NULL;
    refuses(NULL, SUBSCRIBERS(&mail, &again), "two subscribers", "mail");
}

static void a_name_can_be_a_file_name(void **state)
{
    static const char *const bad[] = {"", "a/b", "a b", "..", "\xc3\xa9"};
    struct jangle_subscriber odd = mail;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        odd.name = bad[i];
        refuses(NULL, SUBSCRIBERS(&odd), "name", "name");
    }
    odd.name = NULL;
    refuses(NULL, SUBSCRIBERS(&odd), "no name", "subscriber");
}

static void what_is_missing_is_named(void **state)
{
    static const struct jangle_decider undecided[] = {{&open_box, NULL}, {0}};
    static const struct jangle_handler unhandled[] = {{&box_opened, NULL}, {0}};
    static const struct jangle_handler nothing[] = {{0}};
    static const struct jangle_answerer unanswered[] = {{&count_boxes, NULL}, {0}};
    struct jangle_aggregate aggregate = box;
    struct jangle_subscriber subscriber = mail;

    (void)state;
    aggregate.commands = undecided;
    refuses(AGGREGATES(&aggregate), NULL, "box", "open_box");
    aggregate = box;
    aggregate.state = NULL;
    refuses(AGGREGATES(&aggregate), NULL, "box", "state");
    aggregate = box;
    aggregate.events = NULL;
    refuses(AGGREGATES(&aggregate), NULL, "box", "events");
    subscriber.handlers = unhandled;
    refuses(NULL, SUBSCRIBERS(&subscriber), "mail", "box_opened");
    subscriber.handlers = nothing;
    refuses(NULL, SUBSCRIBERS(&subscriber), "mail", "handles nothing");
    subscriber = mail;
    subscriber.answerers = unanswered;
    refuses(NULL, SUBSCRIBERS(&subscriber), "mail", "count_boxes");
}

static void a_message_of_another_role_is_refused(void **state)
{
    static const struct jangle_applier wrong[] = {{&open_box, NULL}, {0}};
    struct jangle_aggregate aggregate = box;

    (void)state;
    aggregate.events = wrong;
    refuses(AGGREGATES(&aggregate), NULL, "open_box is a command", "not an event");
}

static void nothing_is_listed_twice(void **state)
{
    static const struct jangle_applier twice[] = {
        {&box_opened, NULL}, {&box_opened, NULL}, {0}};
    static const struct jangle_handler both[] = {
        {&box_opened, handle}, {&box_opened, handle}, {0}};
    struct jangle_aggregate aggregate = box;
    struct jangle_subscriber subscriber = mail, other = mail;

    (void)state;
    aggregate.events = twice;
    refuses(AGGREGATES(&aggregate), NULL, "box", "box_opened twice");
    subscriber.handlers = both;
    refuses(NULL, SUBSCRIBERS(&subscriber), "mail", "box_opened twice");
    other.name = "other";
    refuses(NULL, SUBSCRIBERS(&mail, &other), "mail", "other");
}

/* Another translation unit may describe the same event; not differently. */
static void one_stored_name_has_one_description(void **state)
{
    struct jangle_message copy = box_opened, other = box_opened;
    const struct jangle_handler same[] = {{&copy, handle}, {0}};
    const struct jangle_handler different[] = {{&other, handle}, {0}};
    struct jangle_subscriber subscriber = mail;
    struct jangle_error error;

    (void)state;
    subscriber.handlers = same;
    assert_result(open_with(AGGREGATES(&box), SUBSCRIBERS(&subscriber), &error),
                  JANGLE_OK);
    jn_registry_finish(&registry);
    other.version = 2;
    subscriber.handlers = different;
    refuses(AGGREGATES(&box), SUBSCRIBERS(&subscriber), "box_opened", "differently");
}

static void a_former_name_is_free(void **state)
{
    struct jangle_subscriber heir = mail;

    (void)state;
    heir.answerers = NULL;
    heir.name = heir.formerly = "heir";
    refuses(NULL, SUBSCRIBERS(&heir), "heir", "formerly");
    heir.formerly = "mail";
    refuses(NULL, SUBSCRIBERS(&mail, &heir), "heir", "mail");
}

static void what_only_views_have_needs_a_schema(void **state)
{
    struct jangle_subscriber subscriber = mail;

    (void)state;
    subscriber.file = "x";
    refuses(NULL, SUBSCRIBERS(&subscriber), "mail", "schema");
    subscriber = mail;
    subscriber.schema = "CREATE TABLE a (b)";
    subscriber.threads = 2;
    refuses(NULL, SUBSCRIBERS(&subscriber), "mail", "one thread");
}

static void the_set_of_types_has_a_hash_without_order(void **state)
{
    struct jangle_message other = box_opened;
    const struct jangle_handler one[] = {{&box_opened, handle}, {&other, handle}, {0}};
    const struct jangle_handler two[] = {{&other, handle}, {&box_opened, handle}, {0}};
    struct jangle_subscriber subscriber = mail;
    unsigned char first[JN_HASH_SIZE], second[JN_HASH_SIZE];

    (void)state;
    other.name = "box_closed";
    subscriber.handlers = one;
    jn_registry_types_hash(&subscriber, first);
    subscriber.handlers = two;
    jn_registry_types_hash(&subscriber, second);
    assert_memory_equal(first, second, sizeof first);
    subscriber.handlers = handlers;
    jn_registry_types_hash(&subscriber, second);
    assert_memory_not_equal(first, second, sizeof first);
}

static int open_host(void **state)
{
    (void)state;
    return jn_host_init(&host, &(struct jangle_host){0}) != JANGLE_OK;
}

static int close_host(void **state)
{
    (void)state;
    jn_host_finish(&host);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_found_by_its_stored_name),
        cmocka_unit_test(a_command_has_one_aggregate),
        cmocka_unit_test(names_are_taken_once),
        cmocka_unit_test(a_name_can_be_a_file_name),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(a_message_of_another_role_is_refused),
        cmocka_unit_test(nothing_is_listed_twice),
        cmocka_unit_test(one_stored_name_has_one_description),
        cmocka_unit_test(a_former_name_is_free),
        cmocka_unit_test(what_only_views_have_needs_a_schema),
        cmocka_unit_test(the_set_of_types_has_a_hash_without_order),
    };

    return cmocka_run_group_tests(tests, open_host, close_host);
}
