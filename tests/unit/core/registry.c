/* registry.c - every table is checked when jangle opens, and both places are named. */
#include "support/test.h"

#include "base/host.h"
#include "core/registry.h"
#include "core/registry_builder.h"
#include "core/registry_find.h"
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

static const struct jangle_aggregate box = {
    .name = "box",
    .state = &box_state,
    .commands = JANGLE_DECIDERS({&open_box, decide}),
    .events = JANGLE_APPLIERS({&box_opened, NULL})};
static const struct jangle_subscriber mail = {
    .name = "mail",
    .handlers = JANGLE_HANDLERS({&box_opened, handle}),
    .answerers = JANGLE_ANSWERERS({&count_boxes, answer})};

static struct jn_host host;
static struct jn_registry registry;
static struct jangle_error opened;

static enum jangle_result open_with(struct jangle_aggregates aggregates,
                                    struct jangle_subscribers subscribers,
                                    struct jangle_error *error)
{
    struct jangle_config config = {.aggregates = aggregates, .subscribers = subscribers};

    *error = (struct jangle_error){0};
    return jn_registry_init(&registry, &config, &host.host.allocator, error);
}

#define AGGREGATES(...)  ((struct jangle_aggregates)JANGLE_AGGREGATES(__VA_ARGS__))
#define SUBSCRIBERS(...) ((struct jangle_subscribers)JANGLE_SUBSCRIBERS(__VA_ARGS__))
#define NO_AGGREGATES    ((struct jangle_aggregates){0})
#define NO_SUBSCRIBERS   ((struct jangle_subscribers){0})

/* Refused, with both words in the sentence. */
static void refuses(struct jangle_aggregates aggregates,
                    struct jangle_subscribers subscribers,
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
    const struct jn_route *route;
    const struct jn_answerer *answerer;
    struct jangle_error error;

    (void)state;
    assert_result(open_with(AGGREGATES(&box), SUBSCRIBERS(&mail), &error), JANGLE_OK);
    route = jn_map_find(&registry.routes, "open_box");
    assert_ptr_equal(route->aggregate, &box);
    answerer = jn_map_find(&registry.answerers, "count_boxes");
    assert_ptr_equal(answerer->subscriber, &mail);
    assert_ptr_equal(jn_map_find(&registry.aggregates, "box"), &box);
    assert_ptr_equal(jn_registry_applier(&registry, &box, "box_opened"),
                     box.events.items);
    assert_ptr_equal(jn_map_find(&registry.subscribers, "mail"), &mail);
    assert_ptr_equal(jn_registry_handler(&registry, &mail, "box_opened"),
                     mail.handlers.items);
    assert_ptr_equal(jn_map_find(&registry.events, "box_opened"), &box_opened);
    assert_null(jn_map_find(&registry.routes, "box_opened"));
    assert_null(jn_registry_handler(&registry, &mail, "open_box"));
    jn_registry_finish(&registry);
}

static void a_command_has_one_aggregate(void **state)
{
    struct jangle_aggregate crate = box;

    (void)state;
    crate.name = "crate";
    refuses(AGGREGATES(&box, &crate), NO_SUBSCRIBERS, "box", "crate");
}

static void names_are_taken_once(void **state)
{
    struct jangle_aggregate same = box;
    struct jangle_subscriber again = mail;

    (void)state;
    same.commands = (struct jangle_deciders){0};
    refuses(AGGREGATES(&box, &same), NO_SUBSCRIBERS, "two aggregates", "box");
    again.answerers = (struct jangle_answerers){0};
    refuses(NO_AGGREGATES, SUBSCRIBERS(&mail, &again), "two subscribers", "mail");
}

static void a_name_can_be_a_file_name(void **state)
{
    static const char *const bad[] = {"", "a/b", "a b", "..", "\xc3\xa9"};
    struct jangle_subscriber odd = mail;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        odd.name = bad[i];
        refuses(NO_AGGREGATES, SUBSCRIBERS(&odd), "name", "name");
    }
    odd.name = NULL;
    refuses(NO_AGGREGATES, SUBSCRIBERS(&odd), "no name", "subscriber");
}

static void what_is_missing_is_named(void **state)
{
    static const struct jangle_decider undecided[] = {{&open_box, NULL}};
    static const struct jangle_handler unhandled[] = {{&box_opened, NULL}};
    static const struct jangle_answerer unanswered[] = {{&count_boxes, NULL}};
    struct jangle_aggregate aggregate = box;
    struct jangle_subscriber subscriber = mail;

    (void)state;
    aggregate.commands = (struct jangle_deciders)JANGLE_ARRAY(undecided);
    refuses(AGGREGATES(&aggregate), NO_SUBSCRIBERS, "box", "open_box");
    aggregate = box;
    aggregate.state = NULL;
    refuses(AGGREGATES(&aggregate), NO_SUBSCRIBERS, "box", "state");
    aggregate = box;
    aggregate.events = (struct jangle_appliers){0};
    refuses(AGGREGATES(&aggregate), NO_SUBSCRIBERS, "box", "events");
    subscriber.handlers = (struct jangle_handlers)JANGLE_ARRAY(unhandled);
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "mail", "box_opened");
    subscriber.handlers = (struct jangle_handlers){0};
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "mail", "handles nothing");
    subscriber = mail;
    subscriber.answerers = (struct jangle_answerers)JANGLE_ARRAY(unanswered);
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "mail", "count_boxes");
}

static void says(enum jangle_result result, const char *sentence)
{
    assert_result(result, JANGLE_INVALID);
    assert_string_equal(opened.message, sentence);
}

/* What a row lacks is told with its table and its index. */
static void a_row_without_a_message_or_a_function_is_named(void **state)
{
    static const struct jangle_decider commands[] = {{&open_box, decide}, {NULL, decide}};
    static const struct jangle_applier events[] = {{&box_opened, NULL}, {0}};
    static const struct jangle_handler handlers[] = {{NULL, handle}};
    static const struct jangle_answerer answerers[] = {{NULL, answer}};
    struct jangle_aggregate aggregate = box;
    struct jangle_subscriber subscriber = mail;

    (void)state;
    aggregate.commands = (struct jangle_deciders)JANGLE_ARRAY(commands);
    says(open_with(AGGREGATES(&aggregate), NO_SUBSCRIBERS, &opened),
         "box.commands[1] is without a command");
    aggregate.events = (struct jangle_appliers)JANGLE_ARRAY(events);
    says(open_with(AGGREGATES(&aggregate), NO_SUBSCRIBERS, &opened),
         "box.events[1] is without an event");
    subscriber.handlers = (struct jangle_handlers)JANGLE_ARRAY(handlers);
    says(open_with(NO_AGGREGATES, SUBSCRIBERS(&subscriber), &opened),
         "mail.handlers[0] is without an event");
    subscriber = mail;
    subscriber.answerers = (struct jangle_answerers)JANGLE_ARRAY(answerers);
    says(open_with(NO_AGGREGATES, SUBSCRIBERS(&subscriber), &opened),
         "mail.answerers[0] is without a query");
}

static void nothing_in_a_list_is_null(void **state)
{
    (void)state;
    says(open_with(AGGREGATES(&box, NULL), NO_SUBSCRIBERS, &opened),
         "config.aggregates[1] is NULL");
    says(open_with(NO_AGGREGATES, SUBSCRIBERS(NULL, &mail), &opened),
         "config.subscribers[0] is NULL");
}

/* A bare array does not know its length, and a number alone is no table. */
static void a_table_has_both_items_and_a_number(void **state)
{
    const struct jangle_aggregate *const boxes[] = {&box};
    const struct jangle_subscriber *const mails[] = {&mail};
    struct jangle_aggregate aggregate = box;
    struct jangle_subscriber subscriber = mail;

    (void)state;
    refuses((struct jangle_aggregates){boxes, 0}, NO_SUBSCRIBERS, "config.aggregates",
            "a count of 0");
    refuses((struct jangle_aggregates){NULL, 2}, NO_SUBSCRIBERS, "config.aggregates",
            "has a count of 2 but no items");
    refuses(NO_AGGREGATES, (struct jangle_subscribers){mails, 0}, "config.subscribers",
            "a count of 0");
    aggregate.commands.count = 0;
    refuses(AGGREGATES(&aggregate), NO_SUBSCRIBERS, "box.commands", "a count of 0");
    aggregate.commands = box.commands;
    aggregate.events.count = 0;
    refuses(AGGREGATES(&aggregate), NO_SUBSCRIBERS, "box.events", "a count of 0");
    subscriber.handlers.items = NULL;
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "mail.handlers", "no items");
    subscriber = mail;
    subscriber.answerers.count = 0;
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "mail.answerers", "a count of 0");
}

struct box_lost {
    const char *box_id;
};
static JANGLE_EVENT(box_lost, box_id);

/* Is somebody there who emits what it handles? */
static enum jangle_result check_emitters(const struct jangle_subscriber *subscriber)
{
    struct jangle_config config = {.aggregates = JANGLE_AGGREGATES(&box),
                                   .subscribers = {&subscriber, 1}};
    enum jangle_result result =
        jn_registry_init(&registry, &config, &host.host.allocator, NULL);

    assert_result(result, JANGLE_OK);
    opened = (struct jangle_error){0};
    result = jn_registry_check_emitters(&registry, &config, &opened);
    jn_registry_finish(&registry);
    return result;
}

static void
what_nobody_emits_is_handled_only_if_it_is_said_to_come_from_elsewhere(void **state)
{
    static const struct jangle_handler handlers[] = {{&box_opened, handle},
                                                     {&box_lost, handle}};
    const struct jangle_message *const elsewhere[] = {&box_lost};
    struct jangle_subscriber subscriber = mail;

    (void)state;
    assert_result(check_emitters(&subscriber), JANGLE_OK);
    subscriber.handlers = (struct jangle_handlers)JANGLE_ARRAY(handlers);
    says(check_emitters(&subscriber),
         "mail.handlers[1]: no aggregate of this program emits box_lost; if another "
         "program does, list it in mail.elsewhere");
    subscriber.elsewhere = (struct jangle_events)JANGLE_ARRAY(elsewhere);
    assert_result(check_emitters(&subscriber), JANGLE_OK);
}

static void two_aggregates_may_list_one_event(void **state)
{
    struct jangle_aggregate crate = box;

    (void)state;
    crate.name = "crate";
    crate.commands = (struct jangle_deciders){0};
    assert_result(open_with(AGGREGATES(&box, &crate), NO_SUBSCRIBERS, &opened),
                  JANGLE_OK);
    jn_registry_finish(&registry);
}

static void what_comes_from_elsewhere_is_an_event_that_is_handled(void **state)
{
    const struct jangle_message *const lost[] = {&box_lost};
    const struct jangle_message *const wrong[] = {&box_opened, &open_box};
    const struct jangle_message *const none[] = {NULL};
    struct jangle_subscriber subscriber = mail;

    (void)state;
    subscriber.elsewhere = (struct jangle_events)JANGLE_ARRAY(lost);
    says(open_with(NO_AGGREGATES, SUBSCRIBERS(&subscriber), &opened),
         "mail.elsewhere[0]: box_lost is listed, but mail has nothing for it");
    subscriber.elsewhere = (struct jangle_events)JANGLE_ARRAY(wrong);
    says(open_with(NO_AGGREGATES, SUBSCRIBERS(&subscriber), &opened),
         "mail.elsewhere[1]: open_box is a command, not an event");
    subscriber.elsewhere = (struct jangle_events)JANGLE_ARRAY(none);
    says(open_with(NO_AGGREGATES, SUBSCRIBERS(&subscriber), &opened),
         "mail.elsewhere[0] is without an event");
    subscriber.elsewhere.count = 0;
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "mail.elsewhere", "a count of 0");
}

static void a_message_of_another_role_is_refused(void **state)
{
    static const struct jangle_applier wrong[] = {{&open_box, NULL}};
    struct jangle_aggregate aggregate = box;

    (void)state;
    aggregate.events = (struct jangle_appliers)JANGLE_ARRAY(wrong);
    refuses(AGGREGATES(&aggregate), NO_SUBSCRIBERS, "open_box is a command",
            "not an event");
}

static void nothing_is_listed_twice(void **state)
{
    static const struct jangle_applier twice[] = {{&box_opened, NULL},
                                                  {&box_opened, NULL}};
    static const struct jangle_handler both[] = {{&box_opened, handle},
                                                 {&box_opened, handle}};
    struct jangle_aggregate aggregate = box;
    struct jangle_subscriber subscriber = mail, other = mail;

    (void)state;
    aggregate.events = (struct jangle_appliers)JANGLE_ARRAY(twice);
    refuses(AGGREGATES(&aggregate), NO_SUBSCRIBERS, "box", "box_opened twice");
    subscriber.handlers = (struct jangle_handlers)JANGLE_ARRAY(both);
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "mail", "box_opened twice");
    other.name = "other";
    refuses(NO_AGGREGATES, SUBSCRIBERS(&mail, &other), "mail", "other");
}

/* "by box and by box" told nobody where to look. */
static void what_is_decided_or_answered_twice_is_named_with_both_places(void **state)
{
    static const struct jangle_decider deciders[] = {{&open_box, decide},
                                                     {&open_box, decide}};
    static const struct jangle_answerer answerers[] = {{&count_boxes, answer},
                                                       {&count_boxes, answer}};
    struct jangle_aggregate aggregate = box, another = box;
    struct jangle_subscriber subscriber = mail, other = mail;

    (void)state;
    aggregate.commands = (struct jangle_deciders)JANGLE_ARRAY(deciders);
    refuses(AGGREGATES(&aggregate), NO_SUBSCRIBERS,
            "the command open_box is decided twice, by box.commands[0] and by "
            "box.commands[1]",
            "leave one of them out");
    another.name = "crate";
    refuses(AGGREGATES(&box, &another), NO_SUBSCRIBERS,
            "by box.commands[0] and by crate.commands[0]", "twice");
    subscriber.answerers = (struct jangle_answerers)JANGLE_ARRAY(answerers);
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber),
            "the query count_boxes is answered twice, by mail.answerers[0] and by "
            "mail.answerers[1]",
            "leave one of them out");
    other.name = "other";
    refuses(NO_AGGREGATES, SUBSCRIBERS(&mail, &other),
            "by mail.answerers[0] and by other.answerers[0]", "twice");
}

static void a_choice_that_does_not_exist_is_named(void **state)
{
    struct jangle_subscriber subscriber = mail;

    (void)state;
    subscriber.order = (enum jangle_order)2;
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "\"mail\" has an order",
            "JANGLE_ANY_ORDER");
    subscriber = mail;
    subscriber.start = (enum jangle_start)3;
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "\"mail\" has a start",
            "JANGLE_FROM_NOW");
    subscriber = mail;
    subscriber.dead = (enum jangle_dead)2;
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "\"mail\" has a dead",
            "JANGLE_DEAD_PASSES");
    subscriber = mail;
    subscriber.checkpoint = (enum jangle_checkpoint_mode) - 1;
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "\"mail\" has a checkpoint mode",
            "JANGLE_AT_ONCE");
}

/* Another translation unit may describe the same event; not differently. */
static void one_stored_name_has_one_description(void **state)
{
    struct jangle_message copy = box_opened, other = box_opened;
    const struct jangle_handler same[] = {{&copy, handle}};
    const struct jangle_handler different[] = {{&other, handle}};
    struct jangle_subscriber subscriber = mail;
    struct jangle_error error;

    (void)state;
    subscriber.handlers = (struct jangle_handlers)JANGLE_ARRAY(same);
    assert_result(open_with(AGGREGATES(&box), SUBSCRIBERS(&subscriber), &error),
                  JANGLE_OK);
    jn_registry_finish(&registry);
    other.version = 2;
    subscriber.handlers = (struct jangle_handlers)JANGLE_ARRAY(different);
    refuses(AGGREGATES(&box), SUBSCRIBERS(&subscriber), "box_opened", "differently");
}

static void a_former_name_is_free(void **state)
{
    struct jangle_subscriber heir = mail;

    (void)state;
    heir.answerers = (struct jangle_answerers){0};
    heir.name = heir.formerly = "heir";
    refuses(NO_AGGREGATES, SUBSCRIBERS(&heir), "heir", "formerly");
    heir.formerly = "mail";
    refuses(NO_AGGREGATES, SUBSCRIBERS(&mail, &heir), "heir", "mail");
}

struct narrow {
    const char *box_id;
    int64_t forgotten;
    bool open;
};
static JANGLE_UPSERT(narrow, "boxes", key(box_id), set(open));

struct put_box {
    const char *box_id;
};
static JANGLE_UPSERT(put_box, "boxes", key(box_id));

static void the_upserts_of_a_view_are_whole(void **state)
{
    struct jangle_subscriber view = mail;
    const struct jangle_upsert *const none[] = {&put_box, NULL};
    const struct jangle_upsert *const bad[] = {&put_box, &narrow};
    const struct jangle_upsert *const good[] = {&put_box};

    (void)state;
    view.schema = "CREATE TABLE boxes (box_id PRIMARY KEY, open)";
    view.upserts = (struct jangle_upserts)JANGLE_ARRAY(good);
    assert_result(open_with(NO_AGGREGATES, SUBSCRIBERS(&view), &opened), JANGLE_OK);
    jn_registry_finish(&registry);
    view.upserts = (struct jangle_upserts)JANGLE_ARRAY(none);
    says(open_with(NO_AGGREGATES, SUBSCRIBERS(&view), &opened),
         "mail.upserts[1] is NULL");
    view.upserts = (struct jangle_upserts)JANGLE_ARRAY(bad);
    says(open_with(NO_AGGREGATES, SUBSCRIBERS(&view), &opened),
         "mail.upserts[1]: narrow: something lies between box_id and open that is not "
         "described");
    view.upserts.count = 0;
    refuses(NO_AGGREGATES, SUBSCRIBERS(&view), "mail.upserts", "a count of 0");
    view.upserts = (struct jangle_upserts)JANGLE_ARRAY(good);
    view.schema = NULL;
    refuses(NO_AGGREGATES, SUBSCRIBERS(&view), "mail", "upserts, but no schema");
}

static void what_only_views_have_needs_a_schema(void **state)
{
    struct jangle_subscriber subscriber = mail;

    (void)state;
    subscriber.file = "x";
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "mail", "schema");
    subscriber = mail;
    subscriber.schema = "CREATE TABLE a (b)";
    subscriber.threads = 2;
    refuses(NO_AGGREGATES, SUBSCRIBERS(&subscriber), "mail", "one thread");
}

static void the_set_of_types_has_a_hash_without_order(void **state)
{
    struct jangle_message other = box_opened;
    const struct jangle_handler one[] = {{&box_opened, handle}, {&other, handle}};
    const struct jangle_handler two[] = {{&other, handle}, {&box_opened, handle}};
    struct jangle_subscriber subscriber = mail;
    unsigned char first[JN_HASH_SIZE], second[JN_HASH_SIZE];

    (void)state;
    other.name = "box_closed";
    subscriber.handlers = (struct jangle_handlers)JANGLE_ARRAY(one);
    jn_registry_types_hash(&subscriber, first);
    subscriber.handlers = (struct jangle_handlers)JANGLE_ARRAY(two);
    jn_registry_types_hash(&subscriber, second);
    assert_memory_equal(first, second, sizeof first);
    subscriber.handlers = mail.handlers;
    jn_registry_types_hash(&subscriber, second);
    assert_memory_not_equal(first, second, sizeof first);
}

/* A filter of none is no part of the hash, because the views of programs that had no
 * filters must stay what they are. */
static void the_filter_is_part_of_the_hash(void **state)
{
    static const struct jangle_filter_ops one = {.name = "one"}, two = {.name = "two"};
    const struct jangle_filter filters[] = {{0}, {"a", &one}, {"b", &one}, {"a", &two}};
    enum { FILTERS = sizeof filters / sizeof *filters };
    unsigned char hashes[FILTERS][JN_HASH_SIZE], name[JN_HASH_SIZE];
    struct jangle_subscriber subscriber = mail;

    (void)state;
    for (size_t i = 0; i < FILTERS; i++) {
        subscriber.where = filters[i];
        jn_registry_types_hash(&subscriber, hashes[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(hashes[i], hashes[j], JN_HASH_SIZE);
    }
    jn_hash_bytes(name, "box_opened", strlen("box_opened"));
    assert_memory_equal(hashes[0], name, JN_HASH_SIZE);
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
        cmocka_unit_test(a_row_without_a_message_or_a_function_is_named),
        cmocka_unit_test(nothing_in_a_list_is_null),
        cmocka_unit_test(a_table_has_both_items_and_a_number),
        cmocka_unit_test(
            what_nobody_emits_is_handled_only_if_it_is_said_to_come_from_elsewhere),
        cmocka_unit_test(two_aggregates_may_list_one_event),
        cmocka_unit_test(what_comes_from_elsewhere_is_an_event_that_is_handled),
        cmocka_unit_test(a_message_of_another_role_is_refused),
        cmocka_unit_test(nothing_is_listed_twice),
        cmocka_unit_test(what_is_decided_or_answered_twice_is_named_with_both_places),
        cmocka_unit_test(a_choice_that_does_not_exist_is_named),
        cmocka_unit_test(one_stored_name_has_one_description),
        cmocka_unit_test(a_former_name_is_free),
        cmocka_unit_test(the_upserts_of_a_view_are_whole),
        cmocka_unit_test(what_only_views_have_needs_a_schema),
        cmocka_unit_test(the_set_of_types_has_a_hash_without_order),
        cmocka_unit_test(the_filter_is_part_of_the_hash),
    };

    return cmocka_run_group_tests(tests, open_host, close_host);
}
