/* visited.c - events of Lambda are visited, and what is in them is delivered: whatever
 * wraps a message, its format reads it, and it is stored once. */
#include "support/test.h"

#include <jangle/jangle.h>
#include <jangle/transport/aws_visit.h>

#include <stdio.h>
#include <string.h>

/* ---- a program ------------------------------------------------------------------ */

struct product_added {
    const char *name;
};

static JANGLE_EVENT(product_added, name);

static struct jangle_broker nobody; /* a hub: only jangle_deliver brings messages */

static const struct jangle_consumer listener = {
    .name = "listener",
    .broker = &nobody,
    .routes = JANGLE_ROUTES({.type = &product_added, .as = "ProductAdded"}),
    .formats = JANGLE_FORMATS(&jangle_cloudevents, &jangle_melange, &jangle_plain),
};

static char seen[256]; /* names, each with a space behind it */

static enum jangle_result see(struct jangle_delivery *delivery,
                              const struct jangle_event *event)
{
    const struct product_added *product = event->data;
    size_t used = strlen(seen);

    (void)delivery;
    snprintf(seen + used, sizeof seen - used, "%s ", product->name);
    return JANGLE_OK;
}

static const struct jangle_subscriber shelf = {
    .name = "shelf",
    .handlers = JANGLE_HANDLERS({&product_added, see}),
};

static struct jangle_hub *hub;
static struct jangle *program;

static char dead[256]; /* the last line of RECEIVED_DEAD: its id, and its sentence */

static const char *text_of(const struct jangle_log_entry *entry, const char *name)
{
    for (size_t i = 0; i < entry->pair_count; i++)
        if (!strcmp(entry->pairs[i].name, name))
            return entry->pairs[i].text;
    return "nothing";
}

static void note_dead(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    if (!strcmp(entry->topic, "RECEIVED_DEAD"))
        snprintf(dead, sizeof dead, "%s: %s", text_of(entry, "id"), entry->message);
}

static int set_up(void **state)
{
    struct jangle_config config = {
        .consumers = JANGLE_CONSUMERS(&listener),
        .subscribers = JANGLE_SUBSCRIBERS(&shelf),
        .storage = jangle_memory(),
        .host.logger = {.write = note_dead},
    };
    struct jangle_error error;

    (void)state;
    seen[0] = '\0';
    hub = jangle_hub_open(NULL);
    assert_non_null(hub);
    nobody = jangle_hub_broker(hub);
    program = jangle_open(&config, &error);
    assert_string_equal(error.message, "");
    return program ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    jangle_close(program, 0);
    jangle_hub_close(hub);
    return 0;
}

static enum jangle_result
take(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    return jangle_deliver(context, "listener", parcel, error);
}

static char first[256]; /* why the first message of the last call failed */

/* Call the function, and say what it answers. */
static void call(const char *event, const char *answer)
{
    struct jangle_aws_response response;
    struct jangle_error error;

    assert_result(jangle_aws_answer(event, NULL, &response, take, program, &error),
                  JANGLE_OK);
    assert_string_equal(response.text, answer);
    snprintf(first, sizeof first, "%s", response.first.message);
    jangle_aws_response_free(&response);
    assert_result(jangle_drain(program, 1000, NULL, &error), JANGLE_OK);
}

#define NONE "{\"batchItemFailures\":[]}"

/* ---- what comes ----------------------------------------------------------------- */

#define SQS(id, body, more)                                                              \
    "{\"Records\":[{\"messageId\":\"" id "\",\"body\":\"" body                           \
    "\",\"attributes\":{\"ApproximateReceiveCount\":\"2\"}" more "}]}"

#define CLOUDEVENT(id, name)                                                             \
    "{\\\"specversion\\\":\\\"1.0\\\",\\\"id\\\":\\\"" id                                \
    "\\\",\\\"source\\\":\\\"shop\\\",\\\"type\\\":\\\"ProductAdded\\\","                \
    "\\\"data\\\":{\\\"name\\\":\\\"" name "\\\"}}"

static void each_format_is_read_whatever_wraps_it(void **state)
{
    (void)state;
    call(SQS("1", CLOUDEVENT("a", "lamp"), ""), NONE);
    call(SQS("2",
             "{\\\"event_type_name\\\":\\\"ProductAdded\\\",\\\"name\\\":\\\"chair\\\"}",
             ""),
         NONE);
    call(SQS("3", "{\\\"name\\\":\\\"table\\\"}",
             ",\"messageAttributes\":{\"type\":{\"dataType\":\"String\","
             "\"stringValue\":\"ProductAdded\"}}"),
         NONE);
    call(
        "{\"Records\":[{\"EventSource\":\"aws:sns\",\"Sns\":{\"Type\":\"Notification\","
        "\"MessageId\":\"4\",\"TopicArn\":\"t\",\"Message\":"
        "\"{\\\"event_type_name\\\":\\\"ProductAdded\\\",\\\"name\\\":\\\"shelf\\\"}\"}}]"
        "}",
        NONE);
    call(
        "{\"Type\":\"Notification\",\"MessageId\":\"5\",\"TopicArn\":\"t\","
        "\"Message\":\"" CLOUDEVENT("b", "vase") "\"}",
        NONE);
    assert_string_equal(seen, "lamp chair table shelf vase ");
}

/* The same CloudEvent under another message id of SQS; the same message id of a format
 * without ids. */
static void what_comes_again_is_known(void **state)
{
    (void)state;
    call(SQS("1", CLOUDEVENT("a", "lamp"), ""), NONE);
    call(SQS("9", CLOUDEVENT("a", "lamp"), ""), NONE);
    call(SQS("2",
             "{\\\"event_type_name\\\":\\\"ProductAdded\\\",\\\"name\\\":\\\"chair\\\"}",
             ""),
         NONE);
    call(SQS("2",
             "{\\\"event_type_name\\\":\\\"ProductAdded\\\",\\\"name\\\":\\\"chair\\\"}",
             ""),
         NONE);
    assert_string_equal(seen, "lamp chair ");
}

static void what_cannot_be_taken_comes_again(void **state)
{
    static const char one[] = "{\"batchItemFailures\":[{\"itemIdentifier\":\"1\"}]}";

    (void)state;
    call(SQS("1", "{\\\"event_type_name\\\":\\\"ProductAdded\\\",\\\"name\\\":7}", ""),
         one);
    assert_result(jangle_pause(program, "listener", "me", "a test", NULL), JANGLE_OK);
    call(SQS("1", CLOUDEVENT("a", "lamp"), ""), one);
    assert_string_equal(seen, "");
    assert_result(jangle_resume(program, "listener", NULL), JANGLE_OK);
    call(SQS("1", CLOUDEVENT("a", "lamp"), ""), NONE);
    assert_string_equal(seen, "lamp ");
}

/* It came through no broker that could keep it, and is known by the id that its parcel
 * has. */
static void the_log_says_which_message_can_never_be_taken(void **state)
{
    (void)state;
    call(SQS("m-7", "{\\\"event_type_name\\\":\\\"ProductAdded\\\",\\\"name\\\":7}", ""),
         "{\"batchItemFailures\":[{\"itemIdentifier\":\"m-7\"}]}");
    assert_null(strstr(dead, "broker"));
    assert_int_equal(strncmp(dead, "m-7: listener: a message can never be taken: ", 45),
                     0);
    assert_string_equal(first,
                        "message \"m-7\": INVALID: product_added.name: is a number, "
                        "not a text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_format_is_read_whatever_wraps_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_comes_again_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_taken_comes_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_log_says_which_message_can_never_be_taken,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
