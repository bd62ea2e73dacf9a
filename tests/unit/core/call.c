/* call.c - an answer without a reason is still an answer: outside of tests it gets a
 * general sentence, and the log names the call. */
#include "core/call.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>

struct heard {
    int lines;
    char topic[40], message[400], call[40];
};

static void hear(void *context, const struct jangle_log_entry *entry)
{
    struct heard *heard = context;

    heard->lines++;
    snprintf(heard->topic, sizeof heard->topic, "%s", entry->topic);
    snprintf(heard->message, sizeof heard->message, "%s", entry->message);
    assert_int_equal(entry->pair_count, 1);
    snprintf(heard->call, sizeof heard->call, "%s", entry->pairs[0].text);
}

static void listen(struct jangle *jangle, struct heard *heard)
{
    struct jangle_logger logger = {.write = hear, .context = heard};

    assert_result(jn_log_init(&jangle->log, &logger, &jn_clock_system, NULL, NULL),
                  JANGLE_OK);
}

static void a_whole_answer_is_handed_on_as_it_is(void **state)
{
    struct jangle jangle = {.stopping = false};
    struct heard heard = {0};
    struct jangle_error why = {JANGLE_BUSY, "somebody else has it"}, error, fine = {0};

    (void)state;
    listen(&jangle, &heard);
    assert_result(jn_call_end(&jangle, "jangle_poll", JANGLE_BUSY, &why, &error),
                  JANGLE_BUSY);
    assert_result(error.result, JANGLE_BUSY);
    assert_string_equal(error.message, "somebody else has it");
    assert_result(jn_call_end(&jangle, "jangle_poll", JANGLE_OK, &fine, &error),
                  JANGLE_OK);
    assert_result(error.result, JANGLE_OK);
    assert_string_equal(error.message, "");
    assert_result(jn_call_end(&jangle, "jangle_poll", JANGLE_BUSY, &why, NULL),
                  JANGLE_BUSY);
    assert_int_equal(heard.lines, 0);
}

static void a_result_without_a_sentence_gets_a_general_one(void **state)
{
    struct jangle jangle = {.stopping = false};
    struct heard heard = {0};
    struct jangle_error why = {0}, error = {0};

    (void)state;
    listen(&jangle, &heard);
    assert_result(jn_call_end(&jangle, "jangle_send", JANGLE_STORAGE, &why, &error),
                  JANGLE_STORAGE);
    assert_result(error.result, JANGLE_STORAGE);
    assert_non_null(strstr(error.message, jangle_result_text(JANGLE_STORAGE)));
    assert_memory_equal(&why, &error, sizeof why);
    assert_int_equal(heard.lines, 1);
    assert_string_equal(heard.topic, "REASON_LOST");
    assert_string_equal(heard.call, "jangle_send");
    assert_non_null(strstr(heard.message, "jangle_send returns STORAGE"));
}

static void the_sentence_of_another_result_is_not_told_and_is_logged(void **state)
{
    static const enum jangle_result returned[] = {JANGLE_STORAGE, JANGLE_OK};

    (void)state;
    for (size_t i = 0; i < sizeof returned / sizeof *returned; i++) {
        struct jangle jangle = {.stopping = false};
        struct heard heard = {0};
        struct jangle_error why = {JANGLE_NOT_FOUND, "no purse"}, error = {0};

        listen(&jangle, &heard);
        assert_result(jn_call_end(&jangle, "jangle_wait", returned[i], &why, &error),
                      returned[i]);
        assert_result(error.result, returned[i]);
        assert_null(strstr(error.message, "no purse"));
        assert_int_equal(!error.message[0], !returned[i]);
        assert_int_equal(heard.lines, 1);
        assert_non_null(strstr(heard.message, "no purse"));
    }
}

static void what_could_not_be_opened_has_no_log_and_an_answer(void **state)
{
    struct jangle_error why = {0};

    (void)state;
    assert_result(jn_call_end(NULL, "jangle_open", JANGLE_NO_MEMORY, &why, NULL),
                  JANGLE_NO_MEMORY);
    assert_result(why.result, JANGLE_NO_MEMORY);
    assert_true(why.message[0] != '\0');
}

static void a_visit_that_ends_itself_says_so(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_result(jn_call_visited(JANGLE_OK, &error), JANGLE_OK);
    assert_result(error.result, JANGLE_OK);
    assert_result(jn_call_visited(JANGLE_CANCELLED, &error), JANGLE_CANCELLED);
    assert_result(error.result, JANGLE_CANCELLED);
    assert_non_null(strstr(error.message, "CANCELLED"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_answer_is_handed_on_as_it_is),
        cmocka_unit_test(a_result_without_a_sentence_gets_a_general_one),
        cmocka_unit_test(the_sentence_of_another_result_is_not_told_and_is_logged),
        cmocka_unit_test(what_could_not_be_opened_has_no_log_and_an_answer),
        cmocka_unit_test(a_visit_that_ends_itself_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
