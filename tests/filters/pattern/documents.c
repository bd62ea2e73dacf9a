/* documents.c - where the words of a pattern are looked up: in MEGA's events as its
 * manual has them, in what the engine shows to a filter, and in plain data. */
#include "filters/pattern/judge.h"

#include <stdio.h>
#include <string.h>

/* ---- MEGA's own shape, whose attributes may stand beside the name -------------- */

static const char item_added[] =
    "{\"protocol\":\"mega\",\"version\":1,\"event\":{\"domain\":\"shopping_cart\","
    "\"name\":\"item.added\",\"version\":2,\"timestamp\":\"2021-03-04T15:53:23.123\","
    "\"subject\":\"987650\",\"publisher\":\"cart-service\",\"item_id\":\"61fcc874\","
    "\"quantity\":5},\"object\":{\"type\":\"shopping_cart\",\"id\":\"18a3f92e\","
    "\"current\":{\"items\":[{\"id\":\"61fcc874\",\"price\":\"19.99\",\"quantity\":10}],"
    "\"currency\":\"USD\",\"value\":\"377.37\"}},"
    "\"extra\":{\"channel\":\"web/desktop\"}}";

static void the_subscriber_of_items_that_were_added(void **state)
{
    (void)state;
    assert_document(
        "domain='shopping_cart', name='item.added', version=one_of(1, 2),"
        "subject=match(r'\\d+'), item_id=not_(empty()), quantity=gt(0)",
        item_added, "matches");
    assert_document("object: {type: 'shopping_cart', id: not_(empty())}", item_added,
                    "matches");
    assert_document("domain='shopping_cart', name='item.removed'", item_added, "differs");
    assert_document("domain='shopping_cart', name='checkout'", item_added, "differs");
    assert_document("domain='shopping_cart', name='item.added', quantity=gt(5)",
                    item_added, "differs");
    assert_document("object: {type: 'shopping_cart', id: empty()}", item_added,
                    "differs");
}

static void the_members_beside_the_event(void **state)
{
    (void)state;
    assert_document(
        "protocol: 'mega', extra: {channel: match('web/')},"
        "object: {current: {items: match([{quantity: gte(10)}]),"
        "                  value: gt(decimal('377.36'))}}",
        item_added, "matches");
    assert_document("version: 1", item_added, "differs"); /* it is the event's */
    assert_document("event: any(), channel: null", item_added, "matches");
}

static const char user_updated[] =
    "{\"protocol\":\"mega\",\"version\":1,\"event\":{\"name\":\"user:updated\","
    "\"timestamp\":\"2021-03-04T15:53:27.823\",\"version\":2,\"domain\":\"user\","
    "\"subject\":\"987650\",\"publisher\":\"user-service\",\"attributes\":{"
    "\"email\":\"johndoe@example.com\",\"username\":\"john.doe\"}},"
    "\"object\":{\"current\":{\"id\":987650,\"birthdate\":\"1986-02-15\"}}}";

#define USER(username)                                                                   \
    "{'name': match(r'user:(.*)'), 'version': one_of(1, 2, 3),"                          \
    " 'timestamp': gt(DateTime('2020-01-01')), 'domain': 'user',"                        \
    " 'subject': match(r'\\d+'), 'email': not_(empty()), 'username': " username ",}"

/* Its manual has also the username as not_([...]), which no text can match. */
static void the_subscriber_of_users(void **state)
{
    (void)state;
    assert_document(USER("not_(one_of('synthetic', 'test'))"), user_updated, "matches");
    assert_document(USER("not_(one_of('synthetic', 'john.doe'))"), user_updated,
                    "differs");
    assert_string_equal(refusal_of(USER("not_(['test','synthetic'])"), NULL),
                        "column 185: not() of a list is about lists only: write "
                        "not(in([...])) for none of these, or neq([...])");
    assert_document("object: {current: {birthdate: lt(DateTime('2000-01-01'))}}",
                    user_updated, "matches");
    assert_document("attributes: {username: 'john.doe'}", user_updated, "matches");
}

/* ---- what a filter is shown ---------------------------------------------------- */

static const char shown[] =
    "{\"event\":{\"name\":\"funds_deposited\",\"version\":2,"
    "\"timestamp\":1614873207823456,\"subject\":\"17\",\"publisher\":\"/bank\","
    "\"attributes\":{\"amount\":500,\"name\":\"Natalie\",\"domain\":\"inner\"}},"
    "\"extra\":{\"domain\":\"accounts\",\"protocol\":\"mega\","
    "\"object\":{\"type\":\"account\"},\"extra\":{\"channel\":\"web\"}}}";

static void the_words_of_an_event(void **state)
{
    (void)state;
    assert_document(
        "name: 'funds_deposited', version: 2, subject: '17',"
        "publisher: '/bank', timestamp: DateTime('2021-03-04T15:53:27Z')",
        shown, "matches");
    assert_document("timestamp: gt(DateTime('2021-03-05'))", shown, "differs");
    assert_document("timestamp: gte(1614873207823456)", shown, "matches");
    assert_document("amount: gt(499)", shown, "matches");
    assert_document("attributes: {amount: 500, name: 'Natalie'}", shown, "matches");
    assert_document("name: 'Natalie'", shown, "differs"); /* a word of the event */
}

static void what_a_format_has_besides(void **state)
{
    static const char plain[] =
        "{\"event\":{\"name\":\"n\",\"attributes\":{\"a\":1}},"
        "\"extra\":{\"channel\":\"web\"}}";

    (void)state;
    assert_document(
        "domain: 'accounts', protocol: 'mega', object: {type: 'account'},"
        "extra: {channel: 'web'}",
        shown, "matches");
    assert_document("extra: {channel: 'web'}", plain, "matches");
    assert_document("protocol: 'mega'",
                    "{\"event\":{\"name\":\"n\"},\"extra\":{\"payload\":\"mega\"}}",
                    "matches");
    assert_document("object: null, domain: empty(), protocol: not('mega')", plain,
                    "matches");
    assert_document("object: {type: 'x'}", plain, "differs");
}

static void more_words_than_are_looked_up_at_once(void **state)
{
    char pattern[2000], json[2000];
    size_t used = 0, json_used;

    (void)state;
    json_used =
        (size_t)snprintf(json, sizeof json, "{\"event\":{\"attributes\":{\"z\":0");
    for (int i = 0; i < 70; i++) {
        used += (size_t)snprintf(pattern + used, sizeof pattern - used, "w%d: %d,", i, i);
        json_used += (size_t)snprintf(json + json_used, sizeof json - json_used,
                                      ",\"w%d\":%d", 69 - i, 69 - i);
    }
    snprintf(json + json_used, sizeof json - json_used, "}}}");
    assert_document(pattern, json, "matches");
    snprintf(pattern + used, sizeof pattern - used, "z: 1");
    assert_document(pattern, json, "differs");
}

/* ---- data objects -------------------------------------------------------------- */

static void data_without_an_event_is_looked_at_as_it_is(void **state)
{
    static const char notification[] =
        "{\"type\":\"user_notification\",\"notification_type\":\"email\","
        "\"name\":\"n\",\"event\":\"none\",\"user\":{\"id\":987650}}";

    (void)state;
    assert_document(
        "type: 'user_notification', notification_type: in(['email', 'sms']),"
        "user: {id: gt(0)}, name: 'n', event: 'none'",
        notification, "matches");
    assert_document("domain: null, attributes: empty()", notification, "matches");
}

static void what_is_no_object_cannot_be_judged(void **state)
{
    static const char *const documents[] = {"[]", "5",           "\"a\"", "",
                                            "{",  "{\"a\":1} x", "\xFF",  "nul"};

    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
        assert_document("a: 1", documents[i], "misfits");
    assert_document("a: 1", "null", "differs");
}

/* ---- strict -------------------------------------------------------------------- */

/* As the code of SQS MEGA has it, also at the top. */
static void in_strict_mode_a_missing_member_is_not_looked_at(void **state)
{
    const struct jangle_pattern_options strict = {.strict = true};

    (void)state;
    assert_string_equal(judge("nothing: gt(5), subject: '17'", shown, &strict),
                        "matches");
    assert_string_equal(judge("object: {nothing: 'x'}", shown, &strict), "matches");
    assert_string_equal(judge("or_member: 5", "{}", &strict), "matches");
    assert_string_equal(judge("subject: or(gt(5), 'x'), amount: 'a'", shown, &strict),
                        "misfits");
    assert_string_equal(judge("amount: or('a', 500)", shown, &strict), "misfits");
    assert_string_equal(judge("timestamp: gt(DateTime('2020-01-01'))", shown, &strict),
                        "misfits");
}

/* ---- why
 * --------------------------------------------------------------------------------------
 */

static const char *reason(const char *text, const char *json, enum jangle_result result)
{
    static struct jangle_error why;
    struct jangle_pattern *pattern;

    assert_result(jangle_pattern_compile(text, NULL, &pattern, NULL), JANGLE_OK);
    jangle_pattern_match(pattern, json, strlen(json), &why);
    jangle_pattern_free(pattern);
    assert_result(why.result, result);
    return why.message;
}

static void the_member_that_decides_is_named(void **state)
{
    (void)state;
    assert_string_equal(reason("amount: 500", shown, JANGLE_OK), "");
    assert_string_equal(reason("object: {type: 'cart'}", shown, JANGLE_REJECTED),
                        "object.type is a text, and does not match");
    assert_string_equal(reason("amount: gt(5), colour: 'red'", shown, JANGLE_REJECTED),
                        "colour is missing, and does not match");
    assert_string_equal(reason("object: gt(5), amount: 'a'", shown, JANGLE_INVALID),
                        "object is an object, and cannot be judged");
    assert_string_equal(reason("object: gt(5), amount: 5", shown, JANGLE_REJECTED),
                        "amount is a number, and does not match");
    assert_string_equal(
        reason("amount: not({a: 'x'}), subject: not('17')", shown, JANGLE_REJECTED),
        "subject is a text, and does not match");
    assert_string_equal(reason("a: 1", "{\"a\"}", JANGLE_INVALID),
                        "the document is no JSON: at byte 4: a colon was expected");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_subscriber_of_items_that_were_added),
        cmocka_unit_test(the_members_beside_the_event),
        cmocka_unit_test(the_subscriber_of_users),
        cmocka_unit_test(the_words_of_an_event),
        cmocka_unit_test(what_a_format_has_besides),
        cmocka_unit_test(more_words_than_are_looked_up_at_once),
        cmocka_unit_test(data_without_an_event_is_looked_at_as_it_is),
        cmocka_unit_test(what_is_no_object_cannot_be_judged),
        cmocka_unit_test(in_strict_mode_a_missing_member_is_not_looked_at),
        cmocka_unit_test(the_member_that_decides_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
