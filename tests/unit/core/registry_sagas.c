/* registry_sagas.c - a saga's tables are checked when jangle opens, and what is wrong is
 * said in a sentence. */
#include "support/test.h"

#include "base/host.h"
#include "core/registry.h"
#include "core/registry_builder.h"
#include "core/registry_find.h"
#include "message/describe.h"

#include <string.h>

struct box_packed {
    const char *order_id;
    int64_t weight;
};

struct box_sent {
    int64_t order_id; /* no text */
};

struct box_counted {
    int64_t count;
};

struct pack_box {
    const char *box_id;
};

struct order_state {
    int64_t boxes;
};

static JANGLE_EVENT(box_packed, order_id, weight);
static JANGLE_EVENT(box_sent, order_id);
static JANGLE_EVENT(box_counted, count);
static JANGLE_COMMAND(pack_box, box_id);
static JANGLE_STRUCT(order_state, boxes);

static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state, (void)event;
    return JANGLE_OK;
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static const char *id_of(const struct jangle_event *event)
{
    return event->aggregate_id;
}

static const struct jangle_saga order = {
    .name = "order",
    .state = &order_state,
    .begins_with = &box_packed,
    .id_member = "order_id",
    .events = JANGLE_APPLIERS({&box_packed, NULL}, {&box_counted, NULL}),
    .reactions = JANGLE_REACTIONS({&box_packed, react}),
};
static const struct jangle_subscriber mail = {
    .name = "mail", .handlers = JANGLE_HANDLERS({&box_packed, handle})};

static struct jn_host host;
static struct jn_registry registry;

static enum jangle_result open_with(const struct jangle_saga *first,
                                    const struct jangle_saga *second,
                                    struct jangle_error *error)
{
    const struct jangle_saga *const sagas[] = {first, second};
    struct jangle_config config = {.sagas = {sagas, second ? 2 : 1},
                                   .subscribers = JANGLE_SUBSCRIBERS(&mail)};

    *error = (struct jangle_error){0};
    return jn_registry_init(&registry, &config, &host.host.allocator, error);
}

static void refuses_two(const struct jangle_saga *first,
                        const struct jangle_saga *second,
                        const char *sentence)
{
    struct jangle_error error;

    assert_result(open_with(first, second, &error), JANGLE_INVALID);
    assert_string_equal(error.message, sentence);
}

static void refuses(const struct jangle_saga *saga, const char *sentence)
{
    refuses_two(saga, NULL, sentence);
}

static void takes(const struct jangle_saga *saga)
{
    struct jangle_error error;

    if (open_with(saga, NULL, &error))
        fail_msg("%s", error.message);
    jn_registry_finish(&registry);
}

static void a_saga_is_found_with_the_events_it_listens_to(void **state)
{
    const struct jangle_subscriber listener = {.name = "order"};
    const struct jn_saga_type *type;
    struct jangle_error error;

    (void)state;
    assert_result(open_with(&order, NULL, &error), JANGLE_OK);
    type = jn_map_find(&registry.sagas, "order");
    assert_ptr_equal(type->saga, &order);
    assert_null(jn_map_find(&registry.sagas, "mail"));
    assert_non_null(jn_map_find(&registry.subscribers, "order"));
    assert_non_null(jn_registry_handler(&registry, &listener, "box_packed"));
    assert_null(jn_registry_handler(&registry, &listener, "box_counted")); /* a note */
    jn_registry_finish(&registry);
}

static void its_name_is_nobody_elses(void **state)
{
    struct jangle_saga saga = order;

    (void)state;
    refuses_two(&order, &order, "\"order\" is the name of two subscribers or sagas");
    saga.name = "mail";
    refuses(&saga, "\"mail\" is the name of two subscribers or sagas");
    saga.name = "order";
    saga.formerly = "order";
    refuses(&saga, "\"order\" was formerly called the same");
    saga.formerly = "mail";
    refuses(&saga, "\"order\" was formerly called mail, but another is called so now");
    saga.formerly = "orders";
    takes(&saga);
}

static void its_name_can_be_stored(void **state)
{
    static const char *const names[] = {NULL, "", "a/b", "..", "a\nb"};
    struct jangle_saga saga = order;
    struct jangle_error error;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        saga.name = names[i];
        assert_result(open_with(&saga, NULL, &error), JANGLE_INVALID);
        assert_non_null(strstr(error.message, "saga"));
    }
}

static void what_it_lacks_is_named(void **state)
{
    static const struct jangle_reaction half[] = {{&box_packed, NULL}};
    struct jangle_saga saga = order;

    (void)state;
    saga.state = NULL;
    refuses(&saga, "\"order\" has no state");
    saga = order;
    saga.id_member = NULL;
    refuses(&saga, "\"order\" has neither an id_member nor an id_of");
    saga = order;
    saga.reactions = (struct jangle_reactions){0};
    refuses(&saga, "\"order\" reacts to nothing");
    saga.reactions = (struct jangle_reactions)JANGLE_ARRAY(half);
    refuses(&saga, "order.reactions[0]: nothing reacts to box_packed");
}

static void its_tables_have_items_and_a_number_and_whole_rows(void **state)
{
    static const struct jangle_applier holes[] = {{&box_packed, NULL}, {NULL, NULL}};
    static const struct jangle_reaction no_event[] = {{NULL, react}};
    struct jangle_saga saga = order;

    (void)state;
    saga.events.items = NULL;
    refuses(&saga, "order.events has a count of 2 but no items");
    saga.events = (struct jangle_appliers)JANGLE_ARRAY(holes);
    refuses(&saga, "order.events[1] is without an event");
    saga = order;
    saga.reactions = (struct jangle_reactions)JANGLE_ARRAY(no_event);
    refuses(&saga, "order.reactions[0] is without an event");
    saga.reactions.count = 0;
    refuses(&saga,
            "order.reactions has items but a count of 0: a bare array does not know its "
            "length, so write JANGLE_ARRAY(array)");
}

static void the_list_of_sagas_has_items_and_a_number(void **state)
{
    const struct jangle_saga *const sagas[] = {&order, NULL};
    struct jangle_config config = {.sagas = {sagas, 2}};
    struct jangle_error error = {0};

    (void)state;
    assert_result(jn_registry_init(&registry, &config, &host.host.allocator, &error),
                  JANGLE_INVALID);
    assert_string_equal(error.message, "config.sagas[1] is NULL");
    error = (struct jangle_error){0};
    config.sagas.count = 0;
    assert_result(jn_registry_init(&registry, &config, &host.host.allocator, &error),
                  JANGLE_INVALID);
    assert_non_null(strstr(error.message, "config.sagas has items but a count of 0"));
}

/* ---- does anybody emit what it listens to? ----------------------------------- */

static const char *check_emitters(const struct jangle_saga *saga,
                                  const struct jangle_aggregate *aggregate)
{
    static struct jangle_error error;
    struct jangle_config config = {
        .aggregates = {aggregate ? &aggregate : NULL, aggregate != NULL},
        .sagas = {&saga, 1}};

    error = (struct jangle_error){0};
    if (!jn_registry_init(&registry, &config, &host.host.allocator, &error)) {
        jn_registry_check_emitters(&registry, &config, &error);
        jn_registry_finish(&registry);
    }
    return error.message;
}

static const struct jangle_aggregate packer = {.name = "packer",
                                               .state = &order_state,
                                               .events =
                                                   JANGLE_APPLIERS({&box_packed, NULL})};

static void what_nobody_emits_is_refused(void **state)
{
    static const struct jangle_message *const from_elsewhere[] = {&box_packed};
    struct jangle_saga saga = order;

    (void)state;
    assert_string_equal(check_emitters(&saga, &packer), ""); /* box_counted is a note */
    assert_string_equal(check_emitters(&saga, NULL),
                        "order.events[0]: no aggregate of this program emits box_packed; "
                        "if another program does, list it in order.elsewhere");
    saga.events = (struct jangle_appliers){0};
    assert_string_equal(
        check_emitters(&saga, NULL),
        "order.reactions[0]: no aggregate of this program emits box_packed; if another "
        "program does, list it in order.elsewhere");
    saga.elsewhere = (struct jangle_events)JANGLE_ARRAY(from_elsewhere);
    assert_string_equal(check_emitters(&saga, NULL), "");
}

/* It may tell itself any event that it applies and does not react to. */
static void with_an_id_of_what_is_applied_may_be_a_note(void **state)
{
    static const struct jangle_applier events[] = {{&box_packed, NULL},
                                                   {&box_sent, NULL}};
    struct jangle_saga saga = order;

    (void)state;
    saga.id_of = id_of;
    saga.events = (struct jangle_appliers)JANGLE_ARRAY(events);
    assert_string_equal(check_emitters(&saga, &packer), "");
    saga.begins_with = &box_sent;
    assert_string_equal(
        check_emitters(&saga, &packer),
        "order begins with box_sent, which no aggregate of this program emits");
}

static void nothing_is_listed_twice(void **state)
{
    static const struct jangle_applier twice[] = {
        {&box_packed, NULL}, {&box_counted, NULL}, {&box_packed, NULL}};
    static const struct jangle_reaction again[] = {{&box_packed, react},
                                                   {&box_packed, react}};
    struct jangle_saga saga = order;

    (void)state;
    saga.events = (struct jangle_appliers)JANGLE_ARRAY(twice);
    refuses(&saga, "order.events[2]: order lists the event box_packed twice");
    saga = order;
    saga.reactions = (struct jangle_reactions)JANGLE_ARRAY(again);
    refuses(&saga, "order.reactions[1]: order reacts to box_packed twice");
}

static void a_start_that_does_not_exist_is_named(void **state)
{
    struct jangle_saga saga = order;

    (void)state;
    saga.start = (enum jangle_start)3;
    refuses(&saga,
            "\"order\" has a start that is none of JANGLE_FROM_DEFAULT, "
            "JANGLE_FROM_FIRST and JANGLE_FROM_NOW");
}

static void an_event_that_it_reacts_to_says_for_whom_it_is(void **state)
{
    static const struct jangle_reaction numbers[] = {{&box_sent, react}};
    static const struct jangle_reaction notes[] = {{&box_counted, react}};
    struct jangle_saga saga = order;

    (void)state;
    saga.begins_with = NULL;
    saga.reactions = (struct jangle_reactions)JANGLE_ARRAY(numbers);
    refuses(
        &saga,
        "order.reactions[0]: box_sent has no text member order_id, which would say which "
        "saga it is for");
    saga.reactions = (struct jangle_reactions)JANGLE_ARRAY(notes);
    refuses(&saga,
            "order.reactions[0]: box_counted has no text member order_id, which would "
            "say which "
            "saga it is for");
    saga.id_of = id_of;
    takes(&saga);
}

static void what_it_begins_with_reaches_it(void **state)
{
    struct jangle_saga saga = order;

    (void)state;
    saga.begins_with = &box_sent;
    refuses(&saga, "order begins with box_sent, but neither applies it nor reacts to it");
    saga.begins_with = &box_counted; /* a note never comes from outside */
    refuses(&saga,
            "order begins with box_counted, but neither applies it nor reacts to it");
    saga.begins_with = NULL;
    takes(&saga);
}

static void a_message_of_another_role_is_refused(void **state)
{
    static const struct jangle_applier commands[] = {{&pack_box, NULL}};
    static const struct jangle_reaction to_commands[] = {{&pack_box, react}};
    struct jangle_saga saga = order;
    struct jangle_error error;

    (void)state;
    saga.state = &box_packed;
    assert_result(open_with(&saga, NULL, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "box_packed"));
    saga = order;
    saga.events = (struct jangle_appliers)JANGLE_ARRAY(commands);
    assert_result(open_with(&saga, NULL, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "pack_box"));
    saga = order;
    saga.id_of = id_of;
    saga.reactions = (struct jangle_reactions)JANGLE_ARRAY(to_commands);
    assert_result(open_with(&saga, NULL, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "pack_box"));
}

static int open_host(void **state)
{
    struct jangle_config config = {0};

    (void)state;
    return (int)jn_host_init(&host, &config.host);
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
        cmocka_unit_test(a_saga_is_found_with_the_events_it_listens_to),
        cmocka_unit_test(its_name_is_nobody_elses),
        cmocka_unit_test(its_name_can_be_stored),
        cmocka_unit_test(what_it_lacks_is_named),
        cmocka_unit_test(its_tables_have_items_and_a_number_and_whole_rows),
        cmocka_unit_test(the_list_of_sagas_has_items_and_a_number),
        cmocka_unit_test(what_nobody_emits_is_refused),
        cmocka_unit_test(with_an_id_of_what_is_applied_may_be_a_note),
        cmocka_unit_test(nothing_is_listed_twice),
        cmocka_unit_test(a_start_that_does_not_exist_is_named),
        cmocka_unit_test(an_event_that_it_reacts_to_says_for_whom_it_is),
        cmocka_unit_test(what_it_begins_with_reaches_it),
        cmocka_unit_test(a_message_of_another_role_is_refused),
    };

    return cmocka_run_group_tests(tests, open_host, close_host);
}
